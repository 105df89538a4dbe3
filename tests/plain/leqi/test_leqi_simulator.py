"""The client against the real endpoints: every method, every fault."""

import datetime
import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from leqi_samples import (
    ISSUED_AT,
    KEY,
    MONTH,
    TAX_NUMBER,
    make_client,
    make_invoice,
    make_line,
    make_red,
    make_request_number,
)

from odoo.addons.invoice_tax_leqi.gateway import digital_number, messages
from odoo.addons.invoice_tax_service.gateway import errors

DAY = datetime.date
DECEMBER = "2026-12-02T09:00:00"


def draw(client, count=10):
    segment = client.draw_segment(count, make_request_number())
    return digital_number.split_segment(segment)


def upload(client, *invoices):
    """:return: number → result"""
    reference = client.upload(invoices, make_request_number())
    progress = client.poll_upload(reference)
    assert progress.done and not progress.refusal
    return {item.number: item.result for item in progress.items}


def download(client, amount="1000.00"):
    return client.download_quota(Decimal(amount), make_request_number())


@pytest.fixture
def blue(client):
    """A blue invoice of 100.00 and 13.00 that is uploaded."""
    download(client)
    invoice = make_invoice(draw(client, 1)[0])
    assert upload(client, invoice) == {invoice.number: "ok"}
    return invoice


# === QUOTA === #


def test_quota_is_downloaded_used_and_returned(client):
    receipt = download(client, "800000.00")
    assert (receipt.kind, receipt.month) == (messages.DOWNLOAD, MONTH)
    ends = messages.Validity(DAY(2026, 11, 1), DAY(2026, 11, 30))
    assert receipt.validity == ends
    invoice = make_invoice(draw(client, 1)[0], make_line("123456.78"))
    assert list(upload(client, invoice).values()) == ["ok"]
    with pytest.raises(errors.RefusedError) as caught:
        client.return_quota(Decimal("676543.23"), make_request_number())
    assert caught.value.code == "quota_unused_short"
    receipt = client.return_quota(Decimal("500000.00"), make_request_number())
    assert (receipt.kind, receipt.validity) == (messages.RETURN, None)
    assert client.fetch_quota() == messages.QuotaData(
        month=MONTH,
        is_suspended=False,
        monthly_quota=Decimal("1000000.00"),
        available=Decimal("700000.00"),
        downloaded=Decimal("300000.00"),
        unused=Decimal("176543.22"),
        valid_from=DAY(2026, 11, 1),
        valid_to=DAY(2026, 11, 30),
    )
    with pytest.raises(errors.RefusedError) as caught:
        download(client, "700000.01")
    assert caught.value.code == "quota_short"


def test_a_transfer_is_found_by_its_number(client, endpoints):
    client.download_quota(Decimal("10.00"), "D-1")
    found = client.find_transfer("D-1")
    assert (found.request_number, found.amount) == ("D-1", Decimal("10.00"))
    assert found.done_at.isoformat()[:13] == "2026-11-10T01"  # 09:00 in China
    client.download_quota(Decimal("10.00"), "D-1")
    assert client.fetch_quota().downloaded == Decimal("10.00")
    with pytest.raises(errors.RefusedError) as caught:
        client.download_quota(Decimal("11.00"), "D-1")
    assert caught.value.code == "request_number_conflict"
    with pytest.raises(errors.NotFoundError):
        client.find_transfer("D-2")


def test_suspended_and_out_of_order(client, endpoints):
    endpoints.post("quota", tax_number=TAX_NUMBER, suspended=True)
    assert client.fetch_quota().is_suspended
    with pytest.raises(errors.RefusedError) as caught:
        download(client)
    assert caught.value.code == "quota_suspended"
    endpoints.post("quota", tax_number=TAX_NUMBER, suspended=False)
    endpoints.post("taxpayers", tax_number=TAX_NUMBER, status="05")
    for act in (download, draw):
        with pytest.raises(errors.RefusedError) as caught:
            act(client)
        assert caught.value.code == "taxpayer_not_normal"


def test_validity_is_adjusted_after_the_filing(client, endpoints):
    endpoints.post("clock", now=DECEMBER)
    validity = download(client).validity
    assert validity.valid_to == DAY(2026, 12, 15)
    with pytest.raises(errors.RefusedError) as caught:
        client.adjust_validity("202612")
    assert caught.value.code == "quota_not_filed"
    endpoints.post("file", tax_number=TAX_NUMBER)
    with pytest.raises(errors.RefusedError) as caught:
        client.adjust_validity(MONTH)
    assert caught.value.code == "quota_month_over"
    assert client.adjust_validity("202612").valid_to == DAY(2026, 12, 31)


def test_the_quota_may_be_asked_for_once_an_hour(client, endpoints):
    endpoints.post("settings", quota_gate_seconds=3600)
    client.fetch_quota()
    with pytest.raises(errors.RepeatTooSoonError) as caught:
        client.fetch_quota()
    assert 3590 <= caught.value.wait <= 3600


# === NUMBERS === #


def test_segments(client, endpoints):
    first = client.draw_segment(1000, "N-1")
    assert first.first_number == "26117000000000000001"
    assert digital_number.find_segment_problem(first, 1000, 2026) == ""
    assert client.draw_segment(1000, "N-1") == first == client.find_draw("N-1")
    with pytest.raises(errors.NotFoundError):
        client.find_draw("N-2")
    for count in range(1, 61):
        client.draw_segment(count, make_request_number())
    segments = client.fetch_segments()
    assert [segment.count for segment in segments] == [1000, *range(1, 61)]
    assert (segments[0].request_number, segments[0].remaining) == ("N-1", 1000)
    endpoints.post("clock", now="2027-01-01T00:00:00")
    assert client.draw_segment(1, "N-3").first_number[:2] == "27"
    assert [len(client.fetch_segments(year)) for year in ("2026", "2027")] == [61, 1]
    assert [one.is_expired for one in client.fetch_segments()] == [True] * 61 + [False]


def test_a_number_is_discarded(client, blue):
    number = draw(client, 1)[0]
    moment = client.discard_number(number, "开错", "X-1")
    assert moment.isoformat()[:13] == "2026-11-10T01"
    assert client.discard_number(number, "开错", "X-1") == moment
    assert upload(client, make_invoice(number)) == {number: "number_discarded"}
    for other, code in (
        (blue.number, "number_uploaded"),
        ("26317000000000000001", "number_not_drawn"),
    ):
        with pytest.raises(errors.RefusedError) as caught:
            client.discard_number(other, "", make_request_number())
        assert caught.value.code == code


# === ISSUING === #


def test_an_upload_and_what_is_read_of_it(client, blue):
    (read,) = client.read_issued([blue.number, "26117999999999999999"]).values()
    assert read == messages.IssuedInvoice(
        number=blue.number,
        kind="blue",
        issued_at=ISSUED_AT,
        uploaded_at=read.uploaded_at,
        buyer_tax_number=blue.buyer.tax_number,
        net_amount=Decimal("100.00"),
        vat_amount=Decimal("13.00"),
        gross_amount=Decimal("113.00"),
        red_net_amount=Decimal("0.00"),
        red_vat_amount=Decimal("0.00"),
    )
    assert read.uploaded_at.isoformat()[:13] == "2026-11-10T01"
    assert client.read_issued([]) == {}


def test_results_one_by_one(client):
    download(client, "300.00")
    numbers = draw(client, 7)
    results = upload(
        client,
        make_invoice(numbers[0]),
        make_invoice(numbers[1], make_line(vat_amount=Decimal("14.00"))),
        make_invoice(numbers[2], make_line(tax_class_code="1")),
        make_invoice(numbers[3], make_line("300.00")),
        make_invoice(numbers[4], gross_amount=Decimal("1.00")),
        make_invoice(numbers[5], buyer=messages.Party(name="乙公司")),
        make_invoice("26117000000000000999"),
    )
    assert list(results.values()) == [
        *("ok", "vat_differs", "tax_class_invalid", "quota_short", "amount_differs"),
        *("buyer_incomplete", "number_not_drawn"),
    ]


def test_duplicates_and_conflicts(client, blue):
    assert upload(client, blue) == {blue.number: "duplicate"}
    other = make_invoice(blue.number, make_line("99.00"))
    assert upload(client, other) == {blue.number: "number_conflict"}


def test_year_end(client, endpoints):
    """Issued in the old year it may come later; the old number never in the new."""
    endpoints.post("clock", now="2026-12-31T23:00:00")
    download(client)
    last, left = draw(client, 2)
    endpoints.post("clock", now="2027-01-01T01:00:00")
    issued = datetime.datetime(2026, 12, 31, 15, 59, 59)
    assert upload(client, make_invoice(last, issued_at=issued)) == {last: "ok"}
    late = make_invoice(left, issued_at=datetime.datetime(2026, 12, 31, 16, 0))
    assert upload(client, late) == {left: "number_year"}


def test_an_upload_is_found_by_its_number(client, endpoints):
    download(client)
    invoice = make_invoice(draw(client, 1)[0])
    endpoints.post("settings", job_polls=1)
    reference = client.upload([invoice], "U-1")
    assert client.upload([invoice], "U-1") == reference
    running = client.find_upload("U-1")
    assert (running.done, running.reference, running.items) == (False, reference, ())
    assert client.find_upload("U-1").items[0].result == "ok"
    with pytest.raises(errors.NotFoundError):
        client.find_upload("U-2")
    with pytest.raises(errors.NotFoundError):
        client.poll_upload("unknown")


# === RED === #


def test_a_red_invoice_by_its_form(client, blue):
    request = messages.RedFormRequest(
        "H-1", blue.number, "goods_returned", Decimal("-40.00"), Decimal("-5.20")
    )
    form = client.apply_red_form(request)
    assert (form.state, form.is_usable) == ("free", True)
    assert form == client.apply_red_form(request) == client.find_red_form("H-1")
    number = draw(client, 1)[0]
    assert upload(client, make_red(number, form)) == {number: "ok"}
    form = client.read_red_form(form.uuid)
    assert (form.red_number, form.is_usable) == (number, False)
    assert client.fetch_red_forms(blue.number) == [form]
    read = client.read_issued([blue.number])[blue.number]
    assert (read.red_net_amount, read.red_vat_amount) == (
        (Decimal("40.00"), Decimal("5.20"))
    )
    assert client.fetch_quota().unused == Decimal("940.00")
    more = messages.RedFormRequest(
        "H-2", blue.number, "goods_returned", Decimal("-60.01"), Decimal("-7.80")
    )
    with pytest.raises(errors.RefusedError) as caught:
        client.apply_red_form(more)
    assert caught.value.code == "red_exceeds_blue"
    with pytest.raises(errors.NotFoundError):
        client.find_red_form("H-2")


def test_forms_are_answered_and_cancelled(client, endpoints, blue):
    endpoints.post(
        "issued", tax_number=TAX_NUMBER, number=blue.number, used_by_buyer=True
    )
    whole = messages.RedFormRequest(
        "H-1", blue.number, "wrong_issue", Decimal("-100.00"), Decimal("-13.00")
    )
    form = client.apply_red_form(whole)
    assert form.state == "waits_for_buyer" and not form.is_usable
    assert client.cancel_red_form(form, "C-1").state == "cancelled"
    with pytest.raises(errors.RefusedError) as caught:
        client.cancel_red_form(form, "C-2")
    assert caught.value.code == "red_form_state"
    values = {"tax_number": TAX_NUMBER, "blue_number": blue.number}
    for accept, state in ((True, "confirmed"), (False, "refused_by_seller")):
        endpoints.post("red_forms", **values, net="-10.00", vat="-1.30")
        asked = client.fetch_red_forms()[-1]
        assert asked.state == "waits_for_seller"
        number = make_request_number()
        assert client.confirm_red_form(asked, accept, number).state == state
    with pytest.raises(errors.RefusedError) as caught:
        client.read_red_form("unknown")
    assert caught.value.code == "not_found"


# === SUMMARY, TAXPAYER === #


def test_the_monthly_summary(client, endpoints, blue):
    totals = messages.MonthTotals(1, blue.net_amount, blue.vat_amount)
    with pytest.raises(errors.RefusedError) as caught:
        client.confirm_summary(MONTH, totals, "S-0")
    assert caught.value.code == "summary_month_running"
    endpoints.post("clock", now=DECEMBER)
    wrong = client.confirm_summary(MONTH, messages.MonthTotals(), "S-1")
    progress = client.poll_summary(wrong)
    assert (progress.refusal, progress.totals) == ("summary_differs", totals)
    client.confirm_summary(MONTH, totals, "S-2")
    assert client.find_summary("S-2").refusal == ""
    state = client.fetch_summary(MONTH)
    assert (state.month, state.is_confirmed, state.totals) == (MONTH, True, totals)
    assert state.confirmed_at.isoformat()[:13] == "2026-12-02T01"
    cancelled = client.poll_summary(client.cancel_summary(MONTH, "S-3"))
    assert cancelled.done and not cancelled.refusal
    assert not client.fetch_summary(MONTH).is_confirmed
    with pytest.raises(errors.NotFoundError):
        client.find_summary("S-4")


def test_the_issuer_and_its_rates(client, endpoints):
    issuer = client.fetch_issuer()
    assert (issuer.name, issuer.taxpayer_type) == ("甲公司", "general")
    assert issuer.is_normal and not issuer.is_risk
    endpoints.post("taxpayers", tax_number=TAX_NUMBER, status="05", risk=True)
    issuer = client.fetch_issuer()
    assert (issuer.is_normal, issuer.is_risk, issuer.risk_type) == (False, True, "01")
    assert Decimal("0.13") in client.fetch_tax_rates()


# === FAULTS === #

UNKNOWN = ["http_500", "http_502", "html", "half_json", "empty", "wrong_key"]


@pytest.mark.parametrize("kind", [*UNKNOWN, "refuse", "act_drop"])
def test_a_lost_answer_is_unknown_until_it_is_asked_for(client, endpoints, kind):
    """Asked first, sent again only when it never came: each once, none lost."""
    endpoints.fault(kind, operation="QDFPPLFM")
    with pytest.raises(errors.OutcomeUnknownError):
        client.draw_segment(5, "N-1")
    try:
        segment = client.find_draw("N-1")
    except errors.NotFoundError:
        segment = client.draw_segment(5, "N-1")
    assert segment.count == 5
    assert client.draw_segment(1, "N-2").first_number == "26117000000000000006"
    endpoints.fault(kind, operation="XZTHSXED")
    with pytest.raises(errors.OutcomeUnknownError):
        client.download_quota(Decimal("70.00"), "D-1")
    assert client.download_quota(Decimal("70.00"), "D-1").amount == Decimal("70.00")
    assert client.fetch_quota().downloaded == Decimal("70.00")


def test_an_answer_that_comes_too_late(client, endpoints):
    download(client)
    invoice = make_invoice(draw(client, 1)[0])
    endpoints.fault("act_delay", operation="QDFPSC", value="1.5")
    with pytest.raises(errors.OutcomeUnknownError):
        client.upload([invoice], "U-1")
    assert client.find_upload("U-1").items[0].result == "ok"


@pytest.mark.parametrize("kind", ["throttle", "maintenance"])
def test_the_platform_asks_to_wait(client, endpoints, kind):
    endpoints.fault(kind, operation="QDFPPLFM", value="17")
    with pytest.raises(errors.WaitError) as caught:
        client.draw_segment(1, "N-1")
    assert caught.value.wait == 17
    with pytest.raises(errors.NotFoundError):
        client.find_draw("N-1")


def test_a_given_code_for_a_given_invoice(client, endpoints):
    download(client)
    first, second = draw(client, 2)
    endpoints.fault("invoice_code", invoice=second, value="9999")
    both = [make_invoice(first), make_invoice(second)]
    assert upload(client, *both) == {first: "ok", second: "platform_error"}
    assert upload(client, *both) == {first: "duplicate", second: "ok"}


def test_rows_that_are_missing_in_an_answer(client, endpoints):
    download(client)
    numbers = draw(client, 4)
    endpoints.fault("partial_rows", operation="CXQDFPSCJG", value="0.5")
    assert len(upload(client, *map(make_invoice, numbers))) == 2
    assert list(client.read_issued(numbers)) == numbers


def test_never_ready_and_another_key(client, endpoints):
    download(client)
    invoice = make_invoice(draw(client, 1)[0])
    endpoints.fault("never_ready", operation="QDFPSC")
    reference = client.upload([invoice], "U-1")
    assert not client.poll_upload(reference).done
    with make_client(endpoints.address, encryption_key=KEY[1:] + KEY[0]) as other:
        with pytest.raises(errors.CredentialError) as caught:
            other.fetch_quota()
    assert caught.value.code == "encryption_key_refused"
    with make_client(endpoints.address, using_number="ENTITY99") as other:
        with pytest.raises(errors.RefusedError) as caught:
            other.fetch_quota()
    assert caught.value.code == "not_served"


def test_records_hold_numbers_and_no_key(endpoints):
    records = []
    with make_client(endpoints.address, exchange=records.append) as client:
        client.draw_segment(2, "N-1")
    (record,) = records
    assert (record["operation"], record["status"]) == ("QDFPPLFM", 200)
    assert "26117000000000000002" in record["response"]
    assert json.loads(record["request"])["ywlsh"] == "N-1"
    assert KEY not in json.dumps(record, default=str)


def test_four_connections_draw_each_number_once(endpoints):
    def work(_index):
        with make_client(endpoints.address) as client:
            return [number for _ in range(10) for number in draw(client, 10)]

    with ThreadPoolExecutor(4) as pool:
        numbers = [number for found in pool.map(work, range(4)) for number in found]
    assert len(set(numbers)) == 400
    assert sorted(numbers)[-1] == "26117000000000000400"
