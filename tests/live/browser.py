"""A real Chromium in front of Odoo, and a person who uses it in Chinese."""

import re
import shutil
import time
from decimal import Decimal
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from environment import demo

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
PICTURE_BYTES = 120_000
PATIENCE = 90  # seconds for what the cron workers do
PAGE_PATIENCE = 30_000  # milliseconds; the first page compiles the assets

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


class Person:
    """Somebody in front of the web client, who reads Chinese."""

    user = demo.ACCOUNTANT
    simulated = "模拟环境"

    def __init__(self, page, address, camera):
        self.page, self.address, self.camera = page, address, camera

    def log_in(self):
        page = self.page
        page.goto(f"{self.address}/web/login")
        page.fill("input[name=login]", self.user["login"])
        page.fill("input[name=password]", self.user["password"])
        page.click(".oe_login_form button[type=submit]")
        expect(page.locator(".o_web_client")).to_be_visible()
        page.goto(f"{self.address}/odoo/tax-periods")
        # Nobody may take these figures for real ones.
        expect(page.locator(".o_menu_systray")).to_contain_text(self.simulated)

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


def find_browser():
    """A missing browser is an error: nobody would notice a test that is skipped."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    raise AssertionError("No Chromium on the PATH; install it and start again.")
