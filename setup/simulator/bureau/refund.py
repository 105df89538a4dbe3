"""Export refund: selecting for it and confirming its table, month by month."""

from ..clock import plain
from ..world import World
from . import calendar, pool, selection, taxpayers
from .words import Refused

OK = "200"


def require_month(world: World, taxpayer, payload: dict) -> None:
    """Refuse every month but the running one of the calendar."""
    taxpayers.require_general(taxpayer)
    if payload["period"] != calendar.month_of(world.clock.now().date()):
        raise Refused("PERIOD_NOT_OPEN")


def work(world: World, taxpayer, payload: dict, platform: str) -> dict:
    """Select for refund, or revoke that; one result per invoice."""
    return {"items": selection.act_on_all(world, taxpayer, payload, platform)}


def confirm(world: World, taxpayer, payload: dict, platform: str) -> dict:
    """Confirm what is selected in the month and was not confirmed before."""
    tax_number, period = taxpayer["tax_number"], payload["period"]
    sums = world.store.one(
        "SELECT COUNT(*), SUM(net), SUM(vat) FROM invoice WHERE tax_number = ? "
        "AND period = ? AND purpose = 'refund' AND selection = 'selected'",
        tax_number,
        period,
    )
    if not sums[0]:
        raise Refused("NOTHING_SELECTED")
    world.store.run(
        "UPDATE invoice SET selection = 'confirmed', changed = ? WHERE tax_number = ? "
        "AND period = ? AND purpose = 'refund' AND selection = 'selected'",
        world.clock.stamp(),
        tax_number,
        period,
    )
    ordinal = 1 + world.store.value(
        "SELECT COUNT(*) FROM refund_confirmation WHERE tax_number = ? AND period = ?",
        tax_number,
        period,
    )
    answer = {
        "sign_code": OK,
        "text": "成功",
        "signed_at": plain(world.clock.now()),
        "ordinal": ordinal,
        "count": sums[0],
        "net": sums[1],
        "vat": sums[2],
    }
    world.store.run(
        "INSERT INTO refund_confirmation (tax_number, period, ordinal, signed_at, "
        "count, net, vat) VALUES (?, ?, ?, ?, ?, ?, ?)",
        tax_number,
        period,
        ordinal,
        answer["signed_at"],
        *sums,
    )
    return answer


def release_past(world: World) -> None:
    """What was selected in a month that is over and not confirmed goes back."""
    month = calendar.month_of(world.clock.now().date())
    if world.store.one(
        "SELECT 1 FROM invoice WHERE purpose = 'refund' AND selection = 'selected' "
        "AND period < ?",
        month,
    ):
        world.store.run(
            f"UPDATE invoice SET {pool.UNSELECT}, changed = ? "
            "WHERE purpose = 'refund' AND selection = 'selected' AND period < ?",
            world.clock.stamp(),
            month,
        )
