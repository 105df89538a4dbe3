"""The Leqi channel against prepared answers; the simulator has its own tests."""

import datetime
import json
from decimal import Decimal

import pytest
from canned_server import build_answer
from gateway import bureau, errors, messages
from gateway.leqi_envelope import Cipherer
from gateway.pool_run import Run, split_months
from gateway_samples import KEY, NUMBER, TAX_NUMBER, make_credentials, make_item
from gateway_samples import make_submission as submission

CIPHER = Cipherer(KEY)
ROW = {
    "fplx": "81",
    "fpdm": "",
    "fphm": NUMBER,
    "kprq": "20261005",
    "xfsbh": "91310115MA1TE5T02F",
    "xfmc": "卖方",
    "gfsbh": TAX_NUMBER,
    "je": "1000.00",
    "se": "130.00",
    "jshj": "1130.00",
    "yxse": "100.50",
    "fpzt": "0",
    "ycpzzt": "01",
    "skbz": "N",
    "hzsdbs": "N",
    "tdys": "",
    "gxzt": "1",
    "rzzt": "01",
    "gxlxDm": "01",
    "fpyt": "0",
    "skssq": "202610",
    "gxsj": "20261102010203",
    "clfs": "",
    "ncpbfje": "",
    "rzbz": "N",
    "rzrq": "",
}


def envelope(data, **response):
    if data is not None:
        response["Data"] = CIPHER.encrypt(json.dumps(data)).decode()
    return {"httpStatusCode": "200", "body": {"Response": response}}


def ok(**data):
    return envelope({"returncode": "00", "returnmsg": "成功", **data})


def refused(reason):
    return envelope({"returncode": "01", "returnmsg": "失败", "ycdm": reason})


def platform_error(code, **values):
    return envelope(None, Error={"Code": code, "Message": "说明", **values})


@pytest.fixture
def client(canned):
    cls = bureau.get_client_class("leqi")
    with cls(
        make_credentials(canned.address), TAX_NUMBER, messages.Session()
    ) as client:
        yield client


def sent(canned, index=-1):
    """What was asked, opened: service, headers, business JSON."""
    first, headers, body = canned.requests[index]
    return first.split()[1].rsplit("/", 1)[1], headers, json.loads(CIPHER.decrypt(body))


# === ENVELOPE === #


def test_submit_is_one_encrypted_request(canned, client):
    canned.add_json(ok(pclsh="B" * 32))
    item = make_item(reason="5", reason_text="其他原因")
    accepted = client.submit(submission("exclude", [item]))
    assert accepted == messages.Acceptance("B" * 32)
    service, headers, asked = sent(canned)
    assert canned.requests[0][0] == "POST /access/v2/invoke/203065/PLFPDKGX HTTP/1.1"
    assert (headers["nlbm"], headers["fwbm"]) == ("203065", service.lower())
    assert (headers["jrdwptbh"], headers["sydwptbh"]) == ("leqi0001", "entity01")
    assert (headers["ylbm"], headers["sxcsbz"]) == ("01", "n")
    assert headers["access_signature"]
    assert NUMBER.encode() not in canned.requests[0][2]
    assert asked == {
        "gfsbh": TAX_NUMBER,
        "gxlxDm": "03",
        "skssq": "202610",
        "ywlsh": "request-1",
        "fpmx": [
            {
                "kprq": "20261005",
                "fpdm": "",
                "fphm": NUMBER,
                "fplx": "81",
                "yxse": "130.00",
                "bdkyy": "5",
                "bdkyysm": "其他原因",
            }
        ],
    }


@pytest.mark.parametrize(
    ("operation", "service", "field"),
    [
        ("deduct", "PLFPDKGX", ("gxlxDm", "01")),
        ("deduct_revoke", "PLFPDKGX", ("gxlxDm", "02")),
        ("exclude_revoke", "PLFPDKGX", ("gxlxDm", "04")),
        ("passenger", "PLFPDKGX", ("gxlxDm", "05")),
        ("refund", "PLFPTSGX", ("gxlxDm", "01")),
        ("refund_revoke", "PLFPTSGX", ("gxlxDm", "02")),
        ("refund_sign", "PLFPTSGXQR", ("skssq", "202610")),
        ("statistics", "SQCXDKTJ", ("sqbz", "1")),
        ("statistics_revoke", "SQCXDKTJ", ("sqbz", "2")),
        ("sign", "SQQRDKTJ", ("qrbz", "1")),
        ("sign_revoke", "SQQRDKTJ", ("qrbz", "2")),
    ],
)
def test_every_operation_has_its_service(canned, client, operation, service, field):
    canned.add_json(ok(pclsh="x"))
    client.submit(submission(operation))
    asked_service, _headers, asked = sent(canned)
    assert asked_service == service
    assert asked[field[0]] == field[1]


def test_the_sandbox_has_another_way(canned):
    address = f"{canned.address}/access/newsandbox/v2/invoke/"
    client = bureau.get_client_class("leqi")(
        make_credentials(address, sandbox=True), TAX_NUMBER, messages.Session()
    )
    canned.add_json(ok(pclsh="p"))
    client.submit(submission())
    first, headers, _body = canned.requests[0]
    assert first.split()[1] == "/access/newsandbox/v2/invoke/203065/PLFPDKGX"
    assert headers["sxcsbz"] == "y"


def test_body_as_text_and_data_as_object_are_taken(canned, client):
    inner = {"Response": {"Data": {"returncode": "00", "pclsh": "p"}}}
    canned.add_json({"httpStatusCode": 200, "body": json.dumps(inner)})
    assert client.submit(submission()).reference == "p"


@pytest.mark.parametrize(
    "answer",
    [
        {"httpStatusCode": "500", "body": {}},
        {"httpStatusCode": "200"},
        {"httpStatusCode": "200", "body": {"Response": {}}},
        {"httpStatusCode": "200", "body": {"Response": {"Data": "bm90IHNtNA=="}}},
        {"httpStatusCode": "200", "body": {"Response": {"Data": "???"}}},
        {"httpStatusCode": "200", "body": "{"},
        envelope({"returncode": "77"}),
        envelope({}),
        envelope([]),
        ok(),  # no pclsh
        ok(pclsh=12345),
        platform_error("InternalError"),
        platform_error("BrandNew"),
        platform_error(""),
    ],
    ids=lambda answer: json.dumps(answer)[:60],
)
def test_a_submit_not_understood_is_unknown(canned, client, answer):
    canned.add_json(answer)
    with pytest.raises(errors.OutcomeUnknownError):
        client.submit(submission())
    assert len(canned.requests) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "code", "wait"),
    [
        (platform_error("DecryptFailed"), "Credential", "encryption_key_refused", 0),
        (platform_error("UnknownEntity"), "Credential", "unknown_entity", 0),
        (platform_error("HeaderMismatch"), "Credential", "header_mismatch", 0),
        (platform_error("NotServed"), "Refused", "not_served", 0),
        (platform_error("MalformedRequest"), "Refused", "invalid_argument", 0),
        (platform_error("UnknownService"), "Refused", "refused", 0),
        (platform_error("TooManyRequests", RetryAfter=9), "Wait", "too_many", 9),
        (platform_error("Maintenance", RetryAfter="600"), "Wait", "maintenance", 600),
        (refused("PERIOD_NOT_OPEN"), "Refused", "period_not_open", 0),
        (refused("SERIAL_CONFLICT"), "Refused", "request_number_conflict", 0),
        (refused("NOT_FOUND"), "Refused", "not_served", 0),
        (refused("BRAND_NEW"), "Refused", "refused", 0),
        (refused(""), "Refused", "refused", 0),
    ],
)
def test_refusals_of_a_submit(canned, client, answer, kind, code, wait):
    canned.add_json(answer)
    with pytest.raises(getattr(errors, f"{kind}Error")) as caught:
        client.submit(submission())
    assert caught.value.code.startswith(code)
    assert caught.value.wait == wait
    assert caught.value.raw_code


@pytest.mark.parametrize(
    "answer", [platform_error("NotServed"), refused("INVALID_ARGUMENT"), refused("X")]
)
def test_a_refused_question_says_nothing_about_the_work(canned, client, answer):
    canned.add_json(answer, answer)
    for ask in (
        lambda: client.find(submission()),
        lambda: client.poll(submission(), "B1"),
    ):
        with pytest.raises(errors.OutcomeUnknownError):
            ask()


@pytest.mark.parametrize("key", ["", "12", "z" * 32, KEY + "00"])
def test_a_useless_key_stops_before_sending(canned, key):
    credentials = make_credentials(canned.address, encryption_key=key)
    client = bureau.get_client_class("leqi")(
        credentials, TAX_NUMBER, messages.Session()
    )
    with pytest.raises(errors.CredentialError):
        client.submit(submission())
    assert not canned.requests


@pytest.mark.parametrize("amount", ["1.001", "NaN", "Infinity"])
def test_an_amount_is_never_rounded_on_the_way_out(canned, client, amount):
    with pytest.raises(errors.RefusedError) as caught:
        client.submit(submission(items=[make_item(vat=amount)]))
    assert caught.value.code == "invalid_argument"
    assert not canned.requests


# === RESULTS === #


@pytest.mark.parametrize(
    ("raw", "text", "result"),
    [
        ("1", "", "ok"),
        ("2", "", "not_found"),
        ("8", "已勾选,不可重复勾选", "already"),
        ("8", "未勾选,不可撤销", "not_selected"),
        ("8", "有效税额错误", "selection_abnormal"),
        ("8", "已确认退税,不可撤销", "refund_confirmed"),
        ("31", "", "type_not_supported"),
        ("777", "新的", "unknown"),
    ],
)
def test_result_of_an_invoice(canned, client, raw, text, result):
    row = {
        "fpdm": "",
        "fphm": NUMBER,
        "cljg": raw,
        "clms": text,
        "gxzt": "1",
        "gxlxDm": "01",
        "skssq": "202610",
        "yxse": "100.50",
    }
    canned.add_json(ok(clzt="1", plcode="90001", fpmx=[row]))
    progress = client.poll(submission(), "B1")
    assert progress.done and progress.reference == "B1"
    (item,) = progress.items
    assert (item.result, item.raw_code, item.text) == (result, raw, text)
    assert item.key == messages.InvoiceKey(NUMBER)
    assert (item.selection, item.purpose) == ("selected", "deduct")
    assert item.creditable_vat == Decimal("100.50")


def test_running_unknown_and_not_found(canned, client):
    canned.add_json(ok(clzt="0"), ok(clzt="5"), refused("NOT_FOUND"), ok(clzt="1"))
    assert client.find(submission()).done is False
    assert sent(canned)[2] == {"gfsbh": TAX_NUMBER, "ywlsh": "request-1"}
    with pytest.raises(errors.OutcomeUnknownError, match="clzt"):
        client.poll(submission(), "B1")
    with pytest.raises(errors.NotFoundError):
        client.find(submission())
    with pytest.raises(errors.OutcomeUnknownError, match="fpmx"):
        client.poll(submission(), "B1")  # done, but nothing said of the invoices


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"qrjg": "200", "qrcs": 2, "qrsj": "20261102080000"}, ("200", "", 2, 0)),
        ({"qrjg": "444", "fpmx": [{"fphm": NUMBER}]}, ("444", "", 0, 1)),
        ({"qrjg": "", "ycdm": "PERIOD_FILED"}, ("", "period_filed", 0, 0)),
        ({"qrjg": "555"}, ("555", "refused", 0, 0)),
    ],
)
def test_signature(canned, client, answer, expected):
    canned.add_json(ok(clzt="1", **answer))
    progress = client.poll(submission("sign"), "B1")
    assert expected == (
        progress.sign_code,
        progress.refusal,
        progress.ordinal,
        len(progress.locked),
    )
    if progress.ordinal:
        assert progress.signed_at == datetime.datetime(2026, 11, 2, 0, 0)


def test_statistics_refused_while_worked_on(canned, client):
    canned.add_json(ok(clzt="1", cljg="1", ycdm="NOTHING_SELECTED", tjzt="22"))
    progress = client.poll(submission("statistics"), "B1")
    assert progress.refusal == "nothing_selected"
    assert progress.statistics.status == "22"


# === POOL === #


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"status": "normal", "selection": "selected", "purpose": "deduct"}),
        ({"rzzt": "02"}, {"selection": "confirmed"}),
        ({"gxzt": "0", "gxlxDm": ""}, {"selection": "unselected", "purpose": None}),
        ({"gxlxDm": "", "fpyt": "6"}, {"purpose": "exclude", "raw_purpose": "6"}),
        ({"gxlxDm": "77"}, {"purpose": "unknown", "raw_purpose": "77"}),
        ({"gxlxDm": "05"}, {"purpose": "refund", "raw_purpose": "05"}),
        ({"gxlxDm": "", "fpyt": "2", "rzzt": "02"}, {"purpose": "refund"}),
        ({}, {"farm_method": "", "farm_amount": None, "booked_on": None}),
        (
            {"clfs": "3", "ncpbfje": "33.30"},
            {"farm_method": "mixed", "farm_amount": Decimal("33.30")},
        ),
        ({"clfs": "77"}, {"farm_method": "77"}),
        ({"rzbz": "Y", "rzrq": "20261108"}, {"booked_on": datetime.date(2026, 11, 8)}),
        ({"fpzt": "2", "ycpzzt": "02"}, {"status": "voided"}),
        ({"fpzt": "7", "ycpzzt": "02"}, {"status": "abnormal"}),
        ({"fpzt": "7"}, {"status": "partly_red"}),
        ({"ycpzzt": "03"}, {"status": "suspected"}),
        ({"skbz": "Y"}, {"status": "out_of_control", "raw_status": "0/01/Y"}),
        ({"fpzt": "66"}, {"status": "unknown", "raw_status": "66/01/N"}),
        ({"fplx": "0901"}, {"type_code": "0901", "type_known": False}),
        ({"yxse": ""}, {"creditable_vat": Decimal("130.00")}),
        ({"yxse": "0.00"}, {"creditable_vat": Decimal("0.00")}),
        ({"hzsdbs": "Y"}, {"red_locked": True}),
        ({"fpdm": "3300232130", "fphm": "02630221"}, {"number": "02630221"}),
        ({}, {"selected_at": datetime.datetime(2026, 11, 1, 17, 2, 3)}),
    ],
)
def test_a_row(canned, client, changes, expected):
    canned.add_json(ok(fpxx=[{**ROW, **changes}]))
    (invoice,) = client.read_invoices([messages.InvoiceKey(NUMBER)])
    assert expected == {name: getattr(invoice, name) for name in expected}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"se": 130.0}, "se"),
        ({"se": "1e2"}, "se"),
        ({"se": "1.001"}, "se"),
        ({"se": "１.00"}, "se"),
        ({"je": None}, "je"),
        ({"fphm": 26317000000000000001}, "fphm"),
        ({"kprq": "20261399"}, "kprq"),
        ({"gxzt": "9"}, "gxzt"),
        ({"gxsj": "soon"}, "gxsj"),
    ],
)
def test_an_unreadable_row_is_named_and_holds_no_other(canned, client, changes, field):
    job = [
        ok(pclsh="J1"),
        ok(clzt="1", wjsl=1, sjc="c1", fpxx=[{**ROW, **changes}, ROW]),
    ]
    canned.add_json(*job, ok(fpxx=[{**ROW, **changes}]))
    page = client.fetch_invoices(months=("202610",))
    assert [invoice.number for invoice in page.invoices] == [NUMBER]
    assert len(page.unreadable) == 1 and f"field {field} " in page.unreadable[0]
    with pytest.raises(errors.OutcomeUnknownError, match=f"field {field} "):
        client.read_invoices([messages.InvoiceKey(NUMBER)])


def test_months_are_asked_in_ranges_of_neighbours():
    assert split_months(["202611", "202612", "202701", "202609"]) == (
        ("202609", "202609"),
        ("202611", "202701"),
    )
    year = [f"2025{month:02}" for month in range(1, 13)]
    assert split_months([*year, "202601"]) == (
        ("202501", "202512"),
        ("202601", "202601"),
    )


def test_a_run_keeps_the_cursor_of_its_first_job(canned, client):
    canned.add_json(
        ok(pclsh="J1"),
        ok(clzt="1", wjsl=2, sjc="first", fpxx=[ROW]),
        ok(clzt="1", wjsl=2, sjc="first", fpxx=[ROW]),
        ok(pclsh="J2"),
        ok(clzt="1", wjsl=0, sjc="second", fpxx=[]),
    )
    months, page, asked = ("202608", "202610"), None, []
    while page is None or page.next_position:
        page = client.fetch_invoices(
            months=months, position=page and page.next_position
        )
        asked.append((len(page.invoices), page.cursor))
    assert asked == [(1, ""), (1, ""), (0, "first")]
    jobs = [sent(canned, index)[2] for index in (0, 3)]
    assert [(job["kpyf"], job["jskpyf"], job["sjc"]) for job in jobs] == [
        ("202608", "202608", ""),
        ("202610", "202610", ""),
    ]
    assert jobs[0]["ywlsh"] != jobs[1]["ywlsh"] and len(jobs[0]["ywlsh"]) == 32
    files = [sent(canned, index)[2]["wjxh"] for index in (1, 2, 4)]
    assert files == [1, 2, 1]


def test_a_long_job_is_not_lost(canned, client, monkeypatch):
    monkeypatch.setattr("gateway.channels.leqi.JOB_PATIENCE", 0.1)
    canned.add_json(ok(pclsh="J1"), *[ok(clzt="0")] * 2)
    page = client.fetch_invoices(cursor="since")
    assert (page.invoices, page.cursor) == ([], "")
    with pytest.raises(errors.RepeatTooSoonError) as caught:  # the lane goes on
        client.fetch_invoices(position=page.next_position)
    assert (caught.value.code, caught.value.wait > 0) == ("job_running", True)
    canned.add_json(ok(clzt="1", wjsl=1, sjc="next", fpxx=[ROW]))
    page = client.fetch_invoices(position=page.next_position)
    assert (page.next_position, page.cursor) == (None, "next")
    services = [sent(canned, index)[0] for index in range(4)]
    assert services == ["WGXSJCSHQDXZSQDKGX", *["WGXSJCSHQDXZSQDKGXFK"] * 3]


def test_a_job_that_is_gone_begins_again(canned, client):
    canned.add_json(refused("NOT_FOUND"))
    with pytest.raises(errors.NotFoundError):
        client.fetch_invoices(position=Run("leqi", job="J1").dump())
    foreign = Run("rpa", number=2).dump()
    for position in ("", "{}", "[]", '{"job": 1}', foreign):
        with pytest.raises(errors.NotFoundError):
            client.fetch_invoices(position=position)
    assert len(canned.requests) == 1


def test_nothing_to_ask(canned, client):
    assert client.read_invoices([]) == []
    with pytest.raises(errors.RefusedError):
        client.fetch_invoices()
    assert not canned.requests


def test_secrets_and_the_record(canned, caplog):
    caplog.set_level("DEBUG")
    records = []
    client = bureau.get_client_class("leqi")(
        make_credentials(canned.address),
        TAX_NUMBER,
        messages.Session(),
        exchange=records.append,
    )
    canned.add_json(ok(pclsh="B1"))
    client.submit(submission())
    canned.add(build_answer(b"<html>" + KEY.encode()))
    with pytest.raises(errors.OutcomeUnknownError):
        client.submit(submission())
    assert KEY not in repr(records) + caplog.text
    assert json.loads(records[0]["request"])["fpmx"][0]["fphm"] == NUMBER
    assert json.loads(records[0]["response"])["pclsh"] == "B1"
    assert records[0]["channel"] == "leqi"
    assert records[0]["operation"] == "PLFPDKGX"
