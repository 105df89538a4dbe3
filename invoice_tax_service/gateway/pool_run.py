"""Where a run through an invoice pool stands, as the text between two pages."""

import dataclasses
import json

from .errors import NotFoundError, OutcomeUnknownError
from .storable import storable

MONTHS_PER_RANGE = 12


@dataclasses.dataclass(frozen=True)
class Run:
    """One run from its first page to its last.

    :param str channel: whose run it is; another one cannot go on with it
    :param str since: cursor the run was begun with, or empty
    :param str cursor: what the next run begins with. The one of the very first
        answer: what changes while the run goes on is fetched again then
    :param tuple ranges: (first, last) issue months still to be asked
    :param str job: the file job that is being read, or empty
    :param int number: file or page to be read next
    :param tuple months: issue months wanted, for a channel that cannot ask so
    """

    channel: str
    since: str = ""
    cursor: str = ""
    ranges: tuple = ()
    job: str = ""
    number: int = 1
    months: tuple = ()

    @classmethod
    def load(cls, position, channel):
        """:raise NotFoundError: not a position of ours; begin without one"""
        try:
            values = json.loads(position)
            values["ranges"] = tuple(map(tuple, values["ranges"]))
            values["months"] = tuple(values["months"])
            run = cls(**values)
        except (ValueError, TypeError, KeyError) as exc:
            raise NotFoundError(
                "The position cannot be read", code="position_unreadable"
            ) from exc
        if run.channel != channel:
            raise NotFoundError(
                "The position is of another channel", code="position_unreadable"
            )
        return run

    def dump(self):
        return json.dumps(dataclasses.asdict(self))

    def replace(self, **values):
        return dataclasses.replace(self, **values)


def split_months(months):
    """Neighbouring months as (first, last), at most twelve in each range."""
    ranges, group = [], []
    for month in sorted(set(months)):
        if group and (
            len(group) == MONTHS_PER_RANGE or _ordinal(month) != _ordinal(group[-1]) + 1
        ):
            ranges.append((group[0], group[-1]))
            group = []
        group.append(month)
    if group:
        ranges.append((group[0], group[-1]))
    return tuple(ranges)


def _ordinal(month):
    return int(month[:4]) * 12 + int(month[4:])


def _name(row):
    """The number of a row of which nothing is sure."""
    number = row.data.get("fphm")
    return storable(number[:20]) if isinstance(number, str) else ""


def read_each(rows, read):
    """Read all rows; one that cannot be read does not hold the others.

    :param list rows: :class:`parsing.Fields`
    :param callable read: makes an InvoiceData of one
    :return: list of invoices, tuple of texts that name the unreadable rows
    """
    invoices, unreadable = [], []
    for row in rows:
        try:
            invoices.append(read(row))
        except OutcomeUnknownError as exc:
            unreadable.append(f"{_name(row)}: {exc.text}")
    return invoices, tuple(unreadable)
