"""What the two file formats have in common: a sheet as rows of values."""

from collections.abc import Iterator
from dataclasses import dataclass

from .xlsx_sheet import Marks


@dataclass(slots=True)
class Grid:
    """One sheet.

    :param name: name of the sheet
    :param rows: yields (row of the sheet from 1, values); values are str, int,
        float, bool, date, datetime, time or timedelta, ``""`` for an empty
        cell; a row may be shorter than others; empty rows may be left out
    :param first_column: column (from 0) of the first value of every row
    :param formulas: cells that hold a formula
    :param errors: cells that show an error such as ``#N/A``
    """

    name: str
    rows: Iterator[tuple[int, list]]
    first_column: int
    formulas: Marks
    errors: Marks
