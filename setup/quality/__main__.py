"""``setup/lint``: every check of the source as a named step, with a summary."""

import argparse
import os
import sys
import time

from benchmarks import readme
from environment import addons, bootstrap, options
from environment.__main__ import guarded
from environment.commands import say

from . import requirements, rows, tools

_SHOWN = 40


def main():
    """Run ``setup/lint`` and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="setup/lint", description="Check the source; 0 when nothing was found."
    )
    options.add_common(parser)
    parser.add_argument(
        "--fix", action="store_true", help="correct what can be corrected, and end"
    )
    values = parser.parse_args()
    return guarded(lambda: _main(values))


def _main(values):
    folders, _source = bootstrap.prepare(values, with_tests=True)
    bootstrap.continue_inside(folders, "quality")
    os.environ.update(options.as_arguments(values))
    with bootstrap.lock(folders, "lint", "is checking the source"):
        if values.fix:
            requirements.write()
            return tools.fix()
        try:
            return _check(values)
        except KeyboardInterrupt:
            tools.end()
            raise


def _check(values):
    # Only here, as they need packages of the virtual environment.
    from . import house_rules, inside_odoo

    names = addons.names()
    running = tools.start(names)
    done = []
    own = [
        *house_rules.STEPS,
        ("requirements.txt current", requirements.findings),
        ("figures of the README", readme.findings),
        ("rows of docs/rows.md", rows.findings),
        ("pylint-odoo: mandatory is included", tools.mandatory_left_out),
    ]
    for title, action in own:
        _report(done, title, *_timed(action, names))
    for title, wait in running.items():
        _report(done, title, *wait())
    for title, findings, seconds in inside_odoo.run(values, names):
        _report(done, title, findings, seconds)
    return _summary(done)


def _timed(action, *arguments):
    started = time.monotonic()
    return action(*arguments), time.monotonic() - started


def _report(done, title, findings, seconds):
    """Print the findings of a step, which are text lines, and note its end."""
    if findings:
        say(f"\n=== {title}")
        say("\n".join(findings[:_SHOWN]))
        if len(findings) > _SHOWN:
            say(f"… and {len(findings) - _SHOWN} more")
    done.append((title, len(findings), seconds))


def _summary(done):
    say("\n" + "-" * 60)
    for title, number, seconds in done:
        say(f"{title:<38}{'FAILED' if number else 'clean':<10}{seconds:>10.1f} s")
    return 1 if any(number for _title, number, _seconds in done) else 0


if __name__ == "__main__":
    sys.exit(main())
