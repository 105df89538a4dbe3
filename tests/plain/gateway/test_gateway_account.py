"""Passwords, staff and credit history: prepared answers, then the real endpoints."""

import datetime
import json

import pytest
from gateway import bureau, errors, messages
from gateway_samples import (
    CERT_PASSWORD,
    KEY,
    LATER,
    NOW,
    PLATFORM_PASSWORD,
    TAX_NUMBER,
    make_credentials,
)

NEW = "n3w-s3cret"
QUESTION, ANSWER = "宠物的名字", "花花"
STAFF = messages.Staff("李四", "15100000000", "li@example.com", "测试路1号", "100000")


def no(code, **data):
    return {"code": code, "message": "失败", "data": data}


OK = {"code": "0000", "message": "成功", "data": {}}


def make_client(address, session=None, exchange=None, channel="rpa", **credentials):
    return bureau.get_client_class(channel)(
        make_credentials(address, **credentials),
        TAX_NUMBER,
        session or messages.Session(),
        exchange=exchange,
    )


@pytest.fixture
def client(canned):
    return make_client(canned.address)


def sent(canned, index=-1):
    first, headers, body = canned.requests[index]
    return first.split()[1].rsplit("/", 1)[1], headers.get("x-token"), json.loads(body)


# === PREPARED ANSWERS === #


def test_passwords_need_no_login(canned, client):
    canned.add_json(OK, OK, OK, {**OK, "data": {"question": QUESTION}})
    client.change_password("certificate", CERT_PASSWORD, NEW)
    client.change_password(
        "platform", PLATFORM_PASSWORD, NEW, question=QUESTION, answer=ANSWER
    )
    client.recover_password(ANSWER)
    assert client.fetch_question() == QUESTION
    number = {"taxNo": TAX_NUMBER}
    certificate = {"kind": "certificate", "old": CERT_PASSWORD, "new": NEW}
    platform = {"kind": "platform", "old": PLATFORM_PASSWORD, "new": NEW}
    told = {"enabled": True, "question": QUESTION, "answer": ANSWER}
    assert [sent(canned, index) for index in range(4)] == [
        ("password", None, {**number, **certificate}),
        ("password", None, {**number, **platform, **told}),
        ("recover", None, {**number, "answer": ANSWER}),
        ("question", None, number),
    ]


@pytest.mark.parametrize(
    ("kind", "name"),
    [("certificate", "certPassword"), ("platform", "platformPassword")],
)
def test_the_next_login_uses_the_new_password(canned, client, kind, name):
    login = {"code": "0000", "data": {"token": "tok3n", "expiresIn": 1800}}
    canned.add_json(OK, login, {**OK, "data": {"rows": []}})
    client.change_password(kind, "old-s3cret", NEW)
    assert client.fetch_credit_history() == []
    assert sent(canned, 1)[2][name] == NEW


def test_turned_off_no_platform_password_is_sent(canned, client):
    login = {"code": "0000", "data": {"token": "tok3n", "expiresIn": 1800}}
    canned.add_json(OK, login, {**OK, "data": {"rows": []}})
    client.change_password("platform", PLATFORM_PASSWORD, "", enabled=False)
    assert sent(canned)[2]["enabled"] is False and sent(canned)[2]["new"] == ""
    client.fetch_credit_history()
    assert "platformPassword" not in sent(canned, 1)[2]


def test_a_refused_change_keeps_the_old_password(canned, client):
    canned.add_json(no("4102", left=9))
    with pytest.raises(errors.CredentialError):
        client.change_password("certificate", "wrong-s3cret", NEW)
    assert client.connection.credentials.certificate_password == CERT_PASSWORD


@pytest.mark.parametrize("new", ["", "7-signs"])
def test_too_short_is_not_sent(canned, client, new):
    for kind in ("certificate", "platform"):
        with pytest.raises(errors.RefusedError) as caught:
            client.change_password(kind, CERT_PASSWORD, new)
        assert caught.value.code == "password_short"
    with pytest.raises(errors.RefusedError) as caught:
        client.change_password("other", CERT_PASSWORD, NEW)
    assert caught.value.code == "invalid_argument"
    assert canned.requests == []


@pytest.mark.parametrize(
    ("answer", "kind", "code", "left", "until"),
    [
        (no("4101"), "Credential", "password_short", None, None),
        (no("4102", left=9), "Credential", "password_wrong", 9, None),
        (no("4102", left="0"), "Credential", "password_wrong", 0, None),
        (no("4102", left=None), "Credential", "password_wrong", None, None),
        (no("4102", left="many"), "Credential", "password_wrong", None, None),
        (no("4104", left=3), "Credential", "platform_password_wrong", 3, None),
        (
            no("4103", until="2026-11-11 00:00:00"),
            "Credential",
            "login_locked",
            None,
            datetime.datetime(2026, 11, 10, 16),
        ),
        (no("4103", until="soon"), "Credential", "login_locked", None, None),
        (no("4103") | {"data": None}, "Credential", "login_locked", None, None),
        (no("4105"), "Credential", "not_eligible", None, None),
        (no("4106"), "Credential", "credit_level_missing", None, None),
    ],
)
def test_refusals_of_a_password(canned, client, answer, kind, code, left, until):
    canned.add_json(answer, answer)
    for call in (
        lambda: client.change_password("certificate", CERT_PASSWORD, NEW),
        client.fetch_taxpayer,  # the same at a login
    ):
        with pytest.raises(getattr(errors, f"{kind}Error")) as caught:
            call()
        error = caught.value
        assert (error.code, error.left, error.until) == (code, left, until)
        assert error.raw_code == answer["code"]


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (no("1002", reason="INVALID_ARGUMENT"), "Refused", "invalid_argument"),
        (no("4040"), "Refused", "not_served"),
        (no("5030", wait=60), "Wait", "maintenance"),
        (no("4290", wait=60), "Wait", "too_many_requests"),
        (no("9999"), "OutcomeUnknown", "outcome_unknown"),
    ],
)
def test_other_refusals(canned, client, answer, kind, code):
    canned.add_json(answer, answer)
    for call in (
        lambda: client.change_password("certificate", CERT_PASSWORD, NEW),
        lambda: client.recover_password(ANSWER),
    ):
        with pytest.raises(getattr(errors, f"{kind}Error")) as caught:
            call()
        assert caught.value.code == code
    assert len(canned.requests) == 2


def test_a_wrong_answer_is_no_wrong_password(canned, client):
    canned.add_json(no("4102", left=4))
    with pytest.raises(errors.CredentialError) as caught:
        client.recover_password(ANSWER)
    error = caught.value
    assert (error.code, error.left) == ("answer_wrong", 4)
    assert client.connection.credentials.platform_password == PLATFORM_PASSWORD


def test_credit_rows(canned):
    client = make_client(canned.address, messages.Session("tok3n", LATER))
    rows = [
        {"level": "A", "active": True, "from": "2026-04-01"},
        {"level": "Z", "active": False, "from": ""},
    ]
    canned.add_json({**OK, "data": {"rows": rows}})
    assert client.fetch_credit_history() == [
        messages.CreditLevel("A", True, datetime.date(2026, 4, 1)),
        messages.CreditLevel("Z", False, None),
    ]
    canned.add_json({**OK, "data": {"rows": [{"level": "A"}]}})
    with pytest.raises(errors.OutcomeUnknownError):
        client.fetch_credit_history()


def test_staff_half_told(canned):
    client = make_client(canned.address, messages.Session("tok3n", LATER))
    canned.add_json({**OK, "data": {"staff": {"name": "李四"}}}, OK)
    assert client.fetch_staff() == messages.Staff(name="李四")
    with pytest.raises(errors.OutcomeUnknownError):
        client.fetch_staff()


def test_leqi_has_no_passwords(canned):
    client = make_client(canned.address, channel="leqi")
    for call in (
        lambda: client.change_password("certificate", CERT_PASSWORD, NEW),
        lambda: client.recover_password(ANSWER),
        client.fetch_question,
        client.fetch_staff,
        lambda: client.save_staff(STAFF),
    ):
        with pytest.raises(errors.RefusedError) as caught:
            call()
        assert caught.value.code == "not_supported"
    assert canned.requests == []
    can = client.capabilities
    assert not can.has_passwords and not can.has_staff
    can = bureau.get_client_class("rpa").capabilities
    assert can.has_passwords and can.has_staff


# === THE REAL ENDPOINTS === #


def test_change_and_recover(endpoints):
    client = make_client(endpoints.address)
    client.change_password("certificate", CERT_PASSWORD, NEW)
    assert client.fetch_taxpayer().name == "甲公司"
    assert client.fetch_question() == ""
    client.change_password(
        "platform", PLATFORM_PASSWORD, NEW, question=QUESTION, answer=ANSWER
    )
    assert client.fetch_question() == QUESTION
    forgetful = make_client(
        endpoints.address, certificate_password=NEW, platform_password="f0rgotten"
    )
    with pytest.raises(errors.CredentialError) as caught:
        forgetful.fetch_taxpayer()
    assert (caught.value.code, caught.value.left) == ("platform_password_wrong", 9)
    with pytest.raises(errors.CredentialError) as caught:
        forgetful.recover_password("小黑")
    assert (caught.value.code, caught.value.left) == ("answer_wrong", 9)
    forgetful.recover_password(ANSWER)
    assert forgetful.fetch_taxpayer().name == "甲公司"


def test_ten_wrong_ones_lock_until_midnight_in_china(endpoints):
    client = make_client(endpoints.address)
    for left in range(9, -1, -1):
        with pytest.raises(errors.CredentialError) as caught:
            client.change_password("platform", "wr0ng-s3cret", NEW)
        assert caught.value.left == left
    for call in (
        lambda: client.change_password("platform", PLATFORM_PASSWORD, NEW),
        client.fetch_period,
    ):
        with pytest.raises(errors.CredentialError) as caught:
            call()
        assert caught.value.code == "login_locked"
        assert caught.value.until == datetime.datetime(2026, 11, 10, 16)
    endpoints.post("clock", now=NOW.replace("10T", "11T"))
    client.change_password("platform", PLATFORM_PASSWORD, NEW)
    assert client.fetch_period().period == "202610"


def test_staff_is_kept(endpoints):
    client = make_client(endpoints.address)
    assert client.fetch_staff() == messages.Staff()
    assert client.save_staff(STAFF) == STAFF
    assert make_client(endpoints.address).fetch_staff() == STAFF


def test_both_channels_tell_the_same_credit_history(endpoints):
    endpoints.post("taxpayers", tax_number=TAX_NUMBER, credit_level="A")
    told = [
        make_client(endpoints.address, channel=channel).fetch_credit_history()
        for channel in ("leqi", "rpa")
    ]
    assert told[0] == told[1] and len(told[0]) >= 2
    newest = told[0][0]
    assert newest == messages.CreditLevel("A", True, datetime.date(2026, 11, 10))
    assert not any(row.active for row in told[0][1:])


def test_no_secret_of_a_change_is_logged_or_recorded(endpoints, caplog):
    caplog.set_level("DEBUG")
    records = []
    client = make_client(endpoints.address, exchange=records.append)
    for answer in (ANSWER, "a-long-answer"):
        client.change_password(
            "platform",
            client.connection.credentials.platform_password,
            f"{NEW}-{answer}",
            question=QUESTION,
            answer=answer,
        )
    with pytest.raises(errors.CredentialError):
        client.change_password("certificate", "wr0ng-s3cret", "an0ther-s3cret")
    with pytest.raises(errors.CredentialError):
        client.recover_password("小黑")
    client.recover_password("a-long-answer")
    assert [record["operation"] for record in records] == [
        *["password"] * 3,
        *["recover"] * 2,
    ]
    assert "***" in records[0]["request"] and QUESTION in records[0]["request"]
    text = caplog.text + json.dumps(records, default=str, ensure_ascii=False)
    secrets = [CERT_PASSWORD, PLATFORM_PASSWORD, KEY, NEW, ANSWER, "a-long-answer"]
    for secret in [*secrets, "wr0ng-s3cret", "an0ther-s3cret", "小黑"]:
        assert secret not in text
