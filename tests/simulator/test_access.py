"""Who may call: the envelope of Leqi, the sessions of RPA, the control API."""

import json

import pytest
import requests
from conftest import GENERAL, OTHER
from reference_client import Leqi, Rpa, encrypt


def code(answer) -> str:
    return answer.json()["body"]["Response"]["Error"]["Code"]


def test_envelope_errors(leqi, simulator):
    service = ("203065", "HQDQSKSSQYDQSKSSQTJZT")
    good = leqi.headers(*service)
    body = encrypt(json.dumps({"gfsbh": GENERAL}).encode())
    assert leqi.raw(*service, body).status_code == 200
    wrong_key = encrypt(b"{}", bytes(16))
    cases = [
        ("UnknownEntity", service, body, {**good, "jrdwptbh": "X"}),
        ("HeaderMismatch", service, body, {**good, "fwbm": "PLFPDKGX"}),
        ("HeaderMismatch", service, body, {**good, "nlbm": "202007"}),
        ("DecryptFailed", service, "no base64", good),
        ("DecryptFailed", service, wrong_key, good),
        ("DecryptFailed", service, b"", good),
        ("MalformedRequest", service, encrypt(b"no json"), good),
        ("MalformedRequest", service, encrypt(b"[]"), good),
        ("MalformedRequest", service, encrypt(b'{"gfsbh": {}}'), good),
        ("NotServed", service, body, {**good, "sydwptbh": "OTHER"}),
        ("NotServed", service, encrypt(b'{"gfsbh": "nobody"}'), good),
    ]
    for expected, path, content, headers in cases:
        answer = leqi.raw(*path, content, headers)
        assert (answer.status_code, code(answer)) == (200, expected), expected
    unknown = leqi.raw("203065", "NOTHING", body)
    assert code(unknown) == "UnknownService"


def test_wrong_values_are_business_answers(leqi):
    answer = leqi.call("HQTJBXX", skssq="202613")
    assert (answer["returncode"], answer["ycdm"]) == ("01", "INVALID_ARGUMENT")
    download = {"ywlsh": "1", "kpyf": "202501", "jskpyf": "202601"}
    assert leqi.call("WGXSJCSHQDXZSQDKGX", **download)["ycdm"] == "INVALID_ARGUMENT"


def test_another_entity_with_its_own_key(control, simulator):
    key = "00112233445566778899aabbccddeeff"
    control.post("settings", leqi_keys={"LEQI0002": key})
    control.post("seed", taxpayers=[{"tax_number": GENERAL, "leqi_entity": "LEQI0002"}])
    leqi = Leqi(simulator.url, GENERAL, "LEQI0002")
    service = ("202007", "CXNSRJBXX")
    headers = {**leqi.headers(*service), "jrdwptbh": "LEQI0002"}
    body = encrypt(json.dumps({"nsrsbh": GENERAL}).encode(), bytes.fromhex(key))
    assert "Data" in leqi.raw(*service, body, headers).json()["body"]["Response"]


def test_sessions(simulator, seeded, rpa):
    old = rpa.token
    rpa.login()
    fresh, rpa.token = rpa.token, old
    assert rpa.call("period")["code"] == "4001"
    rpa.token = fresh
    assert rpa.call("period")["code"] == "0000"
    other = Rpa(simulator.url, OTHER)
    other.token = fresh
    assert other.call("period")["code"] == "4003"
    seeded.post("clock", advance_seconds=1801)
    assert rpa.call("period")["code"] == "4001"


def test_logins(simulator, seeded):
    rpa = Rpa(simulator.url, OTHER)
    assert rpa.call("login", certPassword="short")["code"] == "4101"
    missing = rpa.call("login", certPassword="cert-password")
    assert missing["code"] == "4104" and missing["data"]["left"] == 10
    both = {"certPassword": "cert-password", "platformPassword": "platform-1"}
    assert rpa.call("login", **both)["code"] == "0000"
    for left in range(9, -1, -1):
        wrong = rpa.call("login", certPassword="wrong-password")
        assert (wrong["code"], wrong["data"]["left"]) == ("4102", left)
    locked = rpa.call("login", **both)
    assert locked["code"] == "4103"
    assert locked["data"]["until"] == "2026-11-11 00:00:00"
    seeded.post("clock", advance_days=1)
    assert rpa.call("login", **both)["code"] == "0000"


def test_not_eligible(simulator, control):
    control.post(
        "seed",
        taxpayers=[
            {"tax_number": "A", "status": "07"},
            {"tax_number": "B", "credit_level": ""},
        ],
    )
    passwords = {"certPassword": "cert-password"}
    assert Rpa(simulator.url, "A").call("login", **passwords)["code"] == "4105"
    assert Rpa(simulator.url, "B").call("login", **passwords)["code"] == "4106"
    assert Rpa(simulator.url, "C").call("login", **passwords)["code"] == "4040"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"taxNo": []}', b"\xff", b"1"])
def test_malformed_rpa(simulator, control, body):
    answer = requests.post(f"{simulator.url}/rpa/v1/period", data=body)
    assert (answer.status_code, answer.json()["code"]) == (200, "1002")


def test_control_is_for_this_machine(simulator, control):
    for headers in ({"X-Forwarded-For": "1.2.3.4"}, {"Sec-Fetch-Site": "cross-site"}):
        for path in ("/_control/state", "/"):
            answer = requests.get(simulator.url + path, headers=headers)
            assert answer.status_code == 403


def test_secrets_are_masked_in_the_journal(rpa, leqi, control):
    leqi.call("CXNSRJBXX", "202007")
    lines = control.get("journal")
    text = json.dumps(lines)
    assert "cert-password" not in text and rpa.token not in text
    assert [line["operation"] for line in lines] == ["login", "CXNSRJBXX"]
    assert json.loads(lines[0]["request"])["certPassword"] == "***"
    assert control.get("journal", after=lines[0]["id"], limit=1)[0] == lines[1]
    assert control.get("journal/counts")["rpa"] == {"login": 1}


def test_page(simulator, seeded, rpa):
    page = requests.get(simulator.url)
    assert page.status_code == 200 and "模拟环境" in page.text
    assert GENERAL in page.text and "login" in page.text
    assert "本月退税税额" in page.text and "已入账" in page.text
    form = {"kind": "delay", "platform": "", "value": "2", "count": "3"}
    page = requests.post(f"{simulator.url}/_page/faults", data=form)
    assert page.status_code == 200
    fault = seeded.get("faults")[0]
    assert (fault["kind"], fault["platform"], fault["count"]) == ("delay", None, 3)
    wrong = requests.post(f"{simulator.url}/_page/faults", data={"kind": "<b>"})
    assert wrong.status_code == 422 and "<b>" not in wrong.text
    requests.post(f"{simulator.url}/_page/faults/remove", data={"id": fault["id"]})
    assert seeded.get("faults") == []
    requests.post(f"{simulator.url}/_page/clock", data={"advance_seconds": "86400"})
    assert seeded.get("clock")["now"].startswith("2026-11-11")
