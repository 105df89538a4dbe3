"""The client against answers byte by byte: what is understood, and what is not."""

import json
from decimal import Decimal

import pytest
from leqi_samples import (
    NUMBER,
    TAX_NUMBER,
    make_client,
    make_invoice,
    make_line,
)

from odoo.addons.invoice_tax_leqi.gateway import (
    leqi_codes,
    leqi_words,
    messages,
)
from odoo.addons.invoice_tax_service.gateway import errors

QUOTA = {
    "ztsxbz": "N",
    "bysxed": "1000000.00",
    "kysyed": "200000.00",
    "yxzed": "800000.00",
    "yxzwsyed": "676543.22",
    "sq": "202611",
}
SEGMENT = {"fpqshm": NUMBER, "fpzzhm": NUMBER, "lysl": 1}
REFUSED = {"returncode": "01", "returnmsg": "no"}


def answer(canned, **data):
    data = {"returncode": "00", "returnmsg": "成功", **data}
    canned.add_json({"httpStatusCode": "200", "body": {"Response": {"Data": data}}})


@pytest.fixture
def leqi(canned):
    with make_client(canned.address) as client:
        yield client


def test_quota_without_validity(canned, leqi):
    """The interface tells the validity only when it downloads or adjusts."""
    answer(canned, **QUOTA)
    quota = leqi.fetch_quota()
    assert (quota.month, quota.is_suspended) == ("202611", False)
    assert (quota.unused, quota.valid_to) == (Decimal("676543.22"), None)


@pytest.mark.parametrize(
    "change",
    [
        {"yxzed": None},
        {"yxzed": 800000.0},
        {"yxzed": "800000.001"},
        {"yxzed": "8e5"},
        {"ztsxbz": "?"},
        {"sq": ""},
    ],
)
def test_a_figure_that_cannot_be_read_is_no_figure(canned, leqi, change):
    answer(canned, **{**QUOTA, **change})
    with pytest.raises(errors.OutcomeUnknownError):
        leqi.fetch_quota()


def test_a_number_is_never_a_json_number(canned, leqi):
    answer(canned, **{**SEGMENT, "fpqshm": int(NUMBER)})
    with pytest.raises(errors.OutcomeUnknownError):
        leqi.draw_segment(1, "N-1")


@pytest.mark.parametrize("count", [1001, 0, -1])
def test_nothing_is_sent_for_a_count_that_cannot_be(canned, leqi, count):
    with pytest.raises(errors.RefusedError) as caught:
        leqi.draw_segment(count, "N-1")
    assert caught.value.code == "invalid_argument"
    assert not canned.requests


@pytest.mark.parametrize("count", [0, 101])
def test_nothing_is_sent_for_too_many_invoices(canned, leqi, count):
    with pytest.raises(errors.RefusedError) as caught:
        leqi.upload([make_invoice()] * count, "U-1")
    assert caught.value.code == "too_many_items"
    assert not canned.requests


@pytest.mark.parametrize(
    "invoice",
    [
        make_invoice(net_amount=Decimal("1.001")),
        make_invoice(kind="green"),
        make_invoice(invoice_type="paper"),
        make_invoice(NUMBER, make_line(nature="odd")),
        make_invoice(kind="red", red_reason="because"),
    ],
)
def test_nothing_is_sent_of_an_invoice_that_cannot_be(canned, leqi, invoice):
    with pytest.raises(errors.RefusedError) as caught:
        leqi.upload([invoice], "U-1")
    assert caught.value.code == "invalid_argument"
    assert not canned.requests


@pytest.mark.parametrize(("raw", "code"), leqi_codes.REFUSALS.items())
def test_refusals_have_words(canned, leqi, raw, code):
    answer(canned, **REFUSED, ycdm=raw)
    with pytest.raises(errors.RefusedError) as caught:
        leqi.download_quota(Decimal("1.00"), "D-1")
    assert (caught.value.code, caught.value.raw_code) == (code, raw)
    assert code in messages.REFUSAL_CODES


def test_an_unknown_refusal_is_one_all_the_same(canned, leqi):
    answer(canned, **REFUSED, ycdm="SOMETHING_NEW")
    with pytest.raises(errors.RefusedError) as caught:
        leqi.return_quota(Decimal("1.00"), "D-1")
    assert (caught.value.code, caught.value.text) == ("refused", "no")


@pytest.mark.parametrize(
    "find",
    ["find_transfer", "find_draw", "find_upload", "find_red_form", "find_summary"],
)
def test_a_refused_question_says_nothing_about_the_work(canned, leqi, find):
    answer(canned, **REFUSED, ycdm="INVALID_ARGUMENT")
    answer(canned, **REFUSED, ycdm="NOT_FOUND")
    with pytest.raises(errors.OutcomeUnknownError):
        getattr(leqi, find)("R-1")
    with pytest.raises(errors.NotFoundError):
        getattr(leqi, find)("R-1")


def test_asked_too_soon_waits_without_the_lane(canned, leqi):
    answer(canned, **REFUSED, ycdm="QUERY_TOO_SOON", ddms=90)
    with pytest.raises(errors.RepeatTooSoonError) as caught:
        leqi.fetch_quota()
    assert (caught.value.code, caught.value.wait) == ("quota_query_too_soon", 90)


@pytest.mark.parametrize(
    ("status", "code", "result"),
    [
        ("1", "0000", "ok"),
        ("2", "0000", "unknown"),
        ("2", "1002", "duplicate"),
        ("2", "2002", "quota_invalid_date"),
        ("2", "7777", "unknown"),
        ("2", "", "unknown"),
    ],
)
def test_results_of_an_upload(canned, leqi, status, code, result):
    row = {"fphm": NUMBER, "status": status, "code": code, "message": "text"}
    answer(canned, clzt="1", sllsh="S", fpxx=[row])
    (item,) = leqi.poll_upload("S").items
    assert (item.number, item.result, item.raw_code) == (NUMBER, result, code)
    assert item.is_done == (result in ("ok", "duplicate"))


def test_an_upload_that_runs(canned, leqi):
    answer(canned, clzt="0", sllsh="S", nextPollSeconds=7)
    progress = leqi.find_upload("U-1")
    assert (progress.done, progress.reference, progress.poll_after) == (False, "S", 7)


def test_a_refused_upload_keeps_its_reason(canned, leqi):
    answer(canned, clzt="1", ycdm="TAXPAYER_NOT_NORMAL", clms="no", fpxx=[])
    progress = leqi.poll_upload("S")
    assert (progress.done, progress.reference) == (True, "S")
    assert (progress.refusal, progress.text) == ("taxpayer_not_normal", "no")


def test_an_invoice_in_the_words_of_the_interface():
    line = make_line(quantity=Decimal("3"), unit_price=Decimal("33.3333333333333"))
    values = leqi_words.format_invoice(make_invoice(NUMBER, line, remark="备注"))
    assert json.loads(json.dumps(values)) == values
    assert (values["fphm"], values["kprq"]) == (NUMBER, "20261110090000")
    assert (values["lzfpbz"], values["fppz"]) == ("0", "01")
    assert values["xsfnsrsbh"] == TAX_NUMBER
    row = values["fpmxList"][0]
    assert (row["xh"], row["je"], row["slv"], row["se"]) == (
        ("1", "100.00", "0.13", "13.00")
    )
    assert (row["spsl"], row["dj"]) == ("3", "33.3333333333333")
    assert "dylzfphm" not in values


def test_a_rate_that_is_none(canned, leqi):
    answer(canned, slList=[{"slv": "0.13"}, {"slv": "免税"}])
    with pytest.raises(errors.OutcomeUnknownError):
        leqi.fetch_tax_rates()


def test_codes_mean_words_that_are_listed():
    assert set(leqi_codes.UPLOAD_RESULTS.values()) < set(messages.UPLOAD_RESULTS)
    assert set(leqi_codes.RED_FORM_STATES.values()) < set(messages.RED_FORM_STATES)
    done = {*messages.UPLOAD_DONE, *messages.UPLOAD_RETRYABLE}
    assert done < set(messages.UPLOAD_RESULTS)
