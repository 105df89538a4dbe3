"""Sheets of an xls workbook, by xlrd.

python-calamine reads xls three times as fast, but reserves memory for
whatever such a file claims (rows, number of texts), and when that fails the
whole server process ends: one crafted file of 5 KB does it. xlrd is plain
Python, raises where it cannot go on, and is fast enough (60,000 rows/s).
"""

import io
import struct
from collections.abc import Iterator

import xlrd

from .errors import WorkbookError
from .grid import Grid
from .limits import Limits
from .xlsx_sheet import Marks

_RECORD = struct.Struct("<HH")
_CELL = struct.Struct("<HH")
_BOF, _EOF, _FORMULA = 0x0809, 0x000A, 0x0006
_FORMULA_RECORDS = (0x0006, 0x0206, 0x0406)


def xls_grids(content: bytes, limits: Limits) -> Iterator[Grid]:
    """Yield the visible sheets, each read when it is asked for.

    :raises WorkbookError: ``encrypted``, ``broken``, ``no_sheet``,
        ``not_a_workbook`` (another kind of office document)
    """
    names = directory_names(content)
    if "encryptedpackage" in names:
        raise WorkbookError("encrypted")
    if names and not {"workbook", "book"} & names:
        raise WorkbookError("not_a_workbook", found="ole")
    with _opened(content) as book:
        indexes = [
            index for index in range(book.nsheets) if book._sheet_visibility[index] == 0
        ]
        if not indexes:
            raise WorkbookError("no_sheet")
        for index in indexes:
            yield _grid(book, index, limits)


def directory_names(content: bytes) -> set[str]:
    """Return lower-case names of the streams of an OLE container.

    Found by looking through the directory sectors one after the other; an
    empty set when the directory cannot be followed.
    """
    if len(content) < 512:
        return set()
    shift = struct.unpack_from("<H", content, 30)[0]
    if shift not in (9, 12):
        return set()
    size, sector = 1 << shift, struct.unpack_from("<I", content, 48)[0]
    names = set()
    # The chain of sectors is not needed: directories of workbooks have few
    # entries, and those of interest stand in its first sectors.
    for start in range(512 + sector * size, 512 + (sector + 4) * size, 128):
        entry = content[start : start + 128]
        if len(entry) < 128 or entry[66] not in (1, 2, 5):
            continue
        length = struct.unpack_from("<H", entry, 64)[0]
        if 2 <= length <= 64:
            name = entry[: length - 2].decode("utf-16-le", "replace")
            names.add(name.lower())
    return names


def _opened(content: bytes):
    return _reading(
        lambda: xlrd.open_workbook(
            file_contents=content,
            logfile=io.StringIO(),
            on_demand=True,
            ragged_rows=True,
        )
    )


def _reading(action):
    """Return what ``action`` returns; every error of the reader is named.

    xlrd meets damaged files with errors of all kinds (assertions, indexes,
    struct, decoding), so all of them mean the same here.
    """
    try:
        return action()
    except xlrd.XLRDError as error:
        if "encrypt" in str(error).lower() or "password" in str(error).lower():
            raise WorkbookError("encrypted") from error
        raise WorkbookError("broken", reason=str(error)) from error
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise WorkbookError("broken", reason=reason) from error


def _grid(book, index: int, limits: Limits) -> Grid:
    formulas = Marks()
    _reading(lambda: _find_formulas(book, index, formulas))
    sheet = _reading(lambda: book.sheet_by_index(index))
    filled = sum(map(bool, map(sheet.row_len, range(sheet.nrows))))
    if filled > limits.max_rows + limits.header_rows:
        raise WorkbookError("too_many_rows", found=filled, limit=limits.max_rows)
    errors = Marks()
    rows = _rows(sheet, book.datemode, errors)
    return Grid(sheet.name, rows, 0, formulas, errors)


def _find_formulas(book, index: int, marks: Marks):
    """Mark the formula cells: the reader gives their stored results only."""
    memory, end = book.mem, len(book.mem)
    position, depth = book._sh_abs_posn[index], 0
    while 0 <= position <= end - 4:
        kind, size = _RECORD.unpack_from(memory, position)
        if kind in _FORMULA_RECORDS and depth == 1 and position + 8 <= end:
            row, column = _CELL.unpack_from(memory, position + 4)
            marks.add(column, row + 1)
        elif kind & 0xFF == 0x09 and kind in (0x09, 0x0209, 0x0409, _BOF):
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                return
        position += 4 + size


def _rows(sheet, datemode: int, errors: Marks):
    """Yield (row from 1, values); marks error cells while it goes."""
    special = {xlrd.XL_CELL_DATE, xlrd.XL_CELL_BOOLEAN, xlrd.XL_CELL_ERROR}
    for index in range(sheet.nrows):
        values, kinds = sheet.row_values(index), sheet.row_types(index)
        if special.intersection(kinds):
            for column, kind in enumerate(kinds):
                if kind == xlrd.XL_CELL_DATE:
                    values[column] = _date(values[column], datemode)
                elif kind == xlrd.XL_CELL_BOOLEAN:
                    values[column] = bool(values[column])
                elif kind == xlrd.XL_CELL_ERROR:
                    values[column] = ""
                    errors.add(column, index + 1)
        yield index + 1, values


def _date(value: float, datemode: int):
    """Return a datetime, or the number itself when it is no date."""
    try:
        return xlrd.xldate_as_datetime(value, datemode)
    except (xlrd.XLDateError, ValueError, OverflowError):
        return value
