from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from .common import OWN, PERIOD, money
from .entry_common import NEW_ACCOUNTS, EntryCase

LOG = "odoo.addons.invoice_tax_service.models.confirmation_entry"


class TestEntries(EntryCase):
    """A signature moves its VAT from input VAT to be certified to input VAT (C16)."""

    def test_row_C16_entry_once_and_balances_as_the_statistics_table(self):
        confirmation = self.deduct_and_sign(3)
        self.assertBalances(uncertified=39, input=0)
        for _run in range(3):
            self.run_cron()
        entry = self.entries(confirmation)
        self.assertEqual(len(entry), 1, "once for each confirmation")
        self.assertEqual(
            (entry.state, entry.tax_entry_kind, entry.journal_id),
            ("posted", "certified", self.company.deduction_journal_id),
        )
        self.assertBalances(uncertified=0, input=39)
        table = self.period.statistics_id
        self.assertEqual(self.balance("input_tax_account_id"), money(table.deduct_vat))
        with self.assertRefused("entry_posted"):
            confirmation.action_post_entry()

    def test_row_C16_entry_is_of_the_tax_period(self):
        confirmation = self.deduct_and_sign(1)
        confirmation.sudo().signed_at = "2026-11-09 01:00:00"
        self.run_cron()
        self.assertEqual(PERIOD, "202610")
        self.assertEqual(self.entries(confirmation).date, date(2026, 10, 31))
        # 30 October, 17:00 UTC: already the 31st at the bureau.
        confirmation.sudo().signed_at = "2026-10-30 17:00:00"
        self.assertEqual(confirmation._get_entry_day(), date(2026, 10, 31))
        confirmation.sudo().signed_at = "2026-10-20 15:00:00"
        self.assertEqual(confirmation._get_entry_day(), date(2026, 10, 20))

    def test_row_C16_reversed_once_when_the_signature_is_revoked(self):
        confirmation = self.deduct_and_sign()
        self.run_cron()
        entry = self.entries(confirmation)
        self.revoke_signature()
        for _run in range(2):
            self.run_cron()
        reversal = self.entries(confirmation) - entry
        self.assertEqual(len(reversal), 1)
        self.assertEqual(reversal.reversed_entry_id, entry)
        self.assertEqual(entry.reversal_move_ids, reversal)
        self.assertEqual((reversal.state, reversal.date), ("posted", entry.date))
        self.assertBalances(uncertified=26, input=0)
        with self.assertRefused("entry_cancelled"):
            confirmation.action_post_entry()

    def test_row_C16_signed_again_after_it_was_revoked(self):
        first = self.deduct_and_sign()
        self.run_cron()
        self.take_back()
        self.submit("deduct", self.add_booked(1))
        second = self.sign()
        self.assertNotEqual(first, second)
        self.run_cron()
        self.assertBalances(uncertified=0, input=39)
        self.assertEqual(
            [len(self.entries(one)) for one in (first, second)],
            [2, 1],
        )
        self.assertEqual(
            self.balance("input_tax_account_id"),
            money(self.period.statistics_id.deduct_vat),
        )

    def test_row_C16_revoked_before_the_entry_was_posted(self):
        confirmation = self.deduct_and_sign()
        self.revoke_signature()
        self.run_cron()
        self.assertFalse(self.entries(confirmation) or confirmation.is_entry_due)

    def test_row_C16_further_confirmation_moves_only_its_own(self):
        first = self.deduct_and_sign(2)
        self.run_cron()
        # As platforms with several confirmations of a period have it: the second
        # covers the invoices of the first again.
        self.merge(
            [
                self.bureau.change(
                    OWN,
                    one.number,
                    selection="selected",
                    purpose="deduct",
                    period=PERIOD,
                )
                for one in self.add_booked(1)
            ]
        )
        second = first.sudo().create(
            {"period_id": self.period.id, "kind": "deduction", "ordinal": 2}
        )
        second._cover_invoices()
        self.assertEqual(len(second.line_ids), 3)
        second._ask_for_entry()
        self.run_cron()
        self.assertEqual(self.entries(second).amount_total, 13)
        self.assertBalances(uncertified=0, input=39)

    def test_row_C16_to_the_cent_with_what_is_credited_in_part(self):
        whole, part, excluded = self.add_booked(3)
        part.creditable_vat = 6.57
        self.submit("deduct", whole | part)
        self.submit("exclude", excluded, reason="3")
        self.sign()
        self.run_cron()
        self.assertBalances(uncertified=0, input="19.57", undeducted="19.43")

    def test_row_C16_not_deducted_whose_bill_put_it_into_the_cost(self):
        deducted = self.add_booked(1)
        excluded = self.add_invoices(1)
        bill = self.bill(113, input_invoice_number=excluded.number)
        bill.invoice_line_ids.tax_ids = False
        bill.action_post()
        self.submit("deduct", deducted)
        self.submit("exclude", excluded, reason="3")
        self.sign()
        self.run_cron()
        self.assertBalances(uncertified=0, input=13, undeducted=0)

    def test_row_C16_invoice_without_bill_is_named(self):
        booked, unbooked = self.add_booked(1), self.add_invoices(1)
        self.submit("deduct", booked | unbooked)
        confirmation = self.sign()
        self.run_cron()
        self.assertBalances(uncertified=-13, input=26)
        notes = " ".join(self.entries(confirmation).message_ids.mapped("body"))
        self.assertIn(unbooked.number, notes)
        self.assertNotIn(booked.number, notes)
        self.bill(input_invoice_number=unbooked.number, post=True)
        self.assertBalances(uncertified=0, input=26)

    def test_row_C16_bill_that_booked_elsewhere_is_named(self):
        invoice = self.add_invoices(1)
        bill = self.bill(113, input_invoice_number=invoice.number)
        bill.invoice_line_ids.tax_ids = False
        bill.action_post()
        self.submit("deduct", invoice)
        confirmation = self.sign()
        self.run_cron()
        notes = " ".join(self.entries(confirmation).message_ids.mapped("body"))
        self.assertIn(invoice.number, notes)
        self.assertIn("correct the bills", notes)
        self.assertBalances(uncertified=-13, input=13)

    def test_row_C16_refunds_are_not_deducted(self):
        confirmation = self.deduct_and_sign(1).sudo()
        confirmation.kind = "refund"
        confirmation._ask_for_entry()
        self.run_cron()
        self.assertFalse(self.entries(confirmation))
        with self.assertRefused("entry_refund"):
            confirmation.with_user(self.bookkeeper).action_post_entry()

    def test_row_C16_lock_date_moves_the_entry_to_the_next_open_date(self):
        self.company.fiscalyear_lock_date = "2026-10-31"
        invoices = self.add_invoices(1)
        self.submit("deduct", invoices)
        confirmation = self.sign()
        self.run_cron()
        entry = self.entries(confirmation)
        self.assertEqual(entry.state, "posted")
        self.assertGreater(entry.date, date(2026, 10, 31))
        self.company.fiscalyear_lock_date = entry.date
        self.revoke_signature()
        self.run_cron()
        self.assertGreater(entry.reversal_move_ids.date, entry.date)

    def test_row_C16_reversed_by_hand_and_posted_anew(self):
        confirmation = self.deduct_and_sign()
        self.run_cron()
        entry = self.entries(confirmation)
        entry.with_user(self.bookkeeper)._reverse_moves(cancel=True)
        self.assertEqual(
            entry.reversal_move_ids.tax_confirmation_id, confirmation, "both ways"
        )
        self.assertTrue(entry.is_tax_entry_reversed)
        self.run_cron()
        self.assertEqual(len(self.entries(confirmation)), 2, "nobody asked for it")
        self.assertTrue(confirmation.can_post_entry)
        confirmation.action_post_entry()
        self.assertBalances(uncertified=0, input=26)
        self.revoke_signature()
        self.run_cron()
        self.assertBalances(uncertified=26, input=0)

    def test_row_C16_reversal_that_is_reversed(self):
        """Reversed by mistake, and that taken back: the entry stands again."""
        confirmation = self.deduct_and_sign()
        self.run_cron()
        entry = self.entries(confirmation).with_user(self.bookkeeper)
        reversal = entry._reverse_moves(cancel=True)
        reversal._reverse_moves(cancel=True)
        self.assertFalse(entry.is_tax_entry_reversed)
        self.assertFalse(confirmation.can_post_entry, "its VAT would be booked twice")
        self.assertBalances(uncertified=0, input=26)
        self.revoke_signature()
        self.run_cron()
        self.assertBalances(uncertified=26, input=0)

    def test_row_C16_entry_of_another_company(self):
        """Over RPC nobody links an entry of his to a signature of others."""
        confirmation = self.deduct_and_sign()
        moves = self.env["account.move"].with_company(self.other_company)
        with self.assertRaises(UserError):
            moves.sudo().create(
                {
                    "move_type": "entry",
                    "company_id": self.other_company.id,
                    "tax_confirmation_id": confirmation.id,
                }
            )

    def test_row_C16_entry_set_to_draft(self):
        confirmation = self.deduct_and_sign()
        self.run_cron()
        entry = self.entries(confirmation).with_user(self.bookkeeper)
        entry.button_draft()
        self.assertTrue(confirmation.can_post_entry)
        confirmation.action_post_entry()
        self.assertEqual(self.entries(confirmation).mapped("state"), ["posted"])
        entry.button_draft()
        self.revoke_signature()
        self.run_cron()
        self.assertEqual(self.entries(confirmation).mapped("state"), ["cancel"])

    def test_row_C16_signed_elsewhere(self):
        self.bureau.tells_ordinal = False
        for invoice in self.add_booked(2):
            values = {"selection": "selected", "purpose": "deduct", "period": PERIOD}
            self.merge([self.bureau.change(OWN, invoice.number, **values)])
            self.bureau.change(OWN, invoice.number, selection="confirmed")
        for _reading in range(2):
            self.open_period(statistics_status="05")
        self.run_cron()
        self.assertEqual(len(self.entries(self.confirmations())), 1)
        self.assertBalances(uncertified=0, input=26)

    def test_row_C16_sums_that_differ_are_left_to_a_person(self):
        confirmation = self.sign_with_an_unread_one()
        self.assertTrue(confirmation.difference)
        self.run_cron()
        self.assertFalse(self.entries(confirmation))
        self.assertEqual(confirmation.entry_problem_code, "entry_differs")
        self.assertIn(PERIOD, self.activity().note)
        self.dispatch()
        self.open_period()
        self.run_cron()
        self.assertBalances(uncertified=0, input=26)
        self.assertFalse(self.activity() or confirmation.entry_problem)

    def test_row_C16_sums_that_differ_are_posted_by_a_person(self):
        confirmation = self.deduct_and_sign(1)
        confirmation.sudo().vat_amount = 99
        self.run_cron()
        self.assertFalse(self.entries(confirmation))
        confirmation.action_post_entry()
        entry = self.entries(confirmation)
        self.assertIn("99.00", " ".join(entry.message_ids.mapped("body")))
        self.assertFalse(self.activity() or confirmation.is_entry_due)


class TestEntrySettings(EntryCase):
    """Where nobody wants entries there are none, and what is missing is said."""

    def test_row_C16_entry_only_where_the_company_wants_it(self):
        self.company.is_input_tax_booked = False
        confirmation = self.deduct_and_sign()
        self.run_cron()
        self.assertFalse(self.entries(confirmation) or confirmation.is_entry_due)
        with self.assertRefused("entries_off"):
            confirmation.action_post_entry()
        # Switched on later, what was signed before is left to a person.
        self.company.is_input_tax_booked = True
        self.open_period()
        self.run_cron()
        self.assertFalse(self.entries(confirmation))
        confirmation.invalidate_recordset()
        confirmation.action_post_entry()
        self.assertBalances(uncertified=0, input=26)

    def test_row_C16_settings_say_which_is_missing(self):
        for name, label in (
            ("uncertified_tax_account_id", "Input VAT to Be Certified"),
            ("undeducted_tax_account_id", "Cost of VAT Not Deducted"),
            ("deduction_journal_id", "Journal of Input VAT"),
        ):
            with self.subTest(name), self.assertRaisesRegex(ValidationError, label):
                self.company[name] = False
        with self.assertRaisesRegex(ValidationError, "Input VAT Transferred Out"):
            self.other_company.is_input_tax_booked = True

    def test_row_C16_settings_propose_what_the_chart_has(self):
        proposed = self.company._propose_books()
        self.assertEqual(proposed.pop("deduction_journal_id").type, "general")
        self.assertEqual(
            proposed,
            {
                **{
                    name: self.company[name]
                    for name in NEW_ACCOUNTS
                    if name != "undeducted_tax_account_id"
                },
                "undeducted_tax_account_id": self.company.expense_account_id,
            },
        )
        # Named after those above it, as books without levels have it.
        self.company.input_tax_account_id.name = "应交税费-应交增值税-进项税额"
        self.assertEqual(
            self.company._propose_books()["input_tax_account_id"],
            self.company.input_tax_account_id,
        )

    def test_row_C16_settings_name_what_the_chart_lacks(self):
        for chart in ("cn", "cn_large_bis"):
            company = self.env["res.company"].create({"name": f"测试 {chart}"})
            company.write(
                {
                    "country_id": self.env.ref("base.cn").id,
                    "currency_id": self.env.ref("base.CNY").id,
                }
            )
            env = self.of_company(company)
            env["account.chart.template"].try_loading(
                chart, company=company, install_demo=False
            )
            before = env["account.account"].search_count([])
            settings = env["res.config.settings"].new({"is_input_tax_booked": True})
            answer = settings._onchange_is_input_tax_booked()
            for name in ("待认证进项税额", "进项税额转出", "2221"):
                self.assertIn(name, answer["warning"]["message"])
            self.assertFalse(settings.input_tax_account_id)
            self.assertTrue(settings.undeducted_tax_account_id)
            self.assertTrue(settings.deduction_journal_id)
            self.assertEqual(env["account.account"].search_count([]), before)

    def test_row_C16_settings_are_saved_together(self):
        company = self.other_company
        self.load_chart(company)
        env = self.of_company(company)
        values = {
            name: env["account.account"].create(
                {"code": code, "name": label, "account_type": "liability_current"}
            )
            for name, (code, label) in NEW_ACCOUNTS.items()
        }
        settings = env["res.config.settings"].create(
            {
                "is_input_tax_booked": True,
                **{name: account.id for name, account in values.items()},
                "deduction_journal_id": company._propose_books()[
                    "deduction_journal_id"
                ].id,
            }
        )
        self.assertIn("13%", settings.taxes_booked_elsewhere)
        settings.execute()
        self.assertTrue(company.is_input_tax_booked)
        self.assertEqual(company.input_tax_account_id, values["input_tax_account_id"])
        again = env["res.config.settings"].create({})
        self.assertEqual(
            again.transferred_tax_account_id, values["transferred_tax_account_id"]
        )

    def test_row_C16_entry_that_cannot_be_posted_holds_nothing(self):
        self.env.cr.execute(
            "UPDATE account_account SET active = false WHERE id = %s",
            [self.company.input_tax_account_id.id],
        )
        self.env.invalidate_all()
        confirmation = self.deduct_and_sign()
        self.assertEqual(
            (confirmation.state, confirmation.is_entry_due), ("signed", True)
        )
        self.run_cron()
        self.assertIn("Input VAT", confirmation.entry_problem)
        activity = self.activity()
        self.assertIn(PERIOD, activity.note)
        self.assertEqual(len(activity), 1)
        self.run_cron()
        self.assertEqual(len(self.activity()), 1, "told once")
        self.company.input_tax_account_id.active = True
        confirmation.action_post_entry()
        self.assertFalse(self.activity() or confirmation.entry_problem)
        self.assertBalances(uncertified=0, input=26)

    def test_row_C16_account_that_was_deleted(self):
        self.env.cr.execute(
            "UPDATE res_company SET uncertified_tax_account_id = NULL WHERE id = %s",
            [self.company.id],
        )
        self.env.invalidate_all()
        confirmation = self.deduct_and_sign()
        self.run_cron()
        self.assertEqual(
            confirmation.sudo().entry_problem_code, "entry_account_missing"
        )

    def test_row_C16_accounts_are_proposed_without_chinese(self):
        # Odoo lets nobody archive a language that somebody speaks.
        self.env.cr.execute("UPDATE res_lang SET active = false WHERE code = 'zh_CN'")
        self.env.registry.clear_cache()
        self.env.invalidate_all()
        self.addCleanup(self.env.registry.clear_cache)
        proposed = self.company._propose_books()
        self.assertEqual(
            proposed["input_tax_account_id"], self.company.input_tax_account_id
        )

    def test_row_C16_trouble_of_a_revoked_signature_is_forgotten(self):
        confirmation = self.deduct_and_sign()
        confirmation.sudo().vat_amount = 99
        self.run_cron()
        self.assertTrue(self.activity())
        self.revoke_signature()
        self.run_cron()
        self.assertFalse(self.activity() or confirmation.entry_problem)
        self.assertFalse(self.entries(confirmation))

    def test_row_C16_entry_that_fails_is_told_and_holds_nothing(self):
        confirmation = self.deduct_and_sign()
        moves = self.registry["account.move"]
        self.startPatcher(
            patch.object(moves, "_post_tax_entry", side_effect=ValueError("trouble"))
        )
        with mute_logger(LOG):
            self.run_cron()
        self.assertEqual(confirmation.entry_problem_code, "entry_refused")
        self.assertIn("trouble", self.activity().note)

    def test_row_C16_signature_needs_no_scheduled_action(self):
        self.env.ref("invoice_tax_service.ir_cron_post_entries").unlink()
        confirmation = self.deduct_and_sign()
        self.assertEqual(confirmation.state, "signed")
        confirmation.action_post_entry()
        self.assertBalances(uncertified=0, input=26)
