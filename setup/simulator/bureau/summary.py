"""The monthly summary (发票汇总确认): what was issued in a month, as a whole."""

from .. import money
from ..clock import plain
from ..world import World
from . import quota
from .words import REFUSALS, Refused

NAMES = {
    "blue_count": "蓝字份数",
    "blue_net": "蓝字金额",
    "blue_vat": "蓝字税额",
    "red_count": "红字份数",
    "red_net": "红字金额",
    "red_vat": "红字税额",
}


def totals(world: World, tax_number: str, month: str) -> dict:
    """Count, net and VAT of the blue and the red invoices issued in a month."""
    found = dict.fromkeys(NAMES, 0)
    for row in world.store.rows(
        "SELECT kind, COUNT(*) AS count, SUM(net) AS net, SUM(vat) AS vat FROM issued "
        "WHERE tax_number = ? AND month = ? GROUP BY kind",
        tax_number,
        month,
    ):
        found |= {
            f"{row['kind']}_{name}": row[name] for name in ("count", "net", "vat")
        }
    return found


def confirmed_at(world: World, tax_number: str, month: str) -> str | None:
    """When a month was confirmed, or None."""
    return world.store.value(
        "SELECT confirmed_at FROM summary WHERE tax_number = ? AND month = ?",
        tax_number,
        month,
    )


def require_possible(world: World, taxpayer, payload: dict) -> None:
    """Refuse what the month's state forbids."""
    tax_number, month = taxpayer["tax_number"], payload["month"]
    done = confirmed_at(world, tax_number, month)
    if payload["action"] == "confirm":
        if month >= quota.month_now(world):
            raise Refused("SUMMARY_MONTH_RUNNING")
        if done:
            raise Refused("ALREADY_CONFIRMED", "该月份已汇总确认")
        return
    if not done:
        raise Refused("SUMMARY_MISSING")
    if world.store.one(
        "SELECT 1 FROM closed_period WHERE tax_number = ? AND period >= ? "
        "AND how = 'filed'",
        tax_number,
        month,
    ):
        raise Refused("PERIOD_FILED")


def work(world: World, taxpayer, payload: dict, platform: str) -> dict:
    """Confirm a month when the caller counts as the bureau does, or cancel that."""
    tax_number, month = taxpayer["tax_number"], payload["month"]
    own = totals(world, tax_number, month)
    if payload["action"] == "cancel":
        world.store.run(
            "DELETE FROM summary WHERE tax_number = ? AND month = ?", tax_number, month
        )
        return {"totals": own}
    if own != payload["totals"]:
        text = "，".join(
            f"{words} {_shown(name, own)}" for name, words in NAMES.items()
        )
        return {
            "refused": "SUMMARY_DIFFERS",
            "text": f"{REFUSALS['SUMMARY_DIFFERS']}：{text}",
            "totals": own,
        }
    world.store.run(
        "INSERT INTO summary VALUES (?, ?, ?)",
        tax_number,
        month,
        plain(world.issuing_clock.now()),
    )
    return {"totals": own}


def _shown(name: str, own: dict):
    return own[name] if name.endswith("count") else money.text(own[name])
