"""The entitlement platform: once, signed, idempotent, locked."""

import json

import pytest
import requests
from conftest import GENERAL, OTHER
from entitlement_client import Entitlement

SERIAL = "SN-0001"
CUT = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


@pytest.fixture
def platform(simulator, control):
    """A customer with two entitlements for receiving."""
    control.post("entitlements", serial=SERIAL, service_group="receiving", total=2)
    return Entitlement(simulator.url)


def held(control, tax_number=GENERAL) -> dict:
    """The entitlement of a tax number, in the platform's own books."""
    [row] = control.get("state", tax_number=tax_number)["entitlements"]
    return row


def test_authorise_gives_the_validity_of_the_serial_number(platform, control):
    answer = platform.authorise(GENERAL)
    assert answer["code"] == "0000"
    data = answer["data"]
    assert data["status"] == "authorised" and data["registerCode"]
    assert (data["validFrom"], data["validTo"]) == ("2026-11-10", "2027-11-09")
    row = held(control)
    assert (row["status"], row["effective_authorisations"]) == ("authorised", 1)


def test_the_same_request_again_is_not_done_again(platform, control):
    first = platform.authorise(GENERAL, requestNo="R1")
    again = platform.authorise(GENERAL, requestNo="R1")
    assert again == first
    assert held(control)["effective_authorisations"] == 1
    other = platform.authorise(OTHER, requestNo="R1")
    assert other["code"] == "3006"
    assert not control.get("state", tax_number=OTHER)["entitlements"]


def test_an_authorised_number_uses_one_only(platform, control):
    platform.authorise(GENERAL)
    assert platform.authorise(GENERAL)["code"] == "0000"
    [serial] = control.get("state")["entitlement_serials"]
    assert (serial["used"], held(control)["effective_authorisations"]) == (1, 1)


def test_none_left(platform):
    for number in (GENERAL, OTHER):
        assert platform.authorise(number)["code"] == "0000"
    assert platform.authorise("91440300MA5TE5T031")["code"] == "3001"
    # A refusal is not kept: the same number may be tried when there is room.
    platform.cancel(OTHER)
    assert platform.authorise("91440300MA5TE5T031")["code"] == "0000"
    rows = platform.call("remaining")["data"]["rows"]
    assert rows == [
        {"serviceGroup": "receiving", "total": 2, "used": 2, "remaining": 0}
    ]


@pytest.mark.parametrize(
    ("kind", "idc", "code"),
    [
        ("formal", False, "0000"),
        ("formal", True, "3002"),
        ("temporary", False, "3002"),
        ("temporary", True, "3002"),
        ("none", False, "3002"),
        ("none", True, "3002"),
    ],
)
def test_when_a_serial_number_is_needed(platform, kind, idc, code):
    assert platform.authorise(GENERAL, licenseKind=kind, idc=idc)["code"] == code
    answer = platform.authorise(GENERAL, licenseKind=kind, idc=idc, serial=SERIAL)
    assert answer["code"] == "0000"


def test_a_serial_number_that_does_not_fit(platform, control):
    assert platform.authorise(GENERAL, serial="SN-XXXX")["code"] == "3003"
    assert platform.authorise(GENERAL, "issuing", serial=SERIAL)["code"] == "3003"
    control.post("clock", now="2028-01-01T09:00:00")
    assert platform.authorise(GENERAL, serial=SERIAL)["code"] == "3003"


def test_cancel_and_lock_to_the_second(platform, control):
    platform.authorise(GENERAL)
    data = platform.cancel(GENERAL, cancelledAt="2026-11-20 10:00:00")["data"]
    assert (data["status"], data["validTo"]) == ("cancelled", "")
    assert data["lockedUntil"] == "2027-01-19 10:00:00"
    control.post("clock", now="2027-01-19T09:59:00+08:00")
    answer = platform.authorise(GENERAL)
    assert answer["code"] == "3004"
    assert answer["data"]["until"] == "2027-01-19 10:00:00"
    control.post("clock", now="2027-01-19T10:00:00+08:00")
    assert platform.authorise(GENERAL)["code"] == "0000"
    row = held(control)
    assert (row["effective_authorisations"], row["effective_cancellations"]) == (2, 1)


def test_cancelling_what_is_not_there_changes_nothing(platform, control):
    assert platform.cancel(GENERAL)["data"]["status"] == "none"
    platform.authorise(GENERAL)
    first = platform.cancel(GENERAL, requestNo="C")
    assert platform.cancel(GENERAL, requestNo="C") == first
    platform.cancel(GENERAL)
    assert held(control)["effective_cancellations"] == 1


def test_query(platform):
    assert platform.call("query", requestNo="Q1")["code"] == "4040"
    done = platform.authorise(GENERAL, requestNo="Q1")
    assert platform.call("query", requestNo="Q1") == done
    now = platform.call("query", taxNo=GENERAL, serviceGroup="receiving")["data"]
    assert now["status"] == "authorised"
    none = platform.call("query", taxNo=OTHER, serviceGroup="receiving")["data"]
    assert none["status"] == "none"
    assert platform.call("query")["code"] == "1002"


def test_serials(platform):
    [row] = platform.call("serials")["data"]["rows"]
    assert (row["serial"], row["total"], row["used"]) == (SERIAL, 2, 0)


def test_signature(platform, simulator):
    body = json.dumps({"requestNo": "S", "taxNo": GENERAL}).encode()
    wrong = platform.raw("authorise", body, **{"X-Signature": "0" * 64})
    assert wrong.json()["code"] == "2002"
    assert platform.raw("remaining", b"{}", **{"X-Timestamp": "1"}).json()["code"] == (
        "2002"
    )
    stranger = Entitlement(simulator.url, customer="CUST9999")
    assert stranger.call("remaining")["code"] == "2001"
    forger = Entitlement(simulator.url, secret="guessed")
    assert forger.authorise(GENERAL)["code"] == "2002"
    assert (
        platform.call("query", taxNo=GENERAL, serviceGroup="receiving")["data"][
            "status"
        ]
        == "none"
    )


@pytest.mark.parametrize(
    "content",
    [
        {"serviceGroup": "cooking"},
        {"taxNo": ""},
        {"requestNo": ""},
        {"licenseKind": "pirated"},
    ],
)
def test_wrong_arguments(platform, content):
    answer = platform.call(
        "authorise",
        **{
            "requestNo": "W",
            "taxNo": GENERAL,
            "serviceGroup": "receiving",
            "licenseKind": "formal",
            **content,
        },
    )
    assert answer["code"] == "1002"


def test_not_even_json(platform):
    assert platform.raw("authorise", b"<html>").json()["code"] == "1002"
    assert platform.call("dance")["code"] == "4040"
    assert platform.cancel(GENERAL, cancelledAt="yesterday")["code"] == "1002"


def test_lost_reply(platform, control):
    control.fault("act_drop", platform="entitlement", count=1)
    with pytest.raises(CUT):
        platform.authorise(GENERAL, requestNo="L1")
    assert platform.call("query", requestNo="L1")["data"]["status"] == "authorised"
    assert held(control)["effective_authorisations"] == 1
    entry = control.get("journal")[-2]
    assert (entry["platform"], entry["request_number"]) == ("entitlement", "L1")


def test_waits_and_refused_connections(platform, control):
    control.fault("maintenance", platform="entitlement", count=1, value="7")
    answer = platform.authorise(GENERAL)
    assert (answer["code"], answer["data"]["wait"]) == ("5030", 7)
    control.fault("refuse", platform="entitlement", operation="authorise", count=1)
    with pytest.raises(CUT):
        platform.authorise(GENERAL)
    assert not control.get("state", tax_number=GENERAL)["entitlements"]


def test_it_survives_a_kill(platform, control, simulator):
    platform.authorise(GENERAL, requestNo="K1")
    simulator.kill()
    simulator.start()
    assert platform.call("query", requestNo="K1")["data"]["status"] == "authorised"
    assert platform.authorise(GENERAL, requestNo="K1")["code"] == "0000"
    assert held(control)["effective_authorisations"] == 1


def test_serial_numbers_can_be_changed(platform, control):
    changed = control.post(
        "entitlements", serial=SERIAL, service_group="receiving", total=7
    )
    assert (changed["total"], changed["valid_to"]) == (7, "2027-11-09")
    control.post("entitlements", expect=422, serial="X", service_group="cooking")


def test_the_page_shows_them(platform, simulator):
    platform.authorise(GENERAL)
    text = requests.get(simulator.url, timeout=10).text
    assert SERIAL in text and "权益平台" in text
