"""Leqi capability 203065: farm products, and booking of invoices."""

from typing import Annotated, Literal

from pydantic import Field

from .. import money
from ..bureau import pool
from . import leqi_jobs
from . import leqi_rows as rows
from .arguments import Amount, Code, CompactDate, Form, Number, Serial
from .leqi import done, service
from .leqi_jobs import OfTaxpayer, Poll

CAPABILITY = "203065"


class FarmItem(Form):
    """One invoice of farm products and how it is to be credited."""

    kprq: CompactDate = ""
    fpdm: Code = ""
    fphm: Number
    clfs: Literal["1", "2", "3", "4", "5"]
    ncpbfje: Amount = ""


class Farm(OfTaxpayer):
    """Asks to treat invoices of farm products."""

    ywlsh: Serial
    fpmx: Annotated[list[FarmItem], Field(min_length=1, max_length=100)]


class BookingItem(Form):
    """One invoice and the day it was booked."""

    fpdm: Code = ""
    fphm: Number
    rzrq: Annotated[CompactDate, Field(min_length=1)]


class Booking(OfTaxpayer):
    """Tells that invoices are booked."""

    ywlsh: Serial
    fpmx: Annotated[list[BookingItem], Field(min_length=1, max_length=100)]


@service(CAPABILITY, "PLSCDCLNCPFPQRQD", Farm, has_job=True)
def treat(world, taxpayer, form, call) -> dict:
    """Treat invoices of farm products."""
    items = [
        {
            "code": item.fpdm,
            "number": item.fphm,
            "issue_date": item.kprq,
            "method": rows.FARM_METHODS[item.clfs],
            "own": money.cents(item.ncpbfje) if item.ncpbfje else None,
        }
        for item in form.fpmx
    ]
    return leqi_jobs.submit(world, taxpayer, call, form, "farm", {"items": items})


@service(CAPABILITY, "CXDCLNCPFPQRQDCLJG", Poll, has_job=True)
def treat_result(world, taxpayer, form, call) -> dict:
    """What became of every invoice of a treatment."""
    return _result(world, taxpayer, call, form, "PLSCDCLNCPFPQRQD", rows.farm_line)


@service(CAPABILITY, "FPRZBZSC", Booking, has_job=True)
def book(world, taxpayer, form, call) -> dict:
    """Note invoices as booked."""
    items = [
        {"code": item.fpdm, "number": item.fphm, "booked_on": item.rzrq}
        for item in form.fpmx
    ]
    return leqi_jobs.submit(world, taxpayer, call, form, "booking", {"items": items})


@service(CAPABILITY, "CXFPRZBZSCJG", Poll, has_job=True)
def book_result(world, taxpayer, form, call) -> dict:
    """What became of every invoice of a booking."""
    return _result(world, taxpayer, call, form, "FPRZBZSC", rows.booking_line)


def _result(world, taxpayer, call, form, asked: str, write_line) -> dict:
    job, result = leqi_jobs.poll(world, taxpayer, call, form, asked)
    if result is None:
        return done(clzt="0", plcode="", fpmx=[])
    if "refused" in result:
        fields = ("rzbz",) if job["kind"] == "booking" else ("clfs", "yxse")
        return leqi_jobs.refused_batch(job, result, *fields)
    lines = [
        write_line(line, line["id"] and pool.by_id(world, line["id"]))
        for line in result["items"]
    ]
    return done(clzt="1", plcode=rows.batch_code(result["items"]), fpmx=lines)
