"""Passenger transport: which tickets are credited, and how much of them."""

import pytest
from conftest import GENERAL, PERIOD
from test_selection import add


def on_leqi(client, number, **item):
    return client.select(PERIOD, [{"fphm": number, **item}], "05")["fpmx"][0]


def on_rpa(client, number, **item):
    items = [{"fphm": number, **item}]
    return client.task("GX", PERIOD, gxlx="9", items=items)["items"][0]


def ticket(control, gross, **values):
    """A ticket that shows no VAT."""
    return add(control, net=gross, vat="0.00", **values)


def test_vector_6_4_M5_rail_ticket(leqi, control):
    number = ticket(control, "41.00", type="51")
    line = on_leqi(leqi, number)
    assert (line["cljg"], line["gxlxDm"], line["yxse"]) == ("1", "01", "3.39")
    row = control.invoices(GENERAL)[number]
    assert (row["purpose"], row["creditable_vat"]) == ("deduct", "3.39")
    table = {row["fplx"]: row for row in leqi.build(PERIOD)["tjxx"]["dk"]}
    assert (table["22"]["hjfs"], table["22"]["hjse"]) == (1, "3.39")


def test_vector_6_4_M6_road_ticket(rpa, control):
    values = {"type": "82", "element": "09", "issue_date": "2025-12-31"}
    item = on_rpa(rpa, ticket(control, "103.00", **values))
    assert (item["result"], item["row"]["gxlx"]) == ("01", "1")
    assert item["row"]["yxse"] == "3.00"
    table = {row["row"]: row for row in rpa.task("TJ", PERIOD)["table"]["deduct"]}
    assert (table["ordinary"]["count"], table["ordinary"]["vat"]) == (1, "3.00")


@pytest.mark.parametrize(
    ("gross", "vat"), [("1.00", "0.08"), ("0.05", "0.00"), ("1234.56", "101.94")]
)
def test_rounded_half_up(leqi, control, gross, vat):
    assert on_leqi(leqi, ticket(control, gross, type="61"))["yxse"] == vat


@pytest.mark.parametrize(
    ("values", "code", "rpa_code"),
    [
        ({"type": "51"}, "1", "06"),
        ({"type": "61"}, "1", "06"),
        ({"type": "82", "element": "09", "issue_date": "2025-06-01"}, "1", "06"),
        ({"type": "10", "element": "09", "issue_date": "2025-06-01"}, "1", "06"),
        ({"type": "82", "element": "09", "issue_date": "2026-01-01"}, "31", "31"),
        ({"type": "10", "element": "09", "issue_date": "2026-01-01"}, "31", "31"),
        ({"type": "82", "issue_date": "2025-06-01"}, "31", "31"),
        ({"type": "04", "element": "09", "issue_date": "2025-06-01"}, "31", "31"),
        ({"type": "81"}, "31", "31"),
        ({"type": "51", "status": "voided"}, "11", "11"),
    ],
)
def test_which_invoices(leqi, rpa, control, values, code, rpa_code):
    number = add(control, **values)
    assert on_leqi(leqi, number)["cljg"] == code
    assert on_rpa(rpa, number)["result"] == rpa_code


def test_the_ceiling(leqi, rpa, control):
    shown = add(control, type="51", net="100.00", vat="9.00")
    assert on_leqi(leqi, shown, yxse="9.01")["cljg"] == "8"
    assert on_rpa(rpa, shown, yxse="9.01")["result"] == "99"
    assert on_leqi(leqi, shown, yxse="9.00")["yxse"] == "9.00"
    contained = ticket(control, "109.00", type="61", number="26317000000000000002")
    assert on_rpa(rpa, contained, yxse="9.01")["result"] == "99"
    assert on_rpa(rpa, contained, yxse="8.50")["row"]["yxse"] == "8.50"


def test_revoked_like_a_deduction(leqi, rpa, control):
    number = ticket(control, "41.00", type="51")
    on_leqi(leqi, number)
    done = rpa.task("GX", PERIOD, gxlx="6", items=[{"fphm": number}])
    row = done["items"][0]["row"]
    assert (done["items"][0]["result"], row["gxzt"], row["yxse"]) == ("01", "0", "0.00")
    # A plain deduction of a ticket that shows no VAT credits none.
    assert leqi.select(PERIOD, [{"fphm": number}])["fpmx"][0]["yxse"] == "0.00"


def test_the_rules_of_the_deduction_hold(leqi, control, numbers):
    number = ticket(control, "41.00", type="51")
    one = [{"fphm": number}]
    assert leqi.select("202611", one, "05")["ycdm"] == "PERIOD_NOT_OPEN"
    leqi.select(PERIOD, [{"fphm": numbers[0]}])
    leqi.build(PERIOD)
    assert leqi.select(PERIOD, one, "05")["ycdm"] == "STATISTICS_EXIST"
