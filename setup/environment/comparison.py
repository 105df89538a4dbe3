"""Whether Odoo shows what the simulated bureau holds, invoice by invoice.

Everything is read from outside: Odoo through its JSON-2 interface, the bureau
through its control. A difference is a sentence; equal means no sentence.
"""

import collections
import decimal
import json

SUBMITTING = ("PLFPDKGX", "SQCXDKTJ", "SQQRDKTJ", "submit")
SELECTING = ("PLFPDKGX", "submit")
# What a channel cannot tell: the word of the bureau → what Odoo then shows.
CHANNEL_WORDS = {"rpa": {"suspected": "normal"}}
INVOICE_FIELDS = (
    "number code issue_date seller_tax_number net_amount vat_amount gross_amount "
    "creditable_vat status is_red_locked selection purpose period reason reason_text"
).split()
COUNTERS = "total_count success_count failed_count voided_count open_count".split()
# Rows of the statistics table, the bureau's word → Odoo's, where they differ.
TABLE_ROWS = {"farmPurchase": "farm_purchase", "farmSales": "farm_sales"}


def compare(job):
    """Return the differences between Odoo and the bureau.

    :param job: a ``main_job.MainJob`` whose steps are done
    """
    return compare_taxpayers(job.program, job.control, job.taxpayers) + check_wishes(
        job.control, job.wishes()
    )


def compare_taxpayers(program, control, taxpayers):
    """The same, whatever has been done.

    :param program: a ``clients.ExternalProgram`` that may read all of Odoo
    :param control: a ``clients.Control``
    :param taxpayers: dictionaries with ``tax_number`` and ``channel``
    """
    differences = []
    for taxpayer in taxpayers:
        number = taxpayer["tax_number"]
        state = control.get("state", tax_number=number)
        differences += compare_invoices(program, state, taxpayer)
        differences += compare_statistics(program, state, number)
        differences += compare_confirmations(program, state, number)
    return [
        *differences,
        *check_operations(program, control),
        *check_journal(control),
        *check_nothing_open(program),
    ]


def compare_invoices(program, state, taxpayer):
    """Every invoice: how it stands, and that nothing was done to it twice."""
    number = taxpayer["tax_number"]
    rows = program.read(
        "invoice.tax.input.invoice",
        [("taxpayer_id.tax_number", "=", number)],
        INVOICE_FIELDS,
    )
    ours = {_key(row): _from_odoo(row) for row in rows}
    pool = [row for row in state["invoices"] if row["in_pool"]]
    theirs = {_key(row): _from_bureau(row, taxpayer["channel"]) for row in pool}
    differences = [
        f"{number}: {len(rows)} invoices in Odoo, {len(ours)} different ones"
        for _once in [0]
        if len(rows) != len(ours)
    ]
    for key in sorted(ours.keys() | theirs.keys()):
        differences += _compare_one(key, ours.get(key), theirs.get(key))
    return differences + [
        f"invoice {_key(row)}: effective {name} {row[name]}"
        for row in pool
        for name in ("effective_selections", "effective_revocations")
        if row[name] > (name == "effective_selections")
    ]


def compare_statistics(program, state, number):
    """The statistics table, row by row."""
    rows = program.read(
        "invoice.tax.statistics.line",
        [("taxpayer_id.tax_number", "=", number)],
        ["period", "block", "row", "invoice_count", "net_amount", "vat_amount"],
    )
    ours = {
        (row["period"], row["block"], row["row"]): (
            row["invoice_count"],
            _amount(row["net_amount"]),
            _amount(row["vat_amount"]),
        )
        for row in rows
    }
    return compare_tables(number, ours, state)


def compare_tables(number, ours, state, periods=None):
    """The rows of the statistics tables.

    :param ours: (period, block, row) → (count, net amount, VAT), as Odoo has them
    :param periods: only of these; all of them by default
    """
    theirs = {
        (table["period"], block, TABLE_ROWS.get(name, name)): (
            cells["count"],
            cells["net"],
            cells["vat"],
        )
        for table in state["statistics"]
        for block in ("deduct", "exclude")
        for name, cells in table[block].items()
    }
    return [
        f"{number}: row {key} of the statistics table: Odoo {ours.get(key)}, "
        f"bureau {theirs.get(key)}"
        for key in sorted(ours.keys() | theirs.keys())
        if ours.get(key) != theirs.get(key) and (periods is None or key[0] in periods)
    ]


def compare_confirmations(program, state, number):
    """Each confirmation with its ordinal and the invoices that it covered."""
    rows = program.read(
        "invoice.tax.confirmation",
        [("taxpayer_id.tax_number", "=", number)],
        ["ordinal", "state", "invoice_count", "vat_amount", "line_ids"],
    )
    ours = [(row["ordinal"], row["state"]) for row in rows]
    theirs = [
        (row["ordinal"], "cancelled" if row["cancelled_at"] else "signed")
        for row in state["confirmations"]
    ]
    if ours != theirs:
        return [f"{number}: confirmations {ours} in Odoo, {theirs} at the bureau"]
    if not rows:
        return []
    confirmed = [row for row in state["invoices"] if row["selection"] == "confirmed"]
    deducted = [row for row in confirmed if row["purpose"] == "deduct"]
    vat = sum(decimal.Decimal(row["creditable_vat"]) for row in deducted)
    last = rows[-1]
    found = (
        len(last["line_ids"]),
        last["invoice_count"],
        _amount(last["vat_amount"]),
    )
    wanted = (len(confirmed), len(deducted), _amount(vat))
    return [
        f"{number}: confirmation of (all, deducted, VAT) {found} in Odoo, {wanted} "
        "at the bureau"
        for _once in [0]
        if found != wanted
    ]


def check_wishes(control, wishes):
    """Nothing lost, nothing else: exactly what was wanted is confirmed.

    :param wishes: as of ``MainJob.wishes``
    """
    found = {}
    taxpayers = {key[0] for key in wishes}
    for row in control.get("state")["invoices"]:
        if row["selection"] == "confirmed" and row["tax_number"] in taxpayers:
            found[(row["tax_number"], *_key(row))] = (
                row["purpose"],
                row["creditable_vat"] if row["purpose"] == "deduct" else None,
                row["reason"],
            )
    return [
        f"invoice {key}: wanted {wishes.get(key)}, confirmed {found.get(key)}"
        for key in sorted(wishes.keys() | found.keys())
        if wishes.get(key) != found.get(key)
    ]


def check_operations(program, control):
    """The log: counters add up, ledger and bureau agree with them."""
    rows = program.read(
        "invoice.tax.operation", [], ["batch_number", "state", *COUNTERS]
    )
    lines = program.read(
        "invoice.tax.operation.line", [], ["operation_id", "state", "operation_type"]
    )
    ledgers = collections.defaultdict(collections.Counter)
    for line in lines:
        ledgers[line["operation_id"][0]][line["state"]] += 1
    differences = []
    for row in rows:
        differences += _check_operation(row, ledgers[row["id"]])
    succeeded = sum(
        line["state"] == "success" and not line["operation_type"].endswith("_revoke")
        for line in lines
    )
    effective = sum(
        row["effective_selections"] for row in control.get("state")["invoices"]
    )
    if succeeded != effective:
        differences.append(
            f"the ledger holds {succeeded} successes, the bureau {effective} selections"
        )
    return differences


def check_journal(control):
    """No request number made two jobs; no invoice was sent under two of them."""
    differences = []
    jobs = collections.Counter(
        (job["platform"], job["request_number"])
        for job in control.get("state")["jobs"]
        if job["kind"] != "download"
    )
    differences += [
        f"request {number} over {platform} was acted on {count} times"
        for (platform, number), count in jobs.items()
        if count > 1
    ]
    senders = collections.defaultdict(set)
    for entry in control.get("journal", limit=100_000):
        if entry["operation"] in SELECTING:
            for key in _get_items(entry):
                senders[key].add(entry["request_number"])
    differences += [
        f"invoice {key} was sent under {len(numbers)} request numbers"
        for key, numbers in senders.items()
        if len(numbers) > 1
    ]
    return differences


def check_nothing_open(program):
    """No task waits or is stuck, and no lane is in trouble."""
    differences = []
    for model in ("invoice.tax.request", "invoice.tax.fetch"):
        rows = program.read(model, [("step", "!=", "done")], ["request_number", "step"])
        differences += [
            f"{model} {row['request_number']} is still {row['step']}" for row in rows
        ]
    lanes = program.read("invoice.tax.lane", [("is_stopped", "=", True)], ["trouble"])
    return differences + [f"a lane has stopped: {row['trouble']}" for row in lanes]


def count_submissions(control):
    """How many submitting requests the platforms received, by platform."""
    return collections.Counter(
        entry["platform"]
        for entry in control.get("journal", limit=100_000)
        if entry["operation"] in SUBMITTING
    )


def _check_operation(row, ledger):
    found = tuple(row[name] for name in COUNTERS)
    wanted = (
        ledger.total(),
        ledger["success"],
        ledger["failed"],
        ledger["voided"],
        ledger["waiting"] + ledger["processing"],
    )
    differences = []
    if found != wanted or found[0] != sum(found[1:]):
        differences.append(
            f"batch {row['batch_number']}: counters {found}, ledger {wanted}"
        )
    if row["state"] != "success":
        differences.append(f"batch {row['batch_number']} is {row['state']}")
    return differences


def _compare_one(key, ours, theirs):
    if ours is None or theirs is None:
        where = "the bureau" if ours is None else "Odoo"
        return [f"invoice {key} is only at {where}"]
    return [
        f"invoice {key}: {name} is {ours[name]!r} in Odoo, "
        f"{theirs[name]!r} at the bureau"
        for name in theirs
        if ours[name] != theirs[name] and not _is_own_wish(name, theirs)
    ]


def _is_own_wish(name, theirs):
    """Before the selection the creditable VAT in Odoo is what somebody wishes; the
    bureau knows nothing of it."""
    return name == "creditable_vat" and theirs["selection"] == "unselected"


def _from_odoo(row):
    return {
        "issue_date": row["issue_date"],
        "seller_tax_number": row["seller_tax_number"] or "",
        "net": _amount(row["net_amount"]),
        "vat": _amount(row["vat_amount"]),
        "gross": _amount(row["gross_amount"]),
        "creditable_vat": _amount(row["creditable_vat"]),
        "status": row["status"],
        "red_locked": row["is_red_locked"],
        "selection": row["selection"],
        "purpose": row["purpose"] or None,
        "period": row["period"] or None,
        "reason": row["reason"] or "",
        "reason_text": row["reason_text"] or "",
    }


def _from_bureau(row, channel):
    words = CHANNEL_WORDS.get(channel, {})
    names = (
        "issue_date seller_tax_number net vat gross creditable_vat red_locked "
        "selection purpose period reason reason_text"
    )
    values = {name: row[name] for name in names.split()}
    values["purpose"] = values["purpose"] or None
    values["period"] = values["period"] or None
    return {**values, "status": words.get(row["status"], row["status"])}


def _get_items(entry):
    request = json.loads(entry["request"])
    items = request.get("fpmx") or request.get("items") or ()
    return [
        (entry["tax_number"], item.get("fphm"), item.get("fpdm") or "")
        for item in items
    ]


def _key(row):
    return row["number"], row["code"] or ""


def _amount(value):
    return f"{decimal.Decimal(str(value)).quantize(decimal.Decimal('0.01'))}"
