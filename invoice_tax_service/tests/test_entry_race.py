import contextlib

from psycopg2 import IntegrityError

from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from ..exceptions import TaxServiceError
from ..models.confirmation_entry import BUSY_WAIT, CRON
from .common import PERIOD
from .entry_common import NEW_ACCOUNTS

TABLES = (
    "account_move_line",
    "account_move",
    "invoice_tax_confirmation_line",
    "invoice_tax_confirmation",
    "invoice_tax_input_invoice",
    "invoice_tax_period",
    "invoice_tax_taxpayer",
    "account_journal",
    "account_account_res_company_rel",
)


@tagged("post_install", "-at_install")
class TestEntryRace(BaseCase):
    """Two who post the entry of one confirmation at the same moment, each on a
    connection of its own: what is written here is committed, and taken away at the
    end."""

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
        currency = env.ref("base.CNY")
        currency.active = True
        company = env["res.company"].create(
            {"name": "丁竞争公司", "currency_id": currency.id}
        )
        cls.ids["company"] = company.id
        env = env(context={**env.context, "allowed_company_ids": company.ids})
        accounts = env["account.account"].create(
            [
                {"code": code, "name": name, "account_type": "liability_current"}
                for code, name in NEW_ACCOUNTS.values()
            ]
        )
        cls.ids["account"] = accounts.ids
        journal = env["account.journal"].create(
            {
                "name": "杂项",
                "code": "RACE3",
                "type": "general",
                "company_id": company.id,
            }
        )
        company.write(
            {
                "is_input_tax_booked": True,
                "deduction_journal_id": journal.id,
                **dict(zip(NEW_ACCOUNTS, accounts.ids, strict=True)),
            }
        )
        taxpayer = env["invoice.tax.taxpayer"].create(
            {
                "name": "竞争企业",
                "tax_number": "91110105MA0TE5T019",
                "company_id": company.id,
            }
        )
        period = env["invoice.tax.period"]._get_or_create(taxpayer, PERIOD)
        cls.ids["period"] = period.id
        env["invoice.tax.input.invoice"].create(
            {
                "taxpayer_id": taxpayer.id,
                "company_id": company.id,
                "number": "26997000000000000092",
                "type_id": env["invoice.tax.invoice.type"].search([], limit=1).id,
                "net_amount": 100,
                "vat_amount": 13,
                "gross_amount": 113,
                "creditable_vat": 13,
                "status": "normal",
                "selection": "selected",
                "purpose": "deduct",
                "period": PERIOD,
            }
        )

    @classmethod
    def _clean(cls):
        with cls.environment() as env:
            company = env["res.company"].browse(cls.ids["company"])
            company.is_input_tax_booked = False
            company.write(dict.fromkeys([*NEW_ACCOUNTS, "deduction_journal_id"], False))
            env.flush_all()
            for table in TABLES:
                column = "res_company_id" if table.endswith("_rel") else "company_id"
                env.cr.execute(f"DELETE FROM {table} WHERE {column} = %s", company.ids)
            env.cr.execute(
                "DELETE FROM account_account WHERE id = ANY(%s)", [cls.ids["account"]]
            )
            env.invalidate_all()
            partner = company.partner_id
            company.unlink()
            partner.unlink()

    def make_confirmation(self, env):
        confirmations = env["invoice.tax.confirmation"]
        period = env["invoice.tax.period"].browse(self.ids["period"])
        confirmation = confirmations.create(
            {
                "period_id": period.id,
                "ordinal": confirmations._get_next_ordinal(period, "deduction"),
                "state": "signed",
            }
        )
        # Only one stands at a time, so that each moves everything.
        (confirmations._get_standing(period, "deduction") - confirmation).write(
            {"state": "cancelled"}
        )
        confirmation._cover_invoices()
        return confirmation.id

    def count_entries(self, confirmation_id):
        with self.environment() as env:
            return env["account.move"].search_count(
                [("tax_confirmation_id", "=", confirmation_id)]
            )

    def test_row_C16_entry_once_whoever_is_quicker(self):
        with self.environment() as env:
            confirmation_id = self.make_confirmation(env)
        with self.environment() as first, self.environment() as second:
            one, other = (
                env["invoice.tax.confirmation"].browse(confirmation_id)
                for env in (first, second)
            )
            # Both see that there is none.
            self.assertFalse(one.entry_id or other.entry_id)
            one._post_entry()
            with self.assertRaises(TaxServiceError) as caught:
                other._post_entry()
            self.assertEqual(caught.exception.code, "entry_busy")
            first.cr.commit()
            # What Odoo does with the call of a person.
            with (
                mute_logger("odoo.sql_db", "odoo.service.model"),
                self.assertRaises(TaxServiceError) as caught,
            ):
                retrying(other._post_entry, second)
            self.assertEqual(caught.exception.code, "entry_posted")
            second.cr.rollback()
        self.assertEqual(self.count_entries(confirmation_id), 1)

    def test_row_C16_entry_once_when_a_killed_action_runs_again(self):
        with self.environment() as env:
            confirmation_id = self.make_confirmation(env)
            env["invoice.tax.confirmation"].browse(confirmation_id)._ask_for_entry()
        with self.environment() as env:
            # Killed before its commit: nothing of it is left.
            env["invoice.tax.confirmation"].browse(confirmation_id)._try_to_settle()
            env.flush_all()
            env.cr.rollback()
        self.assertEqual(self.count_entries(confirmation_id), 0)
        with self.environment() as first, self.environment() as second:
            second["invoice.tax.confirmation"].browse(confirmation_id).read(["state"])
            first["invoice.tax.confirmation"]._cron_post_entries()
            with mute_logger("odoo.sql_db"):
                second["invoice.tax.confirmation"]._cron_post_entries()
        self.assertEqual(self.count_entries(confirmation_id), 1)

    def test_row_C16_busy_entry_is_tried_again_by_the_scheduled_action(self):
        with self.environment() as env:
            confirmation_id = self.make_confirmation(env)
            env["invoice.tax.confirmation"].browse(confirmation_id)._ask_for_entry()
            before = self.triggers(env).ids
        with self.environment() as first, self.environment() as second:
            busy = first["invoice.tax.confirmation"].browse(confirmation_id)
            self.assertTrue(busy.try_lock_for_update())
            second["invoice.tax.confirmation"]._cron_post_entries()
        with self.environment() as env:
            confirmation = env["invoice.tax.confirmation"].browse(confirmation_id)
            self.assertTrue(confirmation.is_entry_due)
            self.assertFalse(confirmation.entry_problem_code, "nobody was bothered")
            again = self.triggers(env).filtered(lambda one: one.id not in before)
            self.assertTrue(again)
            self.assertLessEqual(
                max(again.mapped("call_at")), fields.Datetime.now() + BUSY_WAIT
            )
            again.unlink()
            env["invoice.tax.confirmation"]._cron_post_entries()
        self.assertEqual(self.count_entries(confirmation_id), 1)

    def triggers(self, env):
        cron = env.ref(CRON)
        return env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])

    def test_row_C16_entry_once_in_the_database(self):
        with self.environment() as env:
            confirmation_id = self.make_confirmation(env)
            entry = env["invoice.tax.confirmation"].browse(confirmation_id)
            entry = entry._post_entry()
            company = entry.company_id
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
                with env.cr.savepoint():
                    entry._post_tax_entry(
                        company,
                        entry.date,
                        "x",
                        (
                            (company.input_tax_account_id, 1),
                            (company.uncertified_tax_account_id, -1),
                        ),
                        tax_entry_kind="certified",
                        tax_confirmation_id=confirmation_id,
                    )
            reversal = entry._reverse_tax_entry(entry.date, "x")
            self.assertTrue(reversal)
            env.flush_all()
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
                with env.cr.savepoint():
                    entry._reverse_tax_entry(entry.date, "x")
            env.cr.rollback()
