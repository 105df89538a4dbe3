"""``setup/faults``: break everything for a while, by a plan drawn from a seed."""

import argparse
import random
import sys

from environment import bootstrap, options, processes
from environment.__main__ import guarded

from .breaks import KINDS


def main():
    """Run ``setup/faults`` and return its exit code."""
    values = _parser().parse_args()
    return guarded(lambda: _main(values), values.data)


def _parser():
    parser = argparse.ArgumentParser(
        prog="setup/faults",
        description="Kill Odoo, PostgreSQL and the simulator while they work, let "
        "platforms fail in every way, and compare Odoo with the simulator.",
    )
    options.add_common(parser)
    parser.add_argument(
        "--seed", type=int, help="draws the plan again (default: by chance)"
    )
    parser.add_argument(
        "--minutes", type=float, default=10, metavar="M", help="(default: %(default)s)"
    )
    parser.add_argument(
        "--taxpayers", type=int, default=12, metavar="T", help="(default: %(default)s)"
    )
    parser.add_argument(
        "--invoices",
        type=int,
        default=1000,
        metavar="K",
        help="of each taxpayer in each round (default: %(default)s)",
    )
    parser.add_argument(
        "--servers",
        type=int,
        default=2,
        metavar="S",
        help="Odoo servers on one database (default: %(default)s)",
    )
    _add_strength(parser)
    return parser


def _add_strength(parser):
    """How hard it blows."""
    parser.add_argument(
        "--strength",
        type=float,
        default=0.6,
        metavar="P",
        help="share of the calls that meet a fault, roughly (default: %(default)s)",
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=list(KINDS),
        metavar="KIND",
        help="break in this way only; may be given again: " + ", ".join(KINDS),
    )
    parser.add_argument(
        "--repeat",
        type=int,
        default=3,
        metavar="R",
        help="breaks of each kind in a round (default: %(default)s)",
    )
    parser.add_argument(
        "--pause",
        type=float,
        default=4.0,
        metavar="P",
        help="seconds of work between two breaks, at most (default: %(default)s)",
    )
    parser.add_argument(
        "--passing",
        type=float,
        default=1.5,
        metavar="Q",
        help="seconds between two cron workers killed in passing meanwhile, at most "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--no-clock", action="store_true", help="leave the bureau's clock alone"
    )


def _main(values):
    folders, _source = bootstrap.prepare(values)
    bootstrap.continue_inside(folders, "faults")
    processes.end_leftovers(folders)
    from . import report
    from .run import Options, Run
    from .system import System

    plan = Options(
        seed=values.seed if values.seed is not None else random.randrange(1 << 31),
        minutes=values.minutes,
        taxpayers=values.taxpayers,
        invoices=values.invoices,
        servers=values.servers,
        strength=values.strength,
        kinds=tuple(values.only or KINDS),
        repeat=values.repeat,
        pause=values.pause,
        passing=values.passing,
        clock=not values.no_clock,
    )
    with System(values, plan.servers) as system:
        result = Run(system, plan).run()
    report.show(result)
    return 0 if result.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
