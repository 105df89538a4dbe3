"""A workbook of 20,000 rows to committed tasks and ledger, against base_import."""

import xlsxwriter

from .bureau import bureau
from .frame import share_of, times_faster

NAME = "workbook_20000_rows"
TITLE = "a workbook to a committed ledger, against Odoo's base_import"
ROWS = 20_000
PIECE = 2_000  # rows in one call of the web client, its default
HEADERS = (
    "数电票号码 发票代码 发票号码 开票日期 销方税号 销方名称 金额 税额 有效税额 "
    "是否勾选 发票类型 发票状态 用途 不抵扣原因 不抵扣说明"
).split()


def measure(bench):
    """Samples in turns, each in a fresh process on an empty ledger.

    Odoo's import is measured as its web client drives it, in pieces, for each of
    which the whole file is read anew; and, to be known as well, in one call.
    """
    with bureau(bench) as place:
        place.prepare(["leqi"], ROWS)
        place.fetch()
        path = place.stack.logs / "selection.xlsx"
        _write(path, place)

        def sample(function, **parameters):
            def take(_number):
                place.execute("DELETE FROM invoice_tax_operation")
                place.tidy()
                figures = place.inside(
                    "workbook", function, path=str(path), **parameters
                )
                _check(place, figures)
                return figures

            return take

        ours, peer, whole = bench.alternate(
            sample("ours"), sample("odoo", piece=PIECE), sample("odoo")
        )
        path.unlink()
    return [*_rows(NAME, ours, peer, ">= 12"), *_rows(f"{NAME}_one_call", ours, whole)]


def _rows(name, ours, peer, goal=""):
    seconds, cpu, memory = (
        (_all(ours, key), _all(peer, key)) for key in ("seconds", "cpu", "memory")
    )
    return [
        times_faster(name, *seconds, "s", goal),
        times_faster(f"{name}_cpu", *cpu, "s"),
        share_of(f"{name}_memory", *memory, "MB", "<= 0.25"),
    ]


def _write(path, place):
    """Fill in the file that the bureau gives out: every invoice, all selected."""
    rows = place.execute(
        "SELECT number, COALESCE(code, ''), issue_date::text, seller_tax_number,"
        " seller_name, net_amount, vat_amount, creditable_vat"
        " FROM invoice_tax_input_invoice ORDER BY id LIMIT %s",
        [ROWS],
    )
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADERS)
        for index, row in enumerate(rows, 1):
            number, code, date, tax_number, name, *amounts = row
            digital = number if len(number) == 20 else ""
            sheet.write_row(index, 0, [digital, code, number, date, tax_number, name])
            for column, amount in enumerate(amounts, 6):
                sheet.write_number(index, column, float(amount))
            sheet.write_row(index, 9, ["是", "数电发票", "正常", "抵扣"])


def _check(place, figures):
    [(count,)] = place.execute("SELECT COUNT(*) FROM invoice_tax_operation_line")
    if not count == figures["rows"] == ROWS:
        raise RuntimeError(f"{count} rows in the ledger, {figures['rows']} reported")


def _all(samples, key):
    return [sample[key] for sample in samples]
