"""Leqi capability 202007: the red-letter confirmation form."""

from typing import Annotated, Literal

from pydantic import Field

from .. import money
from ..bureau import jobs, red_forms
from ..bureau.words import Refused
from . import leqi_rows as rows
from .arguments import Optional, WrongValue
from .leqi import done, service
from .leqi_base import CAPABILITY, OfTaxpayer
from .leqi_invoice import DigitalNumber, Money
from .leqi_quota import ByRequest, Page, answer_once

# What the seller may do with a form: where it goes from where it stands.
MOVES = {
    "Y": {red_forms.WAITS_FOR_SELLER: red_forms.CONFIRMED},
    "N": {red_forms.WAITS_FOR_SELLER: red_forms.REFUSED_BY_SELLER},
    "C": {
        red_forms.FREE: red_forms.CANCELLED,
        red_forms.WAITS_FOR_BUYER: red_forms.CANCELLED,
        red_forms.CONFIRMED: red_forms.CANCELLED_LATER,
    },
}


class Apply(ByRequest):
    """Asks for a form."""

    dylzfphm: DigitalNumber
    chyyDm: Literal["01", "02", "03", "04"]
    hzcxje: Money
    hzcxse: Money


class Ask(OfTaxpayer):
    """Asks how a form stands, by one of its names."""

    hzqrduuid: Optional = ""
    hzqrxxdbh: Optional = ""
    ywlsh: Optional = ""


class List(Page):
    """Asks for the forms, of one blue invoice or of all."""

    dylzfphm: Optional = ""


class Respond(ByRequest):
    """Confirms, refuses or cancels a form."""

    hzqrduuid: Annotated[str, Field(min_length=1, max_length=32)]
    hzqrxxdbh: Optional = ""
    qrlx: Literal["Y", "N", "C"]


def _settle(world, taxpayer) -> str:
    number = taxpayer["tax_number"]
    jobs.settle(world, number)
    red_forms.expire(world, number)
    return number


def _row(form) -> dict:
    return {
        "hzqrxxdbh": form["number"],
        "hzqrduuid": form["uuid"],
        "hzqrxxzt": form["state"],
        "dylzfphm": form["blue_number"],
        "chyyDm": form["reason"],
        "hzcxje": money.text(form["net"]),
        "hzcxse": money.text(form["vat"]),
        "lrrq": rows.digits(form["requested_at"]),
        "hzfphm": form["red_number"],
    }


@service(CAPABILITY, "QDHZQRDSQ", Apply)
def apply(world, taxpayer, form, call) -> dict:
    """Ask for a form as the seller."""
    number = _settle(world, taxpayer)

    def work() -> dict:
        asked = {
            "request_number": form.ywlsh,
            "blue_number": form.dylzfphm,
            "reason": form.chyyDm,
            "net": money.cents(form.hzcxje),
            "vat": money.cents(form.hzcxse),
        }
        return {"hzqrduuid": red_forms.apply(world, taxpayer, asked)["uuid"]}

    first = answer_once(world, taxpayer, call, form.model_dump(), work)
    # The same form again, but as it stands today.
    return done(**_row(red_forms.by_uuid(world, number, first["hzqrduuid"])))


@service(CAPABILITY, "CXQDHZQRDMX", Ask)
def ask(world, taxpayer, form, call) -> dict:
    """How a form stands."""
    number = _settle(world, taxpayer)
    if form.hzqrduuid:
        found = red_forms.by_uuid(world, number, form.hzqrduuid)
    elif form.hzqrxxdbh:
        found = red_forms.by_number(world, number, form.hzqrxxdbh)
    elif form.ywlsh:
        found = red_forms.by_request(world, number, form.ywlsh)
    else:
        raise WrongValue("INVALID_ARGUMENT", "hzqrduuid, hzqrxxdbh or ywlsh")
    if found is None:
        raise Refused("NOT_FOUND")
    return done(**_row(found))


@service(CAPABILITY, "CXQDHZQRDLB", List)
def list_forms(world, taxpayer, form, call) -> dict:
    """The forms of a taxpayer, oldest first."""
    total, found = red_forms.listed(
        world,
        _settle(world, taxpayer),
        form.dylzfphm,
        form.pageNumber,
        form.pageSize,
    )
    return done(total=total, hzqrdlb=[_row(row) for row in found])


@service(CAPABILITY, "QDHZQRDQR", Respond)
def respond(world, taxpayer, form, call) -> dict:
    """Confirm, refuse or cancel a form, as the seller."""
    number = _settle(world, taxpayer)

    def work() -> dict:
        found = red_forms.by_uuid(world, number, form.hzqrduuid)
        if found is None:
            raise Refused("NOT_FOUND")
        return {"hzqrduuid": red_forms.move(world, found, MOVES[form.qrlx])["uuid"]}

    first = answer_once(world, taxpayer, call, form.model_dump(), work)
    return done(**_row(red_forms.by_uuid(world, number, first["hzqrduuid"])))
