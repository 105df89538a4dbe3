from odoo.fields import Command

from .bill_common import BillCase
from .common import OWN, PERIOD, money

# Codes as Chinese books number them: below 2221, and in the general costs.
NEW_ACCOUNTS = {
    "uncertified_tax_account_id": ("222109", "待认证进项税额"),
    "input_tax_account_id": ("22210101", "进项税额"),
    "transferred_tax_account_id": ("22210108", "进项税额转出"),
    "undeducted_tax_account_id": ("560299", "不得抵扣的进项税额"),
}


class EntryCase(BillCase):
    """A company that keeps input VAT to be certified and input VAT apart."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keep_apart(cls.company)

    @classmethod
    def keep_apart(cls, company):
        """Accounts as an accountant makes them, and taxes that book on them."""
        env = cls.of_company(company)
        accounts = {
            name: env["account.account"].create(
                {
                    "code": code,
                    "name": label,
                    "account_type": "expense"
                    if name == "undeducted_tax_account_id"
                    else "liability_current",
                    "company_ids": [Command.set(company.ids)],
                }
            )
            for name, (code, label) in NEW_ACCOUNTS.items()
        }
        uncertified = accounts["uncertified_tax_account_id"]
        taxes = env["account.tax"].search(
            [("company_id", "=", company.id), ("type_tax_use", "=", "purchase")]
        )
        taxes.repartition_line_ids.filtered(
            lambda line: line.repartition_type == "tax"
        ).account_id = uncertified
        journal = company._propose_books()["deduction_journal_id"]
        company.write(
            {
                "is_input_tax_booked": True,
                "deduction_journal_id": journal.id,
                **{name: account.id for name, account in accounts.items()},
            }
        )

    def setUp(self):
        super().setUp()
        self.period = self.taxpayer.current_period_id

    # === AT THE BUREAU === #

    def sign(self, taxpayer=None):
        """From the selection to the signature, as a clerk does it."""
        taxpayer = taxpayer or self.taxpayer
        self.dispatch()
        period = taxpayer.current_period_id
        period.action_build_statistics()
        self.dispatch()
        action = period.action_sign()
        wizard = self.env[action["res_model"]].with_user(period.env.user)
        wizard.browse(action["res_id"]).action_sign()
        self.dispatch()
        self.assertEqual(period.statistics_status, "05")
        return self.confirmations(taxpayer)[-1:]

    def revoke_signature(self):
        self.period.action_revoke_signature()
        self.dispatch()

    def take_back(self):
        self.revoke_signature()
        self.period.action_revoke_statistics()
        self.dispatch()

    def deduct_and_sign(self, count=2):
        """Invoices with posted bills, signed."""
        invoices = self.add_booked(count)
        self.submit("deduct", invoices)
        return self.sign()

    def confirmations(self, taxpayer=None, user=None):
        history = self.env["invoice.tax.confirmation"]
        history = history.with_user(user or self.bookkeeper)
        taxpayer = taxpayer or self.taxpayer
        return history.search([("taxpayer_id", "=", taxpayer.id)], order="id")

    # === IN THE BOOKS === #

    def add_booked(self, count):
        """Invoices of the pool, each with its posted bill."""
        invoices = self.add_invoices(count)
        for invoice in invoices:
            self.bill(input_invoice_number=invoice.number, post=True)
        return invoices

    def sign_with_an_unread_one(self):
        """The bureau has signed one more than Odoo has read as selected.

        :return: the confirmation, as the reading found it
        """
        self.submit("deduct", self.add_booked(1))
        self.dispatch()
        unread = self.add_booked(1)
        self.bureau.change(
            OWN, unread.number, selection="confirmed", purpose="deduct", period=PERIOD
        )
        self.open_period(statistics_status="05")
        return self.confirmations()

    def run_cron(self):
        with self.cron_environment() as env:
            env["invoice.tax.confirmation"]._cron_post_entries()
        self.env.invalidate_all()

    def entries(self, confirmation):
        """All entries of a confirmation, the reversals too."""
        return self.env["account.move"].search(
            [("tax_confirmation_id", "=", confirmation.id)], order="id"
        )

    def balance(self, name, company=None):
        """What the trial balance shows on the account of a setting, Decimal."""
        company = company or self.company
        [[total]] = self.env["account.move.line"]._read_group(
            [
                ("account_id", "=", company[name].id),
                ("company_id", "=", company.id),
                ("parent_state", "=", "posted"),
            ],
            [],
            ["balance:sum"],
        )
        return money(total or 0)

    def assertBalances(self, **expected):
        """uncertified=…, input=…, transferred=…"""
        self.env.flush_all()
        found = {name: self.balance(f"{name}_tax_account_id") for name in expected}
        self.assertEqual(found, {name: money(one) for name, one in expected.items()})

    def activity(self):
        return self.taxpayer.sudo().activity_ids.filtered(
            lambda one: (
                one.activity_type_id
                == self.env.ref("invoice_tax_service.mail_activity_type_entry")
            )
        )
