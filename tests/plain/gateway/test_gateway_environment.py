"""检测环境 without Odoo: prepared answers, then the real endpoints."""

import datetime
import email.utils

import pytest
from gateway import bureau, environment_check, errors, messages
from gateway_samples import (
    CERT_PASSWORD,
    PLATFORM_PASSWORD,
    TAX_NUMBER,
    make_credentials,
)

SECRETS = (CERT_PASSWORD, PLATFORM_PASSWORD)


def check(address, channel="rpa", environment="simulated", tries=True, **credentials):
    """step → (state, code)"""
    credentials = make_credentials(address, **credentials)
    client_class = bureau.get_client_class(channel)

    def open_client():
        return client_class(credentials, TAX_NUMBER, messages.Session())

    steps = environment_check.check_environment(
        credentials,
        environment,
        client_class.capabilities,
        open_client if tries else None,
    )
    for secret in SECRETS:
        assert secret not in repr(steps)
    assert tuple(step.step for step in steps) == environment_check.STEPS
    return {step.step: (step.state, step.code) for step in steps}


@pytest.mark.parametrize("channel", ["rpa", "leqi"])
def test_row_C2_all_steps_over_http(endpoints, channel):
    found = check(endpoints.address, channel)
    assert {state for state, _code in found.values()} == {"ok"}


def test_row_C2_wrong_password_over_http(endpoints):
    found = check(endpoints.address, certificate_password="wrong-s3cret")
    assert found["login"] == ("not_ok", "password_wrong")
    assert found["taxpayer"] == ("not_checked", "check_step_before")
    endpoints.post("taxpayers", tax_number=TAX_NUMBER, status="07")
    found = check(endpoints.address)
    assert found["login"] == ("not_checked", "not_eligible")
    assert found["taxpayer"] == ("not_ok", "not_eligible")
    assert check(endpoints.address, "leqi")["taxpayer"] == (
        "not_ok",
        "check_not_normal",
    )


def test_row_C2_a_login_that_must_not_be_tried(endpoints):
    before = len(endpoints.get("journal"))
    found = check(endpoints.address, tries=False)
    assert found["login"] == ("not_checked", "check_line_stopped")
    assert len(endpoints.get("journal")) == before


def test_row_C2_nobody_there():
    found = check("http://127.0.0.1:9")
    assert found["address"] == ("not_ok", "not_sent")
    assert {found[step][0] for step in ("clock", "login", "taxpayer")} == {
        "not_checked"
    }


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("", "invalid_address"),
        ("ftp://tax.example.com", "invalid_address"),
        ("http://tax.example.com", "insecure_address"),
    ],
)
def test_row_C2_address_that_cannot_be_used(address, code):
    assert check(address)["address"] == ("not_ok", code)


@pytest.mark.parametrize(
    ("seconds", "state"), [(0, "ok"), (290, "ok"), (310, "not_ok"), (-900, "not_ok")]
)
def test_row_C2_clock(monkeypatch, seconds, state):
    now = datetime.datetime.now(datetime.UTC)
    date = email.utils.format_datetime(
        now - datetime.timedelta(seconds=seconds), usegmt=True
    )
    monkeypatch.setattr(environment_check, "_ask", lambda credentials: (200, date))
    found = check("http://127.0.0.1:9", tries=False)
    assert found["clock"][0] == state


@pytest.mark.parametrize("date", ["", "soon"])
def test_row_C2_clock_that_is_not_told(monkeypatch, date):
    monkeypatch.setattr(environment_check, "_ask", lambda credentials: (200, date))
    found = check("http://127.0.0.1:9", tries=False)
    assert found["clock"] == ("not_checked", "check_no_date")


@pytest.mark.parametrize(
    ("channel", "values", "code"),
    [
        ("rpa", {"certificate_password": ""}, "check_password_missing"),
        ("rpa", {"certificate_password": "7-signs"}, "password_short"),
        ("leqi", {"encryption_key": "no key"}, "encryption_key_invalid"),
        ("rpa", {"environment": "production"}, "insecure_address"),
    ],
)
def test_row_C2_certificate(monkeypatch, channel, values, code):
    monkeypatch.setattr(environment_check, "_ask", lambda credentials: (200, ""))
    found = check("http://127.0.0.1:9", channel, **values)
    assert found["certificate"] == ("not_ok", code)
    assert found["login"] == ("not_checked", code)


def test_row_C2_certificate_of_the_platform(monkeypatch):
    import ssl

    import requests

    def ask(credentials):
        raise requests.exceptions.SSLError(ssl.SSLCertVerificationError("self-signed"))

    monkeypatch.setattr(environment_check, "_ask", ask)
    found = check("https://tax.example.com", environment="production")
    assert found["address"] == ("ok", "")
    assert found["certificate"] == ("not_ok", "certificate_refused")


def test_row_C2_no_service_behind_the_address(monkeypatch):
    monkeypatch.setattr(environment_check, "_ask", lambda credentials: (503, ""))
    found = check("http://127.0.0.1:9")
    assert found["address"] == ("not_ok", "check_no_service")


def test_row_C2_profile_that_cannot_be_read(monkeypatch):
    monkeypatch.setattr(environment_check, "_ask", lambda credentials: (200, ""))

    class Client:
        def __enter__(self):
            return self

        def __exit__(self, *exc_info):
            pass

        def fetch_taxpayer(self):
            raise errors.OutcomeUnknownError("cut")

    steps = environment_check.check_environment(
        make_credentials("http://127.0.0.1:9"),
        "simulated",
        bureau.get_client_class("rpa").capabilities,
        Client,
    )
    assert (steps[3].state, steps[3].code) == ("not_ok", "outcome_unknown")
