import base64
import datetime
import io
import re
import zipfile

import openpyxl
import python_calamine
import xlwt

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, HttpCase, tagged

from ..exceptions import TaxServiceError
from .common import OWN, SECOND, TaxServiceMixin
from .fake_bureau import PERIOD

DOWNLOAD = "invoice.tax.download.wizard"


@tagged("post_install", "-at_install")
class TestBulkDownload(TaxServiceMixin, HttpCase):
    """下载发票文件: a zip of workbooks that are filled in and uploaded again; exactly
    the normal, unconfirmed invoices of the filter, and nobody else's."""

    def _wizard(self, user=None, **values):
        return (
            self.env[DOWNLOAD]
            .with_user(user or self.clerk)
            .create({"taxpayer_id": self.taxpayer.id, **values})
        )

    def _open(self, wizard, status=200, login=None):
        action = wizard.action_download()
        self.env.flush_all()
        login = login or wizard.env.user.login
        self.authenticate(login, login)
        response = self.url_open(action["url"])
        self.assertEqual(response.status_code, status)
        if status == 200:
            self.assertEqual(response.headers["Content-Type"], "application/zip")
        return response

    def _get_files(self, wizard):
        """name → rows of the workbook, the header first."""
        with zipfile.ZipFile(io.BytesIO(self._open(wizard).content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def _get_rows(self, content):
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        return book.get_sheet_by_index(0).to_python()

    def _get_numbers(self, wizard):
        numbers = []
        for content in self._get_files(wizard).values():
            header, *rows = self._get_rows(content)
            numbers += [row[header.index("发票号码")] for row in rows]
        return numbers

    def test_row_C6_name_of_the_zip(self):
        self.add_invoices(1)
        wizard = self._wizard()
        names = set()
        for _position in range(2):
            disposition = self._open(wizard).headers["Content-Disposition"]
            [name] = re.findall(rf"{OWN}_\d{{16}}\.zip", disposition)[:1]
            names.add(name)
        self.assertEqual(len(names), 2, "the number can be guessed")

    def test_row_C6_only_normal_and_unconfirmed_of_the_filter(self):
        free = self.add_invoices(2)
        selected = self.add_invoices(
            1, selection="selected", purpose="deduct", period=PERIOD
        )
        self.add_invoices(1, selection="confirmed", purpose="deduct", period=PERIOD)
        self.add_invoices(1, status="abnormal")
        self.add_invoices(1, status="voided")
        old = self.add_invoices(1, issue_date=datetime.date(2026, 9, 30))
        other = self.add_invoices(1, seller_tax_number="440300123456789")
        october = {"issue_date_from": "2026-10-01", "issue_date_to": "2026-10-31"}
        for values, expected in (
            (october, free | selected | other),
            (
                {**october, "issue_date_from": "2026-09-30"},
                free | selected | other | old,
            ),
            ({**october, "flag": "unselected"}, free | other),
            ({**october, "flag": "selected"}, selected),
            ({**october, "seller_tax_number": " 440300123456789 "}, other),
        ):
            with self.subTest(values=values):
                wizard = self._wizard(**values)
                self.assertEqual(wizard.invoice_count, len(expected))
                self.assertEqual(
                    sorted(self._get_numbers(wizard)),
                    sorted(expected.mapped("number")),
                )

    def test_row_C6_dates_of_the_period_or_twelve_months(self):
        self.open_period(
            issue_date_from=datetime.date(2026, 2, 1),
            issue_date_to=datetime.date(2026, 10, 31),
        )
        wizard = self._wizard()
        self.assertEqual(str(wizard.issue_date_from), "2026-02-01")
        self.assertEqual(str(wizard.issue_date_to), "2026-10-31")
        self.open_period(issue_date_from=None, issue_date_to=None)
        wizard = self._wizard()
        self.assertEqual(wizard.issue_date_to, fields.Date.context_today(wizard))
        self.assertGreaterEqual(
            (wizard.issue_date_to - wizard.issue_date_from).days, 365
        )

    def test_row_C6_count_follows_the_page(self):
        self.add_invoices(3)
        self.add_invoices(1, seller_tax_number="440300123456789")
        with Form(self.env[DOWNLOAD].with_user(self.clerk)) as page:
            page.taxpayer_id = self.taxpayer
            page.issue_date_from = "2026-10-01"
            page.issue_date_to = "2026-10-31"
            self.assertEqual((page.invoice_count, page.workbook_count), (4, 1))
            page.file_format = "both"
            self.assertEqual(page.workbook_count, 2)
            page.seller_tax_number = "440300123456789"
            self.assertEqual(page.invoice_count, 1)
            page.seller_tax_number = "4403"
            self.assertEqual(page.invoice_count, 0)

    def test_row_C6_page_without_a_taxpayer(self):
        self.add_invoices(1)
        second = self._new_taxpayer(SECOND, self.connection)
        page = Form(self.env[DOWNLOAD].with_user(self.clerk))
        self.assertFalse(page.taxpayer_id, "one of two was chosen")
        self.assertEqual((page.invoice_count, page.workbook_count), (0, 0))
        page.taxpayer_id = second
        self.assertEqual(page.invoice_count, 0)
        page.taxpayer_id = self.taxpayer
        self.assertEqual(page.invoice_count, 1)
        page.issue_date_from = False
        self.assertEqual(page.invoice_count, 0)

    def test_row_C6_what_cannot_be_searched_for(self):
        self.add_invoices(1)
        for code, said, values in (
            ("seller_tax_number_invalid", "16", {"seller_tax_number": "1" * 16}),
            ("seller_tax_number_invalid", "15, 17", {"seller_tax_number": "9131-0"}),
            ("seller_tax_number_invalid", "15, 17", {"seller_tax_number": "%" * 18}),
            (
                "dates_reversed",
                "Exchange",
                {"issue_date_from": "2026-10-31", "issue_date_to": "2026-10-01"},
            ),
            ("nothing_to_export", "nothing", {"seller_tax_number": "1" * 20}),
        ):
            with self.subTest(code=code):
                wizard = self._wizard(**values)
                with self.assertRaises(TaxServiceError) as refusal:
                    wizard.action_download()
                self.assertEqual(refusal.exception.code, code)
                self.assertIn(said, str(refusal.exception))

    def test_row_C6_2001_invoices_are_two_workbooks(self):
        self.add_invoices(2001)
        wizard = self._wizard(file_format="both")
        self.assertEqual((wizard.invoice_count, wizard.workbook_count), (2001, 4))
        files = self._get_files(wizard)
        counts = [
            (name.rpartition("_")[2], len(self._get_rows(content)) - 1)
            for name, content in files.items()
        ]
        self.assertEqual(
            counts,
            [("001.xlsx", 2000), ("001.xls", 2000), ("002.xlsx", 1), ("002.xls", 1)],
        )
        for extension in (".xlsx", ".xls"):
            numbers = [
                row[2]
                for name, content in files.items()
                if name.endswith(extension)
                for row in self._get_rows(content)[1:]
            ]
            self.assertEqual(len(set(numbers)), 2001, "an invoice is lost or double")
            self.assertEqual({len(number) for number in numbers}, {20})

    def test_row_C6_rights(self):
        self.add_invoices(2)
        wizard = self._wizard()
        self._open(wizard, 404, "tax_stranger")
        self._open(wizard, 404, "tax_viewer")
        self.assertEqual(len(self._get_numbers(self._wizard(self.viewer))), 2)
        with self.assertRaises(AccessError):
            self._wizard(self.stranger, issue_date_from="2026-01-01")

    def test_row_C6_never_of_another_taxpayer(self):
        mine = self.add_invoices(1)
        second = self._new_taxpayer(SECOND, self.connection)
        self.open_period(second)
        self.add_invoices(2, second)
        self.assertEqual(self._get_numbers(self._wizard()), [mine.number])

    # === ROUND TRIP === #

    def _fill_in(self, name, content, flags):
        """The workbook as the accountant saves it: number → 是 or 否."""
        header, *rows = self._get_rows(content)
        number = header.index("发票号码")
        flag = header.index("是否勾选")
        if name.endswith(".xlsx"):
            book = openpyxl.load_workbook(io.BytesIO(content))
            sheet = book.worksheets[0]
            for line in sheet.iter_rows(min_row=2):
                line[flag].value = flags.get(line[number].value)
        else:
            book = xlwt.Workbook()
            sheet = book.add_sheet("sheet1")
            for position, row in enumerate([header, *rows]):
                for index, value in enumerate(row):
                    if position and index == flag:
                        value = flags.get(row[number], "")
                    elif isinstance(value, datetime.date):
                        value = str(value)
                    sheet.write(position, index, value)
        target = io.BytesIO()
        book.save(target)
        return target.getvalue()

    def _round_trip(self, file_format):
        free = self.add_invoices(3)
        taken = self.add_invoices(
            2, selection="selected", purpose="deduct", period=PERIOD
        )
        [(name, content)] = self._get_files(
            self._wizard(file_format=file_format)
        ).items()
        self.assertTrue(name.endswith(f".{file_format}"))
        header, *rows = self._get_rows(content)
        flags = {row[header.index("发票号码")]: row[0] for row in rows}
        self.assertEqual(set(flags.values()), {"", "是"})
        self.assertEqual(flags[taken[0].number], "是", "not as it stands")
        flags.update(
            {free[0].number: "是", free[1].number: "是", taken[1].number: "否"}
        )
        wizard = (
            self.env["invoice.tax.import.wizard"]
            .with_user(self.clerk)
            .create(
                {
                    "taxpayer_id": self.taxpayer.id,
                    "workbook": base64.b64encode(self._fill_in(name, content, flags)),
                    "filename": name,
                }
            )
        )
        wizard.action_check()
        self.assertFalse(wizard.problem)
        self.assertEqual(
            (
                wizard.select_count,
                wizard.revoke_count,
                wizard.unchanged_count,
                wizard.skipped_count,
                wizard.error_count,
            ),
            (2, 1, 1, 1, 0),
        )
        wizard.action_submit()
        self.dispatch()
        self.assertStands(free[:2] | taken[0], "selected", "deduct")
        self.assertStands(free[2] | taken[1], "unselected")

    def test_row_C6_round_trip_xlsx(self):
        self._round_trip("xlsx")

    def test_row_C6_round_trip_xls(self):
        self._round_trip("xls")

    def test_row_C6_upload_and_download_lead_to_each_other(self):
        wizard = self._wizard()
        action = wizard.action_upload()
        self.assertEqual(action["res_model"], "invoice.tax.import.wizard")
        upload = (
            self.env["invoice.tax.import.wizard"]
            .with_user(self.clerk)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(upload.taxpayer_id, self.taxpayer)
        action = upload.action_download_file()
        self.assertEqual(action["res_model"], DOWNLOAD)
        self.assertEqual(action["context"], {"default_taxpayer_id": self.taxpayer.id})
