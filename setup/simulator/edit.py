"""Changing or adding one invoice by hand, as the bureau itself would."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from . import money, state
from .bureau import calendar, farm
from .bureau.words import STATUSES, TYPES
from .clock import plain
from .world import World

NEEDED = "type issue_date seller_tax_number seller_name net vat".split()


class Edit(BaseModel):
    """An invoice's key and what is to change; all fields to add one."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    tax_number: str = Field(max_length=30)
    number: str = Field(min_length=1, max_length=30)
    code: str = Field("", max_length=12)
    type: Literal[tuple(sorted(TYPES))] | None = None
    issue_date: date | None = None
    seller_tax_number: str | None = Field(None, max_length=30)
    seller_name: str | None = Field(None, max_length=200)
    net: str | None = None
    vat: str | None = None
    gross: str | None = None
    creditable_vat: str | None = None
    status: Literal[tuple(STATUSES)] | None = None
    red_locked: bool | None = None
    element: str | None = Field(None, max_length=2)
    obtained_small_scale: Literal["0", "1", "2"] | None = None
    selection: Literal["unselected", "selected", "confirmed"] | None = None
    purpose: Literal["deduct", "exclude", "refund"] | None = None
    period: str | None = Field(None, pattern="^2[0-9]{3}(0[1-9]|1[0-2])$")
    reason: str | None = Field(None, max_length=1)
    reason_text: str | None = Field(None, max_length=300)
    farm_method: Literal[("", *farm.METHODS)] | None = None
    farm_amount: str | None = None
    booked_on: date | Literal[""] | None = None


class EditError(Exception):
    """The change does not fit."""


def apply(world: World, edit: Edit) -> dict:
    """Change or add; answers the invoice as it is now."""
    with world.store.transaction():
        if not world.store.one(
            "SELECT 1 FROM taxpayer WHERE tax_number = ?", edit.tax_number
        ):
            raise EditError("unknown taxpayer")
        row = _find(world, edit)
        columns = _columns(world, edit, row)
        _check(world, edit, row, columns)
        if row:
            _change(world, row, columns)
        else:
            _add(world, edit, columns)
        return state.invoice(_find(world, edit))


def _find(world: World, edit: Edit):
    return world.store.one(
        "SELECT * FROM invoice WHERE tax_number = ? AND number = ? AND code = ?",
        edit.tax_number,
        edit.number,
        edit.code,
    )


def _columns(world: World, edit: Edit, row) -> dict:
    """The table's columns to write."""
    given = edit.model_dump(
        exclude_unset=True,
        exclude={"tax_number", "number", "code", "gross", "creditable_vat"},
    )
    columns = {name: value for name, value in given.items() if value is not None}
    try:
        for name in ("net", "vat", "farm_amount"):
            if name in columns:
                columns[name] = money.cents(columns[name])
        if edit.creditable_vat is not None:
            columns["creditable"] = money.cents(edit.creditable_vat)
        elif "vat" in columns:
            columns["creditable"] = columns["vat"]
    except ValueError as error:
        raise EditError(f"not an amount: {error}") from error
    columns |= _farm_credit(edit, row, columns)
    if edit.issue_date:
        columns["issue_date"] = edit.issue_date.isoformat()
    if edit.booked_on is not None:
        day = edit.booked_on
        columns["booked_on"] = day.isoformat() if day else None
    if edit.red_locked is not None:
        columns["red_locked"] = int(edit.red_locked)
    return columns | _selection(world, edit, row)


def _farm_credit(edit: Edit, row, columns: dict) -> dict:
    """What a farm treatment credits, kept in step with amounts and method."""
    if not columns.keys() & {"net", "vat", "farm_method", "farm_amount"}:
        return {}

    def value(name, default):
        return columns.get(name, row[name] if row else default)

    net, vat, method = value("net", 0), value("vat", 0), value("farm_method", "")
    own = value("farm_amount", None) if method == "mixed" else None
    credit = farm.credit(method, net, vat, own) if method else None
    values = {"farm_amount": own, "farm_credit": credit}
    if edit.creditable_vat is None and (method or edit.farm_method is not None):
        values["creditable"] = vat if credit is None else credit
    return values


def _selection(world: World, edit: Edit, row) -> dict:
    """A selection forced at the bureau is whole: purpose, period and time."""
    if edit.selection is None:
        return {}
    if edit.selection == "unselected":
        return {
            "purpose": None,
            "period": None,
            "selected_at": None,
            "reason": "",
            "reason_text": "",
        }
    purpose = edit.purpose or (row and row["purpose"]) or "deduct"
    current = world.store.value(
        "SELECT period FROM taxpayer WHERE tax_number = ?", edit.tax_number
    )
    if purpose == "refund":
        current = calendar.month_of(world.clock.now().date())
    return {
        "purpose": purpose,
        "period": edit.period or (row and row["period"]) or current,
        "selected_at": plain(world.clock.now()),
    }


def _check(world: World, edit: Edit, row, columns: dict) -> None:
    if not row:
        missing = [name for name in NEEDED if name not in columns]
        if missing:
            raise EditError(f"unknown invoice; to add one, give {', '.join(missing)}")
    if edit.gross is not None:
        net = columns.get("net", row["net"] if row else 0)
        vat = columns.get("vat", row["vat"] if row else 0)
        try:
            fits = money.cents(edit.gross) == net + vat
        except ValueError:
            fits = False
        if not fits:
            raise EditError("gross is not net + vat")


def _pool(world: World, issue_date: str) -> int:
    return int(issue_date < world.clock.now().date().isoformat())


def _change(world: World, row, columns: dict) -> None:
    issued = columns.get("issue_date", row["issue_date"])
    columns = {
        **columns,
        "changed": world.clock.stamp(),
        "in_pool": _pool(world, issued),
    }
    sets = ", ".join(f"{name} = ?" for name in columns)
    world.store.run(
        f"UPDATE invoice SET {sets} WHERE id = ?", *columns.values(), row["id"]
    )


def _add(world: World, edit: Edit, columns: dict) -> None:
    values = {
        "tax_number": edit.tax_number,
        "code": edit.code,
        "number": edit.number,
        "status": "normal",
        "red_locked": 0,
        "element": "",
        "obtained_small_scale": "0",
        "selection": "unselected",
        "reason": "",
        "reason_text": "",
        "changed": world.clock.stamp(),
        "in_pool": _pool(world, columns["issue_date"]),
        **columns,
    }
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    world.store.run(f"INSERT INTO invoice ({names}) VALUES ({marks})", *values.values())
