"""The input pool: what a taxpayer may read of its invoices."""

from ..world import World

READS = 32
# What an invoice is again when its selection ends; a farm treatment stays.
UNSELECT = (
    "selection = 'unselected', purpose = NULL, period = NULL, reason = '', "
    "reason_text = '', selected_at = NULL, creditable = COALESCE(farm_credit, vat)"
)


def find(world: World, tax_number: str, code: str, number: str):
    """One invoice of the pool, or None."""
    return world.store.one(
        "SELECT * FROM invoice WHERE tax_number = ? AND number = ? AND code = ? "
        "AND in_pool = 1",
        tax_number,
        number,
        code,
    )


def by_id(world: World, id_: int):
    """One invoice by its row number."""
    return world.store.one("SELECT * FROM invoice WHERE id = ?", id_)


def by_ids(world: World, ids: list[int]) -> list:
    """Invoices by their row numbers, in that order."""
    marks = ",".join("?" * len(ids))
    rows = world.store.rows(f"SELECT * FROM invoice WHERE id IN ({marks})", *ids)
    found = {row["id"]: row for row in rows}
    return [found[id_] for id_ in ids if id_ in found]


def ids_of_months(world: World, tax_number: str, first: str, last: str) -> list[int]:
    """All invoices of the pool issued in these months (yyyyMM, inclusive)."""
    rows = world.store.rows(
        "SELECT id FROM invoice WHERE tax_number = ? AND issue_date BETWEEN ? AND ? "
        "AND in_pool = 1 ORDER BY id",
        tax_number,
        f"{first[:4]}-{first[4:]}-01",
        f"{last[:4]}-{last[4:]}-31",
    )
    return [row[0] for row in rows]


def ids_changed(world: World, tax_number: str, since: str) -> list[int]:
    """All invoices of the pool changed after a cursor."""
    rows = world.store.rows(
        "SELECT id FROM invoice WHERE tax_number = ? AND changed > ? AND in_pool = 1 "
        "ORDER BY id",
        tax_number,
        since,
    )
    return [row[0] for row in rows]


def page(
    world: World, tax_number: str, since: str | None, number: int, size: int
) -> tuple[int, str, list]:
    """A page of the invoices changed after a cursor: (total, cursor, rows).

    The cursor is taken when the first page is read, so that a change between
    two pages is read again next time instead of being missed.
    """
    since = since or ""
    cursor = world.store.value(
        "SELECT cursor FROM pool_read WHERE tax_number = ? AND since = ?",
        tax_number,
        since,
    )
    if number == 1 or cursor is None:
        cursor = world.clock.stamp()
        world.store.run(
            "INSERT OR REPLACE INTO pool_read VALUES (?, ?, ?)",
            tax_number,
            since,
            cursor,
        )
    ids = world.reads.get((tax_number, since))
    if number == 1 or ids is None:
        ids = ids_changed(world, tax_number, since)
        _keep(world, (tax_number, since), ids)
    start = (number - 1) * size
    return len(ids), cursor, by_ids(world, ids[start : start + size])


def _keep(world: World, key: tuple, ids: list[int]) -> None:
    world.reads.pop(key, None)
    world.reads[key] = ids
    while len(world.reads) > READS:
        world.reads.pop(next(iter(world.reads)))


def of_period(world: World, tax_number: str, period: str) -> list:
    """The invoices selected or confirmed in a period, refunds not among them."""
    return world.store.rows(
        "SELECT * FROM invoice WHERE tax_number = ? AND period = ? "
        "AND purpose IS NOT 'refund' ORDER BY id",
        tax_number,
        period,
    )


def admit(world: World, earlier_day: bool) -> None:
    """Let yesterday's invoices in (T+1); called when the day changes."""
    today = world.clock.now().date().isoformat()
    if earlier_day:
        world.store.run("UPDATE invoice SET in_pool = 0 WHERE issue_date >= ?", today)
    if world.store.one(
        "SELECT 1 FROM invoice WHERE in_pool = 0 AND issue_date < ?", today
    ):
        world.store.run(
            "UPDATE invoice SET in_pool = 1, changed = ? "
            "WHERE in_pool = 0 AND issue_date < ?",
            world.clock.stamp(),
            today,
        )


def release_unconfirmed(world: World, tax_number: str, period: str) -> int:
    """Selections nobody confirmed go back to unselected; answers how many."""
    return world.store.run(
        f"UPDATE invoice SET {UNSELECT}, changed = ? WHERE tax_number = ? "
        "AND period = ? AND selection = 'selected' AND purpose IS NOT 'refund'",
        world.clock.stamp(),
        tax_number,
        period,
    ).rowcount
