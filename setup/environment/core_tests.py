"""Odoo's own tests of journal entries, with our addons installed beside them.

What fails is tried again in a database without our addons: a test that fails there as
well is named, and says nothing about us. To be imported inside the virtual environment
only: it needs psycopg2.
"""

import re

from .commands import run, say
from .database import BASE
from .stack import Stack

# Those of the accounting app that together end within two and a half minutes.
FILES = (
    "test_account_move_attachment",
    "test_account_move_date_algorithm",
    "test_account_move_duplicate",
    "test_account_move_entry",
    "test_account_move_import_template",
    "test_account_move_in_refund",
    "test_account_move_line_tax_details",
    "test_account_move_out_refund",
    "test_account_move_payments_widget",
)
LOG = "core_tests.log"
_FAILED = re.compile(r" (?:FAIL|ERROR): (\w+\.\w+)$", re.MULTILINE)
_RESULT = re.compile(r" (\d+) failed, (\d+) error\(s\) of (\d+) tests")
_SKIPPED = re.compile(r": (skipped \S+ : .*)")


class Outcome:
    """What Odoo said of a run of tests.

    :ivar failed: names of tests that failed
    :ivar skipped: what it said of those that it did not run
    :ivar count: how many there were
    :ivar is_known: whether each failure has a name, that of a test
    """

    def __init__(self, output):
        self.failed = set(_FAILED.findall(output))
        self.skipped = _SKIPPED.findall(output)
        results = [tuple(map(int, result)) for result in _RESULT.findall(output)]
        self.count = sum(count for *_bad, count in results)
        bad = sum(failed + errors for failed, errors, _count in results)
        self.is_known = bad == len(self.failed)
        self._output = output

    def lacks(self, names):
        """The files of which no test was begun: Odoo is as content with none at all."""
        return [name for name in names if f"{name}: Starting " not in self._output]


def run_core_tests(options):
    """Run them on a scratch database; True when all were run and none failed that
    does not fail without our addons."""
    with Stack(options, "core") as stack:
        tags = ",".join(f"/account/tests/{name}.py" for name in FILES)
        outcome = _run(stack, tags)
        ours = outcome.failed
        if ours:
            stack.databases.copy_scratch(stack.database, BASE)
            tags = ",".join(f"/account:{test}" for test in sorted(ours))
            ours = ours - _run(stack, tags).failed
    lacking = outcome.lacks(FILES)
    _tell(outcome, ours, lacking)
    return outcome.count > 0 and outcome.is_known and not lacking and not ours


def _tell(outcome, ours, lacking):
    for name in lacking:
        say(f"Odoo has no test that could be run in {name}.")
    for skipped in outcome.skipped:
        say(f"Odoo has {skipped}")
    for test in sorted(outcome.failed):
        say(f"Fails with{'' if test in ours else 'out'} our addons: {test}")
    if not outcome.is_known:
        say("More failed than tests have names; see the log.")
    say(f"{outcome.count} of Odoo's own tests, {len(outcome.failed)} failed.")


def _run(stack, tags):
    """Run the tests with these tags and return their outcome."""
    # The sentences and the codes of journals that these tests expect are English.
    stack.execute("UPDATE res_partner SET lang = 'en_US'")
    stack.execute(
        "UPDATE ir_default SET json_value = '\"en_US\"' WHERE field_id IN"
        " (SELECT id FROM ir_model_fields WHERE model = 'res.partner'"
        "  AND name = 'lang')"
    )
    command = [*stack.folders.odoo_command, "-c", stack.configuration]
    command += ["-d", stack.database, "--test-tags", tags, "--stop-after-init"]
    # Odoo ends with 1 when a test fails, which is judged by its names.
    what = "Odoo's own tests could not be run"
    return Outcome(run(command, what, stack.folders, LOG, accepted=(0, 1)))
