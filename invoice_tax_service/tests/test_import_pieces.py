import base64
from decimal import Decimal
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import BaseCase

from ..tools import copying
from ..tools.copying import copy_line
from ..tools.kept_rows import RowKeeper, get_kept_rows
from ..wizards import import_wizard
from .common import TaxServiceCase
from .fake_bureau import PERIOD
from .workbooks import xlsx


class TestImportPieces(TaxServiceCase):
    """A workbook is decided and written in pieces, and parsed once; nobody can see
    either in what comes of it."""

    def setUp(self):
        super().setUp()
        self.patch(import_wizard, "PIECE", 3)
        self.patch(copying, "BLOCK", 2)

    def _wizard(self, *rows, **values):
        return (
            self.env["invoice.tax.import.wizard"]
            .with_user(self.clerk)
            .create(
                {
                    "taxpayer_id": self.taxpayer.id,
                    "workbook": base64.b64encode(xlsx(*rows)),
                    "filename": "勾选.xlsx",
                    **values,
                }
            )
        )

    def _yes(self, number, creditable_vat=None):
        return (number, None, None, creditable_vat, "是")

    def _submit(self, wizard):
        wizard.action_submit()
        return self.operations().search([], order="id")

    def test_good_and_bad_rows_over_the_borders_of_pieces(self):
        wanted = self.add_invoices(7).mapped("number")
        given_back = self.add_invoices(
            2, selection="selected", purpose="deduct", period=PERIOD
        ).mapped("number")
        unknown = [self.next_number() for _position in range(3)]
        wizard = self._wizard(
            self._yes(wanted[0]),  # 2
            self._yes(unknown[0]),
            self._yes(wanted[1], "abc"),  # 4
            self._yes(wanted[2]),
            self._yes(wanted[3], 5.05),  # 6
            (given_back[0], None, None, None, "否"),
            self._yes(wanted[4], 99999),  # 8
            self._yes(unknown[1]),
            self._yes(wanted[5]),  # 10
            self._yes(wanted[0]),
            (wanted[6], None, None, None, None),  # 12
            self._yes(unknown[2]),
            (given_back[1], None, None, None, "否"),  # 14
        )
        wizard.action_check()
        self.assertRecordValues(
            wizard,
            [
                {
                    "row_count": 13,
                    "skipped_count": 1,
                    "select_count": 4,
                    "revoke_count": 2,
                    "unchanged_count": 0,
                    "error_count": 6,
                    "creditable_vat": 44.05,
                }
            ],
        )
        self.assertEqual(wizard.line_ids.mapped("row"), [3, 4, 8, 9, 11, 13])
        revoke, select = self._submit(wizard)
        self.assertEqual(revoke.operation_type, "deduct_revoke", "revoking goes first")
        self.assertEqual(revoke.line_ids.mapped("number"), given_back)
        self.assertEqual(
            select.line_ids.mapped("number"),
            [wanted[position] for position in (0, 2, 3, 5)],
        )
        self.assertEqual(
            select.line_ids.mapped("creditable_vat"), [13.0, 13.0, 5.05, 13.0]
        )
        self.assertEqual((select.total_count, select.open_count), (4, 4))
        self.dispatch()
        self.assertEqual((select | revoke).mapped("state"), ["success"] * 2)

    def test_parsed_once(self):
        numbers = self.add_invoices(7).mapped("number")
        wizard = self._wizard(*map(self._yes, numbers))
        wizard.action_check()
        with patch.object(import_wizard, "stream_table", side_effect=AssertionError):
            batch = self._submit(wizard)
        self.assertEqual(batch.line_ids.mapped("number"), numbers)

    def test_decided_anew_when_submitted(self):
        invoices = self.add_invoices(5)
        wizard = self._wizard(*map(self._yes, invoices.mapped("number")))
        wizard.action_check()
        other = self.submit("deduct", invoices[2])
        batch = self._submit(wizard) - other
        self.assertEqual(
            batch.line_ids.input_invoice_id, invoices - invoices[2], "sent twice"
        )

    def test_new_workbook_forgets_the_one_before(self):
        first, second = self.add_invoices(2).mapped("number")
        wizard = self._wizard(self._yes(first))
        wizard.action_check()
        wizard.write({"workbook": base64.b64encode(xlsx(self._yes(second)))})
        self.assertEqual(self._submit(wizard).line_ids.number, second)

    def test_nobody_brings_rows_past_the_reader(self):
        wizard = self._wizard(self._yes(self.add_invoices(1).number))
        forged = {"reading": base64.b64encode(b"[]")}
        with self.assertRaises(AccessError):
            wizard.write(forged)
        with self.assertRaises(AccessError):
            self._wizard(**forged)
        with self.assertRaises(AccessError):
            wizard.read(["reading"])

    def test_any_text_reaches_the_ledger_as_it_is(self):
        text = "a\tb\\N\nc\\.\r'\"x"
        batch = self.submit(
            "exclude", self.add_invoices(1), reason="5", reason_text=text
        )
        self.assertEqual(batch.line_ids.reason_text, text)


class TestRowsAsText(BaseCase):
    def test_line(self):
        self.assertEqual(copy_line(("a", None, 1, Decimal("1.50"))), "a\t\\N\t1\t1.50")

    def test_line_with_signs_of_its_own(self):
        self.assertEqual(copy_line(("\\N", None)), "\\\\N\t\\N")
        self.assertEqual(copy_line(("a\tb", None)), "a\\tb\t\\N")
        self.assertEqual(copy_line(("a\nb\r", "")), "a\\nb\\r\t")

    def test_kept_rows(self):
        rows = [
            (2, "26442000000000000001", None, Decimal("5.00"), True, "5", "展览"),
            (3, "02630221", "4403192130", None, False, None, None),
        ] * 1_500
        keeper = RowKeeper()
        self.assertEqual(list(keeper.keep(rows)), rows)
        self.assertEqual(list(get_kept_rows(keeper.get_content())), rows)
