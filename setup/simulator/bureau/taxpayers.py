"""Taxpayers and their logins."""

import json
import secrets
from datetime import datetime, timedelta

from ..clock import plain
from ..world import World
from . import calendar
from .words import GENERAL_KINDS, Refused

TRIES = 10
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


def add(world: World, values: dict) -> None:
    """Add a taxpayer, or change the master data of a known one."""
    known = get(world, values["tax_number"])
    if known:
        columns = [name for name in values if name != "tax_number"]
        sets = ", ".join(f"{name} = ?" for name in columns)
        world.store.run(
            f"UPDATE taxpayer SET {sets} WHERE tax_number = ?",
            *(values[name] for name in columns),
            values["tax_number"],
        )
        return
    values = {**values, **first_period(world, values["filing"])}
    names = ", ".join(values)
    marks = ", ".join("?" * len(values))
    world.store.run(
        f"INSERT INTO taxpayer ({names}) VALUES ({marks})", *values.values()
    )


def first_period(world: World, filing: str) -> dict:
    """The current period of a taxpayer that always filed in time."""
    period = calendar.open_on(world.clock.now().date(), filing)
    return {
        "period": period,
        "opened_at": opening(period, filing),
        "deadline": calendar.deadline(period).isoformat(),
    }


class LoginRefused(Exception):
    """A login is refused; `code` is the channel's own word for it."""

    def __init__(self, code: str, text: str, **data):
        super().__init__(code)
        self.code = code
        self.text = text
        self.data = data


def login(world: World, tax_number: str, cert: str, platform: str | None):
    """Check the passwords and open a session; answers (token, seconds)."""
    taxpayer = get(world, tax_number)
    if taxpayer is None:
        raise LoginRefused("4040", "纳税人不存在")
    if taxpayer["status"] != "03":
        raise LoginRefused("4105", "纳税人状态异常，不能登录")
    if not taxpayer["credit_level"]:
        raise LoginRefused("4106", "纳税人无信用等级")
    if len(cert) < 8:
        raise LoginRefused("4101", "证书密码长度不能少于8位")
    _require_unlocked(world, taxpayer)
    if cert != taxpayer["cert_password"]:
        left = _count_wrong(world, taxpayer, "cert_wrong")
        raise LoginRefused("4102", f"证书密码错误，还可尝试{left}次", left=left)
    expected = taxpayer["platform_password"]
    if expected and platform != expected:
        left = TRIES - taxpayer["platform_wrong"]
        if platform:
            left = _count_wrong(world, taxpayer, "platform_wrong")
        raise LoginRefused("4104", f"平台密码缺失或错误，还可尝试{left}次", left=left)
    _clear_wrong(world, tax_number)
    return _open_session(world, tax_number)


def _require_unlocked(world: World, taxpayer) -> None:
    until = taxpayer["locked_until"]
    if not until:
        return
    if plain(world.clock.now()) < until:
        raise LoginRefused("4103", f"密码错误次数过多，已锁定至{until}", until=until)
    _clear_wrong(world, taxpayer["tax_number"])


def _clear_wrong(world: World, tax_number: str) -> None:
    world.store.run(
        "UPDATE taxpayer SET cert_wrong = 0, platform_wrong = 0, locked_until = NULL "
        "WHERE tax_number = ?",
        tax_number,
    )


def _count_wrong(world: World, taxpayer, counter: str) -> int:
    fresh = get(world, taxpayer["tax_number"])
    wrong = fresh[counter] + 1
    until = None
    if wrong >= TRIES:
        tomorrow = world.clock.now().date() + timedelta(days=1)
        until = f"{tomorrow.isoformat()} 00:00:00"
    world.store.run(
        f"UPDATE taxpayer SET {counter} = ?, locked_until = ? WHERE tax_number = ?",
        wrong,
        until,
        taxpayer["tax_number"],
    )
    return max(0, TRIES - wrong)


def _open_session(world: World, tax_number: str) -> tuple[str, int]:
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
