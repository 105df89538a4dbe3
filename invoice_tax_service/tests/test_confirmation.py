from datetime import timedelta
from decimal import Decimal

from odoo import fields

from ..gateway.messages import Progress, TableRow
from .common import OWN, TaxServiceCase, money
from .fake_bureau import PERIOD


class TestConfirmationHistory(TaxServiceCase):
    """Each confirmation keeps what was signed, and each signature has one (C9)."""

    def setUp(self):
        super().setUp()
        self.period = self.taxpayer.current_period_id

    def _build_and_sign(self):
        self.period.action_build_statistics()
        self.dispatch()
        action = self.period.action_sign()
        wizard = (
            self.env[action["res_model"]].with_user(self.clerk).browse(action["res_id"])
        )
        wizard.action_sign()
        self.dispatch()
        self.assertEqual(self.period.statistics_status, "05")
        return self._history()[-1:]

    def _take_back(self):
        self.period.action_revoke_signature()
        self.dispatch()
        self.period.action_revoke_statistics()
        self.dispatch()

    def _history(self):
        history = self.env["invoice.tax.confirmation"].with_user(self.clerk)
        return history.search([("taxpayer_id", "=", self.taxpayer.id)], order="id")

    def _paper(self, confirmation):
        """Count, net and VAT at the foot of the paper, and the numbers under it."""
        numbers = {row[1]: row[8] for row in confirmation._get_detail_rows()}
        return confirmation._get_paper_rows()[-1][1:], numbers

    def test_row_C9_from_the_signature_to_the_paper(self):
        invoices = self.add_invoices(2)
        excluded = self.add_invoices(1)
        self.submit("deduct", invoices)
        self.submit("exclude", excluded, reason="1")
        self.dispatch()
        confirmation = self._build_and_sign()
        self.assertRecordValues(
            confirmation,
            [
                {
                    "ordinal": 1,
                    "state": "signed",
                    "is_read_back": False,
                    "user_id": self.clerk.id,
                    "invoice_count": 2,
                    "difference": False,
                }
            ],
        )
        foot, numbers = self._paper(confirmation)
        self.assertEqual(foot, (2, Decimal("200.00"), Decimal("26.00")))
        self.assertEqual(set(numbers), {*invoices.mapped("number"), excluded.number})

    def test_row_C9_paper_of_a_revoked_signature_stays(self):
        gone, lowered = self.add_invoices(2)
        self.submit("deduct", gone | lowered)
        self.dispatch()
        first = self._build_and_sign()
        before = self._paper(first)
        self._take_back()
        self.submit("deduct_revoke", gone | lowered)
        self.dispatch()
        lowered.with_user(self.clerk).creditable_vat = 6.5
        self.submit("deduct", lowered)
        self.dispatch()
        second = self._build_and_sign()
        self.assertEqual((first.state, second.state), ("cancelled", "signed"))
        self.assertEqual(self._paper(first), before, "the paper changed")
        self.assertEqual(before[0], (2, Decimal("200.00"), Decimal("26.00")))
        self.assertFalse(first.difference)
        self.assertEqual(
            self._paper(second),
            ((1, Decimal("100.00"), Decimal("6.50")), {lowered.number: 6.5}),
        )
        self.assertEqual(second._get_period_sums()[0], 1, "the cancelled one counts")

    def test_row_C9_numbers_of_a_period(self):
        self.bureau.tells_ordinal = False
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        self._build_and_sign()
        self._take_back()
        self._build_and_sign()
        history = self._history()
        self.assertEqual(history.mapped("ordinal"), [1, 2])
        self.assertEqual(history.mapped("state"), ["cancelled", "signed"])
        names = history.mapped("display_name")
        for number, name in enumerate(names, 1):
            self.assertIn(PERIOD, name)
            self.assertIn(str(number), name.replace(PERIOD, ""))

    def test_row_C9_signature_made_elsewhere(self):
        self.bureau.tells_ordinal = False
        invoices = self.add_invoices(2)
        for invoice in invoices:
            values = {"selection": "selected", "purpose": "deduct", "period": PERIOD}
            self.merge([self.bureau.change(OWN, invoice.number, **values)])
            self.bureau.change(OWN, invoice.number, selection="confirmed")
        for _reading in range(2):
            self.open_period(statistics_status="05")
        confirmation = self._history()
        self.assertRecordValues(
            confirmation,
            [
                {
                    "ordinal": 1,
                    "state": "signed",
                    "is_read_back": True,
                    "invoice_count": 2,
                    "vat_amount": 26.0,
                    "operation_id": False,
                }
            ],
        )
        self.assertEqual(self._paper(confirmation)[0][0], 2)
        self.dispatch()
        self._take_back()
        self._build_and_sign()
        self.assertEqual(self._history().mapped("ordinal"), [1, 2], "used twice")

    def test_row_C9_signature_elsewhere_of_what_is_read_later(self):
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        unread = self.add_invoices(1)
        self.bureau.change(
            OWN, unread.number, selection="confirmed", purpose="deduct", period=PERIOD
        )
        self.open_period(statistics_status="05")
        confirmation = self._history()
        self.assertEqual(confirmation.invoice_count, 2, "the bureau's own sum")
        self.assertIn("2", confirmation.difference)
        self.dispatch()
        self.assertStands(unread, "confirmed", "deduct")
        self.open_period()
        confirmation.invalidate_recordset()
        self.assertFalse(confirmation.difference)
        self.assertEqual(len(confirmation.line_ids), 2)
        self.assertEqual(self._history(), confirmation)

    def test_row_C9_late_signature_gets_into_the_history(self):
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        self.period.action_build_statistics()
        self.dispatch()
        self.bureau.unfinished = 1
        self.bureau.poll_after = 30
        batch = self.submit_table("sign")
        self.dispatch()
        batch.action_void()
        for _reading in range(3):
            self.pass_time(31)
            self.dispatch()
        self.assertEqual((batch.state, batch.has_late_answer), ("voided", True))
        self.assertRecordValues(
            self._history(),
            [{"ordinal": 1, "is_read_back": True, "operation_id": batch.id}],
        )

    def test_row_C9_answer_after_the_reading_is_no_second_one(self):
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        self.period.action_build_statistics()
        self.dispatch()
        batch = self.submit_table("sign").sudo()
        self.open_period(statistics_status="05")
        self.env["invoice.tax.confirmation"]._confirm(
            self.period.sudo(), batch, Progress(True, "P1", sign_code="200")
        )
        self.assertRecordValues(
            self._history(),
            [{"ordinal": 1, "is_read_back": False, "operation_id": batch.id}],
        )
        self.assertEqual(len(self._history().line_ids), 1)

    def test_row_C9_rows_stay_while_the_bureau_signed_more_than_is_known(self):
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        confirmation = self._build_and_sign()
        told = {"invoice_count": 3, "net_amount": 300, "vat_amount": 39}
        confirmation.sudo().write(told)
        row = confirmation.line_ids
        invoice = row.input_invoice_id
        invoice.sudo().write({"selection": "selected", "creditable_vat": 6})
        for _reading in range(2):
            self.open_period(statistics_status="05")
            self.assertEqual(confirmation.line_ids, row)
            self.assertEqual((row.creditable_vat, invoice.selection), (13, "selected"))
        # What is read of it by and by is added.
        invoice.sudo().write({"selection": "confirmed", "creditable_vat": 13})
        signed = {"selection": "confirmed", "purpose": "deduct", "period": PERIOD}
        self.add_invoices(1, **signed)
        self.open_period(statistics_status="05")
        both = confirmation.line_ids
        self.assertEqual((len(both), both[0]), (2, row))
        self.assertTrue(confirmation.difference)
        self.add_invoices(1, **signed)
        self.open_period(statistics_status="05")
        self.assertFalse(confirmation.difference)
        rows = confirmation.line_ids
        self.assertEqual(len(rows), 3)
        self.open_period(statistics_status="05")
        self.assertEqual(confirmation.line_ids, rows)

    def test_row_C9_signed_again_after_a_revocation_elsewhere(self):
        """The bureau counts the signatures that stand, so both are its first one."""
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        self.bureau.signed_at = fields.Datetime.now() - timedelta(hours=2)
        first = self._build_and_sign()
        before = self._paper(first)
        for signed_at in (fields.Datetime.now() - timedelta(hours=1), None):
            known = self._history()
            self.open_period(statistics_status="02", signed_at=None)
            self.bureau.signed_at = signed_at
            batch = self.submit_table("sign")
            self.dispatch()
            second = self._history() - known
            self.assertEqual(known.mapped("state"), ["cancelled"] * len(known))
            self.assertEqual((second.state, second.operation_id), ("signed", batch))
            self.assertEqual(len(second.line_ids), 1)
        self.assertEqual(self._history().mapped("ordinal"), [1, 2, 3])
        self.assertEqual(self._paper(first), before)

    def test_row_C9_one_signature_answered_to_two_batches(self):
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        self.bureau.signed_at = fields.Datetime.now()
        first = self._build_and_sign()
        self.open_period(statistics_status="02")
        second = self.submit_table("sign")
        self.dispatch()
        self.assertEqual(second.state, "success", "the bureau finds it signed")
        self.assertEqual(self._history(), first)
        self.assertEqual(first.state, "signed")

    def test_row_C9_answer_after_a_reading_that_knew_a_voided_batch(self):
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        self.period.action_build_statistics()
        self.dispatch()
        voided = self.submit_table("sign").sudo()
        self.open_period(statistics_status="05")
        # A guess of the reading, which a definite answer overrules.
        self._history().sudo().operation_id = voided
        voided._set_state("voided")
        self.bureau.signed_at = self._history().signed_at
        self.open_period(statistics_status="02")
        batch = self.submit_table("sign")
        self.dispatch()
        self.assertRecordValues(
            self._history(),
            [{"ordinal": 1, "is_read_back": False, "operation_id": batch.id}],
        )

    def test_row_C9_answer_after_the_revocation(self):
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        self.period.action_build_statistics()
        self.dispatch()
        batch = self.submit_table("sign").sudo()
        asked_at = fields.Datetime.now()
        self.open_period(statistics_status="05")
        self._history().sudo().write(
            {"state": "cancelled", "cancelled_at": asked_at + timedelta(seconds=5)}
        )
        invoices = self._history().line_ids.input_invoice_id
        invoices.sudo().selection = "selected"
        progress = Progress(True, "P1", sign_code="200", ordinal=1)
        self.env["invoice.tax.confirmation"]._confirm(
            self.period.sudo(), batch, progress, asked_at
        )
        self.assertRecordValues(
            self._history(),
            [{"ordinal": 1, "state": "cancelled", "operation_id": batch.id}],
        )
        self.assertEqual(set(invoices.mapped("selection")), {"selected"})

    def test_row_C9_other_sums_of_the_bureau_are_named(self):
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        batch = self.submit_table("statistics").sudo()
        total = TableRow("total", 3, Decimal("300.00"), Decimal("39.00"))
        confirmation = self.env["invoice.tax.confirmation"]._confirm(
            self.period.sudo(),
            batch,
            Progress(True, "P1", sign_code="200", totals=total),
        )
        for part in ("39.00", "13.00"):
            self.assertIn(part, confirmation.difference)
        self.assertEqual(money(confirmation.vat_amount), Decimal("39.00"))
