"""A period left before it was filed, and the way back to it.

The taxpayer said "already filed" where the bureau could not tell, or the bureau moved
on by itself: the next period opens. Four conditions decide whether that is undone.
"""

from ..clock import plain
from ..world import World
from . import calendar, periods, pool, taxpayers
from .words import Refused

UNFINISHED, FINISHED = "unfinished", "finished"
CONDITIONS = ("not_confirmed", "not_filed", "by_answer", "in_window")


def require_word(taxpayer, payload: dict) -> None:
    """Refuse a signature while only the taxpayer knows whether it has filed."""
    if not taxpayer["filing_known"] and not payload.get("filing"):
        raise Refused("FILING_UNKNOWN")


def leave_when_finished(world: World, taxpayer, payload: dict) -> None:
    """Take the taxpayer at its word: the period is filed, the next one opens."""
    period = payload["period"]
    if taxpayer["filing_known"] or payload.get("filing") != FINISHED:
        return
    # What still runs cannot have been filed: the signature is only too early.
    if periods.running(world, period):
        return
    jump(world, taxpayer, by_answer=True)
    raise Refused(
        "PERIOD_FILED",
        f"本次确认不成功，原因：您税款所属期{period[:4]}年{period[4:]}月的申报工作"
        "已完成，本批次发票请您在下期进行勾选认证操作！",
    )


def jump(world: World, taxpayer, by_answer: bool) -> None:
    """Leave the current period without a filing."""
    tax_number, period = taxpayer["tax_number"], taxpayer["period"]
    now = world.clock.now()
    last = world.store.value("SELECT COALESCE(MAX(id), 0) FROM confirmation")
    periods.close(world, taxpayer, by_hand=False, moment=now)
    world.store.run(
        "UPDATE closed_period SET how = 'jumped' WHERE tax_number = ? AND period = ?",
        tax_number,
        period,
    )
    world.store.run(
        "INSERT OR REPLACE INTO jump (tax_number, period, opened_at, jumped_at, "
        "by_answer, last_confirmation) VALUES (?, ?, ?, ?, ?, ?)",
        tax_number,
        period,
        taxpayer["opened_at"],
        plain(now),
        int(by_answer),
        last,
    )


def get(world: World, tax_number: str):
    """How the period before was left, or None when it was filed as ever."""
    return world.store.one("SELECT * FROM jump WHERE tax_number = ?", tax_number)


def receive_filing(world: World, taxpayer, period: str) -> bool:
    """The filing of a left period reaches the bureau; False when there is none."""
    left = get(world, taxpayer["tax_number"])
    if left is None or left["period"] != period:
        return False
    world.store.run(
        "UPDATE jump SET filed = 1 WHERE tax_number = ?", taxpayer["tax_number"]
    )
    world.store.run(
        "UPDATE closed_period SET how = 'filed' WHERE tax_number = ? AND period = ?",
        taxpayer["tax_number"],
        period,
    )
    return True


def conditions(world: World, taxpayer) -> dict:
    """The period to go back to and what must hold; all of it empty without a jump."""
    left = get(world, taxpayer["tax_number"])
    if left is None:
        return {"period": "", **dict.fromkeys(CONDITIONS, False)}
    confirmed = world.store.one(
        "SELECT 1 FROM confirmation WHERE tax_number = ? AND id > ?",
        taxpayer["tax_number"],
        left["last_confirmation"],
    )
    return {
        "period": left["period"],
        "not_confirmed": not confirmed,
        "not_filed": not left["filed"],
        "by_answer": bool(left["by_answer"]),
        "in_window": world.clock.now().date() <= calendar.deadline(left["period"]),
    }


def require_possible(world: World, taxpayer, payload: dict) -> None:
    """Refuse to go back unless all four conditions hold."""
    taxpayers.require_general(taxpayer)
    found = conditions(world, taxpayer)
    if found["period"] != payload["period"] or not all(
        found[name] for name in CONDITIONS
    ):
        raise Refused("ROLL_BACK_NOT_POSSIBLE")


def go_back(world: World, taxpayer, payload: dict, platform: str) -> dict:
    """The period before is the current one again; everybody has to log in again."""
    tax_number, left = taxpayer["tax_number"], taxpayer["period"]
    before = get(world, tax_number)
    pool.release_unconfirmed(world, tax_number, left)
    # Nothing was confirmed since: a table of the later period is not signed.
    for table, period in (
        ("statistics", left),
        ("closed_period", before["period"]),
        ("jump", before["period"]),
    ):
        world.store.run(
            f"DELETE FROM {table} WHERE tax_number = ? AND period = ?",
            tax_number,
            period,
        )
    back = {
        "period": before["period"],
        "opened_at": before["opened_at"],
        "deadline": calendar.deadline(before["period"]).isoformat(),
        "nothing_selected": 0,
    }
    taxpayers.write(world, tax_number, back)
    taxpayers.end_session(world, tax_number)
    return {"period": before["period"]}
