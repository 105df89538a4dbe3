from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command

from .bill_common import TAX_ONLY, TwoCompanies
from .common import SECOND
from .entry_common import EntryCase


class TestEntryRights(EntryCase):
    """Who may post posts with his own rights; the scheduled action for all."""

    def test_row_C16_posting_right_of_accounting_is_needed(self):
        confirmation = self.deduct_and_sign(1)
        tax_only = self._new_user("tax_only", TAX_ONLY)
        with self.assertRefused("no_posting_right"):
            confirmation.with_user(tax_only).action_post_entry()
        self.assertFalse(self.entries(confirmation))
        self.run_cron()
        self.assertEqual(len(self.entries(confirmation)), 1)
        self.assertEqual(confirmation.with_user(tax_only).entry_id.state, "posted")

    def test_row_C16_right_of_the_matrix_is_needed(self):
        confirmation = self.deduct_and_sign(1)
        self.env["invoice.tax.right"].sudo().create(
            {
                "company_id": self.company.id,
                "user_id": self.bookkeeper.id,
                "item": "entry_post",
                "is_allowed": False,
            }
        )
        with self.assertRefused("no_right"):
            confirmation.action_post_entry()

    def test_row_C16_nobody_makes_the_entry_of_a_signature_by_hand(self):
        """Whoever keeps the books may make entries, and may not post this one; what he
        makes must not stand in its place."""
        confirmation = self.deduct_and_sign(1)
        invoice = confirmation.line_ids.input_invoice_id
        moves = self.env["account.move"].with_user(self.bookkeeper)
        entry = moves.create({"move_type": "entry"})
        for name, value in (
            ("tax_entry_kind", "certified"),
            ("tax_confirmation_id", confirmation.id),
            ("transferred_invoice_id", invoice.id),
            ("is_tax_entry_reversed", True),
            ("input_invoice_notice", "x"),
        ):
            default = moves.with_context(**{f"default_{name}": value})
            link = {"move_type": "entry", name: value}
            reversal = {"reversal_move_ids": [Command.create(link)]}
            for number, way in enumerate(
                (
                    lambda: moves.create(link),  # noqa: B023 - called at once
                    lambda: default.create({"move_type": "entry"}),  # noqa: B023
                    lambda: entry.copy({name: value}),  # noqa: B023
                    lambda: entry.write({name: value}),  # noqa: B023
                    lambda: entry.write(reversal),  # noqa: B023
                )
            ):
                with self.subTest(name=name, way=number):
                    with self.assertRefused("readonly"):
                        way()
        self.assertFalse(self.entries(confirmation))
        self.run_cron()
        self.assertEqual(self.entries(confirmation).state, "posted")

    def test_row_C16_copy_of_an_entry_belongs_to_no_signature(self):
        """Its reversal does, by whatever way it is made; reversed it can be posted
        anew."""
        confirmation = self.deduct_and_sign(1)
        confirmation.action_post_entry()
        entry = self.entries(confirmation)
        copy = entry.with_user(self.bookkeeper).copy()
        self.assertFalse(copy.tax_entry_kind)
        self.assertFalse(copy.tax_confirmation_id)
        self.assertEqual(self.entries(confirmation), entry)
        wizard = self.env["account.move.reversal"].with_user(self.bookkeeper)
        wizard = wizard.with_context(active_model=entry._name, active_ids=entry.ids)
        wizard.create({"journal_id": entry.journal_id.id}).refund_moves()
        reversal = self.entries(confirmation) - entry
        self.assertEqual(reversal.state, "posted")
        self.assertEqual(reversal.reversed_entry_id, entry)
        self.assertEqual(reversal.tax_entry_kind, "certified")
        self.assertTrue(entry.is_tax_entry_reversed)
        self.assertFalse(reversal.is_tax_entry_reversed)

    def test_row_C16_posted_with_the_rights_of_whoever_posts(self):
        confirmation = self.deduct_and_sign(1)
        confirmation.action_post_entry()
        entry = self.entries(confirmation)
        self.assertEqual(entry.create_uid, self.bookkeeper)


class TestEntryCompanies(TwoCompanies, EntryCase):
    """Each company books its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keep_apart(cls.other_company)

    def test_row_C16_another_company_books_its_own(self):
        self.bureau.add_taxpayer(SECOND)
        self.open_period(self.other_taxpayer)
        own = self.deduct_and_sign(1)
        with patch.object(type(self), "clerk", self.stranger):
            invoices = self.add_invoices(2, self.other_taxpayer)
            self.submit("deduct", invoices, self.other_taxpayer)
            self.sign(self.other_taxpayer)
        other = self.confirmations(self.other_taxpayer, self.stranger)
        self.run_cron()
        self.assertEqual(self.entries(own).company_id, self.company)
        self.assertEqual(self.entries(other).company_id, self.other_company)
        self.assertBalances(uncertified=0, input=13)
        self.assertEqual(self.balance("input_tax_account_id", self.other_company), 26)
        for confirmation, user in ((own, self.stranger), (other, self.bookkeeper)):
            with self.assertRaises(AccessError):
                confirmation.with_user(user).action_post_entry()
