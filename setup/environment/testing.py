"""``setup/test``: everything that must pass, as timed steps with a summary.

A whole run does two steps at a time where they wait for nothing but themselves.
"""

import argparse
import os
import sys
import time
from functools import partial
from pathlib import Path

from quality import rows

from . import addons, bootstrap, options, system_packages
from .__main__ import guarded
from .commands import say
from .failure import SetupFailure
from .folders import CLONE, SETUP
from .processes import end_leftovers, run_gently
from .side_by_side import run_side_by_side

# pytest ends with this number when a folder holds no test.
_NO_TESTS = 5
_LINT = SETUP / "lint"
# Steps that bear another one beside them, in the order in which they begin: the longest
# first. The others watch what happens in which moment, and have the machine alone.
_BESIDE = (
    "live tests",
    "lint",
    "addon tests",
    "plain tests",
    "core tests",
    "access tests",
)
# The mark of those in tests/live that bear one; those without it are the lone tests.
_MARK = "beside"


def main():
    """Run ``setup/test`` and return its exit code."""
    values = _parser().parse_args()
    return guarded(lambda: _main(values), values.data)


def _parser():
    parser = argparse.ArgumentParser(
        prog="setup/test",
        description="Set up what the tests need and run all that must pass.",
        epilog="What follows -- is passed on to pytest.",
    )
    options.add_common(parser)
    parser.add_argument("--addon", metavar="NAME", help="only the tests of one addon")
    parser.add_argument("--file", metavar="PATH", help="only one test file or folder")
    parser.add_argument(
        "--fast",
        action="store_true",
        help="without tests/access, tests/live, tests/faults and Odoo's own tests",
    )
    parser.add_argument(
        "--faults",
        action="store_true",
        help="only the short plan of tests/faults (kills and faults, two minutes)",
    )
    parser.add_argument(
        "--core",
        action="store_true",
        help="only Odoo's own tests of journal entries, with the addons installed",
    )
    parser.add_argument(
        "--rows",
        action="store_true",
        help="run nothing; print what the product does and the tests that hold it",
    )
    # How a whole run does one of its steps in a process of its own.
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument(
        "pytest", nargs="*", metavar="-- PYTEST", help=argparse.SUPPRESS
    )
    return parser


def _main(values):
    if values.rows:
        return rows.show()
    steps = _Steps(values)
    if values.step:
        return 0 if steps.run_one(values.step) else 1
    folders, _source = bootstrap.prepare(values, with_tests=True)
    bootstrap.continue_inside(folders, "environment.testing")
    system_packages.prepare(folders)
    # From here on every program that a step starts finds the same place.
    os.environ.update(options.as_arguments(values))
    programs = folders.venv / "bin"
    os.environ["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"
    with bootstrap.lock(folders, "test", "of the tests is running"):
        end_leftovers(folders)
        return steps.run(folders)


class _Steps:
    """The steps that the options choose."""

    def __init__(self, values):
        self._values = values
        if values.addon and values.addon not in addons.names():
            raise SetupFailure(
                f"There is no addon {values.addon} here; there are: "
                f"{', '.join(addons.names()) or 'none'}."
            )
        if values.file and not Path(values.file).exists():
            raise SetupFailure(f"There is no test file {values.file}; check the path.")

    def run(self, folders):
        """Run the chosen steps, whatever their result; print a table and return the
        exit code."""
        started, steps, done = time.monotonic(), self._choose(), []
        if not self._is_narrowed():
            # The steps must be the first words, before what is passed on to pytest.
            begin = [sys.executable, "-m", "environment.testing", "--step"]
            beside = [name for name in _BESIDE if name in steps]
            commands = {name: [*begin, name, *sys.argv[1:]] for name in beside}
            done += run_side_by_side(folders, commands)
            steps = {name: steps[name] for name in steps if name not in beside}
        for name in steps:
            say(f"\n=== {name}")
            begun = time.monotonic()
            done.append((name, self.run_one(name), time.monotonic() - begun))
        return _summary(done, time.monotonic() - started)

    def run_one(self, name):
        """Run a step and return whether it passed."""
        try:
            return self._choose()[name]()
        except SetupFailure as failure:
            say(str(failure))
            return False

    def _is_narrowed(self):
        values = self._values
        return bool(values.file or values.addon or values.faults or values.core)

    def _choose(self):
        """``name → what does it`` of the chosen steps."""
        plain, addon, access, live, faults = self._paths()
        whole = not self._is_narrowed()
        steps = {}
        if whole and _LINT.exists():
            steps["lint"] = self._lint
        if plain:
            steps["plain tests"] = partial(self._plain, plain)
        if addon:
            steps["addon tests"] = partial(self._addon, addon)
        if self._values.core or (whole and not self._values.fast):
            steps["core tests"] = self._core
        if access:
            steps["access tests"] = partial(self._live, access)
        if live:
            marks = [_MARK] if whole else []
            steps["live tests"] = partial(self._live, live, *marks)
        if live and whole:
            steps["lone tests"] = partial(self._live, live, f"not {_MARK}")
        if faults:
            steps["fault tests"] = partial(self._live, faults)
        return steps

    def _paths(self):
        """Return the existing paths of the plain, addon, access, live and fault
        steps."""
        if self._values.file:
            path = Path(self._values.file).resolve()
            kind = _kind(path)
            return tuple([path] if kind == index else [] for index in range(5))
        if self._values.core:
            return [], [], [], [], []
        if self._values.faults:
            return [], [], [], [], [CLONE / "tests" / "faults"]
        chosen = [self._values.addon] if self._values.addon else addons.names()
        plain, addon, access, live, faults = [], [], [], [], []
        for name in chosen:
            plain += sorted((CLONE / name / "tests").glob("plain*"))
            addon += [CLONE / name / "tests"]
        if not self._values.addon:
            plain += [
                CLONE / "tests" / name for name in ("simulator", "plain", "bench")
            ]
            # What addons are together that do not know each other.
            addon.append(CLONE / "tests" / "addons")
            if not self._values.fast:
                access = [CLONE / "tests" / "access"]
                live = [CLONE / "tests" / "live"]
                faults = [CLONE / "tests" / "faults"]
        return tuple(
            [path for path in paths if path.exists()]
            for paths in (plain, addon, access, live, faults)
        )

    def _lint(self):
        return run_gently([_LINT], CLONE) == 0

    def _plain(self, paths):
        # Folder by folder, as each may bring its own pytest.ini; without the Odoo
        # plugin, which would load a database.
        results = [self._pytest("-p", "no:odoo", path) for path in paths]
        return all(results)

    def _live(self, paths, *marks):
        chosen = [part for mark in marks for part in ("-m", mark)]
        return self._pytest("-p", "no:odoo", *chosen, *paths)

    def _addon(self, paths):
        from .stack import Stack

        stack = Stack(self._values, "test")
        try:
            stack.start(simulator=False)
            arguments = [f"--odoo-config={stack.configuration}"]
            arguments += [f"--odoo-database={stack.database}", "--odoo-http"]
            arguments += [
                f"--ignore-glob={CLONE}/{name}/tests/plain*" for name in addons.names()
            ]
            return self._pytest(*arguments, *paths)
        finally:
            stack.stop()

    def _core(self):
        from .core_tests import run_core_tests

        return run_core_tests(self._values)

    def _pytest(self, *arguments):
        command = [sys.executable, "-m", "pytest", "--color=auto", "-ra"]
        command += [*map(str, arguments), *self._values.pytest]
        # A whole run that finds no tests lost them; a narrowed one may find none.
        narrowed = self._values.pytest or self._values.addon
        return run_gently(command, CLONE) in ((0, _NO_TESTS) if narrowed else (0,))


def _summary(done, total):
    """Print a table of ``(name, passed, seconds)`` and return the exit code."""
    say("\n" + "-" * 44)
    for name, passed, seconds in done:
        say(f"{name:<16}{'passed' if passed else 'FAILED':<10}{seconds:>10.1f} s")
    say(f"{'total':<26}{total:>10.1f} s")
    if not done:
        say("Nothing was run.")
    return 0 if done and all(passed for _name, passed, _seconds in done) else 1


def _kind(path):
    """Return 0 for a plain test, 1 with Odoo, 2 for access, 3 for a live one, 4 for
    faults."""
    parts = path.relative_to(CLONE).parts if path.is_relative_to(CLONE) else ()
    kinds = {"addons": 1, "access": 2, "live": 3, "faults": 4}
    if parts[:1] == ("tests",) and parts[1:2] and parts[1] in kinds:
        return kinds[parts[1]]
    if parts and parts[0] in addons.names():
        return 0 if any(part.startswith("plain") for part in parts[1:]) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
