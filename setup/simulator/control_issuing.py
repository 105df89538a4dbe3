"""The control API of issuing: quota, issued invoices, forms of the buyer."""

from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from . import money, state_issuing
from .bureau import issuing, jobs, quota, red_forms, taxpayers, tick
from .bureau.words import Refused
from .world import World

Amount = Annotated[str, Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,2})?$")]
ANSWERS = {"confirm": red_forms.CONFIRMED, "refuse": red_forms.REFUSED_BY_BUYER}


class OfTaxpayer(BaseModel):
    """Names a taxpayer."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    tax_number: str


class QuotaChange(OfTaxpayer):
    """What is to change of the running month's quota; all else stays."""

    monthly: Amount | None = Field(None, description="also of the months that follow")
    left_before: Amount | None = None
    other_used: Amount | None = Field(None, description="used outside Leqi")
    suspended: bool | None = None


class IssuedChange(OfTaxpayer):
    """Whether the buyer has used or booked an invoice."""

    number: str
    used_by_buyer: bool


class FormAnswer(OfTaxpayer):
    """What the buyer says to a form of the seller."""

    number: str
    action: Literal["confirm", "refuse"]


class FormOfBuyer(OfTaxpayer):
    """A form that the buyer asks for."""

    blue_number: str
    reason: Literal["01", "02", "03", "04"] = "02"
    net: str
    vat: str


def _known(world: World, tax_number: str):
    taxpayer = taxpayers.get(world, tax_number)
    if taxpayer is None:
        raise HTTPException(404, "unknown taxpayer")
    return taxpayer


def change_quota(world: World, change: QuotaChange) -> dict:
    """Change it; answers the quota of the running month."""
    given = change.model_dump(exclude_none=True, exclude={"tax_number"})
    if "left_before" in given:
        given["remaining"] = given.pop("left_before")
    values = {
        name: value if isinstance(value, bool) else money.cents(value)
        for name, value in given.items()
    }
    with world.store.transaction():
        quota.edit(world, _known(world, change.tax_number), values)
        return state_issuing.quota_now(world, change.tax_number)


def change_issued(world: World, change: IssuedChange) -> dict:
    """Note that the buyer used an invoice; answers it."""
    with world.store.transaction():
        _known(world, change.tax_number)
        jobs.settle(world, change.tax_number)
        found = issuing.find(world, change.number)
        if found is None or found["tax_number"] != change.tax_number:
            raise HTTPException(404, "unknown invoice")
        world.store.run(
            "UPDATE issued SET used_by_buyer = ? WHERE number = ?",
            int(change.used_by_buyer),
            change.number,
        )
        return state_issuing.issued(issuing.find(world, change.number))


def answer_form(world: World, answer: FormAnswer) -> dict:
    """Let the buyer answer a form; answers it."""
    with world.store.transaction():
        _known(world, answer.tax_number)
        red_forms.expire(world, answer.tax_number)
        found = red_forms.by_number(world, answer.tax_number, answer.number)
        if found is None:
            raise HTTPException(404, "unknown form")
        moves = {red_forms.WAITS_FOR_BUYER: ANSWERS[answer.action]}
        return state_issuing.form(red_forms.move(world, found, moves))


def ask_for_form(world: World, asked: FormOfBuyer) -> dict:
    """Let the buyer ask for a form; answers it."""
    with world.store.transaction():
        taxpayer = _known(world, asked.tax_number)
        jobs.settle(world, asked.tax_number)
        values = {"blue_number": asked.blue_number, "reason": asked.reason}
        values |= {"net": money.cents(asked.net), "vat": money.cents(asked.vat)}
        return state_issuing.form(
            red_forms.apply(world, taxpayer, values, by_buyer=True)
        )


def add_routes(router: APIRouter, world: World) -> None:
    """Add the routes of issuing under /_control."""

    @router.post("/quota")
    async def write_quota(change: QuotaChange) -> dict:
        """Change the quota of the running month."""
        tick.guarded(world)
        return change_quota(world, change)

    @router.post("/issued")
    async def write_issued(change: IssuedChange) -> dict:
        """Say whether the buyer has used an issued invoice."""
        tick.guarded(world)
        return change_issued(world, change)

    @router.post("/red_forms")
    async def write_form(asked: FormAnswer | FormOfBuyer) -> dict:
        """Answer a form as the buyer, or ask for one."""
        tick.guarded(world)
        try:
            if isinstance(asked, FormAnswer):
                return answer_form(world, asked)
            return ask_for_form(world, asked)
        except Refused as refusal:
            raise HTTPException(409, refusal.text) from refusal
        except ValueError as error:
            raise HTTPException(422, f"not an amount: {error}") from error
