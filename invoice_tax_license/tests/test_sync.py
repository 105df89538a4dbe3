from datetime import timedelta

from odoo.exceptions import ConcurrencyError
from odoo.tools import mute_logger

from odoo.addons.invoice_tax_service.gateway.errors import (
    CredentialError,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
)

from ..gateway.entitlement import EntitlementData
from .common import LicenseCase


class TestSync(LicenseCase):
    """Telling the platform: one thing at a time, never twice, mended by one button."""

    def platform_lane(self):
        return self.taxpayer.sudo()._get_entitlement_lane()

    def test_row_P5_both_ways_many_at_once(self):
        licenses = self.new_licenses(3)
        licenses.authorise()
        self.platform_down(licenses)
        self.assertEqual(set(licenses.mapped("sync_state")), {"failed"})
        licenses.action_sync_authorisation()
        self.dispatch()
        self.assertEqual(set(licenses.mapped("sync_state")), {"success"})
        licenses.cancel()
        self.platform_down(licenses)
        self.assertEqual(set(licenses.mapped("sync_state")), {"failed"})
        licenses.action_sync_cancellation()
        self.dispatch()
        self.assertEqual(set(licenses.mapped("sync_state")), {"success"})
        self.assertFalse(self.platform.held)
        self.assertEqual(len(self.platform.calls), 6)

    def platform_down(self, licenses):
        """Each of them is tried once, in vain."""
        self.platform.before = [NotSentError("down") for _one in licenses]
        for one in licenses:
            lane = one.taxpayer_id.sudo()._get_entitlement_lane()
            with self.cron_environment() as env:
                env["invoice.tax.lane"]._work_lane(lane.id, float("-inf"))
                env.cr.rollback()
        self.assertFalse(self.platform.before)

    def test_row_P5_it_also_mends_itself(self):
        self.platform.before = [NotSentError("down") for _try in range(4)]
        self.license.authorise()
        self.step_platform()
        self.assertEqual(self.license.sync_state, "failed")
        for _wait in range(6):
            self.talk(120)
        self.assertEqual(self.license.sync_state, "success")
        self.assertEqual(self.events(), ["authorised", "sync_failed", "synced"])

    def test_row_P5_the_button_makes_no_second_request(self):
        self.platform.before = [NotSentError("down") for _try in range(4)]
        self.license.authorise()
        for _try in range(3):
            self.step_platform()
            self.license.action_sync_authorisation()
        self.assertEqual(len(self.requests_of_license()), 1)
        self.dispatch()
        self.talk(60)
        self.assertEqual(self.license.sync_state, "success")
        self.assertEqual(len(self.platform.calls), 1)

    def test_row_P5_a_stopped_line_is_resumed_by_the_button(self):
        self.platform.before = [CredentialError("sign", code="signature_refused")]
        self.license.authorise()
        self.dispatch()
        self.assertEqual(self.license.failure_code, "signature_refused")
        self.assertTrue(self.platform_lane().is_stopped)
        self.license.action_sync_authorisation()
        self.dispatch()
        self.assertEqual(self.license.sync_state, "success")

    def test_row_P5_no_cancellation_of_what_was_never_authorised(self):
        """The platform may hold that tax number for somebody else."""
        with self.assertLicenseRefused("not_authorised"):
            self.license.action_sync_cancellation()
        self.assertFalse(self.requests_of_license())

    def test_row_P5_no_cancellation_of_what_another_holds(self):
        self.authorise()
        self.license.cancel()
        self.dispatch()
        other = self.get_license(self.new_licenses(1).taxpayer_id).sudo()
        other.write({"auth_state": "authorised"})
        other.taxpayer_id.active = False
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE invoice_tax_license SET tax_number = %s WHERE id = %s",
            [self.license.tax_number, other.id],
        )
        self.env.invalidate_all()
        with self.assertLicenseRefused("already_authorised"):
            self.license.action_sync_cancellation()

    def hold_elsewhere(self):
        """The tax number has come to another taxpayer, which is authorised."""
        other = self._new_taxpayer(
            self.license.tax_number, self._new_connection(self.other_company)
        )
        one = self.get_license(other).sudo()
        one.auth_state = "authorised"
        self.env.flush_all()
        return one

    def test_row_P4_a_cancellation_sent_late_ends_nothing_of_another(self):
        """It waited longer than the lock on a line that was stopped."""
        self.authorise()
        self.license.cancel()
        self.platform_lane().is_stopped = True
        self.dispatch()
        self.hold_elsewhere()
        self.platform_lane().is_stopped = False
        self.dispatch()
        self.assertHeld(self.license)
        self.assertEqual(self.requests_of_license()[-1].state, "voided")
        self.assertEqual(self.license.sync_state, "success")
        # Nothing hangs: the taxpayer may go.
        self.taxpayer.sudo().unlink()

    def test_row_P5_held_by_another_is_no_failed_cancellation(self):
        self.authorise()
        self.license.cancel()
        self.dispatch()
        self.license.sudo()._apply_sync_failure("still_entitled")
        self.platform.held[(self.license.tax_number, "receiving")] = (
            self.platform.validity
        )
        self.hold_elsewhere()
        self.license.action_read_back()
        self.dispatch()
        self.assertEqual(self.license.sync_state, "success")
        self.assertFalse(self.license.failure)

    def test_row_P5_a_cancellation_repeated_in_vain_takes_nothing_back(self):
        self.authorise()
        self.license.cancel()
        self.dispatch()
        self.platform.before = [NotSentError("down") for _try in range(2)]
        self.license.action_sync_cancellation()
        self.step_platform()
        self.assertEqual(self.license.sync_state, "success")

    def test_row_P7_a_historic_row_told_in_vain_keeps_working(self):
        self.license.sudo().auth_state = "authorised"
        self.platform.before = [NotSentError("down") for _try in range(2)]
        self.license.action_sync_authorisation()
        self.assertFalse(self.license._get_unusable_reason())
        self.step_platform()
        self.assertFalse(self.license._get_unusable_reason())
        for _wait in range(3):
            self.talk(60)
        self.assertEqual(self.license.sync_state, "success")

    def test_row_P7_a_historic_row_without_connection_keeps_working(self):
        self.license.sudo().auth_state = "authorised"
        self.platform_connection.active = False
        with self.assertLicenseRefused("no_entitlement_connection"):
            self.license.action_sync_authorisation()
        self.assertFalse(self.license._get_unusable_reason())

    def test_row_P5_repeated_while_the_platform_is_down_shuts_nobody_out(self):
        self.authorise()
        self.platform.before = [NotSentError("down") for _try in range(2)]
        self.license.action_sync_authorisation()
        self.step_platform()
        self.assertEqual(self.license.sync_state, "success")
        self.assertFalse(self.license._get_unusable_reason())

    def test_row_P3_granted_on_a_stopped_line_is_sent(self):
        self.platform_lane().is_stopped = True
        self.authorise()
        self.assertEqual(self.license.sync_state, "success")

    def test_row_P5_reading_mends_what_seemed_to_fail(self):
        self.authorise()
        self.license.sudo()._apply_sync_failure("not_entitled")
        self.license.sudo()._ask_status()
        self.dispatch()
        self.assertEqual(self.license.sync_state, "success")
        self.assertFalse(self.license.failure_code)

    def test_row_P5_none_left_at_the_platform(self):
        """Odoo did not know: granted here, refused there, mended by one button."""
        self.platform.totals["receiving"] = 0
        self.authorise()
        one = self.license
        self.assertEqual((one.auth_state, one.sync_state), ("authorised", "failed"))
        self.assertEqual(one.failure_code, "no_entitlement_left")
        self.platform.totals["receiving"] = 1
        one.action_sync_authorisation()
        self.dispatch()
        self.assertEqual(one.sync_state, "success")
        numbers = self.requests_of_license().mapped("request_number")
        self.assertEqual(len(set(numbers)), 2)

    def cut_off(self):
        """Authorise; the call is cut off, and may arrive for some time yet."""
        self.platform.totals["receiving"] = 0
        self.platform.before = [OutcomeUnknownError("cut before it arrived")]
        self.license.authorise()
        self.step_platform()
        return self.requests_of_license()

    def refuse_resend(self):
        """What is sent again is refused while the first call may still arrive."""
        request = self.cut_off()
        self.talk(5)
        return request

    def test_row_P5_the_button_works_while_a_refusal_is_made_sure_of(self):
        request = self.refuse_resend()
        self.assertEqual((request.state, request.step), ("failed", "unknown"))
        self.assertEqual(self.license.failure_code, "no_entitlement_left")
        self.platform.totals["receiving"] = 1
        self.license.action_sync_authorisation()
        for _wait in range(4):
            self.talk(60)
        self.assertEqual(self.license.sync_state, "success")
        self.assertEqual(len(self.platform.calls), 1)
        self.assertEqual(len(self.requests_of_license()), 2)

    def test_row_P5_a_refusal_that_is_made_sure_of_ends(self):
        request = self.refuse_resend()
        for _wait in range(4):
            self.talk(60)
        self.assertEqual((request.state, request.step), ("failed", "done"))
        self.assertEqual(self.license.sync_state, "failed")

    def test_row_P4_cancelled_while_a_resend_is_refused(self):
        """The next request waits until the first is over: two are never open."""
        request = self.cut_off()
        # Step by step: between the call and its answer somebody cancels.
        request._mark_queued()
        request._mark_sending()
        self.license.cancel()
        request._apply_send_error(RefusedError("无", code="no_entitlement_left"))
        self.env.flush_all()
        self.assertEqual((request.state, request.step), ("voided", "unknown"))
        self.assertEqual(self.license.sync_due, "cancel")
        for _wait in range(4):
            self.talk(60)
        self.assertEqual(
            self.requests_of_license().mapped("state"), ["voided", "success"]
        )
        self.assertEqual(self.license.sync_state, "success")

    def answer_with(self, status):
        """The platform answers everything with this."""
        self.platform.submit = lambda call: EntitlementData(status)

    def test_row_P5_an_answer_is_no_authorisation_yet(self):
        for status in ("none", "cancelled"):
            with self.subTest(status=status):
                self.answer_with(status)
                one = self.new_licenses(1) if status == "none" else self.license
                self.authorise(one)
                self.assertEqual(
                    (one.sync_state, one.failure_code), ("failed", "not_entitled")
                )
                self.assertTrue(one._get_unusable_reason())

    def test_row_P5_an_answer_is_no_cancellation_yet(self):
        self.authorise()
        self.answer_with("authorised")
        self.license.cancel()
        self.dispatch()
        self.assertEqual(
            (self.license.sync_state, self.license.failure_code),
            ("failed", "still_entitled"),
        )

    def test_row_P5_no_connection(self):
        self.platform_connection.active = False
        self.authorise()
        self.assertEqual(self.license.failure_code, "no_entitlement_connection")
        self.platform_connection.active = True
        self.license.action_sync_authorisation()
        self.dispatch()
        self.assertEqual(self.license.sync_state, "success")

    def test_row_P3_lost_replies_are_asked_for(self):
        """Whatever is lost, the platform acts once."""
        licenses = self.new_licenses(6)
        self.platform.after = [OutcomeUnknownError("cut") for _one in range(3)]
        self.authorise(licenses)
        self.talk(10)
        self.assertEqual(set(licenses.mapped("sync_state")), {"success"})
        self.assertEqual(len(self.platform.calls), 6)
        self.assertEqual(len(self.platform.sent), 6)

    def test_row_P3_what_never_arrived_is_sent_again_under_its_number(self):
        self.platform.before = [OutcomeUnknownError("cut before it arrived")]
        self.license.authorise()
        self.dispatch()
        self.talk(10)
        self.assertEqual(self.license.sync_state, "success")
        numbers = {call.request_number for call in self.platform.sent}
        self.assertEqual((len(self.platform.sent), len(numbers)), (2, 1))

    def test_row_P3_unknown_for_long_is_shown(self):
        self.platform.after = [OutcomeUnknownError("cut")]
        self.license.authorise()
        self.step_platform()
        self.platform.before = [OutcomeUnknownError("cut") for _try in range(4)]
        for _wait in range(4):
            self.now += timedelta(seconds=60)
            self.step_platform()
        self.assertEqual(
            (self.license.sync_state, self.license.failure_code),
            ("failed", "outcome_unknown"),
        )
        self.talk(3600)
        self.assertEqual(self.license.sync_state, "success")
        self.assertEqual(len(self.platform.calls), 1)

    def test_row_P4_cancelled_before_it_was_sent(self):
        self.license.authorise()
        self.license.cancel()
        self.dispatch()
        self.talk(5)
        self.assertEqual(self.platform.calls, [])
        self.assertEqual(self.license.sync_state, "success")
        states = self.requests_of_license().mapped("state")
        self.assertEqual(states, ["voided", "success"])

    def test_row_P4_cancelled_while_the_reply_is_lost(self):
        """The authorisation is found out first, then cancelled: it never stands at
        the platform in the end."""
        self.platform.after = [OutcomeUnknownError("cut")]
        self.license.authorise()
        self.step_platform()
        self.license.cancel()
        self.assertEqual(self.license.sync_due, "cancel")
        self.talk(10)
        self.talk(10)
        kinds = [kind for kind, *_key in self.platform.calls]
        self.assertEqual(kinds, ["authorise", "cancel"])
        self.assertEqual(self.license.sync_state, "success")
        self.assertFalse(self.license.valid_to)
        self.assertHeld(self.license, False)

    def test_row_P5_refused_cancellation_is_shown(self):
        self.authorise()
        self.platform.before = [RefusedError("他户", code="license_elsewhere")]
        self.license.cancel()
        self.dispatch()
        one = self.license
        self.assertEqual((one.auth_state, one.sync_state), ("unauthorised", "failed"))
        self.assertEqual(one.failure_code, "license_elsewhere")
        one.action_sync_cancellation()
        self.dispatch()
        self.assertEqual(one.sync_state, "success")

    # === READING BACK === #

    def read_back(self):
        with self.cron_environment() as env:
            env["invoice.tax.license"]._cron_read_back()
            env.cr.rollback()
        self.dispatch()

    def test_row_P9_validity_and_remaining_are_read_daily(self):
        self.authorise()
        [key] = self.platform.held
        first, last = self.platform.held[key]
        self.platform.held[key] = (first, last + timedelta(days=365))
        self.platform.totals["receiving"] = 9
        self.read_back()
        self.assertEqual(self.license.valid_to, last + timedelta(days=365))
        self.assertEqual(self.events()[-1], "validity")
        entitlement = self.env["invoice.tax.entitlement"].search(
            [
                ("connection_id", "=", self.platform_connection.id),
                ("group_id", "=", self.group.id),
            ]
        )
        self.assertEqual(
            (entitlement.total, entitlement.used, entitlement.remaining), (9, 1, 8)
        )
        events = self.events()
        self.read_back()
        self.assertEqual(self.events(), events)

    def test_row_P9_gone_at_the_platform(self):
        self.authorise()
        self.platform.held.clear()
        self.read_back()
        self.assertEqual(
            (self.license.sync_state, self.license.failure_code),
            ("failed", "not_entitled"),
        )
        self.license.action_sync_authorisation()
        self.dispatch()
        self.assertEqual(self.license.sync_state, "success")

    def test_row_P9_asked_for_twice_is_read_once(self):
        self.authorise()
        for _time in range(2):
            self.license.action_read_back()
        opened = self.env["invoice.tax.license.request"].search(
            [("company_id", "=", self.company.id), ("step", "!=", "done")]
        )
        self.assertEqual(sorted(opened.mapped("kind")), ["customer", "status"])
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(ConcurrencyError),
        ):
            opened._create_for(self.license.sudo(), "status")

    def test_row_P9_a_failed_reading_takes_nothing_back(self):
        self.authorise()
        self.platform.before = [OutcomeUnknownError("cut") for _try in range(40)]
        self.read_back()
        for _day in range(40):
            self.talk(3600)
        self.assertEqual(self.license.sync_state, "success")
        self.assertFalse(
            self.requests_of_license().filtered(lambda one: one.step != "done")
        )

    def test_row_P9_warning_thirty_days_before_the_end(self):
        today = self.taxpayer._get_today()
        self.platform.validity = (today, today + timedelta(days=31))
        self.authorise()
        self.read_back()
        self.assertFalse(self.license.activity_ids)
        self.now += timedelta(days=1)
        self.read_back()
        activity = self.license.activity_ids
        self.assertEqual(activity.user_id, self.manager)
        self.assertEqual(activity.date_deadline, self.license.valid_to)
        self.now += timedelta(days=1)
        self.read_back()
        self.assertEqual(len(self.license.activity_ids), 1)
        # Renewed: the warning goes away.
        [key] = self.platform.held
        self.platform.held[key] = (today, today + timedelta(days=400))
        self.read_back()
        self.assertFalse(self.license.activity_ids)
