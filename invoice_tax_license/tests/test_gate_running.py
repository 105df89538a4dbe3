from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from odoo.addons.invoice_tax_service.tests.common import SECOND

from .common import CHINA, LicenseCase


class TestGateRunning(LicenseCase):
    """What runs when a licence ends; and what one without licence means for others."""

    def fetches_of(self, taxpayer):
        fetches = self.env["invoice.tax.fetch"]
        return fetches.search([("taxpayer_id", "=", taxpayer.id)])

    def test_row_P7_a_stopped_batch_speaks_to_who_submitted_it(self):
        """The dispatcher has neither language nor clock of a person."""
        self.clerk.sudo().lang = "zh_CN"
        self.authorise()
        operation = self.submit("deduct", self.add_invoices(1))
        self.license.cancel()
        end = self.license.lock_until + CHINA
        self.dispatch()
        self.assertEqual(operation.result_code, "service_unavailable")
        self.assertIn(f"{end:%Y-%m-%d %H:%M:%S}", operation.result_text)
        self.assertRegex(operation.result_text, "[一-龥]{4}")

    def test_row_P7_a_certification_does_not_go_on_to_the_signature(self):
        self.authorise()
        invoices = self.add_invoices(1)
        operation = self.submit("certify", invoices)
        self.step(2)
        self.assertStands(invoices, "selected", "deduct")
        self.license.cancel()
        self.dispatch()
        self.assertEqual(operation.result_code, "service_unavailable")
        submitted = {one.operation_type for one in self.bureau.submissions}
        self.assertFalse({"statistics", "sign"} & submitted)

    def test_row_P7_nothing_is_read_by_itself_any_more(self):
        """While the bureau builds its table it is asked every minute, by itself."""
        self.authorise()
        self.open_period(statistics_status="21")
        self.taxpayer.action_fetch()
        self.dispatch()
        asked = len(self.fetches_of(self.taxpayer))
        self.assertEqual(asked, 2)
        self.license.cancel()
        self.talk(120)
        self.talk(120)
        self.assertEqual(len(self.fetches_of(self.taxpayer)), asked)
        fetches = self.env["invoice.tax.fetch"]
        self.assertFalse(fetches._ask_if_served(self.taxpayer, "pool"))

    def test_row_P7_one_without_licence_holds_up_no_others(self):
        self.authorise()
        other = self._new_taxpayer(SECOND, self.connection)
        action = (self.taxpayer | other).action_fetch()
        self.assertTrue(self.fetches_of(self.taxpayer))
        self.assertFalse(self.fetches_of(other))
        self.assertIn(other.name, action["params"]["message"])
        self.assertEqual(action["params"]["type"], "warning")

    def test_row_P7_a_retry_of_many_names_each_and_leads_to_the_licences(self):
        self.authorise()
        batches = self.operations()
        for invoice in self.add_invoices(2):
            self.bureau.results[invoice.number] = "abnormal"
            batches |= self.submit("deduct", invoice)
            self.dispatch()
        self.license.cancel()
        with self.assertLicenseRefused("service_unavailable") as caught:
            batches.action_retry()
        for batch in batches:
            self.assertIn(batch.batch_number, str(caught.exception))
        self.assertEqual(caught.exception.args[2], "Open Licences")

    def test_row_P3_the_banner_is_that_of_the_entitlement_platform(self):
        """The bureau may be simulated still, when entitlements are real already."""
        self.assertEqual(self.taxpayer.environment, "simulated")
        self.assertTrue(self.license.is_simulated)
        self.platform_connection.write(
            {"address": "https://platform.example.com", "environment": "production"}
        )
        self.env.invalidate_all()
        self.assertFalse(self.license.is_simulated)
        action = self.license.action_authorise()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertFalse(wizard.with_user(self.manager).is_simulated)

    def test_row_P5_a_company_without_connection_is_named(self):
        """A branch has none of its parent's."""
        branch = self.env["res.company"].create(
            {"name": "甲测试分公司", "parent_id": self.company.id}
        )
        connection = self._new_connection(branch)
        one = self.get_license(self._new_taxpayer(SECOND, connection)).sudo()
        one.authorise()
        self.assertEqual(one.failure_code, "no_entitlement_connection")
        self.assertIn("甲测试分公司", one.failure)

    def test_row_P1_a_system_user_grants_nothing_by_hand(self):
        system = new_test_user(
            self.env,
            "tax_system",
            groups="base.group_system,invoice_tax_service.group_manager",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        one = self.license.with_user(system)
        with self.assertRaises(AccessError):
            one.write({"auth_state": "authorised"})
        with self.assertRaises(AccessError):
            one.create({"taxpayer_id": self.taxpayer.id, "group_id": self.group.id})

    def test_row_P9_managers_talk_about_a_licence(self):
        self.license.message_post(body="Renewed with the provider")
        self.assertIn("Renewed", self.license.message_ids[:1].body)
        self.license.sudo().write(
            {
                "auth_state": "authorised",
                "valid_to": self.taxpayer._get_today() + timedelta(days=3),
                "authorised_by_id": self.manager.id,
            }
        )
        self.license.sudo()._get_ending()._warn()
        self.license.activity_ids.action_feedback(feedback="ordered")
        self.assertFalse(self.license.activity_ids)
