from unittest.mock import patch

from odoo.tools import mute_logger

from .bill_common import BillCase
from .common import PERIOD, money

ACTIVITY = "invoice_tax_service.mail_activity_type_unsound"


class TestUnsoundInvoice(BillCase):
    """An invoice that turns bad raises an activity on its bill: with the amount to
    transfer out, once for each change."""

    def setUp(self):
        super().setUp()
        self.invoice = self.add_invoices(1)
        self.booked = self.bill(input_invoice_number=self.invoice.number, post=True)

    def confirm(self):
        self.change(
            self.invoice, selection="confirmed", purpose="deduct", period=PERIOD
        )

    def read_pool(self):
        """A reading of the pool, as the scheduled one."""
        self.env["invoice.tax.fetch"]._ask(self.taxpayer, "pool")
        self.dispatch()

    def activities(self, bill=None):
        kind = self.env.ref(ACTIVITY)
        return (bill or self.booked).activity_ids.filtered(
            lambda one: one.activity_type_id == kind
        )

    def turn(self, status):
        self.bureau.change(self.taxpayer.tax_number, self.invoice.number, status=status)
        self.read_pool()

    def test_row_C14_each_bad_state_raises_an_activity_with_the_amount(self):
        self.confirm()
        for status, word in (
            ("voided", "Void"),
            ("out_of_control", "Out of Control"),
            ("fully_red", "Fully Red-lettered"),
            ("abnormal", "Abnormal"),
        ):
            with self.subTest(status=status):
                self.turn(status)
                activity = self.activities()
                self.assertEqual(len(activity), 1)
                self.assertEqual(activity.user_id, self.bookkeeper)
                for text in (activity.summary, activity.note):
                    self.assertIn(word, text)
                    self.assertIn("13.00", text)
                seen = self.booked.with_user(self.viewer)
                self.assertEqual(money(seen.input_invoice_vat_to_transfer), money(13))
                self.assertFalse(seen.is_input_invoice_sound)

    def test_row_C14_once_for_each_change(self):
        self.confirm()
        self.turn("abnormal")
        self.activities().action_feedback()
        self.read_pool()
        self.bureau.change(
            self.taxpayer.tax_number, self.invoice.number, seller_name="改名"
        )
        self.read_pool()
        self.assertFalse(self.activities(), "raised again at another reading")
        self.turn("normal")
        self.assertFalse(self.activities())
        self.turn("abnormal")
        self.assertEqual(len(self.activities()), 1, "a new change was not raised")
        self.turn("normal")
        self.assertFalse(self.activities(), "nothing is left to transfer")

    def test_row_C14_a_bill_that_books_another_invoice_has_no_alarm_left(self):
        self.confirm()
        self.turn("abnormal")
        self.assertTrue(self.activities() and self.booked.input_invoice_notice)
        self.booked.input_invoice_number = self.add_invoices(1).number
        self.assertFalse(self.activities() or self.booked.input_invoice_notice)
        self.booked.input_invoice_number = self.invoice.number
        self.read_pool()
        self.assertEqual(len(self.activities()), 1, "booked again, not told again")
        self.booked.input_invoice_number = False
        self.assertFalse(self.activities() or self.booked.input_invoice_notice)

    def test_row_C14_a_bill_whose_alarm_stays_holds_no_other(self):
        other = self.add_invoices(1)
        second = self.bill(88, input_invoice_number=other.number, post=True)
        for status in ("abnormal", "normal"):
            for invoice in (self.invoice, other):
                self.bureau.change(
                    self.taxpayer.tax_number, invoice.number, status=status
                )
            if status == "abnormal":
                self.read_pool()
        moves = self.registry["account.move"]
        unlink = moves.activity_unlink

        def refuse_one(bill, *args, **kwargs):
            if bill.id == self.booked.id:
                raise ValueError("trouble")
            return unlink(bill, *args, **kwargs)

        with (
            patch.object(moves, "activity_unlink", refuse_one),
            mute_logger("odoo.addons.invoice_tax_service.models.input_invoice_alarm"),
        ):
            self.read_pool()
        self.assertEqual(len(self.activities()), 1)
        self.assertFalse(self.activities(second), "held by the other")

    def test_row_C14_nothing_to_transfer_where_nothing_was_deducted(self):
        self.turn("voided")
        activity = self.activities()
        self.assertIn("nothing has to be transferred out", activity.note)
        self.assertNotIn("13.00", activity.note)

    def test_row_C14_partly_red_says_where_the_amount_stands(self):
        self.confirm()
        self.turn("partly_red")
        self.assertIn("red-letter invoice", self.activities().note)

    def test_row_C14_bill_that_is_found_later_is_told_too(self):
        late = self.add_invoices(
            1, status="voided", net_amount=500, gross_amount=565, vat_amount=65
        )
        self.read_pool()
        bill = self.bill(77, ref=late.number)
        self.read_pool()
        self.assertEqual(len(self.activities(bill)), 1)
        cancelled = self.bill(78, input_invoice_number=self.invoice.number)
        cancelled.button_cancel()
        self.turn("voided")
        self.assertFalse(self.activities(cancelled))

    def test_row_C14_a_bill_never_fails_a_reading(self):
        pool = self.registry["invoice.tax.input.invoice"]
        with (
            patch.object(pool, "_raise_alarms", side_effect=ValueError("trouble")),
            self.assertLogs("odoo.addons.invoice_tax_service", "ERROR"),
        ):
            self.turn("voided")
        last = self.env["invoice.tax.fetch"].search([], limit=1)
        self.assertEqual(last.state, "success")
        self.read_pool()
        self.assertEqual(len(self.activities()), 1)
