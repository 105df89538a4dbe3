"""Every kind of fault, as a plain client sees it."""

import json
import time

import pytest
import requests
from conftest import GENERAL, OTHER, PERIOD
from reference_client import Leqi, decrypt, encrypt

CUT = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


def content(number: str) -> dict:
    return {"skssq": PERIOD, "gxlxDm": "01", "fpmx": [{"fphm": number}]}


def effect(control, number: str) -> int:
    return control.invoices(GENERAL)[number]["effective_selections"]


@pytest.fixture(params=["leqi", "rpa"])
def channel(request, leqi, rpa, numbers):
    """A selection over either channel, as a function that answers the response."""

    def over_leqi():
        body = {"gfsbh": GENERAL, "ywlsh": "A", **content(numbers[0])}
        return leqi.raw("203065", "PLFPDKGX", encrypt(json.dumps(body).encode()))

    def over_rpa():
        items = [{"fphm": numbers[0]}]
        return rpa.raw("submit", taskType="GX", period=PERIOD, gxlx="1", items=items)

    return over_leqi if request.param == "leqi" else over_rpa


def test_refuse(channel, control, numbers):
    control.fault("refuse", count=1)
    with pytest.raises(CUT):
        channel()
    assert effect(control, numbers[0]) == 0
    assert channel().status_code == 200
    assert effect(control, numbers[0]) == 1


def test_act_drop(channel, control, numbers):
    control.fault("act_drop", count=1)
    with pytest.raises(CUT):
        channel()
    assert effect(control, numbers[0]) == 1
    assert control.get("journal")[-1]["fault"] == "act_drop"


def test_half_json(channel, control, numbers):
    control.fault("half_json", count=1)
    with pytest.raises(CUT):
        channel()
    assert effect(control, numbers[0]) == 1


def test_empty(channel, control, numbers):
    control.fault("empty")
    answer = channel()
    assert (answer.status_code, answer.content) == (200, b"")
    assert effect(control, numbers[0]) == 1


@pytest.mark.parametrize("status", [500, 502])
def test_http_error(channel, control, numbers, status):
    control.fault(f"http_{status}")
    assert channel().status_code == status
    assert effect(control, numbers[0]) == 0


def test_html(channel, control, numbers):
    control.fault("html")
    answer = channel()
    assert answer.status_code == 200 and answer.text.startswith("<!DOCTYPE html>")
    assert effect(control, numbers[0]) == 0


def test_delay(channel, control):
    control.fault("delay", value=0.3)
    start = time.monotonic()
    assert channel().status_code == 200
    assert time.monotonic() - start >= 0.3


def test_act_delay(leqi, simulator, control, numbers):
    control.fault("act_delay", value=2, count=1)
    old, leqi.http.post = leqi.http.post, None
    leqi.http.post = lambda *args, **more: old(*args, timeout=0.3, **more)
    with pytest.raises(requests.Timeout):
        leqi.call("PLFPDKGX", ywlsh="A", **content(numbers[0]))
    assert effect(control, numbers[0]) == 1
    # The others are not held up.
    assert Leqi(simulator.url, OTHER).call("CXNSRJBXX", "202007")["returncode"] == "00"


def test_wrong_key(leqi, control):
    control.fault("wrong_key", count=1)
    data = leqi.response("CXNSRJBXX", "202007")["Data"]
    try:
        json.loads(decrypt(data))
    except ValueError:
        return
    raise AssertionError("it can be read")


def test_throttle(leqi, rpa, control, numbers):
    fault = control.fault("throttle", value=7, operation="CXNSRJBXX")
    body = leqi.raw("202007", "CXNSRJBXX", "")
    assert (body.status_code, body.headers["Retry-After"]) == (429, "7")
    error = body.json()["body"]["Response"]["Error"]
    assert (error["Code"], error["RetryAfter"]) == ("TooManyRequests", 7)
    assert rpa.call("period")["code"] == "0000"
    requests.delete(f"{control.url}/_control/faults/{fault}")
    control.fault("throttle", value=7)
    answer = rpa.call("period")
    assert (answer["code"], answer["data"]["wait"]) == ("4290", 7)


def test_maintenance(leqi, rpa, control):
    control.fault("maintenance", value=60)
    answer = leqi.raw("202007", "CXNSRJBXX", "")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert answer.json()["body"]["Response"]["Error"]["Code"] == "Maintenance"
    answer = rpa.call("period")
    assert (answer["code"], answer["data"]["wait"]) == ("5030", 60)


def test_session_lost(rpa, control):
    control.fault("session_lost", count=1)
    assert rpa.call("period")["code"] == "4001"
    assert rpa.call("period")["code"] == "4001"
    rpa.login()
    assert rpa.call("period")["code"] == "0000"


def test_never_ready(leqi, rpa, control, numbers):
    control.fault("never_ready", count=1)
    leqi.call("PLFPDKGX", ywlsh="A", **content(numbers[0]))
    for _ in range(5):
        assert leqi.call("CXFPDKGXCLJG", ywlsh="A")["clzt"] == "0"
    assert effect(control, numbers[0]) == 0
    control.no_faults()
    control.fault("never_ready", operation="query", count=2)
    rpa.data("submit", taskType="TJ", period=PERIOD, traceNo="B")
    seen = [rpa.data("query", traceNo="B")["status"] for _ in range(3)]
    assert seen == ["9", "9", "1"]


def test_ready_after_void(leqi, control, numbers):
    control.fault("ready_after_void", value=3, operation="PLFPDKGX")
    leqi.call("PLFPDKGX", ywlsh="A", **content(numbers[0]))
    seen = [leqi.call("CXFPDKGXCLJG", ywlsh="A")["clzt"] for _ in range(4)]
    assert seen == ["0", "0", "0", "1"]
    assert effect(control, numbers[0]) == 1


def test_partial_rows(leqi, rpa, control, numbers):
    control.fault("partial_rows", value=0.25)
    data = rpa.data("pool")
    assert (data["total"], len(data["rows"])) == (40, 10)
    leqi.call("PLFPDKGX", ywlsh="A", **content(numbers[0]))
    assert leqi.call("CXFPDKGXCLJG", ywlsh="A")["fpmx"] == []


def test_invoice_code(leqi, rpa, control, numbers):
    control.fault("invoice_code", invoice=numbers[1], value="15", count=2)
    lines = [{"fphm": number} for number in numbers[:2]]
    done = leqi.select(PERIOD, lines)
    assert [line["cljg"] for line in done["fpmx"]] == ["1", "15"]
    done = rpa.task("GX", PERIOD, gxlx="1", items=lines)
    assert [item["result"] for item in done["items"]] == ["06", "15"]
    assert leqi.select(PERIOD, lines)["fpmx"][1]["cljg"] == "1"
    control.fault("invoice_code", invoice=numbers[2], value=3, platform="rpa")
    done = rpa.task("GX", PERIOD, gxlx="1", items=[{"fphm": numbers[2]}])
    assert done["items"][0]["result"] == "03"


def test_scope_and_every(leqi, rpa, control):
    control.fault("http_500", platform="rpa", operation="period", every=3)
    seen = [rpa.raw("period").status_code for _ in range(6)]
    assert seen == [200, 200, 500, 200, 200, 500]
    assert rpa.raw("profile").status_code == 200
    control.no_faults()
    control.fault("http_500", tax_number=OTHER)
    assert rpa.raw("period").status_code == 200
    control.no_faults()
    control.fault("html", operation="GX")
    assert rpa.call("submit", taskType="TJ", period=PERIOD)["code"] == "0000"
    assert "DOCTYPE" in rpa.raw("submit", taskType="GX", period=PERIOD).text


def test_probability_repeats_with_its_seed(rpa, control):
    def draw() -> list[int]:
        control.no_faults()
        control.fault("http_500", probability=0.5, seed=11)
        return [rpa.raw("period").status_code for _ in range(20)]

    first = draw()
    assert first == draw() and len(set(first)) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "nothing"},
        {"kind": "delay"},
        {"kind": "delay", "value": "soon"},
        {"kind": "partial_rows", "value": 2},
        {"kind": "refuse", "probability": 3},
        {"kind": "refuse", "unknown": 1},
    ],
)
def test_wrong_faults_are_refused(control, wrong):
    control.post("faults", expect=422, **wrong)
