from odoo.fields import Command

from .common import ACCOUNTANT, CLERK, SECOND, TaxServiceCase

# As the bureau fake names the seller of an invoice.
SELLER = "91310115MA1TE5T02F"
# Who books, sees invoices and may create contacts, as an accountant does.
BOOKKEEPER = f"{ACCOUNTANT},invoice_tax_service.group_viewer,base.group_partner_manager"
# Of the tax service alone: reads the books, writes none.
TAX_ONLY = "invoice_tax_service.group_receiving_clerk"


class BillCase(TaxServiceCase):
    """A company with the Chinese chart of accounts and a vendor."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.load_chart(cls.company)
        cls.vendor = cls.env["res.partner"].create(
            {"name": "合成供应商有限公司", "vat": SELLER, "is_company": True}
        )
        cls.bookkeeper = cls._new_user("tax_bookkeeper", BOOKKEEPER)

    @classmethod
    def load_chart(cls, company):
        cls.env.ref("base.CNY").active = True
        company.write(
            {
                "country_id": cls.env.ref("base.cn").id,
                "currency_id": cls.env.ref("base.CNY").id,
            }
        )
        cls.of_company(company)["account.chart.template"].try_loading(
            "cn", company=company, install_demo=False
        )

    @classmethod
    def of_company(cls, company):
        context = {**cls.env.context, "allowed_company_ids": company.ids}
        return cls.env(context=context)

    def moves(self, user=None):
        return self.env["account.move"].with_user(user or self.bookkeeper)

    def pool(self, invoices, user=None):
        return invoices.with_user(user or self.bookkeeper)

    def bill(self, amount=100, user=None, post=False, **values):
        """A bill as somebody enters it: 13 % by the chart's default tax."""
        tax = self.company.account_purchase_tax_id
        bill = self.moves(user).create(
            {
                "move_type": "in_invoice",
                "partner_id": self.vendor.id,
                "invoice_date": "2026-10-12",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "货物",
                            "quantity": 1,
                            "price_unit": amount,
                            "tax_ids": [Command.set(tax.ids)],
                        }
                    )
                ],
                **values,
            }
        )
        if post:
            bill.action_post()
        return bill

    def match(self):
        count = self.env["invoice.tax.input.invoice"]._match_bills(self.taxpayer.sudo())
        self.env.invalidate_all()
        return count

    def add_paper(self, number, code, **values):
        data = self.bureau.add_invoice(
            self.taxpayer.tax_number, number, code=code, type_code="01", **values
        )
        return self.merge([data]).filtered(lambda one: one.code == code)

    def change(self, invoice, **values):
        """What the next reading finds changed at the bureau."""
        return self.merge(
            [
                self.bureau.change(
                    invoice.taxpayer_id.tax_number, invoice.number, **values
                )
            ]
        )

    def assertTotals(self, bill, invoice):
        self.assertEqual(
            (bill.amount_total, bill.amount_tax, bill.amount_untaxed),
            (
                abs(invoice.gross_amount),
                abs(invoice.vat_amount),
                abs(invoice.net_amount),
            ),
            "the bill differs from the invoice",
        )


class TwoCompanies(BillCase):
    """A second company beside, with a taxpayer and books of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.load_chart(cls.other_company)
        other = cls._new_connection(cls.other_company)
        cls.other_taxpayer = cls._new_taxpayer(SECOND, other).with_user(cls.stranger)
        cls.both = cls._new_user(
            "tax_both", f"{CLERK},base.group_partner_manager", cls.company
        )
        cls.both.company_ids |= cls.other_company
