from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError

from odoo.addons.invoice_tax_service.tests.common import OWN, SECOND

from .common import LicenseCase


class TestLicense(LicenseCase):
    """Granting and cancelling: each once, many at once, and the lock that lasts."""

    def test_row_P1_the_page_and_its_fields(self):
        action = self.env.ref("invoice_tax_license.invoice_tax_license_action")
        self.assertEqual(action.path, "tax-licenses")
        menu = self.env.ref("invoice_tax_license.menu_license")
        self.assertEqual(
            menu.parent_id, self.env.ref("invoice_tax_service.menu_master_data")
        )
        self.assertEqual(self.license.auth_state, "unauthorised")
        self.assertFalse(self.license.sync_state)
        view = self.env["invoice.tax.license"].get_view(view_type="list")["arch"]
        for name in (
            "auth_state authorised_on authorised_by_id sync_state valid_from valid_to "
            "group_id cancelled_at lock_until failure"
        ).split():
            self.assertIn(f'name="{name}"', view)

    def test_row_P1_every_taxpayer_has_a_licence_of_each_group(self):
        second = self._new_taxpayer(SECOND, self.connection)
        codes = second.sudo().license_ids.group_id.mapped("code")
        self.assertEqual(sorted(codes), ["issuing", "receiving"])
        second.sudo()._ensure_licenses()
        self.assertEqual(len(second.sudo().license_ids), 2)

    def test_row_P2_granted_and_total_at_the_left(self):
        self.platform.totals["receiving"] = 7
        self.company._ask_entitlements()
        self.dispatch()
        self.authorise()
        self.env.invalidate_all()
        panel = (
            self.env["invoice.tax.license"]
            .with_user(self.manager)
            .with_context(show_license_counts=True)
            .search_panel_select_range("group_id", expand=True)
        )
        names = [value["display_name"] for value in panel["values"]]
        self.assertIn("Receiving Service (1/7)", names)
        self.assertIn("Issuing Service (0/10)", names)

    def test_row_P2_a_group_more_is_data(self):
        group = self.env["invoice.tax.service.group"].create(
            {"name": "Archive", "code": "archive"}
        )
        self.assertIn(group, self.taxpayer.sudo().license_ids.group_id)
        self.assertEqual(
            group.with_context(show_license_counts=True).display_name, "Archive (0/–)"
        )

    def test_row_P3_many_at_once_and_each_by_itself(self):
        licenses = self.new_licenses(5)
        licenses[0].authorise()
        refused = self.authorise(licenses)
        self.assertEqual([row["id"] for row in refused], licenses[0].ids)
        self.assertEqual(set(licenses.mapped("sync_state")), {"success"})
        self.assertEqual(len(self.platform.calls), 5)
        self.assertEqual(len(licenses.sudo().request_ids.filtered("license_id")), 5)

    def test_row_P3_a_page_warns_and_asks(self):
        licenses = self.new_licenses(2)
        self.authorise(licenses[0])
        action = licenses.action_authorise()
        wizard = self.env[action["res_model"]].with_user(self.manager)
        wizard = wizard.browse(action["res_id"])
        self.assertEqual(wizard.possible_ids, licenses[1])
        self.assertEqual(wizard.refused_count, 1)
        self.assertIn("already", wizard.refusals)
        self.assertEqual(wizard.days_text, "60")
        self.assertEqual(licenses[1].auth_state, "unauthorised")
        wizard.action_confirm()
        self.dispatch()
        self.assertEqual(licenses[1].sync_state, "success")

    def test_row_P3_one_tax_number_once_in_all_companies(self):
        connection = self._new_connection(self.other_company)
        self.authorise()
        other = self._new_taxpayer(OWN, connection)
        one = self.get_license(other).sudo()
        with self.assertLicenseRefused("already_authorised", "another company"):
            one.authorise()
        # It is the same tax number, so the other company is served as well.
        self.assertFalse(other.sudo()._get_service_unavailable_reason("receiving"))

    def test_row_P3_one_tax_number_once_in_the_same_company(self):
        """An archived taxpayer holds it: the page must not send people elsewhere."""
        self.authorise()
        self.taxpayer.sudo().write({"name": "旧名称", "active": False})
        self.env.flush_all()
        again = self.get_license(self._new_taxpayer(OWN, self.connection))
        with self.assertLicenseRefused("already_authorised", "archived.*旧名称"):
            again.authorise()

    def test_row_P3_a_database_with_doubles_goes_on(self):
        """The index cannot be built there; the rule is still asked, and cancelling one
        of the two ends nothing at the platform that the other needs."""
        self.authorise()
        other = self._new_taxpayer(OWN, self._new_connection(self.other_company))
        double = self.get_license(other).sudo()
        self.env.cr.execute("DROP INDEX invoice_tax_license_authorised_uniq")
        double.auth_state = "authorised"
        self.env.flush_all()
        licenses = self.env["invoice.tax.license"]
        index = licenses._table_objects["invoice_tax_license_authorised_uniq"]
        # As an update of the addon does it; an update says this much, and goes on.
        updating = patch.object(self.registry, "_is_install", False, create=True)
        with updating, self.assertLogs("odoo.schema", "WARNING"):
            index.apply_to_database(licenses)
            self.registry.finalize_constraints(self.env.cr)
        self.assertFalse(double._get_unusable_reason())
        with self.assertLicenseRefused("already_authorised"):
            self.license.authorise()
        self.license.cancel()
        self.dispatch()
        self.assertEqual(self.license.sync_state, "success")
        self.assertHeld(double)

    def test_row_P3_none_left_as_read_last_says_what_to_do(self):
        self.platform.totals["receiving"] = 0
        self.company._ask_entitlements()
        self.dispatch()
        self.authorise()
        one = self.license
        self.assertEqual(
            (one.auth_state, one.failure_code), ("failed", "none_left_here")
        )
        self.assertIn("read the entitlements, and authorise again", one.failure)
        # Which is what helps.
        self.platform.totals["receiving"] = 1
        one.action_read_back()
        self.dispatch()
        self.authorise()
        self.assertEqual((one.auth_state, one.sync_state), ("authorised", "success"))

    def test_row_P3_the_page_counts_what_was_done(self):
        """One refused meanwhile, after it had failed before, is left out once."""
        licenses = self.new_licenses(3)
        self.authorise(licenses[0])
        failed = licenses[1].sudo()
        failed.auth_state = "failed"
        wizard = self.env["invoice.tax.license.wizard"].with_user(self.manager)
        wizard = wizard.create(
            {"mode": "authorise", "license_ids": [(6, 0, licenses.ids)]}
        )
        self.assertEqual(wizard.possible_ids, licenses[1:])
        failed.taxpayer_id.active = False
        message = wizard.action_confirm()["params"]["message"]
        self.assertIn("1 licences are authorised", message)

    def test_row_P4_cancelling_clears_and_locks(self):
        self.authorise()
        self.license.cancel()
        one = self.license
        self.assertFalse(one.authorised_on or one.authorised_by_id)
        self.assertEqual(one.cancelled_at, self.now.replace(microsecond=0))
        self.assertEqual(one.lock_until, one.cancelled_at + timedelta(days=60))
        with self.assertLicenseRefused("not_authorised"):
            one.cancel()
        with self.assertLicenseRefused("license_locked", "60 days"):
            one.authorise()

    def test_row_P4_the_lock_is_one_of_tax_number_and_group(self):
        self.authorise()
        self.license.cancel()
        self.dispatch()
        issuing = self.get_license(self.taxpayer, "issuing")
        self.authorise(issuing)
        self.assertEqual(issuing.sync_state, "success")

    def test_row_P4_the_lock_survives_renaming_and_archiving(self):
        self.authorise()
        self.license.cancel()
        self.dispatch()
        self.taxpayer.sudo().write({"name": "新名称", "active": False})
        self.taxpayer.sudo().active = True
        with self.assertLicenseRefused("license_locked"):
            self.license.authorise()

    def test_row_P4_the_lock_survives_adding_the_taxpayer_again(self):
        taxpayer = self._new_taxpayer(SECOND, self.connection)
        one = self.get_license(taxpayer)
        self.authorise(one)
        one.cancel()
        self.dispatch()
        taxpayer.sudo().unlink()
        again = self.get_license(self._new_taxpayer(SECOND, self.connection))
        self.assertTrue(again.lock_until)
        with self.assertLicenseRefused("license_locked"):
            again.authorise()
        elsewhere = self._new_connection(self.other_company)
        other = self.get_license(self._new_taxpayer(SECOND, elsewhere)).sudo()
        with self.assertLicenseRefused("license_locked"):
            other.authorise()

    def test_row_P4_the_length_is_a_setting(self):
        self.authorise()
        self.license.cancel()
        self.dispatch()
        settings = self.env["res.config.settings"].create({"tax_license_lock_days": 3})
        settings.execute()
        self.now += timedelta(days=3) - timedelta(seconds=1)
        with self.assertLicenseRefused("license_locked", "3 days"):
            self.license.authorise()
        self.now += timedelta(seconds=1)
        self.authorise()
        self.assertEqual(self.license.sync_state, "success")

    def test_row_P8_tax_number_cannot_change_while_authorised(self):
        taxpayer = self._new_taxpayer(SECOND, self.connection).sudo()
        one = self.get_license(taxpayer)
        self.authorise(one)
        with self.assertLicenseRefused("taxpayer_licensed", "Cancel"):
            taxpayer.tax_number = "91440300MA5TE5T031"
        with self.assertLicenseRefused("taxpayer_licensed"):
            taxpayer.unlink()
        taxpayer.name = "可以改名"
        one.cancel()
        # Still held at the platform under this number.
        with self.assertLicenseRefused("taxpayer_licensed"):
            taxpayer.tax_number = "91440300MA5TE5T031"
        self.dispatch()
        taxpayer.tax_number = "91440300MA5TE5T031"
        self.assertEqual(one.tax_number, "91440300MA5TE5T031")

    def test_row_P9_history_outlives_the_taxpayer(self):
        taxpayer = self._new_taxpayer(SECOND, self.connection)
        one = self.get_license(taxpayer)
        self.authorise(one)
        one.cancel()
        self.dispatch()
        self.assertEqual(
            self.events(one), ["authorised", "synced", "cancelled", "cancel_synced"]
        )
        self.assertEqual(one.event_ids.user_id, self.manager | one.event_ids.user_id)
        taxpayer.sudo().unlink()
        events = self.env["invoice.tax.license.event"].with_user(self.manager)
        kept = events.search([("tax_number", "=", SECOND)])
        self.assertEqual(len(kept), 4)
        with self.assertRaises(AccessError):
            kept.unlink()
        with self.assertRaises(AccessError):
            kept[0].kind = "synced"
