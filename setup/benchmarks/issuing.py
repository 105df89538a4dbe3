"""A click on "issue" over 200 customer invoices, against writing 200 rows."""

from environment.issuing_job import IssuingJob

from .bureau import bureau
from .frame import Row, share_of

NAME = "issue_200_invoices"
TITLE = "a click that issues 200 invoices, against writing as many bare rows"
INVOICES = 200
TAXPAYERS = 1


def measure(bench):
    """Let an ordinary accountant press the button; no dispatcher runs."""
    with bureau(bench) as place:
        job = IssuingJob(place.stack)
        job.taxpayers = job.taxpayers[:TAXPAYERS]
        # One round more: the first one fills Odoo's caches.
        job.prepare(INVOICES * (bench.repeat + 1))
        place.tidy()
        before = len(place.control.get("journal", limit=100_000))
        answer = place.inside(
            "issuing",
            "measure",
            ids=next(iter(job.invoices.values())),
            count=INVOICES,
        )
        called = len(place.control.get("journal", limit=100_000)) - before
    return [
        share_of(NAME, answer["clicks"], answer["rows"], "s", "<= 3"),
        Row("issue_200_platform_calls", called, "calls", goal="<= 0"),
    ]
