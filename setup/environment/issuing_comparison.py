"""What Odoo says was issued against what the simulated Leqi holds."""

from decimal import Decimal

SPENT = ("used", "uploaded", "discarded")
FIGURES = ("downloaded", "unused", "available")


def compare(job):
    """Return the differences as sentences; none when both say the same."""
    differences = []
    for number in job.numbers:
        state = job.control.get("state", tax_number=number)
        differences += [
            *compare_invoices(job.stack, state, number),
            *compare_numbers(job.stack, state, number),
            *compare_quota(job.stack, state, number),
        ]
    return differences


def compare_invoices(stack, state, tax_number):
    """Each issued once, with the same amounts on both sides."""
    rows = stack.execute(
        "SELECT issue.number, issue.kind, issue.net_amount, issue.vat_amount,"
        "       issue.state, issue.name, move.digital_invoice_number"
        "  FROM invoice_tax_issue issue"
        "  JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = issue.taxpayer_id"
        "  LEFT JOIN account_move move ON move.id = issue.move_id"
        " WHERE taxpayer.tax_number = %s AND issue.state = 'success'",
        [tax_number],
    )
    held = {row["number"]: row for row in state["issued"]}
    ours = {}
    for number, kind, net, vat, _state, name, of_move in rows:
        if number in ours:
            yield f"{number} was given to {ours[number]} and to {name}"
        ours[number] = name
        if of_move != number:
            yield f"invoice {name} shows {of_move}, its request {number}"
        theirs = held.get(number)
        if theirs is None:
            yield f"{name} is issued as {number}, which the platform does not hold"
        elif (kind, net, vat) != (
            theirs["kind"],
            Decimal(theirs["net"]),
            Decimal(theirs["vat"]),
        ):
            yield f"{number} is {kind} {net} {vat} here, there {theirs}"
    for number in sorted(held.keys() - ours.keys()):
        yield f"the platform holds {number}, which is not issued here"


def compare_numbers(stack, state, tax_number):
    """Every number drawn is here, stands as there, and no hole is unexplained."""
    rows = stack.execute(
        "SELECT number.name, number.state, issue.state, EXISTS ("
        "       SELECT FROM invoice_tax_issue_step step"
        "        WHERE step.issue_id = issue.id AND step.number = number.name)"
        "  FROM invoice_tax_number number"
        "  JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = number.taxpayer_id"
        "  LEFT JOIN invoice_tax_issue issue ON issue.id = number.issue_id"
        " WHERE taxpayer.tax_number = %s ORDER BY number.name",
        [tax_number],
    )
    drawn = set()
    for segment in state["segments"]:
        first, last = int(segment["first"]), int(segment["last"])
        drawn.update(f"{number:020d}" for number in range(first, last + 1))
    known = {name for name, *_rest in rows}
    for name in sorted(drawn ^ known):
        yield f"number {name} is known on one side only"
    issued = {row["number"] for row in state["issued"]}
    discarded = {row["number"] for row in state["discarded"]}
    spent = [name for name, state_, *_rest in rows if state_ in SPENT]
    for name, number_state, issue_state, has_step in rows:
        if (number_state == "uploaded") != (name in issued):
            yield f"number {name} is {number_state} here, at Leqi {name in issued}"
        elif (number_state == "discarded") != (name in discarded):
            yield f"number {name} is {number_state} here, discarded there or not"
        elif number_state == "used" and issue_state != "failed":
            yield f"number {name} is spent, and its request is {issue_state}"
        elif number_state in SPENT and not has_step:
            yield f"no row says where number {name} went"
        elif number_state == "available" and spent and name < max(spent):
            yield f"number {name} is a hole that no row explains"


def compare_quota(stack, state, tax_number):
    """The figures, and what uploads took of each month, to the cent."""
    rows = stack.execute(
        "SELECT quota.month, quota.downloaded, quota.unused, quota.available,"
        "       quota.taken, (SELECT COUNT(*) FROM invoice_tax_quota_move move"
        "         WHERE move.quota_id = quota.id AND move.kind = 'correction')"
        "  FROM invoice_tax_quota quota"
        "  JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = quota.taxpayer_id"
        " WHERE taxpayer.tax_number = %s",
        [tax_number],
    )
    theirs = {row["month"]: row for row in state["quotas"]}
    for month, downloaded, unused, available, taken, corrections in rows:
        there = theirs[month]
        ours = {"downloaded": downloaded, "unused": unused, "available": available}
        for name in FIGURES:
            if there["running"] and ours[name] != Decimal(there[name]):
                yield f"{tax_number} {month}: {name} {ours[name]}, there {there[name]}"
        if taken or corrections:
            yield f"{tax_number} {month}: taken {taken}, {corrections} corrections"
    yield from compare_used(stack, state, tax_number)


def compare_used(stack, state, tax_number):
    """What the movements of uploads took of each month, to the cent."""
    rows = stack.execute(
        "SELECT quota.month, COALESCE(-SUM(move.unused_change), 0)"
        "  FROM invoice_tax_quota quota"
        "  JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = quota.taxpayer_id"
        "  LEFT JOIN invoice_tax_quota_move move ON move.quota_id = quota.id"
        "       AND move.kind IN ('upload', 'red')"
        " WHERE taxpayer.tax_number = %s GROUP BY quota.month",
        [tax_number],
    )
    theirs = {row["month"]: Decimal(row["used"]) for row in state["quotas"]}
    for month, used in rows:
        if used != theirs.get(month, 0):
            yield f"{tax_number} {month}: used {used}, there {theirs.get(month)}"
