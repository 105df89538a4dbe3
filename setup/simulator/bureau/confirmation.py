"""Signing the statistics table, and cancelling the signature."""

from ..clock import plain
from ..world import World
from . import jumps, periods, pool, statistics, taxpayers
from .words import Refused

OK, TOO_EARLY, DIFFERS, LOCKED = "200", "222", "333", "444"
TEXTS = {
    OK: "成功",
    TOO_EARLY: "未到申报期，不能确认签名",
    DIFFERS: "数据与统计表不一致，请撤销统计后重新统计",
    LOCKED: "存在红字锁定的发票，不能汇总",
}


def require_table(world: World, taxpayer, payload: dict) -> None:
    """Refuse when there is no table to sign."""
    taxpayers.require_general(taxpayer)
    periods.require_open(world, taxpayer, payload["period"])
    if statistics.get(world, taxpayer["tax_number"], payload["period"]) is None:
        raise Refused("STATISTICS_MISSING")


def require_signable(world: World, taxpayer, payload: dict) -> None:
    """Refuse without a table, or without the word on the filing."""
    require_table(world, taxpayer, payload)
    jumps.require_word(taxpayer, payload)


def sign(world: World, taxpayer, payload: dict, platform: str) -> dict:
    """Sign the table: code 200, 222, 333 or 444."""
    jumps.leave_when_finished(world, taxpayer, payload)
    tax_number, period = taxpayer["tax_number"], payload["period"]
    row = statistics.get(world, tax_number, period)
    if row["signed_at"]:
        return _answer(OK, row["signed_at"], row["ordinal"])
    if row["pre"] or periods.running(world, period):
        return _answer(TOO_EARLY)
    invoices = pool.of_period(world, tax_number, period)
    if statistics.fingerprint(invoices) != row["fingerprint"]:
        return _answer(DIFFERS)
    locked = [invoice for invoice in invoices if invoice["red_locked"]]
    if locked:
        return _answer(LOCKED, locked=locked)
    return _confirm(world, tax_number, period)


def _confirm(world: World, tax_number: str, period: str) -> dict:
    signed_at = plain(world.clock.now())
    ordinal = 1 + world.store.value(
        "SELECT COUNT(*) FROM confirmation WHERE tax_number = ? AND period = ?",
        tax_number,
        period,
    )
    world.store.run(
        "UPDATE invoice SET selection = 'confirmed', changed = ? "
        "WHERE tax_number = ? AND period = ? AND purpose IS NOT 'refund'",
        world.clock.stamp(),
        tax_number,
        period,
    )
    world.store.run(
        "UPDATE statistics SET signed_at = ?, ordinal = ? "
        "WHERE tax_number = ? AND period = ?",
        signed_at,
        ordinal,
        tax_number,
        period,
    )
    world.store.run(
        "INSERT INTO confirmation (tax_number, period, ordinal, signed_at) "
        "VALUES (?, ?, ?, ?)",
        tax_number,
        period,
        ordinal,
        signed_at,
    )
    return _answer(OK, signed_at, ordinal)


def cancel(world: World, taxpayer, payload: dict, platform: str) -> dict:
    """Cancel the signature; cancelling what is not signed changes nothing."""
    tax_number, period = taxpayer["tax_number"], payload["period"]
    row = statistics.get(world, tax_number, period)
    if not row["signed_at"]:
        return _answer(OK)
    now = plain(world.clock.now())
    world.store.run(
        "UPDATE invoice SET selection = 'selected', changed = ? "
        "WHERE tax_number = ? AND period = ? AND purpose IS NOT 'refund'",
        world.clock.stamp(),
        tax_number,
        period,
    )
    world.store.run(
        "UPDATE statistics SET signed_at = NULL, ordinal = NULL "
        "WHERE tax_number = ? AND period = ?",
        tax_number,
        period,
    )
    world.store.run(
        "UPDATE confirmation SET cancelled_at = ? "
        "WHERE tax_number = ? AND period = ? AND cancelled_at IS NULL",
        now,
        tax_number,
        period,
    )
    return _answer(OK, ordinal=row["ordinal"])


def _answer(
    code: str,
    signed_at: str | None = None,
    ordinal: int | None = None,
    locked: list | None = None,
) -> dict:
    return {
        "sign_code": code,
        "text": TEXTS[code],
        "signed_at": signed_at,
        "ordinal": ordinal,
        "locked": [
            {"code": row["code"], "number": row["number"]} for row in locked or []
        ],
    }
