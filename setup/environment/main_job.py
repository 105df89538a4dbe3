"""The main job, done by those who do it: cron workers, a person, a program.

Fetch, select by workbook, by program and by posted bills, exclude, statistics,
signature, reading back, for a taxpayer over each channel at the same time. The
check of the set-up and the tests drive it; what has come of it is compared by
``comparison``.
"""

import base64
import decimal
import io
import time

from . import demo
from .clients import Browser, Control, ExternalProgram
from .failure import SetupFailure

ANSWERS_WITHIN = 150  # seconds for one step, restarts included
# Shares of the selectable invoices; what is left stays unselected.
SHARES = {"workbook": 0.35, "program": 0.25, "bills": 0.15, "exclude": 0.15}
OPEN_WORK = (
    ("invoice.tax.operation", [("state", "in", ["waiting", "processing"])]),
    ("invoice.tax.request", [("step", "!=", "done")]),
    ("invoice.tax.fetch", [("step", "!=", "done")]),
)
CRONS = {
    "fetch": "ir_cron_fetch",
    "bills": "ir_cron_select_by_bill",
}
# Methods of the main job, in their order.
STEPS = (
    "fetch",
    "select_by_workbook",
    "select_by_program",
    "exclude",
    "select_by_bills",
    "build_statistics",
    "sign",
    "read_back",
)
INVOICE_FIELDS = (
    "number code issue_date seller_tax_number seller_name net_amount vat_amount "
    "gross_amount creditable_vat"
).split()
HEADERS = (
    "数电票号码",
    "发票代码",
    "发票号码",
    "开票日期",
    "税额",
    "有效抵扣税额",
    "是否勾选",
)


class MainJob:
    """The steps, in their order; each returns how many invoices it concerned.

    :param stack: a started stack
    :param int invoices: of all taxpayers together
    :param disturbance: called again and again while Odoo works
    :param taxpayers: dictionaries like ``demo.TAXPAYERS``
    """

    def __init__(self, stack, invoices=500, disturbance=None, taxpayers=None):
        self.stack = stack
        self.control = Control(stack.simulator_url)
        self.taxpayers = taxpayers or demo.TAXPAYERS[:2]
        self.program = self.person = None
        self._invoices, self._disturbance = invoices, disturbance
        self._ids = {}
        self._parts = {}

    # === BEFORE === #

    def prepare(self, job_seconds=0.5, poll_interval=1, **connection):
        """Seed the bureau, set up connections, taxpayers and an accountant.

        :param connection: further values of the connections
        """
        if not self.control.get("state")["taxpayers"]:
            demo.set_clock(self.control)
        self.control.post("settings", job_seconds=job_seconds)
        each = self._invoices // len(self.taxpayers)
        demo.seed(self.control, self.taxpayers, each)
        answer = demo.run_in_odoo(
            self.stack,
            connections=demo.connections(
                self.stack, poll_interval=poll_interval, **connection
            ),
            license_connection=demo.license_connection(self.stack),
            taxpayers=[
                demo.odoo_taxpayer(taxpayer, is_selecting_by_bill=True)
                for taxpayer in self.taxpayers
            ],
            accountant=demo.ACCOUNTANT,
            with_key=True,
        )
        self.program = ExternalProgram(self.stack, answer["key"])
        return each * len(self.taxpayers)

    def log_in(self):
        """Let the accountant log in to the web client; Odoo runs now."""
        accountant = demo.ACCOUNTANT
        self.person = Browser(self.stack, accountant["login"], accountant["password"])
        rows = self.program.read("invoice.tax.taxpayer", [], ["tax_number"])
        self._ids = {row["tax_number"]: row["id"] for row in rows}

    # === STEPS === #

    def fetch(self):
        """Have the cron workers read the pool."""
        self._run_cron("fetch")
        for number in self._numbers():
            self._divide(number)
        return self._count_invoices()

    def select_by_workbook(self):
        """A person uploads a workbook for each taxpayer, looks, and submits."""
        count = 0
        for number in self._numbers():
            part = self._parts[number]["workbook"]
            wizard = self.person.call(
                "invoice.tax.import.wizard",
                "create",
                {
                    "taxpayer_id": self._ids[number],
                    "filename": "批量勾选.xlsx",
                    "workbook": base64.b64encode(make_workbook(part)).decode(),
                },
            )
            self._check_wizard(wizard, len(part))
            self.person.press("invoice.tax.import.wizard", "action_submit", wizard)
            count += len(part)
        self._wait()
        return count

    def select_by_program(self):
        """A program submits through JSON-2, and each request once again."""
        return self._submit_parts(
            "program",
            "deduct",
            lambda index, row: {"creditable_vat": get_creditable_vat(index, row)},
        )

    def exclude(self):
        """A program selects invoices as not deductible, with all five reasons."""
        return self._submit_parts("exclude", "exclude", _get_reason)

    def select_by_bills(self):
        """A person posts vendor bills; the cron rule selects their invoices."""
        rows = [
            row for number in self._numbers() for row in self._parts[number]["bills"]
        ]
        vendor = self.person.call("res.partner", "create", {"name": "供应商"})
        bills = self.person.call(
            "account.move", "create", [make_bill(row, vendor) for row in rows]
        )
        self.person.call("account.move", "action_post", bills)
        self._run_cron("bills")
        return len(bills)

    def build_statistics(self):
        """The person generates the statistics table of each taxpayer."""
        for number in self._numbers():
            self.person.press(
                "invoice.tax.period", "action_build_statistics", self._period(number)
            )
        self._wait()
        return len(self.taxpayers)

    def sign(self):
        """The person signs; the page that asks once more is answered."""
        for number in self._numbers():
            page = self.person.press(
                "invoice.tax.period", "action_sign", self._period(number)
            )
            self.person.press(page["res_model"], "action_sign", page["res_id"])
        self._wait()
        return len(self.taxpayers)

    def read_back(self):
        """Fetch again, so that Odoo shows what the bureau holds in the end."""
        self._run_cron("fetch")
        return self._count_invoices()

    def run(self, before_step=None):
        """Do all steps.

        :param before_step: called with the name of each step
        """
        for step in STEPS:
            if before_step:
                before_step(step)
            getattr(self, step)()

    # === PARTS === #

    def wishes(self):
        """How every invoice that was selected has to stand in the end.

        :return: (tax number, number, code) → (purpose, creditable VAT, reason)
        """
        wishes = {}
        for tax_number, parts in self._parts.items():
            for name, rows in parts.items():
                for index, row in enumerate(rows):
                    key = (tax_number, row["number"], row["code"] or "")
                    wishes[key] = _get_wish(name, index, row)
        return wishes

    def _divide(self, tax_number):
        """Give each way of selecting its share of what can be selected."""
        rows = self.program.read(
            "invoice.tax.input.invoice",
            [
                ("taxpayer_id.tax_number", "=", tax_number),
                ("is_selectable", "=", True),
                ("status", "=", "normal"),
                ("net_amount", ">", 0),
            ],
            INVOICE_FIELDS,
        )
        if len(rows) < 20:
            raise SetupFailure(
                f"Odoo holds only {len(rows)} selectable invoices of {tax_number} "
                "after the fetch; the reason is in its operation log."
            )
        parts, start = {}, 0
        for name, share in SHARES.items():
            end = start + int(len(rows) * share)
            parts[name], start = rows[start:end], end
        self._parts[tax_number] = parts

    def _submit_parts(self, name, operation_type, extra):
        count = 0
        for number in self._numbers():
            part = self._parts[number][name]
            arguments = {
                "tax_number": number,
                "operation_type": operation_type,
                "period": self._read_period(number)["name"],
                "request_number": f"{name}-{number}",
                "invoices": [
                    {
                        "number": row["number"],
                        "code": row["code"] or "",
                        **extra(index, row),
                    }
                    for index, row in enumerate(part)
                ],
            }
            model = "invoice.tax.operation"
            first = self.program.call(model, "submit_batch", **arguments)
            again = self.program.call(model, "submit_batch", **arguments)
            if first["batch_number"] != again["batch_number"]:
                raise SetupFailure(
                    f"Request {arguments['request_number']}, sent twice, made the "
                    f"batches {first['batch_number']} and {again['batch_number']}."
                )
            count += len(part)
        self._wait()
        return count

    def _check_wizard(self, wizard, rows):
        self.person.press("invoice.tax.import.wizard", "action_check", wizard)
        fields = ["select_count", "error_count", "problem"]
        [seen] = self.person.call("invoice.tax.import.wizard", "read", [wizard], fields)
        if seen["select_count"] != rows or seen["error_count"] or seen["problem"]:
            raise SetupFailure(
                f"A workbook of {rows} good rows was understood as {seen}."
            )

    # === ODOO === #

    def _numbers(self):
        return [taxpayer["tax_number"] for taxpayer in self.taxpayers]

    def _read_period(self, tax_number):
        [row] = self.program.read(
            "invoice.tax.period",
            [("taxpayer_id.tax_number", "=", tax_number), ("is_current", "=", True)],
            ["name", "statistics_status"],
        )
        return row

    def _period(self, tax_number):
        return self._read_period(tax_number)["id"]

    def _count_invoices(self):
        domain = [("taxpayer_id.tax_number", "in", self._numbers())]
        return self.program.count("invoice.tax.input.invoice", domain)

    def _run_cron(self, name):
        """Wake the cron workers for one scheduled action, as ``_trigger`` does, and
        wait until it was run and nothing is open any more."""
        self.stack.execute(
            "INSERT INTO ir_cron_trigger (cron_id, call_at)"
            " SELECT res_id, NOW() AT TIME ZONE 'UTC' FROM ir_model_data"
            " WHERE module = 'invoice_tax_service' AND name = %s",
            [CRONS[name]],
        )
        self.stack.wake_cron_workers()
        self._wait(lambda: not self._is_triggered(name))

    def _is_triggered(self, name):
        # A trigger goes away with the commit at the end of the run.
        return self.stack.execute(
            "SELECT 1 FROM ir_cron_trigger trigger JOIN ir_model_data data"
            " ON data.res_id = trigger.cron_id AND data.model = 'ir.cron'"
            " WHERE data.module = 'invoice_tax_service' AND data.name = %s",
            [CRONS[name]],
        )

    def _wait(self, begun=None):
        """Wait until nothing is open any more; SetupFailure when it never ends.

        :param begun: says whether the work that is waited for has begun
        """
        deadline = time.monotonic() + ANSWERS_WITHIN
        while time.monotonic() < deadline:
            if self._disturbance:
                self._disturbance()
            if (not begun or begun()) and not self.open_work():
                return
            time.sleep(0.2)
        raise SetupFailure(
            f"Odoo did not end its work within {ANSWERS_WITHIN} s: "
            f"{self.describe_open_work()}; its logs are in {self.stack.logs}."
        )

    def open_work(self):
        """How many operations, requests and readings are not over."""
        return sum(self.program.count(model, domain) for model, domain in OPEN_WORK)

    def describe_open_work(self):
        """The open work in words, for a person who has to find out why."""
        texts = []
        for model, domain in OPEN_WORK[1:]:
            fields = "step state attempts next_attempt_at result_code raw_text"
            for row in self.program.read(model, domain, fields.split()):
                texts.append(f"{model} {row}")
        for row in self.program.read(
            "invoice.tax.lane", [], ["trouble", "paused_until", "is_stopped"]
        ):
            texts.append(f"lane {row}")
        return "; ".join(texts)


def make_workbook(rows):
    """Return an xlsx as a person fills it in: the pool, with 是 in the last column."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("批量勾选")
    sheet.append(HEADERS)
    for index, row in enumerate(rows):
        digital = not row["code"]
        sheet.append(
            [
                row["number"] if digital else None,
                row["code"] or None,
                None if digital else row["number"],
                row["issue_date"],
                row["vat_amount"],
                float(get_creditable_vat(index, row)),
                "是",
            ]
        )
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def get_creditable_vat(index, row):
    """Return the creditable VAT of a wish: of every fifth only a half, as text."""
    amount = decimal.Decimal(str(row["vat_amount"]))
    if index % 5 == 4:
        amount = (amount / 2).quantize(decimal.Decimal("0.01"))
    return f"{amount:.2f}"


def make_bill(row, vendor):
    """Return the values of a vendor bill over an input invoice."""
    line = {"name": "采购", "price_unit": row["gross_amount"], "tax_ids": []}
    return {
        "move_type": "in_invoice",
        "partner_id": vendor,
        "invoice_date": row["issue_date"],
        "ref": row["number"],
        "input_invoice_number": row["number"],
        "input_invoice_code": row["code"],
        "invoice_line_ids": [(0, 0, line)],
    }


def _get_reason(index, _row):
    reason = str(index % 5 + 1)
    return {"reason": reason, "reason_text": "样品赠送" if reason == "5" else ""}


def _get_wish(part, index, row):
    if part == "exclude":
        return "exclude", None, _get_reason(index, row)["reason"]
    if part == "bills":
        return "deduct", f"{row['vat_amount']:.2f}", ""
    return "deduct", get_creditable_vat(index, row), ""
