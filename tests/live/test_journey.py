"""An accountant's month, done by hand in a real browser and in Chinese.

Fetch, select, exclude, statistics, signature, log, ledger, export: a real Odoo with
cron workers, the simulated bureau beside it, and Chromium in front. At the end the
bureau must hold what the screens have shown. With ``JOURNEY_PICTURES`` set to a
folder the pages are kept there as pictures (``setup/screenshots`` does that).
"""

import datetime
import os
import re
import shutil
import time
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from environment import demo
from environment.clients import Control
from environment.folders import SETUP
from environment.ports import free_port
from environment.stack import Stack

BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE = {"width": 1400, "height": 900}
NARROW = {"width": 390, "height": 844}
PICTURE_BYTES = 200_000
PATIENCE = 90  # seconds for what the cron workers do
PAGE_PATIENCE = 30_000  # milliseconds; the first page compiles the assets
TAXPAYER = demo.TAXPAYERS[0]
INVOICES = 300
EXPLANATION = "样品赠送客户"
# Days of a month on which its filing window is still open for long enough.
LAST_DAY_TO_START = 10
FILING_DAY = 3

expect.set_options(timeout=PAGE_PATIENCE)


class Camera:
    """Keeps pages as small pictures; does nothing without a folder."""

    def __init__(self, page, folder):
        self._page, self._folder = page, folder and Path(folder)

    def take(self, name):
        """Keep what the page shows now, once nothing moves on it any more."""
        if not self._folder:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{name}.png"
        self._page.mouse.move(0, 0)
        self._page.wait_for_timeout(500)
        self._page.screenshot(
            path=path,
            animations="disabled",
            style=".o_notification_manager {visibility: hidden}",
        )
        with Image.open(path) as picture:
            small = picture.convert("RGB").quantize(128)
        small.save(path, optimize=True)
        assert path.stat().st_size < PICTURE_BYTES, f"{path.name} is too large"

    def take_narrow(self, name):
        """Keep what the page shows on a telephone."""
        page = self._page
        page.set_viewport_size(NARROW)
        page.reload()
        expect(page.locator(".o_data_row, .o_kanban_record").first).to_be_visible()
        # Tables may be scrolled, the page itself must not be wider than the screen.
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= NARROW["width"], f"{name} is {width} pixels wide"
        self.take(name)
        page.set_viewport_size(WIDE)
        page.reload()


class Accountant:
    """A person in front of the web client, who reads Chinese."""

    def __init__(self, page, address, camera):
        self.page, self.address, self.camera = page, address, camera

    def log_in(self):
        page = self.page
        page.goto(f"{self.address}/web/login")
        page.fill("input[name=login]", demo.ACCOUNTANT["login"])
        page.fill("input[name=password]", demo.ACCOUNTANT["password"])
        page.click(".oe_login_form button[type=submit]")
        expect(page.locator(".o_web_client")).to_be_visible()
        page.goto(f"{self.address}/odoo/tax-periods")
        # Nobody may take these figures for real ones.
        expect(page.locator(".o_menu_systray")).to_contain_text("模拟环境")

    def open_menu(self, name):
        """Open an entry of 发票服务; the page has the same name."""
        page = self.page
        page.locator(".o_menu_sections").get_by_text("发票服务", exact=True).click()
        page.get_by_role("menuitem", name=name, exact=True).click()
        title = page.locator(
            ".o_breadcrumb .active, .o_breadcrumb .o_last_breadcrumb_item"
        )
        expect(title.first).to_contain_text(name)

    def press(self, name):
        """Press a button by what is written on it."""
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def press_in_dialog(self, name):
        dialog = self.page.locator(".modal")
        dialog.get_by_role("button", name=name, exact=True).click()
        expect(dialog).to_be_hidden()

    def reload_until(self, locator, text):
        """Look again, as a person does, until the page says so."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.page.reload()
            expect(locator).to_be_visible()
            self.page.wait_for_timeout(1000)
            if re.search(text, locator.inner_text()):
                return
        raise AssertionError(f"{text} never came; there is: {locator.inner_text()}")

    def read_field(self, name):
        """The value of a field of the form that is open (of the dialog, if any)."""
        return self.page.locator(f"[name={name}]").last.inner_text().strip()

    def read_amount(self, name):
        return Decimal(self.read_field(name).replace(",", ""))

    # === THE MONTH === #

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
        self.reload_until(counter, rf"\b{INVOICES}\b")
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
        page.locator(".o_filter_menu").get_by_text("可勾选", exact=True).click()
        page.keyboard.press("Escape")
        expect(page.locator(".o_facet_values")).to_contain_text("可勾选")
        expect(page.locator(".o_data_row").first).to_be_visible()
        rows = page.locator(".o_data_row:not(.text-muted)")
        numbers = []
        for position in range(count):
            row = rows.nth(position)
            numbers.append(row.locator("td[name=full_number]").inner_text())
            row.locator(".o_list_record_selector").click()
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


def find_browser():
    """A missing browser is an error: nobody would notice a test that is skipped."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    raise AssertionError("No Chromium on the PATH; install it and start again.")


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
        demo.seed(control, [TAXPAYER], INVOICES)
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


@pytest.fixture
def page():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(), args=list(ARGUMENTS)
        )
        context = browser.new_context(
            viewport=WIDE,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            accept_downloads=True,
        )
        yield context.new_page()
        browser.close()


def test_month_of_an_accountant(stack, page, tmp_path):
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda message: (
            problems.append(message.text) if message.type == "error" else None
        ),
    )
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
    assert problems == []
