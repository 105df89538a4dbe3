"""Booking: the bureau notes which invoices are in the taxpayer's books."""

import pytest
from conftest import GENERAL, PERIOD, SMALL
from reference_client import Leqi, Rpa
from test_selection import add

DAY = "20261108"


def on_leqi(client, number, day=DAY):
    return client.book([{"fphm": number, "rzrq": day}])["fpmx"][0]


def on_rpa(client, number, day="2026-11-08"):
    items = [{"fphm": number, "bookedOn": day}]
    return client.task("RZ", PERIOD, items=items)["items"][0]


def test_over_leqi(leqi, control, numbers):
    row = leqi.call("FPZTXXCX", "202007", fpxx=[{"fphm": numbers[0]}])["fpxx"][0]
    assert (row["rzbz"], row["rzrq"]) == ("N", "")
    line = on_leqi(leqi, numbers[0])
    assert set(line) == {"fpdm", "fphm", "cljg", "clms", "rzbz"}
    assert (line["cljg"], line["rzbz"]) == ("1", "Y")
    row = leqi.call("FPZTXXCX", "202007", fpxx=[{"fphm": numbers[0]}])["fpxx"][0]
    assert (row["rzbz"], row["rzrq"]) == ("Y", DAY)
    line = on_leqi(leqi, numbers[0], "20261109")
    assert (line["cljg"], line["clms"], line["rzbz"]) == (
        "8",
        "已入账,不可重复入账",
        "Y",
    )
    row = control.invoices(GENERAL)[numbers[0]]
    assert (row["booked_on"], row["effective_bookings"]) == ("2026-11-08", 1)


def test_over_rpa(rpa, numbers):
    item = on_rpa(rpa, numbers[0])
    assert (item["result"], item["row"]["booked"]) == ("01", True)
    assert item["row"]["bookedOn"] == "2026-11-08"
    assert on_rpa(rpa, numbers[0], "2026-11-09")["result"] == "06"
    row = rpa.data("invoices", invoices=[{"fphm": numbers[1]}])["rows"][0]
    assert (row["booked"], row["bookedOn"]) == (False, None)


@pytest.mark.parametrize(
    ("values", "code", "rpa_code"),
    [
        ({"status": "voided"}, "11", "11"),
        ({"status": "red", "net": "-100.00", "vat": "-13.00"}, "1", "06"),
        ({"status": "out_of_control"}, "1", "06"),
        ({"type": "82"}, "1", "06"),
        ({"type": "15"}, "1", "06"),
        ({"selection": "confirmed"}, "1", "06"),
        ({"issue_date": "2026-11-10"}, "2", "02"),
    ],
)
def test_which_invoices(leqi, rpa, control, values, code, rpa_code):
    number = add(control, **values)
    assert on_leqi(leqi, number)["cljg"] == code
    assert on_rpa(rpa, number)["result"] == rpa_code


def test_small_scale_taxpayers_book_too(simulator, seeded):
    one, two = list(seeded.invoices(SMALL))[:2]
    assert on_leqi(Leqi(simulator.url, SMALL), one)["cljg"] == "1"
    assert on_rpa(Rpa(simulator.url, SMALL).login(), two)["result"] == "01"


def test_it_changes_no_selection(leqi, control, numbers):
    leqi.select(PERIOD, [{"fphm": numbers[0]}])
    leqi.build(PERIOD)
    on_leqi(leqi, numbers[0])
    row = control.invoices(GENERAL)[numbers[0]]
    assert (row["selection"], row["booked_on"]) == ("selected", "2026-11-08")
    assert leqi.sign(PERIOD)["qrjg"] == "200"


def test_a_day_is_needed(leqi, rpa, numbers):
    for day in ("", "20261301", None):
        refused = leqi.book([{"fphm": numbers[0], "rzrq": day}])
        assert refused["ycdm"] == "INVALID_ARGUMENT"
    assert rpa.task("RZ", PERIOD, items=[{"fphm": numbers[0]}])["code"] == "1002"
    lines = [{"fphm": number, "rzrq": DAY} for number in numbers] * 3
    assert leqi.book(lines[:101])["ycdm"] == "TOO_MANY_ITEMS"
    assert leqi.book(lines[:100])["plcode"] == "90001"


def test_the_same_number_is_done_once(leqi, control, numbers):
    body = {"ywlsh": "same", "fpmx": [{"fphm": numbers[0], "rzrq": DAY}]}
    first = leqi.call("FPRZBZSC", **body)
    assert leqi.call("FPRZBZSC", **body) == first
    assert leqi.call("CXFPRZBZSCJG", ywlsh="same")["fpmx"][0]["cljg"] == "1"
    assert control.invoices(GENERAL)[numbers[0]]["effective_bookings"] == 1
    body["fpmx"][0]["rzrq"] = "20261107"
    assert leqi.call("FPRZBZSC", **body)["ycdm"] == "SERIAL_CONFLICT"


def test_the_robot_waits_three_minutes(rpa, control, numbers):
    items = [{"fphm": numbers[0], "bookedOn": "2026-11-08"}]
    assert rpa.task("RZ", PERIOD, items=items)["items"][0]["result"] == "01"
    again = rpa.call("submit", taskType="RZ", period=PERIOD, items=items)
    assert again["code"] == "4290"
    control.post("clock", advance_seconds=180)
    assert rpa.task("RZ", PERIOD, items=items)["items"][0]["result"] == "06"
    assert control.invoices(GENERAL)[numbers[0]]["effective_bookings"] == 1


def test_a_code_for_an_invoice(leqi, control, numbers):
    control.fault("invoice_code", invoice=numbers[0], value="15")
    assert on_leqi(leqi, numbers[0])["cljg"] == "15"
    assert control.invoices(GENERAL)[numbers[0]]["booked_on"] is None
