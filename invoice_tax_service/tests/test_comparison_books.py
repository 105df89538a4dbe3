from odoo.fields import Command

from .entry_common import EntryCase
from .test_comparison import ComparisonCase


class TestBooks(EntryCase, ComparisonCase):
    """Where input VAT to be certified is kept apart, the ledger is compared too: the
    entry of the signature, what is transferred out and what was booked by hand."""

    def sign_and_book(self, count=2):
        self.deduct_and_sign(count)
        self.run_cron()

    def by_hand(self, amount, account="input_tax_account_id", day="2026-10-15"):
        """An entry that no signature stands for."""
        entry = self.moves(self.mender).create(
            {
                "move_type": "entry",
                "date": day,
                "journal_id": self.company.deduction_journal_id.id,
                "line_ids": [
                    Command.create({"account_id": one.id, "balance": balance})
                    for one, balance in (
                        (self.company[account], amount),
                        (self.company.undeducted_tax_account_id, -amount),
                    )
                ],
            }
        )
        entry.action_post()
        return entry

    def test_row_C16_comparison_with_the_ledger_to_the_cent(self):
        self.add_booked(1)
        self.sign_and_book(3)
        page = self.compare()
        self.assertEqual(page.line_ids.mapped("kind"), ["not_selected"])
        self.assertEqual(page.verdict, "agreed")
        for (block, measure), wanted in {
            ("deduct", "creditable"): ("39.00", "39.00", "39.00"),
            ("deduct", "bill_vat"): (None, "39.00", "39.00"),
            ("ledger", "transferred"): (None, "0.00", "0.00"),
            # One bill waits for its invoice to be selected.
            ("ledger", "uncertified"): (None, None, "13.00"),
        }.items():
            self.assertEqual(self.figure(page, block, measure), wanted, measure)

    def test_row_C16_comparison_before_the_signature(self):
        """Nothing is due in the books before somebody signs."""
        self.submit("deduct", self.add_booked(2))
        self.dispatch()
        self.read_table()
        page = self.assertAgrees()
        self.assertEqual(
            self.figure(page, "deduct", "creditable"), ("26.00", "26.00", None)
        )

    def test_row_C16_each_difference_mended_signed_without_an_entry(self):
        confirmation = self.deduct_and_sign(2)
        line = self.assertDiffers(
            "entry_missing", "post_entry", lacking="books", own_vat=26
        )
        self.assertEqual(line.confirmation_id, confirmation)
        self.assertEqual(
            self.figure(line.comparison_id, "deduct", "creditable"),
            ("26.00", "26.00", "0.00"),
        )
        self.press(line)
        self.assertBalances(uncertified=0, input=26)
        page = self.assertAgrees()
        self.assertEqual(self.figure(page, "deduct", "creditable"), ("26.00",) * 3)

    def test_row_C16_each_difference_mended_entry_of_a_revoked_signature(self):
        self.sign_and_book()
        self.revoke_signature()
        line = self.assertDiffers("entry_left", "open_entries")
        self.assertEqual(line.confirmation_id.state, "cancelled")
        action = self.press(line)
        self.assertEqual(action["res_id"], self.entries(line.confirmation_id.sudo()).id)
        self.run_cron()
        self.assertAgrees()

    def test_row_C16_each_difference_mended_entry_by_hand(self):
        self.sign_and_book()
        entry = self.by_hand(7)
        line = self.assertDiffers(
            "entry_differs", "open_items", bureau_vat=26, own_vat=26, books_vat=33
        )
        action = self.press(line)
        items = self.env["account.move.line"].search(action["domain"])
        self.assertEqual(items.move_id, entry)
        self.assertEqual(items.account_id, self.company.input_tax_account_id)
        self.by_hand(5, day="2026-11-02")
        self.assertDiffers("entry_differs", "open_items", books_vat=33)
        entry.button_draft()
        entry.button_cancel()
        self.assertAgrees()

    def test_row_C16_each_difference_mended_abnormal_not_transferred_out(self):
        self.sign_and_book(2)
        invoice = self.env["invoice.tax.input.invoice"].search(
            [("taxpayer_id", "=", self.taxpayer.id)], limit=1
        )
        self.change(invoice, status="out_of_control")
        line = self.assertDiffers(
            "transfer_missing", "transfer", own_vat=13, lacking="books"
        )
        self.assertEqual(
            self.figure(line.comparison_id, "ledger", "transferred"),
            (None, "13.00", "0.00"),
        )
        self.press(line)
        page = self.assertAgrees()
        self.assertEqual(
            self.figure(page, "ledger", "transferred"), (None, "13.00", "13.00")
        )
        # The deduction itself was signed and stays booked.
        self.assertEqual(self.figure(page, "deduct", "creditable"), ("26.00",) * 3)
        self.change(invoice, status="normal")
        self.run_cron()
        self.assertAgrees()

    def test_row_C16_each_difference_mended_vat_on_another_account(self):
        [invoice] = self.add_selected(1)
        bill = self.bill(input_invoice_number=invoice.number)
        accounts = (
            self.company.input_tax_account_id,
            bill.line_ids.filtered("tax_line_id").account_id,
        )
        bill.line_ids.filtered("tax_line_id").account_id = accounts[0]
        bill.action_post()
        self.read_table()
        line = self.assertDiffers("vat_elsewhere", "open_bill", bill_id=bill)
        self.assertEqual(self.press(line)["res_id"], bill.id)
        bill.button_draft()
        bill.line_ids.filtered("tax_line_id").account_id = accounts[1]
        bill.action_post()
        self.assertAgrees()

    def test_row_C16_each_difference_mended_needs_the_rights_of_the_button(self):
        self.deduct_and_sign(1)
        page = self.compare(user=self.clerk)
        line = page.line_ids.filtered(lambda one: one.kind == "entry_missing")
        self.env["invoice.tax.right"].create(
            {
                "company_id": self.company.id,
                "user_id": self.mender.id,
                "item": "entry_post",
                "is_allowed": True,
            }
        )
        with self.assertRefused("no_right"):
            line.action_post_entry()
        self.assertBalances(uncertified=13, input=0)
        page = self.compare()
        self.press(page.line_ids)
        self.assertBalances(uncertified=0, input=13)

    def test_row_C16_comparison_of_another_period_has_other_entries(self):
        self.sign_and_book(1)
        other = self.env["invoice.tax.period"]._get_or_create(self.taxpayer, "202609")
        page = self.compare(other)
        self.assertEqual(page.verdict, "agreed")
        self.assertEqual(
            self.figure(page, "deduct", "creditable"), (None, "0.00", None)
        )
        self.assertFalse(other._get_entries())
        self.assertEqual(
            self.period._get_entries().tax_confirmation_id,
            self.confirmations(),
        )
