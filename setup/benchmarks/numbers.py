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

    Each process takes for a taxpayer of its own, as the dispatchers work, against one
    sequence, as a journal of Odoo has, whoever posts in it. To be known: all of them at
    one taxpayer, which the lock of its lane never lets happen, and a sequence for each.
    """
    with bureau(bench) as place:
        # Each sample's own, with a bite before its time is taken; the first sample only
        # warms the tables up.
        samples = bench.repeat + 1
        place.inside(
            "numbers",
            "prepare",
            processes=PROCESSES,
            count=samples * BITE * (BITES + 1),
        )
        _take(place, "own", 2)
        own, one, sequence, sequences = bench.alternate(
            lambda _number: _take(place, "own", BITES),
            lambda _number: _take(place, "one", BITES),
            lambda _number: _count(place, "one"),
            lambda _number: _count(place, "own"),
        )
        wrong = place.inside("numbers", "check")
    return [
        times_faster(NAME, own, sequence, "s each", ">= 20"),
        times_faster(f"{NAME}_one_taxpayer", one, sequence, "s each"),
        times_faster(f"{NAME}_own_sequences", own, sequences, "s each"),
        Row(f"{NAME}_wrong", wrong["wrong"], "numbers", goal="<= 0"),
    ]


def _take(place, shape, bites):
    place.tidy()
    return place.inside("numbers", "take", shape=shape, bite=BITE, bites=bites)[
        "seconds"
    ]


def _count(place, shape):
    place.tidy()
    return place.inside("numbers", "count", shape=shape, calls=CALLS)["seconds"]
