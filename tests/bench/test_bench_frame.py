"""The frame of ``setup/bench``; no figure is ever asserted."""

import json
import re
import subprocess
from types import SimpleNamespace

import pytest

from benchmarks import frame, readme
from benchmarks.measurements import ALL

KEYS = ["name", "value", "unit", "peer", "ratio", "goal"]


def bench(repeat):
    return frame.Bench(SimpleNamespace(repeat=repeat))


@pytest.mark.parametrize(
    ("ratio", "goal", "met"),
    [
        (12, ">= 12", True),
        (11.99, ">= 12", False),
        (1.4, "<= 1.4", True),
        (1.41, "<= 1.4", False),
        (3, "", None),
    ],
)
def test_goal_of_a_ratio(ratio, goal, met):
    assert frame.Row("x", 1, "s", 2, ratio, goal).met is met


def test_goal_of_a_value_without_a_peer():
    assert frame.Row("calls", 100, "calls", goal="<= 100").met
    assert not frame.Row("calls", 101, "calls", goal="<= 100").met


@pytest.mark.parametrize("goal", ["== 100", ">=12", "12", ">= twelve"])
def test_goal_that_nobody_can_read(goal):
    with pytest.raises(ValueError, match="is no goal"):
        frame.Row("x", 1, "s", goal=goal)


def test_medians_and_both_kinds_of_ratio():
    row = frame.times_faster("x", [1, 2, 50], [30, 24, 1], goal=">= 12")
    assert (row.value, row.peer, row.ratio, row.met) == (2, 24, 12, True)
    row = frame.share_of("x", [5, 5, 5], [20, 20, 20], "MB", "<= 0.25")
    assert (row.ratio, row.met) == (0.25, True)


def test_peer_that_took_no_time():
    row = frame.share_of("x", [5], [0])
    assert row.ratio is None


def test_line_of_json():
    row = frame.times_faster("x", [0.123456], [1.5], goal=">= 12")
    content = json.loads(frame.to_json(row))
    assert list(content)[: len(KEYS)] == KEYS
    assert content["value"] == 0.1235
    assert content["met"] is True


def test_table_names_what_is_missed():
    rows = [frame.Row("a", 1, "s", 2, 2, ">= 3"), frame.Row("b", 1, "calls")]
    table = frame.to_table(rows)
    assert re.search(r"^a .*MISSED$", table, re.MULTILINE)
    assert re.search(r"^b +1 calls$", table, re.MULTILINE)


def test_samples_are_taken_in_turns():
    taken = []

    def taker(name):
        def take(number):
            taken.append((name, number))
            return number

        return take

    samples = bench(2).alternate(taker("ours"), taker("peer"))
    assert samples == [[0, 1], [0, 1]]
    assert taken == [("ours", 0), ("peer", 0), ("ours", 1), ("peer", 1)]


def test_every_measurement_says_what_it_is():
    for name, module in ALL.items():
        assert module.NAME == name
        assert module.TITLE
        assert callable(module.measure)


@pytest.mark.parametrize("arguments", [["--repeat", "0"], ["--repeat", "x"]])
def test_command_refuses_nonsense(command, arguments):
    result = subprocess.run(
        [command, *arguments], capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert "is not a number from 1" in result.stderr
    assert not result.stdout


def test_command_names_the_measurements_there_are(command):
    result = subprocess.run(
        [command, "--only", "nothing"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert all(name in result.stderr for name in ALL)
    assert not result.stdout


def test_the_readme_shows_what_was_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(readme, "README", tmp_path / "README.md")
    monkeypatch.setattr(readme, "FIGURES", tmp_path / "figures.jsonl")
    readme.README.write_text(f"before\n{readme.BEGIN}old\n{readme.END}after\n")
    first = SimpleNamespace(NAME="first", TITLE="One")
    second = SimpleNamespace(NAME="second", TITLE="Two")
    readme.keep(second, [frame.Row("b", 1, "s", 2, 0.5, ">= 1")])
    readme.keep(first, [frame.Row("a", 1, "s")])
    readme.keep(second, [frame.Row("c", 1234, "calls", goal="<= 2000")])
    text = readme.README.read_text()
    assert "| `a` | 1 s |  |  |  |" in text
    assert "| `c` | 1,234 calls |  |  | <= 2000 |" in text
    assert "`b`" not in text and text.endswith("after\n")
    assert readme.findings() == []
    readme.README.write_text(text.replace("1,234", "12"))
    assert len(readme.findings()) == 1
