import io
import json
import re
from urllib.parse import unquote

import openpyxl

from odoo.http import Request
from odoo.tests import HttpCase, tagged

from .common import TaxServiceMixin


@tagged("post_install", "-at_install")
class TestExport(TaxServiceMixin, HttpCase):
    """Log and ledger as a workbook: numbers are text, amounts are numbers, and no
    text of anybody's becomes a formula. Only who may read may download."""

    def _download(self, action, login="tax_clerk", status=200):
        self.authenticate(login, login)
        response = self.url_open(action["url"])
        self.assertEqual(response.status_code, status)
        if status != 200:
            return None
        self.assertIn("attachment", response.headers["Content-Disposition"])
        return openpyxl.load_workbook(io.BytesIO(response.content))

    def _batch(self):
        invoices = self.add_invoices(2, seller_name="=HYPERLINK(1)")
        invoices |= self.merge(
            [
                self.bureau.add_invoice(
                    self.taxpayer.tax_number,
                    "02630221",
                    code="4403192130",
                    type_code="01",
                    seller_name="+86 供应商",
                )
            ]
        )
        self.bureau.results[invoices[1].number] = "abnormal"
        batch = self.submit("deduct", invoices)
        self.dispatch()
        return batch, invoices

    def _column(self, sheet, header):
        [column] = [column for column in sheet.iter_cols() if column[0].value == header]
        return column[1:]

    def _ledger(self, book, batch):
        sheet = book.worksheets[1]
        count = len(batch.line_ids)
        return {
            header: self._column(sheet, header)[:count]
            for header in (
                "Batch Number",
                "Invoice Code",
                "Invoice Number",
                "Seller",
                "VAT",
                "Creditable VAT",
                "Result",
            )
        }

    def test_row_O6_log_and_ledger(self):
        batch, _invoices = self._batch()
        book = self._download(batch.action_export())
        self.assertEqual(len(book.worksheets), 2)
        log = book.worksheets[0]
        self.assertEqual(self._column(log, "Batch Number")[0].value, batch.batch_number)
        self.assertEqual(
            [
                self._column(log, header)[0].value
                for header in ("Total Invoices", "Succeeded", "Failed Invoices")
            ],
            [3, 2, 1],
        )
        self.assertEqual(
            self._column(log, "Tax Number")[0].value, self.taxpayer.tax_number
        )
        cells = self._ledger(book, batch)
        self.assertEqual(
            {cell.value for cell in cells["Batch Number"]}, {batch.batch_number}
        )
        self.assertIn("abnormal", str(cells["Result"][1].value))

    def test_row_O6_numbers_are_text_cells(self):
        batch, invoices = self._batch()
        cells = self._ledger(self._download(batch.action_export()), batch)
        self.assertEqual(
            [(cell.value, cell.data_type) for cell in cells["Invoice Number"]],
            [(number, "s") for number in invoices.mapped("number")],
            "Excel would round the number",
        )
        self.assertEqual(cells["Invoice Code"][2].value, "4403192130")
        self.assertEqual(cells["Invoice Code"][2].data_type, "s")

    def test_row_O6_amounts_are_numbers(self):
        batch, _invoices = self._batch()
        cells = self._ledger(self._download(batch.action_export()), batch)
        for header in ("VAT", "Creditable VAT"):
            self.assertEqual(
                [(cell.value, cell.data_type) for cell in cells[header]],
                [(13, "n")] * 3,
                "nobody can sum it up",
            )

    def test_text_does_not_become_a_formula(self):
        batch, invoices = self._batch()
        for book in (
            self._download(batch.action_export()),
            self._download(invoices.action_export()),
        ):
            sellers = 0
            for sheet in book.worksheets:
                for row in sheet.iter_rows():
                    for cell in row:
                        self.assertFalse(
                            cell.data_type == "f" and "HYPERLINK" in str(cell.value),
                            f"{cell.coordinate} holds a formula of the seller's",
                        )
                        sellers += "HYPERLINK" in str(cell.value or "")
            self.assertEqual(sellers, 2, "the name is not shown")

    def test_input_invoices_can_be_uploaded_again(self):
        import base64

        _batch, invoices = self._batch()
        self.authenticate("tax_clerk", "tax_clerk")
        content = self.url_open(invoices.action_export()["url"]).content
        wizard = (
            self.env["invoice.tax.import.wizard"]
            .with_user(self.clerk)
            .create(
                {
                    "taxpayer_id": self.taxpayer.id,
                    "workbook": base64.b64encode(content),
                    "filename": "input.xlsx",
                }
            )
        )
        wizard.action_check()
        self.assertFalse(wizard.problem)
        self.assertEqual(
            (wizard.unchanged_count, wizard.skipped_count, wizard.error_count),
            (2, 1, 0),
        )

    def _get_name(self, response):
        [name] = re.findall(
            r"filename\*=UTF-8''(.+)", response.headers["Content-Disposition"]
        )
        return unquote(name)

    def _export(self, kind, records, **values):
        """Export a list as the web client's own menu does."""
        data = {
            "model": records._name,
            "fields": [{"name": "display_name", "label": "Name", "type": "char"}],
            "ids": records.ids,
            "domain": [],
            "import_compat": False,
            "context": {"lang": "zh_CN", "allowed_company_ids": self.company.ids},
            **values,
        }
        form = {"data": json.dumps(data), "csrf_token": Request.csrf_token(self)}
        return self._get_name(self.url_open(f"/web/export/{kind}", form))

    def _get_all_names(self):
        """The names of the files of every way out."""
        batch, invoices = self._batch()
        names = []
        for records in (self.taxpayer, batch, batch.line_ids, invoices):
            for kind in ("xlsx", "csv"):
                names.append(self._export(kind, records))
                names.append(self._export(kind, records, ids=False))
        # The last one is of a list of which nothing is ticked.
        listed = invoices.browse().with_context(active_domain=[])
        for records in (batch, invoices, listed):
            url = records.action_export()["url"]
            names.append(self._get_name(self.url_open(url)))
        return names

    def _log_in(self):
        self.clerk.sudo().group_ids += self.env.ref("base.group_allow_export")
        self.authenticate("tax_clerk", "tax_clerk")

    def test_row_X4_name_of_a_simulated_file(self):
        self._log_in()
        for name in self._get_all_names():
            with self.subTest(name):
                self.assertRegex(name, r" \(simulated\)\.(xlsx|csv)$")
        # A list that has nothing to do with taxpayers.
        name = self._export("xlsx", self.clerk.partner_id)
        self.assertNotIn("simulated", name)

    def test_row_X4_name_of_a_real_file(self):
        self.connection.write(
            {"environment": "production", "address": "https://tax.example.com"}
        )
        self._log_in()
        for name in self._get_all_names():
            with self.subTest(name):
                self.assertNotIn("simulated", name)

    def _go_live(self):
        """As a hand in the database could do, or a copy of it the other way round."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE invoice_tax_connection SET environment = 'production'"
            " WHERE id = %s",
            [self.connection.id],
        )
        self.env.invalidate_all()

    def assertMarked(self, records, is_marked):
        for values in ({}, {"ids": False, "domain": [["id", "in", records.ids]]}):
            name = self._export("xlsx", records, **values)
            self.assertEqual("simulated" in name, is_marked, (records, name))

    def test_row_X4_name_by_the_environment_of_the_rows(self):
        """What was read before a change of the connection stays of its environment."""
        self._log_in()
        taxpayer = self.taxpayer.sudo()
        values = {
            "taxpayer_id": taxpayer.id,
            "lane_id": taxpayer.lane_id.id,
            "company_id": taxpayer.company_id.id,
            "kind": "pool",
            "origin": "manual",
            "state": "success",
            "step": "done",
        }
        fetches = self.env["invoice.tax.fetch"].sudo()
        simulated, real, unknown = fetches.create(
            [{**values, "environment": one} for one in ("simulated", "production", "")]
        )
        self.assertMarked(simulated | real, True)
        self.assertMarked(real, False)
        self.assertMarked(real | unknown, True)
        self._go_live()
        self.assertMarked(simulated, True)
        self.assertMarked(simulated | real, True)
        self.assertMarked(real | unknown, False)

    def test_row_X4_name_by_the_environment_of_the_period(self):
        self._log_in()
        periods = self.env["invoice.tax.period"].sudo()
        taxpayer = self.taxpayer.sudo()
        simulated, real = (
            periods._get_or_create(taxpayer, name) for name in ("202508", "202509")
        )
        real.environment = "production"
        tables, confirmations = (
            self.env[name]
            .sudo()
            .create([{**values, "period_id": one.id} for one in (simulated, real)])
            for name, values in (
                ("invoice.tax.statistics", {}),
                ("invoice.tax.confirmation", {"kind": "deduction"}),
            )
        )
        for _day in range(2):
            for records in (simulated | real, tables, confirmations):
                self.assertMarked(records, True)
                self.assertMarked(records[0], True)
                self.assertMarked(records[1], False)
            self._go_live()

    def test_only_who_may_read(self):
        batch, _invoices = self._batch()
        action = batch.action_export()
        self._download(action, "tax_stranger", 404)
        self._download(action, "tax_viewer", 404)
        self._download(batch.with_user(self.viewer).action_export(), "tax_viewer")
        self.authenticate(None, None)
        response = self.url_open(action["url"], allow_redirects=False)
        self.assertIn(response.status_code, (303, 401, 403), "open to everybody")

    def test_forged_export_gives_nothing_away(self):
        batch, _invoices = self._batch()
        exports = self.env["invoice.tax.export"]
        for user, values in (
            (
                self.stranger,
                {"res_model": "invoice.tax.operation", "res_ids": batch.ids},
            ),
            (self.clerk, {"res_model": "res.users", "res_ids": [1, 2]}),
            (
                self.clerk,
                {"res_model": "invoice.tax.operation", "res_ids": ["1", None, 0]},
            ),
            (self.clerk, {"res_model": "invoice.tax.operation", "res_ids": {"a": 1}}),
        ):
            with self.subTest(values=values):
                export = exports.sudo().with_user(user).sudo().create(values)
                export.sudo().create_uid = user
                url = f"/invoice_tax_service/export/{export.id}.xlsx"
                self._download({"url": url}, user.login, 404)
