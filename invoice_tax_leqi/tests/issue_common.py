from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from ..models import connection as connection_module
from .common import SECOND, LeqiMixin
from .fake_issuing import FakeIssuing, FakeUploadClient
from .fake_leqi import FakeIssuingClient

CLASS_CODE = "1090000000000000000"


class IssueMixin(LeqiMixin):
    """A company with books in CNY, its issuing taxpayer, buyers and products.

    Invoices are made and issued as the ordinary accountant of :class:`LeqiMixin`.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.dict(
                connection_module.ISSUING_CLIENTS,
                {"fake": FakeUploadClient},
            )
        )
        cls._make_books(cls.company)
        partners = cls.env["res.partner"].with_company(cls.company)
        cls.buyer = partners.create(
            {
                "name": "乙方合成有限公司",
                "is_company": True,
                "vat": SECOND,
                "country_id": cls.env.ref("base.cn").id,
                "property_account_receivable_id": cls.receivable.id,
            }
        )
        cls.person = partners.create(
            {"name": "张三", "property_account_receivable_id": cls.receivable.id}
        )
        cls.product = (
            cls.env["product.product"]
            .with_company(cls.company)
            .create(
                {
                    "name": "合成设备",
                    "type": "consu",
                    "tax_class_code": CLASS_CODE,
                    "property_account_income_id": cls.income.id,
                    "taxes_id": [Command.set(cls.taxes[13].ids)],
                }
            )
        )

    @classmethod
    def _make_books(cls, company):
        china = cls.env.ref("base.cn")
        cny = cls.env.ref("base.CNY")
        cny.active = True
        company.write(
            {
                "country_id": china.id,
                "currency_id": cny.id,
                "account_fiscal_country_id": china.id,
                "vat": cls.taxpayer.tax_number,
                "phone": "010-00000000",
                "street": "合成路 1 号",
            }
        )
        env = cls.env(context={**cls.env.context, "allowed_company_ids": company.ids})
        cls.receivable = cls._make_account(
            env, "112200", "应收账款", "asset_receivable", reconcile=True
        )
        cls.income = cls._make_account(env, "600100", "主营业务收入", "income")
        cls.journal = env["account.journal"].create(
            {
                "name": "销售",
                "code": "XS",
                "type": "sale",
                "company_id": company.id,
                "default_account_id": cls.income.id,
            }
        )
        cls._make_taxes(env, company, china)

    @classmethod
    def _make_account(cls, env, code, name, account_type, **values):
        return env["account.account"].create(
            {
                "name": name,
                "code": code,
                "account_type": account_type,
                "company_ids": [Command.set(env.company.ids)],
                **values,
            }
        )

    @classmethod
    def _make_taxes(cls, env, company, china):
        place = {"company_id": company.id, "country_id": china.id}
        group = env["account.tax.group"].create({"name": "增值税", **place})
        cls.taxes = {
            rate: env["account.tax"].create(
                {
                    "name": f"{rate}%",
                    "amount": rate,
                    "amount_type": "percent",
                    "type_tax_use": "sale",
                    "tax_group_id": group.id,
                    **place,
                }
            )
            for rate in (0, 1, 3, 6, 9, 13)
        }

    def setUp(self):
        super().setUp()
        self.leqi = FakeIssuing(lambda: self.now)
        self.startPatcher(patch.object(FakeIssuingClient, "leqi", self.leqi))

    # === WHAT PEOPLE DO === #

    def new_invoice(self, *lines, post=True, **values):
        """A customer invoice as the accountant enters it.

        :param lines: net prices, or dictionaries of line values
        """
        move = self.of_issuer("account.move").create(
            {
                "move_type": "out_invoice",
                "partner_id": self.buyer.id,
                "journal_id": self.journal.id,
                "invoice_date": fields.Date.to_date("2026-11-10"),
                "invoice_line_ids": [
                    Command.create(self._get_line(line)) for line in lines or (1000.0,)
                ],
                **values,
            }
        )
        if post:
            move.action_post()
        return move

    def _get_line(self, line):
        values = line if isinstance(line, dict) else {"price_unit": line}
        tax = values.pop("rate", 13)
        return {
            "product_id": self.product.id,
            "quantity": 1,
            "tax_ids": [Command.set(self.taxes[tax].ids if tax is not None else [])],
            "account_id": self.income.id,
            **values,
        }

    def new_credit_note(self, blue, **values):
        """The credit note of an invoice, as the reversal makes it."""
        move = blue._reverse_moves(
            [{"invoice_date": blue.invoice_date, "journal_id": self.journal.id}]
        )
        move.write(values)
        move.action_post()
        return move

    def issue(self, *moves):
        """Press the button and let the dispatcher work."""
        moves = self.of_issuer("account.move").union(*moves)
        action = moves.action_issue_digital_invoice()
        self.dispatch()
        return action

    def issues_of(self, *moves):
        moves = self.of_issuer("account.move").union(*moves)
        return self.of_issuer("invoice.tax.issue").search(
            [("move_id", "in", moves.ids)], order="id"
        )

    def steps_of(self, issue):
        return issue.step_ids.mapped("step")

    def ready(self, numbers=20):
        """Quota is downloaded, and so many numbers are drawn."""
        self.open_quota()
        if numbers:
            self.draw(numbers, "automatic")

    # === WHAT MUST HOLD === #

    def assertIssued(self, *moves):
        """Each has a number of its own, and the platform holds it as it is here."""
        issues = self.issues_of(*moves)
        self.assertEqual(set(issues.mapped("state")), {"success"})
        numbers = issues.mapped("number")
        self.assertEqual(len(set(numbers)), len(moves), "a number was given twice")
        for move in moves:
            held = self.leqi.issued[move.digital_invoice_number]
            self.assertTrue(move.sudo().tax_issue_id._is_held_as(held))
        self.assertEqual({self.leqi.times_taken[number] for number in numbers}, {1})

    def assertNothingTaken(self):
        """No quota, no number, no row."""
        self.assertFalse(
            self.env["invoice.tax.issue"].search([("company_id", "=", self.company.id)])
        )
        self.assertEqual(self.get_quota().taken, 0.0)


@tagged("post_install", "-at_install")
class IssueCase(IssueMixin, TransactionCase):
    """Base of the tests of issuing without HTTP."""
