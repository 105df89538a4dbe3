import contextlib

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from ..exceptions import TaxServiceError

NUMBER = "26997000000000000091"
TABLES = (
    "account_move_line",
    "account_move",
    "account_journal",
    "account_account_res_company_rel",
)


@tagged("post_install", "-at_install")
class TestBillRace(BaseCase):
    """Two who book one invoice at the same moment, each on a connection of its own:
    what is written here is committed, and taken away at the end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.ids = {}
        cls.addClassCleanup(cls._clean)
        with cls.environment() as env:
            cls._prepare(env)

    @classmethod
    @contextlib.contextmanager
    def environment(cls):
        with cls.registry.cursor() as cursor:
            context = {"tracking_disable": True}
            if "company" in cls.ids:
                context["allowed_company_ids"] = [cls.ids["company"]]
            yield api.Environment(cursor, SUPERUSER_ID, context)

    @classmethod
    def _prepare(cls, env):
        company = env["res.company"].create({"name": "丙竞争公司"})
        cls.ids["company"] = company.id
        env = env(context={**env.context, "allowed_company_ids": company.ids})
        payable, expense = env["account.account"].create(
            [
                {
                    "code": code,
                    "name": name,
                    "account_type": kind,
                    "reconcile": kind == "liability_payable",
                }
                for code, name, kind in (
                    ("220299", "应付", "liability_payable"),
                    ("660299", "费用", "expense"),
                )
            ]
        )
        cls.ids["account"] = [payable.id, expense.id]
        # One each, so that the two bills meet nowhere but at their tax invoice.
        journals = env["account.journal"].create(
            [
                {
                    "name": f"采购{code}",
                    "code": code,
                    "type": "purchase",
                    "default_account_id": expense.id,
                    "company_id": company.id,
                }
                for code in ("RACE1", "RACE2")
            ]
        )
        partners = env["res.partner"].create(
            [
                {"name": name, "property_account_payable_id": payable.id}
                for name in ("竞争供应商一", "竞争供应商二")
            ]
        )
        cls.ids["journals"], cls.ids["partners"] = journals.ids, partners.ids

    @classmethod
    def _clean(cls):
        with cls.environment() as env:
            company = env["res.company"].browse(cls.ids["company"])
            for table in TABLES:
                column = "res_company_id" if table.endswith("_rel") else "company_id"
                env.cr.execute(f"DELETE FROM {table} WHERE {column} = %s", company.ids)
            env.cr.execute(
                "DELETE FROM account_account WHERE id = ANY(%s)", [cls.ids["account"]]
            )
            env["res.partner"].browse(cls.ids["partners"]).unlink()
            partner = company.partner_id
            company.unlink()
            partner.unlink()

    def make_bills(self, **values):
        with self.environment() as env:
            return [
                env["account.move"]
                .create(
                    {
                        "move_type": "in_invoice",
                        "partner_id": self.ids["partners"][number],
                        "journal_id": self.ids["journals"][number],
                        "invoice_date": "2026-10-12",
                        "invoice_line_ids": [
                            Command.create(
                                {
                                    "name": "货物",
                                    "price_unit": 100 + number,
                                    "tax_ids": [Command.clear()],
                                }
                            )
                        ],
                        **values,
                    }
                )
                .id
                for number in range(2)
            ]

    def test_row_C14_booked_once_whoever_is_quicker(self):
        ids = self.make_bills(input_invoice_number=NUMBER)
        with self.environment() as first, self.environment() as second:
            one, other = (
                env["account.move"].browse(bill_id)
                for env, bill_id in zip((first, second), ids, strict=True)
            )
            # Both see that nothing is booked.
            self.assertFalse(one.booked_twice_with_id)
            self.assertFalse(other.booked_twice_with_id)
            one.action_post()
            first.cr.commit()
            # What Odoo does with the call of a person.
            with (
                mute_logger("odoo.sql_db", "odoo.service.model"),
                self.assertRaises(TaxServiceError) as caught,
            ):
                retrying(other.action_post, second)
            self.assertEqual(caught.exception.code, "booked_twice")
            second.cr.rollback()
        with self.environment() as env:
            bills = env["account.move"].browse(ids)
            self.assertEqual(bills.mapped("state"), ["posted", "draft"])
