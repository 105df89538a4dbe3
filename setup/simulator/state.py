"""All the simulator knows, in plain English words."""

import json

from . import entitlements, money, state_issuing
from .bureau import jumps, taxpayers
from .bureau.words import ROWS
from .clock import iso
from .world import World

TAXPAYER = (
    "tax_number name status authority filing credit_level leqi_entity period "
    "opened_at deadline"
).split()
INVOICE = (
    "tax_number number code type issue_date seller_tax_number seller_name status "
    "element obtained_small_scale selection purpose period reason reason_text "
    "selected_at effective_selections effective_revocations farm_method booked_on "
    "effective_treatments effective_bookings"
).split()
KINDS = {"1": "general", "2": "small"}


def invoice(row) -> dict:
    """One invoice."""
    values = {name: row[name] for name in INVOICE}
    for name in ("reason", "reason_text", "element"):
        values[name] = values[name] or ""
    values["net"] = money.text(row["net"])
    values["vat"] = money.text(row["vat"])
    values["gross"] = money.text(row["net"] + row["vat"])
    values["creditable_vat"] = money.text(row["creditable"])
    own = row["farm_amount"]
    values["farm_amount"] = None if own is None else money.text(own)
    values["red_locked"] = bool(row["red_locked"])
    values["in_pool"] = bool(row["in_pool"])
    return values


def taxpayer(world: World, row) -> dict:
    """One taxpayer, without its secrets."""
    values = {name: row[name] for name in TAXPAYER}
    values["taxpayer_type"] = KINDS.get(row["kind"], row["kind"])
    values["risk"] = bool(row["risk"])
    values["filing_known"] = bool(row["filing_known"])
    # Passwords and answers are shown to nobody, only that they are there.
    values["platform_password_set"] = bool(row["platform_password"])
    values["question_set"] = bool(row["question"])
    values["wrong_tries"] = {
        "certificate": row["cert_wrong"],
        "platform": row["platform_wrong"],
        "answer": row["answer_wrong"],
    }
    values["locked_until"] = row["locked_until"]
    values["staff"] = taxpayers.staff(row)
    values["credit_history"] = taxpayers.credit_history(world, row["tax_number"])
    values["jump"] = _jump(world, row)
    return values


def _jump(world: World, row) -> dict | None:
    """How the period before was left without a filing, and what allows to go back."""
    left = jumps.get(world, row["tax_number"])
    if left is None:
        return None
    return {"jumped_at": left["jumped_at"], **jumps.conditions(world, row)}


def _periods(known, closed) -> list[dict]:
    periods = [
        {
            "tax_number": row["tax_number"],
            "period": row["period"],
            "opened_at": row["opened_at"],
            "deadline": row["deadline"],
            "closed_at": row["closed_at"],
            "state": row["how"],
        }
        for row in closed
    ]
    periods += [
        {
            "tax_number": row["tax_number"],
            "period": row["period"],
            "opened_at": row["opened_at"],
            "deadline": row["deadline"],
            "closed_at": None,
            "state": "open",
        }
        for row in known
    ]
    return periods


def _block(block: dict) -> dict:
    return {
        ROWS[row]: {
            "count": cells[0],
            "net": money.text(cells[1]),
            "vat": money.text(cells[2]),
        }
        for row, cells in block.items()
    }


def _statistics(row) -> dict:
    data = json.loads(row["data"])
    return {
        "tax_number": row["tax_number"],
        "period": row["period"],
        "state": "signed" if row["signed_at"] else "built",
        "pre_statistics": bool(row["pre"]),
        "built_at": row["built_at"],
        "signed_at": row["signed_at"],
        "ordinal": row["ordinal"],
        "deduct": _block(data["deduct"]),
        "exclude": _block(data["exclude"]),
    }


def _refund_confirmation(row) -> dict:
    amounts = {name: money.text(row[name]) for name in ("net", "vat")}
    return {**dict(row), **amounts}


def _job(row) -> dict:
    payload = json.loads(row["payload"])
    result = json.loads(row["result"]) if row["result"] else {}
    return {
        "id": row["id"],
        "batch": row["batch"],
        "platform": row["platform"],
        "tax_number": row["tax_number"],
        "kind": row["kind"],
        "service": row["service"],
        "request_number": row["request_number"],
        "period": payload.get("period"),
        "items": len(payload.get("items", [])),
        "polls": row["polls"],
        "state": "done" if row["done"] else "running",
        "refused": result.get("refused"),
        "sign_code": result.get("sign_code"),
        "results": [line["result"] for line in result.get("items", [])],
        "created_at": row["created_at"],
        "finished_at": row["finished_at"],
    }


def everything(world: World, tax_number: str | None = None) -> dict:
    """The whole state, or that of one taxpayer."""
    where, values = ("", ())
    if tax_number:
        where, values = (" WHERE tax_number = ?", (tax_number,))

    def read(table: str, order: str) -> list:
        sql = f"SELECT * FROM {table}{where} ORDER BY {order}"
        return world.store.rows(sql, *values)

    known = read("taxpayer", "tax_number")
    closed = read("closed_period", "tax_number, period")
    return {
        "now": iso(world.clock.now()),
        "taxpayers": [taxpayer(world, row) for row in known],
        "periods": _periods(known, closed),
        "invoices": [invoice(row) for row in read("invoice", "id")],
        "statistics": [
            _statistics(row) for row in read("statistics", "tax_number, period")
        ],
        "confirmations": [dict(row) for row in read("confirmation", "id")],
        "refund_confirmations": [
            _refund_confirmation(row) for row in read("refund_confirmation", "id")
        ],
        "jobs": [_job(row) for row in read("job", "id")],
        **state_issuing.everything(world, read),
        "entitlements": [
            dict(row) for row in read("entitlement", "tax_number, service_group")
        ],
        "entitlement_serials": [
            entitlements.serial(world, row)
            for row in world.store.rows(
                "SELECT * FROM entitlement_serial ORDER BY service_group, serial"
            )
        ],
    }
