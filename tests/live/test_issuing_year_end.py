"""Issued on New Year's Eve, uploaded in the new year: both clocks are turned."""

import datetime
import json
from pathlib import Path

import pytest

from environment import issuing_comparison, issuing_job

# Busy by itself; nothing in it has to happen within a moment.
pytestmark = pytest.mark.beside

SCRIPT = Path(issuing_job.__file__).with_name("issuing_clock.py")
TAXPAYERS = issuing_job.TAXPAYERS[:2]
EACH = 20


def turn(job, moment, invoices=(), *, daily=True, is_cut=False):
    """Turn both clocks to a time of Beijing, issue, and work; states with counts."""
    job.control.post("clock", now=moment.isoformat())
    parameters = {
        "now": (moment - datetime.timedelta(hours=8)).isoformat(),
        "invoices": list(invoices),
        "daily": daily,
        "is_cut": is_cut,
    }
    script = f"PARAMETERS = {json.dumps(parameters)!r}\n{SCRIPT.read_text()}"
    output = job.stack.odoo_shell(script)
    return json.loads(output.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def done(live):
    """Half of the invoices in the old year, the others in the new one."""
    job = issuing_job.IssuingJob(live.stack, TAXPAYERS)
    year = datetime.datetime.fromisoformat(job.control.get("clock")["now"]).year
    job.year = year
    job.control.post("clock", now=f"{year}-12-03T09:00:00")
    job.prepare(EACH, bite_size=5)
    old = [one for ids in job.invoices.values() for one in ids[: EACH // 2]]
    new = [one for ids in job.invoices.values() for one in ids[EACH // 2 :]]
    # Nothing gets through in the old year: it is issued, and stays here.
    fault = job.control.fault("refuse", platform="leqi", operation="QDFPSC")
    eve = datetime.datetime(year, 12, 31, 22)
    job.before = turn(job, eve, old, is_cut=True)
    assert job.control.fired(fault)
    job.control.clear_faults()
    job.after = turn(job, datetime.datetime(year + 1, 1, 2, 9), new)
    job.issued = {"old": old, "new": new}
    return job


def test_issued_in_one_year_and_uploaded_in_the_next(done):
    assert "success" not in done.before
    assert done.after == {"success": EACH * len(TAXPAYERS)}


def test_each_has_a_number_of_its_year(done):
    for years, ids in ((done.year, "old"), (done.year + 1, "new")):
        rows = done.stack.execute(
            "SELECT DISTINCT left(digital_invoice_number, 2) FROM account_move"
            " WHERE id = ANY(%s)",
            [done.issued[ids]],
        )
        assert rows == [(f"{years % 100:02d}",)]


def test_each_month_pays_for_its_own(done):
    rows = done.stack.execute(
        "SELECT quota.month, COUNT(*) FROM invoice_tax_quota_move move"
        "  JOIN invoice_tax_quota quota ON quota.id = move.quota_id"
        " WHERE move.kind = 'upload' GROUP BY quota.month ORDER BY quota.month"
    )
    half = EACH // 2 * len(TAXPAYERS)
    assert rows == [(f"{done.year}12", half), (f"{done.year + 1}01", half)]


def test_numbers_that_are_left_expire(done):
    rows = done.stack.execute(
        "SELECT DISTINCT state FROM invoice_tax_number WHERE year = %s",
        [str(done.year)],
    )
    assert sorted(state for (state,) in rows) == ["expired", "uploaded"]


def test_odoo_and_leqi_say_the_same_to_the_cent(done):
    assert issuing_comparison.compare(done) == []
