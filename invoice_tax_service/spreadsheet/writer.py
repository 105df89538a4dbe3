"""Workbooks to be downloaded, by xlsxwriter in constant memory.

What a cell starting with ``=``, ``+``, ``-``, ``@`` or a tab is protected by:
it is written as a string cell, never as a formula (``strings_to_formulas`` is
off, and texts are inline strings), and its format carries Excel's quote
prefix, the mark that a typed apostrophe leaves. So the text itself stays as it
is, which a round trip needs, and entering the cell again does not make it a
formula. Saved as csv by the user, such a mark is lost; we write no csv.
"""

from collections.abc import Callable, Iterable
from itertools import chain, islice

import xlsxwriter

from .cells import show
from .errors import CellError
from .layouts import Layout
from .limits import DEFAULT_LIMITS, Limits
from .output import (
    AMOUNT_FORMAT,
    DATE_FORMAT,
    DATETIME_FORMAT,
    RISKY,
    OutputColumn,
    OutputSheet,
    SheetNames,
    Totals,
    clean_text,
)
from .reader import open_sheet
from .row_sheet import RowSheet
from .xlsx_sheet import LAST_ROW, column_letter

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
    "remove_timezone": True,
}


def write_workbook(sheets: Iterable[OutputSheet], target) -> int:
    """Write an xlsx workbook; return the number of data rows written.

    :param sheets: written one after the other, each row by row; one that Excel
        cannot hold goes on in further sheets
    :param target: a path or a binary file object
    """
    names = SheetNames()
    count = 0
    with xlsxwriter.Workbook(target, _OPTIONS) as book:
        styles = _Styles(book)
        for sheet in sheets:
            count += _write_sheet(book, sheet, names, styles)
    return count


class _Styles:
    """Formats of the cells, made once for each workbook."""

    def __init__(self, book):
        add = book.add_format
        self.header = add(
            {"bold": True, "bg_color": "#E7E6E6", "border": 1, "text_wrap": True}
        )
        self.text = add({"num_format": "@"})
        self.risky = add({"num_format": "@", "quote_prefix": True})
        self.bad = add({"num_format": "@", "bg_color": "#FFC7CE"})
        self.bad_risky = add(
            {"num_format": "@", "bg_color": "#FFC7CE", "quote_prefix": True}
        )
        self.reason = add({"num_format": "@", "font_color": "#C00000"})
        self.amount = add({"num_format": AMOUNT_FORMAT})
        self.integer = add({"num_format": "0"})
        self.date = add({"num_format": DATE_FORMAT})
        self.datetime = add({"num_format": DATETIME_FORMAT})


def _write_sheet(book, sheet: OutputSheet, names: SheetNames, styles: _Styles) -> int:
    """Write a sheet, and further ones of the same name while rows are left."""
    kinds = [column.kind for column in sheet.columns]
    totals = Totals(sheet.columns) if sheet.totals_label else None
    rows = iter(totals.pass_on(sheet.rows) if totals else sheet.rows)
    # The header needs a row, and so may the totals.
    capacity = LAST_ROW - (2 if totals else 1)
    total = 0
    while True:
        worksheet = book.add_worksheet(names.clean(sheet.name), RowSheet)
        _write_head(worksheet, sheet.columns, styles, sheet.freeze)
        makers = worksheet.get_makers(kinds, styles)
        count = worksheet.write_data(1, islice(rows, capacity), makers)
        total += count
        if sheet.autofilter and kinds:
            worksheet.autofilter(0, 0, max(count, 1), len(kinds) - 1)
        following = next(rows, None) if count == capacity else None
        if following is None:
            break
        rows = chain((following,), rows)
    if totals:
        last = totals.row(sheet.totals_label, len(kinds))
        worksheet.write_data(count + 1, [last], makers)
    return total


def _write_head(worksheet, columns, styles: _Styles, freeze: bool):
    for index, column in enumerate(columns):
        worksheet.set_column(index, index, column.characters)
    # In constant memory the first row is gone once the second one is begun.
    for index, column in enumerate(columns):
        worksheet.write_string(0, index, clean_text(column.header), styles.header)
    if freeze:
        worksheet.freeze_panes(1, 0)


def write_error_workbook(
    content: bytes,
    filename: str,
    layout: Layout,
    errors: Iterable[CellError],
    describe: Callable[[CellError], str],
    target,
    *,
    header: str = "错误说明",
    only_bad: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> int:
    """Write the user's rows again, bad cells in red and why in a last column.

    The workbook is read a second time, so that columns unknown to the layout
    are there too; nothing else of the original file is taken over, so no
    macros, links or formulas. Every cell is text: what it was read as.

    :param describe: makes the sentence of one error, in the user's language
    :param only_bad: leave out rows that have no error
    :return: number of rows written
    """
    grid, head = open_sheet(content, filename, layout, limits)
    by_row = {}
    for error in errors:
        by_row.setdefault(error.row, []).append(error)
    titles = [""] * grid.first_column + [show(value) for value in head.values]
    count = 0
    with xlsxwriter.Workbook(target, _OPTIONS) as book:
        styles = _Styles(book)
        worksheet = book.add_worksheet(SheetNames().clean(grid.name))
        columns = [OutputColumn(title) for title in (*titles, header)]
        _write_head(worksheet, columns, styles, freeze=True)
        for row, values in grid.rows:
            found = by_row.get(row, ())
            if (only_bad and not found) or not (found or any(v != "" for v in values)):
                continue
            count += 1
            bad = {error.column_letter for error in found}
            cells = [""] * grid.first_column + values
            _write_raw(worksheet, count, cells[: len(titles)], bad, styles)
            if found:
                reason = "\n".join(map(describe, found))
                worksheet.write_string(
                    count, len(titles), clean_text(reason), styles.reason
                )
    return count


def _write_raw(worksheet, row: int, cells: list, bad: set[str], styles: _Styles):
    """Write cells as text, those in the columns of ``bad`` in red."""
    for index, value in enumerate(cells):
        is_bad = column_letter(index) in bad
        text = clean_text(show(value))
        if not text and not is_bad:
            continue
        if text.startswith(RISKY):
            style = styles.bad_risky if is_bad else styles.risky
        else:
            style = styles.bad if is_bad else styles.text
        if text:
            worksheet.write_string(row, index, text, style)
        else:
            worksheet.write_blank(row, index, None, style)
