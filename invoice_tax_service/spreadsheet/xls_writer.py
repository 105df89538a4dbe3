"""The platform's own download: xls workbooks of at most 2,000 rows in a zip."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from itertools import chain, count, islice
from typing import Any

import xlwt

from .errors import WorkbookError
from .output import (
    AMOUNT_FORMAT,
    DATE_FORMAT,
    DATETIME_FORMAT,
    EXACT_AMOUNT,
    EXACT_INTEGER,
    OutputColumn,
    OutputSheet,
    SheetNames,
    Totals,
    clean_text,
)
from .writer import write_workbook

LAST_XLS_ROW = 65_536
_XLS_COLUMN_UNIT = 256


def write_xls(sheets: Iterable[OutputSheet], target) -> int:
    """Write an Excel 97-2003 workbook; return the number of data rows.

    The whole workbook is held in memory (the format is not written in one
    go), so this is for files of thousands of rows. Strings are string records
    whatever they begin with: only ``xlwt.Formula`` makes a formula.

    :param target: a path or a binary file object
    :raises WorkbookError: ``sheet_full``
    """
    book = xlwt.Workbook(encoding="utf-8")
    names = SheetNames()
    styles = _styles()
    rows = 0
    for sheet in sheets:
        rows += _write_sheet(book.add_sheet(names.clean(sheet.name)), sheet, styles)
    book.save(target)
    return rows


def _styles() -> dict[str, xlwt.XFStyle]:
    """Return a format for each kind of column."""
    formats = {
        "text": "@",
        "number": "@",
        "amount": AMOUNT_FORMAT,
        "integer": "0",
        "date": DATE_FORMAT,
        "datetime": DATETIME_FORMAT,
    }
    styles = {kind: xlwt.easyxf(num_format_str=text) for kind, text in formats.items()}
    styles["header"] = xlwt.easyxf("font: bold on")
    return styles


def _write_sheet(worksheet, sheet: OutputSheet, styles) -> int:
    columns = sheet.columns
    for index, column in enumerate(columns):
        worksheet.col(index).width = int(column.characters * _XLS_COLUMN_UNIT)
        worksheet.write(0, index, clean_text(column.header), styles["header"])
    totals = Totals(columns) if sheet.totals_label else None
    number = 0
    for number, row in enumerate(sheet.rows, 1):
        if number >= LAST_XLS_ROW - 1:
            raise WorkbookError("sheet_full", sheet=sheet.name, limit=LAST_XLS_ROW - 2)
        _write_row(worksheet, number, row, columns, styles)
        if totals:
            totals.add(row)
    if totals:
        last = totals.row(sheet.totals_label, len(columns))
        _write_row(worksheet, number + 1, last, columns, styles)
    if sheet.freeze:
        worksheet.set_panes_frozen(True)
        worksheet.set_horz_split_pos(1)
    return number


def _write_row(worksheet, number: int, row, columns, styles):
    for index, (column, value) in enumerate(zip(columns, row, strict=True)):
        if value is None or value is False or value == "":
            continue
        kind = column.kind
        limit = {"amount": EXACT_AMOUNT, "integer": EXACT_INTEGER}.get(kind)
        if kind in ("text", "number") or (limit and not _fits(value, limit)):
            value, kind = clean_text(value), "text"
        worksheet.write(number, index, value, styles[kind])


def _fits(value: Any, limit) -> bool:
    return type(value) is not str and abs(value) < limit


def write_zip_of_workbooks(
    columns: Sequence[OutputColumn],
    rows: Iterable[Sequence[Any]],
    target,
    *,
    name: str,
    sheet_name: str = "sheet1",
    per_file: int = 2000,
    extensions: Sequence[str] = ("xls", "xlsx"),
) -> int:
    """Write rows into workbooks of ``per_file`` rows each, all in one zip.

    Files are called ``{name}_001.xls`` and so on, once for each extension;
    without rows there is one file that holds the header only.

    :param target: a path or a binary file object
    :return: number of rows written
    """
    rows = iter(rows)
    total = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in count(1):
            part = list(islice(rows, per_file))
            if not part and number > 1:
                break
            for extension in extensions:
                write = write_xls if extension == "xls" else write_workbook
                memory = io.BytesIO()
                write([OutputSheet(sheet_name, columns, part)], memory)
                archive.writestr(f"{name}_{number:03}.{extension}", memory.getvalue())
            total += len(part)
            following = next(rows, None)
            if following is None:
                break
            rows = chain((following,), rows)
    return total
