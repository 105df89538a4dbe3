"""Uninstall in each order, with data: Odoo works, nothing is left, and all comes again.

A copy of one filled database for each order. What is installed after a step is the
same as after installing just that on a clean database, to each column and each record
of the addons' files.
"""

import contextlib
from pathlib import Path

import pytest
from database_structure import (
    MODELS,
    find_installed,
    live_a_day,
    nothing_logged,
    read_structure,
)
from playwright.sync_api import expect
from psycopg2 import sql

from environment import demo
from environment.clients import Control
from environment.database import BASE

# Busy by itself; nothing in it has to happen within a moment.
pytestmark = pytest.mark.beside

SERVICE, LEQI, LICENSE = MODELS
# What is uninstalled one after the other, and what is installed again after that.
ORDERS = (
    ((LEQI, LICENSE, SERVICE), (SERVICE, LICENSE, LEQI)),
    ((LICENSE, LEQI, SERVICE), ()),
    # Takes with it those that need it; another brings it again.
    ((SERVICE,), (LEQI, LICENSE)),
)
KEPT = Path(__file__).with_name("inside_odoo") / "kept_data.py"
CHANGE = """
module = env["ir.module.module"].search([("name", "=", {name!r})])
module.button_immediate_{verb}()
env.cr.commit()
"""
# Rows that stand for something of a module are as many as before it came.
COUNTED = (
    "ir_act_client",
    "ir_act_report_xml",
    "ir_act_server",
    "ir_act_url",
    "ir_act_window",
    "ir_cron",
    "ir_default",
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
FILLED = ("input_invoice", "operation_line", "license", "issue", "number", "quota")
# Rules come with the files of each addon and go with it, and so do the lines to the
# entitlement platform.
SHARED = {
    "invoice_tax_rule",
    "invoice_tax_connection",
    "invoice_tax_lane",
    "invoice_tax_exchange",
}
LINES = """
    SELECT COUNT(DISTINCT connection.id), COUNT(DISTINCT lane.id), COUNT(exchange.id)
      FROM invoice_tax_connection connection
 LEFT JOIN invoice_tax_lane lane ON lane.connection_id = connection.id
 LEFT JOIN invoice_tax_exchange exchange ON exchange.lane_id = lane.id
     WHERE connection.channel <> 'entitlement'
"""
WORDS = r"invoice[._]tax[._](?!setup)"


@pytest.fixture(scope="module")
def filled(live):
    """A database with the three addons and work of each of them."""
    stack = live.stack
    Control(stack.simulator_url).post("settings", job_seconds=0)
    demo.prepare(stack)
    stack.execute("UPDATE invoice_tax_connection SET poll_interval = 0")
    stack.odoo_shell(KEPT.read_text("utf-8"))
    for table in FILLED:
        assert stack.execute(f"SELECT 1 FROM invoice_tax_{table} LIMIT 1"), table
    assert stack.execute(
        "SELECT 1 FROM invoice_tax_operation_line WHERE state = 'success' LIMIT 1"
    )
    statement = "SELECT 1 FROM account_move WHERE {} IS NOT NULL LIMIT 1"
    for column in ("digital_invoice_number", "input_invoice_number"):
        assert stack.execute(statement.format(column)), column
    return stack


# Sets of addons that people have worked with.
USED = set()


@pytest.fixture(scope="module")
def seen(filled):
    """The structure of each set of addons, as it was found first."""
    return {frozenset(): read_structure(filled, BASE)}


@pytest.fixture(scope="module")
def left(filled):
    """How many rows the others leave to each set of addons, as it was found first."""
    return {frozenset(): count_rows(filled, COUNTED, BASE)}


@contextlib.contextmanager
def copied(stack, name):
    """The stack works on a copy of its database."""
    original = stack.database
    stack.database = f"{original}_{name}"
    stack.databases.copy_scratch(stack.database, original)
    try:
        yield
    finally:
        stack.stop_odoo()
        stack.databases.drop(stack.database)
        stack.database = original


def count_rows(stack, tables, database=None):
    return {
        table: stack.databases.execute(
            database or stack.database, f"SELECT COUNT(*) FROM {table}"
        )[0][0]
        for table in tables
    }


def own_tables(stack):
    """The tables of the addons that there are, and of what they work on."""
    rows = stack.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r'"
        " AND relname LIKE 'invoice\\_tax\\_%'"
    )
    return {"account_move", "account_move_line", *(table for (table,) in rows)}


def count_work(stack):
    """How much there is of all that people and the bureau made."""
    tables = own_tables(stack)
    counts = count_rows(stack, tables - SHARED)
    if "invoice_tax_lane" in tables:
        [counts["lines"]] = stack.execute(LINES)
    return counts


def find_traces(stack, database):
    """A row that says a word of the addons, for each table that has one, whatever the
    column; Odoo itself has such words in its list of modules and in a field's name."""
    rows = stack.databases.execute(
        database,
        "SELECT relname FROM pg_class WHERE relkind = 'r'"
        " AND relnamespace = 'public'::regnamespace",
    )
    # What is compiled for the browser is put aside, and made anew when it is asked for.
    statement = sql.SQL(
        "SELECT r::text FROM {} r WHERE r::text ~ {} AND r::text !~ '/web/assets/'"
        " LIMIT 1"
    )
    found = {}
    for (table,) in rows:
        query = statement.format(sql.Identifier(table), sql.Literal(WORDS))
        for (row,) in stack.databases.execute(database, query):
            found[table] = row[:300]
    return found


def change(stack, verb, name):
    with nothing_logged(stack):
        stack.odoo_shell(CHANGE.format(verb=verb, name=name))


def look(stack, page):
    """The web client with what stays: its pages, an invoice, users, the settings."""
    stack.start_odoo(workers=2, cron_threads=0)
    page.context.clear_cookies()
    page.goto(f"{stack.url}/web/login")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", "admin")
    page.click(".oe_login_form button[type=submit]")
    expect(page.locator(".o_web_client")).to_be_visible()
    actions = ["account.action_move_out_invoice_type", "base.action_res_users"]
    for name in sorted(find_installed(stack)):
        actions.append(f"{name}.{MODELS[name].replace('.', '_')}_action")
    for action in actions:
        page.goto(f"{stack.url}/odoo/action-{action}")
        expect(page.locator(".o_list_view, .o_kanban_view").first).to_be_visible()
        page.locator(".o_data_cell, .o_kanban_record").first.click()
        expect(page.locator(".o_form_view .o_form_sheet").first).to_be_visible()
    page.goto(f"{stack.url}/odoo/settings")
    expect(page.locator(".app_settings_block").first).to_be_visible()
    stack.stop_odoo()


def compare(stack, seen):
    """What is there is what was seen before with the same addons."""
    here = find_installed(stack)
    structure = read_structure(stack, stack.database)
    assert sorted(structure ^ seen.setdefault(here, structure)) == []
    return here


def use(stack, here, page):
    """People can work with these addons.

    Once for each set, for it is the same set each time: see ``seen`` and ``left``.
    """
    if here in USED:
        return
    live_a_day(stack)
    # With all of them it is what the other tests here are about.
    if here != {*MODELS}:
        look(stack, page)
    USED.add(here)


@pytest.mark.parametrize(
    ("away", "again"), ORDERS, ids=lambda names: "-".join(names) or "nothing"
)
def test_row_X6_uninstall(filled, seen, left, page, away, again):
    with copied(filled, f"order_{ORDERS.index((away, again))}"):
        for name in away:
            kept = count_work(filled)
            change(filled, "uninstall", name)
            assert name not in find_installed(filled)
            assert count_work(filled).items() <= kept.items()
            here = compare(filled, seen)
            counts = count_rows(filled, COUNTED)
            assert counts == left.setdefault(here, counts)
            use(filled, here, page)
        assert find_installed(filled) == frozenset()
        traces = find_traces(filled, filled.database)
        assert [traces[name] for name in {*traces} - {*find_traces(filled, BASE)}] == []
        for name in again:
            change(filled, "install", name)
            here = compare(filled, seen)
        if again:
            assert here == {*MODELS}
            use(filled, here, page)
