import io

import openpyxl

from odoo.tests import HttpCase, tagged

from .common import OWN
from .tours import ChineseTourMixin


@tagged("post_install", "-at_install")
class TestTours(ChineseTourMixin, HttpCase):
    """The pages of the input invoices."""

    def select(self, invoices):
        operation = self.submit("deduct", invoices)
        self.dispatch()
        return operation

    def test_fetch(self):
        for _position in range(2):
            self.bureau.add_invoice(OWN, self.next_number())
        self.start("tax-taxpayers", "fetch")
        found = self.env["invoice.tax.input.invoice"].search(
            [("taxpayer_id", "=", self.taxpayer.id)]
        )
        self.assertEqual(len(found), 2)
        self.assertStands(found, "unselected")

    def test_select(self):
        good = self.add_invoices(3)
        bad = self.add_invoices(1, status="out_of_control", raw_status="1")
        self.start("tax-invoices", "select")
        self.assertStands(good, "selected", "deduct")
        self.assertStands(bad, "unselected")

    def test_refusal(self):
        """A refusal is a sentence on the screen, not a program error."""
        invoices = self.add_invoices(1)
        self.open_period(statistics_status="02")
        self.start("tax-invoices", "refusal")
        self.assertStands(invoices, "unselected")

    def test_exclude(self):
        invoices = self.add_invoices(2)
        self.start("tax-invoices", "exclude")
        self.assertStands(invoices[1], "selected", "exclude")
        self.assertEqual(invoices[1].reason, "5")
        self.assertEqual(invoices[1].reason_text, "样品赠送客户")
        self.assertStands(invoices[0], "unselected")

    def test_import(self):
        invoices = self.add_invoices(4)
        self._offer_workbook(
            ("数电票号码", "有效抵扣税额", "是否勾选"),
            (invoices[0].number, 13, "是"),
            (invoices[1].number, 6.5, "是"),
            ("2.6442E+19", 13, "是"),
            (invoices[2].number, 13, "也许"),
            (invoices[3].number, 13.01, "是"),
        )
        self.start("tax-invoices", "import")
        self.assertStands(invoices[:2], "selected", "deduct")
        self.assertStands(invoices[2:], "unselected")
        self.assertEqual(invoices[1].creditable_vat, 6.5)

    def test_row_C6_download_and_upload(self):
        invoices = self.add_invoices(2)
        taken = self.add_invoices(
            1, selection="selected", purpose="deduct", period="202610"
        )
        self._offer_workbook(
            ("是否勾选", "发票代码", "发票号码"),
            ("是", None, invoices[0].number),
            ("是", None, invoices[1].number),
        )
        self.start("tax-invoices", "download_upload")
        export = self.env["invoice.tax.export"].search(
            [("res_model", "=", "invoice.tax.download.wizard")]
        )
        self.assertEqual(export.create_uid, self.clerk, "nothing was downloaded")
        self.assertStands(invoices | taken, "selected", "deduct")

    def _offer_workbook(self, *rows):
        """What lies on the accountant's disk; the browser gets it from here."""
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        content = io.BytesIO()
        book.save(content)
        self.env["ir.attachment"].create(
            {
                "name": "tax_service_tour.xlsx",
                "url": "/tax_service_tour.xlsx",
                "public": True,
                "raw": content.getvalue(),
            }
        )

    def test_statistics_and_signature(self):
        invoices = self.add_invoices(2)
        self.select(invoices)
        self.start("tax-periods", "statistics_sign")
        self.assertStands(invoices, "confirmed", "deduct")
        period = self.taxpayer.current_period_id
        self.assertEqual(period.state, "signed")
        self.assertEqual(period.confirmed_vat, 26.0)

    def test_log_ledger_and_export(self):
        invoices = self.add_invoices(3)
        self.bureau.results[invoices[2].number] = "abnormal"
        operation = self.select(invoices)
        self.start("tax-operations", "log_ledger_export")
        export = self.env["invoice.tax.export"].search(
            [("res_model", "=", "invoice.tax.operation.line")]
        )
        self.assertEqual(
            (export.create_uid, export.res_domain, export.res_order),
            (self.clerk, [["operation_id", "in", operation.ids]], "number ASC"),
            "the list was not exported as it was shown",
        )
        self.authenticate(self.clerk.login, self.clerk.login)
        answer = self.url_open(operation.action_export()["url"])
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        ledger = list(book.worksheets[1].iter_rows(min_row=2, values_only=True))
        for invoice, row in zip(invoices, ledger, strict=True):
            self.assertIn(invoice.number, row)
