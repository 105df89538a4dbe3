"""A thousand customer invoices are issued by four workers over a bad line."""

import pytest

from environment import disturbance, issuing_comparison, issuing_job

INVOICES = 1000
UPLOAD = ("leqi", "QDFPSC")
# Kind, operation, and how often; every one of them loses or delays an answer.
FAULTS = (
    ("act_drop", "QDFPSC", {"every": 4}),
    ("refuse", "QDFPSC", {"every": 7}),
    ("act_drop", "QDFPPLFM", {"every": 3}),
    ("delay", "CXQDFPSCJG", {"every": 5, "value": "1"}),
    ("partial_rows", "CXQDFPSCJG", {"every": 6, "value": "0.5"}),
    ("html", "CXQDFPSCJG", {"every": 9}),
    ("act_drop", "XZTHSXED", {"count": 2}),
)


@pytest.fixture(scope="module")
def done(live):
    """All of them issued, by two servers with two cron workers each."""
    killer = disturbance.Killer(live.stack)
    job = issuing_job.IssuingJob(live.stack, disturbance=killer)
    job.prepare(INVOICES // len(job.taxpayers), bite_size=25)
    live.stack.start_odoo(2, workers=1, cron_threads=2)
    job.log_in()
    numbers = [
        job.control.fault(kind, platform="leqi", operation=operation, **scope)
        for kind, operation, scope in FAULTS
    ]
    job.download_quota()
    killer.arm(UPLOAD)
    job.issue()
    job.wait()
    job.fired = [job.control.fired(number) for number in numbers]
    job.kills = killer.kills
    job.control.clear_faults()
    return job


def test_everything_went_wrong_that_should(done):
    assert all(done.fired), dict(zip(FAULTS, done.fired, strict=True))
    assert done.kills == 1


def test_a_thousand_numbers_each_once(done):
    [(issued, numbers, moves)] = done.stack.execute(
        "SELECT COUNT(*), COUNT(DISTINCT issue.number), COUNT(DISTINCT move_id)"
        "  FROM invoice_tax_issue issue WHERE state = 'success'"
    )
    assert (issued, numbers, moves) == (INVOICES, INVOICES, INVOICES)
    held = [
        row["number"]
        for number in done.numbers
        for row in done.control.get("state", tax_number=number)["issued"]
    ]
    assert len(held) == len(set(held)) == INVOICES


def test_odoo_and_leqi_say_the_same_to_the_cent(done):
    assert issuing_comparison.compare(done) == []


def test_no_upload_came_under_two_request_numbers(done):
    """Each invoice in one upload, unless the platform said it never took it."""
    rows = done.stack.execute(
        "SELECT issue_id, COUNT(*) FILTER (WHERE step = 'numbered'),"
        "       COUNT(DISTINCT upload_id), COUNT(*) FILTER (WHERE step = 'returned')"
        "  FROM invoice_tax_issue_step GROUP BY issue_id"
    )
    assert all(numbered == 1 for _issue, numbered, _uploads, _returned in rows)
    assert all(uploads <= 1 + returned for _issue, _numbered, uploads, returned in rows)
