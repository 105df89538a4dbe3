"""What is wrong with a workbook, in the user's language.

The spreadsheet layer finds and names (``spreadsheet.errors``); here are the
sentences: what it is and what to do.
"""

from .words import REASONS, get_reason, get_sentence


def get_workbook_sentence(env, error):
    """:param spreadsheet.WorkbookError error:"""
    make = _WORKBOOK.get(error.code)
    return make(env, _Values(error.values)) if make else str(error)


def get_cell_sentence(env, error):
    """:param spreadsheet.CellError error:"""
    make = _CELL.get(error.code)
    return make(env, error) if make else f"{error.code}: {error.value}"


def get_error_sentence(env, error, with_advice=True):
    """Why a row is refused: for its cells, or for what is known of the invoice.

    :param spreadsheet.CellError error: or a refusal of the planning in its form
    """
    if error.code in REASONS:
        get = get_sentence if with_advice else get_reason
        return get(env, error.code)
    return get_cell_sentence(env, error)


class _Values:
    """Values of an error as text; lists joined, bytes in megabytes."""

    def __init__(self, values):
        self._values = values

    def __getitem__(self, key):
        value = self._values.get(key, "?")
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value

    def megabytes(self, key):
        value = self._values.get(key)
        return round(value / 1048576, 1) if isinstance(value, int | float) else "?"


_WORKBOOK = {
    "empty_file": lambda env, v: env._("The file is empty. Choose another one."),
    "wrong_extension": lambda env, v: env._(
        "The file type %(found)s is not read. Save the workbook as xlsx or xls.",
        found=v["found"],
    ),
    "not_a_workbook": lambda env, v: env._(
        "The file is not a workbook (it looks like %(found)s), whatever its name says. "
        "Save it as xlsx or xls in Excel or WPS.",
        found=v["found"],
    ),
    "too_large": lambda env, v: env._(
        "The file has %(found)s MB, more than %(limit)s MB. Split it.",
        found=v.megabytes("found"),
        limit=v.megabytes("limit"),
    ),
    "zip_bomb": lambda env, v: env._(
        "The workbook unpacks to far more than it should and was not opened. "
        "Save it anew in Excel or WPS."
    ),
    "encrypted": lambda env, v: env._(
        "The workbook is protected by a password. Save it without one."
    ),
    "broken": lambda env, v: env._(
        "The workbook is damaged. Open it in Excel or WPS and save it anew."
    ),
    "too_many_rows": lambda env, v: env._(
        "The sheet holds more than %(limit)s rows. Split it.", limit=v["limit"]
    ),
    "too_many_cells": lambda env, v: env._(
        "The sheet holds more than %(limit)s cells. Delete what is not needed.",
        limit=v["limit"],
    ),
    "too_much_text": lambda env, v: env._(
        "The sheet holds too much text. Delete what is not needed."
    ),
    "no_sheet": lambda env, v: env._("The workbook has no sheet with cells."),
    "no_header": lambda env, v: env._(
        "No header was found in the first %(rows)s rows. One row must hold the column "
        "names: %(expected)s.",
        rows=v["searched_rows"],
        expected=v["expected"],
    ),
    "missing_columns": lambda env, v: env._(
        "Sheet %(sheet)s, header in row %(row)s: these columns are missing: "
        "%(columns)s. Add them, or start from the downloaded workbook.",
        sheet=v["sheet"],
        row=v["row"],
        columns=v["columns"],
    ),
    "duplicate_columns": lambda env, v: env._(
        "Sheet %(sheet)s: these columns stand there more than once: %(columns)s. "
        "Delete the ones you do not mean.",
        sheet=v["sheet"],
        columns=v["columns"],
    ),
    "no_rows": lambda env, v: env._(
        "The workbook holds no rows below the header. Fill in the invoices."
    ),
    "nothing_marked": lambda env, v: env._(
        "Column %(column)s is empty in all %(skipped)s rows. Write 是 to select an "
        "invoice and 否 to revoke its selection.",
        column=v["column"],
        skipped=v["skipped"],
    ),
}

_CELL = {
    "required": lambda env, e: env._("The cell must not be empty."),
    "missing_number": lambda env, e: env._(
        "The row has no invoice number. Give the 20-digit number, or code and number."
    ),
    "missing_code": lambda env, e: env._(
        "Number %(value)s has 8 digits and needs its invoice code.", value=e.value
    ),
    "ruined_number": lambda env, e: env._(
        "%(value)s: Excel has turned the number into a rounded one. Format the column "
        "as text and enter the number again.",
        value=e.value,
    ),
    "lost_zeros": lambda env, e: env._(
        "%(value)s: leading zeros may be lost. Format the column as text and enter the "
        "number again.",
        value=e.value,
    ),
    "bad_characters": lambda env, e: env._(
        "%(value)s is not a number of digits only.", value=e.value
    ),
    "bad_length": lambda env, e: env._(
        "%(value)s has a wrong length: digital numbers have 20 digits, others 8 with a "
        "code of 10 or 12.",
        value=e.value,
    ),
    "not_an_amount": lambda env, e: env._("%(value)s is not an amount.", value=e.value),
    "amount_decimals": lambda env, e: env._(
        "%(value)s has more than two decimals.", value=e.value
    ),
    "amount_too_large": lambda env, e: env._(
        "%(value)s is too large an amount.", value=e.value
    ),
    "not_a_date": lambda env, e: env._(
        "%(value)s is not a date; write it like 2026-10-31.", value=e.value
    ),
    "not_yes_no": lambda env, e: env._(
        "%(value)s is neither 是 nor 否.", value=e.value
    ),
    "not_a_choice": lambda env, e: env._(
        "%(value)s is not one of the reasons 1 to 5.", value=e.value
    ),
    "text_too_long": lambda env, e: env._("The text is too long."),
    "formula": lambda env, e: env._(
        "The cell holds a formula. Paste the value instead."
    ),
    "cell_error": lambda env, e: env._(
        "The cell shows the error %(value)s.", value=e.value
    ),
    "two_numbers": lambda env, e: env._(
        "The row holds two different 20-digit numbers, the other one is %(value)s.",
        value=e.value,
    ),
    "duplicate_row": lambda env, e: env._(
        "The invoice stands in row %(value)s too. Keep one.", value=e.value
    ),
}
