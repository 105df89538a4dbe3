"""``setup/bench``: JSON lines to the output, a table to the error output."""

import argparse
import contextlib
import sys
import time
from pathlib import Path

from environment import bootstrap, options, processes
from environment.__main__ import guarded
from environment.failure import SetupFailure


def main():
    """Run ``setup/bench`` and return its exit code."""
    values = _parser().parse_args()
    return guarded(lambda: _main(values))


def _parser():
    parser = argparse.ArgumentParser(
        prog="setup/bench",
        description="Measure against what Odoo itself does, side by side. A missed "
        "goal is marked; it is no failure.",
    )
    options.add_common(parser)
    parser.add_argument(
        "--only",
        metavar="NAME",
        action="append",
        help="only this measurement; can be given several times",
    )
    parser.add_argument(
        "--repeat",
        metavar="N",
        type=_count,
        default=3,
        help="samples of each; their median counts (default: %(default)s)",
    )
    parser.add_argument("--json", metavar="FILE", help="write the JSON lines there too")
    parser.add_argument(
        "--readme",
        action="store_true",
        help="keep the figures in docs/ and in the table of the README",
    )
    return parser


def _count(text):
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 1")
    return int(text)


def _main(values):
    # The output is for the JSON lines alone.
    with contextlib.redirect_stdout(sys.stderr):
        folders, _source = bootstrap.prepare(values)
        bootstrap.continue_inside(folders, "benchmarks")
        chosen = _chosen(values.only)
        with bootstrap.lock(folders, "bench", "of the measurements is running"):
            processes.end_leftovers(folders)
            return _run(values, chosen, sys.__stdout__)


def _run(values, modules, output):
    from . import readme
    from .frame import Bench, to_json, to_table

    bench, rows = Bench(values), []
    for module in modules:
        bench.note(f"\n=== {module.NAME}: {module.TITLE}")
        started = time.monotonic()
        measured = list(module.measure(bench))
        for row in measured:
            print(to_json(row), file=output, flush=True)
        if values.readme:
            readme.keep(module, measured)
        rows += measured
        bench.note(f"  took {time.monotonic() - started:.0f} s")
    if values.json:
        text = "".join(f"{to_json(row)}\n" for row in rows)
        Path(values.json).write_text(text, encoding="utf-8")
    bench.note(f"\n{to_table(rows)}")
    return 0


def _chosen(names):
    from .measurements import ALL

    unknown = [name for name in names or () if name not in ALL]
    if unknown:
        raise SetupFailure(
            f"There is no measurement {unknown[0]}; there are: {', '.join(ALL)}."
        )
    return [module for name, module in ALL.items() if not names or name in names]


if __name__ == "__main__":
    sys.exit(main())
