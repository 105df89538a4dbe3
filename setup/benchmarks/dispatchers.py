"""Many taxpayers at once: four dispatchers against one."""

import time

from .bureau import bureau, make_taxpayers
from .frame import times_faster

NAME = "dispatchers"
TITLE = "50 taxpayers at 100 ms latency, 4 dispatchers against 1"
TAXPAYERS = 50
INVOICES = 300  # of each, in one batch
LATENCY = 100
MOST = 4


def measure(bench):
    """A real Odoo server; only the setting differs.

    Every other taxpayer is served over each channel. The bureau, PostgreSQL and
    the dispatchers share the processors of this machine.
    """
    with bureau(bench) as place:
        rounds = 2 * bench.repeat + 1
        place.introduce(make_taxpayers(TAXPAYERS), rounds * INVOICES)
        place.fetch()
        place.control.post("settings", latency_ms=LATENCY)
        place.stack.start_odoo(n=1, workers=2, cron_threads=MOST)

        def sample(dispatchers):
            return lambda _number: _certify(place, dispatchers)

        # Each cron worker loads Odoo's models when it first works.
        _certify(place, MOST)
        many, one = bench.alternate(sample(MOST), sample(1))
    return [times_faster(NAME, many, one, "s", ">= 3.2")]


def _certify(place, dispatchers):
    """Seconds from the commit of the batches until the last of them is over."""
    place.tidy()
    batches = place.inside(
        "engine", "submit_all", count=INVOICES, dispatchers=dispatchers
    )
    place.wait_for(batches["ids"], INVOICES, pause=0.1)
    return time.monotonic() - batches["at"]
