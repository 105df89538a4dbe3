"""The red-letter confirmation form (红字发票信息确认单).

The seller asks; the buyer has to agree only when it has used or booked the invoice,
within 72 hours. One red invoice is issued by one form, exactly as the form says.
"""

import uuid

from ..clock import plain
from ..world import World
from .numbers import region_of
from .words import Refused

FREE, WAITS_FOR_BUYER, WAITS_FOR_SELLER, CONFIRMED = "01", "02", "03", "04"
REFUSED_BY_BUYER, REFUSED_BY_SELLER, EXPIRED = "05", "06", "07"
CANCELLED, CANCELLED_LATER = "08", "09"
USABLE = (FREE, CONFIRMED)
LIVING = (FREE, WAITS_FOR_BUYER, WAITS_FOR_SELLER, CONFIRMED)
WRONG_ISSUE = "01"
PATIENCE = 72 * 3600  # seconds


def expire(world: World, tax_number: str) -> None:
    """What nobody confirmed in time is void."""
    world.store.run(
        "UPDATE red_form SET state = ? WHERE tax_number = ? AND state IN (?, ?) "
        "AND requested < ?",
        EXPIRED,
        tax_number,
        WAITS_FOR_BUYER,
        WAITS_FOR_SELLER,
        world.issuing_clock.seconds() - PATIENCE,
    )


def taken_back(world: World, blue, without: str = "") -> tuple[int, int]:
    """Net and VAT of a blue invoice's red ones and of its living forms.

    `without`: number of the form that is being used just now.
    """
    reds = world.store.one(
        "SELECT COALESCE(SUM(net), 0) AS net, COALESCE(SUM(vat), 0) AS vat FROM issued "
        "WHERE blue_number = ? AND blue_number <> ''",
        blue["number"],
    )
    marks = ", ".join("?" * len(LIVING))
    forms = world.store.one(
        "SELECT COALESCE(SUM(net), 0) AS net, COALESCE(SUM(vat), 0) AS vat "
        "FROM red_form WHERE tax_number = ? AND blue_number = ? AND red_number = '' "
        f"AND number <> ? AND state IN ({marks})",
        blue["tax_number"],
        blue["number"],
        without,
        *LIVING,
    )
    return -reds["net"] - forms["net"], -reds["vat"] - forms["vat"]


def fits(world: World, blue, net: int, vat: int, without: str = "") -> bool:
    """Whether as much is left of a blue invoice."""
    net_back, vat_back = taken_back(world, blue, without)
    return net_back - net <= blue["net"] and vat_back - vat <= blue["vat"]


def by_number(world: World, tax_number: str, number: str):
    """A form of a taxpayer, or None."""
    return world.store.one(
        "SELECT * FROM red_form WHERE tax_number = ? AND number = ?", tax_number, number
    )


def by_uuid(world: World, tax_number: str, uuid_: str):
    """The same by its other name."""
    return world.store.one(
        "SELECT * FROM red_form WHERE tax_number = ? AND uuid = ?", tax_number, uuid_
    )


def by_request(world: World, tax_number: str, request_number: str):
    """The same by the caller's own number."""
    return world.store.one(
        "SELECT * FROM red_form WHERE tax_number = ? AND request_number = ?",
        tax_number,
        request_number,
    )


def listed(world: World, tax_number: str, blue_number: str, page: int, size: int):
    """How many there are, and one page of them, oldest first."""
    where, values = "tax_number = ?", [tax_number]
    if blue_number:
        where, values = f"{where} AND blue_number = ?", [tax_number, blue_number]
    total = world.store.value(f"SELECT COUNT(*) FROM red_form WHERE {where}", *values)
    rows = world.store.rows(
        f"SELECT * FROM red_form WHERE {where} ORDER BY id LIMIT ? OFFSET ?",
        *values,
        size,
        (page - 1) * size,
    )
    return total, rows


def apply(world: World, taxpayer, asked: dict, by_buyer: bool = False):
    """Ask for a form; answers it."""
    tax_number = taxpayer["tax_number"]
    blue = world.store.one(
        "SELECT * FROM issued WHERE number = ? AND tax_number = ? AND kind = 'blue'",
        asked["blue_number"],
        tax_number,
    )
    if blue is None:
        raise Refused("BLUE_NOT_FOUND")
    net, vat = asked["net"], asked["vat"]
    if net >= 0 or vat > 0:
        raise Refused("INVALID_ARGUMENT", "冲红金额应为负数")
    if asked["reason"] == WRONG_ISSUE and (-net, -vat) != (blue["net"], blue["vat"]):
        raise Refused("INVALID_ARGUMENT", "开票有误须全额冲红")
    if not fits(world, blue, net, vat):
        raise Refused("RED_EXCEEDS_BLUE")
    state = WAITS_FOR_BUYER if blue["used_by_buyer"] else FREE
    return _add(
        world, taxpayer, {**asked, "state": WAITS_FOR_SELLER if by_buyer else state}
    )


def _add(world: World, taxpayer, asked: dict):
    now = world.issuing_clock.now()
    count = 1 + world.store.value("SELECT COALESCE(MAX(id), 0) FROM red_form")
    values = {
        "number": f"{region_of(taxpayer)}{now:%y%m}{count:014d}",
        "uuid": uuid.uuid4().hex,
        "tax_number": taxpayer["tax_number"],
        "requested": world.issuing_clock.seconds(),
        "requested_at": plain(now),
        **asked,
    }
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    cursor = world.store.run(
        f"INSERT INTO red_form ({names}) VALUES ({marks})", *values.values()
    )
    return world.store.one("SELECT * FROM red_form WHERE id = ?", cursor.lastrowid)


def move(world: World, form, moves: dict):
    """Let a form go to the state that follows; answers it."""
    state = None if form["red_number"] else moves.get(form["state"])
    if state is None:
        raise Refused("RED_FORM_STATE")
    world.store.run("UPDATE red_form SET state = ? WHERE id = ?", state, form["id"])
    return world.store.one("SELECT * FROM red_form WHERE id = ?", form["id"])


def refusal(world: World, invoice: dict, blue) -> str:
    """Why a red invoice cannot be taken, or nothing."""
    number = invoice["form"]
    if world.settings.values.red_needs_form or number:
        form = by_number(world, blue["tax_number"], number)
        if (
            form is None
            or form["uuid"] != invoice["form_uuid"]
            or form["state"] not in USABLE
            or form["red_number"]
        ):
            return "form_missing"
        if any(
            form[name] != invoice[name]
            for name in ("blue_number", "reason", "net", "vat")
        ):
            return "form_differs"
    if not fits(world, blue, invoice["net"], invoice["vat"], without=number):
        return "red_exceeds"
    return ""


def use(world: World, number: str, red_number: str) -> None:
    """A red invoice was issued by a form."""
    world.store.run(
        "UPDATE red_form SET red_number = ? WHERE number = ?", red_number, number
    )
