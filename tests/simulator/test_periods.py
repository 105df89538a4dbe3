"""Which period is open, and what happens when one closes."""

import pytest
from conftest import GENERAL, PERIOD, QUARTER
from reference_client import Leqi

from simulator.bureau import calendar


def states(control, tax_number=GENERAL) -> dict:
    rows = control.get("state", tax_number=tax_number)["periods"]
    return {row["period"]: row["state"] for row in rows}


@pytest.mark.parametrize(
    ("period", "day"),
    [
        ("202512", "2026-01-20"),
        ("202601", "2026-02-24"),
        ("202609", "2026-10-26"),
        ("202610", "2026-11-16"),
        ("202612", "2027-01-15"),
        ("202704", "2027-05-17"),
    ],
)
def test_deadlines(period, day):
    assert calendar.deadline(period).isoformat() == day


def test_filing_opens_the_next(leqi, control):
    assert control.post("file", tax_number=GENERAL) == {
        "filed": PERIOD,
        "period": "202611",
    }
    assert leqi.call("HQDQSKSSQYDQSKSSQTJZT")["skssq"] == "202611"
    control.post("file", expect=409, tax_number=GENERAL)


def test_nothing_selected_is_filed_at_the_deadline(leqi, control):
    control.post("clock", now="2026-11-16T23:59:00")
    assert leqi.call("HQDQSKSSQYDQSKSSQTJZT")["skssq"] == PERIOD
    control.post("clock", now="2026-11-17T00:00:00")
    assert leqi.call("HQDQSKSSQYDQSKSSQTJZT")["skssq"] == "202611"
    assert states(control)[PERIOD] == "filed"


def test_signed_is_filed_at_the_deadline(leqi, control, numbers):
    leqi.select(PERIOD, [{"fphm": numbers[0]}])
    leqi.build(PERIOD)
    leqi.sign(PERIOD)
    control.post("clock", advance_days=7)
    assert states(control) == {PERIOD: "filed", "202611": "open"}
    row = control.invoices(GENERAL)[numbers[0]]
    assert (row["selection"], row["period"]) == ("confirmed", PERIOD)
    assert leqi.call("HQTJBXX", skssq=PERIOD)["tjzt"] == "05"


def test_unconfirmed_goes_back_at_the_deadline(leqi, control, numbers):
    leqi.select(PERIOD, [{"fphm": numbers[0]}])
    leqi.build(PERIOD)
    control.post("clock", advance_days=7)
    assert states(control)[PERIOD] == "expired"
    row = control.invoices(GENERAL)[numbers[0]]
    assert (row["selection"], row["period"]) == ("unselected", None)
    assert leqi.call("HQTJBXX", skssq=PERIOD)["tjzt"] == "01"


def test_many_months_pass(leqi, control):
    control.post("clock", now="2027-03-02T10:00:00")
    assert leqi.call("HQDQSKSSQYDQSKSSQTJZT")["skssq"] == "202702"


def test_quarter(simulator, seeded):
    leqi = Leqi(simulator.url, QUARTER)
    period = leqi.call("HQDQSKSSQYDQSKSSQTJZT")
    assert (period["skssq"], period["xyskssq"]) == ("202612", "202703")
    assert leqi.call("CXNSRJBXX", "202007")["sbzq"] == "Q"
    seeded.post("clock", now="2027-01-16T00:00:00")
    assert leqi.call("HQDQSKSSQYDQSKSSQTJZT")["skssq"] == "202703"


def test_quarter_in_its_filing_month(simulator, control):
    control.post("clock", now="2026-10-10T09:00:00")
    control.post("seed", taxpayers=[{"tax_number": QUARTER, "filing": "quarter"}])
    leqi = Leqi(simulator.url, QUARTER)
    assert leqi.call("HQDQSKSSQYDQSKSSQTJZT")["skssq"] == "202609"
