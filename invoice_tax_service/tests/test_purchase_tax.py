from odoo.exceptions import AccessError

from .bill_common import BOOKKEEPER, BillCase
from .common import CLERK, FOREIGN, SECOND

ADMINISTRATOR = f"{CLERK},{BOOKKEEPER},account.group_account_manager"


class TestPurchaseTax(BillCase):
    """One click makes the purchase tax that the chart lacks for small sellers (C14)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._new_user("tax_administrator", ADMINISTRATOR)

    def add_of_rate(self, rate, count=1):
        return self.add_invoices(
            count, net_amount=1000, vat_amount=rate * 10, gross_amount=1000 + rate * 10
        )

    def add_of_amounts(self, net, vat, count=1, taxpayer=None):
        return self.add_invoices(
            count, taxpayer, net_amount=net, vat_amount=vat, gross_amount=net + vat
        )

    def taxes(self, rate):
        return self.env["account.tax"].search(
            [
                ("company_id", "=", self.company.id),
                ("type_tax_use", "=", "purchase"),
                ("amount", "=", rate),
            ]
        )

    def make(self, invoices, user=None):
        invoices = self.pool(invoices, user or self.administrator)
        invoices.invalidate_recordset(["is_purchase_tax_missing"])
        return invoices.action_make_purchase_taxes()

    def test_row_C14_missing_purchase_tax_is_made_by_one_click(self):
        for rate in (1, 3):
            invoice = self.add_of_rate(rate)
            pool = self.pool(invoice)
            self.assertTrue(pool.is_purchase_tax_missing)
            with self.assertRefused("no_purchase_tax") as refusal:
                pool.action_make_bills()
            self.assertIn("Create Purchase Tax", refusal.sentence)
            action = self.make(invoice)
            self.assertIn(f"{rate}%", action["params"]["message"])
            pool.invalidate_recordset()
            self.assertFalse(pool.is_purchase_tax_missing)
            pool.action_make_bills()
            self.assertTotals(pool.bill_id, invoice)
            self.assertEqual(
                pool.bill_id.invoice_line_ids.tax_ids, self.taxes(rate), "another tax"
            )

    def test_row_C14_purchase_tax_is_set_up_as_the_nearest(self):
        nearest = self.taxes(6)
        tag = self.env["account.account.tag"].create(
            {
                "name": "进项",
                "applicability": "taxes",
                "country_id": self.env.ref("base.cn").id,
            }
        )
        lines = nearest.repartition_line_ids
        lines.filtered(lambda line: line.repartition_type == "tax").tag_ids = tag
        self.make(self.add_of_rate(3))
        tax = self.taxes(3)
        for names in (
            ("type_tax_use", "amount_type", "country_id", "price_include", "active"),
            ("company_id", "tax_exigibility", "fiscal_position_ids"),
        ):
            for name in names:
                self.assertEqual(tax[name], nearest[name], name)
        self.assertEqual(
            [
                (line.document_type, line.repartition_type, line.account_id)
                for line in tax.repartition_line_ids
            ],
            [
                (line.document_type, line.repartition_type, line.account_id)
                for line in lines
            ],
        )
        self.assertEqual(tax.repartition_line_ids.tag_ids, tag)
        self.assertEqual(
            tax.tax_group_id.tax_payable_account_id,
            nearest.tax_group_id.tax_payable_account_id,
        )

    def test_row_C14_purchase_tax_is_named_as_the_chart_names_its_own(self):
        self.make(self.add_of_rate(3) | self.add_of_rate(1))
        nearest = self.taxes(6)
        for rate in (1, 3):
            for code in ("en_US", "zh_CN"):
                tax = self.taxes(rate).with_context(lang=code)
                model = nearest.with_context(lang=code)
                for name in ("name", "invoice_label", "description"):
                    wanted = str(model[name]).replace("6", str(rate))
                    self.assertEqual(str(tax[name]), wanted, (name, code))
                # Bills would show the VAT under another rate.
                self.assertEqual(
                    tax.tax_group_id.name,
                    model.tax_group_id.name.replace("6", str(rate)),
                )
        self.assertEqual(self.taxes(6).tax_group_id.name, nearest.tax_group_id.name)

    def test_row_C14_purchase_tax_is_made_once(self):
        invoices = self.add_of_rate(3, 3)
        self.make(invoices)
        made = self.taxes(3)
        self.assertEqual(len(made), 1, "several invoices of one rate")
        action = self.make(invoices)
        self.assertIn("There is", action["params"]["message"])
        self.assertEqual(self.taxes(3), made)
        groups = self.env["account.tax.group"].search(
            [
                ("name", "=", made.tax_group_id.name),
                ("company_id", "=", self.company.id),
            ]
        )
        self.assertEqual(len(groups), 1)

    def test_row_C14_name_that_is_taken(self):
        self.taxes(6).copy({"name": "3%", "amount": 3, "amount_type": "fixed"})
        self.make(self.add_of_rate(3))
        self.assertEqual(
            self.taxes(3).filtered(lambda one: one.amount_type == "percent").name,
            "3%, tax excluded",
        )

    def test_row_C14_purchase_tax_that_is_there_is_not_made_again(self):
        """VAT of many lines, each rounded: above the highest rate by some cents."""
        invoices = self.add_of_amounts(10000, 1300.1, 2)
        before = self.env["account.tax"].search([])
        self.assertEqual(
            set(self.pool(invoices).mapped("is_purchase_tax_missing")), {False}
        )
        for _click in range(2):
            action = self.make(invoices)
            self.assertIn("There is", action["params"]["message"])
        self.assertEqual(self.env["account.tax"].search([]), before)
        self.pool(invoices).action_make_bills()
        for invoice in invoices:
            bill = self.pool(invoice).bill_id
            self.assertTotals(bill, invoice)
            self.assertEqual(bill.invoice_line_ids.tax_ids.amount, 13)

    def test_row_C14_no_purchase_tax_is_made_of_mixed_rates(self):
        """17 and 13 %: a tax of 16.2 or of 16 % would be of no use."""
        invoices = self.add_of_amounts(1000, 162, 2)
        before = self.env["account.tax"].search([])
        self.assertEqual(
            set(self.pool(invoices).mapped("is_purchase_tax_missing")), {False}
        )
        for act in (self.make, self.make, self.pool(invoices).action_make_bills):
            with self.assertRefused("rate_unclear") as refusal:
                act(invoices) if act == self.make else act()
            self.assertIn("of no single rate", refusal.sentence)
        self.assertEqual(self.env["account.tax"].search([]), before)
        # Where one of them can be made a tax for, that one is.
        action = self.make(invoices | self.add_of_rate(17))
        self.assertIn("17%", action["params"]["message"])
        self.pool(invoices).action_make_bills()
        for invoice in invoices:
            self.assertTotals(self.pool(invoice).bill_id, invoice)

    def test_row_C14_purchase_tax_of_a_fiscal_position(self):
        """One that is put for another is nobody's model, and goes on no bill."""
        domestic, other = self.taxes(6), self.taxes(9)
        replacing = domestic.copy(
            {"name": "进口 3%", "amount": 3, "original_tax_ids": domestic.ids}
        )
        self.assertEqual(domestic.replacing_tax_ids, replacing)
        invoice = self.add_of_rate(3)
        self.assertTrue(self.pool(invoice).is_purchase_tax_missing)
        self.make(invoice)
        made = self.taxes(3) - replacing
        self.assertEqual(len(made), 1)
        self.assertFalse(made.original_tax_ids | made.replacing_tax_ids)
        self.assertEqual(domestic.replacing_tax_ids, replacing)
        self.assertEqual(replacing.original_tax_ids, domestic)
        self.assertFalse(other.replacing_tax_ids)
        self.pool(invoice).action_make_bills()
        self.assertEqual(self.pool(invoice).bill_id.invoice_line_ids.tax_ids, made)

    def test_row_C14_purchase_tax_of_each_branch(self):
        """Each branch keeps its own; Odoo wants other names in each."""
        names = []
        for number in (SECOND, FOREIGN, "91330108MA2TE5T040"):
            branch = self.env["res.company"].create(
                {
                    "name": f"分公司{number}",
                    "parent_id": self.company.id,
                    "country_id": self.company.country_id.id,
                    "currency_id": self.company.currency_id.id,
                }
            )
            user = self._new_user(f"of_{number}", ADMINISTRATOR, branch)
            connection = self._new_connection(branch)
            taxpayer = self._new_taxpayer(number, connection).with_user(user)
            self.bureau.add_taxpayer(number)
            invoice = self.add_of_amounts(1000, 30, taxpayer=taxpayer)
            action = self.make(invoice, user)
            self.assertIn("3%", action["params"]["message"])
            pool = self.pool(invoice, user)
            pool.action_make_bills()
            tax = pool.bill_id.invoice_line_ids.tax_ids
            self.assertEqual((tax.company_id, tax.amount), (branch, 3))
            self.assertTotals(pool.bill_id, invoice)
            names.append(tax.name)
        self.assertEqual(len(set(names)), 3, names)

    def test_row_C14_purchase_tax_by_who_may_make_taxes(self):
        invoice = self.add_of_rate(3)
        with self.assertRefused("no_tax_right") as refusal:
            self.make(invoice, self.bookkeeper)
        self.assertIn("Administrator in accounting", refusal.sentence)
        self.assertFalse(self.taxes(3))
        self.env["invoice.tax.right"].create(
            {
                "company_id": self.company.id,
                "user_id": self.bookkeeper.id,
                "item": "bill_make",
                "is_allowed": True,
            }
        )
        with self.assertRefused("no_right"):
            self.make(invoice)
        with self.assertRaises(AccessError):
            self.make(invoice, self.stranger)

    def test_row_C14_no_purchase_tax_to_go_by(self):
        invoice = self.add_of_rate(3)
        self.env["account.tax"].search(
            [("company_id", "=", self.company.id), ("type_tax_use", "=", "purchase")]
        ).active = False
        self.assertFalse(self.pool(invoice).is_purchase_tax_missing)
        with self.assertRefused("no_tax_to_copy"):
            self.make(invoice)
        # There is no button that would make one.
        with self.assertRefused("no_tax_to_copy") as refusal:
            self.pool(invoice).action_make_bills()
        self.assertIn("chart of accounts", refusal.sentence)
        self.assertNotIn("Create Purchase Tax", refusal.sentence)
