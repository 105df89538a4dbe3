"""Both channels against the real endpoints: every method, every fault."""

import itertools
import json
import time
from decimal import Decimal

import pytest
from gateway import bureau, errors, messages
from gateway_samples import (
    CERT_PASSWORD,
    KEY,
    PERIOD,
    PLATFORM_PASSWORD,
    TAX_NUMBER,
    make_credentials,
    seed,
)

CHANNELS = ("leqi", "rpa")
SUBMIT = {"leqi": "PLFPDKGX", "rpa": "submit"}
POLL = {"leqi": "CXFPDKGXCLJG", "rpa": "query"}
serials = itertools.count(1)


def make_client(channel, address, session=None, exchange=None, **credentials):
    return bureau.get_client_class(channel)(
        make_credentials(address, **credentials),
        TAX_NUMBER,
        session or messages.Session(),
        exchange=exchange,
    )


@pytest.fixture(params=CHANNELS)
def client(request, endpoints):
    with make_client(request.param, endpoints.address) as client:
        client.fetch_period()  # the session is there, the connection is warm
        yield client


def make_submission(operation="deduct", invoices=(), number=None):
    reason = {"reason": "3"} if operation == "exclude" else {}
    items = [
        messages.SelectionItem(
            number=invoice.number,
            code=invoice.code,
            issue_date=invoice.issue_date,
            type_code=invoice.type_code,
            creditable_vat=invoice.vat_amount,
            **reason,
        )
        for invoice in invoices
    ]
    number = number or f"request-{next(serials)}"
    return messages.Submission(number, operation, TAX_NUMBER, PERIOD, tuple(items))


def fetch_all(client, **options):
    """:return: invoices, cursor, number of pages"""
    invoices, position = [], None
    for pages in itertools.count(1):
        page = client.fetch_invoices(position=position, **options)
        assert not page.unreadable
        invoices += page.invoices
        position = page.next_position
        if position is None:
            return invoices, page.cursor, pages


def some(client, count=3):
    """Invoices nobody has selected."""
    invoices, _cursor, _pages = fetch_all(client, months=("202609", PERIOD))
    return [i for i in invoices if i.selection == "unselected"][:count]


def work(client, operation, invoices=()):
    submission = make_submission(operation, invoices)
    return client.poll(submission, client.submit(submission).reference)


def journal(endpoints, client):
    return endpoints.get("journal/counts").get(client.channel, {})


def effects(endpoints, invoices, name="effective_selections"):
    known = endpoints.invoices(TAX_NUMBER)
    return [known[invoice.number][name] for invoice in invoices]


# === EVERY METHOD === #


def test_period_and_taxpayer(client):
    period = client.fetch_period()
    assert (period.period, period.next_period) == (PERIOD, "202611")
    assert (period.statistics_status, period.filed) == ("01", False)
    assert f"{period.deadline:%Y%m%d}" == "20261116"
    taxpayer = client.fetch_taxpayer()
    assert (taxpayer.name, taxpayer.taxpayer_type) == ("甲公司", "general")
    assert (taxpayer.filing_frequency, taxpayer.credit_level) == ("month", "B")


def test_pool_tells_what_the_bureau_has(endpoints, client):
    invoices, cursor, _pages = fetch_all(client, months=("202609", PERIOD))
    bureau_side = endpoints.invoices(TAX_NUMBER)
    assert {invoice.number for invoice in invoices} == set(bureau_side)
    for invoice in invoices:
        row = bureau_side[invoice.number]
        assert invoice.type_code == row["type"] and invoice.type_known
        assert invoice.issue_date.isoformat() == row["issue_date"]
        assert invoice.vat_amount == Decimal(row["vat"])
        assert invoice.gross_amount == Decimal(row["gross"])
        assert invoice.selection == row["selection"]
    changed = invoices[4]
    endpoints.post(
        "invoices", tax_number=TAX_NUMBER, number=changed.number, status="voided"
    )
    later, cursor, _pages = fetch_all(client, cursor=cursor)
    assert [(i.number, i.status) for i in later] == [(changed.number, "voided")]
    assert fetch_all(client, cursor=cursor)[0] == []
    assert len(fetch_all(client, months=("202609",))[0]) < 30


def test_pool_in_several_pages(endpoints, client, monkeypatch):
    monkeypatch.setattr("gateway.channels.rpa.PAGE_SIZE", 7)
    endpoints.post("settings", pool_page=7)
    invoices, _cursor, pages = fetch_all(client, months=("202609", PERIOD))
    assert len({invoice.number for invoice in invoices}) == 30
    assert pages == 5


def test_every_status_and_kind_is_known(endpoints, client):
    types = ["01", "03", "08", "10", "14", "51", "61", "81", "82", "83", "85"]
    seed(endpoints, invoices=300, abnormal=0.5, types=types)
    client = make_client(client.channel, endpoints.address)
    invoices, _cursor, _pages = fetch_all(client, months=("202609", PERIOD))
    bureau_side = endpoints.invoices(TAX_NUMBER)
    for invoice in invoices:
        row = bureau_side[invoice.number]
        expected = {row["status"]}
        if client.channel == "rpa":
            expected.add({"suspected": "normal"}.get(row["status"]))
        assert invoice.status in expected
        assert invoice.type_code == row["type"]


def test_named_invoices(client):
    invoices = some(client, 2)
    keys = [invoice.key for invoice in invoices]
    unknown = messages.InvoiceKey("26999999999999999999")
    found = client.read_invoices([*keys, unknown])
    assert [invoice.key for invoice in found] == keys


@pytest.mark.parametrize("operation", ["deduct", "exclude"])
def test_select_and_revoke(client, operation):
    invoices = some(client)
    progress = work(client, operation, invoices)
    assert [item.result for item in progress.items] == ["ok"] * 3
    assert {item.key for item in progress.items} == {i.key for i in invoices}
    standing = {(i.selection, i.purpose, i.period) for i in progress.items}
    assert standing == {("selected", operation, PERIOD)}
    now = client.read_invoices([invoice.key for invoice in invoices])
    assert {(i.selection, i.purpose) for i in now} == {("selected", operation)}
    progress = work(client, f"{operation}_revoke", invoices)
    assert {(i.result, i.selection) for i in progress.items} == {("ok", "unselected")}


def test_selected_already_and_not_selected(client):
    invoices = some(client, 2)
    work(client, "deduct", invoices[:1])
    progress = work(client, "deduct", invoices)
    assert [item.result for item in progress.items] == ["already", "ok"]
    work(client, "deduct_revoke", invoices)
    (item,) = work(client, "deduct_revoke", invoices[:1]).items
    assert (item.result, item.selection) == ("not_selected", "unselected")


def test_statistics_signature_and_back(endpoints, client):
    invoices = some(client)
    work(client, "deduct", invoices[:2])
    work(client, "exclude", invoices[2:])
    built = work(client, "statistics")
    assert built.statistics.status == "02" and not built.refusal
    assert client.fetch_statistics(PERIOD) == built.statistics
    for block, part in (("deduct", invoices[:2]), ("exclude", invoices[2:])):
        rows = {row.row: row for row in getattr(built.statistics, block)}
        assert set(rows) == set(messages.TABLE_ROWS)
        assert rows["total"].count == len(part)
        assert rows["total"].vat_amount == sum(i.vat_amount for i in part)
    with pytest.raises(errors.RefusedError) as caught:
        client.submit(make_submission("deduct_revoke", invoices))
    assert caught.value.code == "statistics_exist"
    signed = work(client, "sign")
    assert (signed.sign_code, signed.ordinal, signed.refusal) == ("200", 1, "")
    assert signed.signed_at.isoformat()[:13] == "2026-11-10T01"  # 09:00 in China
    assert client.fetch_period().statistics_status == "05"
    states = client.read_invoices([invoice.key for invoice in invoices])
    assert {invoice.selection for invoice in states} == {"confirmed"}
    number = invoices[0].number
    endpoints.post("invoices", tax_number=TAX_NUMBER, number=number, status="abnormal")
    (bad,) = client.fetch_statistics(PERIOD).abnormal
    assert (bad.key, bad.status) == (invoices[0].key, "abnormal")
    assert work(client, "sign_revoke").sign_code == "200"
    assert work(client, "statistics_revoke").statistics.status == "01"


def test_a_locked_invoice_is_named(endpoints, client):
    invoices = some(client, 2)
    work(client, "deduct", invoices)
    work(client, "statistics")
    number = invoices[1].number
    endpoints.post("invoices", tax_number=TAX_NUMBER, number=number, red_locked=True)
    signed = work(client, "sign")
    assert (signed.sign_code, signed.locked) == ("444", (invoices[1].key,))


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("statistics", "nothing_selected"),
        ("statistics_revoke", "statistics_missing"),
        ("sign", "statistics_missing"),
    ],
)
def test_table_operations_refused(client, operation, code):
    """Some channels refuse at once, some when the work is done: same word."""
    try:
        refusal = work(client, operation).refusal
    except errors.RefusedError as exc:
        refusal = exc.code
    assert refusal == code


@pytest.mark.parametrize(
    ("period", "code"), [("202601", "period_filed"), ("202701", "period_not_open")]
)
def test_other_period_is_refused(client, period, code):
    submission = make_submission("deduct", some(client, 1))
    wrong = messages.Submission("x1", "deduct", TAX_NUMBER, period, submission.items)
    with pytest.raises(errors.RefusedError) as caught:
        client.submit(wrong)
    assert caught.value.code == code


def test_too_many_invoices_are_refused(client):
    invoices = some(client, 30) * 4
    with pytest.raises(errors.RefusedError) as caught:
        client.submit(make_submission("deduct", invoices[:101]))
    assert caught.value.code == "too_many_items"


def test_one_connection_serves_many_requests(endpoints, client, caplog):
    caplog.set_level("DEBUG", "urllib3.connectionpool")
    for _call in range(5):
        client.fetch_period()
    assert "Starting new" not in caplog.text


# === NEVER TWICE === #

ACTED = ("act_drop", "act_delay", "half_json", "empty")
NOT_ACTED = ("refuse", "http_500", "http_502", "html")


# Only Leqi encrypts.
UNKNOWN = [*itertools.product(CHANNELS, ACTED + NOT_ACTED), ("leqi", "wrong_key")]


@pytest.mark.parametrize(("client", "kind"), UNKNOWN, indirect=["client"])
def test_unknown_outcome_is_settled_by_asking(endpoints, client, kind):
    invoices = some(client, 2)
    submission = make_submission("deduct", invoices)
    endpoints.fault(
        kind, platform=client.channel, operation=SUBMIT[client.channel], value=2
    )
    with pytest.raises(errors.OutcomeUnknownError) as caught:
        client.submit(submission)
    assert type(caught.value) is errors.OutcomeUnknownError
    if kind in NOT_ACTED:
        with pytest.raises(errors.NotFoundError):
            client.find(submission)
        client.submit(submission)
    progress = client.find(submission)
    assert progress.done
    assert [item.result for item in progress.items] == ["ok", "ok"]
    assert effects(endpoints, invoices) == [1, 1]
    sent = 1 if kind not in NOT_ACTED else 2
    assert journal(endpoints, client)[SUBMIT[client.channel]] == sent


def test_a_slow_platform_acts_later(endpoints, client):
    """delay: the client gives up first, the platform acts after that."""
    submission = make_submission("deduct", some(client, 1))
    scope = {"platform": client.channel, "operation": SUBMIT[client.channel]}
    endpoints.fault("delay", value=1.5, **scope)
    with pytest.raises(errors.OutcomeUnknownError):
        client.submit(submission)
    time.sleep(1)
    assert client.find(submission).done


def test_nobody_there_was_not_sent(endpoints, client):
    from processes import free_port

    other = make_client(
        client.channel,
        f"http://127.0.0.1:{free_port()}",
        getattr(client, "session", None),
    )
    with pytest.raises(errors.NotSentError):
        other.submit(make_submission("deduct", some(client, 1)))


def test_the_same_number_again(endpoints, client):
    """Leqi does it once; RPA refuses for three minutes, then would do it again."""
    invoices = some(client, 1)
    submission = make_submission("deduct", invoices)
    first = client.submit(submission)
    if client.capabilities.idempotent:
        assert client.submit(submission).reference == first.reference
        other = make_submission("exclude", invoices, number=submission.request_number)
        with pytest.raises(errors.RefusedError) as caught:
            client.submit(other)
        assert caught.value.code == "request_number_conflict"
    else:
        with pytest.raises(errors.RepeatTooSoonError) as caught:
            client.submit(submission)
        assert 170 < caught.value.wait <= client.capabilities.repeat_gate
    assert effects(endpoints, invoices) == [1]


# === WAITING === #


@pytest.mark.parametrize("kind", ["throttle", "maintenance"])
def test_the_platform_asks_to_wait(endpoints, client, kind):
    invoices = some(client, 1)
    for call in (
        lambda: client.submit(make_submission("deduct", invoices)),
        client.fetch_period,
    ):
        endpoints.fault(kind, platform=client.channel, value=45)
        with pytest.raises(errors.WaitError) as caught:
            call()
        assert type(caught.value) is errors.WaitError
        assert caught.value.wait == 45
    assert effects(endpoints, invoices) == [0]


def test_a_job_that_takes_its_time(endpoints, client):
    submission = make_submission("deduct", some(client, 1))
    endpoints.post("settings", job_seconds=3600)
    reference = client.submit(submission).reference
    progress = client.poll(submission, reference)
    assert (progress.done, progress.items) == (False, ())
    endpoints.post("clock", advance_seconds=3601)
    assert client.poll(submission, reference).done


def test_never_ready_and_ready_late(endpoints, client):
    submission = make_submission("deduct", some(client, 1))
    reference = client.submit(submission).reference
    scope = {"platform": client.channel, "operation": POLL[client.channel]}
    endpoints.fault("never_ready", count=3, **scope)
    assert [client.poll(submission, reference).done for _n in range(4)] == [
        *[False] * 3,
        True,
    ]
    late = make_submission("deduct_revoke", some(client, 1))
    scope["operation"] = SUBMIT[client.channel]
    endpoints.fault("ready_after_void", value=2, **scope)
    reference = client.submit(late).reference
    states = [client.poll(late, reference).done for _n in range(3)]
    assert states == [False, False, True]


def test_a_file_job_that_never_ends(endpoints, monkeypatch):
    monkeypatch.setattr("gateway.channels.leqi.JOB_PATIENCE", 0.3)
    client = make_client("leqi", endpoints.address)
    endpoints.fault("never_ready", platform="leqi", count=100)
    page = client.fetch_invoices(months=(PERIOD,))
    assert page.invoices == [] and page.next_position
    with pytest.raises(errors.WaitError):
        client.fetch_invoices(position=page.next_position)


# === ANSWERS THAT ARE NOT WHAT THEY SHOULD BE === #


@pytest.mark.parametrize("kind", [*ACTED, *NOT_ACTED])
def test_a_read_may_be_repeated(endpoints, client, kind):
    before = client.fetch_period()
    endpoints.fault(kind, platform=client.channel, value=2)
    with pytest.raises(errors.OutcomeUnknownError):
        client.fetch_period()
    assert client.fetch_period() == before


def test_only_some_rows(endpoints, client):
    invoices = some(client, 4)
    submission = make_submission("deduct", invoices)
    reference = client.submit(submission).reference
    scope = {"platform": client.channel, "operation": POLL[client.channel]}
    endpoints.fault("partial_rows", value=0.5, **scope)
    first = client.poll(submission, reference)
    assert [item.result for item in first.items] == ["ok", "ok"]
    assert len(client.poll(submission, reference).items) == 4


def test_a_pool_page_with_missing_rows_is_noticed(endpoints):
    client = make_client("rpa", endpoints.address)
    endpoints.fault("partial_rows", platform="rpa", operation="pool", value=0.5)
    with pytest.raises(errors.OutcomeUnknownError, match="missing"):
        client.fetch_invoices()


@pytest.mark.parametrize(
    ("value", "result"), [("15", "out_of_control"), ("77", "unknown")]
)
def test_a_code_for_an_invoice(endpoints, client, value, result):
    invoices = some(client, 2)
    endpoints.fault("invoice_code", invoice=invoices[0].number, value=value)
    progress = work(client, "deduct", invoices)
    items = {item.key: item for item in progress.items}
    assert items[invoices[0].key].result == result
    assert items[invoices[0].key].raw_code == value
    assert items[invoices[1].key].result == "ok"


# === LOGIN AND KEYS === #


def test_a_lost_session_while_writing(endpoints):
    session = messages.Session()
    client = make_client("rpa", endpoints.address, session)
    invoices = some(client, 1)
    token = session.token
    endpoints.fault("session_lost", platform="rpa", operation="submit")
    reference = client.submit(make_submission("deduct", invoices)).reference
    assert reference and session.token != token
    assert effects(endpoints, invoices) == [1]
    assert journal(endpoints, client)["login"] == 2


def test_another_login_ends_ours(endpoints):
    one = make_client("rpa", endpoints.address)
    two = make_client("rpa", endpoints.address)
    for client in (one, two, one, two):
        assert client.fetch_period().period == PERIOD
    assert journal(endpoints, one)["login"] == 4


def test_a_kept_session_needs_no_login(endpoints):
    session = messages.Session()
    make_client("rpa", endpoints.address, session).fetch_period()
    kept = messages.Session(session.token, session.expires_at)
    client = make_client("rpa", endpoints.address, kept)
    client.fetch_period()
    assert journal(endpoints, client)["login"] == 1


def test_wrong_passwords(endpoints):
    expected = {
        "certificate_password": [("short", "password_short"), ("x" * 9, "wrong")],
        "platform_password": [("x" * 9, "platform"), ("", "platform")],
    }
    for field, cases in expected.items():
        for value, code in cases:
            client = make_client("rpa", endpoints.address, **{field: value})
            with pytest.raises(errors.CredentialError) as caught:
                client.fetch_period()
            assert code in caught.value.code


def test_a_locked_login_tells_until_when(endpoints):
    client = make_client("rpa", endpoints.address, certificate_password="x" * 9)
    codes = []
    for _try in range(11):
        with pytest.raises(errors.CredentialError) as caught:
            client.fetch_period()
        codes.append(caught.value.code)
    assert codes[0] == "password_wrong"
    assert codes[-1] == "login_locked"
    assert caught.value.wait >= 0


@pytest.mark.parametrize(
    ("credentials", "kind", "code"),
    [
        ({"encryption_key": "0f" * 16}, "Credential", "encryption_key_refused"),
        ({"platform_number": "LEQI9999"}, "Credential", "unknown_entity"),
        ({"using_number": "ENTITY99"}, "Refused", "not_served"),
        ({"using_number": ""}, "Credential", "header_mismatch"),
    ],
)
def test_wrong_leqi_credentials(endpoints, credentials, kind, code):
    client = make_client("leqi", endpoints.address, **credentials)
    with pytest.raises(getattr(errors, f"{kind}Error")) as caught:
        client.fetch_period()
    assert caught.value.code == code


def test_no_secret_is_logged_or_recorded(endpoints, caplog):
    caplog.set_level("DEBUG")
    records, session = [], messages.Session()
    for channel in CHANNELS:
        client = make_client(channel, endpoints.address, session, records.append)
        invoices = some(client, 1)
        work(client, "deduct" if channel == "leqi" else "deduct_revoke", invoices)
        endpoints.fault("html", platform=channel)
        with pytest.raises(errors.OutcomeUnknownError):
            client.fetch_period()
    assert len(records) > 8
    text = caplog.text + json.dumps(records, default=str, ensure_ascii=False)
    for secret in (CERT_PASSWORD, PLATFORM_PASSWORD, KEY, session.token):
        assert secret and secret not in text
