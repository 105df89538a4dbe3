"""Steps of a whole run side by side: none is lost, mixed up or left running."""

import sys
import time
from types import SimpleNamespace

import pytest

from environment import side_by_side
from environment.folders import Folders

# Says when it begins and ends in a file that all of them share.
PROGRAM = """
import sys, time
name, seconds, code, log = sys.argv[1:]
with open(log, "a") as stream:
    stream.write(f"+{name}\\n")
print(f"{name} speaks")
time.sleep(float(seconds))
with open(log, "a") as stream:
    stream.write(f"-{name}\\n")
print(f"{name} has spoken", file=sys.stderr)
sys.exit(int(code))
"""
# Runs until it is told to stop.
ENDLESS = """
import pathlib, sys, time
begun, tidied = map(pathlib.Path, sys.argv[1:])
try:
    begun.touch()
    time.sleep(600)
except KeyboardInterrupt:
    tidied.touch()
"""


@pytest.fixture
def folders(tmp_path):
    folders = Folders(tmp_path / "data")
    folders.create()
    return folders


def test_two_at_a_time_with_the_result_and_the_words_of_each(folders, tmp_path, capsys):
    log = tmp_path / "log"
    wanted = {"one": (3, 0), "two": (0.1, 3), "three": (0.1, 0), "four": (0.1, 0)}
    commands = {
        name: [sys.executable, "-c", PROGRAM, name, seconds, code, log]
        for name, (seconds, code) in wanted.items()
    }
    done = side_by_side.run_side_by_side(folders, commands)
    passed = {name: passed for name, passed, _seconds in done}
    assert passed == {name: not code for name, (_seconds, code) in wanted.items()}
    running = most = 0
    for line in log.read_text().splitlines():
        running += 1 if line[0] == "+" else -1
        most = max(most, running)
    assert most == 2
    output = capsys.readouterr().out
    for name in wanted:
        assert f"=== {name}\n{name} " in output
        assert output.count(f"{name} has spoken") == 1
    assert not list(folders.run.iterdir())


def test_who_is_told_to_stop_lets_them_tidy_up(folders, tmp_path, monkeypatch):
    def is_stopped_once_they_run(_seconds):
        if all(begun.exists() for begun, _tidied in places):
            raise KeyboardInterrupt

    places = [(tmp_path / f"{n}-begun", tmp_path / f"{n}-tidied") for n in range(2)]
    commands = {
        str(number): [sys.executable, "-c", ENDLESS, *pair]
        for number, pair in enumerate(places)
    }
    clock = SimpleNamespace(sleep=is_stopped_once_they_run, monotonic=time.monotonic)
    monkeypatch.setattr(side_by_side, "time", clock)
    with pytest.raises(KeyboardInterrupt):
        side_by_side.run_side_by_side(folders, commands)
    assert all(tidied.exists() for _begun, tidied in places)
    assert not list(folders.run.iterdir())
