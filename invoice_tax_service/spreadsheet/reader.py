"""One way into a workbook: :func:`stream_table`, or :func:`read_table` for all of
its rows at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from .cells import REPEATED_KINDS, converter, plain, show
from .errors import BadCell, CellError, WorkbookError
from .grid import Grid
from .header import Header, check_header, find_header
from .invoice_numbers import InvoiceIdentity
from .layouts import Layout
from .limits import DEFAULT_LIMITS, Limits
from .sniff import workbook_format
from .xls_file import xls_grids
from .xlsx_file import xlsx_grids
from .xlsx_sheet import column_letter


@dataclass(slots=True)
class Table:
    """What was read.

    :param keys: names of the values of a row: ``row`` (row of the sheet, from
        1), then the keys of the layout
    :param rows: good rows as tuples in the order of ``keys``; an empty cell or
        a column that is not in the sheet is None; empty when they are streamed
    :param good_rows: how many good rows there are
    :param errors: what is wrong, at most ``limits.max_errors``
    :param error_count: all errors, also those left out of the list
    :param bad_rows: rows that have errors and are not in ``rows``
    :param skipped: rows whose flag is empty; they are in neither
    :param columns: key -> header as it is written in the sheet
    :param ignored: headers that mean nothing to the layout
    :param letters: key -> letter of the column
    """

    keys: tuple[str, ...]
    sheet_name: str
    header_row: int
    columns: dict[str, str]
    ignored: list[str]
    rows: list[tuple] = field(default_factory=list)
    good_rows: int = 0
    errors: list[CellError] = field(default_factory=list)
    error_count: int = 0
    bad_rows: int = 0
    skipped: int = 0
    letters: dict[str, str] = field(default_factory=dict)

    @property
    def row_count(self) -> int:
        """Rows that are meant: good and bad ones."""
        return self.good_rows + self.bad_rows

    def dicts(self) -> Iterator[dict[str, Any]]:
        """Yield the good rows as dictionaries."""
        for row in self.rows:
            yield dict(zip(self.keys, row, strict=True))


#: Texts remembered for each column, and how long they may be.
_MEMORY, _MEMORABLE = 16_384, 64


@dataclass(slots=True)
class _Slot:
    """Where a column stands (``index`` in a row of the grid) and goes."""

    key: str
    index: int
    letter: str
    position: int
    filled: bool
    function: Callable[[Any], Any]
    #: answers for texts met before, None when they rarely come again
    known: dict[str, Any] | None

    def convert(self, value):
        """Convert a value that was not met before and remember the answer."""
        answer = self.function(value)
        if type(value) is str and len(value) <= _MEMORABLE:
            if len(self.known) >= _MEMORY:
                self.known.clear()
            self.known[value] = answer
        return answer


def read_table(
    content: bytes,
    filename: str,
    layout: Layout,
    limits: Limits = DEFAULT_LIMITS,
) -> Table:
    """Read the first sheet that has the header of the layout.

    Nothing is used of a workbook that cannot be read as a whole; what is
    wrong in single cells is collected, all of it at once.

    :param content: the file
    :param filename: its name; the extension must be xlsx or xls
    :raises WorkbookError: see ``errors.WORKBOOK_CODES``
    """
    table, rows = stream_table(content, filename, layout, limits)
    table.rows = list(rows)
    return table


def stream_table(
    content: bytes,
    filename: str,
    layout: Layout,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[Table, Iterator[tuple]]:
    """Like :func:`read_table`, but the good rows go by and are not kept.

    Counts and errors grow with the rows; they are complete behind the last one.
    That the workbook as a whole cannot be used may show as late as that, so
    whoever writes while the rows go by must be able to take it back.

    :return: the table, and its good rows
    """
    grid, header = open_sheet(content, filename, layout, limits)
    table = Table(
        ("row", *layout.keys),
        grid.name,
        header.row,
        header.texts,
        header.ignored,
    )
    return table, _Reading(table, grid, header, layout, limits).run()


def open_sheet(
    content: bytes, filename: str, layout: Layout, limits: Limits = DEFAULT_LIMITS
) -> tuple[Grid, Header]:
    """Return the sheet to be read, its rows taken off up to the header."""
    kind = workbook_format(content, filename, limits)
    grids = (xlsx_grids if kind == "xlsx" else xls_grids)(content, limits)
    half_found = None
    empty = True
    for grid in grids:
        first = next(grid.rows, None)
        if first is None:
            continue
        empty = False
        grid.rows = chain((first,), grid.rows)
        header = find_header(grid, layout, limits.header_rows)
        if header and not header.missing(layout):
            check_header(header, layout, grid.name)
            return grid, header
        if header and not half_found:
            half_found = header, grid.name
    if half_found:
        check_header(half_found[0], layout, half_found[1])
    if empty:
        raise WorkbookError("no_rows", sheet="")
    raise WorkbookError(
        "no_header",
        searched_rows=limits.header_rows,
        expected=[column.names[0] for column in layout.columns if column.required]
        + [layout.column(group[0]).names[0] for group in layout.required_any],
    )


class _Reading:
    """Goes over the data rows once.

    A slot is taken apart once, in ``plan``: this is the innermost loop.
    """

    def __init__(self, table, grid: Grid, header: Header, layout: Layout, limits):
        self.table = table
        self.grid = grid
        self.limits = limits
        self.letters = table.letters
        self.width = len(layout.columns)
        self.keys = layout.keys
        self.slots = [
            self._slot(position, column, header.columns[column.key])
            for position, column in enumerate(layout.columns)
            if column.key in header.columns
        ]
        self.plan = [
            (
                slot.index,
                slot.position,
                slot.known,
                slot.function if slot.known is None else slot.convert,
                slot,
            )
            for slot in self.slots
        ]
        self.filled = [slot for slot in self.slots if slot.filled]
        self.flag = next((s for s in self.slots if s.key == layout.flag), None)
        self.identity = InvoiceIdentity(layout) if layout.invoice_keys else None
        self.allowed = {c.key for c in layout.columns if c.formula_allowed}
        self.needed = max((slot.index for slot in self.slots), default=0) + 1

    def _slot(self, position, column, index) -> _Slot:
        letter = self.letters[column.key] = column_letter(index)
        return _Slot(
            column.key,
            index - self.grid.first_column,
            letter,
            position,
            column.filled,
            converter(column),
            {} if column.kind in REPEATED_KINDS else None,
        )

    def run(self) -> Iterator[tuple]:
        """Yield the good rows and fill the table with what is to be said."""
        count = 0
        table = self.table
        limit = self.limits.max_rows
        read_row = self._read_row
        pad = [""] * self.needed
        for row, cells in self.grid.rows:
            if len(cells) < self.needed:
                cells = cells + pad
            values = read_row(row, cells)
            if values is None:
                continue
            count += 1
            if count > limit:
                raise WorkbookError("too_many_rows", found=count, limit=limit)
            if values:
                table.good_rows += 1
                yield values
        self._check_use(count)

    def _check_use(self, count: int):
        """Refuse a workbook that means nothing.

        :param count: data rows with a value
        """
        if not count:
            raise WorkbookError("no_rows", sheet=self.grid.name)
        if self.table.skipped == count:
            raise WorkbookError(
                "nothing_marked",
                sheet=self.grid.name,
                column=self.table.columns[self.flag.key],
                skipped=count,
            )

    def _read_row(self, row: int, cells: list) -> tuple | None:
        """Return the row, ``()`` when it is skipped or bad, None when empty."""
        # Asked anew for each row: the xls reader marks errors on its way.
        if self.grid.formulas.count or self.grid.errors.count:
            errors = self._marked_cells(row, cells)
        else:
            errors = []
        marked = {slot.key for slot, _code, _value in errors} if errors else set()
        flag = self.flag
        if flag and cells[flag.index] == "" and flag.key not in marked:
            return self._without_flag(cells)
        values = self._values(cells, errors, marked)
        if values is None:
            return None
        if flag and values[flag.position] is None and flag.key not in marked:
            return self._without_flag(cells)
        return self._finish(row, values, errors, marked)

    def _values(self, cells: list, errors: list, marked: set) -> list | None:
        """Return the converted values, None when all cells are empty.

        Adds what is wrong to ``errors`` and ``marked``. This is the innermost
        loop: it meets every cell of the workbook.
        """
        values = [None] * self.width
        empty = not marked
        for index, position, known, convert, slot in self.plan:
            value = cells[index]
            if value == "" or (marked and slot.key in marked):
                continue
            empty = False
            if known is not None and type(value) is str and value in known:
                values[position] = known[value]
                continue
            try:
                values[position] = convert(value)
            except BadCell as bad:
                # A cell of spaces is an empty one.
                if type(value) is not str or plain(value):
                    errors.append((slot, bad.code, value))
                    marked.add(slot.key)
        if empty:
            return None
        for slot in self.filled:
            if values[slot.position] in (None, "") and slot.key not in marked:
                errors.append((slot, "required", ""))
        return values

    def _without_flag(self, cells: list) -> tuple | None:
        for slot in self.slots:
            value = cells[slot.index]
            if value != "" and (type(value) is not str or value.strip()):
                self.table.skipped += 1
                return ()
        return None

    def _marked_cells(self, row: int, cells: list) -> list[tuple]:
        """Return [(slot, code, value)] of formulas and errors in this row."""
        formulas, errors = self.grid.formulas, self.grid.errors
        found = []
        for slot in self.slots:
            column = slot.index + self.grid.first_column
            value = cells[slot.index]
            if errors.has(column, row):
                found.append((slot, "cell_error", value))
            elif formulas.has(column, row) and (
                value == "" or slot.key not in self.allowed
            ):
                found.append((slot, "formula", value))
        return found

    def _finish(self, row, values, errors, marked) -> tuple:
        """Return the row, ``()`` when something is wrong with it."""
        found = None
        if self.identity and not (marked and marked & self.identity.keys):
            found = self.identity.check(row, values)
        if not errors and not found:
            return (row, *values)
        if found:
            position, code, value = found
            self._report(code, row, self.keys[position], value)
        for slot, code, value in errors:
            self._report(code, row, slot.key, value)
        self.table.bad_rows += 1
        return ()

    def _report(self, code: str, row: int, key: str, value):
        self.table.error_count += 1
        if len(self.table.errors) < self.limits.max_errors:
            letter = self.letters.get(key, "")
            self.table.errors.append(
                CellError(code, row, letter, key, show(value)[:100])
            )
