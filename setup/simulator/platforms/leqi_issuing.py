"""Leqi capability 202007: uploading issued invoices, and the monthly summary."""

from typing import Annotated, Literal

from pydantic import Field

from .. import money
from ..bureau import issuing, jobs, red_forms, summary
from ..bureau.summary import NAMES
from . import leqi_jobs
from . import leqi_rows as rows
from .arguments import Form, Optional, Serial, WrongValue
from .leqi import done, service
from .leqi_base import CAPABILITY, OfTaxpayer
from .leqi_invoice import KIND_CODES, DigitalNumber, Money, understood
from .leqi_quota import Month

# Result of an invoice → code (ours: the public material names none).
CODES = {
    "ok": "0000",
    "not_drawn": "1001",
    "duplicate": "1002",
    "conflict": "1003",
    "discarded": "1004",
    "year": "1005",
    "quota_short": "2001",
    "quota_validity": "2002",
    "quota_suspended": "2003",
    "amount": "3001",
    "vat": "3002",
    "rate": "3003",
    "tax_class": "3004",
    "buyer": "3005",
    "issue_time": "3006",
    "field": "3007",
    "blue_missing": "4001",
    "red_exceeds": "4002",
    "form_missing": "4003",
    "form_differs": "4004",
    "summarised": "5001",
}
REFUSED_CODE = "9999"
DONE, FAILED = "1", "2"
TOTALS = dict(
    zip("lzfpsl lzfpje lzfpse hzfpsl hzfpje hzfpse".split(), NAMES, strict=True)
)
Count = Annotated[int, Field(ge=0, le=10**9)]


class Upload(OfTaxpayer):
    """Asks to take issued invoices."""

    ptbh: Optional = ""
    ywlsh: Serial
    fpxx: Annotated[list[dict], Field(min_length=1, max_length=100)]


class Poll(OfTaxpayer):
    """Asks how far an upload is."""

    sllsh: Optional = ""
    ywlsh: Optional = ""

    @property
    def pclsh(self) -> str:
        """The batch, as the other services call it."""
        return self.sllsh


class IssuedKey(Form):
    """The number of an issued invoice."""

    fphm: DigitalNumber


class IssuedKeys(OfTaxpayer):
    """Asks for issued invoices."""

    fpxx: Annotated[list[IssuedKey], Field(min_length=1, max_length=100)]


class Summary(OfTaxpayer):
    """Asks to confirm a month, or to cancel that."""

    ywlsh: Serial
    ywlx: Literal["0", "1"]
    yf: Month
    lzfpsl: Count = 0
    lzfpje: Money = "0.00"
    lzfpse: Money = "0.00"
    hzfpsl: Count = 0
    hzfpje: Money = "0.00"
    hzfpse: Money = "0.00"


class SummaryPoll(Poll):
    """Asks how far that is, or how a month stands."""

    yf: Annotated[Optional, Field(pattern=r"^(2[0-9]{3}-(0[1-9]|1[0-2]))?$")] = ""


def _accept(world, taxpayer, call, form, kind: str, payload: dict) -> dict:
    answer = leqi_jobs.submit(world, taxpayer, call, form, kind, payload)
    if "pclsh" in answer:
        answer["sllsh"] = answer.pop("pclsh")
    return answer


def _running(world, job) -> dict:
    wait = jobs.wait(world, job)
    return done(clzt="0", sllsh=job["batch"], nextPollSeconds=wait)


@service(CAPABILITY, "QDFPSC", Upload, has_job=True)
def upload(world, taxpayer, form, call) -> dict:
    """Take invoices that were issued."""
    payload = {"items": [understood(content) for content in form.fpxx]}
    return _accept(world, taxpayer, call, form, "upload", payload)


@service(CAPABILITY, "CXQDFPSCJG", Poll, has_job=True)
def upload_result(world, taxpayer, form, call) -> dict:
    """How far an upload is, and what became of each invoice."""
    job, result = leqi_jobs.poll(world, taxpayer, call, form, "QDFPSC")
    if result is None:
        return _running(world, job)
    answer = done(clzt="1", sllsh=job["batch"])
    if "refused" in result:
        lines = [
            _line(item["number"], REFUSED_CODE, result["text"])
            for item in jobs.items_of(job)
        ]
        return {
            **answer,
            "ycdm": result["refused"],
            "clms": result["text"],
            "fpxx": lines,
        }
    answer["fpxx"] = [
        _line(line["number"], _code(line["result"]), line["text"])
        for line in result["items"]
    ]
    return answer


def _code(result: str) -> str:
    return result[7:] if result.startswith("forced:") else CODES[result]


def _line(number: str, code: str, text: str) -> dict:
    status = DONE if code == CODES["ok"] else FAILED
    return {"fphm": number, "status": status, "code": code, "message": text}


@service(CAPABILITY, "CXQDFPXX", IssuedKeys)
def issued(world, taxpayer, form, call) -> dict:
    """Issued invoices as they stand; unknown ones are left out."""
    number = taxpayer["tax_number"]
    jobs.settle(world, number)
    red_forms.expire(world, number)
    found = (issuing.find(world, key.fphm) for key in form.fpxx)
    return done(
        fpxx=[
            _issued(world, row) for row in found if row and row["tax_number"] == number
        ]
    )


def _issued(world, row) -> dict:
    net, vat = red_forms.taken_back(world, row)
    return {
        "fphm": row["number"],
        "lzfpbz": KIND_CODES[row["kind"]],
        "kprq": rows.digits(row["issued_at"]),
        "scsj": rows.digits(row["uploaded_at"]),
        "gmfnsrsbh": row["buyer_tax_number"],
        "hjje": money.text(row["net"]),
        "hjse": money.text(row["vat"]),
        "jshj": money.text(row["net"] + row["vat"]),
        "ychje": money.text(net),
        "ychse": money.text(vat),
        "dylzfphm": row["blue_number"],
    }


@service(CAPABILITY, "SCFPHZQRXX", Summary, has_job=True)
def summarise(world, taxpayer, form, call) -> dict:
    """Confirm a month as a whole, or cancel that."""
    payload = {
        "action": "confirm" if form.ywlx == "0" else "cancel",
        "month": form.yf.replace("-", ""),
        "totals": {
            name: value if isinstance(value, int) else money.cents(value)
            for field, name in TOTALS.items()
            for value in [getattr(form, field)]
        },
    }
    return _accept(world, taxpayer, call, form, "summary", payload)


@service(CAPABILITY, "CXFPHZQRXX", SummaryPoll, has_job=True)
def summary_result(world, taxpayer, form, call) -> dict:
    """How far that is; with a month alone how the month stands."""
    if not (form.sllsh or form.ywlsh):
        return _month(world, taxpayer, form.yf)
    job, result = leqi_jobs.poll(world, taxpayer, call, form, "SCFPHZQRXX")
    if result is None:
        return _running(world, job)
    answer = done(clzt="1", sllsh=job["batch"])
    if "refused" in result:
        answer |= {"ycdm": result["refused"], "clms": result["text"]}
    return {**answer, **_totals(result["totals"])} if "totals" in result else answer


def _month(world, taxpayer, month: str) -> dict:
    if not month:
        raise WrongValue("INVALID_ARGUMENT", "sllsh, ywlsh or yf")
    number, period = taxpayer["tax_number"], month.replace("-", "")
    jobs.settle(world, number)
    confirmed = summary.confirmed_at(world, number, period)
    return done(
        yf=month,
        qrbz="Y" if confirmed else "N",
        qrsj=rows.digits(confirmed),
        **_totals(summary.totals(world, number, period)),
    )


def _totals(values: dict) -> dict:
    return {
        field: values[name] if name.endswith("count") else money.text(values[name])
        for field, name in TOTALS.items()
    }
