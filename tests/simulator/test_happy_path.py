"""The happy path of both channels, and that both act on one bureau."""

from conftest import GENERAL, PERIOD


def items(numbers, **more):
    """Lines of a selection."""
    return [{"fphm": number, **more} for number in numbers]


def test_leqi_month(leqi, numbers, control):
    period = leqi.call("HQDQSKSSQYDQSKSSQTJZT")
    assert period["skssq"] == PERIOD
    assert period["sbjzrq"] == "20261116"
    assert period["xyskssq"] == "202611"
    assert (period["kprqq"], period["kprqz"]) == ("20170101", "20261031")
    assert (period["tjzt"], period["yxcxtj"], period["yxqr"]) == ("01", "N", "N")
    rows, cursor = leqi.download(kpyf="202609", jskpyf="202610", sjc="")
    assert len(rows) == 40 and len(cursor) == 17
    selected = leqi.select(PERIOD, items(numbers[:3]))
    assert selected["plcode"] == "0000"
    assert [line["cljg"] for line in selected["fpmx"]] == ["1"] * 3
    assert selected["fpmx"][0]["gxzt"] == "1"
    changed, _ = leqi.download(sjc=cursor)
    assert {row["fphm"] for row in changed} == set(numbers[:3])
    built = leqi.build(PERIOD)
    assert (built["cljg"], built["tjzt"]) == ("0", "02")
    total = built["tjxx"]["dk"][-1]
    assert (total["fplx"], total["hjfs"]) == ("8", 3)
    signed = leqi.sign(PERIOD)
    assert (signed["qrjg"], signed["qrcs"]) == ("200", 1)
    assert leqi.call("HQTJBXX", skssq=PERIOD)["tjzt"] == "05"
    found = leqi.call("HQDQSKSSQFPDKGXCLJG", skssq=PERIOD, pageNumber=1, pageSize=2)
    assert (found["total"], len(found["fpxx"])) == (3, 2)
    assert found["fpxx"][0]["rzzt"] == "02"


def test_rpa_month(rpa, numbers, control):
    period = rpa.data("period")
    assert period["period"] == PERIOD and period["deadline"] == "2026-11-16"
    assert period["statisticsStatus"] == "2"
    rows, cursor = rpa.pool(size=15)
    assert len(rows) == 40 and len({row["fphm"] for row in rows}) == 40
    done = rpa.task("GX", PERIOD, gxlx="1", items=items(numbers[:3]))
    assert [item["result"] for item in done["items"]] == ["01"] * 3
    assert done["items"][0]["row"]["gxzt"] == "1"
    changed, _ = rpa.pool(cursor)
    assert {row["fphm"] for row in changed} == set(numbers[:3])
    built = rpa.task("TJ", PERIOD)
    assert built["statisticsStatus"] == "0"
    assert built["table"]["deduct"][-1]["count"] == 3
    signed = rpa.task("QR", PERIOD)
    assert (signed["signCode"], signed["ordinal"]) == ("200", 1)
    assert rpa.data("statistics", period=PERIOD)["statisticsStatus"] == "1"
    assert rpa.data("period")["signedAt"]


def test_both_channels_are_one_bureau(leqi, rpa, numbers):
    leqi.select(PERIOD, items(numbers[:1]))
    row = rpa.data("invoices", invoices=items(numbers[:1]))["rows"][0]
    assert (row["gxzt"], row["gxlx"], row["period"]) == ("1", "1", PERIOD)
    again = rpa.task("GX", PERIOD, gxlx=1, items=items(numbers[:2]))
    assert [item["result"] for item in again["items"]] == ["06", "01"]
    rpa.task("TJ", PERIOD)
    assert leqi.call("HQDQSKSSQYDQSKSSQTJZT")["tjzt"] == "02"
    assert leqi.sign(PERIOD)["qrjg"] == "200"
    assert rpa.data("statistics", period=PERIOD)["statisticsStatus"] == "1"


def test_profile_on_both_channels(leqi, rpa):
    assert leqi.call("CXNSRJBXX", "202007")["nsrlx"] == "1"
    assert leqi.call("CXNSRFXXX", "202007")["xydj"] == "B"
    profile = rpa.data("profile")
    assert (profile["taxpayerType"], profile["filing"]) == ("general", "month")


def test_invoice_states(leqi, numbers):
    asked = [{"fpdm": "", "fphm": numbers[0]}, {"fpdm": "", "fphm": "9" * 20}]
    rows = leqi.call("FPZTXXCX", "202007", fpxx=asked)["fpxx"]
    assert [row["fphm"] for row in rows] == [numbers[0]]
    assert rows[0]["gfsbh"] == GENERAL
