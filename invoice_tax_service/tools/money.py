"""Amounts between the database (numeric, read as float) and the wire."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
# Every amount is CNY with two decimals (VAT Law Art. 18).
AMOUNT_DIGITS = (18, 2)


def to_decimal(value):
    """:return Decimal: two decimals, half up; None stays None"""
    if value is None:
        return None
    return Decimal(str(value)).quantize(CENT, rounding=ROUND_HALF_UP)


def parse_amount(value):
    """An amount that came from outside, as text or number.

    :return Decimal: two decimals
    :raise ValueError: not a number, or more than two decimals
    """
    try:
        amount = Decimal(str(value).strip())
        rounded = amount.quantize(CENT)
    except ArithmeticError as error:
        raise ValueError(value) from error
    if isinstance(value, bool) or not amount.is_finite() or amount != rounded:
        raise ValueError(value)
    return rounded
