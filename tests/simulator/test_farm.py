"""Farm products: how an invoice is credited is declared before it is selected."""

import pytest
from conftest import GENERAL, PERIOD, SMALL
from reference_client import Leqi, Rpa
from test_selection import add

OWN, BOUGHT, MIXED, FACE_AMOUNT, FACE_TAX = "1", "2", "3", "4", "5"
METHODS = {
    OWN: "own",
    BOUGHT: "bought",
    MIXED: "mixed",
    FACE_AMOUNT: "faceAmount",
    FACE_TAX: "faceTax",
}


def farm(control, element="12", type_="82", net="10000.00", vat="0.00", **values):
    return add(control, type=type_, element=element, net=net, vat=vat, **values)


def on_leqi(client, number, method, **item):
    return client.treat([{"fphm": number, "clfs": method, **item}])["fpmx"][0]


def on_rpa(client, number, method, **item):
    items = [{"fphm": number, "method": METHODS[method], **item}]
    return client.task("NCP", PERIOD, items=items)["items"][0]


def known(control, number):
    return control.invoices(GENERAL)[number]


def test_vector_6_4_M8_farm_purchase(leqi, control):
    number = farm(control, element="16")
    line = on_leqi(leqi, number, OWN)
    assert set(line) == {"fpdm", "fphm", "cljg", "clms", "clfs", "yxse"}
    assert (line["cljg"], line["clfs"], line["yxse"]) == ("1", OWN, "900.00")
    selected = leqi.select(PERIOD, [{"fphm": number}])["fpmx"][0]
    assert (selected["cljg"], selected["yxse"]) == ("1", "900.00")
    table = {row["fplx"]: row for row in leqi.build(PERIOD)["tjxx"]["dk"]}
    assert (table["1"]["hjfs"], table["1"]["hjje"]) == (1, "10000.00")
    assert table["1"]["hjse"] == table["8"]["hjse"] == "900.00"


def test_vector_6_4_M9_special_invoice_of_a_small_taxpayer(rpa, control):
    number = farm(control, element="20", type_="81", vat="300.00")
    item = on_rpa(rpa, number, FACE_AMOUNT)
    assert (item["result"], item["method"], item["creditable"]) == (
        "01",
        "faceAmount",
        "900.00",
    )
    row = item["row"]
    assert (row["farmMethod"], row["farmOwn"], row["yxse"]) == (
        "faceAmount",
        "",
        "900.00",
    )
    items = [{"fphm": number, "yxse": "900.00"}]
    assert rpa.task("GX", PERIOD, gxlx="1", items=items)["items"][0]["result"] == "01"


@pytest.mark.parametrize(
    ("method", "own", "creditable"),
    [
        (OWN, "", "90.00"),
        (BOUGHT, "", "0.00"),
        (MIXED, "333.33", "30.00"),
        (MIXED, "1000.00", "90.00"),
        (MIXED, "0.05", "0.00"),
        (MIXED, "0.06", "0.01"),
    ],
)
def test_what_is_credited(leqi, control, method, own, creditable):
    number = farm(control, net="1000.00", vat="90.00")
    line = on_leqi(leqi, number, method, ncpbfje=own)
    assert (line["cljg"], line["clfs"], line["yxse"]) == ("1", method, creditable)
    row = leqi.call("FPZTXXCX", "202007", fpxx=[{"fphm": number}])["fpxx"][0]
    assert (row["clfs"], row["ncpbfje"], row["yxse"]) == (method, own, creditable)
    row = known(control, number)
    assert (row["farm_amount"], row["effective_treatments"]) == (own or None, 1)


def test_face_tax(leqi, control):
    number = farm(control, element="20", type_="01", vat="300.00")
    assert on_leqi(leqi, number, FACE_TAX)["yxse"] == "300.00"


@pytest.mark.parametrize(
    ("type_", "element", "method", "fits"),
    [
        *[(type_, "12", OWN, True) for type_ in ("04", "10", "82")],
        ("82", "16", MIXED, True),
        ("82", "20", BOUGHT, True),
        *[(type_, "20", FACE_AMOUNT, True) for type_ in ("01", "08", "81", "85")],
        ("81", "12", FACE_AMOUNT, False),
        ("81", "20", OWN, False),
        ("82", "20", FACE_AMOUNT, False),
        ("82", "20", FACE_TAX, False),
        ("82", "08", OWN, False),
        ("82", "", OWN, False),
        ("51", "09", OWN, False),
    ],
)
def test_which_invoices(leqi, rpa, control, type_, element, method, fits):
    number = farm(control, element, type_)
    item = {"ncpbfje": "1.00"} if method == MIXED else {}
    assert on_leqi(leqi, number, method, **item)["cljg"] == ("1" if fits else "31")
    item = {"ownAmount": "1.00"} if method == MIXED else {}
    assert on_rpa(rpa, number, method, **item)["result"] == ("06" if fits else "31")


@pytest.mark.parametrize("own", ["", "0.00", "-1.00", "10000.01"])
def test_the_own_part(leqi, rpa, control, own):
    number = farm(control)
    assert on_leqi(leqi, number, MIXED, ncpbfje=own)["cljg"] == "8"
    assert on_rpa(rpa, number, MIXED, ownAmount=own)["result"] == "99"
    assert known(control, number)["effective_treatments"] == 0


def test_again_and_otherwise(leqi, rpa, control):
    number = farm(control)
    on_leqi(leqi, number, MIXED, ncpbfje="100.00")
    line = on_leqi(leqi, number, MIXED, ncpbfje="100.00")
    assert (line["cljg"], line["clms"]) == ("8", "已处理,不可重复处理")
    item = on_rpa(rpa, number, MIXED, ownAmount="100.00")
    assert (item["result"], item["method"]) == ("06", "mixed")
    assert on_rpa(rpa, number, MIXED, ownAmount="200.00")["creditable"] == "18.00"
    assert on_leqi(leqi, number, OWN)["yxse"] == "900.00"
    row = known(control, number)
    assert (row["farm_method"], row["farm_amount"]) == ("own", None)
    assert row["effective_treatments"] == 3


def test_only_while_unselected(leqi, rpa, control):
    number = farm(control, vat="300.00")
    # Untreated it is credited with what it shows.
    assert leqi.select(PERIOD, [{"fphm": number}])["fpmx"][0]["yxse"] == "300.00"
    line = on_leqi(leqi, number, OWN)
    assert (line["cljg"], line["clms"]) == ("8", "已勾选,不可重复勾选")
    assert on_rpa(rpa, number, OWN)["result"] == "06"
    assert known(control, number)["farm_method"] == ""


def test_the_ceiling(leqi, control):
    number = farm(control, vat="300.00")
    on_leqi(leqi, number, OWN)
    assert leqi.select(PERIOD, [{"fphm": number, "yxse": "900.01"}])["fpmx"][0][
        "cljg"
    ] == ("8")
    leqi.select(PERIOD, [{"fphm": number, "yxse": "100.00"}])
    assert known(control, number)["creditable_vat"] == "100.00"
    leqi.select(PERIOD, [{"fphm": number}], "02")
    assert known(control, number)["creditable_vat"] == "900.00"


def test_not_own_grown_is_never_selected(leqi, rpa, control):
    number = farm(control, vat="300.00")
    on_leqi(leqi, number, BOUGHT)
    assert leqi.select(PERIOD, [{"fphm": number}])["fpmx"][0]["cljg"] == "31"
    lines = [{"fphm": number, "bdkyy": "1"}]
    done = rpa.task("GX", PERIOD, gxlx="4", items=lines)
    assert done["items"][0]["result"] == "31"
    assert on_leqi(leqi, number, OWN)["cljg"] == "1"
    assert leqi.select(PERIOD, [{"fphm": number}])["fpmx"][0]["cljg"] == "1"


def test_a_closed_period_keeps_the_treatment(leqi, control):
    number = farm(control)
    on_leqi(leqi, number, OWN)
    leqi.select(PERIOD, [{"fphm": number}])
    control.post("file", tax_number=GENERAL)
    row = known(control, number)
    assert (row["selection"], row["creditable_vat"]) == ("unselected", "900.00")


def test_other_objections(leqi, rpa, control, numbers):
    number = farm(control, status="voided")
    assert on_leqi(leqi, number, OWN)["cljg"] == "11"
    assert on_leqi(leqi, "9" * 20, OWN)["cljg"] == "2"
    assert on_rpa(rpa, "9" * 20, OWN)["method"] == ""
    number = farm(control, number="26317000000000000002")
    assert on_leqi(leqi, number, OWN, kprq="20261006")["cljg"] == "31"
    lines = [{"fphm": number, "clfs": OWN}, {"fphm": numbers[0], "clfs": OWN}]
    assert leqi.treat(lines)["plcode"] == "90001"
    assert leqi.treat([{"fphm": number, "clfs": "6"}])["ycdm"] == "INVALID_ARGUMENT"
    assert leqi.treat(lines * 51)["ycdm"] == "TOO_MANY_ITEMS"
    assert rpa.task("NCP", PERIOD, items=[{"fphm": number}])["code"] == "1002"
    assert rpa.task("NCP", PERIOD)["code"] == "1002"


def test_a_table_does_not_stand_against_it(leqi, control, numbers):
    number = farm(control)
    leqi.select(PERIOD, [{"fphm": numbers[0]}])
    leqi.build(PERIOD)
    assert on_leqi(leqi, number, OWN)["cljg"] == "1"


def test_the_same_number_is_done_once(leqi, control):
    number = farm(control)
    body = {"ywlsh": "same", "fpmx": [{"fphm": number, "clfs": OWN}]}
    first = leqi.call("PLSCDCLNCPFPQRQD", **body)
    assert leqi.call("PLSCDCLNCPFPQRQD", **body) == first
    assert leqi.call("CXDCLNCPFPQRQDCLJG", ywlsh="same")["plcode"] == "0000"
    assert known(control, number)["effective_treatments"] == 1
    body["fpmx"][0]["clfs"] = BOUGHT
    assert leqi.call("PLSCDCLNCPFPQRQD", **body)["ycdm"] == "SERIAL_CONFLICT"


def test_small_scale(simulator, seeded):
    number = next(iter(seeded.invoices(SMALL)))
    refused = Leqi(simulator.url, SMALL).treat([{"fphm": number, "clfs": OWN}])
    assert refused["ycdm"] == "SMALL_SCALE"
    rpa = Rpa(simulator.url, SMALL).login()
    items = [{"fphm": number, "method": "own"}]
    refused = rpa.task("NCP", PERIOD, items=items)
    assert refused["data"]["reason"] == "SMALL_SCALE"


def test_changed_by_hand(seeded):
    number = farm(seeded)
    row = seeded.post(
        "invoices",
        tax_number=GENERAL,
        number=number,
        farm_method="mixed",
        farm_amount="100.00",
    )
    assert (row["farm_method"], row["creditable_vat"]) == ("mixed", "9.00")
    row = seeded.post(
        "invoices", tax_number=GENERAL, number=number, farm_method="own", net="200.00"
    )
    assert (row["farm_amount"], row["creditable_vat"]) == (None, "18.00")
    row = seeded.post("invoices", tax_number=GENERAL, number=number, vat="7.00")
    assert row["creditable_vat"] == "18.00"
    row = seeded.post("invoices", tax_number=GENERAL, number=number, farm_method="")
    assert (row["farm_method"], row["creditable_vat"]) == ("", "7.00")
