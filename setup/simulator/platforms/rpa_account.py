"""The taxpayer's file at the bureau's web site: passwords, staff, credit history."""

from functools import wraps
from typing import Annotated, Literal

from pydantic import Field

from ..bureau import passwords, taxpayers
from ..calls import Answer, Call
from ..world import World
from .arguments import Form, Optional, WrongValue
from .rpa_answers import answer, ok
from .rpa_forms import OfTaxpayer

Secret = Annotated[Optional, Field(max_length=200)]


class Login(OfTaxpayer):
    """Logs in."""

    certPassword: Annotated[str, Field(max_length=200)]
    platformPassword: Annotated[str | None, Field(max_length=200)] = None


class Password(OfTaxpayer):
    """Sets, changes or turns off a password."""

    kind: Literal["certificate", "platform"]
    old: Secret = ""
    new: Secret = ""
    enabled: bool = True
    question: Secret = ""
    answer: Secret = ""


class Recover(OfTaxpayer):
    """Removes the platform password by the answer to its question."""

    answer: Annotated[str, Field(min_length=1, max_length=200)]


class Person(Form):
    """Who handles tax matters."""

    name: Annotated[Optional, Field(max_length=100)] = ""
    phone: Annotated[Optional, Field(max_length=30)] = ""
    email: Annotated[Optional, Field(max_length=200)] = ""
    address: Annotated[Optional, Field(max_length=300)] = ""
    postcode: Annotated[Optional, Field(max_length=20)] = ""


class Staff(OfTaxpayer):
    """Asks who handles tax matters, or writes it."""

    staff: Person | None = None


def _refusable(work):
    """Answer a password that was not accepted in the channel's own codes."""

    @wraps(work)
    def refused(world: World, form, call: Call) -> Answer:
        try:
            return work(world, form, call)
        except passwords.LoginRefused as refusal:
            return answer(refusal.code, refusal.text, refusal.data)
        except passwords.Unfit as unfit:
            raise WrongValue("INVALID_ARGUMENT", str(unfit)) from unfit

    return refused


@_refusable
def login(world: World, form, call: Call) -> Answer:
    """Check the passwords; answers a token."""
    token, seconds = passwords.login(
        world, form.taxNo, form.certPassword, form.platformPassword
    )
    return ok(token=token, expiresIn=seconds)


@_refusable
def change_password(world: World, form, call: Call) -> Answer:
    """Set, change or turn off a password."""
    if form.kind == "certificate":
        passwords.change_certificate(world, form.taxNo, form.old, form.new)
        return ok()
    passwords.change_platform(
        world,
        form.taxNo,
        form.old,
        form.new,
        enabled=form.enabled,
        question=form.question,
        reply=form.answer,
    )
    return ok()


@_refusable
def recover_password(world: World, form, call: Call) -> Answer:
    """Remove the platform password by the answer to its question."""
    passwords.recover(world, form.taxNo, form.answer)
    return ok()


@_refusable
def read_question(world: World, form, call: Call) -> Answer:
    """The question to the platform password."""
    return ok(question=passwords.question(world, form.taxNo))


def credit_history(world: World, form, call: Call) -> Answer:
    """The credit levels, newest first."""
    history = taxpayers.credit_history(world, form.taxNo)
    return ok(
        rows=[
            {"level": row["level"], "active": row["active"], "from": row["valid_from"]}
            for row in history
        ]
    )


def staff(world: World, form, call: Call) -> Answer:
    """Who handles tax matters; what is given is saved first."""
    if form.staff is not None:
        taxpayers.save_staff(world, form.taxNo, form.staff.model_dump())
    return ok(staff=taxpayers.staff(taxpayers.get(world, form.taxNo)))


# operation → (its form, its work)
OPERATIONS = {
    "login": (Login, login),
    "password": (Password, change_password),
    "recover": (Recover, recover_password),
    "question": (OfTaxpayer, read_question),
    "creditHistory": (OfTaxpayer, credit_history),
    "staff": (Staff, staff),
}
# What is done before anybody has logged in.
WITHOUT_TOKEN = frozenset("login password recover question".split())
