"""The statistics table of a period."""

import hashlib
import json

from ..clock import plain
from ..world import World
from . import periods, pool, taxpayers
from .words import ROWS, SOUND, TOTAL, Refused, statistics_row


def get(world: World, tax_number: str, period: str):
    """The kept row of a table, or None."""
    return world.store.one(
        "SELECT * FROM statistics WHERE tax_number = ? AND period = ?",
        tax_number,
        period,
    )


def state(world: World, taxpayer, period: str) -> str:
    """The state of the table, in the bureau's two-digit words (01 to 25)."""
    if _being_built(world, taxpayer["tax_number"], period):
        return "21"
    row = get(world, taxpayer["tax_number"], period)
    if row is None:
        empty = taxpayer["nothing_selected"] and period == taxpayer["period"]
        return "22" if empty else "01"
    if row["signed_at"]:
        return "05"
    if row["pre"]:
        return "03" if periods.running(world, period) else "25"
    return "02"


def _being_built(world: World, tax_number: str, period: str) -> bool:
    rows = world.store.rows(
        "SELECT payload FROM job WHERE tax_number = ? AND done = 0 "
        "AND kind = 'statistics'",
        tax_number,
    )
    return any(json.loads(row["payload"])["period"] == period for row in rows)


def fingerprint(invoices: list) -> str:
    """A digest of all that the table says; another one means 'data differs'."""
    digest = hashlib.sha256()
    for row in invoices:
        status = "sound" if row["status"] in SOUND else row["status"]
        digest.update(
            f"{row['id']}|{row['purpose']}|{row['creditable']}|{status};".encode()
        )
    return digest.hexdigest()


def summarise(invoices: list) -> dict:
    """Both blocks: row type → [count, net, VAT], every row type present."""
    blocks = {
        "deduct": {row: [0, 0, 0] for row in ROWS},
        "exclude": {row: [0, 0, 0] for row in ROWS},
    }
    for invoice in invoices:
        deduct = invoice["purpose"] == "deduct"
        block = blocks["deduct" if deduct else "exclude"]
        vat = invoice["creditable"] if deduct else invoice["vat"]
        for row in (statistics_row(invoice["type"], invoice["element"]), TOTAL):
            block[row][0] += 1
            block[row][1] += invoice["net"]
            block[row][2] += vat
    return blocks


def table(world: World, tax_number: str, period: str) -> dict | None:
    """The table as it stands; its list of abnormal invoices is always fresh."""
    row = get(world, tax_number, period)
    if row is None:
        return None
    abnormal = [
        dict(invoice)
        for invoice in pool.of_period(world, tax_number, period)
        if invoice["status"] not in SOUND
    ]
    return {
        "built_at": row["built_at"],
        **json.loads(row["data"]),
        "abnormal": abnormal,
    }


def require_revocable(world: World, taxpayer, payload: dict) -> None:
    """Refuse to revoke a table that is missing or signed."""
    taxpayers.require_general(taxpayer)
    periods.require_open(world, taxpayer, payload["period"])
    row = get(world, taxpayer["tax_number"], payload["period"])
    if row is None:
        raise Refused("STATISTICS_MISSING")
    if row["signed_at"]:
        raise Refused("ALREADY_CONFIRMED")


def require_buildable(world: World, taxpayer, payload: dict) -> None:
    """Refuse to build for a wrong taxpayer or period."""
    taxpayers.require_general(taxpayer)
    periods.require_open(world, taxpayer, payload["period"])


def build(world: World, taxpayer, payload: dict, platform: str) -> dict:
    """Build the table; one that stands is answered as it stands."""
    tax_number, period = taxpayer["tax_number"], payload["period"]
    if get(world, tax_number, period) is None:
        invoices = pool.of_period(world, tax_number, period)
        world.store.run(
            "UPDATE taxpayer SET nothing_selected = ? WHERE tax_number = ?",
            0 if invoices else 1,
            tax_number,
        )
        if not invoices:
            raise Refused("NOTHING_SELECTED")
        world.store.run(
            "INSERT INTO statistics (tax_number, period, pre, built_at, data, "
            "fingerprint) VALUES (?, ?, ?, ?, ?, ?)",
            tax_number,
            period,
            int(periods.running(world, period)),
            plain(world.clock.now()),
            json.dumps(summarise(invoices)),
            fingerprint(invoices),
        )
    return {"period": period}


def revoke(world: World, taxpayer, payload: dict, platform: str) -> dict:
    """Remove the table; selections may be changed again."""
    world.store.run(
        "DELETE FROM statistics WHERE tax_number = ? AND period = ?",
        taxpayer["tax_number"],
        payload["period"],
    )
    return {"period": payload["period"]}
