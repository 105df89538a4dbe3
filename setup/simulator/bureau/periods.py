"""Tax periods: which one is open, how it closes, and what closing does."""

from datetime import date, datetime, timedelta

from ..clock import plain
from ..world import World
from . import calendar, pool, taxpayers
from .words import Refused


def require_open(world: World, taxpayer, period: str) -> None:
    """Refuse every period but the current one."""
    if period == taxpayer["period"]:
        return
    closed = world.store.one(
        "SELECT 1 FROM closed_period WHERE tax_number = ? AND period = ?",
        taxpayer["tax_number"],
        period,
    )
    if closed or period < taxpayer["period"]:
        raise Refused("PERIOD_FILED")
    raise Refused("PERIOD_NOT_OPEN")


def running(world: World, period: str) -> bool:
    """Whether the period's last month is not over yet."""
    return period >= calendar.month_of(world.clock.now().date())


def issue_range(period: str) -> tuple[str, str]:
    """First and last selectable issue date (yyyy-MM-dd)."""
    return "2017-01-01", calendar.last_day(period).isoformat()


def roll(world: World) -> None:
    """Close every period whose deadline has passed."""
    today = world.clock.now().date().isoformat()
    late = world.store.rows("SELECT * FROM taxpayer WHERE deadline < ?", today)
    for taxpayer in late:
        while taxpayer["deadline"] < today:
            day = date.fromisoformat(taxpayer["deadline"]) + timedelta(days=1)
            moment = datetime(day.year, day.month, day.day)
            close(world, taxpayer, by_hand=False, moment=moment)
            taxpayer = taxpayers.get(world, taxpayer["tax_number"])


def file(world: World, taxpayer) -> str:
    """File the current period by hand; answers the period filed."""
    period = taxpayer["period"]
    if running(world, period):
        raise Refused("PERIOD_NOT_OPEN", "税款所属期尚未结束，不能申报")
    close(world, taxpayer, by_hand=True, moment=world.clock.now())
    return period


def close(world: World, taxpayer, by_hand: bool, moment: datetime) -> None:
    """Close the current period and open the next."""
    tax_number, period = taxpayer["tax_number"], taxpayer["period"]
    signed = world.store.value(
        "SELECT signed_at FROM statistics WHERE tax_number = ? AND period = ?",
        tax_number,
        period,
    )
    released = pool.release_unconfirmed(world, tax_number, period)
    filed = by_hand or signed or not released
    if not signed:
        world.store.run(
            "DELETE FROM statistics WHERE tax_number = ? AND period = ?",
            tax_number,
            period,
        )
    world.store.run(
        "INSERT OR REPLACE INTO closed_period VALUES (?, ?, ?, ?, ?, ?)",
        tax_number,
        period,
        taxpayer["opened_at"],
        taxpayer["deadline"],
        plain(moment),
        "filed" if filed else "expired",
    )
    # From a period that is closed in its turn nobody goes back any more.
    world.store.run("DELETE FROM jump WHERE tax_number = ?", tax_number)
    after = calendar.following(period, taxpayer["filing"])
    world.store.run(
        "UPDATE taxpayer SET period = ?, opened_at = ?, deadline = ?, "
        "nothing_selected = 0 WHERE tax_number = ?",
        after,
        plain(moment),
        calendar.deadline(after).isoformat(),
        tax_number,
    )


def restart_untouched(world: World) -> None:
    """After the clock was turned back: taxpayers nobody acted for start anew."""
    untouched = world.store.rows(
        "SELECT tax_number, filing FROM taxpayer t WHERE NOT EXISTS "
        "(SELECT 1 FROM closed_period c WHERE c.tax_number = t.tax_number) "
        "AND NOT EXISTS (SELECT 1 FROM invoice i WHERE i.tax_number = t.tax_number "
        "AND i.period IS NOT NULL)"
    )
    for row in untouched:
        first = taxpayers.first_period(world, row["filing"])
        world.store.run(
            "UPDATE taxpayer SET period = ?, opened_at = ?, deadline = ? "
            "WHERE tax_number = ?",
            first["period"],
            first["opened_at"],
            first["deadline"],
            row["tax_number"],
        )
