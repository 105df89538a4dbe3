"""Whole systems of real processes, on scratch databases and free ports."""

import pytest
from browser import ARGUMENTS, WIDE, find_browser
from playwright.sync_api import sync_playwright

from environment import comparison, main_job
from environment.stack import Stack


class Live:
    """A running system in which main jobs are done.

    :ivar stack: the processes
    """

    def __init__(self, stack):
        self.stack = stack

    def prepare_job(self, invoices, disturbance=None, taxpayers=None, **connection):
        """A main job whose taxpayers are known at the bureau and in Odoo; Odoo runs,
        one server of it unless more were started."""
        job = main_job.MainJob(self.stack, invoices, disturbance, taxpayers)
        job.prepare(job_seconds=0, poll_interval=0, **connection)
        if not self.stack.servers:
            self.stack.start_odoo(workers=2, cron_threads=2)
        job.log_in()
        return job

    def do_job(self, invoices, **options):
        """A main job that is done, with its differences."""
        job = self.prepare_job(invoices, **options)
        job.run()
        return job, comparison.compare(job)


@pytest.fixture(scope="module")
def live():
    """A running system for the tests of one module."""
    with Stack() as stack:
        yield Live(stack)
        # Nothing of a scratch system has to be kept, so its end may be quick.
        stack.kill_odoo()


@pytest.fixture
def page():
    """A page of Chromium in Chinese; nothing may go wrong in it unseen."""
    problems = []

    def note(message):
        if message.type == "error":
            problems.append(message.text)

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
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", note)
        yield page
        browser.close()
    assert problems == []
