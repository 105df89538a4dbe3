"""Leqi capability 202007: quota and numbers, answered at once."""

from typing import Annotated, Literal

from pydantic import Field

from .. import money
from ..bureau import jobs, numbers, once, quota
from ..bureau.invoice_content import RATES
from ..bureau.words import Refused
from ..clock import plain
from . import leqi_rows as rows
from .arguments import Form, Optional, Serial, TaxNumber, WrongValue
from .leqi import done, refused, service
from .leqi_base import CAPABILITY, OfTaxpayer

PAGE = 50
Month = Annotated[
    str, Field(pattern=r"^2[0-9]{3}-(0[1-9]|1[0-2])$", examples=["2026-11"])
]
DigitalNumber = Annotated[str, Field(pattern=r"^[0-9]{20}$")]


class ByRequest(OfTaxpayer):
    """Asks what became of a request."""

    ywlsh: Serial


class Transfer(ByRequest):
    """Asks to download quota, or to return it."""

    ptbh: Optional = ""
    sqlx: Literal["0", "1"]
    sqed: Annotated[str, Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,2})?$")]


class Validity(Form):
    """Asks to make the quota of a month valid until its end."""

    xsfnsrsbh: TaxNumber
    sxedsq: Month


class Draw(ByRequest):
    """Asks for numbers."""

    lysl: Annotated[int, Field(ge=1, le=5000)]


class Page(OfTaxpayer):
    """Asks for a page of a list."""

    pageNumber: Annotated[int, Field(ge=1, le=10**6)] = 1
    pageSize: Annotated[int, Field(ge=1, le=PAGE)] = PAGE


class Segments(Page):
    """Asks for the segments of a year, or of all."""

    nd: Annotated[Optional, Field(pattern=r"^(2[0-9]{3})?$")] = ""


class Discard(ByRequest):
    """Asks to give a number up."""

    fphm: DigitalNumber
    fqyy: Annotated[Optional, Field(max_length=200)] = ""


@service(CAPABILITY, "CXSXED", OfTaxpayer)
def read_quota(world, taxpayer, form, call) -> dict:
    """The six figures."""
    jobs.settle(world, taxpayer["tax_number"])
    found = quota.current(world, taxpayer)
    wait = quota.question_wait(world, taxpayer, found["month"])
    if wait:
        return {**refused("QUERY_TOO_SOON"), "ddms": wait}
    return done(
        ztsxbz="Y" if taxpayer["suspended_at"] else "N",
        bysxed=money.text(found["monthly"]),
        kysyed=money.text(quota.available(world, taxpayer, found)),
        yxzed=money.text(found["downloaded"]),
        yxzwsyed=money.text(quota.unused(found)),
        sq=found["month"],
        **_validity(found),
    )


def _validity(found) -> dict:
    return {
        "syqjq": rows.digits(found["valid_from"]),
        "syqjz": rows.digits(found["valid_to"]),
    }


@service(CAPABILITY, "XZTHSXED", Transfer)
def transfer(world, taxpayer, form, call) -> dict:
    """Download quota, or return it."""
    amount = money.cents(form.sqed)
    if amount <= 0:
        raise WrongValue("INVALID_ARGUMENT", "sqed")
    act = quota.download if form.sqlx == "0" else quota.give_back

    def work() -> dict:
        jobs.settle(world, taxpayer["tax_number"])
        found = act(world, taxpayer, amount, form.ywlsh)
        answer = {"sqlx": form.sqlx, "sqed": money.text(amount), "sq": found["month"]}
        answer |= _validity(found) if form.sqlx == "0" else {}
        return {**answer, "clsj": rows.digits(plain(world.issuing_clock.now()))}

    content = {**form.model_dump(), "sqed": money.text(amount)}
    return done(**answer_once(world, taxpayer, call, content, work))


def answer_once(world, taxpayer, call, content: dict, work) -> dict:
    operation = call.target.operation
    return once.answer(world, taxpayer["tax_number"], operation, content, work)


def _find(world, taxpayer, operation: str, request_number: str) -> dict:
    found = once.find(world, taxpayer["tax_number"], operation, request_number)
    if found is None:
        raise Refused("NOT_FOUND")
    return found[1]


@service(CAPABILITY, "CXXZTHSXED", ByRequest)
def find_transfer(world, taxpayer, form, call) -> dict:
    """What became of a download or a return."""
    return done(**_find(world, taxpayer, "XZTHSXED", form.ywlsh))


@service(CAPABILITY, "TZSXEDYXQ", Validity)
def adjust(world, taxpayer, form, call) -> dict:
    """Make the quota valid until the month's end."""
    found = quota.adjust(world, taxpayer, form.sxedsq.replace("-", ""))
    return done(**_validity(found))


@service(CAPABILITY, "QDFPPLFM", Draw)
def draw(world, taxpayer, form, call) -> dict:
    """Draw numbers."""

    def work() -> dict:
        segment = numbers.draw(world, taxpayer, form.lysl, form.ywlsh)
        return _segment(segment)

    return done(**answer_once(world, taxpayer, call, form.model_dump(), work))


def _segment(row) -> dict:
    return {
        "fpqshm": row["first"],
        "fpzzhm": row["last"],
        "lysl": row["count"],
        "lysj": rows.digits(row["drawn_at"]),
    }


@service(CAPABILITY, "CXQDFPPLFM", ByRequest)
def find_draw(world, taxpayer, form, call) -> dict:
    """What became of a draw."""
    return done(**_find(world, taxpayer, "QDFPPLFM", form.ywlsh))


@service(CAPABILITY, "CXQDFPHD", Segments)
def list_segments(world, taxpayer, form, call) -> dict:
    """The segments of a taxpayer, oldest first."""
    total, found = numbers.segments(
        world, taxpayer["tax_number"], form.nd, form.pageNumber, form.pageSize
    )
    return done(
        total=total,
        hdxx=[
            {
                **_segment(row),
                "sysl": row["count"] - row["spent"],
                "gqbz": "Y" if numbers.is_over(world, row) else "N",
                "ywlsh": row["request_number"],
            }
            for row in found
        ],
    )


@service(CAPABILITY, "FQQDFPHM", Discard)
def discard(world, taxpayer, form, call) -> dict:
    """Give a number up."""

    def work() -> dict:
        jobs.settle(world, taxpayer["tax_number"])
        moment = numbers.discard(world, taxpayer, form.fphm, form.fqyy)
        return {"fphm": form.fphm, "fqsj": rows.digits(moment)}

    return done(**answer_once(world, taxpayer, call, form.model_dump(), work))


@service(CAPABILITY, "CXKYSL", OfTaxpayer)
def rates(world, taxpayer, form, call) -> dict:
    """The rates a taxpayer may issue at."""
    return done(slList=[{"slv": rate} for rate in RATES])
