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

from .cells import storable
from .errors import WorkbookError
from .grid import Grid
from .limits import Limits
from .xlsx_sheet import Marks

_RECORD = struct.Struct("<HH")
_CELL = struct.Struct("<HH")
_BOF, _EOF, _FORMULA = 0x0809, 0x000A, 0x0006
_FORMULA_RECORDS = (0x0006, 0x0206, 0x0406)
#: Records of one cell: number, label, RK, BOOLERR, shared and rich text.
_CELL_RECORDS = frozenset(
    (0x0003, 0x0203, 0x0004, 0x0204, 0x027E, 0x0005, 0x0205, 0x00FD, 0x00D6, 0x0002)
    + _FORMULA_RECORDS
)
#: A row of numbers in one record, six bytes each.
_NUMBERS = 0x00BD
_MOST_SHEETS = 1_000


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
        if len(indexes) > _MOST_SHEETS:
            raise WorkbookError("broken", reason=f"{len(indexes)} sheets")
        records = _Records(book, limits)
        for index in indexes:
            yield _grid(book, index, limits, records)


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


def _grid(book, index: int, limits: Limits, records: "_Records") -> Grid:
    formulas = records.walk(index)
    sheet = _reading(lambda: book.sheet_by_index(index))
    filled = sum(map(bool, map(sheet.row_len, range(sheet.nrows))))
    if filled > limits.max_rows + limits.header_rows:
        raise WorkbookError("too_many_rows", found=filled, limit=limits.max_rows)
    errors = Marks()
    rows = _rows(sheet, book.datemode, errors)
    return Grid(storable(sheet.name), rows, 0, formulas, errors)


class _Records:
    """Goes over the records of a sheet before the reader gets it.

    What must never happen: sheets that lie over each other read again and again,
    for hours; more cells made than may be held in memory.
    """

    def __init__(self, book, limits: Limits):
        self.memory = book.mem
        self.starts = book._sh_abs_posn
        self.limits = limits
        self.walked = 0

    def walk(self, index: int) -> Marks:
        """Return the formula cells: the reader gives their stored results only.

        :raises WorkbookError: ``too_many_cells``, ``broken``
        """
        memory, end = self.memory, len(self.memory)
        position, depth, cells = self.starts[index], 0, 0
        start = position
        marks = Marks()
        while 0 <= position <= end - 4:
            kind, size = _RECORD.unpack_from(memory, position)
            if kind in _CELL_RECORDS:
                cells += 1
                if kind in _FORMULA_RECORDS and depth == 1 and position + 8 <= end:
                    row, column = _CELL.unpack_from(memory, position + 4)
                    marks.add(column, row + 1)
            elif kind == _NUMBERS:
                cells += size // 6
            elif kind & 0xFF == 0x09 and kind in (0x09, 0x0209, 0x0409, _BOF):
                depth += 1
            elif kind == _EOF:
                depth -= 1
                if depth <= 0:
                    break
            position += 4 + size
        self._check(cells, position - start)
        return marks

    def _check(self, cells: int, walked: int):
        if cells > self.limits.max_cells:
            raise WorkbookError(
                "too_many_cells", found=cells, limit=self.limits.max_cells
            )
        self.walked += walked
        if self.walked > 2 * len(self.memory):
            raise WorkbookError("broken", reason="sheets lie over each other")


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
