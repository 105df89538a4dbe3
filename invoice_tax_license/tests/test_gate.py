import json
from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.invoice_tax_service.tests.fake_bureau import PERIOD

from ..exceptions import LicenseError
from .common import LicenseCase


class TestGate(LicenseCase):
    """Without a usable licence nothing of the service can be used, every way says why
    not and leads to the licences; what never was told to the platform keeps working."""

    def assertShut(self, action, *args):
        with self.assertRaises(LicenseError) as caught, self.env.cr.savepoint():
            action(*args)
        error = caught.exception
        self.assertEqual(error.code, "service_unavailable")
        self.assertIn("not authorised", str(error))
        message, action_id, label, context = error.args
        action = self.env["ir.actions.act_window"].sudo().browse(action_id)
        self.assertEqual(action.res_model, "invoice.tax.license")
        self.assertEqual(context["search_default_taxpayer_id"], self.taxpayer.ids)
        self.assertTrue(label and message)
        return error

    def submit_external(self, operation_type="deduct", invoices=()):
        return self.operations().submit_batch(
            self.taxpayer.tax_number,
            operation_type,
            PERIOD,
            f"gate-{operation_type}",
            [{"number": one.number} for one in invoices],
        )

    def test_row_P7_every_way_is_shut(self):
        invoices = self.add_invoices(2)
        period = self.taxpayer.current_period_id
        ways = [
            invoices.action_deduct,
            invoices.action_exclude,
            invoices.action_certify,
            invoices.action_revoke,
            invoices.action_refund,
            period.action_build_statistics,
            period.action_sign,
            period.action_revoke_statistics,
            self.taxpayer.action_fetch,
            self.taxpayer.action_confirm_refund,
            lambda: self.submit_external(invoices=invoices),
            lambda: self.submit_external("statistics"),
            lambda: self.submit("deduct", invoices),
            lambda: self.submit_table("statistics"),
        ]
        for way in ways:
            self.assertShut(way)
        self.assertFalse(
            self.operations().search([("taxpayer_id", "=", period.taxpayer_id.id)])
        )

    def test_row_P7_a_workbook_is_refused_before_it_is_read(self):
        wizard = (
            self.env["invoice.tax.import.wizard"]
            .with_user(self.clerk)
            .create({"taxpayer_id": self.taxpayer.id})
        )
        self.assertShut(wizard.action_check)

    def test_row_P7_a_retry_is_refused(self):
        invoices = self.add_invoices(1)
        self.authorise()
        self.bureau.results[invoices.number] = "abnormal"
        operation = self.submit("deduct", invoices)
        self.dispatch()
        self.assertEqual(operation.state, "failed")
        self.license.cancel()
        with self.assertLicenseRefused("service_unavailable", "cancelled"):
            operation.action_retry()

    def test_row_P7_open_with_a_licence(self):
        invoices = self.add_invoices(2)
        self.authorise()
        self.submit("deduct", invoices)
        self.dispatch()
        self.assertStands(invoices, "selected", "deduct")

    def test_row_P7_what_waits_fails_when_the_licence_has_gone(self):
        invoices = self.add_invoices(2)
        self.authorise()
        operation = self.submit("deduct", invoices)
        table = self.submit_table("statistics")
        self.license.cancel()
        self.dispatch()
        self.assertEqual((operation.state, table.state), ("failed", "failed"))
        self.assertEqual(
            operation.line_ids.mapped("result_code"), ["service_unavailable"] * 2
        )
        self.assertIn("cancelled", operation.description)
        self.assertStands(invoices, "unselected")

    def test_row_P7_historic_rows_keep_working(self):
        self.license.sudo().write({"auth_state": "authorised"})
        self.assertFalse(self.license.sync_state)
        self.assertFalse(self.taxpayer._get_service_unavailable_reason("receiving"))
        self.taxpayer.action_fetch()
        # And can be told to the platform.
        self.license.action_sync_authorisation()
        self.dispatch()
        self.assertEqual(self.license.sync_state, "success")

    def test_row_P7_the_page_of_the_period_says_why(self):
        period = self.taxpayer.current_period_id
        self.assertIn("not authorised", period.license_trouble)
        self.assertFalse(period.can_build)
        self.assertIn("not authorised", self.taxpayer.license_trouble)
        action = period.action_open_licenses()
        self.assertEqual(action["res_model"], "invoice.tax.license")
        self.authorise()
        self.env.invalidate_all()
        self.assertFalse(period.license_trouble)

    def test_row_P7_scheduled_actions_pass_over_and_say_so_once(self):
        invoices = self.add_invoices(1)
        self.taxpayer.sudo().is_selecting_by_bill = True
        self.company.partner_id.lang = "en_US"

        def run_crons():
            with self.cron_environment() as env:
                env["invoice.tax.fetch"]._cron_fetch()
                env["invoice.tax.taxpayer"]._cron_select_by_bill()
            return self.taxpayer.sudo().message_ids.filtered(
                lambda message: "pass over" in (message.body or "")
            )

        fetches = self.env["invoice.tax.fetch"].search_count([])
        self.assertEqual(len(run_crons()), 1)
        self.assertEqual(len(run_crons()), 1)
        self.assertEqual(self.env["invoice.tax.fetch"].search_count([]), fetches)
        self.assertStands(invoices, "unselected")
        self.authorise()
        self.assertEqual(len(run_crons()), 1)
        self.assertTrue(
            self.env["invoice.tax.fetch"].search(
                [("taxpayer_id", "=", self.taxpayer.id)]
            )
        )
        self.license.cancel()
        self.assertEqual(len(run_crons()), 2)

    def test_row_P7_not_before_and_not_after_its_validity(self):
        today = self.taxpayer._get_today()
        self.platform.validity = (today + timedelta(days=1), today + timedelta(days=9))
        self.authorise()
        with self.assertLicenseRefused("service_unavailable", "valid from"):
            self.taxpayer.action_fetch()
        self.now += timedelta(days=1)
        self.taxpayer.action_fetch()
        self.now += timedelta(days=9)
        with self.assertLicenseRefused("service_unavailable", "ended on"):
            self.taxpayer.action_fetch()

    def test_row_P7_issuing_is_asked_apart(self):
        self.authorise(self.get_license(self.taxpayer, "issuing"))
        self.assertFalse(self.taxpayer._get_service_unavailable_reason("issuing"))
        self.assertTrue(self.taxpayer._get_service_unavailable_reason("receiving"))
        self.assertIn(
            "no licence", self.taxpayer._get_service_unavailable_reason("cooking")
        )

    def test_row_P7_programs_get_a_code(self):
        invoices = self.add_invoices(1)
        error = self.assertShut(lambda: self.submit_external(invoices=invoices))
        self.assertEqual(error.context["code"], "service_unavailable")
        self.assertTrue(json.dumps(error.context))


@tagged("post_install", "-at_install")
class TestInstall(LicenseCase):
    """What is there when the addon comes."""

    def test_taxpayers_of_before_get_licences(self):
        self.taxpayer.sudo().license_ids.unlink()
        self.env["invoice.tax.taxpayer"].search([])._ensure_licenses()
        self.assertEqual(len(self.taxpayer.sudo().license_ids), 2)

    def test_the_platform_is_no_bureau(self):
        """A taxpayer cannot choose it as its connection to the bureau."""
        field = self.env["invoice.tax.taxpayer"]._fields["connection_id"]
        domain = field.domain
        self.assertIn(("channel", "!=", "entitlement"), list(domain))
        self.assertNotEqual(
            self.taxpayer.sudo()._get_entitlement_lane(), self.taxpayer.sudo().lane_id
        )

    def test_a_copied_database_keeps_no_secret(self):
        from odoo.tools import file_open

        with file_open("invoice_tax_license/data/neutralize.sql") as script:
            self.env.flush_all()
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertFalse(self.platform_connection.entitlement_secret)

    def test_the_secret_is_told_to_nobody(self):
        connection = self.platform_connection.sudo()
        secret = connection.entitlement_secret
        self.assertTrue(secret)
        admin = self.env.ref("base.user_admin")
        admin.company_ids |= connection.company_id
        connection = connection.with_user(admin).with_context(
            allowed_company_ids=connection.company_id.ids
        )
        told = [
            connection.read(["entitlement_secret"]),
            connection.web_read({"entitlement_secret": {}}),
            connection.export_data(["entitlement_secret"]),
            connection.copy().read(["entitlement_secret"]),
        ]
        self.assertNotIn(f"'{secret}'", repr(told))
