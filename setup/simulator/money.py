"""Money: integer cents inside, decimal text at the wire."""

from decimal import Decimal, InvalidOperation

LIMIT = 10**15


def part_of(cents: int, share: int, whole: int) -> int:
    """A share of an amount, rounded half up to the cent."""
    sign = -1 if cents < 0 else 1
    return sign * ((2 * abs(cents) * share + whole) // (2 * whole))


def text(cents: int) -> str:
    """1300.00 for 130000."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def cents(value: str) -> int:
    """130000 for 1300.00; ValueError when it is no amount of money."""
    try:
        number = Decimal(value.strip())
        scaled = number * 100
        if not number.is_finite() or scaled != int(scaled) or abs(scaled) > LIMIT:
            raise ValueError(value)
    except (InvalidOperation, OverflowError) as error:
        raise ValueError(value) from error
    return int(scaled)
