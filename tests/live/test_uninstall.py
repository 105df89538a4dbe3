"""Uninstall in each order, with data: Odoo works, nothing is left."""

import contextlib
import json
from pathlib import Path

import pytest

from environment import demo
from environment.database import BASE

SERVICE = "invoice_tax_service"
ORDERS = (
    ("invoice_tax_leqi", "invoice_tax_license", SERVICE),
    ("invoice_tax_license", "invoice_tax_leqi", SERVICE),
    # Takes with it those that need it.
    (SERVICE,),
)
KEPT = Path(demo.__file__).with_name("kept_data_odoo.py")
LOG = "database.log"
UNINSTALL = """
module = env["ir.module.module"].search([("name", "=", {name!r})])
assert module.state == "installed", module.state
module.button_immediate_uninstall()
env.cr.commit()
"""
# What an accountant does on an ordinary day, without any of the addons.
USE = """
import json
kinds = ("form", "list", "kanban", "search")
for model in ("account.move", "res.partner", "res.company", "product.template"):
    env[model].get_views([(False, kind) for kind in kinds])
env["res.config.settings"].get_views([(False, "form")])
env["res.config.settings"].create({}).execute()
moves = env["account.move"]
for kind in ("out_invoice", "in_invoice"):
    found = moves.web_search_read(
        [("move_type", "=", kind), ("state", "=", "posted")],
        {name: {} for name in moves.fields_get(attributes=["type"])}, limit=3)
    assert found["length"], kind
    bill = moves.create({
        "move_type": kind, "partner_id": env["res.partner"].search([], limit=1).id,
        "invoice_date": "2026-01-15",
        "invoice_line_ids": [(0, 0, {"name": "x", "price_unit": 100.0})]})
    bill.action_post()
    assert bill.state == "posted", kind
    bill.button_draft()
for cron in env["ir.cron"].search([]):
    assert cron.model_id.model in env, cron.name
env["ir.ui.view"].search([])._check_xml()
env.cr.commit()
print(json.dumps(sorted(name for name in env if name.startswith("invoice.tax."))))
"""
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
    "SELECT 'sequence', relname FROM pg_class WHERE relkind = 'S'",
    "SELECT 'parameter', key FROM ir_config_parameter"
    " WHERE key <> 'invoice_tax_setup.demo'",
    "SELECT 'model', model FROM ir_model",
    "SELECT 'field', model || '.' || name FROM ir_model_fields",
    "SELECT 'data', module || '.' || name FROM ir_model_data"
    # Odoo leaves names of its own fields of any model behind, of module mail.
    " WHERE module LIKE 'invoice\\_tax\\_%%'",
)
# Rows that stand for something of a module are as many as before it came.
COUNTED = (
    "ir_act_client",
    "ir_act_report_xml",
    "ir_act_server",
    "ir_act_url",
    "ir_act_window",
    "ir_cron",
    "ir_cron_trigger",
    "ir_default",
    "ir_filters",
    "ir_model_access",
    "ir_rule",
    "ir_sequence",
    "ir_ui_menu",
    "ir_ui_view",
    "mail_activity_type",
    "mail_message_subtype",
    "mail_template",
    "res_groups",
    "res_groups_privilege",
)
POINTING = (
    ("ir_attachment", "res_model"),
    ("mail_activity", "res_model"),
    ("mail_followers", "res_model"),
    ("mail_message", "model"),
)


@pytest.fixture(scope="module")
def filled(live):
    """A database with the three addons and work of each of them."""
    demo.prepare(live.stack)
    live.stack.odoo_shell(KEPT.read_text("utf-8"))
    for table in ("input_invoice", "operation_line", "license", "issue", "quota"):
        assert live.stack.execute(f"SELECT 1 FROM invoice_tax_{table} LIMIT 1"), table
    statement = "SELECT 1 FROM account_move WHERE {} IS NOT NULL LIMIT 1"
    for column in ("digital_invoice_number", "input_invoice_number"):
        assert live.stack.execute(statement.format(column)), column
    return live.stack


@contextlib.contextmanager
def copied(stack, name):
    """A copy of the filled database."""
    database = f"{stack.database}_{name}"
    stack.databases.drop(database)
    stack.databases.create(database, stack.database)
    try:
        yield database
    finally:
        stack.databases.drop(database)


@contextlib.contextmanager
def nothing_logged(stack):
    """No warning and no error in what Odoo says meanwhile."""
    path = stack.folders.logs / LOG
    start = path.stat().st_size
    yield
    text = path.read_bytes()[start:].decode()
    marks = (" WARNING ", " ERROR ", " CRITICAL ")
    lines = text.splitlines()
    assert [line for line in lines if any(mark in line for mark in marks)] == []


def read_structure(stack, database):
    rows = set()
    for statement in STRUCTURE:
        rows.update(stack.databases.execute(database, statement))
    return rows


def count_rows(stack, database):
    have = stack.databases.execute(
        database, "SELECT table_name FROM information_schema.tables"
    )
    tables = [table for table in COUNTED if (table,) in have]
    assert len(tables) > 10
    return {
        table: stack.databases.execute(database, f"SELECT COUNT(*) FROM {table}")[0][0]
        for table in tables
    }


def find_pointing(stack, database):
    statement = "SELECT COUNT(*) FROM {0} WHERE {1} LIKE 'invoice.tax.%%'"
    return {
        table: count
        for table, column in POINTING
        if (
            count := stack.databases.execute(database, statement.format(table, column))[
                0
            ][0]
        )
    }


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "-".join(order))
def test_row_X6_uninstall(filled, order):
    with copied(filled, f"order_{ORDERS.index(order)}") as database:
        for name in order:
            with nothing_logged(filled):
                filled.databases.shell(database, UNINSTALL.format(name=name))
                output = filled.databases.shell(database, USE)
        assert json.loads(output.splitlines()[-1]) == []
        left = read_structure(filled, database) - read_structure(filled, BASE)
        assert sorted(left) == []
        assert count_rows(filled, database) == count_rows(filled, BASE)
        assert find_pointing(filled, database) == {}
