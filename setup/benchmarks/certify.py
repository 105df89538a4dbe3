"""Certifying in bites of 100, against one invoice in a call as Odoo's EDI does."""

from .bureau import bureau
from .frame import times_faster

NAME = "certify_10000"
TITLE = "10,000 invoices at 50 ms latency, against one invoice in a call"
INVOICES = 10_000
ONE_BY_ONE = 200  # of the peer, whose time is scaled up to INVOICES
LATENCY = 50


def measure(bench):
    """Both through the same engine; only the size of the bite differs.

    The wait for the last poll is part of both, and the larger part of ours.
    """
    with bureau(bench) as place:
        place.prepare(["leqi"], bench.repeat * (INVOICES + 3 * ONE_BY_ONE))
        place.fetch()
        place.control.post("settings", latency_ms=LATENCY)

        def sample(count, bite_size):
            def take(_number):
                place.tidy()
                return place.inside(
                    "engine", "certify", count=count, bite_size=bite_size
                )

            return take

        ours, few, many = bench.alternate(
            sample(INVOICES, 100), sample(ONE_BY_ONE, 1), sample(2 * ONE_BY_ONE, 1)
        )
    return [
        times_faster(
            NAME, _all(ours, "seconds"), _scaled(few, many, "seconds"), "s", ">= 50"
        ),
        times_faster(f"{NAME}_cpu", _all(ours, "cpu"), _scaled(few, many, "cpu"), "s"),
    ]


def _all(samples, key):
    return [sample[key] for sample in samples]


def _scaled(few, many, key):
    """By what the second half has cost: beginning and end come once in any case."""
    return [
        less[key] + (more[key] - less[key]) * (INVOICES / ONE_BY_ONE - 1)
        for less, more in zip(few, many, strict=True)
    ]
