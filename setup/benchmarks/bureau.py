"""A scratch Odoo with taxpayers at a real simulated bureau, to measure on."""

import contextlib
import json

from environment import demo
from environment.clients import Control
from environment.stack import Stack

# Kinds of invoices that can be deducted as they are.
TYPES = ("81", "01", "85")
TAXPAYERS = {"leqi": demo.TAXPAYERS[0], "rpa": demo.TAXPAYERS[1]}


class Bureau:
    """The running stack and what is asked of it again and again."""

    def __init__(self, stack):
        self.stack = stack
        self.control = Control(stack.simulator_url)

    def prepare(self, channels, invoices):
        """Give the bureau and Odoo one taxpayer for each channel.

        :param int invoices: of each, all of them good for deduction
        """
        taxpayers = [TAXPAYERS[channel] for channel in channels]
        demo.set_clock(self.control)
        demo.seed(self.control, taxpayers, invoices, types=TYPES, abnormal=0)
        demo.run_in_odoo(
            self.stack,
            connections=demo.connections(self.stack),
            taxpayers=[demo.odoo_taxpayer(taxpayer) for taxpayer in taxpayers],
            accountant=dict(demo.ACCOUNTANT),
        )

    def fetch(self):
        """Read the whole pool into Odoo, in one process."""
        return self.inside("engine", "fetch")

    def inside(self, module, function, **parameters):
        """Call ``benchmarks.inside.<module>.<function>(env, **parameters)`` in a
        fresh Odoo process and return its answer."""
        script = (
            f"import json\nfrom benchmarks.inside import {module}\n"
            f"answer = {module}.{function}"
            f"(env, **json.loads({json.dumps(parameters)!r}))\n"
            "print(json.dumps(answer))\n"
        )
        return json.loads(self.stack.odoo_shell(script).strip().splitlines()[-1])

    def execute(self, *statement):
        """Run one SQL statement and return its rows."""
        return self.stack.execute(*statement)

    def tidy(self):
        """Let no sample pay for what the one before left behind."""
        self.execute("VACUUM ANALYZE")


@contextlib.contextmanager
def bureau(bench):
    """A scratch database and a scratch simulator, removed at the end."""
    with Stack(bench.options, "bench") as stack:
        yield Bureau(stack)
