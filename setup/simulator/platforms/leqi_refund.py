"""Leqi capability 203064: export refund, selected and confirmed by month."""

from typing import Annotated, Literal

from pydantic import Field

from .. import money
from ..bureau import pool
from . import leqi_jobs
from . import leqi_rows as rows
from .arguments import Code, CompactDate, Form, Number, Optional, Period, Serial
from .leqi import done, service
from .leqi_jobs import OfTaxpayer, Poll

CAPABILITY = "203064"
ACTIONS = {"01": "select", "02": "revoke"}


class Item(Form):
    """One invoice of a refund selection."""

    kprq: CompactDate = ""
    fpdm: Code = ""
    fphm: Number
    fplx: Optional = ""


class Select(OfTaxpayer):
    """Asks to select invoices for refund, or to revoke that."""

    gxlxDm: Literal["01", "02"]
    skssq: Period
    ywlsh: Serial
    fpmx: Annotated[list[Item], Field(min_length=1, max_length=100)]


class Confirm(OfTaxpayer):
    """Asks to confirm the table of a month."""

    skssq: Period
    ywlsh: Serial


@service(CAPABILITY, "PLFPTSGX", Select, has_job=True)
def select(world, taxpayer, form, call) -> dict:
    """Select invoices for refund, or revoke that."""
    items = [
        {
            "code": item.fpdm,
            "number": item.fphm,
            "type": item.fplx,
            "issue_date": item.kprq,
            "creditable": None,
            "reason": "",
            "reason_text": "",
        }
        for item in form.fpmx
    ]
    payload = {"action": ACTIONS[form.gxlxDm], "purpose": "refund"}
    payload |= {"period": form.skssq, "items": items}
    return leqi_jobs.submit(world, taxpayer, call, form, "refund_select", payload)


@service(CAPABILITY, "CXFPTSGXCLJG", Poll, has_job=True)
def select_result(world, taxpayer, form, call) -> dict:
    """What became of every invoice of a refund selection."""
    job, result = leqi_jobs.poll(world, taxpayer, call, form, "PLFPTSGX")
    if result is None:
        return done(clzt="0", plcode="", fpmx=[])
    if "refused" in result:
        fields = ("gxzt", "gxlxDm", "skssq", "yxse", "rzzt")
        return leqi_jobs.refused_batch(job, result, *fields)
    lines = [
        rows.refund_line(line, line["id"] and pool.by_id(world, line["id"]))
        for line in result["items"]
    ]
    return done(clzt="1", plcode=rows.batch_code(result["items"]), fpmx=lines)


@service(CAPABILITY, "PLFPTSGXQR", Confirm, has_job=True)
def confirm(world, taxpayer, form, call) -> dict:
    """Confirm what is selected for refund."""
    payload = {"period": form.skssq}
    return leqi_jobs.submit(world, taxpayer, call, form, "refund_confirm", payload)


@service(CAPABILITY, "CXFPTSGXQRCLJG", Poll, has_job=True)
def confirm_result(world, taxpayer, form, call) -> dict:
    """What became of a confirmation, and what it holds."""
    _job, result = leqi_jobs.poll(world, taxpayer, call, form, "PLFPTSGXQR")
    empty = {"qrjg": "", "clms": "", "qrsj": "", "qrcs": 0}
    empty |= {"hjfs": 0, "hjje": "0.00", "hjse": "0.00"}
    if result is None:
        return done(clzt="0", **empty)
    if "refused" in result:
        empty |= {"ycdm": result["refused"], "clms": result["text"]}
        return done(clzt="1", **empty)
    return done(
        clzt="1",
        qrjg=result["sign_code"],
        clms=result["text"],
        qrsj=rows.digits(result["signed_at"]),
        qrcs=result["ordinal"],
        hjfs=result["count"],
        hjje=money.text(result["net"]),
        hjse=money.text(result["vat"]),
    )
