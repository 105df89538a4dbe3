"""What goes wrong on purpose: faults of the bureau, and kill -9 of Odoo."""

import time

from .clients import Control
from .failure import SetupFailure

# Platform and operation of every call that changes something at the bureau.
SELECTING = (("leqi", "PLFPDKGX"), ("rpa", "GX"))
TABLE = (("leqi", "SQCXDKTJ"), ("leqi", "SQQRDKTJ"), ("rpa", "TJ"), ("rpa", "QR"))
KINDS = {"drop": "act_drop"}
ANSWER_AFTER = 20  # seconds; long enough for the kill to come in between


def add_faults(control, text, spared=()):
    """Add ``KIND:N``: every n-th selecting call meets the fault, and the first call
    for each operation on the statistics table, of which there are only few.

    ``KIND`` is ``drop`` (act, then drop the reply) or a kind of the simulator;
    ``spared`` are calls about the table that something else shall happen to.

    :return: the numbers of the faults
    """
    if not text:
        return []
    kind, separator, every = text.partition(":")
    if not separator or not every.isdigit() or not int(every):
        raise SetupFailure(f"'{text}' names no faults; write for example drop:3.")
    kind = KINDS.get(kind, kind)
    scopes = [{"every": int(every), "where": where} for where in SELECTING]
    scopes += [{"count": 1, "where": where} for where in TABLE if where not in spared]
    return [add_fault(control, kind, **scope) for scope in scopes]


def add_fault(control, kind, where, **scope):
    """Add one fault at (platform, operation) and return its number."""
    platform, operation = where
    return control.fault(kind, platform=platform, operation=operation, **scope)


class Killer:
    """Kills all Odoo servers while they wait for the answer to a call.

    Odoo has not committed an answer by then; the bureau has acted, or with the
    fault ``delay`` acts only when Odoo is up again. Call the object again and
    again; it kills once for each time that it was armed, and starts Odoo again.
    """

    def __init__(self, stack):
        self._stack, self._control = stack, Control(stack.simulator_url)
        self._armed = set()
        self.kills = 0

    def arm(self, where, kind="act_delay", seconds=ANSWER_AFTER):
        """Kill at the next call of that (platform, operation)."""
        fault = {"count": 1, "value": str(seconds)}
        self._armed.add(add_fault(self._control, kind, where, **fault))

    def __call__(self):
        for number in list(self._armed):
            if self._control.fired(number):
                # The journal says when the bureau has acted; give it that moment.
                time.sleep(0.2)
                self.kill()
                self._armed.discard(number)

    def kill(self):
        """Kill every process of Odoo and start it again."""
        servers = len(self._stack.servers)
        self._stack.kill_odoo()
        self.kills += 1
        self._stack.start_odoo(servers, workers=2, cron_threads=2)
