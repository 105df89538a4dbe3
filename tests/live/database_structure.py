"""What a database holds of the addons, and whether people can work in it."""

import contextlib
import json
from pathlib import Path

DAY = Path(__file__).with_name("inside_odoo") / "ordinary_day.py"
LOG = "database.log"
# A model of each addon, a menu and a page of it.
MODELS = {
    "invoice_tax_service": "invoice.tax.taxpayer",
    "invoice_tax_leqi": "invoice.tax.quota",
    "invoice_tax_license": "invoice.tax.license",
}
# Everything in the catalogue that a module can make.
STRUCTURE = (
    "SELECT 'column', table_name || '.' || column_name FROM information_schema.columns"
    " WHERE table_schema = 'public'",
    "SELECT 'index', indexname FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT 'constraint', conname FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "SELECT 'trigger', tgname FROM pg_trigger WHERE NOT tgisinternal",
    "SELECT 'function', proname FROM pg_proc"
    " WHERE pronamespace = 'public'::regnamespace",
    # Those of Odoo's sequences are named after the numbers of rows.
    "SELECT 'sequence', CASE WHEN relname ~ '^ir_sequence_[0-9]' THEN 'ir_sequence '"
    "  || row_number() OVER (PARTITION BY relname ~ '^ir_sequence_[0-9]')"
    " ELSE relname END FROM pg_class WHERE relkind = 'S'",
    "SELECT 'model', model FROM ir_model",
    "SELECT 'field', model || '.' || name FROM ir_model_fields",
    "SELECT 'data', module || '.' || name FROM ir_model_data"
    # Odoo leaves names of its own fields of any model behind, of module mail, and names
    # of choices that a model which has gone took from one that stays.
    " WHERE module LIKE 'invoice\\_tax\\_%' AND name NOT LIKE 'selection\\_\\_%'",
)
# Odoo forgets its own row of an inherited field that depends on a field of an addon
# that goes; the field stays, and the next update of its app writes the row again.
FORGOTTEN = ("field", "account.bank.statement.line.show_reset_to_draft_button")


@contextlib.contextmanager
def nothing_logged(stack):
    """No warning and no error in what Odoo says meanwhile."""
    path = stack.folders.logs / LOG
    start = path.stat().st_size
    yield
    text = path.read_bytes()[start:].decode(errors="replace")
    levels = ("WARNING", "ERROR", "CRITICAL")
    # Others may write into this log at the same time.
    marks = [f" {level} {stack.database} " for level in levels]
    lines = text.splitlines()
    assert [line for line in lines if any(mark in line for mark in marks)] == []


def read_structure(stack, database):
    rows = set()
    for statement in STRUCTURE:
        rows.update(stack.databases.execute(database, statement))
    return rows - {FORGOTTEN}


def find_installed(stack):
    rows = stack.execute(
        "SELECT name FROM ir_module_module WHERE state <> 'uninstalled'"
        " AND state <> 'uninstallable' AND name LIKE 'invoice\\_tax\\_%'"
    )
    return frozenset(name for (name,) in rows)


def live_a_day(stack):
    """People work; each addon that stays is there whole."""
    script = DAY.read_text("utf-8")
    with nothing_logged(stack):
        output = stack.odoo_shell(script)
    models = json.loads(output.splitlines()[-1])
    here = {name for name, model in MODELS.items() if model in models}
    assert here == find_installed(stack)
    if not here:
        assert models == []
