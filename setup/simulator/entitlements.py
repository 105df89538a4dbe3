"""The books of the entitlement platform: serial numbers, and who holds what.

An entitlement is one tax number in one service group. It takes one of the total of
a serial number, once, and gives it back when it is cancelled; for sixty days after
that the tax number gets none in that group.
"""

import hashlib
import json
import secrets
from datetime import date, datetime, timedelta

from .clock import plain
from .world import World

GROUPS = ("issuing", "receiving", "warning", "archive")
LOCK_DAYS = 60
NO_REMAINING = "3001"
SERIAL_NEEDED = "3002"
SERIAL_WRONG = "3003"
LOCKED = "3004"
OTHER_CUSTOMER = "3005"
CONFLICT = "3006"
TEXTS = {
    NO_REMAINING: "权益平台无剩余可分配权益",
    SERIAL_NEEDED: "未提供产品序列号",
    SERIAL_WRONG: "产品序列号不存在、不属于该服务分组或不在有效期内",
    LOCKED: "取消授权后60天内不允许重新授权",
    OTHER_CUSTOMER: "该税号已由其他客户授权",
    CONFLICT: "请求号重复且内容不一致",
}


class Refused(Exception):
    """The platform says no, for a code of the list above."""

    def __init__(self, code: str, **data):
        super().__init__(code)
        self.code = code
        self.text = TEXTS[code]
        self.data = data


def put_serial(world: World, values: dict) -> dict:
    """Add a serial number, or change a known one; answers it with what is used."""
    today = world.clock.now().date()
    known = world.store.one(
        "SELECT * FROM entitlement_serial WHERE serial = ?", values["serial"]
    )
    row = {
        "valid_from": today.isoformat(),
        "valid_to": _year_after(today).isoformat(),
        "total": 10,
        **(dict(known) if known else {}),
        **{name: value for name, value in values.items() if value is not None},
    }
    names = "serial customer service_group total valid_from valid_to".split()
    world.store.run(
        "INSERT OR REPLACE INTO entitlement_serial "
        f"({', '.join(names)}) VALUES (?, ?, ?, ?, ?, ?)",
        *(row[name] for name in names),
    )
    return serial(world, row)


def _year_after(day: date) -> date:
    """The last day of the year that begins on that day."""
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 1, day=28 if leap else day.day) - timedelta(
        days=1
    )


def serial(world: World, row) -> dict:
    """A serial number as it stands, with what is used of it."""
    used = world.store.value(
        "SELECT COUNT(*) FROM entitlement WHERE serial = ? AND status = 'authorised'",
        row["serial"],
    )
    return {**dict(row), "used": used}


def serials(world: World, customer: str) -> list[dict]:
    """All serial numbers of a customer."""
    rows = world.store.rows(
        "SELECT * FROM entitlement_serial WHERE customer = ? "
        "ORDER BY service_group, serial",
        customer,
    )
    return [serial(world, row) for row in rows]


def remaining(world: World, customer: str) -> list[dict]:
    """Total, used and remaining of each service group the customer has."""
    today = world.clock.now().date().isoformat()
    sums = {}
    for row in serials(world, customer):
        if row["valid_from"] <= today <= row["valid_to"]:
            total = sums.setdefault(row["service_group"], [0, 0])
            total[0] += row["total"]
            total[1] += row["used"]
    return [
        {"group": group, "total": total, "used": used, "left": max(0, total - used)}
        for group, (total, used) in sorted(sums.items())
    ]


def get(world: World, tax_number: str, group: str):
    """The entitlement's row, or None."""
    return world.store.one(
        "SELECT * FROM entitlement WHERE tax_number = ? AND service_group = ?",
        tax_number,
        group,
    )


def authorise(world: World, customer: str, asked) -> None:
    """Give the tax number an entitlement; one that it has already stays as it is."""
    row = get(world, asked.taxNo, asked.serviceGroup)
    if row and row["status"] == "authorised":
        if row["customer"] != customer:
            raise Refused(OTHER_CUSTOMER)
        return
    now = plain(world.clock.now())
    if row and row["locked_until"] and now < row["locked_until"]:
        raise Refused(LOCKED, until=row["locked_until"])
    source = _source(world, customer, asked)
    _write(
        world,
        asked.taxNo,
        asked.serviceGroup,
        {
            "customer": customer,
            "name": asked.name,
            "serial": source["serial"],
            "status": "authorised",
            "code": secrets.token_hex(16),
            "authorised_at": now,
            "valid_from": source["valid_from"],
            "valid_to": source["valid_to"],
            "cancelled_at": None,
            "locked_until": None,
            "effective_authorisations": (row["effective_authorisations"] if row else 0)
            + 1,
            "effective_cancellations": row["effective_cancellations"] if row else 0,
        },
    )


def _source(world: World, customer: str, asked) -> dict:
    """The serial number that the entitlement is taken from."""
    today = world.clock.now().date().isoformat()
    if not asked.serial and (asked.licenseKind != "formal" or asked.idc):
        raise Refused(SERIAL_NEEDED)
    found = [
        row
        for row in serials(world, customer)
        if row["service_group"] == asked.serviceGroup
        and asked.serial in ("", row["serial"])
        and row["valid_from"] <= today <= row["valid_to"]
    ]
    if asked.serial and not found:
        raise Refused(SERIAL_WRONG)
    free = [row for row in found if row["used"] < row["total"]]
    if not free:
        raise Refused(NO_REMAINING)
    return free[0]


def cancel(world: World, customer: str, asked) -> None:
    """Take the entitlement back; where there is none, nothing changes."""
    row = get(world, asked.taxNo, asked.serviceGroup)
    if not row or row["status"] != "authorised":
        return
    if row["customer"] != customer:
        raise Refused(OTHER_CUSTOMER)
    since = datetime.fromisoformat(asked.cancelledAt)
    _write(
        world,
        asked.taxNo,
        asked.serviceGroup,
        {
            **dict(row),
            "status": "cancelled",
            "cancelled_at": plain(since),
            "locked_until": plain(since + timedelta(days=LOCK_DAYS)),
            "valid_from": None,
            "valid_to": None,
            "effective_cancellations": row["effective_cancellations"] + 1,
        },
    )


def _write(world: World, tax_number: str, group: str, values: dict) -> None:
    values = {**values, "tax_number": tax_number, "service_group": group}
    world.store.run(
        f"INSERT OR REPLACE INTO entitlement ({', '.join(values)}) "
        f"VALUES ({', '.join('?' * len(values))})",
        *values.values(),
    )


def describe(world: World, customer: str, tax_number: str, group: str) -> dict:
    """An entitlement as it is answered."""
    row = get(world, tax_number, group)
    data = {"taxNo": tax_number, "serviceGroup": group, "status": "none"}
    if not row or row["customer"] != customer:
        return data
    return {
        **data,
        "status": row["status"],
        "registerCode": row["code"],
        "authorisedAt": row["authorised_at"],
        "validFrom": row["valid_from"] or "",
        "validTo": row["valid_to"] or "",
        "cancelledAt": row["cancelled_at"] or "",
        "lockedUntil": row["locked_until"] or "",
    }


def once(world: World, customer: str, operation: str, asked, work) -> dict:
    """Do what is asked under a request number, or answer what was answered to it.

    A refusal is not kept: nothing was done, the same may be asked again.
    """
    content = json.dumps([operation, asked.model_dump()], sort_keys=True)
    digest = hashlib.sha256(content.encode()).hexdigest()
    kept = request(world, customer, asked.requestNo)
    if kept:
        if kept["digest"] != digest:
            raise Refused(CONFLICT)
        return json.loads(kept["answer"])
    work(world, customer, asked)
    answer = describe(world, customer, asked.taxNo, asked.serviceGroup)
    world.store.run(
        "INSERT INTO entitlement_request "
        "(customer, request_number, operation, digest, answer) VALUES (?, ?, ?, ?, ?)",
        customer,
        asked.requestNo,
        operation,
        digest,
        json.dumps(answer, ensure_ascii=False),
    )
    return answer


def request(world: World, customer: str, number: str):
    """What was answered under a request number, or None."""
    return world.store.one(
        "SELECT * FROM entitlement_request WHERE customer = ? AND request_number = ?",
        customer,
        number,
    )
