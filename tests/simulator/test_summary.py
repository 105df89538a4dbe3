"""The monthly summary: the bureau's own totals, confirmed or not."""

import pytest
from conftest import GENERAL
from issuing_client import invoice, line, red

MONTH = "2026-11"
TOTALS = {
    "lzfpsl": 2,
    "lzfpje": "300.00",
    "lzfpse": "39.00",
    "hzfpsl": 1,
    "hzfpje": "-100.00",
    "hzfpse": "-13.00",
}


@pytest.fixture
def november(issuer, control):
    """Two blue invoices and a red one, and one of December; it is December."""
    control.post("settings", red_needs_form=False)
    control.post("file", tax_number=GENERAL)
    issuer.download("1000.00")
    first, second, third, fourth = issuer.numbers(4)
    invoices = [invoice(first), invoice(second, line("200.00"))]
    assert issuer.codes(*invoices, red(third, first, "-100.00")) == ["0000"] * 3
    control.post("clock", now="2026-12-02T09:00:00")
    issuer.download("100.00")
    december = invoice(fourth, kprq="20261202080000")
    assert issuer.codes(december) == ["0000"]
    return issuer


def test_confirm_and_cancel(november, control):
    state = november.base("CXFPHZQRXX", yf=MONTH)
    assert (state["qrbz"], state["qrsj"]) == ("N", "")
    assert {name: state[name] for name in TOTALS} == TOTALS
    wrong = november.summarise(MONTH, **{**TOTALS, "lzfpsl": 3})
    assert (wrong["clzt"], wrong["ycdm"]) == ("1", "SUMMARY_DIFFERS")
    assert wrong["lzfpje"] == "300.00" and "蓝字份数 2" in wrong["clms"]
    done = november.summarise(MONTH, **TOTALS)
    assert "ycdm" not in done and done["hzfpje"] == "-100.00"
    assert november.summarise(MONTH, **TOTALS)["ycdm"] == "ALREADY_CONFIRMED"
    assert november.base("CXFPHZQRXX", yf=MONTH)["qrbz"] == "Y"
    late = invoice(november.numbers(1)[0], kprq="20261130080000")
    assert november.codes(late) == ["5001"]
    assert "ycdm" not in november.summarise(MONTH, "1")
    assert november.codes(late) == ["0000"]
    assert november.summarise(MONTH, "1")["ycdm"] == "SUMMARY_MISSING"


def test_by_the_request_number(november):
    values = {"ywlx": "0", "yf": MONTH, **TOTALS}
    first = november.ask("SCFPHZQRXX", ywlsh="S-1", **values)
    assert november.ask("SCFPHZQRXX", ywlsh="S-1", **values) == first
    assert november.base("CXFPHZQRXX", ywlsh="S-1")["sllsh"] == first["sllsh"]
    assert november.base("CXFPHZQRXX", ywlsh="S-2")["ycdm"] == "NOT_FOUND"
    assert november.base("CXFPHZQRXX")["ycdm"] == "INVALID_ARGUMENT"


def test_a_month_that_runs_and_one_that_is_filed(november, control):
    assert november.summarise("2026-12")["ycdm"] == "SUMMARY_MONTH_RUNNING"
    november.summarise(MONTH, **TOTALS)
    control.post("file", tax_number=GENERAL)
    assert november.summarise(MONTH, "1")["ycdm"] == "PERIOD_FILED"


def test_a_month_without_invoices(november):
    assert "ycdm" not in november.summarise("2026-10")
