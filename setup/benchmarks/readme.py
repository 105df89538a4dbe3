"""The table of the README, made from the figures that were printed."""

import json
import re

from environment.folders import CLONE

from .frame import shown

README = CLONE / "README.md"
FIGURES = CLONE / "docs" / "measurements.jsonl"
BEGIN, END = "<!-- measurements -->\n", "<!-- end of measurements -->"
_TABLE = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
_HEAD = "| what | figure | against | ratio | goal |\n| --- | --: | --: | --: | --: |\n"


def keep(measurement, rows):
    """Put the rows of one measurement in the place of its former ones.

    :param measurement: a module of this package
    :param rows: ``frame.Row`` of one and the same run
    """
    others = [line for line in _figures() if line["measurement"] != measurement.NAME]
    new = [
        {"measurement": measurement.NAME, "title": measurement.TITLE, **row.as_dict()}
        for row in rows
    ]
    lines = sorted(others + new, key=_place)
    FIGURES.write_text(
        "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines),
        encoding="utf-8",
    )
    README.write_text(_with_table(README.read_text("utf-8"), lines), encoding="utf-8")


def findings(*_ignored):
    """Text lines that say whether the README tells other figures than were kept."""
    text = README.read_text("utf-8")
    if text == _with_table(text, _figures()):
        return []
    return ["README.md: the table differs from docs/measurements.jsonl"]


def _figures():
    if not FIGURES.exists():
        return []
    return [json.loads(line) for line in FIGURES.read_text("utf-8").splitlines()]


def _place(line):
    """The order of the measurements; rows of one stay as they are."""
    from .measurements import ALL

    names = list(ALL)
    name = line["measurement"]
    return names.index(name) if name in names else len(names)


def _with_table(text, lines):
    return _TABLE.sub(lambda _match: f"{BEGIN}{_table(lines)}{END}", text)


def _table(lines):
    rows, title = [_HEAD] if lines else [], None
    for line in lines:
        if line["title"] != title:
            title = line["title"]
            rows.append(f"| **{title}** | | | | |\n")
        rows.append(_row(line))
    return "".join(rows)


def _row(line):
    peer = "" if line["peer"] is None else f"{shown(line['peer'])} {line['unit']}"
    goal = line["goal"]
    if goal and not line["met"]:
        goal += " (missed)"
    return (
        f"| `{line['name']}` | {shown(line['value'])} {line['unit']} | {peer} "
        f"| {shown(line['ratio'])} | {goal} |\n"
    )
