"""``setup/test --rows``: what the product does, and the tests that hold it.

A row of ``docs/rows.md`` is held by every test whose name begins with its id
(``test_row_O7_…``, or ``test_row_O7_C6_…`` for two at once); a test vector of the
field's dictionary by one named after its section and id (``test_vector_6_5_P1_…``).

The third column names parts that one test of the row cannot stand for: each word needs
a test of that row with the word in its name.
"""

import ast
import collections
import re

from environment.commands import say
from environment.folders import CLONE

ROWS = CLONE / "docs" / "rows.md"
_ROW = re.compile(r"^\| ([A-Z]\d+) \| ([^|]+) \| ([^|]*)\|$", re.MULTILINE)
_TEST = re.compile(r"test_row_((?:[A-Z]\d+_)+)")
_VECTOR = re.compile(r"test_vector_(\d+_\d+)_((?:[A-Z]\d+_)+)")


def show():
    """Print each row with its tests; return 1 when one has none."""
    rows, tests, vectors = _rows(), *_tests()
    for name, (text, parts) in rows.items():
        say(f"\n{name}  {text}")
        for test in tests.get(name, ["-- no test --"]):
            say(f"    {test}")
        for part in _missing_parts(parts, tests[name]):
            say(f"    -- no test of {part} --")
    say("\nVectors")
    for name in sorted(vectors, key=_natural):
        say(f"    {name}: {len(vectors[name])} test(s)")
    missing = [
        name
        for name, (_text, parts) in rows.items()
        if not tests[name] or _missing_parts(parts, tests[name])
    ]
    say(f"\n{len(rows)} rows, {len(missing)} without all their tests")
    say(f"{len(vectors)} vectors")
    return 1 if missing else 0


def findings(*_ignored):
    """Text lines of rows without a test, and of tests of rows that are not there."""
    rows, (tests, _vectors) = _rows(), _tests()
    return [
        *(f"docs/rows.md: {name} has no test" for name in rows if name not in tests),
        *(
            f"docs/rows.md: {name} has no test of {part}"
            for name, (_text, parts) in rows.items()
            for part in _missing_parts(parts, tests.get(name, ()))
        ),
        *(
            f"{tests[name][0]}: docs/rows.md has no row {name}"
            for name in tests
            if name not in rows
        ),
    ]


def _rows():
    """``id → (text, parts)``."""
    return {
        name: (text, [part.strip() for part in parts.split(",") if part.strip()])
        for name, text, parts in _ROW.findall(ROWS.read_text("utf-8"))
    }


def _missing_parts(parts, places):
    """Parts that no test of the row has in its name."""
    names = [place.rpartition("::")[2] for place in places]
    return [part for part in parts if not any(part in name for name in names)]


def _tests():
    """``id → places`` of rows, and likewise of vectors."""
    rows, vectors = collections.defaultdict(list), collections.defaultdict(list)
    for path in sorted(CLONE.glob("*/tests/**/test_*.py")) + sorted(
        CLONE.glob("tests/**/test_*.py")
    ):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            place = f"{path.relative_to(CLONE)}::{node.name}"
            if found := _TEST.match(node.name):
                for name in found[1].strip("_").split("_"):
                    rows[name].append(place)
            elif found := _VECTOR.match(node.name):
                section = found[1].replace("_", ".")
                for name in found[2].strip("_").split("_"):
                    vectors[f"{section} {name}"].append(place)
    return rows, vectors


def _natural(text):
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", text)]
