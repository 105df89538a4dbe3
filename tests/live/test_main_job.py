"""The main job over both channels at the same time, and nothing goes wrong."""

import collections

import pytest

from environment import comparison


@pytest.fixture(scope="module")
def done(live):
    """The main job, done, and the differences that were found after it."""
    return live.do_job(300)


def test_odoo_and_bureau_are_equal_invoice_by_invoice(done):
    assert done[1] == []


def test_both_channels_have_carried_submissions(done):
    calls = comparison.count_submissions(done[0].control)
    assert set(calls) == {"leqi", "rpa"}


def test_submissions_are_as_few_as_the_platform_allows(done):
    """Four ways of selecting with less than 100 invoices each, two table operations."""
    calls = comparison.count_submissions(done[0].control)
    assert calls == {"leqi": 6, "rpa": 6}


def test_rpa_logs_in_once(done):
    counts = done[0].control.get("journal/counts")
    assert counts["rpa"]["login"] == 1


def test_every_origin_is_in_the_log(done):
    rows = done[0].program.read("invoice.tax.operation", [], ["origin"])
    origins = collections.Counter(row["origin"] for row in rows)
    assert origins == {"excel": 2, "external": 4, "automatic": 2, "manual": 4}


def test_a_repeated_reading_changes_nothing(done):
    job = done[0]
    job.read_back()
    fetches = job.program.read(
        "invoice.tax.fetch", [("kind", "=", "pool")], ["changed_count"], "id desc"
    )
    assert [row["changed_count"] for row in fetches[:2]] == [0, 0]


def test_comparison_notices_what_was_changed_at_the_bureau(done):
    """Last in this module: it spoils the agreement to show that it is looked for."""
    job = done[0]
    number = job.taxpayers[0]["tax_number"]
    row = job.control.get("state", tax_number=number)["invoices"][0]
    job.control.post(
        "invoices",
        tax_number=number,
        number=row["number"],
        code=row["code"],
        status="out_of_control",
    )
    differences = comparison.compare(job)
    assert len(differences) == 1
    assert row["number"] in differences[0]
