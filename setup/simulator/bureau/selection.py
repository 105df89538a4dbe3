"""Selecting invoices for a purpose, and revoking that."""

from ..clock import plain
from ..world import World
from . import lines, passenger, periods, pool, taxpayers
from .words import REFUNDABLE, Refused, selectable


def require_possible(world: World, taxpayer, payload: dict) -> None:
    """Refuse the request as a whole when the state forbids it."""
    taxpayers.require_general(taxpayer)
    periods.require_open(world, taxpayer, payload["period"])
    if world.store.one(
        "SELECT 1 FROM statistics WHERE tax_number = ? AND period = ?",
        taxpayer["tax_number"],
        payload["period"],
    ):
        raise Refused("STATISTICS_EXIST")


def work(world: World, taxpayer, payload: dict, platform: str) -> dict:
    """Select for deduction or exclusion, or revoke that; one result per invoice."""
    results = act_on_all(world, taxpayer, payload, platform)
    if any(line["result"] == "ok" for line in results):
        world.store.run(
            "UPDATE taxpayer SET nothing_selected = 0 WHERE tax_number = ?",
            taxpayer["tax_number"],
        )
    return {"items": results}


def act_on_all(world: World, taxpayer, payload: dict, platform: str) -> list[dict]:
    """Select or revoke every invoice of a request, for whatever purpose."""
    act = _revoke if payload["action"] == "revoke" else _select
    return lines.act_on_all(world, taxpayer, payload, platform, act)


def _objection(payload: dict, item: dict, invoice) -> str | None:
    """Why this invoice cannot be selected, or None."""
    if invoice["status"] in lines.BAD_STATUS:
        return invoice["status"]
    if not lines.is_the_one(item, invoice) or not _fits(payload, invoice):
        return "type"
    first, last = periods.issue_range(payload["period"])
    if not first <= invoice["issue_date"] <= last:
        return "issue_date"
    if invoice["selection"] != "unselected":
        return "already_selected"
    if invoice["obtained_small_scale"] != "0":
        return "small_scale"
    creditable = item["creditable"]
    if creditable is not None and not 0 <= creditable <= _ceiling(payload, invoice):
        return "creditable"
    return None


def _fits(payload: dict, invoice) -> bool:
    """Whether an invoice of this kind can have the purpose at all."""
    if invoice["farm_method"] == "bought":
        return False
    if payload["purpose"] == "refund":
        return invoice["type"] in REFUNDABLE
    if payload.get("passenger"):
        return passenger.fits(invoice)
    if payload["purpose"] == "exclude" and passenger.is_ordinary(invoice):
        return True
    return selectable(invoice["type"], invoice["element"])


def _ceiling(payload: dict, invoice) -> int:
    """The most that can be credited."""
    if payload.get("passenger"):
        return passenger.ceiling(invoice)
    credit = invoice["farm_credit"]
    return invoice["vat"] if credit is None else credit


def _select(world: World, payload: dict, item: dict, invoice) -> str:
    objection = _objection(payload, item, invoice)
    if objection:
        return objection
    creditable = item["creditable"]
    world.store.run(
        "UPDATE invoice SET selection = 'selected', purpose = ?, period = ?, "
        "reason = ?, reason_text = ?, creditable = ?, selected_at = ?, changed = ?, "
        "effective_selections = effective_selections + 1 WHERE id = ?",
        payload["purpose"],
        payload["period"],
        item["reason"],
        item["reason_text"],
        _ceiling(payload, invoice) if creditable is None else creditable,
        plain(world.clock.now()),
        world.clock.stamp(),
        invoice["id"],
    )
    return "ok"


def _revoke(world: World, payload: dict, item: dict, invoice) -> str:
    same_purpose = invoice["purpose"] == payload["purpose"]
    confirmed = invoice["selection"] == "confirmed"
    if same_purpose and confirmed and payload["purpose"] == "refund":
        return "refund_confirmed"
    if (
        invoice["selection"] != "selected"
        or not same_purpose
        or invoice["period"] != payload["period"]
    ):
        return "not_selected"
    world.store.run(
        f"UPDATE invoice SET {pool.UNSELECT}, changed = ?, "
        "effective_revocations = effective_revocations + 1 WHERE id = ?",
        world.clock.stamp(),
        invoice["id"],
    )
    return "ok"
