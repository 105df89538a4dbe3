"""Which invoices can be selected, and what each channel says when not."""

import pytest
from conftest import GENERAL, OTHER, PERIOD, SMALL
from reference_client import Leqi, Rpa

SELLER = {"seller_tax_number": "91310115MA1TE5T02F", "seller_name": "卖方"}


def add(control, number="26317000000000000001", **values) -> str:
    """Add an invoice; answers its number."""
    values = {
        "type": "81",
        "issue_date": "2026-10-05",
        "net": "100.00",
        "vat": "13.00",
        **SELLER,
        **values,
    }
    control.post("invoices", tax_number=GENERAL, number=number, **values)
    return number


def leqi_code(leqi, number, **item) -> tuple[str, str]:
    line = leqi.select(PERIOD, [{"fphm": number, **item}])["fpmx"][0]
    return line["cljg"], line["clms"]


def rpa_code(rpa, number, **item) -> str:
    done = rpa.task("GX", PERIOD, gxlx="1", items=[{"fphm": number, **item}])
    return done["items"][0]["result"]


@pytest.mark.parametrize(
    ("values", "on_leqi", "on_rpa"),
    [
        ({"status": "voided"}, "11", "11"),
        ({"status": "fully_red"}, "12", "12"),
        ({"status": "out_of_control"}, "15", "15"),
        ({"status": "red", "net": "-100.00", "vat": "-13.00"}, "16", "16"),
        ({"status": "abnormal"}, "3", "03"),
        ({"type": "82"}, "31", "31"),
        ({"type": "15"}, "31", "31"),
        ({"issue_date": "2026-11-01"}, "10", "04"),
        ({"issue_date": "2016-12-31"}, "10", "04"),
        ({"obtained_small_scale": "1"}, "8", "99"),
        ({"status": "partly_red"}, "1", "06"),
        ({"type": "82", "element": "16"}, "1", "06"),
        ({"type": "10", "element": "08"}, "1", "06"),
    ],
)
def test_results(leqi, rpa, control, values, on_leqi, on_rpa):
    number = add(control, **values)
    assert leqi_code(leqi, number)[0] == on_leqi
    assert rpa_code(rpa, number) == on_rpa


def test_unknown_and_already_selected(leqi, rpa, numbers):
    assert leqi_code(leqi, "9" * 20)[0] == "2"
    assert rpa_code(rpa, "9" * 20) == "02"
    assert leqi_code(leqi, numbers[0])[0] == "1"
    assert leqi_code(leqi, numbers[0]) == ("8", "已勾选,不可重复勾选")
    assert rpa_code(rpa, numbers[0]) == "06"


def test_paper_invoice_keeps_its_leading_zeros(leqi, control):
    number = add(control, "00012345", code="3100264130", type="01")
    line = leqi.select(PERIOD, [{"fpdm": "3100264130", "fphm": number}])["fpmx"][0]
    assert (line["cljg"], line["fphm"]) == ("1", "00012345")
    assert leqi_code(leqi, "00012345")[0] == "2"


def test_wrong_type_or_date_of_the_caller(leqi, numbers):
    assert leqi_code(leqi, numbers[0], fplx="01")[0] == "31"
    assert leqi_code(leqi, numbers[0], kprq="20170102")[0] == "31"
    assert leqi_code(leqi, numbers[0], fplx="81")[0] == "1"


def test_creditable_between_nothing_and_all(leqi, rpa, control):
    number = add(control, net="1000.00", vat="100.00")
    assert leqi_code(leqi, number, yxse="100.01")[0] == "8"
    assert leqi_code(leqi, number, yxse="-0.01")[0] == "8"
    assert rpa_code(rpa, number, yxse="100.01") == "99"
    assert leqi_code(leqi, number, yxse="0.00")[0] == "1"
    assert control.invoices(GENERAL)[number]["creditable_vat"] == "0.00"


def test_exclude_and_revoke(leqi, rpa, numbers, control):
    line = [{"fphm": numbers[0], "bdkyy": "3"}]
    assert leqi.select(PERIOD, line, "03")["plcode"] == "0000"
    row = control.invoices(GENERAL)[numbers[0]]
    assert (row["purpose"], row["reason"], row["period"]) == ("exclude", "3", PERIOD)
    wrong = leqi.select(PERIOD, line, "02")["fpmx"][0]
    assert (wrong["cljg"], wrong["clms"]) == ("8", "未勾选,不可撤销")
    done = rpa.task("GX", PERIOD, gxlx="13", items=line)
    assert done["items"][0]["result"] == "01"
    done = rpa.task("GX", PERIOD, gxlx="6", items=line)
    assert done["items"][0]["result"] == "07"
    row = control.invoices(GENERAL)[numbers[0]]
    assert (row["selection"], row["purpose"]) == ("unselected", None)
    assert (row["effective_selections"], row["effective_revocations"]) == (1, 1)


def test_exclude_needs_its_reason(leqi, rpa, numbers):
    none, other = [{"fphm": numbers[0]}], [{"fphm": numbers[0], "bdkyy": "5"}]
    for line in (none, other):
        assert leqi.select(PERIOD, line, "03")["ycdm"] == "INVALID_ARGUMENT"
        assert rpa.task("GX", PERIOD, gxlx="4", items=line)["code"] == "1002"


def test_partly_good(leqi, numbers):
    lines = [{"fphm": numbers[0]}, {"fphm": "9" * 20}]
    assert leqi.select(PERIOD, lines)["plcode"] == "90001"
    assert leqi.select(PERIOD, lines)["plcode"] == "93000"


def test_only_the_current_period(leqi, rpa, numbers, control):
    line = [{"fphm": numbers[0]}]
    assert leqi.select("202611", line)["ycdm"] == "PERIOD_NOT_OPEN"
    assert leqi.select("202609", line)["ycdm"] == "PERIOD_FILED"
    refused = rpa.task("GX", "202611", gxlx="1", items=line)
    assert (refused["code"], refused["data"]["reason"]) == ("4090", "PERIOD_NOT_OPEN")
    control.post("file", tax_number=GENERAL)
    assert leqi.select(PERIOD, line)["ycdm"] == "PERIOD_FILED"


def test_a_table_stands(leqi, rpa, numbers):
    leqi.select(PERIOD, [{"fphm": numbers[0]}])
    leqi.build(PERIOD)
    line = [{"fphm": numbers[1]}]
    assert leqi.select(PERIOD, line)["ycdm"] == "STATISTICS_EXIST"
    refused = rpa.task("GX", PERIOD, gxlx="1", items=line)
    assert refused["data"]["reason"] == "STATISTICS_EXIST"


def test_small_scale(simulator, seeded):
    leqi = Leqi(simulator.url, SMALL)
    line = [{"fphm": next(iter(seeded.invoices(SMALL)))}]
    assert leqi.select(PERIOD, line)["ycdm"] == "SMALL_SCALE"
    rpa = Rpa(simulator.url, SMALL).login()
    assert rpa.data("profile")["taxpayerType"] == "small"
    refused = rpa.task("GX", PERIOD, gxlx="1", items=line)
    assert refused["data"]["reason"] == "SMALL_SCALE"


def test_pool_is_one_day_behind(leqi, rpa, control):
    number = add(control, issue_date="2026-11-10")
    asked = [{"fphm": number}]
    assert rpa.data("invoices", invoices=asked)["rows"] == []
    assert leqi_code(leqi, number)[0] == "2"
    _, cursor = rpa.pool()
    _, leqi_cursor = leqi.download(kpyf="202611", jskpyf="202611")
    control.post("clock", advance_days=1)
    rpa.login()
    assert [row["fphm"] for row in rpa.pool(cursor)[0]] == [number]
    assert [row["fphm"] for row in leqi.download(sjc=leqi_cursor)[0]] == [number]


def test_at_most_a_hundred(leqi, rpa):
    lines = [{"fphm": f"{number:020d}"} for number in range(101)]
    assert leqi.select(PERIOD, lines)["ycdm"] == "TOO_MANY_ITEMS"
    refused = rpa.task("GX", PERIOD, gxlx="1", items=lines)
    assert (refused["code"], refused["data"]["reason"]) == ("1002", "TOO_MANY_ITEMS")
    assert len(leqi.select(PERIOD, lines[:100])["fpmx"]) == 100


def test_another_taxpayers_invoice_is_unknown(simulator, seeded, numbers):
    other = Leqi(simulator.url, OTHER)
    assert leqi_code(other, numbers[0])[0] == "2"
