"""What can be wrong with a workbook: codes and values, never sentences.

The models turn a code and its values into a sentence in the user's language.
"""

from dataclasses import dataclass
from typing import Any

#: Codes of :class:`WorkbookError` with the values each one carries.
WORKBOOK_CODES = {
    "empty_file": "",
    "wrong_extension": "found (extension), allowed (list of extensions)",
    "not_a_workbook": "found (pdf, html, csv, zip, xlsb, ods, ole, image, …)",
    "too_large": "found, limit (bytes)",
    "zip_bomb": "found, limit (bytes when unpacked, or number of parts), reason",
    "encrypted": "",
    "broken": "reason (technical, English, for the log)",
    "too_many_rows": "found, limit (rows; found is a lower bound)",
    "too_many_cells": "found, limit (cells; found is a lower bound)",
    "too_much_text": "found, limit (bytes)",
    "no_sheet": "",
    "no_header": "searched_rows, expected (list of header names)",
    "missing_columns": "sheet, row, columns (list; alternatives joined by /)",
    "duplicate_columns": "sheet, row, columns (list of 'header: B1, D1')",
    "no_rows": "sheet",
    "sheet_full": "sheet, limit (rows that a sheet of the format can hold; writing)",
    "nothing_marked": "sheet, column (header name), skipped (rows)",
}

#: Codes of :class:`CellError`.
CELL_CODES = {
    "required": "the cell must not be empty",
    "missing_number": "the row has no invoice number at all",
    "missing_code": "an 8-digit invoice number without its invoice code",
    "ruined_number": "Excel kept 15 digits only, or scientific notation",
    "lost_zeros": "a number cell lost its leading zeros",
    "bad_characters": "something else than digits in a number",
    "bad_length": "a number of a length that no such number has",
    "not_an_amount": "not a number",
    "amount_decimals": "more than two decimals",
    "amount_too_large": "more than 16 digits before the point",
    "not_a_date": "not a date",
    "not_yes_no": "neither yes nor no",
    "not_a_choice": "not one of the allowed words",
    "text_too_long": "longer than the column may be",
    "formula": "a formula where a value is needed",
    "cell_error": "the cell shows an error such as #N/A",
    "two_numbers": "two different 20-digit numbers in one row",
    "duplicate_row": "the invoice stands in an earlier row too (value: its row)",
}


class WorkbookError(Exception):
    """The workbook as a whole cannot be read; nothing of it was used.

    :param str code: one of :data:`WORKBOOK_CODES`
    :param values: names, limits and findings that belong into the sentence
    """

    def __init__(self, code: str, **values: Any):
        super().__init__(code, values)
        self.code = code
        self.values = values

    def __str__(self):
        details = ", ".join(f"{key}={value!r}" for key, value in self.values.items())
        return f"{self.code}({details})"


@dataclass(frozen=True, slots=True)
class CellError:
    """One cell (or row) that cannot be used.

    :param code: one of :data:`CELL_CODES`
    :param row: row of the sheet as Excel counts it, from 1
    :param column_letter: ``"C"``; empty when the column is not in the sheet
    :param field: key of the layout column
    :param value: what the cell holds, shortened to 100 characters
    """

    code: str
    row: int
    column_letter: str
    field: str
    value: str

    @property
    def address(self) -> str:
        """Where to look, as Excel writes it: ``C17`` (or ``17``)."""
        return f"{self.column_letter}{self.row}"


class BadCell(Exception):
    """Raised by a converter; the reader turns it into a :class:`CellError`."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code
