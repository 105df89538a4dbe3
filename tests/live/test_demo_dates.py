"""The day to which the demo turns the bureau's clock, and its months."""

import datetime

import pytest

from environment import demo

# Busy by itself; nothing in it has to happen within a moment.
pytestmark = pytest.mark.beside


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-20T21:00", "2026-12-03T09:00"),
        ("2026-11-10T23:59", "2026-11-10T23:59"),
        ("2026-11-11T00:00", "2026-12-03T09:00"),
        ("2026-12-31T08:00", "2027-01-03T09:00"),
        ("2027-01-01T00:10", "2027-01-01T00:10"),
        ("2024-01-31T12:00", "2024-02-03T09:00"),
    ],
)
def test_clock_is_in_the_filing_days_of_now_or_of_the_next_month(now, expected):
    found = demo.filing_time(datetime.datetime.fromisoformat(now))
    assert found == datetime.datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (datetime.date(2026, 11, 5), ["202608", "202609", "202610"]),
        (datetime.date(2027, 1, 5), ["202610", "202611", "202612"]),
        (datetime.date(2027, 2, 5), ["202611", "202612", "202701"]),
    ],
)
def test_months_end_with_the_one_before(day, expected):
    assert demo.months_before(day, 3) == expected
