"""The month of a bookkeeper, from the first bill to the next period.

Bills of the invoices, selection, statistics, signature, the entries in the books, an
invoice that turns abnormal, the filing and the comparison: by hand in Chromium, in
Chinese, on the clock of the simulated bureau. At the end the trial balance and the
statistics table of the bureau must say the same, to the cent.
"""

import datetime
import os
import time
from decimal import Decimal
from pathlib import Path

import pytest
from browser import PAGE_PATIENCE, PATIENCE, Camera
from playwright.sync_api import expect
from test_journey import TAXPAYER, Accountant, bureau_time

from environment import demo
from environment.clients import Control
from environment.folders import SETUP
from environment.ports import free_port
from environment.stack import Stack

# Busy by itself; nothing in it has to happen within a moment.
pytestmark = pytest.mark.beside

BOOKS = Path(demo.__file__).with_name("books_odoo.py")
OUT_OF_CONTROL = "out_of_control"


class Bookkeeper(Accountant):
    """Who keeps the books too."""

    invoices = 100

    def make_bills(self):
        """Draft bills of all invoices without a bill, and post them."""
        page = self.page
        self.open_menu("未匹配账单的发票")
        self.tick_all()
        self.press("生成账单")
        title = page.locator(".o_breadcrumb")
        expect(title).to_contain_text("草稿账单", timeout=3 * PAGE_PATIENCE)
        # Odoo's own way to post many.
        self.tick_all()
        actions = page.locator(".o_control_panel").get_by_role("button", name="操作")
        actions.click()
        page.get_by_role("menuitem", name="确认条目").click()
        dialog = page.locator(".modal")
        confirm = dialog.get_by_role("button", name="确认", exact=True)
        expect(confirm).to_be_visible()
        # The clock of the bureau is ahead of Odoo's: these bills are of tomorrow.
        later = dialog.locator("[name=force_post] input")
        if later.is_visible():
            later.check()
        confirm.click()
        expect(dialog).to_be_hidden(timeout=3 * PAGE_PATIENCE)

    def tick_all(self):
        expect(self.page.locator(".o_data_row").first).to_be_visible()
        self.page.locator("thead .o_list_record_selector").click()
        box = self.page.locator(".o_selection_box")
        expect(box).to_be_visible()
        # Those of the other pages too.
        further = box.locator(".o_select_domain")
        if further.is_visible():
            further.click()

    def fetch_again(self):
        """What has changed at the bureau since."""
        self.open_menu("企业管理")
        self.page.locator(".o_data_row", has_text=TAXPAYER["name"]).locator(
            "td[name=name]"
        ).click()
        self.press("从税局获取")
        expect(self.page.locator(".o_notification").first).to_be_visible()

    def transfer_out(self, number):
        """Post the entry of an invoice that has turned abnormal."""
        self.open_menu("异常发票")
        row = self.page.locator(".o_data_row", has_text=number)
        self.reload_until(self.page.locator(".o_list_view"), number)
        expect(row).to_contain_text("失控")
        row.locator("button[name=action_transfer_out]").click()
        expect(row.locator("button[name=action_transfer_out]")).to_be_hidden()
        self.camera.take("transferred-out")

    def open_signed_card(self):
        """The month cards, once the next period is open; the card of the signed one."""
        cards = self.page.locator(".o_kanban_record", has_text=TAXPAYER["name"])
        signed = cards.filter(
            has=self.page.locator("button[name=action_open_statistics]")
        )
        self.open_menu("税款所属期")
        self.reload_until(signed, r"(?s)^(?!.*申报截止)")
        return signed

    def compare(self, card):
        """Bureau, Odoo and books of a month side by side, and they agree."""
        card.locator("button[name=action_compare]").click()
        page = self.page.locator(".o_form_view")
        expect(page.locator("table").first).to_be_visible()
        self.camera.take("comparison")
        expect(page.locator(".alert-success")).to_contain_text("一致")
        expect(page.locator(".alert-danger")).to_be_hidden()
        self.camera.take_narrow("comparison-390")


def read_balances(stack):
    """The trial balance: account name → Decimal, debits less credits in CNY."""
    rows = stack.execute(
        """
        SELECT account.name->>'en_US', SUM(item.balance)
          FROM account_move_line item
          JOIN account_account account ON account.id = item.account_id
         WHERE item.parent_state = 'posted'
      GROUP BY account.name->>'en_US'
        """
    )
    return {name: Decimal(str(balance)) for name, balance in rows}


def wait_for_entry(stack):
    """The trial balance once the entry stands in it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        balances = read_balances(stack)
        if "进项税额" in balances:
            return balances
        time.sleep(0.5)
    raise AssertionError("the signature was never booked")


def count_entries(stack):
    """Posted entries of input VAT by their kind."""
    return dict(
        stack.execute(
            "SELECT tax_entry_kind, COUNT(*) FROM account_move WHERE state = 'posted'"
            " AND tax_entry_kind IS NOT NULL GROUP BY tax_entry_kind"
        )
    )


def get_deducted(control):
    """Rows of the bureau that the signature deducts."""
    state = control.get("state", tax_number=TAXPAYER["tax_number"])
    return [
        row
        for row in state["invoices"]
        if row["selection"] == "confirmed" and row["purpose"] == "deduct"
    ]


def get_table_vat(control):
    """What the statistics table of the bureau deducts, in CNY."""
    state = control.get("state", tax_number=TAXPAYER["tax_number"])
    [table] = [one for one in state["statistics"] if one["signed_at"]]
    return Decimal(table["deduct"]["total"]["vat"])


@pytest.fixture(scope="module")
def stack():
    # The program that joins both ports of Odoo is found by this.
    os.environ.setdefault("PYTHONPATH", str(SETUP))
    with Stack() as running:
        control = Control(running.simulator_url)
        now = bureau_time(datetime.datetime.now(demo.BEIJING))
        control.post("clock", now=now.isoformat())
        control.post("settings", job_seconds=0.2)
        demo.seed(control, [TAXPAYER], Bookkeeper.invoices)
        running.odoo_shell(BOOKS.read_text(encoding="utf-8"))
        demo.run_in_odoo(
            running,
            connections=demo.connections(running, poll_interval=0.3),
            license_connection=demo.license_connection(running),
            taxpayers=[demo.odoo_taxpayer(TAXPAYER)],
            accountant=demo.ACCOUNTANT,
        )
        running.start_odoo()
        running.start_front(free_port())
        yield running
        running.kill_odoo()


def test_row_C16_month_with_its_books(stack, page):
    control = Control(stack.simulator_url)
    camera = Camera(page, os.environ.get("JOURNEY_PICTURES"))
    person = Bookkeeper(page, stack.url, camera)
    person.log_in()
    person.fetch()
    person.make_bills()
    count, vat = person.select()
    person.build_statistics()
    assert "进项税额" not in read_balances(stack), "booked before it was signed"
    person.sign(vat)

    # The entry of the signature: the trial balance is the bureau's table.
    deducted = get_deducted(control)
    assert len(deducted) == count
    assert wait_for_entry(stack)["进项税额"] == vat == get_table_vat(control)

    # One of them turns abnormal; its VAT goes out again, and nothing else.
    row = max(deducted, key=lambda one: Decimal(one["vat"]))
    control.post(
        "invoices",
        tax_number=TAXPAYER["tax_number"],
        number=row["number"],
        code=row["code"],
        status=OUT_OF_CONTROL,
    )
    person.fetch_again()
    person.transfer_out(row["number"])
    balances = read_balances(stack)
    assert balances["进项税额转出"] == -Decimal(row["creditable_vat"])
    assert balances["进项税额"] == vat

    # Filed: the next period is open, and the month agrees on all three sides.
    control.post("file", tax_number=TAXPAYER["tax_number"])
    person.fetch_again()
    card = person.open_signed_card()
    person.compare(card)
    assert count_entries(stack) == {"certified": 1, "transferred": 1}
