from .bill_common import TAX_ONLY
from .common import PERIOD
from .entry_common import EntryCase

ACTIVITY = "invoice_tax_service.mail_activity_type_unsound"


class TestTransferOut(EntryCase):
    """VAT of an invoice that turns unsound after the signature is transferred out."""

    def setUp(self):
        super().setUp()
        self.invoice = self.add_booked(1)
        self.submit("deduct", self.invoice)
        self.confirmation = self.sign()
        self.run_cron()
        self.own = self.pool(self.invoice)

    def turn(self, status):
        self.bureau.change(self.taxpayer.tax_number, self.invoice.number, status=status)
        self.env["invoice.tax.fetch"]._ask(self.taxpayer, "pool")
        self.dispatch()

    def transfers(self):
        return self.env["account.move"].search(
            [("transferred_invoice_id", "=", self.invoice.id)], order="id"
        )

    def test_row_C16_transfer_out_once_through_all_states(self):
        for status in ("abnormal", "out_of_control", "fully_red"):
            self.turn(status)
            if status == "abnormal":
                self.own.bill_id.action_transfer_out()
            self.assertEqual(len(self.transfers()), 1)
            with self.assertRefused("entry_posted"):
                self.own.action_transfer_out()
        entry = self.transfers()
        self.assertEqual(
            (entry.state, entry.tax_entry_kind, entry.date),
            ("posted", "transferred", self.taxpayer._get_today()),
        )
        self.assertBalances(input=13, transferred=-13, undeducted=13)

    def test_row_C16_transfer_out_settles_the_activity(self):
        self.turn("voided")
        bill = self.own.bill_id
        kind = self.env.ref(ACTIVITY)
        self.assertEqual(bill.activity_ids.activity_type_id, kind)
        self.assertTrue(bill.can_transfer_out)
        self.own.action_transfer_out()
        self.assertFalse(bill.activity_ids)
        self.assertEqual(bill.transfer_entry_id, self.transfers())
        self.assertFalse(bill.can_transfer_out)
        self.assertIn(self.transfers().name, " ".join(bill.message_ids.mapped("body")))

    def test_row_C16_transfer_out_reversed_when_sound_again(self):
        self.turn("abnormal")
        self.own.action_transfer_out()
        self.turn("normal")
        for _run in range(2):
            self.run_cron()
        entry, reversal = self.transfers()
        self.assertEqual(
            (reversal.reversed_entry_id, reversal.state), (entry, "posted")
        )
        self.assertBalances(input=13, transferred=0, undeducted=0)
        self.turn("abnormal")
        self.own.action_transfer_out()
        self.assertBalances(input=13, transferred=-13, undeducted=13)

    def test_row_C16_transfer_out_reversed_with_the_signature(self):
        self.turn("abnormal")
        self.own.action_transfer_out()
        self.revoke_signature()
        self.run_cron()
        self.assertBalances(uncertified=13, input=0, transferred=0, undeducted=0)

    def test_row_C16_transfer_out_refused(self):
        with self.assertRefused("transfer_nothing"):
            self.own.action_transfer_out()
        self.turn("abnormal")
        tax_only = self._new_user("tax_only", TAX_ONLY)
        with self.assertRefused("no_posting_right"):
            self.invoice.with_user(tax_only).action_transfer_out()
        self.company.is_input_tax_booked = False
        self.own.invalidate_recordset()
        self.assertFalse(self.own.can_transfer_out)
        with self.assertRefused("entries_off"):
            self.own.action_transfer_out()
        self.assertFalse(self.transfers())

    def test_row_C16_transfer_out_of_one_without_bill(self):
        self.own.bill_id.button_draft()
        self.own.bill_id.button_cancel()
        self.turn("abnormal")
        self.own.action_transfer_out()
        self.assertEqual(len(self.transfers()), 1)
        self.assertEqual(self.invoice.period, PERIOD)
