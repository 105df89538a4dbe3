"""Quota and numbers taken for issuing, against Odoo's gapless sequence."""

from .bureau import bureau
from .frame import Row, times_faster

NAME = "numbers_and_quota"
TITLE = "an invoice's quota and number, 4 processes, against ir.sequence no_gap"
PROCESSES = 4
BITE = 100  # invoices of one upload, and of one transaction
BITES = 40  # of each process
CALLS = 250  # of each process; one is one transaction


def measure(bench):
    """What both do is gapless and exact; a commit after each bite, or each number.

    Once each process for a taxpayer (a sequence) of its own, as the dispatchers work;
    once all of them for the same one.
    """
    with bureau(bench) as place:
        # Each sample's own; the first of them only warms the tables up.
        samples = bench.repeat + 1
        place.inside(
            "numbers", "prepare", processes=PROCESSES, count=samples * BITE * BITES
        )
        rows = []
        for shape, name in (("own", NAME), ("one", f"{NAME}_one_taxpayer")):
            _take(place, shape, 2)
            ours, peer = bench.alternate(
                lambda _number, shape=shape: _take(place, shape, BITES),
                lambda _number, shape=shape: _count(place, shape),
            )
            rows.append(times_faster(name, ours, peer, "s each", ">= 20"))
        wrong = place.inside("numbers", "check")
    return [*rows, Row(f"{NAME}_wrong", wrong["wrong"], "numbers", goal="<= 0")]


def _take(place, shape, bites):
    place.tidy()
    return place.inside("numbers", "take", shape=shape, bite=BITE, bites=bites)[
        "seconds"
    ]


def _count(place, shape):
    place.tidy()
    return place.inside("numbers", "count", shape=shape, calls=CALLS)["seconds"]
