from datetime import timedelta

from odoo.exceptions import ValidationError

from .common import LicenseCase


class TestScheduled(LicenseCase):
    """What is done every day: read back, warn before the end, pass over whom nobody
    authorised; and reading by hand, which gets past a stopped line."""

    def read_back(self):
        with self.cron_environment() as env:
            env["invoice.tax.license"]._cron_read_back()
            env.cr.rollback()
        self.dispatch()

    def get_total(self):
        found = self.env["invoice.tax.entitlement"].search(
            [
                ("connection_id", "=", self.platform_connection.id),
                ("group_id", "=", self.group.id),
            ]
        )
        return found.total

    def stop_lanes(self):
        self.platform_connection.lane_ids.write({"is_stopped": True})

    # === READING === #

    def test_row_P9_reading_by_hand_gets_past_a_stopped_line(self):
        self.authorise()
        self.read_back()
        self.platform.totals["receiving"] = 8
        [key] = self.platform.held
        first, last = self.platform.held[key]
        self.platform.held[key] = (first, last + timedelta(days=365))
        self.stop_lanes()
        self.read_back()
        self.assertEqual(self.get_total(), 10, "a scheduled action resumed the line")
        self.license.action_read_back()
        self.dispatch()
        self.assertEqual(self.get_total(), 8)
        self.assertEqual(self.license.valid_to, last + timedelta(days=365))

    def test_row_P9_one_stopped_line_keeps_no_count_from_being_read(self):
        self.new_licenses(1)
        self.taxpayer.sudo()._get_entitlement_lane().is_stopped = True
        self.read_back()
        self.assertEqual(self.get_total(), 10)

    def test_row_P9_what_waits_on_a_stopped_line_is_read_on_another(self):
        second = self.new_licenses(1)
        second.taxpayer_id.sudo()._get_entitlement_lane().is_stopped = True
        self.company._ask_entitlements()
        self.stop_lanes()
        self.dispatch()
        self.assertFalse(self.get_total())
        second.taxpayer_id.sudo()._get_entitlement_lane().is_stopped = False
        self.read_back()
        self.assertEqual(self.get_total(), 10)

    def test_row_P9_all_lines_stopped_are_asked_once(self):
        self.stop_lanes()
        for _day in range(3):
            self.read_back()
        opened = self.env["invoice.tax.license.request"].search(
            [("company_id", "=", self.company.id), ("kind", "=", "customer")]
        )
        self.assertEqual(len(opened), 1)

    def test_row_P9_what_the_platform_said_wrongly_mends_by_itself(self):
        self.authorise()
        held, self.platform.held = self.platform.held, {}
        self.read_back()
        self.assertEqual(self.license.failure_code, "not_entitled")
        self.platform.held = held
        self.read_back()
        self.assertEqual(self.license.sync_state, "success")
        self.assertFalse(self.license._get_unusable_reason())
        self.license.cancel()
        self.dispatch()
        self.platform.held = {
            (self.license.tax_number, "receiving"): self.platform.validity
        }
        self.license.action_read_back()
        self.dispatch()
        self.assertEqual(self.license.failure_code, "still_entitled")
        self.platform.held = {}
        self.read_back()
        self.assertEqual(self.license.sync_state, "success")
        self.assertFalse(self.license.failure or self.license.valid_to)

    def test_row_P9_one_connection_to_the_platform_per_company(self):
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self._new_connection(self.company, channel="entitlement")
        self.platform_connection.active = False
        newer = self._new_connection(self.company, channel="entitlement")
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.platform_connection.active = True
        self._new_connection(self.other_company, channel="entitlement")
        self.company._ask_entitlements()
        request = self.env["invoice.tax.license.request"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(request.lane_id.connection_id, newer)

    # === WARNING === #

    def warn(self):
        today = self.taxpayer._get_today()
        self.platform.validity = (today, today + timedelta(days=9))
        [key] = self.platform.held
        self.platform.held[key] = self.platform.validity
        self.read_back()
        self.read_back()
        return self.license.sudo().activity_ids.user_id

    def test_row_P9_whoever_left_is_warned_of_nothing(self):
        """The other managers of the company are, and those of no other company."""
        manager = "invoice_tax_service.group_manager"
        second = self._new_user("tax_manager_two", manager)
        self._new_user("tax_manager_far", manager, self.other_company)
        self.authorise()
        self.manager.active = False
        self.assertEqual(self.warn(), second)
        self.assertEqual(len(self.license.sudo().activity_ids), 1)

    def test_row_P9_managers_are_warned_where_nobody_authorised(self):
        self.authorise()
        self.license.sudo().authorised_by_id = False
        self.assertIn(self.manager, self.warn())

    def test_row_P9_a_warning_waits_for_somebody_to_read_it(self):
        self.authorise()
        self.manager.active = False
        managers = self.env.ref("invoice_tax_service.group_manager").all_user_ids
        for user in managers:
            user.company_ids -= self.company
        self.assertFalse(self.warn())
        self.manager.active = True
        self.assertEqual(self.warn(), self.manager)

    # === PASSED OVER === #

    def pass_over(self, group):
        with self.cron_environment() as env:
            taxpayers = env["invoice.tax.taxpayer"].browse(self.taxpayer.ids)
            taxpayers._filter_served(group)
            env.cr.commit()
        return self.taxpayer.sudo().message_ids.filtered(
            lambda message: "pass over" in (message.body or "")
        )

    def test_row_P7_passed_over_is_said_once_for_each_group(self):
        self.company.partner_id.lang = "en_US"
        self.authorise(self.get_license(self.taxpayer, "issuing"))
        for _day in range(3):
            self.pass_over("issuing")
            self.assertEqual(len(self.pass_over("receiving")), 1)
        self.get_license(self.taxpayer, "issuing").cancel()
        for _day in range(2):
            self.pass_over("receiving")
            self.assertEqual(len(self.pass_over("issuing")), 2)

    def test_row_P7_passing_over_leaves_the_taxpayer_to_whoever_edits_it(self):
        """A row written twice at once would fail the whole scheduled action."""
        self.company.partner_id.lang = "en_US"
        self.env.flush_all()
        query = "SELECT ctid FROM invoice_tax_taxpayer WHERE id = %s"
        self.env.cr.execute(query, self.taxpayer.ids)
        before = self.env.cr.fetchone()
        self.assertEqual(len(self.pass_over("receiving")), 1)
        self.env.cr.execute(query, self.taxpayer.ids)
        self.assertEqual(self.env.cr.fetchone(), before)

    def test_row_P7_the_time_is_that_of_china(self):
        self.company.partner_id.lang = "en_US"
        self.now = self.now.replace(hour=20, minute=0, second=0, microsecond=0)
        self.authorise()
        self.license.cancel()
        self.dispatch()
        self.env.user.tz = False
        self.assertIn(" 04:00:00", self.pass_over("receiving").body)
        self.clerk.tz = False
        reason = self.taxpayer._get_service_unavailable_reason("receiving")
        self.assertIn(" 04:00:00", reason)
