"""Export refund: selected in the running month, confirmed for good."""

import pytest
from conftest import GENERAL, PERIOD, SMALL
from reference_client import Leqi, Rpa
from test_selection import add

MONTH = "202611"  # of the clock; the current period of the deduction is 202610


def state(control, name):
    return control.get("state", tax_number=GENERAL)[name]


def on_leqi(client, number, kind="01", month=MONTH):
    """(result code, text) of one invoice."""
    line = client.refund(month, [{"fphm": number}], kind)["fpmx"][0]
    return line["cljg"], line["clms"]


def on_rpa(client, number, gxlx="2", month=MONTH):
    done = client.task("GX", month, gxlx=gxlx, items=[{"fphm": number}])
    return done["items"][0]["result"], done["items"][0]["text"]


def test_select_and_revoke_over_leqi(leqi, control, numbers):
    done = leqi.refund(MONTH, [{"fphm": numbers[0], "fplx": "81"}])
    line = done["fpmx"][0]
    assert (done["clzt"], done["plcode"], line["cljg"]) == ("1", "0000", "1")
    names = "fpdm fphm cljg clms gxzt gxlxDm skssq yxse rzzt"
    assert set(line) == set(names.split())
    assert (line["gxzt"], line["gxlxDm"], line["skssq"]) == ("1", "05", MONTH)
    row = leqi.call("FPZTXXCX", "202007", fpxx=[{"fphm": numbers[0]}])["fpxx"][0]
    assert (row["gxlxDm"], row["fpyt"], row["skssq"]) == ("05", "0", MONTH)
    known = control.invoices(GENERAL)[numbers[0]]
    assert (known["selection"], known["purpose"]) == ("selected", "refund")
    assert on_leqi(leqi, numbers[0], "02")[0] == "1"
    known = control.invoices(GENERAL)[numbers[0]]
    assert (known["selection"], known["purpose"]) == ("unselected", None)
    assert (known["effective_selections"], known["effective_revocations"]) == (1, 1)
    assert on_leqi(leqi, numbers[0], "02") == ("8", "未勾选,不可撤销")


def test_select_and_revoke_over_rpa(rpa, control, numbers):
    done = rpa.task("GX", MONTH, gxlx="2", items=[{"fphm": numbers[0]}])
    row = done["items"][0]["row"]
    assert (row["gxzt"], row["gxlx"], row["period"]) == ("1", "2", MONTH)
    assert on_rpa(rpa, numbers[0], "7")[0] == "01"
    assert control.invoices(GENERAL)[numbers[0]]["effective_revocations"] == 1


@pytest.mark.parametrize(
    ("values", "expected", "rpa_expected"),
    [
        *[({"type": type_}, "1", "06") for type_ in ("01", "08", "81", "85", "17")],
        *[({"type": type_}, "31", "31") for type_ in ("03", "83", "14", "51", "61")],
        ({"type": "82", "element": "16"}, "31", "31"),
        ({"status": "voided"}, "11", "11"),
        ({"status": "out_of_control"}, "15", "15"),
        ({"obtained_small_scale": "2"}, "8", "99"),
        ({"issue_date": "2026-11-02"}, "1", "06"),
        ({"issue_date": "2026-11-10"}, "2", "02"),
    ],
)
def test_which_invoices(leqi, rpa, control, values, expected, rpa_expected):
    number = add(control, **values)
    assert on_leqi(leqi, number)[0] == expected
    assert on_rpa(rpa, number)[0] == rpa_expected


@pytest.mark.parametrize("month", [PERIOD, "202612"])
def test_vector_6_9_T12_only_the_running_month(leqi, rpa, numbers, month):
    assert leqi.refund(month, [{"fphm": numbers[0]}])["ycdm"] == "PERIOD_NOT_OPEN"
    assert leqi.confirm_refund(month)["ycdm"] == "PERIOD_NOT_OPEN"
    refused = rpa.task("GX", month, gxlx="2", items=[{"fphm": numbers[0]}])
    assert (refused["code"], refused["data"]["reason"]) == ("4090", "PERIOD_NOT_OPEN")
    assert rpa.task("TSQR", month)["data"]["reason"] == "PERIOD_NOT_OPEN"


def test_one_purpose_at_a_time(leqi, rpa, numbers):
    one = [{"fphm": numbers[0]}]
    leqi.refund(MONTH, one)
    assert leqi.select(PERIOD, one)["fpmx"][0]["clms"] == "已勾选,不可重复勾选"
    assert leqi.select(PERIOD, one, "02")["fpmx"][0]["clms"] == "未勾选,不可撤销"
    done = rpa.task("GX", PERIOD, gxlx="1", items=one)
    assert (done["items"][0]["result"], done["items"][0]["row"]["gxlx"]) == ("06", "2")
    leqi.select(PERIOD, [{"fphm": numbers[1]}])
    assert on_leqi(leqi, numbers[1]) == ("8", "已勾选,不可重复勾选")
    assert on_leqi(leqi, numbers[1], "02") == ("8", "未勾选,不可撤销")
    assert on_rpa(rpa, numbers[1])[0] == "06"


def test_confirm_over_leqi(leqi, control, numbers):
    first, second = add(control, net="100.00", vat="13.00"), numbers[0]
    refused = leqi.confirm_refund(MONTH)
    assert (refused["qrjg"], refused["ycdm"]) == ("", "NOTHING_SELECTED")
    assert (refused["qrcs"], refused["hjfs"], refused["hjje"]) == (0, 0, "0.00")
    leqi.refund(MONTH, [{"fphm": first}])
    done = leqi.confirm_refund(MONTH)
    assert (done["qrjg"], done["qrcs"], done["hjfs"]) == ("200", 1, 1)
    assert (done["hjje"], done["hjse"], len(done["qrsj"])) == ("100.00", "13.00", 14)
    row = leqi.call("FPZTXXCX", "202007", fpxx=[{"fphm": first}])["fpxx"][0]
    assert (row["rzzt"], row["fpyt"], row["gxlxDm"]) == ("02", "2", "05")
    assert leqi.confirm_refund(MONTH)["ycdm"] == "NOTHING_SELECTED"
    leqi.refund(MONTH, [{"fphm": second}])
    assert leqi.confirm_refund(MONTH)["qrcs"] == 2
    kept = state(control, "refund_confirmations")
    assert [(row["ordinal"], row["count"]) for row in kept] == [(1, 1), (2, 1)]
    assert (kept[0]["net"], kept[0]["vat"]) == ("100.00", "13.00")
    assert state(control, "confirmations") == []


def test_confirm_over_rpa(rpa, control, numbers):
    refused = rpa.task("TSQR", MONTH)
    assert (refused["result"], refused["reason"]) == ("refused", "NOTHING_SELECTED")
    rows = [control.invoices(GENERAL)[number] for number in numbers[:2]]
    rpa.task("GX", MONTH, gxlx="2", items=[{"fphm": n} for n in numbers[:2]])
    control.post("clock", advance_seconds=200)  # past the three minutes
    done = rpa.task("TSQR", MONTH)
    assert (done["signCode"], done["ordinal"], done["count"]) == ("200", 1, 2)
    for name in ("net", "vat"):
        assert float(done[name]) == pytest.approx(sum(float(r[name]) for r in rows))
    row = rpa.data("invoices", invoices=[{"fphm": numbers[0]}])["rows"][0]
    assert (row["gxzt"], row["gxlx"]) == ("2", "2")


def test_confirmed_cannot_be_revoked(leqi, rpa, control, numbers):
    leqi.refund(MONTH, [{"fphm": numbers[0]}])
    leqi.confirm_refund(MONTH)
    text = "已确认退税,不可撤销"
    assert on_leqi(leqi, numbers[0], "02") == ("8", text)
    assert leqi.refund(MONTH, [{"fphm": numbers[0]}])["fpmx"][0]["rzzt"] == "02"
    assert on_rpa(rpa, numbers[0], "7") == ("08", text)
    control.post("clock", advance_days=30)
    assert on_leqi(leqi, numbers[0], "02", "202612") == ("8", text)
    assert control.invoices(GENERAL)[numbers[0]]["selection"] == "confirmed"


def test_the_month_is_over(leqi, rpa, control, numbers):
    leqi.refund(MONTH, [{"fphm": numbers[0]}])
    leqi.confirm_refund(MONTH)
    leqi.refund(MONTH, [{"fphm": numbers[1]}])
    control.post("clock", now="2026-11-30T23:59:00")
    assert control.invoices(GENERAL)[numbers[1]]["selection"] == "selected"
    _rows, cursor = rpa.login().pool()
    control.post("clock", now="2026-12-01T00:00:00")
    known = control.invoices(GENERAL)
    assert known[numbers[0]]["selection"] == "confirmed"
    assert (known[numbers[1]]["selection"], known[numbers[1]]["period"]) == (
        "unselected",
        None,
    )
    changed, _cursor = rpa.login().pool(cursor)
    assert numbers[1] in [row["fphm"] for row in changed]


def test_a_job_that_is_late_for_its_month_is_refused(leqi, control, numbers):
    control.post("settings", job_seconds=3600)
    control.post("clock", now="2026-11-30T23:30:00")
    body = {"skssq": MONTH, "gxlxDm": "01", "fpmx": [{"fphm": numbers[0]}]}
    batch = leqi.call("PLFPTSGX", "203064", ywlsh="late", **body)["pclsh"]
    control.post("clock", now="2026-12-01T01:00:00")
    done = leqi.call("CXFPTSGXCLJG", "203064", pclsh=batch)
    assert (done["plcode"], done["ycdm"]) == ("93000", "PERIOD_NOT_OPEN")
    assert done["fpmx"][0]["cljg"] == "8" and "bdkyy" not in done["fpmx"][0]
    assert control.invoices(GENERAL)[numbers[0]]["effective_selections"] == 0


def test_the_same_number_is_done_once(leqi, control, numbers):
    body = {"skssq": MONTH, "gxlxDm": "01", "fpmx": [{"fphm": numbers[0]}]}
    first = leqi.call("PLFPTSGX", "203064", ywlsh="same", **body)
    assert leqi.call("PLFPTSGX", "203064", ywlsh="same", **body) == first
    body["gxlxDm"] = "02"
    conflict = leqi.call("PLFPTSGX", "203064", ywlsh="same", **body)
    assert conflict["ycdm"] == "SERIAL_CONFLICT"
    # Another service's number is another number.
    leqi.call("CXFPTSGXCLJG", "203064", ywlsh="same")
    answers = [
        leqi.call("PLFPTSGXQR", "203064", ywlsh="same", skssq=MONTH) for _ in range(2)
    ]
    assert answers[0]["returncode"] == "00" and answers[0] == answers[1]
    done = leqi.call("CXFPTSGXQRCLJG", "203064", ywlsh="same")
    assert done["qrcs"] == 1
    assert len(state(control, "refund_confirmations")) == 1
    unknown = leqi.call("CXFPTSGXQRCLJG", "203064", pclsh="0" * 32)
    assert unknown["ycdm"] == "NOT_FOUND"


def test_a_lost_answer_changes_once(leqi, control, numbers):
    control.fault("act_drop", platform="leqi", operation="PLFPTSGX", count=1)
    body = {"skssq": MONTH, "gxlxDm": "01", "fpmx": [{"fphm": numbers[0]}]}
    with pytest.raises(OSError):
        leqi.call("PLFPTSGX", "203064", ywlsh="lost", **body)
    leqi.call("PLFPTSGX", "203064", ywlsh="lost", **body)
    leqi.call("CXFPTSGXCLJG", "203064", ywlsh="lost")
    assert control.invoices(GENERAL)[numbers[0]]["effective_selections"] == 1


def test_the_deductions_table_knows_nothing_of_refunds(leqi, control, numbers):
    refunded, deducted = [{"fphm": numbers[0]}], [{"fphm": numbers[1]}]
    control.post("clock", now="2026-11-20T09:00:00")  # 202611 is both now
    leqi.refund(MONTH, refunded)
    assert leqi.build(MONTH)["ycdm"] == "NOTHING_SELECTED"
    leqi.select(MONTH, deducted)
    table = leqi.build(MONTH)["tjxx"]
    assert [row["hjfs"] for row in table["dk"] if row["fplx"] == "8"] == [1]
    assert [row["hjfs"] for row in table["bdk"] if row["fplx"] == "8"] == [0]
    # The table locks the deduction, not the refund.
    assert leqi.select(MONTH, [{"fphm": numbers[2]}])["ycdm"] == "STATISTICS_EXIST"
    assert on_leqi(leqi, numbers[2])[0] == "1"
    answer = leqi.call("HQDQSKSSQFPDKGXCLJG", skssq=MONTH)
    assert [row["fphm"] for row in answer["fpxx"]] == [numbers[1]]


def test_signing_and_closing_leave_refunds_alone(leqi, control, numbers):
    control.post("clock", now="2026-11-10T09:00:00")
    leqi.select(PERIOD, [{"fphm": numbers[0]}])
    leqi.refund(MONTH, [{"fphm": numbers[1]}])
    leqi.build(PERIOD)
    assert leqi.sign(PERIOD)["qrjg"] == "200"
    leqi.cancel(PERIOD)
    control.post("file", tax_number=GENERAL)
    known = control.invoices(GENERAL)
    assert known[numbers[0]]["selection"] == "unselected"
    assert (known[numbers[1]]["selection"], known[numbers[1]]["purpose"]) == (
        "selected",
        "refund",
    )


def test_small_scale(simulator, seeded):
    line = [{"fphm": next(iter(seeded.invoices(SMALL)))}]
    leqi, rpa = Leqi(simulator.url, SMALL), Rpa(simulator.url, SMALL).login()
    assert leqi.refund(MONTH, line)["ycdm"] == "SMALL_SCALE"
    assert leqi.confirm_refund(MONTH)["ycdm"] == "SMALL_SCALE"
    refused = rpa.task("GX", MONTH, gxlx="2", items=line)
    assert refused["data"]["reason"] == "SMALL_SCALE"
    assert rpa.task("TSQR", MONTH)["data"]["reason"] == "SMALL_SCALE"


def test_forced_by_hand(control, leqi, numbers):
    row = control.post(
        "invoices",
        tax_number=GENERAL,
        number=numbers[0],
        selection="selected",
        purpose="refund",
    )
    assert row["period"] == MONTH
    assert leqi.confirm_refund(MONTH)["hjfs"] == 1
