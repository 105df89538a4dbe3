"""Booking: the taxpayer tells that an invoice is in its books."""

from ..world import World
from . import lines


def require_possible(world: World, taxpayer, payload: dict) -> None:
    """Everybody keeps books, small-scale taxpayers too."""


def work(world: World, taxpayer, payload: dict, platform: str) -> dict:
    """Note the invoices as booked; one result each."""
    return {"items": lines.act_on_all(world, taxpayer, payload, platform, _book)}


def _book(world: World, payload: dict, item: dict, invoice) -> str:
    if invoice["status"] == "voided":
        return "voided"
    if invoice["booked_on"]:
        return "booked"
    world.store.run(
        "UPDATE invoice SET booked_on = ?, changed = ?, "
        "effective_bookings = effective_bookings + 1 WHERE id = ?",
        item["booked_on"],
        world.clock.stamp(),
        invoice["id"],
    )
    return "ok"
