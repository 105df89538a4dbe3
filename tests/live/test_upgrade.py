"""Upgrade of the databases that old releases left behind: nothing is lost, all works.

The databases are made by ``setup/release_database``, each with a month of work that was
done with the release itself.
"""

import json
import lzma
from pathlib import Path

import pytest
from database_structure import (
    MODELS,
    find_installed,
    live_a_day,
    nothing_logged,
    read_structure,
)

from environment.commands import run

# Busy by itself; nothing in it has to happen within a moment.
pytestmark = pytest.mark.beside

RELEASES = Path(__file__).with_name("releases")
LOG = "database.log"
# By release: the tables whose rows show that work was done.
WORKED = {
    "service": (
        "invoice_tax_taxpayer",
        "invoice_tax_input_invoice",
        "invoice_tax_operation_line",
        "invoice_tax_confirmation",
        "invoice_tax_confirmation_invoice_rel",
        "invoice_tax_statistics_line",
    ),
    "all": (
        "invoice_tax_taxpayer",
        "invoice_tax_confirmation_line",
        "invoice_tax_license",
        "invoice_tax_license_event",
        "invoice_tax_quota_move",
        "invoice_tax_number",
        "invoice_tax_issue_step",
    ),
}
# Whose rows people or the bureau made; settings of Odoo itself may change, and dialogs
# that were closed an hour ago are thrown away.
KEPT = (
    "relname LIKE 'invoice\\_tax\\_%' AND relname NOT IN"
    " (SELECT replace(model, '.', '_') FROM ir_model WHERE transient)"
    " OR relname IN ('account_move',"
    " 'account_move_line', 'mail_message', 'res_groups_users_rel')"
)
# The columns that have gone, and why nothing is lost with them.
GONE = {
    # What a type can be used for say the dated rules.
    ("invoice_tax_invoice_type", "deductible"),
    # Found out from the state of the period.
    ("invoice_tax_period", "may_sign"),
    ("invoice_tax_period", "may_revoke_statistics"),
    # Said once by service; at worst it is said once more.
    ("invoice_tax_taxpayer", "is_unlicensed_noted"),
}
# The tables that have gone; their rows are somewhere else.
MOVED = {
    "invoice_tax_confirmation_invoice_rel": (
        "SELECT confirmation_id, input_invoice_id FROM invoice_tax_confirmation_line"
    ),
}
WRITTEN = ("write_date", "write_uid")


def restore(stack, name):
    """The stack's database becomes the one of the release."""
    stack.databases.copy_scratch(stack.database, "template0")
    text = lzma.decompress((RELEASES / f"{name}.sql.xz").read_bytes())
    stack.execute(text.decode())


def read_rows(stack):
    """``{table: its rows, each as sorted pairs of column and value}``"""
    tables = stack.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r'"
        f" AND relnamespace = 'public'::regnamespace AND ({KEPT})"
    )
    return {
        table: [row for (row,) in stack.execute(f'SELECT to_jsonb(t) FROM "{table}" t')]
        for (table,) in tables
    }


def narrow(row, columns):
    return json.dumps({name: row[name] for name in columns}, sort_keys=True)


def upgrade(stack, *arguments):
    """As somebody does it who has taken the new code."""
    command = [*stack.folders.odoo_command, "-c", stack.configuration]
    command += ["-d", stack.database, *arguments, "--stop-after-init", "--no-http"]
    with nothing_logged(stack):
        run(command, "The upgrade failed", stack.folders, LOG)


def check_rows(stack, before):
    """Each row that there was is there with the same values."""
    now = read_rows(stack)
    for table, rows in before.items():
        if table in MOVED:
            assert table not in now
            found = set(stack.execute(MOVED[table]))
            assert found >= {tuple(row.values()) for row in rows}
        elif rows:
            lost = {(table, name) for name in set(rows[0]) - set(now[table][0])}
            assert lost <= GONE
            columns = set(rows[0]) & set(now[table][0]) - set(WRITTEN)
            kept = {narrow(row, columns) for row in now[table]}
            assert [row for row in rows if narrow(row, columns) not in kept] == []


def check_confirmations(stack):
    """What a confirmation covers adds up to what the bureau confirmed."""
    rows = stack.execute(
        "SELECT invoice_count, net_amount, vat_amount,"
        "       (SELECT (COUNT(*), SUM(net_amount), SUM(creditable_vat))::text"
        "          FROM invoice_tax_confirmation_line"
        "         WHERE confirmation_id = one.id AND purpose = 'deduct')"
        "  FROM invoice_tax_confirmation one WHERE kind = 'deduction'"
    )
    assert rows
    for count, net, vat, sums in rows:
        assert sums == f"({count},{net},{vat})"


@pytest.mark.parametrize("release", sorted(WORKED))
def test_row_X6_upgrade(live, release):
    stack = live.stack
    fresh = read_structure(stack, stack.database)
    restore(stack, release)
    before = read_rows(stack)
    assert [table for table in WORKED[release] if not before[table]] == []
    old = sorted(find_installed(stack))
    upgrade(stack, "-u", ",".join(old))
    check_rows(stack, before)
    check_confirmations(stack)
    live_a_day(stack)
    if new := sorted({*MODELS} - {*old}):
        upgrade(stack, "-i", ",".join(new))
        check_rows(stack, before)
        live_a_day(stack)
    assert sorted(read_structure(stack, stack.database) ^ fresh) == []
