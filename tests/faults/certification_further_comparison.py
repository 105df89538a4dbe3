"""Compares export refunds, farm products, bookings and pre-selections; and counts
what the bureau did, by what it changed."""

import collections

from . import queries
from .wire import KINDS

# Jobs of the bureau with a result for each invoice.
INVOICE_JOBS = ("select", "refund_select", "farm", "booking")
# How often each of them really changed an invoice is counted at the bureau.
EFFECTS = ("selections", "revocations", "treatments", "bookings")


def get_effect(operation):
    """What an operation changes when it is done, as in ``EFFECTS``."""
    kind = KINDS[operation]
    if kind.effect == "selection":
        return "revocations" if kind.revokes else "selections"
    return {"farm": "treatments", "booking": "bookings"}[kind.effect]


def read_voided(system, number, operations):
    """Periods in which one of these was done after a person had voided it: Odoo has
    no row of it then, and reads the outcome back."""
    rows = system.execute(queries.VOIDED_SIGNS, [number, operations])
    return {period for (period,) in rows}


def compare_refunds(system, number, state):
    """The confirmations of export refunds, one by one with their sums."""
    voided = read_voided(system, number, ["refund_sign"])
    rows = system.execute(queries.REFUND_CONFIRMATIONS, [number])
    ours = [tuple(row) for row in rows if row[0] not in voided]
    theirs = sorted(
        (row["period"], row["ordinal"], row["count"], row["net"], row["vat"])
        for row in state["refund_confirmations"]
        if row["period"] not in voided
    )
    if ours == theirs:
        return []
    return [f"{number}: refund confirmations {ours} in Odoo, {theirs} at the bureau"]


def compare_treatments(system, number, state):
    """How farm products are treated and what is booked, invoice by invoice."""
    ours = {
        tuple(row[:2]): row[2:] for row in system.execute(queries.TREATMENTS, [number])
    }
    found = []
    for row in state["invoices"]:
        key = (row["number"], row["code"] or "")
        if not row["in_pool"] or key not in ours:
            continue
        method, part, booked_on, creditable, selection = ours[key]
        pairs = {
            "farm treatment": (method, row["farm_method"] or ""),
            "own-grown part": (part, row["farm_amount"]),
            "booking": (booked_on, row["booked_on"]),
        }
        if method and selection != "unselected":
            pairs["creditable VAT"] = (creditable, row["creditable_vat"])
        found += [
            f"invoice {key}: {name} is {one} in Odoo, {other} at the bureau"
            for name, (one, other) in pairs.items()
            if one != other
        ]
    return found


def find_doubled_signatures(number, state):
    """No period has two signatures that stand, nor one under two numbers."""
    standing = collections.Counter(
        row["period"] for row in state["confirmations"] if not row["cancelled_at"]
    )
    ordinals = collections.Counter(
        (kind, row["period"], row["ordinal"])
        for kind in ("confirmations", "refund_confirmations")
        for row in state[kind]
    )
    return [
        f"{number}: {name} is there {count} times"
        for counts in (standing, ordinals)
        for name, count in counts.items()
        if count > 1
    ]


def check_periods(jobs, requests):
    """Everything was done for the period that it was wanted for, a pre-selection not
    before it opened."""
    found = []
    for job in jobs:
        request = requests.get(job["request_number"])
        if request and job["period"] and job["period"] != request[2]:
            found.append(
                f"batch {request[3]} is for {request[2]}, at the bureau it was "
                f"{job['period']}"
            )
    return found


def find_left_behind(system):
    """Pre-selections that still wait although their period is open, or over."""
    return [
        f"batch {batch} waits for {period}, and {current} is open"
        for batch, period, current in system.execute(queries.HELD)
    ]


def count(state):
    """What the bureau did, all in all."""
    figures = collections.Counter()
    for row in state["invoices"]:
        for name in EFFECTS:
            figures[f"effective {name}"] += row[f"effective_{name}"]
    for job in state["jobs"]:
        if job["kind"] != "download" and job["state"] == "done":
            figures[f"jobs, {job['kind']}"] += 1
    figures["signatures"] = len(state["confirmations"])
    figures["refund confirmations"] = len(state["refund_confirmations"])
    return dict(figures)
