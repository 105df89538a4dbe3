"""Tax periods and filing deadlines."""

import calendar
from datetime import date, timedelta

DEADLINES = {
    2026: {
        1: 20,
        2: 24,
        3: 16,
        4: 20,
        5: 22,
        6: 15,
        7: 15,
        8: 17,
        9: 15,
        10: 26,
        11: 16,
        12: 15,
    },
}


def add_months(period: str, months: int) -> str:
    """202612 + 1 = 202701."""
    index = int(period[:4]) * 12 + int(period[4:]) - 1 + months
    return f"{index // 12:04d}{index % 12 + 1:02d}"


def month_of(day: date) -> str:
    """The calendar month as yyyyMM."""
    return f"{day.year:04d}{day.month:02d}"


def last_day(period: str) -> date:
    """The last day of a month."""
    year, month = int(period[:4]), int(period[4:])
    return date(year, month, calendar.monthrange(year, month)[1])


def deadline(period: str) -> date:
    """The last day on which a period may be filed."""
    after = add_months(period, 1)
    year, month = int(after[:4]), int(after[4:])
    if year in DEADLINES:
        return date(year, month, DEADLINES[year][month])
    day = date(year, month, 15)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return day


def step(filing: str) -> int:
    """Months from one period to the next."""
    return 3 if filing == "quarter" else 1


def following(period: str, filing: str) -> str:
    """The period that opens after this one."""
    return add_months(period, step(filing))


def preceding(period: str, filing: str) -> str:
    """The period before this one."""
    return add_months(period, -step(filing))


def open_on(day: date, filing: str) -> str:
    """The period open on a day when every earlier one was filed in time."""
    period = month_of(day)
    if filing == "quarter":
        period = add_months(period, (-int(period[4:])) % 3)
    before = preceding(period, filing)
    return before if day <= deadline(before) else period
