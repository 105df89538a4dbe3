import io
from unittest.mock import patch

import openpyxl

from odoo.tests import HttpCase, tagged

from ..exceptions import TaxServiceError
from ..models import operation_line_workbook
from .common import CLERK, SECOND, TaxServiceMixin

LEDGER = "invoice.tax.operation.line"
EVERYTHING = [[1, "=", 1]]


@tagged("post_install", "-at_install")
class TestLedgerExport(TaxServiceMixin, HttpCase):
    """The list of the ledger as a workbook: what its filter shows, whole, the same
    as on the screen, and nothing that this user could not read there."""

    def setUp(self):
        super().setUp()
        invoices = self.add_invoices(1, seller_name="=HYPERLINK(1)")
        invoices |= self.add_invoices(1, seller_name='  <深圳> & "东莞"\n')
        invoices |= self.add_invoices(1, seller_name="北京示例科技有限公司")
        invoices |= self.merge(
            [
                self.bureau.add_invoice(
                    self.taxpayer.tax_number,
                    "02630221",
                    code="4403192130",
                    type_code="01",
                )
            ]
        )
        self.bureau.results[invoices[2].number] = "abnormal"
        self.first = self.submit("deduct", invoices[:3])
        self.dispatch()
        self.second = self.submit("exclude", invoices[3], reason="1")
        self.first.line_ids[0].sudo().raw_text = "@SUM(A1)"
        self.ledger = self.env[LEDGER].with_user(self.clerk)

    def _open(self, action, login="tax_clerk", status=200):
        self.env.flush_all()
        self.authenticate(login, login)
        response = self.url_open(action["url"])
        self.assertEqual(response.status_code, status)
        if status != 200:
            return None
        self.assertIn("tax-operation-ledger", response.headers["Content-Disposition"])
        [sheet] = openpyxl.load_workbook(io.BytesIO(response.content)).worksheets
        return sheet

    def _export(self, domain=None, lines=None, user=None):
        """What a press on the button downloads."""
        user = user or self.clerk
        lines = (lines or self.env[LEDGER]).with_user(user)
        action = lines.with_context(active_domain=domain or []).action_export()
        return self._open(action, user.login)

    def _numbers(self, sheet):
        return [row[5] for row in sheet.iter_rows(min_row=2, values_only=True)]

    def _get_expected(self, line):
        def label(name):
            selection = dict(line._fields[name]._description_selection(line.env))
            return selection.get(line[name])

        return [
            value if value != "" and value is not False else None
            for value in (
                line.batch_number,
                line.taxpayer_id.display_name,
                label("operation_type"),
                line.period,
                line.code,
                line.number,
                line.seller_name,
                line.issue_date,
                line.net_amount,
                line.vat_amount,
                line.creditable_vat,
                label("selection_before"),
                label("selection_after"),
                label("state"),
                line.result_text,
                line.advice,
                line.raw_code,
                line.raw_text,
            )
        ]

    def _check_cells(self, lang):
        self.clerk.lang = lang
        lines = self.ledger.with_context(lang=lang).search([])
        self.assertEqual(len(lines), 4)
        sheet = self._export()
        for line, row in zip(lines, sheet.iter_rows(min_row=2), strict=True):
            values = [cell.value for cell in row]
            values[7] = values[7].date()
            self.assertEqual(values, self._get_expected(line))
            for cell in row:
                is_amount = cell.column in (9, 10, 11)
                is_text = cell.value is not None and cell.column != 8 and not is_amount
                self.assertEqual(
                    (is_text, is_amount and cell.number_format),
                    (cell.data_type == "s", is_amount and "#,##0.00"),
                    cell.coordinate,
                )
        return [cell.value for cell in sheet[1]]

    def test_cells_are_those_of_the_list(self):
        header = self._check_cells("en_US")
        self.assertEqual(header[:3], ["Batch Number", "Taxpayer", "Operation Type"])

    def test_cells_are_those_of_the_list_in_chinese(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        header = self._check_cells("zh_CN")
        self.assertEqual(header[:3], ["批次号", "纳税人", "操作类型"])
        self.assertTrue(all(not text.isascii() for text in header), header)

    def test_only_what_the_filter_shows(self):
        failed = [["state", "=", "failed"], ["taxpayer_id", "=", self.taxpayer.id]]
        sheet = self._export(failed)
        self.assertEqual(self._numbers(sheet), [self.first.line_ids[2].number])

    def test_only_what_is_ticked(self):
        lines = self.first.line_ids[:2]
        sheet = self._export(EVERYTHING, lines)
        self.assertEqual(self._numbers(sheet), lines.mapped("number"))

    def test_more_are_ticked_than_the_web_client_names(self):
        self.env["ir.config_parameter"].sudo().set_param("web.active_ids_limit", "2")
        sheet = self._export([["state", "!=", "voided"]], self.first.line_ids[:2])
        self.assertEqual(len(self._numbers(sheet)), 4, "the list is cut silently")

    def test_more_rows_than_are_read_at_once(self):
        with patch.object(operation_line_workbook, "CHUNK", 3):
            sheet = self._export()
        self.assertEqual(self._numbers(sheet), self.ledger.search([]).mapped("number"))

    def test_empty_list_is_refused_with_a_sentence(self):
        with self.assertRaises(TaxServiceError) as refusal:
            self._export([["number", "=", "none"]])
        self.assertEqual(refusal.exception.code, "nothing_to_export")

    def test_viewer_may_export(self):
        self.assertEqual(len(self._numbers(self._export(user=self.viewer))), 4)

    def test_other_company_gets_nothing(self):
        with self.assertRaises(TaxServiceError):
            self._export(EVERYTHING, user=self.stranger)
        exports = self.env["invoice.tax.export"].with_user(self.stranger)
        for values in (
            {"res_domain": EVERYTHING},
            {"res_domain": EVERYTHING, "company_ids": self.stranger.company_ids.ids},
            {"res_domain": [["operation_id", "in", self.first.ids]]},
            {"res_ids": self.first.line_ids.ids},
        ):
            with self.subTest(values=values):
                export = exports.create({"res_model": LEDGER, **values})
                url = f"/invoice_tax_service/export/{export.id}.xlsx"
                self._open({"url": url}, "tax_stranger", 404)

    def test_companies_cannot_be_forged(self):
        exports = self.env["invoice.tax.export"].with_user(self.stranger)
        with self.assertRefused("no_right"):
            exports.create(
                {
                    "res_model": LEDGER,
                    "res_domain": EVERYTHING,
                    "company_ids": self.company.ids,
                }
            )

    def test_download_of_another_user(self):
        action = self.ledger.with_context(active_domain=[]).action_export()
        self._open(action, "tax_viewer", 404)

    def test_company_that_is_switched_off(self):
        both = self._new_user("tax_both", CLERK)
        both.company_ids |= self.other_company
        connection = self._new_connection(self.other_company)
        other = self._new_taxpayer(SECOND, connection)
        self.open_period(other)
        other = other.with_user(self.stranger)
        invoice = self.add_invoices(1, other).with_user(self.stranger)
        operations = self.operations(self.stranger)
        period = other.current_period_id.name
        rows = operations._plan_selection(
            other, "deduct", period, invoice._get_wishes()
        )
        operations._submit_selection(other, "deduct", period, rows, "manual")
        lines = self.env[LEDGER].with_user(both)
        for companies, count in (
            (self.company, 4),
            (self.other_company, 1),
            (self.company | self.other_company, 5),
        ):
            with self.subTest(companies=companies.mapped("name")):
                action = lines.with_context(
                    allowed_company_ids=companies.ids, active_domain=[]
                ).action_export()
                sheet = self._open(action, "tax_both")
                self.assertEqual(len(self._numbers(sheet)), count)

    def test_domain_is_for_lists_only(self):
        exports = self.env["invoice.tax.export"].with_user(self.clerk)
        for model in ("res.users", "invoice.tax.taxpayer", "invoice.tax.import"):
            export = exports.create({"res_model": model, "res_domain": EVERYTHING})
            url = f"/invoice_tax_service/export/{export.id}.xlsx"
            self._open({"url": url}, status=404)


@tagged("post_install", "-at_install")
class TestListExport(TaxServiceMixin, HttpCase):
    """Input invoices and log above the number of ids that the web client sends: the
    whole list, in the order in which it stands on the screen."""

    def setUp(self):
        super().setUp()
        self.env["ir.config_parameter"].sudo().set_param("web.active_ids_limit", "2")

    def _export(self, records, domain, order="", user=None):
        user = user or self.clerk
        action = (
            records.with_user(user)
            .with_context(active_domain=domain, active_order=order)
            .action_export()
        )
        self.env.flush_all()
        self.authenticate(user.login, user.login)
        response = self.url_open(action["url"])
        self.assertEqual(response.status_code, 200)
        return openpyxl.load_workbook(io.BytesIO(response.content)).worksheets

    def _column(self, sheet, index):
        return [row[index] for row in sheet.iter_rows(min_row=2, values_only=True)]

    def test_row_O6_whole_log_with_the_ledgers(self):
        batches = self.env["invoice.tax.operation"]
        for _position in range(4):
            batches |= self.submit("deduct", self.add_invoices(1))
        ids = batches.ids
        for order, expected in (("", ids[::-1]), ("batch_number ASC", ids)):
            log, ledger = self._export(batches[:2], [["id", "in", ids]], order)
            numbers = batches.browse(expected).mapped("batch_number")
            self.assertEqual(self._column(log, 0), numbers)
            self.assertEqual(sorted(self._column(ledger, 0)), sorted(numbers))

    def test_row_O6_filter_of_the_log(self):
        first = self.submit("deduct", self.add_invoices(1))
        self.submit("exclude", self.add_invoices(1), reason="1")
        log, ledger = self._export(first.browse(), [["operation_type", "=", "deduct"]])
        self.assertEqual(self._column(log, 0), [first.batch_number])
        self.assertEqual(self._column(ledger, 5), [first.line_ids.number])

    def test_row_O6_ticked_rows_in_the_order_of_the_list(self):
        self.env["ir.config_parameter"].sudo().set_param("web.active_ids_limit", "9")
        batches = self.env["invoice.tax.operation"]
        for _position in range(3):
            batches |= self.submit("deduct", self.add_invoices(1))
        log, _ledger = self._export(batches[:2], [], "id ASC")
        self.assertEqual(self._column(log, 0), batches[:2].mapped("batch_number"))

    def test_row_C6_whole_list_of_input_invoices(self):
        invoices = self.add_invoices(3, seller_name="乙")
        invoices |= self.add_invoices(1, seller_name="甲")
        domain = [["taxpayer_id", "=", self.taxpayer.id]]
        [sheet] = self._export(invoices[:2], domain)
        self.assertEqual(
            self._column(sheet, 2), invoices.sorted("id", True).mapped("number")
        )
        [sheet] = self._export(invoices[:2], domain, "number DESC")
        self.assertEqual(
            self._column(sheet, 2), sorted(invoices.mapped("number"), reverse=True)
        )

    def test_row_O6_any_sorting_is_harmless(self):
        invoices = self.add_invoices(2)
        for order in (
            "bill_ids ASC",
            "nothing DESC",
            "number; DROP TABLE res_users",
            "number) DESC, (SELECT 1",
            ",,",
        ):
            with self.subTest(order=order):
                [sheet] = self._export(invoices.browse(), [], order)
                self.assertEqual(len(self._column(sheet, 2)), 2)

    def test_row_O6_other_company_gets_nothing(self):
        invoices = self.add_invoices(1)
        self.submit("deduct", invoices)
        for model in ("invoice.tax.operation", "invoice.tax.input.invoice"):
            rows = self.env[model].with_user(self.stranger)
            with self.assertRaises(TaxServiceError):
                rows.with_context(active_domain=EVERYTHING).action_export()
