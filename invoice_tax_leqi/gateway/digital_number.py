"""The 20-digit number of a digital invoice: ``YY RR C`` and 15 digits.

Source: domain 1.9, 2.6, vectors 6.2 and 6.7. A number is text everywhere; Python's
whole numbers count as far as they like, no column and no cell does. Plain functions
that answer a word for what is wrong, or an empty text.
"""

import datetime
import re

LENGTH = 20
PREFIX = 5  # year, region and channel: a segment never leaves them
# First two digits of the division code, and the cities with a plan of their own
# (91 to 95: which is which is public only for 95, Shenzhen).
REGIONS = frozenset(
    f"{number:02d}"
    for first, last in (
        (11, 15),
        (21, 23),
        (31, 37),
        (41, 46),
        (50, 54),
        (61, 65),
        (91, 95),
    )
    for number in range(first, last + 1)
)
FIRST_YEAR = 2021  # the pilot began in December 2021
_DIGITS = re.compile(r"[0-9]{20}")


def get_year(number):
    """The year a number may be issued in: ``26…`` → 2026.

    :rtype: int
    """
    return 2000 + int(number[:2])


def find_number_problem(number, issued_on=None, today=None):
    """What is wrong with a number.

    :param str number:
    :param date issued_on: the day it is (or was) issued on; its year is the number's
    :param date today: no number is of a later year; default: today in China
    :return: ``""``, ``number_length``, ``number_digits``, ``number_region``,
        ``number_future`` or ``number_year``
    """
    if len(number) != LENGTH:
        return "number_length"
    if not _DIGITS.fullmatch(number):
        return "number_digits"
    if number[2:4] not in REGIONS:
        return "number_region"
    if get_year(number) > (today or _today()).year:
        return "number_future"
    if issued_on and issued_on.year != get_year(number):
        return "number_year"
    return ""


def is_before_pilot(number):
    """Worth a warning only: there were hardly any such numbers then."""
    return get_year(number) <= FIRST_YEAR


def find_segment_problem(segment, count=None, year=None):
    """What is wrong with a segment the platform answered; overlaps the caller finds.

    :param messages.SegmentData segment:
    :param int count: how many were asked for
    :param int year: of the day it was drawn
    :return: ``""``, ``segment_number``, ``segment_reversed``, ``segment_prefix``,
        ``segment_count`` or ``segment_year``
    """
    first, last = segment.first_number, segment.last_number
    if not (_DIGITS.fullmatch(first) and _DIGITS.fullmatch(last)):
        return "segment_number"
    if last < first:
        return "segment_reversed"
    if first[:PREFIX] != last[:PREFIX]:
        return "segment_prefix"
    if int(last) - int(first) + 1 != segment.count or count not in (
        None,
        segment.count,
    ):
        return "segment_count"
    if year is not None and get_year(first) != year:
        return "segment_year"
    return ""


def split_segment(segment):
    """All numbers of a sound segment, in their order.

    :rtype: list[str]
    """
    first, last = int(segment.first_number), int(segment.last_number)
    return [f"{number:0{LENGTH}d}" for number in range(first, last + 1)]


def _today():
    china = datetime.timezone(datetime.timedelta(hours=8))
    return datetime.datetime.now(china).date()
