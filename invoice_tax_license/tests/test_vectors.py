from datetime import date, datetime, timedelta

from odoo.addons.invoice_tax_service.gateway.errors import (
    NotSentError,
    OutcomeUnknownError,
)

from .common import LicenseCase


class TestVectors(LicenseCase):
    """The vectors of the dictionary, section 6.8, one by one."""

    def setUp(self):
        super().setUp()
        self.now = datetime(2026, 11, 20, 2, 0)  # 10:00 in China
        self.platform.validity = (date(2026, 11, 20), date(2027, 11, 19))

    def granted(self):
        return self.group.with_user(self.manager).with_company(self.company)

    def test_vector_6_8_L1_authorised_and_synchronised(self):
        before = self.granted().granted_count
        self.authorise()
        one = self.license
        self.assertEqual((one.auth_state, one.sync_state), ("authorised", "success"))
        self.assertEqual(
            (one.valid_from, one.valid_to), (date(2026, 11, 20), date(2027, 11, 19))
        )
        self.assertEqual(one.authorised_on, date(2026, 11, 20))
        self.assertEqual(one.authorised_by_id, self.manager)
        self.env.invalidate_all()
        self.assertEqual(self.granted().granted_count, before + 1)
        self.assertFalse(self.taxpayer._get_service_unavailable_reason("receiving"))

    def test_vector_6_8_L2_L3_network_down_then_synchronised(self):
        self.platform.before = [NotSentError("refused") for _try in range(3)]
        self.license.authorise()
        self.step_platform()
        one = self.license
        self.assertEqual((one.auth_state, one.sync_state), ("authorised", "failed"))
        self.assertEqual(one.failure_code, "not_sent")
        self.assertIn("could not be reached", one.failure)
        self.assertIn(
            "could not be reached",
            self.taxpayer._get_service_unavailable_reason("receiving"),
        )
        self.platform.before = []
        one.action_sync_authorisation()
        self.dispatch()
        self.assertEqual((one.auth_state, one.sync_state), ("authorised", "success"))
        self.assertFalse(one.failure)
        self.assertEqual(len(self.requests_of_license()), 1)
        self.assertEqual(len(self.platform.calls), 1)

    def test_vector_6_8_L4_authorised_again(self):
        self.authorise()
        with self.assertLicenseRefused("already_authorised", "already"):
            self.license.authorise()

    def test_vector_6_8_L5_none_left(self):
        self.platform.totals["receiving"] = 1
        self.company._ask_entitlements()
        first, second = self.new_licenses(2)
        self.dispatch()
        self.authorise(first)
        self.authorise(second)
        self.assertEqual(second.auth_state, "failed")
        self.assertIn("no entitlement left", second.failure)
        self.assertFalse(self.requests_of_license(second))
        self.assertEqual(self.events(second), ["refused"])
        self.platform.totals["receiving"] = 2
        self.company._ask_entitlements()
        self.dispatch()
        self.authorise(second)
        self.assertEqual(
            (second.auth_state, second.sync_state), ("authorised", "success")
        )

    def test_vector_6_8_L6_serial_number_missing(self):
        self.company.tax_license_kind = "temporary"
        self.authorise()
        one = self.license
        self.assertEqual((one.auth_state, one.sync_state), ("authorised", "failed"))
        self.assertEqual(one.failure_code, "serial_missing")
        self.assertIn("serial number", one.failure)
        self.env["invoice.tax.license.serial"].create(
            {"company_id": self.company.id, "group_id": self.group.id, "serial": "SN-1"}
        )
        one.action_sync_authorisation()
        self.dispatch()
        self.assertEqual(one.sync_state, "success")
        self.assertEqual(self.platform.sent[-1].serial, "SN-1")

    def test_vector_6_8_L7_cancelled(self):
        self.authorise()
        self.license.cancel()
        one = self.license
        self.assertEqual(one.auth_state, "unauthorised")
        self.assertFalse(one.authorised_on)
        self.assertFalse(one.authorised_by_id)
        self.assertEqual(one.cancelled_at, datetime(2026, 11, 20, 2, 0))
        self.assertTrue(one.valid_to)
        self.dispatch()
        self.assertEqual(one.sync_state, "success")
        self.assertFalse(one.valid_from or one.valid_to)
        self.assertHeld(one, False)

    def test_vector_6_8_L8_lock_of_sixty_days(self):
        self.authorise()
        self.license.cancel()
        self.dispatch()
        self.now = datetime(2027, 1, 19, 1, 59, 59)
        self.license.invalidate_recordset()
        self.assertEqual(self.license.lock_until, datetime(2027, 1, 19, 2, 0))
        with self.assertLicenseRefused("license_locked", "2027-01-19 10:00:00"):
            self.license.authorise()
        self.now = datetime(2027, 1, 19, 1, 59)
        with self.assertLicenseRefused("license_locked"):
            self.license.authorise()
        self.now = datetime(2027, 1, 19, 2, 0)
        self.authorise()
        self.assertEqual(self.license.auth_state, "authorised")
        self.assertEqual(self.license.sync_state, "success")

    def test_vector_6_8_L9_synchronise_the_wrong_one(self):
        with self.assertLicenseRefused("not_authorised"):
            self.license.action_sync_authorisation()
        self.authorise()
        with self.assertLicenseRefused("already_authorised"):
            self.license.action_sync_cancellation()
        self.assertEqual(len(self.requests_of_license()), 1)

    def test_vector_6_8_L10_cancelled_or_outside_validity(self):
        taxpayer = self.taxpayer
        self.authorise()
        self.assertFalse(taxpayer._get_service_unavailable_reason("receiving"))
        self.assertTrue(taxpayer._get_service_unavailable_reason("issuing"))
        self.now = datetime(2027, 11, 19, 15, 59)
        self.assertFalse(taxpayer._get_service_unavailable_reason("receiving"))
        self.now = datetime(2027, 11, 19, 16, 0)
        self.assertIn(
            "2027-11-19", taxpayer._get_service_unavailable_reason("receiving")
        )
        self.now = datetime(2026, 11, 19, 15, 0)
        self.assertIn(
            "2026-11-20", taxpayer._get_service_unavailable_reason("receiving")
        )
        self.now = datetime(2026, 11, 21)
        self.license.cancel()
        self.assertIn(
            "cancelled", taxpayer._get_service_unavailable_reason("receiving")
        )

    def test_vector_6_8_L11_serial_number_rule(self):
        cases = [
            ("formal", False, False),
            ("formal", True, True),
            ("temporary", False, True),
            ("temporary", True, True),
            ("none", False, True),
            ("none", True, True),
        ]
        for kind, is_idc, is_needed in cases:
            self.company.write({"tax_license_kind": kind, "is_tax_license_idc": is_idc})
            self.assertEqual(
                self.company._is_serial_needed(), is_needed, (kind, is_idc)
            )

    def test_row_P3_a_lost_reply_is_asked_for(self):
        self.platform.after = [OutcomeUnknownError("cut")]
        self.license.authorise()
        self.step_platform()
        [request] = self.requests_of_license()
        self.assertEqual((request.state, request.step), ("processing", "unknown"))
        self.assertFalse(self.license.sync_state)
        self.assertIn(
            "being synchronised",
            self.taxpayer._get_service_unavailable_reason("receiving"),
        )
        self.now += timedelta(seconds=5)
        self.dispatch()
        self.assertEqual(self.license.sync_state, "success")
        self.assertEqual(len(self.platform.sent), 1)
