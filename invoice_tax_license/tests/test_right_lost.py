from odoo.addons.invoice_tax_service.gateway.errors import (
    NotSentError,
    OutcomeUnknownError,
)

from .common import LicenseCase

KEEPER = "account.group_account_invoice,invoice_tax_license.group_license_keeper"


class TestLicenseRightLost(LicenseCase):
    """Nothing is granted or cancelled at the platform for somebody who may not have it
    done any more; a colleague takes it over."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keeper = cls._new_user("license_keeper", KEEPER)
        cls.own = cls.license.with_user(cls.keeper)

    def lose(self):
        self.keeper.sudo().active = False

    def take(self, *items):
        rights = self.env["invoice.tax.right"].with_user(self.manager)
        for item in items:
            rights.set_right(self.company.id, item, self.keeper.id, False)

    def update_table(self):
        """As an update of the addon does it."""
        self.registry.init_models(
            self.env.cr, [self.license._name], {"module": "invoice_tax_license"}, False
        )

    def assertRefused(self, sentence):
        self.assertEqual(self.license.failure_code, "right_lost")
        self.assertEqual(self.license.sync_state, "failed")
        self.assertIn(sentence, self.license.failure)
        self.assertIn("take it over", self.license.failure)
        self.assertEqual(self.platform.sent, [], "something was said")
        self.assertEqual(self.requests_of_license()[-1:].step, "done")

    def test_row_O11_lost_right_before_an_authorisation(self):
        self.own.authorise()
        self.take("license_authorise", "license_sync")
        self.dispatch()
        self.assertRefused("has lost the right in 甲测试公司: Authorise")

    def test_row_O11_lost_right_before_a_cancellation(self):
        self.authorise()
        self.platform.sent.clear()
        self.own.cancel()
        self.lose()
        self.dispatch()
        self.assertRefused("is not a user any more")
        self.assertHeld(self.license)
        self.license.action_sync_cancellation()
        self.dispatch()
        self.assertHeld(self.license, False)
        self.assertEqual(self.license.sync_state, "success")

    def test_row_O11_lost_right_of_who_was_deleted(self):
        self.own.authorise()
        # As the database does it.
        self.requests_of_license().user_id = False
        self.dispatch()
        self.assertRefused("The person who asked for this is no longer a user.")

    def test_row_O11_lost_right_is_had_by_who_may_synchronise(self):
        self.own.authorise()
        self.take("license_authorise")
        self.dispatch()
        self.assertEqual(self.license.sync_state, "success")

    def test_row_O11_lost_right_is_taken_over_by_a_colleague(self):
        """After it was refused, and while it waits."""
        self.own.authorise()
        self.lose()
        self.dispatch()
        self.license.action_sync_authorisation()
        self.assertEqual(self.requests_of_license()[-1].user_id, self.manager)
        self.dispatch()
        self.assertEqual(self.license.sync_state, "success")
        self.keeper.sudo().active = True
        self.own.cancel()
        self.license.action_sync_cancellation()
        self.lose()
        self.dispatch()
        self.assertHeld(self.license, False)
        self.assertEqual(len(self.requests_of_license()), 3)

    def test_row_O11_lost_right_while_the_line_is_down(self):
        self.platform.before = [NotSentError("down")]
        self.own.authorise()
        self.step_platform()
        self.assertEqual(self.requests_of_license().step, "queued")
        self.lose()
        self.platform.sent.clear()
        self.talk(600)
        self.assertRefused("is not a user any more")

    def test_row_O11_lost_right_asks_for_what_was_sent(self):
        """The outcome is unknown: it is found out, and written down."""
        self.platform.after = [OutcomeUnknownError("cut")]
        self.own.authorise()
        self.step_platform()
        self.lose()
        for _wait in range(4):
            self.talk(60)
        self.assertEqual(self.license.sync_state, "success")
        self.assertEqual(len(self.platform.sent), 1, "sent again")

    def test_row_O11_lost_right_while_a_call_may_still_arrive(self):
        self.platform.before = [OutcomeUnknownError("cut")]
        self.own.authorise()
        self.step_platform()
        self.lose()
        request = self.requests_of_license()
        self.talk(5)
        self.assertEqual(request.step, "queued")
        self.assertEqual(request.next_attempt_at, request.arrives_by)
        # It arrives after all.
        self.platform.submit(self.platform.sent[0])
        for _wait in range(4):
            self.talk(120)
        self.assertEqual(self.license.sync_state, "success")

    def test_row_O11_lost_right_of_what_was_wanted_meanwhile(self):
        """What waits for the request under way belongs to who wanted it."""
        self.platform.after = [OutcomeUnknownError("cut")]
        self.license.authorise()
        self.step_platform()
        self.own.cancel()
        self.assertEqual(self.license.sudo().sync_due_user_id, self.keeper)
        self.lose()
        for _wait in range(4):
            self.talk(60)
        self.assertEqual(self.license.failure_code, "right_lost")
        self.assertHeld(self.license)

    def test_row_O11_lost_right_needs_nobody_for_what_waited_at_an_update(self):
        """Who wanted it was not noted before: it is told by Odoo itself. Whoever was
        noted, and deleted since, has no right."""
        self.platform.after = [OutcomeUnknownError("cut")]
        self.license.authorise()
        self.step_platform()
        self.own.cancel()
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE invoice_tax_license DROP sync_due_user_id")
        self.update_table()
        self.env.invalidate_all(flush=False)
        asker = self.license.sudo().sync_due_user_id
        self.assertEqual(asker, self.env.ref("base.user_root"))
        for _wait in range(4):
            self.talk(60)
        self.assertHeld(self.license, False)
        self.assertEqual(self.license.sync_state, "success")
        self.license.sudo().write({"sync_due": "cancel", "sync_due_user_id": False})
        self.update_table()
        self.assertFalse(self.license.sudo().sync_due_user_id)

    def test_row_O11_lost_right_takes_nothing_from_what_works(self):
        """An authorisation of an earlier version was never told, and goes on."""
        self.license.sudo().auth_state = "authorised"
        self.assertTrue(self.license._is_historic())
        self.own.action_sync_authorisation()
        self.lose()
        self.dispatch()
        self.assertEqual(self.platform.sent, [])
        self.assertFalse(self.taxpayer._get_service_unavailable_reason("receiving"))

    def test_row_O11_lost_right_needs_nobody_to_read(self):
        self.authorise()
        self.own.action_read_back()
        self.lose()
        before = self.license.validity_read_at
        self.talk(5)
        self.assertGreater(self.license.validity_read_at, before)

    def test_row_X1_reasons_in_the_words_of_who_reads(self):
        """They are looked up while somebody reads, not when the addon is loaded."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.license.sudo().write(
            {"sync_state": "failed", "failure_code": "serial_missing"}
        )
        english = self.license.with_context(lang="en_US").failure
        chinese = self.license.with_context(lang="zh_CN").failure
        self.assertIn("product serial number", english)
        self.assertIn("序列号", chinese)
