"""Customer invoices are issued, as a person does it, and cron workers do the rest.

One company for each taxpayer, licensed, so that each has a lane of its own and as many
workers talk at the same time. The tests drive it; what has come of it is compared by
``issuing_comparison``.
"""

import json
import time
from pathlib import Path

from . import demo
from .clients import Browser, Control
from .failure import SetupFailure

ANSWERS_WITHIN = 240  # seconds for all that was asked for, restarts included
CLICK = 200  # invoices of one click
ACCOUNTANT = {
    "name": "李开票",
    "login": "issuer",
    "password": "issuer-password",
    "lang": "zh_CN",
    "groups": [
        "account.group_account_user",
        "invoice_tax_leqi.group_issuing_clerk",
    ],
}
TAXPAYERS = tuple(
    {"tax_number": number, "name": name, "taxpayer_type": "general"}
    for number, name in (
        ("91110105MA0TE5T019", "北京示例科技有限公司"),
        ("91440300MA5TE5T031", "深圳示例咨询有限公司"),
        ("91330108MA2TE5T040", "杭州示例软件有限公司"),
        ("91500112MA6TE5T05M", "重庆示例机械有限公司"),
    )
)
# States in which nothing happens any more by itself.
OVER = "('success', 'failed', 'discarded', 'withdrawn')"
OPEN_TASKS = (
    "invoice_tax_upload",
    "invoice_tax_issue_task",
    "invoice_tax_red_form",
    "invoice_tax_quota_task",
    "invoice_tax_draw",
)
_SCRIPT = Path(__file__).with_name("issuing_odoo.py")


class IssuingJob:
    """Prepared companies, and an accountant who issues for them.

    :param stack: a started stack
    :param disturbance: called again and again while Odoo works
    """

    def __init__(self, stack, taxpayers=TAXPAYERS, disturbance=None):
        self.stack = stack
        self.control = Control(stack.simulator_url)
        self.taxpayers = taxpayers
        self.invoices, self.companies = {}, {}
        self.person = None
        self._disturbance = disturbance

    @property
    def numbers(self):
        """Tax numbers of those who issue."""
        return [taxpayer["tax_number"] for taxpayer in self.taxpayers]

    def prepare(self, each, **connection):
        """Seed the bureau, file the last period, and post so many invoices for each.

        :param connection: further values of the connections
        """
        self.control.post("settings", job_seconds=0, quota_gate_seconds=0)
        demo.seed(self.control, self.taxpayers, 0)
        self.file_last_period()
        self.add_invoices(each, **connection)

    def file_last_period(self):
        """File what is due, where the bureau has not moved on by itself: before that
        the quota is valid until the deadline of the month only."""
        running = self.control.get("clock")["now"][:7].replace("-", "")
        for taxpayer in self.control.get("state")["taxpayers"]:
            if taxpayer["period"] < running:
                self.control.post("file", tax_number=taxpayer["tax_number"])

    def add_invoices(self, each, **connection):
        """Post further invoices; Odoo need not run."""
        common = {"poll_interval": 0, **connection}
        parameters = {
            "connection": demo.connections(self.stack, **common)["leqi"],
            "license_connection": demo.license_connection(self.stack),
            "taxpayers": self.taxpayers,
            "invoices": each,
            "accountant": ACCOUNTANT,
        }
        text = json.dumps(parameters)
        script = _SCRIPT.read_text(encoding="utf-8")
        output = self.stack.odoo_shell(f"PARAMETERS = {text!r}\n{script}")
        answer = json.loads(output.strip().splitlines()[-1])
        self.invoices, self.companies = answer["invoices"], answer["companies"]

    def log_in(self):
        """Let the accountant log in to the web client; Odoo runs now."""
        self.person = Browser(self.stack, ACCOUNTANT["login"], ACCOUNTANT["password"])

    # === STEPS === #

    def download_quota(self):
        """Let the daily run read the quota of each, and download its share."""
        self._trigger_daily()
        self._wait(lambda: self._count_quotas() >= len(self.taxpayers))

    def _trigger_daily(self):
        self.stack.execute(
            "INSERT INTO ir_cron_trigger (cron_id, call_at)"
            " SELECT res_id, NOW() AT TIME ZONE 'UTC' FROM ir_model_data"
            " WHERE module = 'invoice_tax_leqi' AND name = 'ir_cron_daily'"
        )
        self.stack.wake_cron_workers()

    def _count_quotas(self):
        [(count,)] = self.stack.execute(
            "SELECT COUNT(*) FROM invoice_tax_quota WHERE downloaded > 0"
        )
        return count

    def issue(self):
        """The accountant presses the button, a list full of invoices at a time."""
        for number, ids in self.invoices.items():
            context = {
                "lang": "zh_CN",
                "allowed_company_ids": [self.companies[number]],
            }
            for start in range(0, len(ids), CLICK):
                action = self.person.call(
                    "account.move",
                    "action_issue_digital_invoice",
                    ids[start : start + CLICK],
                    context=context,
                )
                if action.get("tag") != "display_notification":
                    raise SetupFailure(f"The invoices could not be issued: {action}")

    def wait(self):
        """Wait until every request is over; SetupFailure when that never comes."""
        self._wait(lambda: True)

    def _wait(self, begun):
        deadline = time.monotonic() + ANSWERS_WITHIN
        while time.monotonic() < deadline:
            if self._disturbance:
                self._disturbance()
            if begun() and not self.count_open():
                return
            time.sleep(0.3)
        raise SetupFailure(
            f"{self.count_open()} requests are still open after {ANSWERS_WITHIN} s: "
            f"{self.describe_open()}; the logs are in {self.stack.logs}."
        )

    def count_open(self):
        """How many issue requests and tasks are not over."""
        parts = [f"SELECT 1 FROM invoice_tax_issue WHERE state NOT IN {OVER}"]
        parts += [f"SELECT 1 FROM {table} WHERE step <> 'done'" for table in OPEN_TASKS]
        [(count,)] = self.stack.execute(
            f"SELECT COUNT(*) FROM ({' UNION ALL '.join(parts)}) open"
        )
        return count

    def describe_open(self):
        """What is open, in words, for a person who has to find out why."""
        rows = self.stack.execute(
            "SELECT state, result_code, raw_text, COUNT(*) FROM invoice_tax_issue"
            f" WHERE state NOT IN {OVER} GROUP BY 1, 2, 3"
        )
        lanes = self.stack.execute(
            "SELECT trouble_code, trouble_text, paused_until FROM invoice_tax_lane"
            " WHERE trouble_code IS NOT NULL"
        )
        return f"issues {rows}, lanes {lanes}"
