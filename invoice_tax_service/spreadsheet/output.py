"""What is to be written: sheets, columns, and values made safe for a cell."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

KINDS = ("text", "number", "amount", "integer", "figure", "date", "datetime")
#: Widths in characters, for columns that name none.
WIDTHS = {
    "text": 20,
    "number": 24,
    "amount": 16,
    "integer": 10,
    "figure": 16,
    "date": 12,
    "datetime": 20,
}
AMOUNT_FORMAT = "#,##0.00"
DATE_FORMAT = "yyyy-mm-dd"
DATETIME_FORMAT = "yyyy-mm-dd hh:mm:ss"
LONGEST_TEXT = 32_767
#: Beginnings that a spreadsheet takes for a formula when a cell is typed
#: again or the sheet is saved in another format.
RISKY = ("=", "+", "-", "@", "\t", "\r")
#: From here on a double does not hold every cent (every unit).
EXACT_AMOUNT = Decimal(10) ** 13
EXACT_INTEGER = 10**15

# Control characters have no place in XML, lone surrogates none in UTF-8.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SHEET_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class OutputColumn:
    """One column to be written.

    :param header: its name, in the user's language
    :param kind: ``text``, ``number`` (invoice and tax numbers: always text
        cells), ``amount``, ``integer``, ``figure`` (amounts, and whole numbers that
        are none), ``date`` or ``datetime``
    :param width: in characters; by kind when 0
    :param total: whether an amount or integer is summed up in the totals row
    """

    header: str
    kind: str = "text"
    width: float = 0
    total: bool = True

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of column: {self.kind}")

    @property
    def characters(self) -> float:
        """Width of the column in characters."""
        return self.width or WIDTHS[self.kind]


@dataclass
class OutputSheet:
    """One sheet to be written.

    :param rows: an iterable of sequences, one value per column; taken row by
        row, so a generator keeps memory small. None and False are empty cells.
    :param totals_label: text of the totals row (``合计``); no totals row when
        empty. Sums are written as numbers, not as formulas.
    """

    name: str
    columns: Sequence[OutputColumn]
    rows: Iterable[Sequence[Any]]
    freeze: bool = True
    autofilter: bool = True
    totals_label: str = ""


class Totals:
    """Adds up the amounts and integers while rows go by."""

    def __init__(self, columns: Sequence[OutputColumn]):
        self.sums = {
            index: Decimal()
            for index, column in enumerate(columns)
            if column.total and column.kind in ("amount", "integer")
        }

    def add(self, row: Sequence[Any]):
        """Take one row into account."""
        for index in self.sums:
            value = row[index]
            if value is not None and value is not False and value != "":
                self.sums[index] += Decimal(str(value))

    def pass_on(self, rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        """Yield the rows, taking each into account."""
        for row in rows:
            self.add(row)
            yield row

    def row(self, label: str, width: int) -> list:
        """Return the totals row."""
        values = [None] * width
        free = next((i for i in range(width) if i not in self.sums), None)
        if free is not None:
            values[free] = label
        for index, value in self.sums.items():
            values[index] = value
        return values


def clean_text(value: Any) -> str:
    """Return text that a cell can hold; it is cut at 32,767 characters.

    Excel counts UTF-16 units, of which rare characters need two.
    """
    text = value if type(value) is str else str(value)
    if not text.isprintable():
        text = _ILLEGAL.sub("", text)
    if len(text) > LONGEST_TEXT // 2:
        units = text.encode("utf-16-le")[: 2 * LONGEST_TEXT]
        text = units.decode("utf-16-le", "ignore")
    return text


class SheetNames:
    """Makes sheet names valid and different from each other."""

    def __init__(self):
        self._used = set()

    def clean(self, name: str) -> str:
        """Return a valid name of at most 31 characters, not used before."""
        name = _SHEET_NAME.sub(" ", str(name)).strip().strip("'").strip()
        # Excel keeps "History" for itself.
        name = name[:31].rstrip().rstrip("'") or "Sheet"
        if name.lower() == "history":
            name += "_"
        unique, number = name, 1
        while unique.lower() in self._used:
            number += 1
            ending = f" ({number})"
            unique = name[: 31 - len(ending)] + ending
        self._used.add(unique.lower())
        return unique
