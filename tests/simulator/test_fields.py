"""Every field the contract names, and no other."""

from conftest import PERIOD

LEQI_ROW = (
    "fplx fpdm fphm kprq xfsbh xfmc gfsbh je se jshj yxse fpzt ycpzzt skbz hzsdbs "
    "tdys xgmqj gxzt rzzt gxlxDm fpyt skssq gxsj bdkyy bdkyysm clfs ncpbfje rzbz rzrq "
    "sjc"
)
RPA_ROW = (
    "fplx fpdm fphm kprq xfsbh xfmc gfsbh je se jshj yxse fpzt redLocked element gxzt "
    "gxlx period selectedAt bdkyy bdkyysm farmMethod farmOwn booked bookedOn updated"
)
PERIOD_LEQI = (
    "returncode returnmsg skssq kssj sbjzrq xyskssq kprqq kprqz tjzt sbzt yxcxtj yxqr "
    "tjsj qrsj httj htsq"
)
PERIOD_RPA = (
    "period openedAt deadline nextPeriod issueDateFrom issueDateTo statisticsStatus "
    "filed mayRevoke maySign statisticsAt signedAt rollBack rollBackTo"
)


def test_leqi_fields(leqi, numbers):
    period = leqi.call("HQDQSKSSQYDQSKSSQTJZT")
    assert set(period) == set(PERIOD_LEQI.split())
    assert set(period["httj"]) == {"wqr", "wsb", "wd", "zq"}
    rows, _ = leqi.download(kpyf="202610", jskpyf="202610")
    assert set(rows[0]) == set(LEQI_ROW.split())
    done = leqi.select(PERIOD, [{"fphm": numbers[0]}])
    assert set(done["fpmx"][0]) == set(
        "fpdm fphm cljg clms gxzt gxlxDm skssq yxse bdkyy".split()
    )
    row = leqi.call("FPZTXXCX", "202007", fpxx=[{"fphm": numbers[0]}])["fpxx"][0]
    assert (row["gxzt"], row["rzzt"], row["gxlxDm"]) == ("1", "01", "01")
    assert len(row["gxsj"]) == 14 and len(row["sjc"]) == 17
    table = leqi.build(PERIOD)["tjxx"]
    kinds = ["0", "1", "2", "3", "4", "5", "6", "7", "21", "22", "8"]
    assert [line["fplx"] for line in table["dk"]] == kinds
    assert [line["fplx"] for line in table["bdk"]] == kinds
    done = leqi.sign(PERIOD)
    assert {"clzt", "qrjg", "clms", "qrsj", "qrcs", "fpmx"} <= set(done)


def test_rpa_fields(rpa, numbers):
    period = rpa.data("period")
    assert set(period) == set(PERIOD_RPA.split())
    assert set(period["rollBack"]) == set(
        "notConfirmed notFiled byAnswer inWindow".split()
    )
    data = rpa.data("pool", pageSize=1)
    assert set(data) == {"total", "pages", "cursor", "rows"} and data["pages"] == 40
    assert set(data["rows"][0]) == set(RPA_ROW.split())
    assert data["rows"][0]["selectedAt"] is None
    done = rpa.task("GX", PERIOD, gxlx="1", items=[{"fphm": numbers[0]}])
    assert set(done["items"][0]) == {"fpdm", "fphm", "result", "text", "row"}
    table = rpa.task("TJ", PERIOD)["table"]
    assert set(table) == {"builtAt", "deduct", "exclude", "abnormal"}
    assert [line["row"] for line in table["deduct"]] == (
        "special farmPurchase farmSales toll ordinary motor customs withholding air "
        "rail total"
    ).split()


def test_empty_download(leqi):
    batch = leqi.call("WGXSJCSHQDXZSQDKGX", ywlsh="E", kpyf="202601", jskpyf="202601")
    part = leqi.call("WGXSJCSHQDXZSQDKGXFK", pclsh=batch["pclsh"], wjxh=1)
    assert (part["clzt"], part["wjsl"], part["fpxx"]) == ("1", 0, [])
    assert len(part["sjc"]) == 17


def test_files_of_a_download(leqi, control):
    control.post("settings", pool_page=15)
    rows, _ = leqi.download(kpyf="202609", jskpyf="202610")
    assert len({row["fphm"] for row in rows}) == 40
    batch = leqi.call("WGXSJCSHQDXZSQDKGX", ywlsh="E", kpyf="202609", jskpyf="202610")
    beyond = leqi.call("WGXSJCSHQDXZSQDKGXFK", pclsh=batch["pclsh"], wjxh=4)
    assert beyond["ycdm"] == "NOT_FOUND"
