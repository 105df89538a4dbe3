from odoo.fields import Command

from .bill_common import BOOKKEEPER, TwoCompanies
from .common import SECOND

# Not the day of the bills: a person confirms.
LATER = "2026-10-20"


class TestBillsOfBranches(TwoCompanies):
    """A branch keeps books of its own and works under the tax number of its parent:
    its bills find the parent's invoices, and those of nobody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls.env["res.company"].create(
            {
                "name": "甲测试公司一分公司",
                "parent_id": cls.company.id,
                "country_id": cls.company.country_id.id,
                "currency_id": cls.company.currency_id.id,
            }
        )
        cls.of_branch = cls._new_user("tax_of_branch", BOOKKEEPER, cls.branch)

    def branch_bill(self, amount=100, post=False, **values):
        bill = (
            self.env["account.move"]
            .with_user(self.of_branch)
            .create(
                {
                    "move_type": "in_invoice",
                    "partner_id": self.vendor.id,
                    "invoice_date": "2026-10-12",
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "货物",
                                "price_unit": amount,
                                "tax_ids": [
                                    Command.set(
                                        self.company.account_purchase_tax_id.ids
                                    )
                                ],
                            }
                        )
                    ],
                    **values,
                }
            )
        )
        self.assertEqual(bill.company_id, self.branch)
        if post:
            bill.action_post()
        return bill

    def of_the_branch(self, invoices):
        return self.pool(invoices, self.of_branch)

    def test_row_C14_bill_of_a_branch_is_matched(self):
        by_number, by_amount = self.add_invoices(1), self.add_invoices(1)
        numbered = self.branch_bill(55, ref=by_number.number)
        same = self.branch_bill(100)
        self.assertEqual(self.match(), 2)
        for bill, invoice in ((numbered, by_number), (same, by_amount)):
            self.assertEqual(bill.input_invoice_number, invoice.number)
            self.assertEqual(bill.tax_input_invoice_id, invoice.with_env(bill.env))
            self.assertTrue(self.of_the_branch(invoice).has_bill)
        unmatched = self.env["invoice.tax.input.invoice"].with_user(self.of_branch)
        self.assertFalse(unmatched.search([("has_bill", "=", False)]))

    def test_row_C14_bill_of_a_branch_is_matched_when_posted(self):
        invoice = self.add_invoices(1)
        bill = self.branch_bill(55, ref=invoice.number, post=True)
        self.assertEqual(bill.input_invoice_number, invoice.number)

    def test_row_C14_suggested_to_a_branch_and_confirmed_by_it(self):
        first, second = (
            self.add_invoices(1, issue_date=LATER, gross_amount=gross)
            for gross in (113, 226)
        )
        bill, other = self.branch_bill(100), self.branch_bill(200)
        self.assertEqual(self.match(), 0)
        self.assertEqual(bill.suggested_input_invoice_id.id, first.id)
        pool = self.of_the_branch(first)
        self.assertEqual(pool.suggested_bill_id, bill)
        waiting = pool.search([("has_suggested_bill", "=", True)])
        self.assertEqual(set(waiting.ids), {first.id, second.id})
        bill.action_confirm_input_invoice()
        self.assertEqual(bill.input_invoice_number, first.number)
        self.of_the_branch(second).action_confirm_bill()
        self.assertEqual(other.input_invoice_number, second.number)

    def test_row_C14_bill_of_a_branch_is_not_suggested_to_who_cannot_read_it(self):
        """Who keeps the parent's books alone has nothing to confirm there."""
        invoice = self.add_invoices(1, issue_date=LATER)
        self.branch_bill()
        self.assertFalse(self.pool(invoice).suggested_bill_id)
        self.assertNotIn(
            invoice.id,
            self.pool(invoice).search([("has_suggested_bill", "=", True)]).ids,
        )

    def test_row_C14_invoice_is_booked_once_under_one_tax_number(self):
        invoice = self.add_invoices(1)
        self.bill(input_invoice_number=invoice.number, post=True)
        with self.assertRefused("booked_twice"):
            self.branch_bill(input_invoice_number=invoice.number, post=True)

    def test_row_C14_branch_with_its_own_number_has_no_part(self):
        invoice = self.add_invoices(1, issue_date=LATER)
        bill = self.branch_bill()
        self._new_taxpayer(SECOND, self._new_connection(self.branch))
        self.env.invalidate_all()
        self.assertEqual(self.match(), 0)
        self.assertFalse(bill.suggested_input_invoice_id)
        self.assertFalse(self.pool(invoice, self.both).suggested_bill_id)

    def test_row_C14_bill_of_another_company_is_not_a_branch(self):
        self.add_invoices(1)
        foreign = self.add_invoices(1, self.other_taxpayer).sudo()
        bill = self.branch_bill()
        self.assertEqual(self.match(), 1)
        self.assertNotEqual(bill.input_invoice_number, foreign.number)
