"""Tasks about invoices over RPA: what is asked for, and what became of it."""

from .. import money
from ..bureau import pool
from . import rpa_rows as rows
from .arguments import WrongValue, item_values, require_reasons


def kind(form) -> str:
    """The kind of job of a task about invoices."""
    if form.taskType == "GX":
        refund = form.gxlx and rows.ACTIONS[form.gxlx][1] == "refund"
        return "refund_select" if refund else "select"
    return {"NCP": "farm", "RZ": "booking"}[form.taskType]


def payload(form) -> dict:
    """What a task about invoices asks for, in the bureau's words."""
    if not form.items:
        raise WrongValue("INVALID_ARGUMENT", f"items are needed with {form.taskType}")
    make = {"GX": _selection, "NCP": _treatment, "RZ": _booking}[form.taskType]
    return {"period": form.period, **make(form)}


def _selection(form) -> dict:
    if not form.gxlx:
        raise WrongValue("INVALID_ARGUMENT", "gxlx is needed with GX")
    action, purpose = rows.ACTIONS[form.gxlx]
    if form.gxlx == "4":
        require_reasons(form.items)
    items = [item_values(item) for item in form.items]
    if purpose == "refund":
        # What is refunded is the VAT, and it needs no reason.
        items = [
            {**item, "creditable": None, "reason": "", "reason_text": ""}
            for item in items
        ]
    passenger = form.gxlx == rows.PASSENGER
    return {
        "action": action,
        "purpose": purpose,
        "passenger": passenger,
        "items": items,
    }


def _treatment(form) -> dict:
    items = []
    for item in form.items:
        if not item.method:
            raise WrongValue("INVALID_ARGUMENT", f"{item.fphm}: method required")
        items.append(
            {
                "code": item.fpdm,
                "number": item.fphm,
                "issue_date": item.kprq,
                "method": rows.FARM_METHODS[item.method],
                "own": money.cents(item.ownAmount) if item.ownAmount else None,
            }
        )
    return {"items": items}


def _booking(form) -> dict:
    items = []
    for item in form.items:
        if not item.bookedOn:
            raise WrongValue("INVALID_ARGUMENT", f"{item.fphm}: bookedOn required")
        items.append(
            {"code": item.fpdm, "number": item.fphm, "booked_on": item.bookedOn}
        )
    return {"items": items}


def result(world, job, result: dict) -> dict:
    """What became of every invoice of a task."""
    write = rows.farm_item if job["kind"] == "farm" else rows.item
    return {
        "items": [
            write(line, line["id"] and pool.by_id(world, line["id"]))
            for line in result["items"]
        ]
    }


def refund_confirmation(result: dict) -> dict:
    """What a confirmation of refunds holds."""
    return {
        "signCode": result["sign_code"],
        "text": result["text"],
        "signedAt": result["signed_at"],
        "ordinal": result["ordinal"],
        "count": result["count"],
        "net": money.text(result["net"]),
        "vat": money.text(result["vat"]),
    }
