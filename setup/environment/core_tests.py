"""Odoo's own tests of journal entries, with our addons installed beside them.

To be imported inside the virtual environment only: it needs psycopg2.
"""

from .commands import run, say
from .stack import Stack

# Those of the accounting app that together end within five minutes.
FILES = (
    "test_account_move_attachment",
    "test_account_move_date_algorithm",
    "test_account_move_duplicate",
    "test_account_move_entry",
    "test_account_move_import_template",
    "test_account_move_in_refund",
)
LOG = "core_tests.log"
_FAILED = (" ERROR ", " CRITICAL ")


def run_core_tests(options):
    """Run them on a scratch database; True when they were found and none failed."""
    with Stack(options, "core") as stack:
        _speak_english(stack)
        tags = ",".join(f"/account/tests/{name}.py" for name in FILES)
        command = [*stack.folders.odoo_command, "-c", stack.configuration]
        command += ["-d", stack.database, "--test-tags", tags, "--stop-after-init"]
        output = run(command, "Odoo's own tests failed", stack.folders, LOG)
    lines = output.splitlines()
    problems = [line for line in lines if any(mark in line for mark in _FAILED)]
    for line in problems:
        say(line)
    # Odoo is as content with no test at all.
    ran = all(f"{name}: Starting " in output for name in FILES)
    if not ran:
        say("Not all files of Odoo's own tests were found and run.")
    return ran and not problems


def _speak_english(stack):
    """The sentences and the journals' codes that these tests expect are English."""
    stack.execute("UPDATE res_partner SET lang = 'en_US'")
    stack.execute("UPDATE res_lang SET active = (code = 'en_US')")
