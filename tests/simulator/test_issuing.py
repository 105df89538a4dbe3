"""Uploads: each invoice checked by itself, taken once, its result later."""

import pytest
import requests
from conftest import GENERAL, OTHER
from issuing_client import Issuer, invoice, line, red

DISCOUNT = [
    line("100.00", fphxz="02"),
    line("-10.00", fphxz="01"),
]


@pytest.fixture
def ready(issuer):
    """A taxpayer with quota."""
    issuer.download("100000.00")
    return issuer


def issued(control) -> dict:
    rows = control.get("state", tax_number=GENERAL)["issued"]
    return {row["number"]: row for row in rows}


def test_fields(ready, control):
    number = ready.numbers(1)[0]
    accepted = ready.ask("QDFPSC", fpxx=[invoice(number)])
    assert set(accepted) == {"returncode", "returnmsg", "sllsh"}
    assert len(accepted["sllsh"]) == 32
    done = ready.base("CXQDFPSCJG", sllsh=accepted["sllsh"])
    assert set(done) == {"returncode", "returnmsg", "clzt", "sllsh", "fpxx"}
    row = {"fphm": number, "status": "1", "code": "0000", "message": "成功"}
    assert done["fpxx"] == [row]
    found = ready.base("CXQDFPXX", fpxx=[{"fphm": number}, {"fphm": "9" * 20}])["fpxx"]
    assert len(found) == 1 and set(found[0]) == set(
        "fphm lzfpbz kprq scsj gmfnsrsbh hjje hjse jshj ychje ychse dylzfphm".split()
    )
    assert (found[0]["hjje"], found[0]["hjse"], found[0]["jshj"]) == (
        ("100.00", "13.00", "113.00")
    )
    kept = issued(control)[number]
    assert (kept["kind"], kept["net"], kept["charged"]) == ("blue", "100.00", "100.00")
    segment = control.get("state", tax_number=GENERAL)["segments"][0]
    assert (segment["spent"], segment["remaining"]) == (1, 0)


def test_done_after_polls(ready, control):
    control.post("settings", job_polls=2)
    number = ready.numbers(1)[0]
    batch = ready.ask("QDFPSC", fpxx=[invoice(number)], ywlsh="P-1")["sllsh"]
    for _ in range(2):
        answer = ready.base("CXQDFPSCJG", sllsh=batch)
        assert (answer["clzt"], answer["nextPollSeconds"]) == ("0", 1)
    assert ready.base("CXQDFPSCJG", ywlsh="P-1")["fpxx"][0]["code"] == "0000"
    assert ready.base("CXQDFPSCJG", sllsh="no")["ycdm"] == "NOT_FOUND"
    assert ready.base("CXQDFPSCJG")["ycdm"] == "INVALID_ARGUMENT"


def test_duplicates_are_compared(ready, control):
    number = ready.numbers(1)[0]
    first = ready.ask("QDFPSC", fpxx=[invoice(number)], ywlsh="U-1")
    assert ready.ask("QDFPSC", fpxx=[invoice(number)], ywlsh="U-1") == first
    conflict = ready.ask("QDFPSC", fpxx=[invoice(number, bz="x")], ywlsh="U-1")
    assert conflict["ycdm"] == "SERIAL_CONFLICT"
    row = ready.upload(invoice(number))["fpxx"][0]
    assert (row["status"], row["code"]) == ("2", "1002")
    assert ready.codes(invoice(number, line("99.00"))) == ["1003"]
    assert ready.codes(invoice(number, bz="another remark")) == ["1003"]
    assert len(issued(control)) == 1
    assert ready.quota()["yxzwsyed"] == "99900.00"


def test_twice_in_one_upload(ready):
    number = ready.numbers(1)[0]
    assert ready.codes(invoice(number), invoice(number)) == ["0000", "1002"]


def test_one_bad_one_holds_no_other(ready):
    first, second, third = ready.numbers(3)
    done = ready.upload(
        invoice(first),
        invoice(second, kprq="yesterday"),
        {"fphm": 7},
        {},
        invoice(third),
    )
    assert [row["code"] for row in done["fpxx"]] == (
        ["0000", "3007", "3007", "3007", "0000"]
    )
    assert "kprq" in done["fpxx"][1]["message"]


def test_somebody_else_drew_it(ready, simulator):
    other = Issuer(simulator.url, OTHER)
    other.download("1000.00")
    number = other.numbers(1)[0]
    assert ready.codes(invoice(number)) == ["1001"]
    assert other.codes(invoice(number, xsfnsrsbh=OTHER)) == ["0000"]
    assert ready.codes(invoice(number)) == ["1001"]
    assert ready.base("CXQDFPXX", fpxx=[{"fphm": number}])["fpxx"] == []


@pytest.mark.parametrize(
    ("lines", "more", "code"),
    [
        ([], {"hjje": "100.01", "jshj": "113.01"}, "3001"),
        ([], {"jshj": "113.01"}, "3001"),
        ([line("0.00")], {}, "3001"),
        ([line("-5.00"), line("10.00")], {}, "3001"),
        ([line(spsl="3", dj="33.3333333333333")], {}, "0000"),
        ([line(spsl="3", dj="33.34")], {}, "3001"),
        (DISCOUNT, {}, "0000"),
        (DISCOUNT[::-1], {}, "3007"),
        ([line(se="13.06")], {}, "0000"),
        ([line(se="13.07")], {}, "3002"),
        ([line(rate="0.17")], {}, "3003"),
        ([line(rate="0.130")], {}, "0000"),
        ([line(rate="0", yhzcbs="03")], {}, "0000"),
        ([line(sphfwssflhbbm="109")], {}, "3004"),
        ([line(sphfwssflhbbm="")], {}, "3004"),
        ([], {"gmfnsrsbh": ""}, "3005"),
        ([], {"gmfnsrsbh": "", "fppz": "02"}, "0000"),
        ([], {"gmfmc": ""}, "3005"),
        ([], {"kprq": "20261111000000"}, "3006"),
        ([], {"kprq": "20261110235959"}, "0000"),
        ([], {"kprq": "20251231235959"}, "1005"),
        ([], {"xsfnsrsbh": OTHER}, "3007"),
        ([], {"kpr": ""}, "3007"),
        ([], {"lzfpbz": "2"}, "3007"),
        ([line("100000.01")], {}, "2001"),
        ([line("100000.00")], {}, "0000"),
    ],
)
def test_contents(ready, lines, more, code):
    assert ready.codes(invoice(ready.numbers(1)[0], *lines, **more)) == [code]


def test_published_amounts(ready):
    """Rounding by the line, half up."""
    first, second, third = ready.numbers(3)
    cents = invoice(first, line("9962.26", "0.06"))
    assert (cents["hjse"], cents["jshj"]) == ("597.74", "10560.00")
    discount = invoice(
        second,
        line("30.75", "0.03", fphxz="02"),
        line("-9.52", "0.03", fphxz="01"),
    )
    assert (discount["hjje"], discount["hjse"]) == ("21.23", "0.63")
    assert discount["jshj"] == "21.86"
    small = invoice(third, line("978.22", "0.01"))
    assert (small["hjse"], small["jshj"]) == ("9.78", "988.00")
    assert ready.codes(cents, discount, small) == ["0000"] * 3


def test_without_quota(issuer):
    assert issuer.codes(invoice(issuer.numbers(1)[0])) == ["2001"]


def test_how_many(ready):
    numbers = ready.numbers(101)
    invoices = [invoice(number) for number in numbers]
    assert ready.ask("QDFPSC", fpxx=invoices)["ycdm"] == "TOO_MANY_ITEMS"
    assert ready.ask("QDFPSC", fpxx=[])["ycdm"] == "INVALID_ARGUMENT"
    assert ready.codes(*invoices[:100]) == ["0000"] * 100


def test_a_taxpayer_out_of_order(ready, control):
    number = ready.numbers(1)[0]
    control.post("settings", job_polls=1)
    batch = ready.ask("QDFPSC", fpxx=[invoice(number)])["sllsh"]
    control.post("taxpayers", tax_number=GENERAL, status="05")
    assert ready.ask("QDFPSC", fpxx=[invoice(number)])["ycdm"] == "TAXPAYER_NOT_NORMAL"
    ready.base("CXQDFPSCJG", sllsh=batch)
    done = ready.base("CXQDFPSCJG", sllsh=batch)
    assert (done["clzt"], done["ycdm"]) == ("1", "TAXPAYER_NOT_NORMAL")
    assert done["fpxx"][0]["code"] == "9999"
    assert issued(control) == {}


def test_faults(ready, control):
    numbers = ready.numbers(5)
    *invoices, lost = [invoice(number) for number in numbers]
    control.fault("invoice_code", invoice=numbers[1], value="2001", count=1)
    assert ready.codes(*invoices) == ["0000", "2001", "0000", "0000"]
    control.fault("partial_rows", operation="CXQDFPSCJG", value="0.5", count=1)
    assert len(ready.upload(*invoices)["fpxx"]) == 2
    control.fault("never_ready", operation="QDFPSC", count=1)
    batch = ready.ask("QDFPSC", fpxx=invoices[:1])["sllsh"]
    assert ready.base("CXQDFPSCJG", sllsh=batch)["clzt"] == "0"
    control.fault("act_drop", operation="QDFPSC", count=1)
    with pytest.raises(requests.ConnectionError):
        ready.ask("QDFPSC", fpxx=[lost], ywlsh="F-1")
    assert ready.base("CXQDFPSCJG", ywlsh="F-1")["fpxx"][0]["code"] == "0000"
    control.fault("refuse", operation="QDFPPLFM", tax_number=GENERAL, count=1)
    with pytest.raises(requests.ConnectionError):
        ready.draw(1, ywlsh="F-2")
    assert ready.base("CXQDFPPLFM", ywlsh="F-2")["ycdm"] == "NOT_FOUND"
    assert len(issued(control)) == 5


def test_journal_names_numbers_and_requests(ready, control):
    number = ready.numbers(1)[0]
    ready.ask("QDFPSC", fpxx=[invoice(number)], ywlsh="J-1")
    ready.adjust()
    lines = control.get("journal")[-2:]
    assert (lines[0]["request_number"], lines[0]["items"]) == ("J-1", 1)
    assert number in lines[0]["request"]
    assert {one["tax_number"] for one in lines} == {GENERAL}


def test_rates(issuer):
    rates = [row["slv"] for row in issuer.base("CXKYSL")["slList"]]
    assert rates == ["0", "0.01", "0.015", "0.03", "0.05", "0.06", "0.09", "0.13"]


def test_the_page_shows_quota_and_numbers(simulator, ready):
    ready.codes(invoice(ready.numbers(3)[0]))
    page = requests.get(simulator.url).text
    assert "授信额度与发票号码" in page and "99900.00" in page


def test_red_without_a_form(ready, control):
    blue, number, other = ready.numbers(3)
    assert ready.codes(invoice(blue)) == ["0000"]
    assert ready.codes(red(number, blue, "-40.00")) == ["4003"]
    control.post("settings", red_needs_form=False)
    assert ready.codes(red(number, blue, "-40.00")) == ["0000"]
    assert ready.codes(red(other, blue, "-60.01")) == ["4002"]
    assert ready.codes(red(other, number, "-1.00")) == ["4001"]
    assert ready.codes(red(other, "9" * 20, "-1.00")) == ["4001"]
    assert ready.codes(red(other, blue, "-60.00")) == ["0000"]
    assert ready.quota()["yxzwsyed"] == "100000.00"
