"""Which period is open, and what happens when one closes."""

import pytest
from conftest import GENERAL, PERIOD, QUARTER
from reference_client import Leqi, Rpa

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


@pytest.fixture
def quarterly(simulator, control):
    """A quarter filer with invoices of October to December, seen in November."""
    control.post(
        "seed",
        seed=7,
        taxpayers=[{"tax_number": QUARTER, "filing": "quarter"}],
        invoices=30,
        months=["202610", "202611", "202612"],
        abnormal=0,
        types=["81"],
    )
    return Leqi(simulator.url, QUARTER)


def of_month(control, month):
    known = control.invoices(QUARTER)
    return [n for n, row in known.items() if row["issue_date"].startswith(month)]


def test_quarter_period_in_both_channels(simulator, quarterly):
    """The quarter's last month is the period all through the quarter."""
    period = quarterly.call("HQDQSKSSQYDQSKSSQTJZT")
    assert (period["skssq"], period["xyskssq"]) == ("202612", "202703")
    assert (period["kssj"], period["sbjzrq"]) == ("20261027000000", "20270115")
    assert (period["kprqq"], period["kprqz"]) == ("20170101", "20261231")
    assert (period["tjzt"], period["yxqr"]) == ("01", "N")
    rpa = Rpa(simulator.url, QUARTER).login()
    data = rpa.data("period")
    assert (data["period"], data["nextPeriod"]) == ("202612", "202703")
    assert (data["openedAt"], data["deadline"]) == (
        "2026-10-27 00:00:00",
        "2027-01-15",
    )
    assert (data["issueDateFrom"], data["issueDateTo"]) == ("2017-01-01", "2026-12-31")
    assert rpa.data("profile")["filing"] == "quarter"


def test_quarter_selects_any_month_of_it(quarterly, control):
    number = of_month(control, "2026-10")[0]
    for period in ("202610", "202611", "202703"):
        answer = quarterly.select(period, [{"fphm": number}])
        assert answer["ycdm"] in ("PERIOD_FILED", "PERIOD_NOT_OPEN")
    lines = quarterly.select("202612", [{"fphm": number}])["fpmx"]
    assert (lines[0]["cljg"], lines[0]["skssq"]) == ("1", "202612")
    # Of a month to come nothing is in the pool yet.
    later = of_month(control, "2026-12")[0]
    assert quarterly.select("202612", [{"fphm": later}])["fpmx"][0]["cljg"] == "2"
    control.post("clock", now="2027-01-02T09:00:00")
    assert quarterly.select("202612", [{"fphm": later}])["fpmx"][0]["cljg"] == "1"


@pytest.mark.parametrize("month", ["11", "12"])
def test_quarter_before_its_end_is_pre_statistics(quarterly, control, month):
    control.post("clock", now=f"2026-{month}-10T09:00:00")
    quarterly.select("202612", [{"fphm": of_month(control, "2026-10")[0]}])
    assert quarterly.build("202612")["tjzt"] == "03"
    assert quarterly.sign("202612")["qrjg"] == "222"
    control.post("file", expect=409, tax_number=QUARTER)
    control.post("clock", now="2027-01-02T09:00:00")
    period = quarterly.call("HQDQSKSSQYDQSKSSQTJZT")
    assert (period["skssq"], period["tjzt"], period["yxqr"]) == ("202612", "25", "N")
    assert quarterly.revoke("202612")["cljg"] == "0"
    assert quarterly.build("202612")["tjzt"] == "02"
    assert quarterly.sign("202612")["qrjg"] == "200"


def test_quarter_is_filed_at_its_deadline(quarterly, control):
    control.post("clock", now="2027-01-02T09:00:00")
    quarterly.select("202612", [{"fphm": of_month(control, "2026-11")[0]}])
    quarterly.build("202612")
    quarterly.sign("202612")
    control.post("clock", now="2027-01-16T00:00:00")
    assert states(control, QUARTER) == {"202612": "filed", "202703": "open"}
    period = quarterly.call("HQDQSKSSQYDQSKSSQTJZT")
    assert (period["xyskssq"], period["sbjzrq"]) == ("202706", "20270415")


def test_quarter_goes_back_a_quarter(quarterly, control):
    control.post("taxpayers", tax_number=QUARTER, filing_known=False)
    control.post("clock", now="2027-01-05T09:00:00")
    quarterly.select("202612", [{"fphm": of_month(control, "2026-11")[0]}])
    quarterly.build("202612")
    answer = quarterly.write(
        "SQQRDKTJ", "CXQRTJCLJG", skssq="202612", qrbz="1", sbqk="2"
    )
    assert answer["ycdm"] == "PERIOD_FILED" and "2026年12月" in answer["clms"]
    period = quarterly.call("HQDQSKSSQYDQSKSSQTJZT")
    assert (period["skssq"], period["htsq"]) == ("202703", "202612")
    assert set(period["httj"].values()) == {"Y"}
    back = quarterly.write("SQSKSSQBG", "CXSKSSQBGJG", bgsq="202612")
    assert (back["cljg"], back["skssq"]) == ("0", "202612")
    assert quarterly.call("HQDQSKSSQYDQSKSSQTJZT")["sbjzrq"] == "20270115"


def test_another_filing_frequency_starts_anew(simulator, seeded, numbers):
    """A month filer that becomes a quarter filer has the quarter's period."""
    leqi = Leqi(simulator.url, GENERAL)
    leqi.select(PERIOD, [{"fphm": numbers[0]}])
    seeded.post("seed", taxpayers=[{"tax_number": GENERAL, "filing": "quarter"}])
    period = leqi.call("HQDQSKSSQYDQSKSSQTJZT")
    assert (period["skssq"], period["xyskssq"]) == ("202612", "202703")
    assert seeded.invoices(GENERAL)[numbers[0]]["selection"] == "unselected"
