"""An accountant's month, done by hand in a real browser and in Chinese.

Fetch, select, exclude, statistics, signature, log, ledger, export: a real Odoo with
cron workers, the simulated bureau beside it, and Chromium in front. At the end the
bureau must hold what the screens have shown. With ``JOURNEY_PICTURES`` set to a
folder the pages are kept there as pictures (``setup/screenshots`` does that).
"""

import datetime
import os
from decimal import Decimal

import openpyxl
import pytest
from browser import Camera, Person
from playwright.sync_api import expect

from environment import demo
from environment.clients import Control
from environment.folders import SETUP
from environment.ports import free_port
from environment.stack import Stack

# Busy by itself; nothing in it has to happen within a moment.
pytestmark = pytest.mark.beside

TAXPAYER = demo.TAXPAYERS[0]
EXPLANATION = "样品赠送客户"
# Days of a month on which its filing window is still open for long enough.
LAST_DAY_TO_START = 10
FILING_DAY = 3


class Accountant(Person):
    """Who certifies the invoices of a month."""

    invoices = 300

    def fetch(self):
        page = self.page
        self.open_menu("企业管理")
        self.camera.take("taxpayers")
        page.locator(".o_data_row", has_text=TAXPAYER["name"]).locator(
            "td[name=name]"
        ).click()
        self.press("从税局获取")
        expect(page.locator(".o_notification")).to_contain_text("正在从税局获取")
        counter = page.locator("button[name=action_open_input_invoices]")
        self.reload_until(counter, rf"\b{self.invoices}\b")
        expect(counter).to_contain_text("进项发票")
        self.camera.take("taxpayer")
        counter.click()
        expect(page.locator(".o_data_row").first).to_be_visible()

    def select(self):
        """Tick the first page of all invoices and send what can be sent.

        :return: how many, and their creditable VAT
        """
        page = self.page
        self.open_menu("进项发票")
        facets = page.locator(".o_searchview_facet")
        for words in ("未勾选", "正常"):
            expect(facets.filter(has_text=words)).to_be_visible()
        banner = page.locator(".o_tax_period_banner")
        for words in (TAXPAYER["name"], "税款所属期", "申报截止日期", "未生成统计表"):
            expect(banner).to_contain_text(words)
        self.camera.take("input-invoices")
        self.camera.take_narrow("input-invoices-390")
        self.remove_filters()
        rows = page.locator(".o_data_row").count()
        page.locator("thead .o_list_record_selector").click()
        expect(banner).to_contain_text(f"已选 {rows} 份")
        self.camera.take("ticked")
        self.press("抵扣勾选")
        dialog = page.locator(".modal")
        expect(dialog).to_contain_text("可提交份数")
        expect(dialog).to_contain_text("以下发票不可提交")
        count = int(self.read_field("good_count"))
        refused = int(self.read_field("refused_count"))
        assert count and refused and count + refused == rows
        vat = self.read_amount("creditable_vat")
        self.camera.take("select")
        self.press_in_dialog("提交税局")
        expect(page.locator(".o_notification", has_text="正在提交税局")).to_be_visible()
        return count, vat

    def get_current_card(self):
        """The card of the open period; each month of the year has one."""
        cards = self.page.locator(".o_kanban_record", has_text=TAXPAYER["name"])
        return cards.filter(has_text="申报截止")

    def remove_filters(self):
        facets = self.page.locator(".o_searchview_facet")
        # Those that the list opens with: the page before may have the same title.
        expect(facets).to_have_count(3)
        while facets.count():
            before = facets.count()
            facets.first.locator(".o_facet_remove").click()
            expect(facets).to_have_count(before - 1)
        # The list is read anew.
        self.page.wait_for_timeout(1000)
        expect(self.page.locator(".o_data_row").first).to_be_visible()

    def exclude(self, count):
        """Select as not deductible, for another reason, which must be explained."""
        page = self.page
        self.open_menu("进项发票")
        self.remove_filters()
        page.locator(".o_searchview_dropdown_toggler").click()
        with page.expect_response(lambda answer: "web_search_read" in answer.url):
            page.locator(".o_filter_menu").get_by_text("可勾选", exact=True).click()
        page.keyboard.press("Escape")
        expect(page.locator(".o_facet_values")).to_contain_text("可勾选")
        expect(page.locator(".o_data_row").first).to_be_visible()
        # The list is read anew.
        page.wait_for_timeout(1000)
        rows = page.locator(".o_data_row:not(.text-muted)")
        for position in range(count):
            rows.nth(position).locator(".o_list_record_selector").click()
        ticked = page.locator(".o_data_row_selected td[name=full_number]")
        expect(ticked).to_have_count(count)
        numbers = ticked.all_inner_texts()
        self.press("不抵扣勾选")
        dialog = page.locator(".modal")
        dialog.get_by_label("其他").check()
        dialog.get_by_role("button", name="提交税局").click()
        # The explanation is missing, and the page stays until it is given.
        expect(dialog.locator("[name=reason_text].o_field_invalid")).to_be_visible()
        dialog.locator("[name=reason_text] input").fill(EXPLANATION)
        self.camera.take("exclude")
        self.press_in_dialog("提交税局")
        return [number.split()[-1] for number in numbers]

    def build_statistics(self):
        page = self.page
        self.open_menu("税款所属期")
        card = self.get_current_card()
        expect(card).to_contain_text("申报截止")
        self.reload_until(card, r"(?s)^(?!.*批次处理中)")
        card.get_by_role("button", name="生成统计表").click()
        self.reload_until(card, "已生成")
        self.camera.take("periods")
        self.camera.take_narrow("periods-390")
        card.get_by_role("button", name="统计表", exact=True).click()
        expect(page.locator(".o_form_view")).to_contain_text("不抵扣")
        self.camera.take("statistics")

    def sign(self, vat):
        """Sign; the sums are shown once more before."""
        page = self.page
        self.open_menu("税款所属期")
        card = self.get_current_card()
        card.get_by_role("button", name="确认签名").click()
        dialog = page.locator(".modal")
        expect(dialog).to_contain_text(f"{vat:,}")
        self.camera.take("sign")
        self.press_in_dialog("确认签名")
        self.reload_until(card, "已确认签名")
        expect(card).to_contain_text(f"{vat:,}")
        self.camera.take("signed")

    def read_log(self):
        """The rows of the operation log: operation, state and batch number."""
        self.open_menu("税局用票操作日志")
        page = self.page
        expect(page.locator(".o_data_row").first).to_be_visible()
        self.camera.take("log")
        return [
            tuple(
                row.locator(f"td[name={name}]").inner_text()
                for name in ("operation_type", "state", "batch_number")
            )
            for row in page.locator(".o_data_row").all()
        ]

    def open_ledger(self, batch):
        """The ledger behind a batch number: number → creditable VAT. Afterwards the
        page of the batch is open."""
        page = self.page
        page.get_by_text(batch, exact=True).click()
        expect(page.locator(".o_breadcrumb")).to_contain_text("操作台账")
        rows = page.locator(".o_list_view .o_data_row")
        # The rows come after the frame of the list.
        expect(rows.first).to_be_visible()
        self.camera.take("ledger")
        ledger = {}
        for row in rows.all():
            cells = row.inner_text()
            assert "成功" in cells and "已勾选" in cells, cells
            number = row.locator("td[name=number]").inner_text()
            ledger[number] = row.locator("td[name=creditable_vat]").inner_text()
        page.go_back()
        row = page.locator(".o_data_row", has_text=batch)
        row.locator("td[name=operation_type]").click()
        expect(page.locator(".o_form_view")).to_contain_text("处理过程")
        self.camera.take("batch")
        return ledger

    def export(self, folder):
        """Press 导出 on the batch that is open, and keep the workbook."""
        with self.page.expect_download() as waiting:
            self.press("导出")
        path = folder / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return openpyxl.load_workbook(path, read_only=True)


def bureau_time(now):
    """A time inside a filing window whose deadline is also ahead of Odoo's clock."""
    if now.day <= LAST_DAY_TO_START:
        return now
    next_month = now.replace(day=1) + datetime.timedelta(days=32)
    return next_month.replace(day=FILING_DAY, hour=9, minute=0)


def sheet_rows(sheet):
    """The rows of a sheet as dictionaries by the words in its first row."""
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def stack():
    # The program that joins both ports of Odoo is found by this.
    os.environ.setdefault("PYTHONPATH", str(SETUP))
    with Stack() as running:
        control = Control(running.simulator_url)
        now = bureau_time(datetime.datetime.now(demo.BEIJING))
        control.post("clock", now=now.isoformat())
        control.post("settings", job_seconds=0.2)
        demo.seed(control, [TAXPAYER], Accountant.invoices)
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


def test_month_of_an_accountant(stack, page, tmp_path):
    camera = Camera(page, os.environ.get("JOURNEY_PICTURES"))
    person = Accountant(page, stack.url, camera)
    person.log_in()
    person.fetch()
    count, vat = person.select()
    excluded = person.exclude(2)
    person.build_statistics()
    person.sign(vat)

    log = person.read_log()
    assert [row[:2] for row in log] == [
        ("确认签名", "成功"),
        ("生成统计表", "成功"),
        ("不抵扣勾选", "成功"),
        ("抵扣勾选", "成功"),
    ]
    ledger = person.open_ledger(log[-1][2])
    assert len(ledger) == count
    workbook = person.export(tmp_path)
    rows = sheet_rows(workbook["操作台账"])
    assert {
        row["发票号码"]: f"{Decimal(str(row['可抵扣税额'])):,.2f}" for row in rows
    } == ledger
    [batch] = sheet_rows(workbook["操作日志"])
    assert (batch["批次号"], batch["成功份数"]) == (log[-1][2], count)
    assert Decimal(str(batch["可抵扣税额"])) == vat

    state = Control(stack.simulator_url).get("state", tax_number=TAXPAYER["tax_number"])
    confirmed = [row for row in state["invoices"] if row["selection"] == "confirmed"]
    deducted = [row for row in confirmed if row["purpose"] == "deduct"]
    assert {
        row["number"]: f"{Decimal(row['creditable_vat']):,}" for row in deducted
    } == ledger
    assert sum(Decimal(row["creditable_vat"]) for row in deducted) == vat
    assert {
        row["number"]: (row["reason"], row["reason_text"])
        for row in confirmed
        if row["purpose"] == "exclude"
    } == {number: ("5", EXPLANATION) for number in excluded}
    assert all(row["effective_selections"] == 1 for row in confirmed)
