"""What the simulator knows of issuing, in plain English words."""

from collections.abc import Callable

from . import money
from .bureau import numbers, quota, red_forms, taxpayers
from .world import World

FORM_STATES = {
    "01": "free",
    "02": "waits_for_buyer",
    "03": "waits_for_seller",
    "04": "confirmed",
    "05": "refused_by_buyer",
    "06": "refused_by_seller",
    "07": "expired",
    "08": "cancelled",
    "09": "cancelled_later",
}
ISSUED = (
    "number tax_number kind type issued_at month uploaded_at buyer_tax_number "
    "buyer_name blue_number form"
).split()
FORM = (
    "number uuid tax_number request_number blue_number reason requested_at red_number"
).split()


def month_quota(world: World, taxpayer, row) -> dict:
    """The quota of one month."""
    running = row["month"] == quota.month_now(world)
    return {
        "tax_number": row["tax_number"],
        "month": row["month"],
        "running": running,
        "suspended": bool(taxpayer["suspended_at"]),
        "monthly": money.text(row["monthly"]),
        "left_before": money.text(row["remaining"]),
        "other_used": money.text(row["other_used"]),
        "available": money.text(quota.available(world, taxpayer, row) * running),
        "downloaded": money.text(row["downloaded"]),
        "used": money.text(row["used"]),
        "unused": money.text(quota.unused(row)),
        "filed": quota.filed(world, taxpayer, row["month"]),
        "valid_from": row["valid_from"],
        "valid_to": row["valid_to"],
    }


def _move(row) -> dict:
    amounts = {name: money.text(row[name]) for name in ("amount", "downloaded", "used")}
    return {**dict(row), **amounts}


def _segment(world: World, row) -> dict:
    return {
        **dict(row),
        "remaining": row["count"] - row["spent"],
        "expired": numbers.is_over(world, row),
    }


def issued(row) -> dict:
    """One issued invoice."""
    return {
        **{name: row[name] for name in ISSUED},
        "net": money.text(row["net"]),
        "vat": money.text(row["vat"]),
        "gross": money.text(row["net"] + row["vat"]),
        "charged": money.text(row["charged"]),
        "used_by_buyer": bool(row["used_by_buyer"]),
    }


def form(row) -> dict:
    """One red-letter confirmation form."""
    return {
        **{name: row[name] for name in FORM},
        "state": FORM_STATES[row["state"]],
        "net": money.text(row["net"]),
        "vat": money.text(row["vat"]),
    }


def everything(world: World, read: Callable) -> dict:
    """All of it; `read(table, order)` gives the rows of a table."""
    known = {row["tax_number"]: row for row in read("taxpayer", "tax_number")}
    for tax_number in known:
        red_forms.expire(world, tax_number)
    return {
        "quotas": [
            month_quota(world, known[row["tax_number"]], row)
            for row in read("quota", "tax_number, month")
        ],
        "quota_moves": [_move(row) for row in read("quota_move", "id")],
        "segments": [_segment(world, row) for row in read("segment", "id")],
        "issued": [issued(row) for row in read("issued", "number")],
        "discarded": [dict(row) for row in read("discarded", "number")],
        "red_forms": [form(row) for row in read("red_form", "id")],
        "summaries": [dict(row) for row in read("summary", "tax_number, month")],
    }


def quota_now(world: World, tax_number: str) -> dict:
    """The quota of the running month of one taxpayer."""
    taxpayer = taxpayers.get(world, tax_number)
    return month_quota(world, taxpayer, quota.current(world, taxpayer))
