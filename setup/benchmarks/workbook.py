"""Workbooks of 20,000 and 200,000 rows to committed tasks and ledger.

Measured against Odoo's own import and against the bare limit: what reading this
file and writing these rows cost at the least (see ``inside/workbook.py``).

Odoo's import is measured with 20,000 rows only. Its web client asks for pieces of
2,000 rows and for each of them the whole file is read anew, so that the time grows
with the square of the rows: 200,000 would take the better part of an hour.
"""

import xlsxwriter

from .bureau import bureau
from .frame import share_of, times_faster

NAME = "workbook"
TITLE = "workbooks to a committed ledger, against base_import and the bare limit"
SMALL, LARGE = 20_000, 200_000
PIECE = 2_000  # rows in one call of the web client, its default
HEADERS = (
    "数电票号码 发票代码 发票号码 开票日期 销方税号 销方名称 金额 税额 有效税额 "
    "是否勾选 发票类型 发票状态 用途 不抵扣原因 不抵扣说明"
).split()


def measure(bench):
    """Samples in turns, each in a fresh process on an empty ledger, beside a pool
    of 200,000 invoices."""
    with bureau(bench) as place:
        place.prepare(["leqi"], SMALL)
        place.fetch()
        _multiply(place)
        paths = {rows: _write(place, rows) for rows in (SMALL, LARGE)}

        def sample(function, rows, **parameters):
            def take(_number):
                place.execute("DELETE FROM invoice_tax_operation")
                place.tidy()
                figures = place.inside(
                    "workbook", function, path=str(paths[rows]), **parameters
                )
                if function != "bare":
                    _check_ledger(place, rows)
                if figures["rows"] != rows:
                    raise RuntimeError(f"{figures['rows']} of {rows} rows were written")
                return figures

            return take

        samples = bench.alternate(
            sample("ours", SMALL),
            sample("bare", SMALL),
            sample("odoo", SMALL, piece=PIECE),
            sample("odoo", SMALL),
            sample("ours", LARGE),
            sample("bare", LARGE),
            sample("wizard", LARGE),
            sample("wizard", SMALL),
        )
        for path in paths.values():
            path.unlink()
    return _rows(*samples)


def _rows(small, small_bare, pieces, whole, large, large_bare, wizard, clicks):
    name = f"{NAME}_{SMALL}_rows"
    steps = _all(wizard, "check"), _all(wizard, "submit")
    return [
        *_against_odoo(name, small, pieces, ">= 20"),
        # With the look at it between: uploaded, checked, submitted.
        *_against_odoo(f"{name}_by_wizard", clicks, pieces),
        *_against_odoo(f"{name}_one_call", small, whole),
        *_against_bare(name, small, small_bare),
        *_against_bare(f"{NAME}_{LARGE}_rows", large, large_bare),
        _cost_per_row(large, small, "seconds", "", "<= 1.3"),
        # Runs of different length do not meet the same neighbours on a busy machine.
        _cost_per_row(large, small, "cpu", "_cpu", ""),
        share_of(f"{NAME}_{LARGE}_rows_submit_after_check", *reversed(steps)),
    ]


def _cost_per_row(large, small, key, ending, goal):
    return share_of(
        f"{NAME}_cost_per_row_of_{LARGE}_and_{SMALL}{ending}",
        [value * 1e6 / LARGE for value in _all(large, key)],
        [value * 1e6 / SMALL for value in _all(small, key)],
        "µs",
        goal,
    )


def _against_odoo(name, ours, peer, goal=""):
    seconds, cpu, memory = (
        (_all(ours, key), _all(peer, key)) for key in ("seconds", "cpu", "memory")
    )
    return [
        times_faster(name, *seconds, "s", goal),
        times_faster(f"{name}_cpu", *cpu, "s"),
        share_of(f"{name}_memory", *memory, "MB", "<= 0.2"),
    ]


def _against_bare(name, ours, bare):
    name = f"{name}_bare_limit"
    seconds, cpu, memory = (
        (_all(ours, key), _all(bare, key)) for key in ("seconds", "cpu", "memory")
    )
    return [
        share_of(name, *seconds, "s", "<= 3"),
        share_of(f"{name}_cpu", *cpu, "s"),
        share_of(f"{name}_memory", *memory, "MB"),
    ]


def _multiply(place):
    """Fill the pool up with likenesses of what was read, each with a number of its
    own: reading them all from the bureau would measure nothing more here."""
    [(columns,)] = place.execute(
        "SELECT string_agg(quote_ident(column_name), ', ')"
        " FROM information_schema.columns"
        " WHERE table_name = 'invoice_tax_input_invoice'"
        " AND column_name NOT IN ('id', 'number')"
    )
    # The bureau's numbers end with a running one of six digits.
    place.execute(
        f"INSERT INTO invoice_tax_input_invoice (number, {columns})"
        " SELECT left(number, -6)"
        " || lpad((right(number, 6)::int + %s * copy)::text, 6, '0'),"
        f" {columns}"
        " FROM invoice_tax_input_invoice, generate_series(1, %s) AS copy"
        " ORDER BY copy, id",
        [SMALL, LARGE // SMALL - 1],
    )


def _write(place, rows):
    """Fill in the file that the bureau gives out: every invoice, all selected."""
    path = place.stack.logs / f"selection-{rows}.xlsx"
    invoices = place.execute(
        "SELECT number, COALESCE(code, ''), issue_date::text, seller_tax_number,"
        " seller_name, net_amount, vat_amount, creditable_vat"
        " FROM invoice_tax_input_invoice ORDER BY id LIMIT %s",
        [rows],
    )
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADERS)
        for index, row in enumerate(invoices, 1):
            number, code, date, tax_number, name, *amounts = row
            digital = number if len(number) == 20 else ""
            sheet.write_row(index, 0, [digital, code, number, date, tax_number, name])
            for column, amount in enumerate(amounts, 6):
                sheet.write_number(index, column, float(amount))
            sheet.write_row(index, 9, ["是", "数电发票", "正常", "抵扣"])
    return path


def _check_ledger(place, rows):
    [(count,)] = place.execute("SELECT COUNT(*) FROM invoice_tax_operation_line")
    if count != rows:
        raise RuntimeError(f"{count} of {rows} rows are in the ledger")


def _all(samples, key):
    return [sample[key] for sample in samples]
