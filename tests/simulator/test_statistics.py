"""Statistics and confirmation, with the vectors of the domain description."""

import pytest
from conftest import GENERAL, PERIOD
from test_selection import SELLER

# type, element, net, VAT, row of the table
VECTOR = [
    ("81", "", "100000.00", "13000.00"),
    ("81", "", "9000.00", "540.00"),
    ("81", "", "9962.26", "597.74"),
    ("82", "16", "10000.00", "900.00"),
    ("82", "12", "5000.00", "450.00"),
    ("14", "", "100.00", "3.00"),
    ("83", "", "200000.00", "26000.00"),
    ("17", "", "50000.00", "6500.00"),
    ("30", "", "10000.00", "600.00"),
    ("61", "", "1000.00", "90.00"),
    ("51", "", "37.61", "3.39"),
]
TABLE_P4 = {
    "0": (3, "118962.26", "14137.74"),
    "1": (1, "10000.00", "900.00"),
    "2": (1, "5000.00", "450.00"),
    "3": (1, "100.00", "3.00"),
    "4": (0, "0.00", "0.00"),
    "5": (1, "200000.00", "26000.00"),
    "6": (1, "50000.00", "6500.00"),
    "7": (1, "10000.00", "600.00"),
    "21": (1, "1000.00", "90.00"),
    "22": (1, "37.61", "3.39"),
    "8": (11, "395099.87", "48684.13"),
}
EXCLUDED = "26317000000000000099"


def number(index: int) -> str:
    return f"26317000000000000{index:03d}"


@pytest.fixture
def vector(seeded, leqi):
    """The invoices of P4, selected."""
    for index, (type_, element, net, vat) in enumerate(VECTOR):
        seeded.post(
            "invoices",
            tax_number=GENERAL,
            number=number(index),
            type=type_,
            element=element,
            issue_date="2026-10-08",
            net=net,
            vat=vat,
            **SELLER,
        )
    seeded.post(
        "invoices",
        tax_number=GENERAL,
        number=EXCLUDED,
        type="81",
        issue_date="2026-10-09",
        net="2000.00",
        vat="260.00",
        **SELLER,
    )
    done = leqi.select(PERIOD, [{"fphm": number(i)} for i in range(len(VECTOR))])
    assert done["plcode"] == "0000", done
    done = leqi.select(PERIOD, [{"fphm": EXCLUDED, "bdkyy": "3"}], "03")
    assert done["plcode"] == "0000"
    return seeded


def block(rows: list[dict]) -> dict:
    return {row["fplx"]: (row["hjfs"], row["hjje"], row["hjse"]) for row in rows}


def test_vector_6_5_P4_rows_and_totals(vector, leqi, rpa):
    table = leqi.build(PERIOD)["tjxx"]
    assert block(table["dk"]) == TABLE_P4
    excluded = block(table["bdk"])
    assert excluded["0"] == excluded["8"] == (1, "2000.00", "260.00")
    assert sum(row[0] for row in excluded.values()) == 2
    seen = rpa.data("statistics", period=PERIOD)["table"]
    by_row = {
        row["row"]: (row["count"], row["net"], row["vat"]) for row in seen["deduct"]
    }
    assert by_row["special"] == TABLE_P4["0"] and by_row["total"] == TABLE_P4["8"]
    assert by_row["rail"] == TABLE_P4["22"] and by_row["farmSales"] == TABLE_P4["2"]


def test_vector_6_5_P5_lower_creditable(vector, leqi):
    leqi.select(PERIOD, [{"fphm": number(2)}], "02")
    leqi.select(PERIOD, [{"fphm": number(2), "yxse": "500.00"}])
    table = block(leqi.build(PERIOD)["tjxx"]["dk"])
    assert table["0"] == (3, "118962.26", "14040.00")
    assert table["8"] == (11, "395099.87", "48586.39")


def test_vector_6_5_P6_abnormal_after_signing(vector, leqi, rpa):
    leqi.build(PERIOD)
    assert leqi.sign(PERIOD)["qrjg"] == "200"
    vector.post(
        "invoices", tax_number=GENERAL, number=number(6), status="out_of_control"
    )
    table = leqi.call("HQTJBXX", skssq=PERIOD)["tjxx"]
    assert block(table["dk"])["8"][2] == "48684.13"
    assert [(row["je"], row["se"]) for row in table["yc"]] == [
        ("200000.00", "26000.00")
    ]
    assert len(rpa.data("statistics", period=PERIOD)["table"]["abnormal"]) == 1


def test_vector_6_5_P7_nothing_selected(leqi, rpa):
    built = leqi.build(PERIOD)
    assert (built["cljg"], built["ycdm"]) == ("1", "NOTHING_SELECTED")
    assert built["tjzt"] == "22" and "tjxx" not in built
    assert leqi.call("HQTJBXX", skssq=PERIOD)["tjxx"] is None
    done = rpa.task("TJ", PERIOD)
    assert (done["result"], done["reason"]) == ("refused", "NOTHING_SELECTED")
    assert rpa.data("statistics", period=PERIOD)["table"] is None


def test_vector_6_5_P8_running_month(leqi, rpa, control, numbers):
    control.post("file", tax_number=GENERAL)
    leqi.select("202611", [{"fphm": numbers[0]}])
    built = leqi.build("202611")
    assert (built["cljg"], built["tjzt"]) == ("0", "03")
    assert rpa.data("statistics", period="202611")["statisticsStatus"] == "4"
    assert leqi.sign("202611")["qrjg"] == "222"
    control.post("clock", now="2026-12-01T08:00:00")
    rpa.login()
    assert leqi.call("HQTJBXX", skssq="202611")["tjzt"] == "25"
    assert rpa.data("statistics", period="202611")["statisticsStatus"] == "3"
    assert leqi.sign("202611")["qrjg"] == "222"
    assert leqi.build("202611")["tjzt"] == "25"
    leqi.revoke("202611")
    assert leqi.build("202611")["tjzt"] == "02"
    assert leqi.sign("202611")["qrjg"] == "200"


def test_vector_6_5_P9_changed_after_the_table(vector, leqi, rpa):
    leqi.build(PERIOD)
    line = [{"fphm": number(0)}]
    assert leqi.select(PERIOD, line, "02")["ycdm"] == "STATISTICS_EXIST"
    vector.post("invoices", tax_number=GENERAL, number=number(0), creditable_vat="1.00")
    assert leqi.sign(PERIOD)["qrjg"] == "333"
    assert rpa.task("QR", PERIOD)["signCode"] == "333"
    leqi.revoke(PERIOD)
    leqi.build(PERIOD)
    assert leqi.sign(PERIOD)["qrjg"] == "200"


def test_vector_6_5_P10_red_locked(vector, leqi, rpa):
    leqi.build(PERIOD)
    vector.post("invoices", tax_number=GENERAL, number=number(4), red_locked=True)
    signed = leqi.sign(PERIOD)
    assert signed["qrjg"] == "444"
    assert signed["fpmx"] == [{"fpdm": "", "fphm": number(4)}]
    done = rpa.task("QR", PERIOD)
    assert (done["signCode"], done["locked"][0]["fphm"]) == ("444", number(4))


def test_status_changed_after_the_table(vector, leqi):
    leqi.build(PERIOD)
    vector.post("invoices", tax_number=GENERAL, number=number(0), status="voided")
    assert leqi.sign(PERIOD)["qrjg"] == "333"


def test_a_standing_table_is_answered_again(vector, leqi):
    first = leqi.build(PERIOD)["tjxx"]
    assert leqi.build(PERIOD)["tjxx"] == first


def test_sign_again_and_cancel(vector, leqi, rpa, control):
    assert leqi.sign(PERIOD)["ycdm"] == "STATISTICS_MISSING"
    assert leqi.revoke(PERIOD)["ycdm"] == "STATISTICS_MISSING"
    leqi.build(PERIOD)
    assert leqi.sign(PERIOD)["qrcs"] == 1
    again = leqi.sign(PERIOD)
    assert (again["qrjg"], again["qrcs"]) == ("200", 1)
    assert leqi.revoke(PERIOD)["ycdm"] == "ALREADY_CONFIRMED"
    assert rpa.task("QXTJ", PERIOD)["data"]["reason"] == "ALREADY_CONFIRMED"
    assert leqi.cancel(PERIOD)["qrjg"] == "200"
    assert leqi.call("HQTJBXX", skssq=PERIOD)["tjzt"] == "02"
    assert control.invoices(GENERAL)[number(0)]["selection"] == "selected"
    done = rpa.task("QR", PERIOD)
    assert (done["signCode"], done["ordinal"]) == ("200", 2)
    control.post("file", tax_number=GENERAL)
    assert leqi.cancel(PERIOD)["ycdm"] == "PERIOD_FILED"
    assert rpa.task("QXQR", PERIOD)["data"]["reason"] == "PERIOD_FILED"
