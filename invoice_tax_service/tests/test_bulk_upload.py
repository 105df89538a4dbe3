import base64
import io
from unittest.mock import patch

import openpyxl

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from ..spreadsheet import Limits, reader
from ..wizards import import_wizard
from .common import SECOND, TaxServiceCase, TaxServiceMixin
from .fake_bureau import PERIOD
from .workbooks import HEADER, xlsx

IMPORT = "invoice.tax.import"
UNKNOWN = "26442000000099999999"


class BulkUploadMixin(TaxServiceMixin):
    def _wizard(self, content, filename="勾选.xlsx"):
        return (
            self.env["invoice.tax.import.wizard"]
            .with_user(self.clerk)
            .create(
                {
                    "taxpayer_id": self.taxpayer.id,
                    "workbook": base64.b64encode(content),
                    "filename": filename,
                }
            )
        )

    def _send(self, *rows, checked=True):
        """Upload, look and send; the import that is kept."""
        wizard = self._wizard(xlsx(*rows))
        if checked:
            wizard.action_check()
        self.action = wizard.action_submit()
        return self._imports()[:1]

    def _imports(self, user=None):
        return self.env[IMPORT].with_user(user or self.clerk).search([])

    def _mixed_rows(self):
        self.free = self.add_invoices(2)
        self.taken = self.add_invoices(
            1, selection="selected", purpose="deduct", period=PERIOD
        )
        return (
            (self.free[0].number, None, None, None, "是"),
            (UNKNOWN, None, None, None, "是"),
            (self.taken.number, None, None, None, "否"),
            ("1.23457E+19", None, None, None, "是"),
            (self.free[1].number, None, None, "99.99", "是"),
            (self.free[1].number, None, None, None, None),
        )


@tagged("post_install", "-at_install")
class TestBulkUpload(BulkUploadMixin, TaxServiceCase):
    """What was sent by workbook stays to be found: how many, which rows were refused
    and why; the latest stands out in the log."""

    def _check_kept(self, kept):
        self.assertRecordValues(
            kept,
            [
                {
                    "taxpayer_id": self.taxpayer.id,
                    "company_id": self.company.id,
                    "user_id": self.clerk.id,
                    "filename": "勾选.xlsx",
                    "period": PERIOD,
                    "row_count": 6,
                    "skipped_count": 1,
                    "select_count": 1,
                    "revoke_count": 1,
                    "unchanged_count": 0,
                    "error_count": 3,
                    "creditable_vat": 13.0,
                    "is_latest": True,
                }
            ],
        )
        self.assertEqual(kept.line_ids.mapped("address"), ["A3", "A5", "D6"])
        unknown, ruined, above = kept.line_ids
        self.assertEqual(unknown.number, UNKNOWN)
        self.assertIn("not among the input invoices", unknown.message)
        self.assertIn("Excel", ruined.message)
        self.assertTrue(above.message and above.advice)

    def test_row_C6_summary_is_kept_with_every_refused_row(self):
        self._check_kept(self._send(*self._mixed_rows()))

    def test_row_C6_summary_is_kept_without_a_look_before(self):
        self._check_kept(self._send(*self._mixed_rows(), checked=False))

    def test_row_C6_file_is_parsed_once(self):
        wizard = self._wizard(xlsx(*self._mixed_rows()))
        read = import_wizard.stream_table
        with patch.object(import_wizard, "stream_table", side_effect=read) as parsed:
            wizard.action_check()
            wizard.action_submit()
        self.assertEqual(parsed.call_count, 1)

    def test_row_C6_notification_names_and_links_each_batch(self):
        kept = self._send(*self._mixed_rows())
        batches = kept.operation_ids.sorted("id")
        self.assertEqual(batches.mapped("operation_type"), ["deduct_revoke", "deduct"])
        params = self.action["params"]
        self.assertEqual(
            [link["url"] for link in params["links"]],
            [f"/odoo/tax-operations/{batch.id}" for batch in batches],
        )
        self.assertEqual(params["message"].count("%s"), 2)
        self.assertIn("1 to select, 1 to revoke; 3 rows refused", params["message"])
        self.assertEqual(params["next"]["res_id"], kept.id)

    def test_row_C6_latest_stands_out_until_opened(self):
        first, second = self.add_invoices(2)
        old = self._send((first.number, None, None, None, "是")).operation_ids
        self.assertTrue(old.is_latest_import)
        new = self._send((second.number, None, None, None, "是")).operation_ids
        self.assertEqual((old | new).mapped("is_latest_import"), [False, True])
        self.dispatch()
        self.assertTrue(new.is_latest_import, "nobody has opened it yet")
        by_hand = self.submit("deduct_revoke", first)
        by_hand.note_opened()
        self.assertTrue(new.is_latest_import)
        new.with_user(self.viewer).note_opened()
        self.assertFalse(new.is_latest_import)

    def test_row_C6_ledger_opens_it_too(self):
        [invoice] = self.add_invoices(1)
        batch = self._send((invoice.number, None, None, None, "是")).operation_ids
        batch.action_open_ledger()
        self.assertFalse(batch.is_latest_import)

    def test_row_C6_latest_of_each_taxpayer(self):
        mine = self.add_invoices(1)
        second = self._new_taxpayer(SECOND, self.connection)
        self.open_period(second)
        other = self.add_invoices(1, second)
        first = self._send((mine.number, None, None, None, "是"))
        self.taxpayer = second
        latest = self._send((other.number, None, None, None, "是"))
        self.assertEqual((first | latest).mapped("is_latest"), [True, True])

    def test_row_C6_rights(self):
        kept = self._send(*self._mixed_rows())
        self.assertEqual(self._imports(self.viewer), kept)
        self.assertFalse(self._imports(self.stranger))
        with self.assertRaises(AccessError):
            kept.with_user(self.stranger).line_ids.mapped("message")
        with self.assertRaises(AccessError):
            kept.with_user(self.stranger).action_download_errors()
        with self.assertRaises(AccessError):
            kept.operation_ids.with_user(self.stranger).note_opened()
        for user in (self.clerk, self.manager):
            with self.assertRaises(AccessError):
                kept.with_user(user).filename = "b.xlsx"
            with self.assertRaises(AccessError):
                kept.with_user(user).unlink()
        with self.assertRaises(AccessError):
            kept.read(["refused"])
        wizard = self._wizard(b"")
        with self.assertRaises(AccessError):
            wizard.findings = {"errors": []}

    def test_row_C15_only_the_first_refused_rows_are_lines(self):
        [invoice] = self.add_invoices(1)
        unknown = [
            (self.next_number(), None, None, None, "是") for _position in range(501)
        ]
        kept = self._send((invoice.number, None, None, None, "是"), *unknown)
        self.assertEqual((kept.error_count, len(kept.line_ids)), (501, 500))
        self.assertEqual(len(kept._get_refused()), 501)

    # === VECTOR === #

    def test_vector_6_9_T11_workbook_of_2001_rows(self):
        selected = self.add_invoices(
            1, selection="selected", purpose="deduct", period=PERIOD
        )
        wanted = self.add_invoices(2000)
        paper = self.merge(
            [
                self.bureau.add_invoice(
                    self.taxpayer.tax_number,
                    "00630221",
                    code="044031921301",
                    type_code="01",
                    seller_tax_number="440300123456789",
                )
            ]
        )
        kept = self._send(
            (selected.number, None, None, None, "否"),
            *((number, None, None, None, "是") for number in wanted.mapped("number")),
            (None, paper.code, paper.number, None, "是"),
        )
        self.assertEqual(
            (kept.select_count, kept.revoke_count, kept.error_count), (2001, 1, 0)
        )
        lines = kept.operation_ids.line_ids
        self.assertEqual(len(lines), 2002)
        self.assertEqual(
            set(lines.mapped("number")),
            {*wanted.mapped("number"), selected.number, "00630221"},
            "a number was changed",
        )
        self.assertEqual(
            lines.filtered("code").mapped(lambda line: (line.code, line.number)),
            [("044031921301", "00630221")],
            "leading zeros are lost",
        )

    def test_vector_6_9_T11_no_on_a_selected_one_revokes(self):
        selected = self.add_invoices(
            1, selection="selected", purpose="deduct", period=PERIOD
        )
        excluded = self.add_invoices(
            1, selection="selected", purpose="exclude", period=PERIOD, reason="1"
        )
        kept = self._send(
            (selected.number, None, None, None, "否"),
            (excluded.number, None, None, None, "否"),
        )
        self.assertEqual(
            set(kept.operation_ids.mapped("operation_type")),
            {"deduct_revoke", "exclude_revoke"},
        )
        self.dispatch()
        self.assertStands(selected | excluded, "unselected")

    # === ONE CLEAR SENTENCE === #

    def _get_problem(self, content, filename="勾选.xlsx"):
        wizard = self._wizard(content, filename)
        wizard.action_check()
        self.assertEqual(wizard.state, "choose")
        with self.assertRefused(self._get_code(content, filename)) as refusal:
            wizard.action_submit()
        self.assertEqual(refusal.sentence, wizard.problem)
        self.assertFalse(self._imports(), "something was half-done")
        return wizard.problem

    def _get_code(self, content, filename):
        try:
            reader.read_table(content, filename, import_wizard.SELECTION)
        except import_wizard.WorkbookError as error:
            return error.code
        self.fail("the file can be read")

    def test_row_C6_file_types(self):
        number = self.add_invoices(1).number
        good = xlsx((number, None, None, None, "是"))
        text = f"数电票号码,是否勾选\n{number},是\n".encode()
        for filename, content, said in (
            ("勾选.csv", text, "csv"),
            ("勾选.xlsm", good, "xlsm"),
            ("勾选.xlsb", good, "xlsb"),
            ("勾选.pdf", b"%PDF-1.7", "pdf"),
            ("勾选", good, "xlsx or xls"),
            # Renamed: the name says one thing, the content another.
            ("勾选.xlsx", text, "csv"),
            ("勾选.xls", b"<html><table></table></html>", "html"),
            ("勾选.xlsx", b"PK\x05\x06" + b"\0" * 18, "zip"),
        ):
            with self.subTest(filename=filename, said=said):
                self.assertIn(said, self._get_problem(content, filename))

    def test_row_C6_xlsx_under_the_name_of_xls(self):
        number = self.add_invoices(1).number
        wizard = self._wizard(xlsx((number, None, None, None, "是")), "勾选.xls")
        wizard.action_check()
        self.assertEqual((wizard.problem, wizard.select_count), (False, 1))

    def test_row_C6_too_large(self):
        content = xlsx((self.next_number(), None, None, None, "是"))
        limits = Limits(max_bytes=len(content) - 1)
        read = reader.stream_table
        with patch.object(
            import_wizard,
            "stream_table",
            lambda content, filename, layout: read(content, filename, layout, limits),
        ):
            wizard = self._wizard(content)
            wizard.action_check()
            self.assertIn("MB", wizard.problem)
            self.assertIn("Split", wizard.problem)
            with self.assertRefused("too_large"):
                wizard.action_submit()

    def test_row_C6_wrong_headers(self):
        number = self.add_invoices(1).number
        content = xlsx((number, "1"), header=("数电票号码", "备注"))
        self.assertIn("是否勾选", self._get_problem(content))
        self.assertIn("是否勾选", self._get_problem(xlsx(("a",), header=("b",))))

    def test_row_C6_invoices_of_several_taxpayers(self):
        mine = self.add_invoices(1)
        second = self._new_taxpayer(SECOND, self.connection)
        self.open_period(second)
        other = self.add_invoices(1, second)
        kept = self._send(
            (mine.number, None, None, None, "是"),
            (other.number, None, None, None, "是"),
        )
        self.assertEqual((kept.select_count, kept.error_count), (1, 1))
        self.assertEqual(kept.line_ids.number, other.number)
        self.assertIn("another taxpayer", kept.line_ids.message)
        self.dispatch()
        self.assertStands(mine, "selected", "deduct")
        self.assertStands(other, "unselected")

    def test_row_C6_formulas_are_not_read(self):
        [good, bad] = self.add_invoices(2)
        kept = self._send(
            (good.number, None, None, None, "是"),
            (bad.number, None, None, None, '=IF(1=1,"是","否")'),
            (f'="{bad.number}"', None, None, None, "是"),
        )
        self.assertEqual((kept.select_count, kept.error_count), (1, 2))
        self.assertEqual(kept.line_ids.mapped("address"), ["E3", "A4"])
        for line in kept.line_ids:
            self.assertIn("formula", line.message)


@tagged("post_install", "-at_install")
class TestBulkErrors(BulkUploadMixin, HttpCase):
    """The error workbook, before sending and long after."""

    def _download(self, action, login="tax_clerk", status=200):
        self.env.flush_all()
        self.authenticate(login, login)
        response = self.url_open(action["url"])
        self.assertEqual(response.status_code, status)
        if status == 200:
            book = openpyxl.load_workbook(io.BytesIO(response.content))
            return list(book.worksheets[0].iter_rows(values_only=True))
        return None

    def _check_rows(self, rows):
        header, *rows = rows
        self.assertEqual(header, (*HEADER, "错误说明"))
        reasons = [row[-1] for row in rows]
        self.assertEqual(len(rows), 6, "the operator's rows are not all there")
        self.assertEqual([bool(reason) for reason in reasons], [0, 1, 0, 1, 1, 0])
        self.assertIn("not among the input invoices", reasons[1])
        self.assertIn("Excel", reasons[3])
        self.assertEqual(rows[0][0], self.free[0].number)

    def test_row_C15_error_workbook_before_sending(self):
        wizard = self._wizard(xlsx(*self._mixed_rows()))
        wizard.action_check()
        self._check_rows(self._download(wizard.action_download_errors()))

    def test_row_C15_error_workbook_after_sending(self):
        kept = self._send(*self._mixed_rows())
        self.dispatch()
        self._check_rows(self._download(kept.action_download_errors()))
        action = kept.with_user(self.viewer).action_download_errors()
        self._check_rows(self._download(action, "tax_viewer"))
        self._download(action, status=404)

    def test_row_C15_everything_wrong_is_said_at_once(self):
        wizard = self._wizard(xlsx(*self._mixed_rows()))
        wizard.action_check()
        self.assertEqual(wizard.line_ids.mapped("address"), ["A3", "A5", "D6"])
        self.assertTrue(all(wizard.line_ids.mapped("message")))
        self.assertFalse(self._imports(), "the dry run did something")
