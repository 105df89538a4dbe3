"""A scratch Odoo with taxpayers at a real simulated bureau, to measure on."""

import contextlib
import json
import time

from stdnum.cn import uscc

from environment import demo
from environment.clients import Control
from environment.stack import Stack

# Kinds of invoices that can be deducted as they are.
TYPES = ("81", "01", "85")
TAXPAYERS = {"leqi": demo.TAXPAYERS[0], "rpa": demo.TAXPAYERS[1]}
PATIENCE = 900  # seconds after which something is wrong


def make_taxpayers(count):
    """Return synthetic taxpayers, every other one over each channel."""
    taxpayers = []
    for index in range(count):
        body = f"91110105MAB{index:05d}X"
        taxpayers.append(
            {
                "tax_number": body + uscc.calc_check_digit(body),
                "name": f"示例 {index + 1}",
                "channel": ("leqi", "rpa")[index % 2],
                "taxpayer_type": "general",
            }
        )
    return taxpayers


class Bureau:
    """The running stack and what is asked of it again and again."""

    def __init__(self, stack):
        self.stack = stack
        self.control = Control(stack.simulator_url)

    def prepare(self, channels, invoices):
        """Give the bureau and Odoo one taxpayer for each channel.

        :param int invoices: of each, all of them good for deduction
        """
        self.introduce([TAXPAYERS[channel] for channel in channels], invoices)

    def introduce(self, taxpayers, invoices):
        """Give the bureau and Odoo these taxpayers; return the accountant's key."""
        demo.set_clock(self.control)
        demo.seed(self.control, taxpayers, invoices, types=TYPES, abnormal=0)
        answer = demo.run_in_odoo(
            self.stack,
            connections=demo.connections(self.stack),
            license_connection=demo.license_connection(self.stack),
            taxpayers=[demo.odoo_taxpayer(taxpayer) for taxpayer in taxpayers],
            accountant=dict(demo.ACCOUNTANT),
            with_key=True,
        )
        return answer["key"]

    def fetch(self):
        """Read the whole pool into Odoo, in one process."""
        return self.inside("engine", "fetch")

    def wait_for(self, ids, invoices, pause=0.5):
        """Wait until these batches are over, each of them with that many invoices
        certified."""
        deadline = time.monotonic() + PATIENCE
        while self.count_open(ids):
            if time.monotonic() > deadline:
                raise RuntimeError(f"not certified after {PATIENCE} s")
            time.sleep(pause)
        wrong = self.execute(
            "SELECT batch_number, state, success_count FROM invoice_tax_operation"
            " WHERE id = ANY(%s) AND success_count <> %s",
            [ids, invoices],
        )
        if wrong:
            raise RuntimeError(f"not all were certified: {wrong[:3]}")

    def count_open(self, ids):
        """How many of these batches are not over."""
        [(count,)] = self.execute(
            "SELECT COUNT(*) FROM invoice_tax_operation"
            " WHERE id = ANY(%s) AND state IN ('waiting', 'processing')",
            [ids],
        )
        return count

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
