"""Which invoices an operation is tried with, and what goes with each of them."""

import datetime
from decimal import Decimal

from . import queries
from .wire import KINDS

# Invoices of one call, at most.
LARGEST = 200
# Small bites make many calls.
BITE = 20
TICKETS = ("51", "61")
SPECIAL = ("01", "08", "81", "85")
REFUNDABLE = (*SPECIAL, "17")
ORDINARY = ("04", "10", "82")
FARM, FARM_SPECIAL = ("12", "16", "20"), ("20",)
OWN_GROWN = ("farm_own", "farm_bought", "farm_mixed")


def draw(system, number, operation, random, largest=LARGEST):
    """Some invoices that fit the operation, and seldom a few that do not.

    :param int largest: that many, at most
    :return: rows of the call, and the period that they wait for, if any
    """
    names = queries.INVOICE_NAMES
    rows = system.execute(queries.INVOICES, [number])
    rows = [dict(zip(names, row, strict=True)) for row in rows]
    fitting, period = [row for row in rows if _fits(operation, row)], ""
    if operation == "preselect_revoke" and fitting:
        period = random.choice(sorted({row["waits_for"] for row in fitting}))
        fitting = [row for row in fitting if row["waits_for"] == period]
    others = random.sample(rows, min(len(rows), random.choice((0, 0, 0, 3))))
    size = random.choice((1, BITE, 100, LARGEST, random.randint(1, LARGEST)))
    size = min(len(fitting), size, largest)
    chosen = [*random.sample(fitting, size), *others]
    unique = {(row["number"], row["code"]): row for row in chosen}
    wanted = [_describe(operation, row, random) for row in unique.values()]
    return wanted[:LARGEST], period


def _fits(operation, row):
    kind = KINDS[operation]
    if kind.is_local:
        return row["waits_for"]
    if not row["is_free"]:
        return False
    if kind.effect == "booking":
        return not row["is_booked"]
    if kind.revokes:
        return row["selection"] == "selected" and row["purpose"] == kind.purpose
    if row["selection"] != "unselected" or not row["is_sound"]:
        return False
    if kind.effect == "farm":
        return _is_farm(operation, row)
    if kind.purpose == "refund":
        return row["type"] in REFUNDABLE
    if kind.use == "passenger":
        return row["type"] in TICKETS
    return row["is_deductible"] and row["farm_method"] != "bought"


def _is_farm(operation, row):
    if operation in OWN_GROWN:
        return row["type"] in ORDINARY and row["element"] in FARM
    return row["type"] in SPECIAL and row["element"] in FARM_SPECIAL


def _describe(operation, row, random):
    """The row of the call: number, code, and what the operation needs."""
    kind = KINDS[operation]
    invoice = {"number": row["number"], "code": row["code"] or ""}
    if kind.revokes:
        return invoice
    if kind.purpose == "exclude":
        reason = str(random.randint(1, 5))
        text = "样品赠送" if reason == "5" else ""
        return {**invoice, "reason": reason, "reason_text": text}
    if kind.effect == "booking":
        if random.random() < 0.5:
            day = datetime.date(2026, 1, 1) + datetime.timedelta(random.randint(0, 200))
            invoice["booked_on"] = day.isoformat()
        return invoice
    if kind.farm_method == "mixed":
        invoice["farm_amount"] = _get_part(row["net"], random)
        return invoice
    if kind.purpose == "deduct" and not kind.use and not row["farm_method"]:
        if random.random() < 0.2:
            invoice["creditable_vat"] = _get_part(row["vat"], random)
    return invoice


def _get_part(amount, random):
    """A part of an amount, to the cent; a half of it or the whole, mostly."""
    cents = int(Decimal(amount) * 100)
    part = random.choice((cents // 2, cents // 3, cents))
    return f"{max(part, 1 if cents > 0 else 0) / 100:.2f}"
