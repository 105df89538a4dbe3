"""The RPA channel against prepared answers; the simulator has its own tests."""

import datetime
import json
from decimal import Decimal

import pytest
from canned_server import build_answer
from gateway import bureau, errors, messages
from gateway.parsing import utc_now
from gateway_samples import (
    CERT_PASSWORD,
    LATER,
    NUMBER,
    PLATFORM_PASSWORD,
    TAX_NUMBER,
    make_credentials,
)
from gateway_samples import make_submission as submission

GATE_TEXT = "相同的任务重复请求过于频繁，请3分钟后再重试。"
ROW = {
    "fplx": "81",
    "fpdm": "",
    "fphm": NUMBER,
    "kprq": "2026-10-05",
    "xfsbh": "91310115MA1TE5T02F",
    "xfmc": "卖方",
    "gfsbh": TAX_NUMBER,
    "je": "1000.00",
    "se": "130.00",
    "jshj": "1130.00",
    "yxse": "100.50",
    "fpzt": "0",
    "redLocked": False,
    "element": "",
    "gxzt": "1",
    "gxlx": "1",
    "period": "202610",
    "selectedAt": "2026-11-02 01:02:03",
    "bdkyy": "",
    "bdkyysm": "",
    "farmMethod": "",
    "farmOwn": "",
    "booked": False,
    "bookedOn": None,
}
LOGIN = {"code": "0000", "data": {"token": "tok3n-of-login", "expiresIn": 1800}}


def ok(**data):
    return {"code": "0000", "message": "成功", "data": data}


def no(code, message="失败", **data):
    return {"code": code, "message": message, "data": data}


@pytest.fixture
def session():
    """A session that has been entered already."""
    return messages.Session("tok3n-before", LATER)


@pytest.fixture
def client(canned, session):
    cls = bureau.get_client_class("rpa")
    with cls(make_credentials(canned.address), TAX_NUMBER, session) as client:
        yield client


def asked(canned):
    """Operation and token of each request."""
    return [
        (first.split()[1].rsplit("/", 1)[1], headers.get("x-token", ""))
        for first, headers, _body in canned.requests
    ]


def sent(canned, index=-1):
    return json.loads(canned.requests[index][2])


# === LOGIN AND SESSION === #


@pytest.mark.parametrize(
    "before",
    [
        messages.Session(),
        messages.Session("old", None),
        messages.Session("old", utc_now() + datetime.timedelta(seconds=20)),
    ],
    ids=["none", "no end", "ends in 20 s"],
)
def test_login_when_there_is_no_good_token(canned, before):
    canned.add_json(LOGIN, ok(reqId="R1", nextPollSeconds=2), ok(reqId="R1", status=9))
    client = bureau.get_client_class("rpa")(
        make_credentials(canned.address), TAX_NUMBER, before
    )
    assert client.submit(submission()) == messages.Acceptance("R1", 2)
    assert client.poll(submission(), "R1").done is False
    assert asked(canned) == [
        ("login", ""),
        ("submit", "tok3n-of-login"),
        ("query", "tok3n-of-login"),
    ]
    assert sent(canned, 0) == {
        "taxNo": TAX_NUMBER,
        "certPassword": CERT_PASSWORD,
        "platformPassword": PLATFORM_PASSWORD,
    }
    left = before.expires_at - utc_now()
    assert 1700 < left.total_seconds() <= 1800


@pytest.mark.parametrize("code", ["4001", "4003"])
def test_a_lost_session_is_entered_again_once(canned, client, session, code):
    canned.add_json(no(code), LOGIN, ok(reqId="R1"))
    client.submit(submission())
    assert [operation for operation, _token in asked(canned)] == [
        "submit",
        "login",
        "submit",
    ]
    assert sent(canned, 0) == sent(canned, 2)
    assert session.token == "tok3n-of-login"


def test_a_session_lost_again_waits(canned, client, session):
    canned.add_json(no("4001"), LOGIN, no("4001"))
    with pytest.raises(errors.WaitError) as caught:
        client.submit(submission())
    assert caught.value.code == "session_lost"
    assert session.token == ""
    canned.add_json(LOGIN, no("4001"))  # never two logins in one call
    with pytest.raises(errors.WaitError):
        client.submit(submission())
    assert [o for o, _t in asked(canned)].count("login") == 2


@pytest.mark.parametrize(
    ("raw_code", "code"),
    [
        ("4101", "password_short"),
        ("4102", "password_wrong"),
        ("4103", "login_locked"),
        ("4104", "platform_password_wrong"),
        ("4105", "not_eligible"),
        ("4106", "credit_level_missing"),
        ("4040", "login_refused"),
        ("1002", "login_refused"),
        ("4199", "login_refused"),
    ],
)
def test_a_refused_login_stops(canned, raw_code, code):
    canned.add_json(no(raw_code, left=9))
    session = messages.Session()
    client = bureau.get_client_class("rpa")(
        make_credentials(canned.address), TAX_NUMBER, session
    )
    with pytest.raises(errors.CredentialError) as caught:
        client.find(submission())
    assert (caught.value.code, caught.value.raw_code) == (code, raw_code)
    assert len(canned.requests) == 1 and session.token == ""


def test_a_lock_tells_how_long(canned):
    until = utc_now() + datetime.timedelta(hours=8 + 2)  # China time on the wire
    canned.add_json(no("4103", until=f"{until:%Y-%m-%d %H:%M:%S}"))
    canned.add_json(no("4103", until="tomorrow"))
    client = bureau.get_client_class("rpa")(
        make_credentials(canned.address), TAX_NUMBER, messages.Session()
    )
    waits = []
    for _call in range(2):
        with pytest.raises(errors.CredentialError) as caught:
            client.fetch_period()
        waits.append(caught.value.wait)
    assert 7100 < waits[0] <= 7200
    assert waits[1] == 0


@pytest.mark.parametrize("answer", [b"", build_answer(b"<html>"), build_answer(b"")])
def test_an_unanswered_login_means_the_work_was_not_sent(canned, answer):
    canned.add(answer)
    client = bureau.get_client_class("rpa")(
        make_credentials(canned.address), TAX_NUMBER, messages.Session()
    )
    with pytest.raises(errors.NotSentError):
        client.submit(submission())
    assert len(canned.requests) == 1


# === CODES === #


@pytest.mark.parametrize(
    ("answer", "kind", "code", "wait"),
    [
        (no("4290", GATE_TEXT, wait=120), "RepeatTooSoon", "repeat_waits", 120),
        (no("4290", "太频繁", wait=5), "Wait", "too_many_requests", 5),
        (no("5030", wait=600), "Wait", "maintenance", 600),
        (no("4090", reason="PERIOD_NOT_OPEN"), "Refused", "period_not_open", 0),
        (no("4090", reason="BRAND_NEW"), "Refused", "refused", 0),
        (no("1002", reason="TOO_MANY_ITEMS"), "Refused", "too_many_items", 0),
        (no("1002"), "Refused", "invalid_argument", 0),
        (no("4040"), "Refused", "not_served", 0),
        (no("9999"), "OutcomeUnknown", "outcome_unknown", 0),
        (no("8888"), "OutcomeUnknown", "outcome_unknown", 0),
        (ok(), "OutcomeUnknown", "outcome_unknown", 0),
        (ok(reqId=7), "OutcomeUnknown", "outcome_unknown", 0),
        ({"code": "0000"}, "OutcomeUnknown", "outcome_unknown", 0),
        ({"message": "?"}, "OutcomeUnknown", "outcome_unknown", 0),
    ],
)
def test_answers_to_a_submit(canned, client, answer, kind, code, wait):
    canned.add_json(answer)
    expected = getattr(errors, f"{kind}Error")
    with pytest.raises(expected) as caught:
        client.submit(submission())
    assert type(caught.value) is expected
    assert (caught.value.code, caught.value.wait) == (code, wait)
    assert len(canned.requests) == 1


@pytest.mark.parametrize("answer", [no("1002"), no("4090", reason="PERIOD_FILED")])
def test_a_refused_question_says_nothing_about_the_work(canned, client, answer):
    canned.add_json(answer, answer)
    for ask in (
        lambda: client.find(submission()),
        lambda: client.poll(submission(), "R1"),
    ):
        with pytest.raises(errors.OutcomeUnknownError):
            ask()


@pytest.mark.parametrize(
    ("operation", "task", "gxlx"),
    [
        ("deduct", "GX", "1"),
        ("deduct_revoke", "GX", "6"),
        ("exclude", "GX", "4"),
        ("exclude_revoke", "GX", "13"),
        ("statistics", "TJ", None),
        ("statistics_revoke", "QXTJ", None),
        ("sign", "QR", None),
        ("sign_revoke", "QXQR", None),
        ("passenger", "GX", "9"),
        ("refund", "GX", "2"),
        ("refund_revoke", "GX", "7"),
        ("refund_sign", "TSQR", None),
    ],
)
def test_every_operation_has_its_task(canned, client, operation, task, gxlx):
    canned.add_json(ok(reqId="R1"))
    client.submit(submission(operation))
    body = sent(canned)
    assert (body["taskType"], body.get("gxlx")) == (task, gxlx)
    assert (body["taxNo"], body["period"]) == (TAX_NUMBER, "202610")
    assert body["traceNo"] == "request-1"
    if gxlx:
        assert body["items"] == [
            {
                "fpdm": "",
                "fphm": NUMBER,
                "kprq": "2026-10-05",
                "yxse": "130.00",
                "bdkyy": "",
                "bdkyysm": "",
            }
        ]


# === RESULTS === #


@pytest.mark.parametrize(
    ("raw", "result"),
    [
        ("01", "ok"),
        ("06", "already"),
        ("07", "not_selected"),
        ("08", "refund_confirmed"),
        ("04", "date_out_of_range"),
        ("99", "selection_abnormal"),
        ("77", "unknown"),
    ],
)
def test_result_of_an_invoice(canned, client, raw, result):
    rows = [
        {"fphm": NUMBER, "fpdm": "", "result": raw, "text": "文字", "row": ROW},
        {"fphm": "02630221", "fpdm": "3300232130", "result": "02", "row": None},
    ]
    canned.add_json(ok(reqId="R1", traceNo="request-1", status="1", items=rows))
    progress = client.find(submission())
    assert sent(canned) == {"taxNo": TAX_NUMBER, "traceNo": "request-1"}
    assert progress.done and progress.reference == "R1"
    known, unknown = progress.items
    assert (known.result, known.raw_code, known.text) == (result, raw, "文字")
    assert (known.selection, known.purpose) == ("selected", "deduct")
    assert known.creditable_vat == Decimal("100.50")
    assert unknown.key == messages.InvoiceKey("02630221", "3300232130")
    assert (unknown.result, unknown.selection) == ("not_found", None)


def test_running_unknown_foreign_and_not_found(canned, client):
    canned.add_json(
        ok(reqId="R1", status="9", nextPollSeconds=3),
        ok(reqId="R1", status="5"),
        ok(reqId="R2", traceNo="request-2", status="9"),
        no("4040"),
        ok(reqId="R1", status="1"),
    )
    assert client.poll(submission(), "R1").poll_after == 3
    for match in ("unknown status 5", "another traceNo"):
        with pytest.raises(errors.OutcomeUnknownError, match=match):
            client.find(submission())
    with pytest.raises(errors.NotFoundError):
        client.find(submission())
    with pytest.raises(errors.OutcomeUnknownError, match="items"):
        client.poll(submission(), "R1")  # done, but nothing said of the invoices


@pytest.mark.parametrize(
    ("operation", "answer", "refusal", "raw_code"),
    [
        ("deduct", {"result": "refused", "reason": "X"}, "refused", "X"),
        ("deduct", {"status": "3"}, "refused", "3"),
        (
            "statistics",
            {"result": "refused", "reason": "NOTHING_SELECTED"},
            "nothing_selected",
            "NOTHING_SELECTED",
        ),
        ("sign", {"signCode": "444", "locked": [{"fphm": NUMBER}]}, "", "444"),
        ("sign", {"signCode": "555"}, "refused", "555"),
        ("sign_revoke", {"signCode": "200", "ordinal": 2}, "", "200"),
    ],
)
def test_ends_of_a_task(canned, client, operation, answer, refusal, raw_code):
    canned.add_json(ok(**{"reqId": "R1", "status": "1", **answer}))
    progress = client.poll(submission(operation), "R1")
    assert progress.done
    assert (progress.refusal, progress.raw_code) == (refusal, raw_code)
    assert len(progress.locked) == len(answer.get("locked", ()))


# === POOL === #


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"status": "normal", "selection": "selected", "purpose": "deduct"}),
        ({"gxzt": "2", "gxlx": "4"}, {"selection": "confirmed", "purpose": "exclude"}),
        ({"gxzt": "0", "gxlx": ""}, {"selection": "unselected", "purpose": None}),
        ({"gxlx": "8"}, {"purpose": "unknown", "raw_purpose": "8"}),
        ({"gxlx": "2"}, {"purpose": "refund", "raw_purpose": "2"}),
        ({}, {"farm_method": "", "farm_amount": None, "booked_on": None}),
        (
            {"farmMethod": "mixed", "farmOwn": "33.30"},
            {"farm_method": "mixed", "farm_amount": Decimal("33.30")},
        ),
        ({"farmMethod": "faceTax"}, {"farm_method": "face_tax"}),
        ({"farmMethod": "new"}, {"farm_method": "new"}),
        ({"bookedOn": "2026-11-08"}, {"booked_on": datetime.date(2026, 11, 8)}),
        ({"fpzt": "1"}, {"status": "out_of_control"}),
        ({"fpzt": 4}, {"status": "abnormal", "raw_status": "4"}),
        ({"fpzt": "9"}, {"status": "unknown", "raw_status": "9"}),
        ({"fplx": "83"}, {"type_code": "51", "type_known": True}),
        ({"fplx": "87"}, {"type_code": "83", "type_known": True}),
        ({"fplx": "21"}, {"type_code": "17"}),
        ({"fplx": "0901"}, {"type_code": "0901", "type_known": False}),
        ({"redLocked": True}, {"red_locked": True}),
        ({"selectedAt": None}, {"selected_at": None}),
        ({}, {"selected_at": datetime.datetime(2026, 11, 1, 17, 2, 3)}),
    ],
)
def test_a_row(canned, client, changes, expected):
    canned.add_json(ok(rows=[{**ROW, **changes}]))
    (invoice,) = client.read_invoices([messages.InvoiceKey(NUMBER)])
    assert expected == {name: getattr(invoice, name) for name in expected}


def test_pages_and_the_first_cursor(canned, client):
    other = {**ROW, "kprq": "2026-09-30"}
    canned.add_json(
        ok(total=502, pages=2, cursor="c1", rows=[ROW] * 499 + [{**ROW, "je": 1}]),
        ok(total=502, pages=2, cursor="c2", rows=[ROW, other]),
        ok(total=0, pages=0, cursor="c3", rows=[]),
    )
    first = client.fetch_invoices(months=("202610",))
    assert len(first.invoices) == 499 and "field je" in first.unreadable[0]
    last = client.fetch_invoices(months=("202610",), position=first.next_position)
    assert (len(last.invoices), last.next_position, last.cursor) == (1, None, "c1")
    page = client.fetch_invoices(cursor="c1", months=("202610",))
    assert (page.invoices, page.cursor, page.total) == ([], "c3", 0)
    bodies = [sent(canned, index) for index in range(3)]
    assert [(b["updatedSince"], b["page"]) for b in bodies] == [
        (None, 1),
        (None, 2),
        ("c1", 1),
    ]


def test_a_page_with_missing_rows_is_asked_again(canned, client):
    canned.add_json(ok(total=3, pages=1, cursor="c", rows=[ROW]))
    with pytest.raises(errors.OutcomeUnknownError, match="missing"):
        client.fetch_invoices()


def test_secrets_and_the_record(canned, caplog):
    caplog.set_level("DEBUG")
    records = []
    client = bureau.get_client_class("rpa")(
        make_credentials(canned.address),
        TAX_NUMBER,
        messages.Session(),
        exchange=records.append,
    )
    canned.add_json(LOGIN, no("9999", f"tok3n-of-login {CERT_PASSWORD}"))
    with pytest.raises(errors.OutcomeUnknownError) as caught:
        client.submit(submission())
    text = repr(records) + caplog.text + repr(caught.value) + caught.value.text
    for secret in (CERT_PASSWORD, PLATFORM_PASSWORD, "tok3n-of-login"):
        assert secret not in text
    assert [record["operation"] for record in records] == ["login", "submit"]
    assert NUMBER in records[1]["request"]
