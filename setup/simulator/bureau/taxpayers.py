"""Taxpayers and their logins."""

import json
import secrets
from datetime import datetime, timedelta

from ..clock import plain
from ..world import World
from . import calendar, pool
from .words import GENERAL_KINDS, Refused

STAFF = ("name", "phone", "email", "address", "postcode")
KINDS = {"general": "1", "small": "2"}


def get(world: World, tax_number: str):
    """The taxpayer's row, or None."""
    return world.store.one("SELECT * FROM taxpayer WHERE tax_number = ?", tax_number)


def is_general(taxpayer) -> bool:
    """Whether input VAT can be deducted at all."""
    return taxpayer["kind"] in GENERAL_KINDS


def require_general(taxpayer) -> None:
    """Refuse small-scale taxpayers."""
    if not is_general(taxpayer):
        raise Refused("SMALL_SCALE")


def opening(period: str, filing: str) -> str:
    """When a period opened if the one before it closed at its deadline."""
    before = calendar.deadline(calendar.preceding(period, filing))
    return plain(datetime(before.year, before.month, before.day) + timedelta(days=1))


def write(world: World, tax_number: str, values: dict) -> None:
    """Change columns of a taxpayer."""
    sets = ", ".join(f"{name} = ?" for name in values)
    world.store.run(
        f"UPDATE taxpayer SET {sets} WHERE tax_number = ?", *values.values(), tax_number
    )


def add(world: World, values: dict) -> None:
    """Add a taxpayer, or change the master data of a known one."""
    known = get(world, values["tax_number"])
    if known:
        change(world, known, values)
        return
    values = {**values, **first_period(world, values["filing"])}
    names = ", ".join(values)
    marks = ", ".join("?" * len(values))
    world.store.run(
        f"INSERT INTO taxpayer ({names}) VALUES ({marks})", *values.values()
    )


def change(world: World, taxpayer, values: dict) -> None:
    """Change master data; another credit level joins the history."""
    tax_number = taxpayer["tax_number"]
    level = values.get("credit_level", taxpayer["credit_level"]) or ""
    if level != (taxpayer["credit_level"] or ""):
        today = world.clock.now().date().isoformat()
        _add_credit_level(world, tax_number, level, today)
    filing = values.get("filing", taxpayer["filing"])
    if filing != taxpayer["filing"]:
        # The period of a month filer is none of a quarter filer: start anew.
        pool.release_unconfirmed(world, tax_number, taxpayer["period"])
        world.store.run("DELETE FROM jump WHERE tax_number = ?", tax_number)
        values = {**values, **first_period(world, filing)}
    write(world, tax_number, values)


def _add_credit_level(world: World, tax_number: str, level: str, day: str) -> None:
    """The level is valid from that day; empty: none is any more."""
    world.store.run(
        "UPDATE credit_level SET active = 0 WHERE tax_number = ?", tax_number
    )
    if level:
        world.store.run(
            "INSERT OR REPLACE INTO credit_level VALUES (?, ?, ?, 1)",
            tax_number,
            day,
            level,
        )


def keep_credit_history(world: World, tax_number: str, rows: list) -> None:
    """Give a new taxpayer its history: (level, day), oldest first."""
    if credit_history(world, tax_number):
        return
    for level, day in rows:
        _add_credit_level(world, tax_number, level, day)


def credit_history(world: World, tax_number: str) -> list[dict]:
    """The credit levels of a taxpayer, newest first."""
    rows = world.store.rows(
        "SELECT level, active, valid_from FROM credit_level WHERE tax_number = ? "
        "ORDER BY valid_from DESC",
        tax_number,
    )
    return [{**dict(row), "active": bool(row["active"])} for row in rows]


def staff(taxpayer) -> dict:
    """Who handles tax matters; every field is there, empty ones too."""
    known = json.loads(taxpayer["staff"] or "{}")
    return {name: known.get(name, "") for name in STAFF}


def save_staff(world: World, tax_number: str, values: dict) -> None:
    """Note who handles tax matters."""
    write(world, tax_number, {"staff": dump(values)})


def first_period(world: World, filing: str) -> dict:
    """The current period of a taxpayer that always filed in time."""
    period = calendar.open_on(world.clock.now().date(), filing)
    return {
        "period": period,
        "opened_at": opening(period, filing),
        "deadline": calendar.deadline(period).isoformat(),
    }


def open_session(world: World, tax_number: str) -> tuple[str, int]:
    """Log a taxpayer in; answers (token, seconds)."""
    seconds = world.settings.values.token_seconds
    token = secrets.token_hex(24)
    # One session per taxpayer: a new login ends the older one.
    world.store.run(
        "INSERT OR REPLACE INTO session VALUES (?, ?, ?)",
        tax_number,
        token,
        world.clock.seconds() + seconds,
    )
    return token, seconds


def session_owner(world: World, token: str) -> str | None:
    """The taxpayer a living token belongs to."""
    row = world.store.one("SELECT * FROM session WHERE token = ?", token)
    if row is None or row["expires"] <= world.clock.seconds():
        return None
    return row["tax_number"]


def end_session(world: World, tax_number: str) -> None:
    """Log a taxpayer out."""
    world.store.run("DELETE FROM session WHERE tax_number = ?", tax_number)


def served_by(taxpayer, entity: str) -> bool:
    """Whether a using entity acts for this taxpayer through Leqi."""
    return bool(taxpayer) and bool(entity) and taxpayer["leqi_entity"] == entity


def dump(value) -> str:
    """Compact JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
