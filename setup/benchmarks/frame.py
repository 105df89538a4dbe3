"""What every measurement shares: rows, goals, samples."""

import json
import operator
import re
import statistics
import sys
from dataclasses import dataclass

_GOAL = re.compile(r"(>=|<=) (\d+(?:\.\d+)?)")
_COMPARE = {">=": operator.ge, "<=": operator.le}


@dataclass(frozen=True)
class Row:
    """One figure.

    :param value: ours, the median of the samples
    :param peer: what it is measured against, likewise; None when there is nothing
    :param ratio: of the two, None without a peer
    :param goal: ``">= 12"`` or ``"<= 1.4"``, for the ratio, or for the value when
        there is no peer; empty for a figure that is only to be known
    """

    name: str
    value: float
    unit: str
    peer: float | None = None
    ratio: float | None = None
    goal: str = ""

    def __post_init__(self):
        if self.goal and not _GOAL.fullmatch(self.goal):
            raise ValueError(f"{self.goal!r} is no goal; write '>= 12' or '<= 1.4'")

    @property
    def met(self):
        """Whether the goal is reached; None when there is none."""
        if not self.goal:
            return None
        sign, limit = _GOAL.fullmatch(self.goal).groups()
        measured = self.value if self.ratio is None else self.ratio
        return _COMPARE[sign](measured, float(limit))

    def as_dict(self):
        """Return what is printed as one line of JSON."""
        return {
            "name": self.name,
            "value": _rounded(self.value),
            "unit": self.unit,
            "peer": _rounded(self.peer),
            "ratio": _rounded(self.ratio),
            "goal": self.goal,
            "met": self.met,
        }


def times_faster(name, ours, peer, unit="s", goal=""):
    """Row whose ratio says how many times more the peer needs."""
    value, other = statistics.median(ours), statistics.median(peer)
    return Row(name, value, unit, other, _divided(other, value), goal)


def share_of(name, ours, peer, unit="s", goal=""):
    """Row whose ratio says which share of the peer's we need."""
    value, other = statistics.median(ours), statistics.median(peer)
    return Row(name, value, unit, other, _divided(value, other), goal)


class Bench:
    """One run of the command: its options, and how samples are taken."""

    def __init__(self, options):
        self.options = options
        self.repeat = options.repeat

    def alternate(self, *takers):
        """Take samples in turns, so that a busy minute hits all alike.

        :param takers: functions of the number of the round; each takes one sample
        :return: a list of samples for each of them
        """
        samples = [[] for _taker in takers]
        for number in range(self.repeat):
            for taken, take in zip(samples, takers, strict=True):
                taken.append(take(number))
                self.note(f"  {number + 1}/{self.repeat} {taken[-1]}")
        return samples

    def note(self, text):
        """Tell the person at the terminal what goes on."""
        print(text, file=sys.stderr, flush=True)


def to_json(row):
    """Return the row as one line."""
    return json.dumps(row.as_dict(), ensure_ascii=False)


def to_table(rows):
    """Return the rows as a table for people."""
    head = ("name", "value", "peer", "ratio", "goal", "")
    lines = [head, *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    texts = [_line(cells, widths) for cells in lines]
    texts.insert(1, "-" * len(texts[0]))
    return "\n".join(texts)


def _cells(row):
    verdict = {True: "met", False: "MISSED", None: ""}[row.met]
    return (
        row.name,
        f"{shown(row.value)} {row.unit}",
        "" if row.peer is None else f"{shown(row.peer)} {row.unit}",
        shown(row.ratio),
        row.goal,
        verdict,
    )


def _line(cells, widths):
    name, *others = cells
    padded = [text.rjust(width) for text, width in zip(others, widths[1:], strict=True)]
    return "  ".join([name.ljust(widths[0]), *padded]).rstrip()


def shown(number):
    """Return a figure as text; empty for None."""
    return "" if number is None else f"{_rounded(number):,}"


def _rounded(number):
    """Four digits that count: nobody can measure more here."""
    if number is None or number == int(number):
        return number if number is None else int(number)
    return float(f"{number:.4g}")


def _divided(above, below):
    return above / below if below else None
