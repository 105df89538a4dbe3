"""Our words in Leqi's form, and its answers in our words."""

import datetime
import re
from decimal import Decimal

from odoo.addons.invoice_tax_service.gateway.errors import (
    OutcomeUnknownError,
    RefusedError,
)
from odoo.addons.invoice_tax_service.gateway.parsing import CHINA_TIME, format_amount

from . import messages
from .leqi_codes import (
    KIND_CODES,
    KINDS,
    NATURE_CODES,
    REASON_CODES,
    REASONS,
    RED_FORM_STATES,
    REFUSALS,
    TRANSFERS,
    TYPE_CODES,
    UPLOAD_OK,
    UPLOAD_RESULTS,
)

PARTY_FIELDS = {
    "name": "mc",
    "tax_number": "nsrsbh",
    "address": "dz",
    "phone": "dh",
    "bank": "khh",
    "account": "zh",
}

_RATE = re.compile(r"[0-9](\.[0-9]{1,6})?")

# === OUR WORDS IN THEIRS === #


def format_month(month):
    """202611 → 2026-11."""
    return f"{month[:4]}-{month[4:]}"


def format_time(moment):
    """Naive UTC → yyyyMMddHHmmss in China."""
    local = moment.replace(tzinfo=datetime.UTC).astimezone(CHINA_TIME)
    return local.strftime("%Y%m%d%H%M%S")


def format_decimal(number):
    """A quantity, price or rate, as it is; empty for None."""
    return "" if number is None else format(number, "f")


def format_party(prefix, party):
    return {
        prefix + ending: getattr(party, name) for name, ending in PARTY_FIELDS.items()
    }


def _code(table, word):
    """:raise RefusedError: ``invalid_argument``, before anything is sent"""
    if word not in table:
        raise RefusedError(f"{word} is unknown", code="invalid_argument")
    return table[word]


def format_line(position, line):
    return {
        "xh": str(position),
        "xmmc": line.name,
        "sphfwssflhbbm": line.tax_class_code,
        "ggxh": line.specification,
        "dw": line.unit,
        "spsl": format_decimal(line.quantity),
        "dj": format_decimal(line.unit_price),
        "je": format_amount(line.net_amount),
        "slv": format_decimal(line.tax_rate),
        "se": format_amount(line.vat_amount),
        "fphxz": _code(NATURE_CODES, line.nature),
        "yhzcbs": line.preference,
    }


def format_invoice(invoice):
    """One invoice of an upload (domain 1.10).

    :raise RefusedError: ``invalid_argument``: an amount with more than two decimals,
        or a word that is none of ours. Nothing was sent
    """
    values = {
        "fphm": invoice.number,
        "lzfpbz": _code(KIND_CODES, invoice.kind),
        "fppz": _code(TYPE_CODES, invoice.invoice_type),
        "tdys": invoice.element,
        "cezslxDm": invoice.differential,
        **format_party("xsf", invoice.seller),
        **format_party("gmf", invoice.buyer),
        "hjje": format_amount(invoice.net_amount),
        "hjse": format_amount(invoice.vat_amount),
        "jshj": format_amount(invoice.gross_amount),
        "kprq": format_time(invoice.issued_at),
        "kpr": invoice.issuer,
        "bz": invoice.remark,
        "fpmxList": [
            format_line(position, line)
            for position, line in enumerate(invoice.lines, start=1)
        ],
    }
    if invoice.kind == messages.RED:
        values.update(
            dylzfphm=invoice.blue_number,
            hzqrxxdbh=invoice.red_form_number,
            hzqrduuid=invoice.red_form_uuid,
            chyyDm=_code(REASON_CODES, invoice.red_reason),
        )
    return values


def format_red_form(request):
    return {
        "ywlsh": request.request_number,
        "dylzfphm": request.blue_number,
        "chyyDm": _code(REASON_CODES, request.reason),
        "hzcxje": format_amount(request.net_amount),
        "hzcxse": format_amount(request.vat_amount),
    }


def format_totals(totals):
    return {
        "lzfpsl": str(totals.blue_count),
        "lzfpje": format_amount(totals.blue_net),
        "lzfpse": format_amount(totals.blue_vat),
        "hzfpsl": str(totals.red_count),
        "hzfpje": format_amount(totals.red_net),
        "hzfpse": format_amount(totals.red_vat),
    }


# === THEIR WORDS IN OURS === #


def is_done(answer):
    return answer.word("clzt", {"0": False, "1": True})


def read_quota(answer):
    return messages.QuotaData(
        month=answer.number("sq"),
        is_suspended=answer.flag("ztsxbz"),
        monthly_quota=answer.amount("bysxed"),
        available=answer.amount("kysyed"),
        downloaded=answer.amount("yxzed"),
        unused=answer.amount("yxzwsyed"),
        valid_from=answer.date("syqjq", optional=True),
        valid_to=answer.date("syqjz", optional=True),
    )


def read_validity(answer):
    return messages.Validity(answer.date("syqjq"), answer.date("syqjz"))


def read_receipt(answer, request_number):
    kind = answer.word("sqlx", TRANSFERS)
    return messages.QuotaReceipt(
        request_number=request_number,
        kind=kind,
        amount=answer.amount("sqed"),
        month=answer.number("sq"),
        validity=read_validity(answer) if kind == messages.DOWNLOAD else None,
        done_at=answer.time("clsj", optional=True),
    )


def read_segment(answer, request_number=""):
    return messages.SegmentData(
        first_number=answer.number("fpqshm"),
        last_number=answer.number("fpzzhm"),
        count=answer.count("lysl"),
        request_number=request_number or answer.number("ywlsh", optional=True),
        drawn_at=answer.time("lysj", optional=True),
        remaining=answer.count("sysl") if answer.has("sysl") else None,
        is_expired=answer.flag("gqbz", optional=True),
    )


def read_refusal(answer):
    """Fields of a work that was refused as a whole while it was done."""
    if not answer.has("ycdm"):
        return {}
    raw = answer.code("ycdm")
    return {
        "raw_code": raw,
        "refusal": REFUSALS.get(raw, "refused"),
        "text": answer.text("clms", optional=True),
    }


def read_upload(answer, reference=""):
    done = is_done(answer)
    return messages.UploadProgress(
        done=done,
        reference=answer.number("sllsh", optional=True) or reference,
        poll_after=answer.seconds("nextPollSeconds"),
        items=tuple(map(read_upload_result, answer.rows("fpxx"))) if done else (),
        **read_refusal(answer),
    )


def read_upload_result(row):
    """Success only where status and code both say so, or it is the same once more."""
    raw = row.code("code", optional=True)
    result = UPLOAD_RESULTS.get(raw, "unknown")
    if result == "ok" and row.code("status") != UPLOAD_OK:
        result = "unknown"
    return messages.UploadResult(
        number=row.number("fphm"),
        result=result,
        raw_code=raw,
        text=row.text("message", optional=True),
    )


def read_issued(row):
    return messages.IssuedInvoice(
        number=row.number("fphm"),
        kind=row.word("lzfpbz", KINDS),
        issued_at=row.time("kprq"),
        uploaded_at=row.time("scsj"),
        buyer_tax_number=row.number("gmfnsrsbh", optional=True),
        net_amount=row.amount("hjje"),
        vat_amount=row.amount("hjse"),
        gross_amount=row.amount("jshj"),
        red_net_amount=row.amount("ychje"),
        red_vat_amount=row.amount("ychse"),
        blue_number=row.number("dylzfphm", optional=True),
    )


def read_red_form(row):
    raw = row.code("hzqrxxzt")
    return messages.RedForm(
        number=row.number("hzqrxxdbh"),
        uuid=row.number("hzqrduuid"),
        state=RED_FORM_STATES.get(raw, "unknown"),
        raw_state=raw,
        blue_number=row.number("dylzfphm"),
        reason=REASONS.get(row.code("chyyDm"), "unknown"),
        net_amount=row.amount("hzcxje"),
        vat_amount=row.amount("hzcxse"),
        requested_at=row.time("lrrq", optional=True),
        red_number=row.number("hzfphm", optional=True),
    )


def read_totals(row):
    return messages.MonthTotals(
        blue_count=row.count("lzfpsl"),
        blue_net=row.amount("lzfpje"),
        blue_vat=row.amount("lzfpse"),
        red_count=row.count("hzfpsl"),
        red_net=row.amount("hzfpje"),
        red_vat=row.amount("hzfpse"),
    )


def read_summary_progress(answer, reference=""):
    return messages.SummaryProgress(
        done=is_done(answer),
        reference=answer.number("sllsh", optional=True) or reference,
        poll_after=answer.seconds("nextPollSeconds"),
        totals=read_totals(answer) if answer.has("lzfpsl") else None,
        **read_refusal(answer),
    )


def read_summary_state(answer):
    month = answer.number("yf")
    return messages.SummaryState(
        month=month.replace("-", ""),
        is_confirmed=answer.flag("qrbz"),
        totals=read_totals(answer),
        confirmed_at=answer.time("qrsj", optional=True),
    )


def read_rates(answer):
    """Rates are shares such as 0.13 or 0.015, always text."""
    rates = [row.text("slv") for row in answer.rows("slList")]
    if not all(map(_RATE.fullmatch, rates)):
        raise OutcomeUnknownError(f"{answer.where}: not a rate")
    return [Decimal(rate) for rate in rates]
