"""``setup/lint``: every check of the source as a named step, with a summary."""

import argparse
import os
import sys
import time

from environment import addons, bootstrap, options
from environment.__main__ import guarded
from environment.commands import say
from environment.failure import SetupFailure

from . import house_rules, requirements, tools


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
        return _check(values)


def _check(values):
    # Only here, as it needs packages of the virtual environment.
    from . import inside_odoo

    names = addons.names()
    running = tools.start(names)
    done = []
    steps = [*house_rules.STEPS, ("requirements.txt current", requirements.findings)]
    for title, action in steps:
        _step(done, title, lambda action=action: action(names))
    for title, tool in running.items():
        _step(done, title, tool)
    _step(done, "Odoo's own and translations", lambda: inside_odoo.run(values, done))
    return _summary(done)


def _step(done, title, action):
    """Run one step, which returns its findings as text lines, and print them."""
    started = time.monotonic()
    try:
        findings = action()
    except SetupFailure as failure:
        findings = [str(failure)]
    report(done, title, findings, time.monotonic() - started)


def report(done, title, findings, seconds):
    """Print the findings of a step and note how it ended."""
    if findings:
        say(f"\n=== {title}")
        for finding in findings:
            say(finding)
    done.append((title, len(findings), seconds))


def _summary(done):
    say("\n" + "-" * 60)
    for title, number, seconds in done:
        say(f"{title:<38}{'FAILED' if number else 'clean':<10}{seconds:>10.1f} s")
    return 1 if any(number for _title, number, _seconds in done) else 0


if __name__ == "__main__":
    sys.exit(main())
