"""A request about many invoices: each by itself, with a result of its own."""

from collections.abc import Callable

from ..world import World
from . import pool
from .words import RESULT_TEXTS

# Nothing can be done with such an invoice; the status is the result as well.
BAD_STATUS = frozenset(("voided", "fully_red", "out_of_control", "red", "abnormal"))


def act_on_all(
    world: World, taxpayer, payload: dict, platform: str, act: Callable
) -> list[dict]:
    """Act on every invoice of a request; answers one result each.

    `act(world, payload, item, invoice)` answers the result's word.
    """
    tax_number = taxpayer["tax_number"]
    results = []
    for item in payload["items"]:
        invoice = pool.find(world, tax_number, item["code"], item["number"])
        forced = world.faults.invoice_code(
            platform, payload["service"], tax_number, item["number"]
        )
        if forced is not None:
            result = f"forced:{forced}"
        elif invoice is None:
            result = "not_found"
        else:
            result = act(world, payload, item, invoice)
        results.append(
            {
                "code": item["code"],
                "number": item["number"],
                "result": result,
                "text": RESULT_TEXTS.get(result, "税局返回异常"),
                "id": invoice["id"] if invoice else None,
            }
        )
    return results


def is_the_one(item: dict, invoice) -> bool:
    """Whether type and issue date, where the caller gives them, are its own."""
    return item.get("type") in (None, "", invoice["type"]) and item.get(
        "issue_date"
    ) in (None, "", invoice["issue_date"])
