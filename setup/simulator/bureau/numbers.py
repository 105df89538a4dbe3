"""Invoice numbers: YY, region, channel and 15 digits, drawn in segments."""

from ..clock import plain
from ..world import World
from . import quota
from .words import Refused

LEQI_CHANNEL = "7"
REGIONS = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 "
    "61 62 63 64 65 91 92 93 94 95".split()
)
LAST = 10**15


def region_of(taxpayer) -> str:
    """The region digits of a taxpayer: its own, or those of its division code."""
    number = taxpayer["tax_number"]
    found = taxpayer["region"] or (number[2:4] if len(number) == 18 else number[:2])
    return found if found in REGIONS else "11"


def draw(world: World, taxpayer, count: int, request_number: str):
    """Give the next numbers of the running year; answers the segment."""
    quota.require_normal(taxpayer)
    now = world.issuing_clock.now()
    prefix = f"{now.year % 100:02d}{region_of(taxpayer)}{LEQI_CHANNEL}"
    # The one place where numbers are counted, inside the one write transaction.
    following = world.store.value(
        "INSERT INTO number_counter VALUES (?, ?) ON CONFLICT (prefix) "
        "DO UPDATE SET next = next + ? RETURNING next",
        prefix,
        count + 1,
        count,
    )
    if following > LAST:
        raise Refused("INVALID_ARGUMENT", "本年度号码已用完")
    first, last = following - count, following - 1
    cursor = world.store.run(
        "INSERT INTO segment (tax_number, year, first, last, count, request_number, "
        "drawn_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        taxpayer["tax_number"],
        str(now.year),
        f"{prefix}{first:015d}",
        f"{prefix}{last:015d}",
        count,
        request_number,
        plain(now),
    )
    return world.store.one("SELECT * FROM segment WHERE id = ?", cursor.lastrowid)


def segments(world: World, tax_number: str, year: str, page: int, size: int):
    """How many there are, and one page of them, oldest first."""
    where, values = "tax_number = ?", [tax_number]
    if year:
        where, values = f"{where} AND year = ?", [tax_number, year]
    total = world.store.value(f"SELECT COUNT(*) FROM segment WHERE {where}", *values)
    rows = world.store.rows(
        f"SELECT * FROM segment WHERE {where} ORDER BY id LIMIT ? OFFSET ?",
        *values,
        size,
        (page - 1) * size,
    )
    return total, rows


def left(world: World, tax_number: str) -> dict:
    """How many segments of the running year there are, and numbers left in them."""
    row = world.store.one(
        "SELECT COUNT(*) AS segments, COALESCE(SUM(count - spent), 0) AS numbers "
        "FROM segment WHERE tax_number = ? AND year = ?",
        tax_number,
        str(world.issuing_clock.now().year),
    )
    return dict(row)


def is_over(world: World, segment) -> bool:
    """Whether its year is: nothing more is issued with it."""
    return segment["year"] < str(world.issuing_clock.now().year)


def segment_of(world: World, tax_number: str, number: str):
    """The segment of a taxpayer that holds a number, or None."""
    # Numbers of one length: as text they stand in the order of their digits.
    return world.store.one(
        "SELECT * FROM segment WHERE tax_number = ? AND first <= ? AND last >= ? "
        "ORDER BY first DESC LIMIT 1",
        tax_number,
        number,
        number,
    )


def spend(world: World, segment) -> None:
    """One number less is left of a segment."""
    world.store.run("UPDATE segment SET spent = spent + 1 WHERE id = ?", segment["id"])


def discarded(world: World, number: str):
    """How a number was given up, or None."""
    return world.store.one("SELECT * FROM discarded WHERE number = ?", number)


def discard(world: World, taxpayer, number: str, reason: str) -> str:
    """Give a number up that no invoice came for; answers when."""
    segment = segment_of(world, taxpayer["tax_number"], number)
    if segment is None:
        raise Refused("NUMBER_NOT_DRAWN")
    if world.store.one("SELECT 1 FROM issued WHERE number = ?", number):
        raise Refused("NUMBER_UPLOADED")
    known = discarded(world, number)
    if known:
        return known["discarded_at"]
    moment = plain(world.issuing_clock.now())
    world.store.run(
        "INSERT INTO discarded VALUES (?, ?, ?, ?)",
        number,
        taxpayer["tax_number"],
        moment,
        reason,
    )
    spend(world, segment)
    return moment
