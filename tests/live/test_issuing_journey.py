"""An accountant's first digital invoices, by hand in a real browser and in Chinese.

Licences, quota, issuing, monitor, numbers, and what is said once the licence has
ended: the data of the demo, a real Odoo with cron workers and the simulated platforms.
At the end Leqi must hold what the screens have shown. With ``JOURNEY_PICTURES`` set to
a folder the pages are kept there as pictures.
"""

import os
from decimal import Decimal

import pytest
from browser import PATIENCE, Camera, Person
from playwright.sync_api import expect

from environment import demo, issuing_comparison
from environment.clients import Control
from environment.folders import SETUP
from environment.ports import free_port
from environment.stack import Stack

# Busy by itself; nothing in it has to happen within a moment.
pytestmark = pytest.mark.beside

TAXPAYER = demo.TAXPAYERS[0]
SALES = 6
ISSUED = 5
DOWNLOAD = Decimal("50000.00")
MANAGER = "invoice_tax_service.group_manager"


class Issuer(Person):
    """Who issues the invoices of a company, and keeps its licences."""

    def tick(self, count):
        rows = self.page.locator(".o_data_row")
        for position in range(count):
            rows.nth(position).locator(".o_list_record_selector").click()

    def look_at_licenses(self):
        self.open_menu("许可授权")
        mine = self.page.locator(".o_data_row", has_text=TAXPAYER["tax_number"])
        for group in ("开票服务", "收票服务"):
            row = mine.filter(has_text=group)
            expect(row).to_contain_text("已授权")
            expect(row).to_contain_text("同步成功")
        self.camera.take("licenses")

    def download_quota(self):
        """Download more quota.

        :return: what was downloaded before and after, CNY
        """
        page = self.page
        self.open_menu("授信额度管理")
        row = page.locator(".o_data_row", has_text=TAXPAYER["name"])
        before = self._read(row, "downloaded")
        self.tick(1)
        self.press("下载")
        page.locator(".modal [name=amount] input").fill(str(DOWNLOAD))
        self.camera.take("quota-download")
        self.press_in_dialog("确定")
        after = f"{before + DOWNLOAD:,.2f}"
        self.reload_until(row.locator("td[name=downloaded]"), after)
        self.camera.take("quota")
        return before

    def issue(self):
        """Tick invoices, press once, and wait until all of them are issued.

        :return: number → gross amount
        """
        page = self.page
        page.goto(f"{self.address}/odoo/customer-invoices")
        expect(page.locator(".o_data_row")).to_have_count(SALES)
        self.tick(ISSUED)
        self.press("开具数电票")
        notification = page.locator(".o_notification")
        expect(notification.first).to_contain_text(str(ISSUED))
        states = page.locator(".o_data_row td[name=tax_issue_state]")
        deadline = PATIENCE
        while states.filter(has_text="已开具").count() < ISSUED and deadline:
            page.wait_for_timeout(1000)
            page.reload()
            expect(page.locator(".o_data_row")).to_have_count(SALES)
            deadline -= 1
        self.camera.take("invoices-issued")
        issued = page.locator(".o_data_row", has_text="已开具")
        return {
            row.locator("td[name=digital_invoice_number]").inner_text(): self._read(
                row, "amount_total_in_currency_signed"
            )
            for row in issued.all()
        }

    def follow(self, number):
        """From the invoice to its request, and to the movements of the quota."""
        page = self.page
        page.locator(".o_data_row", has_text=number).locator("td[name=name]").click()
        expect(page.locator(".o_form_view")).to_contain_text(number)
        self.camera.take("invoice-issued")
        page.locator("button[name=action_open_tax_issue]").click()
        for step in ("提出开票请求", "已发送上传", "平台已确认"):
            expect(page.locator(".o_form_view")).to_contain_text(step)
        self.camera.take("issuing-steps")
        self.open_menu("开票过程监控")
        expect(page.locator(".o_data_row", has_text="已开具")).to_have_count(ISSUED)
        self.camera.take("issuing-monitor")
        self.open_menu("预赋码")
        expect(page.locator(".o_data_row")).to_have_count(1)
        self.camera.take("segments")
        self.open_menu("发票号码列表")
        expect(page.locator(".o_data_row", has_text=number)).to_be_visible()
        self.camera.take("numbers")
        self.open_menu("授信额度管理")
        page.locator(".o_data_row td[name=taxpayer_id]").click()
        expect(page.locator(".o_form_view")).to_contain_text(number)
        self.camera.take("quota-movements")

    def cancel_license(self):
        """Cancel the licence for issuing; what that means is said before."""
        page = self.page
        self.open_menu("许可授权")
        page.locator(".o_search_panel").get_by_text("开票服务").click()
        row = page.locator(".o_data_row", has_text="开票服务")
        expect(page.locator(".o_data_row", has_text="收票服务")).to_have_count(0)
        row.locator(".o_list_record_selector").click()
        self.press("取消授权")
        expect(page.locator(".modal")).to_contain_text("60")
        self.camera.take("license-cancel")
        self.press_in_dialog("取消授权")
        self.reload_until(row, "(?s)^(?!.*已授权).*同步成功")

    def try_to_issue(self):
        """Press for the invoice that is left; the refusal leads to the licences."""
        page = self.page
        page.goto(f"{self.address}/odoo/customer-invoices")
        left = page.locator(".o_data_row").filter(has_not_text="已开具")
        expect(left).to_have_count(1)
        left.locator(".o_list_record_selector").click()
        self.press("开具数电票")
        expect(page.locator(".modal")).to_contain_text("授权")
        self.camera.take("issuing-refused")

    @staticmethod
    def _read(row, name):
        text = row.locator(f"td[name={name}]").inner_text()
        return Decimal(text.replace(",", "").strip("¥\N{NO-BREAK SPACE} "))


@pytest.fixture(scope="module")
def stack():
    # The program that joins both ports of Odoo is found by this.
    os.environ.setdefault("PYTHONPATH", str(SETUP))
    with Stack() as running:
        control = Control(running.simulator_url)
        control.post("settings", job_seconds=0.2, issuing_in_real_time=True)
        demo.seed(control, [TAXPAYER], 1)
        groups = [*demo.ACCOUNTANT["groups"], MANAGER]
        demo.run_in_odoo(
            running,
            connections=demo.connections(running, poll_interval=0.3),
            license_connection=demo.license_connection(running),
            taxpayers=[demo.odoo_taxpayer(TAXPAYER)],
            accountant={**demo.ACCOUNTANT, "groups": groups},
            issuing={"tax_number": TAXPAYER["tax_number"], "invoices": SALES},
        )
        running.start_odoo()
        running.start_front(free_port())
        yield running


def test_first_digital_invoices(stack, page):
    camera = Camera(page, os.environ.get("JOURNEY_PICTURES"))
    person = Issuer(page, stack.url, camera)
    person.log_in()
    person.look_at_licenses()
    before = person.download_quota()
    shown = person.issue()
    assert len(shown) == ISSUED
    person.follow(min(shown))
    person.cancel_license()
    person.try_to_issue()

    number = TAXPAYER["tax_number"]
    state = Control(stack.simulator_url).get("state", tax_number=number)
    assert {row["number"]: Decimal(row["gross"]) for row in state["issued"]} == shown
    assert Decimal(state["quotas"][0]["downloaded"]) == before + DOWNLOAD
    for compare in (
        issuing_comparison.compare_invoices,
        issuing_comparison.compare_numbers,
        issuing_comparison.compare_quota,
        issuing_comparison.compare_used,
    ):
        assert list(compare(stack, state, number)) == []
