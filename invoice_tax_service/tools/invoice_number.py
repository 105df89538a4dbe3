"""Digital invoice numbers: what 20 digits can say of themselves.

Two digits of the year, two of the region (administrative division), one of the
channel, fifteen of a running number (STA 2024 No. 11). There is no check digit.
"""

import datetime

LENGTH = 20
# First two digits of the administrative division codes (GB/T 2260), and the cities
# with separate plans (91 to 95).
REGIONS = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 "
    "62 63 64 65 91 92 93 94 95".split()
)
# The pilot began in December of that year.
FIRST_YEAR = 2021


def get_problem(number, issue_date=None, today=None):
    """What is wrong with a digital invoice number, as a code, or "".

    :param str number: 20 digits
    :param datetime.date issue_date: whose year must be that of the number
    :param datetime.date today: a number of a later year cannot exist yet
    :return str: ``number_length``, ``number_digits``, ``number_region`` or
        ``number_year``
    """
    if not number.isascii() or not number.isalnum() or len(number) != LENGTH:
        return "number_length"
    if not number.isdigit():
        return "number_digits"
    if number[2:4] not in REGIONS:
        return "number_region"
    year = 2000 + int(number[:2])
    latest = (issue_date or today or datetime.date.today()).year
    if year > latest or (issue_date and year != issue_date.year):
        return "number_year"
    return ""


def is_before_the_pilot(number):
    """Whether the year is before the first digital invoices: worth a look, no more."""
    return 2000 + int(number[:2]) < FIRST_YEAR
