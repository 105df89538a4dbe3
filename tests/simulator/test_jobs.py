"""Asynchronous work: when it is done, once, and asking again."""

from concurrent.futures import ThreadPoolExecutor

from conftest import GENERAL, PERIOD
from reference_client import Leqi, Rpa


def test_polls(leqi, rpa, control, numbers):
    control.post("settings", job_polls=2)
    content = {"skssq": PERIOD, "gxlxDm": "01", "fpmx": [{"fphm": numbers[0]}]}
    leqi.call("PLFPDKGX", ywlsh="A", **content)
    seen = [leqi.call("CXFPDKGXCLJG", ywlsh="A")["clzt"] for _ in range(4)]
    assert seen == ["0", "0", "1", "1"]
    built = rpa.data("submit", taskType="TJ", period=PERIOD, traceNo="B")
    assert rpa.data("period")["statisticsStatus"] == "9"
    seen = [rpa.data("query", traceNo="B")["status"] for _ in range(3)]
    assert seen == ["9", "9", "1"]
    assert rpa.data("query", reqId=built["reqId"])["traceNo"] == "B"


def test_seconds_on_the_bureaus_clock(leqi, control, numbers):
    control.post("settings", job_seconds=100)
    content = {"skssq": PERIOD, "gxlxDm": "01", "fpmx": [{"fphm": numbers[0]}]}
    batch = leqi.call("PLFPDKGX", ywlsh="A", **content)["pclsh"]
    assert leqi.call("CXFPDKGXCLJG", pclsh=batch)["clzt"] == "0"
    assert control.invoices(GENERAL)[numbers[0]]["selection"] == "unselected"
    control.post("clock", advance_seconds=101)
    # Reading is enough: nobody polled.
    assert control.invoices(GENERAL)[numbers[0]]["selection"] == "selected"
    assert leqi.call("CXFPDKGXCLJG", pclsh=batch)["clzt"] == "1"


def test_same_number_again(leqi, control, numbers):
    content = {"skssq": PERIOD, "gxlxDm": "01", "fpmx": [{"fphm": numbers[0]}]}
    first = leqi.call("PLFPDKGX", ywlsh="A", **content)
    assert len(first["pclsh"]) == 32
    again = leqi.call("PLFPDKGX", ywlsh="A", **content)
    assert again["pclsh"] == first["pclsh"]
    assert control.invoices(GENERAL)[numbers[0]]["effective_selections"] == 1
    # Also when a table stands by now.
    leqi.build(PERIOD)
    assert leqi.call("PLFPDKGX", ywlsh="A", **content)["pclsh"] == first["pclsh"]
    content["fpmx"] = [{"fphm": numbers[1]}]
    conflict = leqi.call("PLFPDKGX", ywlsh="A", **content)
    assert (conflict["returncode"], conflict["ycdm"]) == ("01", "SERIAL_CONFLICT")


def test_number_is_of_its_service_and_taxpayer(leqi, simulator, numbers):
    leqi.call("SQCXDKTJ", ywlsh="A", skssq=PERIOD, sqbz="1")
    assert leqi.call("CXQRTJCLJG", ywlsh="A")["ycdm"] == "NOT_FOUND"
    assert leqi.call("CXFPDKGXCLJG", pclsh="0" * 32)["ycdm"] == "NOT_FOUND"
    assert leqi.call("CXFPDKGXCLJG")["ycdm"] == "INVALID_ARGUMENT"


def test_rpa_makes_a_second_job_but_not_at_once(rpa, control, numbers):
    task = {"taskType": "GX", "period": PERIOD, "gxlx": "1"}
    items = [{"fphm": numbers[0]}, {"fphm": numbers[1]}]
    first = rpa.data("submit", **task, items=items, traceNo="1")
    refused = rpa.call("submit", **task, items=items[::-1], traceNo="2")
    assert refused["code"] == "4290" and 175 <= refused["data"]["wait"] <= 180
    assert refused["message"] == "相同的任务重复请求过于频繁，请3分钟后再重试。"
    other = rpa.call("submit", **task, items=items[:1], traceNo="3")
    assert other["code"] == "0000"
    control.post("clock", advance_seconds=180)
    second = rpa.data("submit", **task, items=items, traceNo="4")
    assert second["reqId"] != first["reqId"]
    done = rpa.data("query", reqId=second["reqId"])
    assert [item["result"] for item in done["items"]] == ["06", "06"]


def test_rpa_unknown_task(rpa):
    assert rpa.call("query", reqId="nothing")["code"] == "4040"
    assert rpa.call("query", traceNo="nothing")["code"] == "4040"
    assert rpa.call("query")["code"] == "1002"


def test_refused_at_work(leqi, rpa, control, numbers):
    """The state may change between accepting a job and doing it."""
    control.post("settings", job_seconds=100)
    leqi.select_later = leqi.call(
        "PLFPDKGX",
        ywlsh="A",
        skssq=PERIOD,
        gxlxDm="01",
        fpmx=[{"fphm": numbers[0]}],
    )
    rpa.data("submit", taskType="TJ", period=PERIOD, traceNo="B")
    control.post("file", tax_number=GENERAL)
    control.post("clock", advance_seconds=100)
    late = leqi.call("CXFPDKGXCLJG", ywlsh="A")
    assert (late["plcode"], late["ycdm"]) == ("93000", "PERIOD_FILED")
    assert late["fpmx"][0]["cljg"] == "8"
    late = rpa.data("query", traceNo="B")
    assert (late["result"], late["reason"]) == ("refused", "PERIOD_FILED")


def test_many_taxpayers_in_parallel(simulator, control):
    names = [f"91TEST{index:03d}" for index in range(16)]
    control.post(
        "seed",
        seed=3,
        taxpayers=[{"tax_number": name} for name in names],
        invoices=30,
        months=["202610"],
        abnormal=0,
        types=["81", "01"],
    )

    def month(name: str) -> tuple:
        leqi, rpa = Leqi(simulator.url, name), Rpa(simulator.url, name).login()
        rows = rpa.pool()[0]
        keys = [{"fpdm": row["fpdm"], "fphm": row["fphm"]} for row in rows]
        for start in range(0, 30, 10):
            part = keys[start : start + 10]
            assert leqi.select(PERIOD, part)["plcode"] == "0000"
        rpa.task("TJ", PERIOD)
        return rpa.task("QR", PERIOD)["signCode"], len(rows)

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(month, names)) == {("200", 30)}
    rows = control.get("state")["invoices"]
    assert {row["effective_selections"] for row in rows} == {1}


def test_two_callers_want_the_same_invoices(simulator, seeded, numbers):
    lines = [{"fphm": number} for number in numbers[:20]]

    def select(_):
        done = Leqi(simulator.url, GENERAL).select(PERIOD, lines)
        return sum(line["cljg"] == "1" for line in done["fpmx"])

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(select, range(12))) == 20
    rows = seeded.invoices(GENERAL)
    assert {rows[number]["effective_selections"] for number in numbers[:20]} == {1}
