"""The client of the entitlement platform against the simulated one, and every fault."""

import dataclasses
import datetime
import itertools

import pytest

from odoo.addons.invoice_tax_license.gateway import entitlement
from odoo.addons.invoice_tax_service.gateway import errors

TAX_NUMBER = "91110105MA0TE5T019"
SECRET = "entitlement-secret-0001"
NOT_DONE = ["refuse", "http_500", "http_502", "html", "throttle", "maintenance"]
DONE = ["act_drop", "half_json", "empty"]
numbers = itertools.count(1)


@pytest.fixture
def platform(platform_process):
    """The platform with two entitlements for receiving."""
    platform_process.post("reset")
    platform_process.post("clock", now="2026-11-20T10:00:00")
    platform_process.post(
        "entitlements", serial="SN-1", service_group="receiving", total=2
    )
    return platform_process


def make_client(platform, exchange=None, **values):
    credentials = entitlement.Credentials(
        **{
            "address": platform.address,
            "customer": "CUST0001",
            "secret": SECRET,
            "connect_timeout": 2,
            "read_timeout": 1,
            **values,
        }
    )
    return entitlement.EntitlementClient(credentials, exchange=exchange)


@pytest.fixture
def client(platform):
    with make_client(platform) as client:
        yield client


def make_call(kind="authorise", **values):
    return entitlement.LicenseCall(
        **{
            "kind": kind,
            "request_number": f"request-{next(numbers)}",
            "tax_number": TAX_NUMBER,
            "name": "甲公司",
            "service_group": "receiving",
            "cancelled_at": datetime.datetime(2026, 11, 20, 2, 0),
            **values,
        }
    )


def authorisations(platform):
    rows = platform.get("state")["entitlements"]
    return sum(row["effective_authorisations"] for row in rows)


def test_authorise_read_and_cancel(client, platform):
    done = client.submit(make_call())
    assert done.status == "authorised"
    assert done.valid_from == datetime.date(2026, 11, 20)
    assert done.valid_to == datetime.date(2027, 11, 19)
    assert client.fetch_entitlement(make_call()) == done
    assert client.submit(make_call("cancel")).status == "cancelled"
    [row] = platform.get("state")["entitlements"]
    # China time on the wire.
    assert row["locked_until"] == "2027-01-19 10:00:00"


def test_customer(client):
    client.submit(make_call())
    data = client.fetch_customer(make_call("customer"))
    [row] = data.remaining
    assert (row.service_group, row.total, row.used) == ("receiving", 2, 1)
    [serial] = data.serials
    assert (serial.serial, serial.valid_to) == ("SN-1", datetime.date(2027, 11, 19))


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"license_kind": "temporary"}, "serial_missing"),
        ({"is_idc": True}, "serial_missing"),
        ({"serial": "SN-X"}, "serial_invalid"),
        ({"service_group": "issuing"}, "no_entitlement_left"),
        ({"service_group": "cooking"}, "invalid_argument"),
    ],
)
def test_refusals(client, platform, values, code):
    with pytest.raises(errors.RefusedError) as caught:
        client.submit(make_call(**values))
    assert caught.value.code == code
    assert not authorisations(platform)


def test_locked_and_conflicting(client):
    call = make_call()
    client.submit(call)
    with pytest.raises(errors.RefusedError) as caught:
        client.submit(dataclasses.replace(call, name="乙公司"))
    assert caught.value.code == "request_number_conflict"
    client.submit(make_call("cancel"))
    with pytest.raises(errors.RefusedError) as caught:
        client.submit(make_call())
    assert caught.value.code == "license_locked"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"secret": "guessed"}, "signature_refused"),
        ({"customer": "CUST9999"}, "customer_unknown"),
    ],
)
def test_credentials(platform, values, code):
    with make_client(platform, **values) as client:
        with pytest.raises(errors.CredentialError) as caught:
            client.submit(make_call())
    assert caught.value.code == code


@pytest.mark.parametrize("kind", DONE)
def test_done_and_not_answered(client, platform, kind):
    call = make_call()
    platform.fault(kind, platform="entitlement")
    with pytest.raises(errors.OutcomeUnknownError):
        client.submit(call)
    assert client.find(call).status == "authorised"
    assert client.submit(call).status == "authorised"
    assert authorisations(platform) == 1


@pytest.mark.parametrize("kind", NOT_DONE)
def test_not_done(client, platform, kind):
    call = make_call()
    platform.fault(kind, platform="entitlement", value="7")
    with pytest.raises((errors.OutcomeUnknownError, errors.WaitError)) as caught:
        client.submit(call)
    if kind in ("throttle", "maintenance"):
        assert caught.value.wait == 7
    with pytest.raises(errors.NotFoundError):
        client.find(call)
    assert not authorisations(platform)


def test_slow_answer(client, platform):
    call = make_call()
    platform.fault("act_delay", platform="entitlement", value="1.5")
    with pytest.raises(errors.OutcomeUnknownError):
        client.submit(call)
    assert client.find(call).status == "authorised"


def test_nobody_listens(platform):
    with make_client(platform, address="http://127.0.0.1:9") as client:
        with pytest.raises(errors.NotSentError):
            client.submit(make_call())


def test_a_refused_question_says_nothing_of_the_work(client, platform):
    with pytest.raises(errors.OutcomeUnknownError):
        client.find(make_call(request_number="x" * 101))


def test_the_secret_is_in_no_record(platform):
    heard = []
    with make_client(platform, heard.append) as client:
        client.submit(make_call())
    assert heard[0]["operation"] == "authorise"
    assert SECRET not in repr(heard)
