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
    "test_account_move_out_refund",
    "test_account_move_payments_widget",
)
LOG = "core_tests.log"
_FAILED = re.compile(r" (?:FAIL|ERROR): (\w+)\.(\w+)")
_RESULT = re.compile(r"\d+ failed, \d+ error\(s\) of (\d+) tests")
_SKIPPED = re.compile(r": (skipped \S+ : .*)")


def run_core_tests(options):
    """Run them on a scratch database; True when all were run and none failed that
    does not fail without our addons."""
    with Stack(options, "core") as stack:
        tags = ",".join(f"/account/tests/{name}.py" for name in FILES)
        output = _run(stack, tags)
        missing = [name for name in FILES if f"{name}: Starting " not in output]
        for name in missing:
            # Odoo is as content with no test at all.
            say(f"Odoo has no test that could be run in {name}.")
        failed = set(_FAILED.findall(output))
        ours = failed - _fail_without_addons(stack, failed)
    for test in sorted(failed):
        why = "with our addons" if test in ours else "without our addons as well"
        say(f"Fails {why}: {'.'.join(test)}")
    for skipped in _SKIPPED.findall(output):
        say(f"Odoo has {skipped}")
    count = sum(map(int, _RESULT.findall(output)))
    say(f"{count} of Odoo's own tests were run, {len(failed)} failed.")
    return count > 0 and not missing and not ours


def _fail_without_addons(stack, failed):
    if not failed:
        return set()
    stack.databases.copy_scratch(stack.database, BASE)
    tags = ",".join(f"/account:{'.'.join(test)}" for test in sorted(failed))
    return set(_FAILED.findall(_run(stack, tags)))


def _run(stack, tags):
    """Run the tests with these tags and return what Odoo said."""
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
    return run(command, what, stack.folders, LOG, accepted=(0, 1))
