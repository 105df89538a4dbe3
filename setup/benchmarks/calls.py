"""HTTP calls for 10,000 invoices, counted by the bureau itself."""

from .bureau import bureau
from .frame import Row

NAME = "http_calls_per_10000_invoices"
TITLE = "calls of real Odoo servers over both channels, from the bureau's journal"
INVOICES = 10_000
# What each channel calls submitting and asking for the result.
SUBMIT = {"leqi": "PLFPDKGX", "rpa": "submit"}
POLL = {"leqi": "CXFPDKGXCLJG", "rpa": "query"}


def measure(bench):
    """Fetch and certify once: calls are counted, not timed, and do not vary."""
    with bureau(bench) as place:
        place.prepare(list(SUBMIT), INVOICES)
        place.fetch()
        place.stack.start_odoo(n=1, workers=2, cron_threads=2)
        batches = place.inside("engine", "submit_all", count=INVOICES)
        place.wait_for(batches["ids"], INVOICES)
        counts = place.control.get("journal/counts")
    bench.note(f"  journal: {counts}")
    rows = []
    for channel in SUBMIT:
        calls = _operations(counts, SUBMIT[channel])
        rows.append(Row(f"{NAME}_{channel}", calls, "calls", goal="<= 100"))
        polls = _operations(counts, POLL[channel])
        rows.append(Row(f"polls_per_10000_invoices_{channel}", polls, "calls"))
    logins = _operations(counts, "login")
    rows.append(Row("logins_per_10000_invoices_rpa", logins, "logins", goal="<= 1"))
    return rows


def _operations(counts, name):
    """How often an operation was called, whatever the platform calls itself."""
    return sum(
        number
        for operations in counts.values()
        for operation, number in operations.items()
        if operation.rpartition("/")[2] == name
    )
