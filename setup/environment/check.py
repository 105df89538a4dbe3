"""``setup/run --check``: the main job without a person, and what came of it."""

import time

from . import comparison
from .commands import say
from .disturbance import Killer, add_faults
from .failure import SetupFailure
from .main_job import MainJob
from .stack import Stack

LEAST_INVOICES = 200
SHOWN = 20  # differences printed; the rest is counted
JOB_SECONDS = 0.5  # the bureau takes so long for a request
SMALL_BITE = 20  # invoices in a request when something shall go wrong in many
# Method of the main job, and what it is called in the table.
STEPS = (
    ("fetch", "fetched by the cron workers"),
    ("select_by_workbook", "selected by workbook"),
    ("select_by_program", "selected through JSON-2, each request twice"),
    ("exclude", "excluded with a reason"),
    ("select_by_bills", "selected by the cron rule (posted bills)"),
    ("build_statistics", "statistics tables generated"),
    ("sign", "tables signed"),
    ("read_back", "read back by the cron workers"),
)
# With --kill: the step in which Odoo is killed, and the call that it waits for.
KILLS = {
    "select_by_workbook": ("leqi", "PLFPDKGX"),
    "select_by_program": ("rpa", "GX"),
    "build_statistics": ("leqi", "SQCXDKTJ"),
}


def main(options):
    """Do the main job on a scratch system; 0 when Odoo and the bureau agree."""
    if options.invoices < LEAST_INVOICES:
        raise SetupFailure(
            f"--invoices {options.invoices} is too few for all parts of the main job; "
            f"give {LEAST_INVOICES} or more."
        )
    started = time.monotonic()
    table = Table()
    with Stack(options) as stack:
        try:
            differences = _run(stack, options, table)
        except SetupFailure:
            table.show()
            raise
        table.add("compared", "invoice by invoice", len(differences), "differences")
        table.show()
        _show_differences(differences)
    seconds = time.monotonic() - started
    if differences:
        say(f"\nOdoo and the simulated bureau differ ({seconds:.0f} s in all).")
        return 1
    say(f"\nOdoo and the simulated bureau agree ({seconds:.0f} s in all).")
    return 0


class Table:
    """What was done, with how many, and how long each step took."""

    def __init__(self):
        self._rows, self._last = [], time.monotonic()

    def add(self, step, what, count, unit="invoices"):
        """Add a row; its seconds run from the row before."""
        now = time.monotonic()
        self._rows.append((step, what, f"{count} {unit}", now - self._last))
        self._last = now
        say(f"  {what}: {count} {unit}, {self._rows[-1][-1]:.1f} s")

    def show(self):
        """Print it."""
        say(f"\n{'step':<20}{'what':<46}{'count':>16}{'seconds':>9}")
        say("-" * 91)
        for step, what, count, seconds in self._rows:
            say(f"{step:<20}{what:<46}{count:>16}{seconds:>9.1f}")


def _run(stack, options, table):
    """Do the steps and return the differences."""
    killer = Killer(stack) if options.kill else None
    job = MainJob(stack, options.invoices, killer)
    table.add("prepare", "simulator, scratch database", 1, "system")
    disturbed = options.faults or options.kill
    count = job.prepare(JOB_SECONDS, **({"bite_size": SMALL_BITE} if disturbed else {}))
    table.add("seed", "seeded at the bureau, over both channels", count)
    stack.start_odoo(workers=2, cron_threads=2)
    job.log_in()
    table.add("start", "Odoo servers with cron workers", 1, "server")
    faults = add_faults(job.control, options.faults, KILLS.values() if killer else ())
    for method, what in STEPS:
        if killer and method in KILLS:
            killer.arm(KILLS[method])
        count = getattr(job, method)()
        unit = "tables" if method in ("build_statistics", "sign") else "invoices"
        table.add(method, what, count, unit)
    if options.faults:
        hits = sum(map(job.control.fired, faults))
        table.add("faults", options.faults, hits, "hits")
    if killer:
        table.add("kills", "Odoo killed between call and commit", killer.kills, "times")
        if killer.kills < len(KILLS):
            return [f"Odoo was killed only {killer.kills} times, not {len(KILLS)}"]
    return comparison.compare(job)


def _show_differences(differences):
    for difference in differences[:SHOWN]:
        say(f"  different: {difference}")
    if len(differences) > SHOWN:
        say(f"  … and {len(differences) - SHOWN} more")
