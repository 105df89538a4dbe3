"""What happens by itself as time goes by."""

from datetime import datetime

from ..world import World
from . import jobs, periods, pool, quota, refund


def tick(world: World) -> None:
    """When the day has changed: due work, new invoices, closing periods."""
    today = world.clock.now().date().isoformat()
    seen = world.store.get_meta("day")
    if seen == today:
        return
    jobs.settle_all(world)
    pool.admit(world, earlier_day=bool(seen) and today < seen)
    periods.roll(world)
    refund.release_past(world)
    quota.roll(world)
    world.store.set_meta("day", today)


def set_clock(world: World, moment: datetime) -> None:
    """Set the clock and let the days between happen."""
    with world.store.transaction():
        moved = world.clock.set(moment)
        jobs.clock_moved(world, moved)
        tick(world)
        if moved < 0:
            periods.restart_untouched(world)


def guarded(world: World) -> None:
    """The same in a transaction of its own."""
    with world.store.transaction():
        tick(world)
