"""Selecting invoices for deduction or exclusion, and revoking that."""

from ..clock import plain
from ..world import World
from . import periods, pool, taxpayers
from .words import RESULT_TEXTS, Refused, selectable

BAD_STATUS = {
    "voided": "voided",
    "fully_red": "fully_red",
    "out_of_control": "out_of_control",
    "red": "red",
    "abnormal": "abnormal",
}


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
    """Do the selection; answers one result per invoice."""
    results = []
    for item in payload["items"]:
        invoice = pool.find(world, taxpayer["tax_number"], item["code"], item["number"])
        forced = world.faults.invoice_code(
            platform,
            payload["service"],
            taxpayer["tax_number"],
            item["number"],
        )
        if forced is not None:
            result = f"forced:{forced}"
        elif payload["action"] == "revoke":
            result = _revoke(world, payload, invoice)
        else:
            result = _select(world, taxpayer, payload, item, invoice)
        results.append(
            {
                "code": item["code"],
                "number": item["number"],
                "result": result,
                "text": RESULT_TEXTS.get(result, "税局返回异常"),
                "id": invoice["id"] if invoice else None,
            }
        )
    if any(line["result"] == "ok" for line in results):
        world.store.run(
            "UPDATE taxpayer SET nothing_selected = 0 WHERE tax_number = ?",
            taxpayer["tax_number"],
        )
    return {"items": results}


def _objection(payload: dict, item: dict, invoice) -> str | None:
    """Why this invoice cannot be selected, or None."""
    if invoice is None:
        return "not_found"
    if invoice["status"] in BAD_STATUS:
        return BAD_STATUS[invoice["status"]]
    if not selectable(invoice["type"], invoice["element"]):
        return "type"
    if item["type"] and item["type"] != invoice["type"]:
        return "type"
    if item["issue_date"] and item["issue_date"] != invoice["issue_date"]:
        return "type"
    first, last = periods.issue_range(payload["period"])
    if not first <= invoice["issue_date"] <= last:
        return "issue_date"
    if invoice["selection"] != "unselected":
        return "already_selected"
    if invoice["obtained_small_scale"] != "0":
        return "small_scale"
    creditable = item["creditable"]
    if creditable is not None and not 0 <= creditable <= invoice["vat"]:
        return "creditable"
    return None


def _select(world: World, taxpayer, payload: dict, item: dict, invoice) -> str:
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
        invoice["vat"] if creditable is None else creditable,
        plain(world.clock.now()),
        world.clock.stamp(),
        invoice["id"],
    )
    return "ok"


def _revoke(world: World, payload: dict, invoice) -> str:
    if invoice is None:
        return "not_found"
    if (
        invoice["selection"] != "selected"
        or invoice["purpose"] != payload["purpose"]
        or invoice["period"] != payload["period"]
    ):
        return "not_selected"
    world.store.run(
        "UPDATE invoice SET selection = 'unselected', purpose = NULL, period = NULL, "
        "reason = '', reason_text = '', selected_at = NULL, creditable = vat, "
        "changed = ?, effective_revocations = effective_revocations + 1 "
        "WHERE id = ?",
        world.clock.stamp(),
        invoice["id"],
    )
    return "ok"
