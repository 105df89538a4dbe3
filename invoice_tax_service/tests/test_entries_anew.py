from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from odoo import fields

from ..gateway.messages import InvoiceKey, Progress
from .bill_common import TAX_ONLY
from .common import OWN, PERIOD, money
from .entry_common import EntryCase
from .test_comparison import ComparisonCase


class TestEntriesAnew(EntryCase, ComparisonCase):
    """An entry that what came later has made wrong is named by the comparison, and one
    click takes it back and posts it anew (C16)."""

    def sign_and_book(self, count=2):
        confirmation = self.deduct_and_sign(count)
        self.run_cron()
        return confirmation

    def read_confirmed(self, purpose="deduct", **values):
        """What the bureau has confirmed for the period, and Odoo reads after it."""
        invoices = self.add_invoices(
            1, selection="confirmed", purpose=purpose, period=PERIOD, **values
        )
        for invoice in invoices:
            self.bill(input_invoice_number=invoice.number, post=True)
        self.open_period()
        return invoices

    def assertNothingToPost(self, confirmation):
        entries = self.entries(confirmation)
        action = confirmation.with_user(self.mender).action_repost_entry()
        self.assertIn("The entry is as it should be.", action["params"]["message"])
        self.assertEqual(self.entries(confirmation), entries)

    def assertPostedAnew(self, confirmation, count=3):
        """One entry stands, and it is what the bureau's table says."""
        self.env.invalidate_all()
        entries = self.entries(confirmation)
        self.assertEqual(len(entries), count, "entry, reversal, entry")
        standing = entries.filtered(
            lambda one: not (one.reversed_entry_id or one.is_tax_entry_reversed)
        )
        self.assertEqual((len(standing), standing.state), (1, "posted"))
        self.assertEqual(
            self.balance("input_tax_account_id"),
            money(self.period.statistics_id.deduct_vat),
        )
        self.assertAgrees()

    def test_row_C16_each_difference_mended_stale_entry(self):
        confirmation = self.sign_and_book(2)
        self.read_confirmed()
        line = self.assertDiffers(
            "entry_stale",
            "repost_entry",
            lacking="books",
            bureau_vat=39,
            own_vat=39,
            books_vat=26,
        )
        self.assertEqual(line.confirmation_id, confirmation)
        self.press(line)
        self.assertPostedAnew(confirmation)
        self.assertBalances(uncertified=0, input=39)
        self.assertEqual(confirmation.vat_amount, 39)
        self.assertFalse(confirmation.difference)
        # Whoever had the page open before presses the button again.
        self.assertNothingToPost(confirmation)

    def test_row_C16_stale_entry_of_an_invoice_that_changed(self):
        part = self.add_booked(1)
        confirmation = self.sign_and_book(1)
        self.assertBalances(uncertified=13, input=13)
        self.change(
            part,
            selection="confirmed",
            purpose="deduct",
            period=PERIOD,
            creditable_vat=Decimal("6.57"),
        )
        self.open_period()
        self.press(self.assertDiffers("entry_stale", "repost_entry", books_vat=13))
        self.assertPostedAnew(confirmation)
        self.assertBalances(uncertified=0, input="19.57", undeducted="6.43")

    def test_row_C16_stale_entry_of_an_invoice_that_is_not_deducted_any_more(self):
        confirmation = self.sign_and_book(2)
        self.change(confirmation.line_ids[:1].input_invoice_id, purpose="exclude")
        self.open_period()
        line = self.compare().line_ids.filtered(lambda one: one.kind == "entry_stale")
        self.press(line)
        self.assertPostedAnew(confirmation)
        self.assertBalances(uncertified=0, input=13, undeducted=13)

    def test_row_C16_stale_entry_that_a_person_posted_before_all_was_read(self):
        confirmation = self.sign_with_an_unread_one()
        confirmation.action_post_entry()
        self.assertBalances(uncertified=13, input=13)
        self.dispatch()
        self.open_period()
        self.run_cron()
        self.assertBalances(uncertified=13, input=13)
        self.press(self.assertDiffers("entry_stale", "repost_entry", books_vat=13))
        self.assertPostedAnew(confirmation)

    def test_row_C16_signature_is_completed_by_the_reading_that_follows(self):
        """What was selected elsewhere is signed with it; the entry waits for it."""
        confirmation = self.deduct_and_sign(1)
        unread = self.add_booked(1)
        values = {"selection": "confirmed", "purpose": "deduct", "period": PERIOD}
        self.bureau.change(OWN, unread.number, **values)
        # So the answer to the signature said.
        told = {"invoice_count": 2, "net_amount": 200, "vat_amount": 26}
        confirmation.sudo().write(told)
        self.open_period()
        self.assertTrue(confirmation.difference)
        self.run_cron()
        self.assertFalse(self.entries(confirmation))
        self.change(unread, **values)
        self.open_period()
        self.assertFalse(confirmation.difference)
        self.assertEqual(confirmation.invoice_count, 2)
        self.run_cron()
        self.assertEqual(len(self.entries(confirmation)), 1)
        self.assertBalances(uncertified=0, input=26)
        self.assertAgrees()

    def test_row_C16_entry_is_not_stale_where_a_person_booked_the_rest(self):
        self.sign_and_book(2)
        self.read_confirmed()
        entry = self.moves(self.mender).create(
            {
                "move_type": "entry",
                "date": "2026-10-15",
                "journal_id": self.company.deduction_journal_id.id,
                "line_ids": [
                    (0, 0, {"account_id": account.id, "balance": balance})
                    for account, balance in (
                        (self.company.input_tax_account_id, 13),
                        (self.company.uncertified_tax_account_id, -13),
                    )
                ],
            }
        )
        entry.action_post()
        self.assertAgrees()

    def test_row_C16_entry_is_not_stale_before_bureau_and_odoo_agree(self):
        confirmation = self.sign_and_book(2)
        self.bureau.add_invoice(
            OWN,
            self.next_number(),
            selection="confirmed",
            purpose="deduct",
            period=PERIOD,
        )
        self.open_period()
        kinds = self.compare().line_ids.mapped("kind")
        self.assertIn("missing_in_odoo", kinds)
        self.assertNotIn("entry_stale", kinds)
        self.assertEqual(len(self.entries(confirmation)), 1)

    def test_row_C16_posted_anew_by_who_may_post(self):
        confirmation = self.sign_and_book(1)
        self.read_confirmed()
        line = self.compare().line_ids.filtered(lambda one: one.kind == "entry_stale")
        tax_only = self._new_user("tax_only", TAX_ONLY)
        with self.assertRefused("no_posting_right"):
            confirmation.with_user(tax_only).action_repost_entry()
        self.env["invoice.tax.right"].sudo().create(
            {
                "company_id": self.company.id,
                "user_id": self.mender.id,
                "item": "entry_post",
                "is_allowed": False,
            }
        )
        for record in (line, confirmation.with_user(self.mender)):
            with self.assertRefused("no_right"):
                record.action_repost_entry()
        self.assertEqual(len(self.entries(confirmation)), 1)

    # === BILLS POSTED LATER === #

    def exclude_and_sign(self, deducted=1):
        excluded = self.add_invoices(1)
        if deducted:
            self.submit("deduct", self.add_booked(deducted))
        self.submit("exclude", excluded, reason="3")
        confirmation = self.sign()
        self.run_cron()
        return confirmation, excluded

    def test_row_C16_each_difference_mended_excluded_bill_posted_later(self):
        confirmation, excluded = self.exclude_and_sign()
        self.assertBalances(uncertified=0, input=13, undeducted=0)
        bill = self.bill(input_invoice_number=excluded.number, post=True)
        self.assertBalances(uncertified=13, input=13)
        line = self.assertDiffers(
            "bill_late",
            "repost_entry",
            lacking="books",
            block="exclude",
            own_vat=13,
            books_vat=0,
            bill_id=bill,
            name=excluded.number,
        )
        self.assertEqual(line.input_invoice_id, excluded)
        self.press(line)
        self.assertPostedAnew(confirmation)
        self.assertBalances(uncertified=0, input=13, undeducted=13)

    def test_row_C16_excluded_bill_posted_before_is_known_to_the_entry(self):
        before = self.add_booked(1)
        confirmation, late = self.exclude_and_sign(0)
        self.assertFalse(self.entries(confirmation))
        self.take_back()
        self.submit("exclude", before, reason="3")
        confirmation = self.sign()
        self.run_cron()
        self.assertBalances(uncertified=0, undeducted=13)
        bill = self.bill(input_invoice_number=late.number, post=True)
        # Only the one that came later is named.
        self.press(self.assertDiffers("bill_late", "repost_entry", bill_id=bill))
        self.assertPostedAnew(confirmation)
        self.assertBalances(uncertified=0, input=0, undeducted=26)

    def test_row_C16_what_the_entry_took_is_known_after_each_reading(self):
        before = self.add_booked(1)
        self.submit("exclude", before, reason="3")
        confirmation = self.deduct_and_sign(1)
        self.run_cron()
        # So the answer said; the reading that brings the other one covers all anew.
        told = {"invoice_count": 2, "net_amount": 200, "vat_amount": 26}
        confirmation.sudo().write(told)
        rows = confirmation.line_ids
        self.read_confirmed()
        self.assertEqual(len(confirmation.line_ids), 3)
        self.assertFalse(confirmation.line_ids & rows)
        self.press(self.assertDiffers("entry_stale", "repost_entry"))
        self.assertPostedAnew(confirmation)

    def test_row_C16_what_the_entry_took_is_noted_where_it_never_was(self):
        """As entries that were posted before it was kept."""
        before = self.add_booked(1)
        self.submit("exclude", before, reason="3")
        confirmation = self.deduct_and_sign(1)
        self.run_cron()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE invoice_tax_confirmation_line SET released_vat = NULL"
        )
        self.press(self.assertDiffers("bill_late", "repost_entry"))
        self.assertPostedAnew(confirmation, count=1)
        self.assertNothingToPost(confirmation)

    def test_row_C16_bill_that_the_entry_knew_and_that_was_changed(self):
        excluded = self.add_booked(1)
        self.submit("exclude", excluded, reason="3")
        confirmation = self.deduct_and_sign(1)
        self.run_cron()
        self.assertBalances(uncertified=0, input=13, undeducted=13)
        bill = self.pool(excluded).bill_id
        bill.button_draft()
        bill.invoice_line_ids.write({"tax_ids": False, "price_unit": 113})
        bill.action_post()
        self.assertBalances(uncertified=-13)
        line = self.assertDiffers(
            "bill_late",
            "repost_entry",
            block="exclude",
            own_vat=0,
            books_vat=13,
            bill_id=bill,
        )
        self.press(line)
        self.assertPostedAnew(confirmation)
        self.assertBalances(uncertified=0, input=13, undeducted=0)

    def test_row_C16_posted_anew_with_what_was_signed(self):
        """An invoice whose creditable VAT is lowered after the table was filed."""
        confirmation, excluded = self.exclude_and_sign()
        invoice = confirmation.line_ids.input_invoice_id - excluded
        self.change(invoice, creditable_vat=Decimal("6.00"))
        self.bill(input_invoice_number=excluded.number, post=True)
        rows = confirmation.line_ids
        page = self.compare()
        self.press(page.line_ids.filtered(lambda one: one.kind == "bill_late"))
        self.env.invalidate_all()
        self.assertEqual(len(self.entries(confirmation)), 3)
        self.assertBalances(uncertified=0, input=13, undeducted=13)
        self.assertEqual(confirmation.line_ids, rows)
        self.assertEqual(sum(rows.mapped("creditable_vat")), 26)
        self.assertFalse(confirmation.difference)

    def test_row_C16_not_posted_anew_before_all_that_was_signed_is_known(self):
        confirmation, excluded = self.exclude_and_sign()
        # The bureau has confirmed one more, which nobody has read yet.
        signed = {"selection": "confirmed", "purpose": "deduct", "period": PERIOD}
        unread = self.bureau.add_invoice(OWN, self.next_number(), **signed)
        self.open_period()
        self.bill(input_invoice_number=excluded.number, post=True)
        with self.assertRefused("entry_differs"):
            confirmation.with_user(self.mender).action_repost_entry()
        self.bill(input_invoice_number=unread.number, post=True)
        self.merge([unread])
        confirmation.with_user(self.mender).action_repost_entry()
        self.assertPostedAnew(confirmation)
        self.assertBalances(uncertified=0, input=26, undeducted=13)

    def test_row_C16_posted_anew_where_the_bureau_told_no_table(self):
        """Only that it was signed: then what the signature said stands."""
        confirmation, excluded = self.exclude_and_sign()
        confirmation.period_id.statistics_ids.sudo().line_ids.unlink()
        self.bill(input_invoice_number=excluded.number, post=True)
        confirmation.with_user(self.mender).action_repost_entry()
        self.assertBalances(uncertified=0, input=13, undeducted=13)

    def test_row_C16_excluded_bill_posted_later_where_nothing_was_posted(self):
        confirmation, excluded = self.exclude_and_sign(0)
        self.assertFalse(self.entries(confirmation))
        self.bill(input_invoice_number=excluded.number, post=True)
        self.press(self.assertDiffers("bill_late", "post_entry"))
        self.assertPostedAnew(confirmation, count=1)
        self.assertBalances(uncertified=0, input=0, undeducted=13)

    def test_row_C16_excluded_invoice_read_later(self):
        confirmation = self.sign_and_book(1)
        [excluded] = self.read_confirmed("exclude", reason="3")
        line = self.assertDiffers("bill_late", "repost_entry", block="exclude")
        self.assertEqual(line.input_invoice_id, excluded)
        self.press(line)
        self.assertPostedAnew(confirmation)
        self.assertBalances(uncertified=0, input=13, undeducted=13)

    def test_row_C16_excluded_invoice_read_later_where_nothing_was_posted(self):
        confirmation, _unbooked = self.exclude_and_sign(0)
        self.read_confirmed("exclude", reason="3")
        lines = self.compare().line_ids
        self.press(lines.filtered(lambda one: one.kind == "bill_late"))
        self.assertEqual(len(self.entries(confirmation)), 1)
        self.assertBalances(uncertified=0, input=0, undeducted=13)

    def test_row_C16_excluded_bill_that_put_it_into_the_cost_is_no_difference(self):
        _confirmation, excluded = self.exclude_and_sign()
        bill = self.bill(113, input_invoice_number=excluded.number)
        bill.invoice_line_ids.tax_ids = False
        bill.action_post()
        self.assertAgrees()

    def test_row_C16_bill_posted_later_that_books_what_is_credited(self):
        """Farm products and tickets: the entry took it out of the cost."""
        part = self.add_selected(
            1, vat_amount=0, gross_amount=Decimal(100), creditable_vat=Decimal(9)
        )
        confirmation = self.sign()
        self.run_cron()
        self.assertBalances(uncertified=0, input=9, undeducted=-9)
        bill = self.bill_with_credit(part)
        bill.action_post()
        self.press(self.assertDiffers("bill_late", "repost_entry", books_vat=0))
        self.assertPostedAnew(confirmation)
        self.assertBalances(uncertified=0, input=9, undeducted=0)

    # === REVOKED ELSEWHERE === #

    def test_row_C16_reversed_once_when_revoked_at_the_bureau_itself(self):
        confirmation = self.sign_and_book(2)
        entry = self.entries(confirmation)
        self.open_period(statistics_status="24")
        self.assertEqual(confirmation.state, "signed", "the bureau is at work on it")
        for _reading in range(2):
            self.open_period(statistics_status="02", signed_at=None)
            self.run_cron()
        self.assertEqual(confirmation.state, "cancelled")
        self.assertEqual(self.entries(confirmation), entry | entry.reversal_move_ids)
        self.assertEqual(entry.reversal_move_ids.mapped("state"), ["posted"])
        self.assertBalances(uncertified=26, input=0)
        self.assertFalse(confirmation.is_entry_due)
        # Signed again there: it is a signature of its own.
        later = fields.Datetime.now() + timedelta(hours=1)
        self.open_period(statistics_status="05", signed_at=later)
        self.run_cron()
        again = self.confirmations() - confirmation
        self.assertEqual((again.state, len(self.entries(again))), ("signed", 1))
        self.assertPostedAnew(again, count=1)
        self.assertBalances(uncertified=0, input=26)

    def test_row_C16_reading_that_was_mistaken(self):
        """The bureau shows the same signature again: it stands, and so does its VAT."""
        confirmation = self.sign_and_book(2)
        signed_at = confirmation.signed_at
        self.open_period(statistics_status="02", signed_at=None)
        self.assertEqual(confirmation.state, "cancelled")
        self.open_period(statistics_status="05", signed_at=signed_at)
        self.run_cron()
        self.assertEqual(self.confirmations(), confirmation)
        self.assertEqual(confirmation.state, "signed")
        self.assertPostedAnew(confirmation, count=1)
        self.open_period(statistics_status="02", signed_at=None)
        self.run_cron()
        self.assertBalances(uncertified=26, input=0)
        self.open_period(statistics_status="05", signed_at=signed_at)
        self.run_cron()
        self.assertPostedAnew(confirmation)
        invoices = confirmation.line_ids.input_invoice_id
        self.assertEqual(set(invoices.mapped("selection")), {"confirmed"})

    def test_row_C16_mistaken_reading_changes_nothing_that_was_signed(self):
        confirmation = self.sign_and_book(1)
        rows = confirmation.line_ids
        signed_at = confirmation.signed_at
        self.open_period(statistics_status="02", signed_at=None)
        invoice = rows.input_invoice_id
        found = self.bureau.invoices[OWN, InvoiceKey(invoice.number)]
        self.merge([replace(found, creditable_vat=Decimal("6.00"))])
        self.open_period(statistics_status="05", signed_at=signed_at)
        self.run_cron()
        self.assertEqual((confirmation.state, rows.exists()), ("signed", rows))
        self.assertEqual(rows.creditable_vat, 13)
        self.assertBalances(uncertified=0, input=13)

    def test_row_C9_answer_after_a_reading_that_saw_it_revoked(self):
        self.submit("deduct", self.add_booked(1))
        self.dispatch()
        self.period.action_build_statistics()
        self.dispatch()
        batch = self.submit_table("sign").sudo()
        asked_at = self.now
        self.open_period(statistics_status="05")
        self.pass_time(5)
        self.open_period(statistics_status="02")
        progress = Progress(True, "P1", sign_code="200", ordinal=1)
        history = self.env["invoice.tax.confirmation"]
        history._confirm(self.period.sudo(), batch, progress, asked_at)
        self.run_cron()
        self.assertEqual(self.confirmations().mapped("state"), ["cancelled"])
        self.assertBalances(uncertified=13, input=0)

    def test_row_C16_revoked_elsewhere_by_a_period_that_was_rolled_back(self):
        confirmation = self.sign_and_book(1)
        self.open_period(period="202609", next_period=PERIOD, statistics_status="01")
        self.run_cron()
        self.assertEqual(confirmation.state, "cancelled")
        self.assertBalances(uncertified=13, input=0)

    def test_row_C16_filed_period_keeps_its_entry(self):
        confirmation = self.sign_and_book(1)
        self.open_period(statistics_status="01", filed=True)
        self.open_period(
            period="202611", next_period="202612", statistics_status="01", filed=False
        )
        self.run_cron()
        self.assertEqual(confirmation.state, "signed")
        self.assertBalances(uncertified=0, input=13)

    # === SIMULATED === #

    def test_row_C16_entries_of_a_simulated_bureau_are_marked(self):
        self.assertEqual(self.connection.environment, "simulated")
        confirmation = self.sign_and_book(1)
        entry = self.entries(confirmation)
        self.change(confirmation.line_ids.input_invoice_id, status="out_of_control")
        invoice = self.pool(confirmation.line_ids.input_invoice_id, self.mender)
        invoice.action_transfer_out()
        transfer = invoice.transfer_entry_id
        self.open_period(statistics_status="02")
        self.run_cron()
        for move in entry | entry.reversal_move_ids | transfer:
            self.assertTrue(move.is_tax_entry_simulated)
            self.assertTrue(move.ref.startswith("[Simulated] "), move.ref)
        self.assertIn("[Simulated]", entry.line_ids[0].name)

    def test_row_C16_entries_of_a_real_bureau_bear_no_mark(self):
        confirmation = self.deduct_and_sign(1)
        confirmation.sudo().environment = "production"
        self.run_cron()
        entry = self.entries(confirmation)
        self.assertFalse(entry.is_tax_entry_simulated)
        self.assertNotIn("Simulated", entry.ref)
