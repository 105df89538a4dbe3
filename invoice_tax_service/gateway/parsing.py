"""Reading an answer field by field, without guessing.

An answer that cannot be understood is an unknown outcome, never a success: each
reader raises :class:`errors.OutcomeUnknownError` naming the field. Invoice
numbers and amounts are text on the wire and never pass through a float.
"""

import datetime
import functools
import json
import math
import re
from decimal import Decimal, InvalidOperation

from .errors import (
    LONGEST_CODE,
    LONGEST_TEXT,
    LONGEST_WAIT,
    OutcomeUnknownError,
    RefusedError,
)
from .storable import storable

CHINA_TIME = datetime.timezone(datetime.timedelta(hours=8))

_AMOUNT = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,2})?")
_CENT = Decimal("0.01")
_COUNT = re.compile(r"[0-9]{1,9}")
_DATE = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})")
_TIME = re.compile(
    r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})[T ]?"
    r"([0-9]{2}):?([0-9]{2}):?([0-9]{2})(?:\.?[0-9]{1,6})?"
)
_ABSENT = (None, "")
# Values, lists and objects of one answer; a page of 500 invoices has 20,000.
MOST_PARTS = 1_000_000
LONGEST_FIELD = 10_000  # characters of one text
LARGEST_COUNT = 999_999_999


def utc_now():
    """Now, naive UTC, as the models keep it."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)


def load_object(text, where):
    """One JSON object from text or bytes.

    :raise OutcomeUnknownError: empty, cut, HTML, or anything but an object
    """
    if not text:
        raise OutcomeUnknownError(f"{where}: empty answer")
    if len(text) > MOST_PARTS and _count_parts(text) > MOST_PARTS:
        # Each would become an object of some hundred bytes.
        raise OutcomeUnknownError(f"{where}: the answer has too many parts")
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as exc:
        raise OutcomeUnknownError(f"{where}: the answer is not JSON") from exc
    if not isinstance(value, dict):
        raise OutcomeUnknownError(f"{where}: the answer is not a JSON object")
    return value


def _count_parts(text):
    signs = (b",", b"[", b"{") if isinstance(text, bytes) else (",", "[", "{")
    return sum(map(text.count, signs))


def _refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


@functools.lru_cache(maxsize=4096)
def _to_date(text):
    """A pool has few days and many invoices of each.

    :raise ValueError: not a day; :raise AttributeError: not like one
    """
    match = _DATE.fullmatch(text) or _TIME.fullmatch(text)
    return datetime.date(*map(int, match.groups()[:3]))


def format_amount(amount):
    """Two decimals; nothing is rounded on the way out.

    :raise RefusedError: more decimals, or not a number
    """
    try:
        cents = amount.quantize(_CENT)
    except InvalidOperation:
        cents = None
    if cents is None or cents != amount:
        raise RefusedError(f"{amount} is not an amount", code="invalid_argument")
    return str(cents)


def require_value(item, name):
    """What an item must hold for its operation.

    :raise RefusedError: it does not
    """
    value = getattr(item, name)
    if value is None:
        raise RefusedError(f"{item.number}: no {name}", code="invalid_argument")
    return value


class Fields:
    """One JSON object of an answer.

    Optional readers return their empty value for a missing, null or empty
    field; all others raise.

    :param dict data: the object; anything else raises
    :param str where: service and place, for the text of the error
    :raise OutcomeUnknownError: every reader, when the field has a wrong type
    """

    def __init__(self, data, where):
        self.where = where
        if not isinstance(data, dict):
            raise OutcomeUnknownError(f"{where}: an object was expected")
        self.data = data

    def _refuse(self, name, expected):
        raise OutcomeUnknownError(f"{self.where}: field {name} is not {expected}")

    def text(self, name, optional=False, expected="text", longest=LONGEST_FIELD):
        """Text as it came; a JSON number is refused (it loses leading zeros)."""
        value = self.data.get(name)
        if value == "" or value is None:
            if optional:
                return ""
            raise OutcomeUnknownError(f"{self.where}: field {name} is missing")
        if not isinstance(value, str):
            self._refuse(name, expected)
        if len(value) > longest:
            self._refuse(name, f"{expected} of at most {longest} characters")
        if not value.isascii() or "\0" in value:
            value = storable(value)
        return value.strip()

    def number(self, name, optional=False):
        """What something is known by: text that an index can hold."""
        return self.text(name, optional, longest=LONGEST_CODE)

    def message(self, name):
        """What is said for people; it decides nothing, so nothing is refused."""
        value = self.data.get(name)
        return storable(value[:LONGEST_TEXT]).strip() if isinstance(value, str) else ""

    def has(self, name):
        return self.data.get(name) not in _ABSENT

    def code(self, name, optional=False):
        """A short code; here a whole JSON number is taken too."""
        value = self.data.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
            if len(value) > LONGEST_CODE:
                self._refuse(name, "a short code")
            return value
        return self.text(name, optional, "a code", LONGEST_CODE)

    def amount(self, name, optional=False):
        """:rtype: Decimal with two decimals, or None when optional and empty"""
        text = self.text(name, optional, "an amount written as text")
        if not text and optional:
            return None
        if not _AMOUNT.fullmatch(text):
            self._refuse(name, "an amount with at most two decimals")
        amount = Decimal(text)
        return amount if text[-3:-2] == "." else amount.quantize(_CENT)

    def count(self, name, optional=False):
        """A whole number, not negative; 0 when optional and empty."""
        value = self.data.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            if not 0 <= value <= LARGEST_COUNT:
                self._refuse(name, "a count")
            return value
        text = self.text(name, optional, "a count")
        if not text and optional:
            return 0
        if not _COUNT.fullmatch(text):
            self._refuse(name, "a count")
        return int(text)

    def seconds(self, name):
        """A wait in seconds; 0 when it is missing or makes no sense."""
        value = self.data.get(name)
        if isinstance(value, str) and _COUNT.fullmatch(value):
            value = int(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(min(value, LONGEST_WAIT)) if 0 <= value < math.inf else 0.0
        return 0.0

    def date(self, name, optional=False):
        """A day in China; a time of day behind it is cut off."""
        text = self.text(name, optional, "a date")
        if not text and optional:
            return None
        try:
            return _to_date(text)
        except (AttributeError, ValueError):
            return self._refuse(name, "a date")

    def time(self, name, optional=False):
        """China time on the wire, naive UTC here."""
        text = self.text(name, optional, "a time")
        if not text and optional:
            return None
        match = _TIME.fullmatch(text)
        try:
            local = datetime.datetime(*map(int, match.groups()), tzinfo=CHINA_TIME)
            return local.astimezone(datetime.UTC).replace(tzinfo=None)
        except (AttributeError, ValueError, OverflowError):
            return self._refuse(name, "a time")

    def flag(self, name, optional=False):
        """true/false, or Y/N as Leqi writes it."""
        value = self.data.get(name)
        if isinstance(value, bool):
            return value
        if value in ("Y", "N"):
            return value == "Y"
        if optional and value in _ABSENT:
            return False
        return self._refuse(name, "yes or no")

    def fields(self, name):
        """An object inside this one."""
        return Fields(self.data.get(name), f"{self.where}.{name}")

    def rows(self, name, optional=False):
        """:rtype: list[Fields]"""
        value = self.data.get(name)
        if optional and value in _ABSENT:
            return []
        if not isinstance(value, list):
            self._refuse(name, "a list")
        return [
            Fields(row, f"{self.where}.{name}[{position}]")
            for position, row in enumerate(value)
        ]

    def word(self, name, table, optional=False):
        """The word for a code; a code that is not in the table raises."""
        value = self.code(name, optional)
        if not value and optional:
            return None
        if value not in table:
            self._refuse(name, f"a known code ({value[:20]})")
        return table[value]
