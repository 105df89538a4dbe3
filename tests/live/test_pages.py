"""The pages that the READMEs show, on the demo and in both languages.

A page that cannot be read in one of them, or that says something wrong in the console,
fails here. With ``JOURNEY_PICTURES`` set to a folder they are kept there as pictures
(``setup/screenshots`` does that); names of the English ones end in ``-en``.
"""

import os
import re
import time

import pytest
from browser import PATIENCE, Camera, Person
from playwright.sync_api import expect

from environment import demo
from environment.clients import Browser, Control
from environment.folders import SETUP
from environment.ports import free_port
from environment.stack import Stack

# Busy by itself; nothing in it has to happen within a moment.
pytestmark = pytest.mark.beside

TAXPAYER = demo.TAXPAYERS[0]
MANAGER = "invoice_tax_service.group_manager"
READER = {"login": "reader", "password": "reader"}
SELECTED = 40
CHINESE = re.compile("[\u4e00-\u9fff]")
# What is a page's own, and not a name or a word of the data.
HEAD = ".o_control_panel_breadcrumbs, thead, button"
ROWS = ".o_data_row, .o_kanban_record:not(.o_kanban_ghost), tbody tr"
# Picture, path, what stands on the page in Chinese and in English.
PAGES = (
    ("month", "tax-month", "申报截止", "Filing deadline"),
    ("input-invoices", "tax-invoices", "抵扣勾选", "Select for Deduction"),
    ("issuing-monitor", "tax-issuing", "开票过程监控", "Issuing Monitor"),
    ("quota", "tax-quota", "授信额度管理", "Quota Management"),
    ("rights", "tax-rights", "功能权限", "Rights in"),
)
COMPARISON = "invoice_tax_service.invoice_tax_comparison_action"
START = "invoice_tax_service.invoice_tax_start_action"


class Reader(Person):
    """The same person, who reads English."""

    user = READER
    simulated = "Simulated"


@pytest.fixture(scope="module")
def stack():
    # The program that joins both ports of Odoo is found by this.
    os.environ.setdefault("PYTHONPATH", str(SETUP))
    with Stack() as running:
        Control(running.simulator_url).post("settings", job_seconds=0.1)
        demo.prepare(running)
        running.start_odoo()
        running.start_front(free_port())
        _give_reader(running)
        _work(running)
        yield running
        running.kill_odoo()


def _give_reader(stack):
    """Somebody with the accountant's rights who reads English; both may manage."""
    admin = Browser(stack, "admin", "admin")
    module, name = MANAGER.split(".")
    domain = [("module", "=", module), ("name", "=", name)]
    [group] = admin.call("ir.model.data", "search_read", domain, ["res_id"])
    domain = [("login", "=", demo.ACCOUNTANT["login"])]
    accountants = admin.call("res.users", "search", domain)
    values = {"group_ids": [(4, group["res_id"])]}
    admin.call("res.users", "write", accountants, values)
    values = {**READER, "name": "Wang", "lang": "en_US"}
    admin.call("res.users", "copy", accountants, values)


def _work(stack):
    """Issue what is there to issue, select invoices and build the statistics table."""
    person = Browser(stack, demo.ACCOUNTANT["login"], demo.ACCOUNTANT["password"])
    issued = [("move_type", "=", "out_invoice"), ("state", "=", "posted")]
    moves = person.call("account.move", "search", issued)
    person.call("account.move", "action_issue_digital_invoice", moves)
    mine = [("taxpayer_id.tax_number", "=", TAXPAYER["tax_number"])]
    _wait(person, "invoice.tax.input.invoice", mine, demo.INVOICES)
    domain = [*mine, ("is_selectable", "=", True)]
    fields = ["number", "code"]
    rows = person.call("invoice.tax.input.invoice", "search_read", domain, fields)
    invoices = [
        {key: row[key] for key in fields if row[key]} for row in rows[:SELECTED]
    ]
    _submit(person, "deduct", invoices=invoices)
    _submit(person, "statistics")
    _wait(person, "account.move", [("tax_issue_state", "=", "success")], len(moves))


def _submit(person, kind, **content):
    """Have a batch done in the open period."""
    domain = [("tax_number", "=", TAXPAYER["tax_number"])]
    fields = ["current_period_id"]
    [row] = person.call("invoice.tax.taxpayer", "search_read", domain, fields)
    _number, period = row["current_period_id"]
    person.call(
        "invoice.tax.operation",
        "submit_batch",
        TAXPAYER["tax_number"],
        kind,
        period,
        f"pages-{kind}",
        **content,
    )
    done = [("request_number", "=", f"pages-{kind}"), ("finished_at", "!=", False)]
    _wait(person, "invoice.tax.operation", done, 1)


def _wait(person, model, domain, count):
    deadline = time.monotonic() + PATIENCE
    while (found := person.call(model, "search_count", domain)) < count:
        assert time.monotonic() < deadline, f"{model}: {found} of {count}"
        time.sleep(0.3)


@pytest.mark.parametrize(
    ("reader", "column", "suffix"), [(Person, 2, ""), (Reader, 3, "-en")]
)
def test_pages_are_there_in_both_languages(stack, page, reader, column, suffix):
    person = reader(page, stack.url, Camera(page, os.environ.get("JOURNEY_PICTURES")))
    person.log_in()
    for words in PAGES:
        page.goto(f"{stack.url}/odoo/{words[1]}")
        content = page.locator(".o_action_manager")
        expect(content.locator(ROWS).first).to_be_visible()
        if page.locator("thead .o_list_record_selector").count():
            # Buttons above a list come with the first row that is ticked.
            page.locator("thead .o_list_record_selector").click()
        expect(content).to_contain_text(words[column])
        if suffix:
            for head in page.locator(HEAD).all_inner_texts():
                words_of_page = head.replace(demo.ACCOUNTANT["name"], "")
                assert not CHINESE.search(words_of_page), head
        person.camera.take(words[0] + suffix)
    page.goto(f"{stack.url}/odoo/tax-statistics")
    page.locator(".o_data_row td[name]").first.click()
    expect(page.locator(".o_form_view")).to_be_visible()
    person.camera.take(f"statistics{suffix}")
    page.goto(f"{stack.url}/odoo/action-{COMPARISON}")
    expect(page.locator("table[name=figures]")).to_be_visible()
    person.camera.take(f"comparison{suffix}")
    page.goto(f"{stack.url}/odoo/action-{START}")
    expect(page.locator(".modal .o_form_view")).to_be_visible()
    person.camera.take(f"start{suffix}")
