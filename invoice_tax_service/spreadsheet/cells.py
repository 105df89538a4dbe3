"""From what a cell holds to what the program uses.

Every converter takes the value as the parser gave it (str, int, float, bool,
date, datetime; never empty) and returns the converted value or raises
:class:`BadCell`. What Excel has ruined is named, never guessed.
"""

import datetime
import math
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from .errors import BadCell
from .layouts import Column, normalise_header

#: From here on a double holds no longer every digit that was typed (Excel
#: keeps 15 of them and fills up with zeros).
DOUBLE_LIMIT = 10**15
#: Amounts have 18 digits, 2 of them behind the point.
AMOUNT_LIMIT = 10**16

_SCIENTIFIC = re.compile(r"[+-]?\d+(?:\.\d*)?[eE][+-]?\d+$")
_WASTE = re.compile(r"[\s'‘’`´\u200b-\u200f\ufeff]+")
_AMOUNT = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?$")
_DATE = re.compile(
    r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日?)"
    r"(?:[ T]*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?$"
)
_CENT = Decimal("0.01")
_YES = frozenset(("是", "y", "yes", "1", "true", "√", "已勾选", "勾选"))
_NO = frozenset(("否", "n", "no", "0", "false", "×", "未勾选", "不勾选"))


def storable(text: str) -> str:
    """Return text without NUL and halves of signs, which no database holds.

    Both formats can spell them, and one such text must not hold the rest.
    """
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def plain(text: str) -> str:
    """Return text in plain width without spaces and apostrophes."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _WASTE.sub("", text)


def _whole_number_text(value: float) -> str:
    """Return the digits of a numeric cell that was meant as a number."""
    if not math.isfinite(value) or abs(value) >= DOUBLE_LIMIT:
        raise BadCell("ruined_number")
    if value != int(value) or value < 0:
        raise BadCell("bad_characters")
    return str(int(value))


def number_converter(column: Column) -> Callable[[Any], str]:
    """Return the converter of a column of digits, e.g. invoice numbers.

    A numeric cell that is shorter than the next allowed length has lost
    leading zeros. A 20-digit number has none to lose (it begins with the year
    and would be ruined by Excel in another way), so 20 is left out there.
    """
    lengths = frozenset(column.lengths)

    def digits_of_number(value) -> str:
        text = _whole_number_text(value)
        if lengths and len(text) not in lengths:
            padded = [size for size in lengths if len(text) < size < 20]
            raise BadCell("lost_zeros" if padded else "bad_length")
        return text

    def convert(value) -> str:
        if type(value) is str:
            if len(value) in lengths and value.isascii() and value.isdigit():
                return value
            text = plain(value)
            if _SCIENTIFIC.match(text):
                raise BadCell("ruined_number")
            if not (text.isascii() and text.isdigit()):
                raise BadCell("bad_characters")
            if lengths and len(text) not in lengths:
                raise BadCell("bad_length")
            return text
        if type(value) in (int, float):
            return digits_of_number(value)
        raise BadCell("bad_characters")

    return convert


def tax_number_converter(column: Column) -> Callable[[Any], str]:
    """Return the converter of tax numbers: digits and capital letters.

    Whether the number is a valid one is the models' question.
    """

    def convert(value) -> str:
        if type(value) is str:
            text = plain(value).upper()
            if _SCIENTIFIC.match(text) and "." in text:
                raise BadCell("ruined_number")
            if not (text.isascii() and text.isalnum()):
                raise BadCell("bad_characters")
            if len(text) > 30:
                raise BadCell("bad_length")
            return text
        if type(value) in (int, float):
            text = _whole_number_text(value)
            if len(text) < 15:
                raise BadCell("lost_zeros")
            return text
        raise BadCell("bad_characters")

    return convert


def amount(value) -> Decimal:
    """Return an amount in yuan with exactly two decimals."""
    if type(value) is float:
        if not abs(value) < 1e13:
            # From 1e13 on a double no longer holds every cent.
            raise BadCell("ruined_number" if math.isfinite(value) else "not_an_amount")
        text = f"{value:.2f}"
        # 15 significant digits are what Excel shows: 0.1 + 0.2 is 0.3 there.
        if float(text) != value and Decimal(f"{value:.15g}") != Decimal(text):
            raise BadCell("amount_decimals")
        return Decimal(text)
    if type(value) is int:
        return _within_limit(Decimal(value))
    if type(value) is str:
        return _amount_of_text(value)
    raise BadCell("not_an_amount")


def _amount_of_text(value: str) -> Decimal:
    text = plain(value).removeprefix("¥").removeprefix("￥")
    if _SCIENTIFIC.match(text):
        raise BadCell("ruined_number")
    if not _AMOUNT.match(text):
        raise BadCell("not_an_amount")
    return _within_limit(Decimal(text.replace(",", "")))


def _within_limit(number: Decimal) -> Decimal:
    if abs(number) >= AMOUNT_LIMIT:
        raise BadCell("amount_too_large")
    try:
        rounded = number.quantize(_CENT)
    except InvalidOperation as error:  # thousands of digits behind the point
        raise BadCell("amount_decimals") from error
    if rounded != number:
        raise BadCell("amount_decimals")
    return rounded


def date(value) -> datetime.date:
    """Return a date from a date cell, ``yyyyMMdd`` or a written date.

    A plain number that is not ``yyyyMMdd`` is a date that lost its format; it
    is not guessed, because it depends on the calendar of the workbook.
    """
    if isinstance(value, datetime.datetime):
        return _likely(value.date())
    if isinstance(value, datetime.date):
        return _likely(value)
    if type(value) in (int, float) and 19_000_000 < value < 22_000_000:
        value = _whole_number_text(value)
    if type(value) is not str:
        raise BadCell("not_a_date")
    text = unicodedata.normalize("NFKC", value).strip(" '\t\r\n")
    if len(text) == 8 and text.isascii() and text.isdigit():
        parts = text[:4], text[4:6], text[6:]
    else:
        found = _DATE.match(text)
        if not found:
            raise BadCell("not_a_date")
        parts = tuple(part for part in found.groups() if part)
    try:
        return _likely(datetime.date(*map(int, parts)))
    except ValueError as error:
        raise BadCell("not_a_date") from error


def _likely(day: datetime.date) -> datetime.date:
    if not 1990 <= day.year < 2100:
        raise BadCell("not_a_date")
    return day


def yes_no(value) -> bool:
    """Return True for 是, Y, yes, 1; False for 否, N, no, 0."""
    if type(value) is str:
        word = plain(value).lower()
    elif isinstance(value, (bool, int, float)) and value in (0, 1):
        return bool(value)
    else:
        raise BadCell("not_yes_no")
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise BadCell("not_yes_no")


def choice_converter(column: Column) -> Callable[[Any], str]:
    """Return the converter of a column with a closed list of words."""
    choices = column.choices

    def convert(value) -> str:
        if type(value) in (int, float) and value == value // 1:
            value = str(int(value))
        if type(value) is not str or len(value) > 100:
            raise BadCell("not_a_choice")
        found = choices.get(normalise_header(value))
        if found is None:
            raise BadCell("not_a_choice")
        return found

    return convert


def text_converter(column: Column) -> Callable[[Any], str]:
    """Return the converter of free text; numbers as Excel shows them."""
    limit = column.max_length

    def convert(value) -> str:
        if type(value) is not str:
            value = show(value)
        text = storable(value).strip()
        if len(text) > limit:
            raise BadCell("text_too_long")
        return text

    return convert


def show(value) -> str:
    """Return what a user would recognise of a cell, for messages."""
    if type(value) is float and abs(value) < DOUBLE_LIMIT and value == value // 1:
        return str(int(value))
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return storable(str(value))


def converter(column: Column) -> Callable[[Any], Any]:
    """Return the converter that belongs to the kind of a column."""
    if column.kind in _PLAIN:
        return _PLAIN[column.kind]
    return _MADE[column.kind](column)


_PLAIN = {"amount": amount, "date": date, "yes_no": yes_no}
_MADE = {
    "number": number_converter,
    "tax_number": tax_number_converter,
    "choice": choice_converter,
    "text": text_converter,
}
#: Kinds in which the same text comes again and again, so that the answer is
#: worth remembering.
REPEATED_KINDS = frozenset(("tax_number", "date", "yes_no", "choice", "text"))
