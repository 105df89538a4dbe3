"""A ledger of 100,000 rows as a workbook, against Odoo's list export."""

import statistics

from python_calamine import CalamineWorkbook

from .bureau import bureau
from .frame import Row, share_of, times_faster

NAME = "ledger_export_100000"
TITLE = "the ledger as a workbook, against Odoo's list export and bare xlsxwriter"
ROWS = 100_000
POOL = 20_000  # invoices, each of which stands in several batches


def measure(bench):
    """Samples in turns, each in a fresh process on the same ledger."""
    with bureau(bench) as place:
        place.prepare(["leqi"], POOL)
        place.fetch()
        place.inside("export", "fill", count=ROWS)
        place.tidy()
        path = place.stack.logs / "ledger.xlsx"

        def sample(function):
            def take(_number):
                figures = place.inside("export", function, path=str(path))
                _check(path)
                return figures

            return take

        ours, odoo, bare = bench.alternate(*map(sample, ("ours", "odoo", "bare")))
        path.unlink()
    memory = statistics.median(_all(ours, "memory"))
    return [
        times_faster(NAME, _all(ours, "seconds"), _all(odoo, "seconds"), "s", ">= 4"),
        times_faster(f"{NAME}_cpu", _all(ours, "cpu"), _all(odoo, "cpu"), "s"),
        share_of(
            f"{NAME}_bare", _all(ours, "seconds"), _all(bare, "seconds"), "s", "<= 1.4"
        ),
        Row(f"{NAME}_memory", memory, "MB", goal="<= 120"),
        share_of(
            f"{NAME}_memory_share", _all(ours, "memory"), _all(odoo, "memory"), "MB"
        ),
    ]


def _check(path):
    """Read the workbook with a library that had no part in writing it."""
    sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    if sheet.height != ROWS + 1:
        raise RuntimeError(f"{sheet.height - 1} of {ROWS} rows were written")


def _all(samples, key):
    return [sample[key] for sample in samples]
