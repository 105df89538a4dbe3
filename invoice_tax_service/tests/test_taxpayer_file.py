import datetime

from odoo.exceptions import AccessError

from ..gateway.errors import CredentialError, NotSentError
from ..gateway.messages import CreditLevel, Staff
from .common import OWN, SECOND
from .fake_account import AccountCase

STAFF = {
    "staff_name": "李四",
    "staff_phone": "15100000000",
    "staff_email": "li@example.com",
    "staff_address": "测试路1号",
    "staff_postcode": "100000",
}
SAME = Staff(*STAFF.values())


def level(name, active=True, day=1):
    return CreditLevel(name, active, datetime.date(2026, 4, day))


class TestCreditLevels(AccountCase):
    """企业信用等级修改记录: as the bureau tells, or as the profile has changed."""

    def fetch(self, taxpayer=None):
        (taxpayer or self.member).action_fetch()
        self.dispatch()
        self.pass_time(60)

    def history(self, taxpayer=None):
        rows = (taxpayer or self.member).credit_level_ids
        return [(row.level, row.is_active) for row in rows]

    def test_row_C13_history_is_kept_as_the_bureau_tells(self):
        self.bureau.credit_history = [level("A", day=9), level("B", False)]
        self.fetch()
        self.assertEqual(self.history(), [("A", True), ("B", False)])
        rows = self.member.credit_level_ids
        self.assertEqual(rows[0].valid_from, datetime.date(2026, 4, 9))
        self.fetch()
        self.assertEqual(self.member.credit_level_ids, rows, "written for nothing")
        self.bureau.credit_history = [
            level("M", day=20),
            level("A", False, 9),
            level("B", False),
        ]
        self.fetch()
        self.assertEqual(self.history(), [("M", True), ("A", False), ("B", False)])
        self.assertIn(rows[1], self.member.credit_level_ids, "not kept as it stood")

    def test_row_C13_without_history_the_profile_tells(self):
        self.bureau.credit_history = None
        for name, expected in (
            ("B", [("B", True)]),
            ("B", [("B", True)]),
            ("A", [("A", True), ("B", False)]),
            ("", [("A", False), ("B", False)]),
        ):
            self.bureau.add_taxpayer(SECOND, credit_level=name)
            self.fetch()
            self.assertEqual(self.history(), expected)
        self.assertFalse(any(self.member.credit_level_ids.mapped("is_from_bureau")))

    def test_row_C13_history_is_of_its_company_and_read_only(self):
        self.bureau.credit_history = [level("A")]
        self.fetch()
        row = self.member.credit_level_ids
        self.assertFalse(row.with_user(self.stranger).search_count([]))
        for user in (self.clerk, self.manager):
            with self.assertRaises(AccessError):
                row.with_user(user).write({"level": "D"})

    def test_row_C13_profile_is_read_back_with_its_date(self):
        self.fetch()
        self.assertEqual(self.member.bureau_name, "合成测试有限公司")
        self.assertTrue(self.member.profile_synced_at)

    def test_row_C13_type_is_correctable_and_tracked(self):
        with self.assertRaises(AccessError):
            self.member.with_user(self.clerk).taxpayer_type = "small_scale"
        member = self.member.with_user(self.manager)
        before = member.message_ids
        member.taxpayer_type = "small_scale"
        self.flush_tracking()
        new = (member.message_ids - before).sudo()
        self.assertEqual(new.author_id, self.manager.partner_id)
        values = new.tracking_value_ids
        self.assertEqual(values.field_id.name, "taxpayer_type")
        self.assertEqual(values.new_value_char, "Small-scale Taxpayer")

    def flush_tracking(self):
        self.env.flush_all()
        self.cr.precommit.run()


class TestStaff(AccountCase):
    """办税人员: kept here, and saved at the bureau where the channel has it."""

    def press(self, button, taxpayer=None, user=None):
        with self.as_user(user) as env:
            taxpayer = taxpayer or self.member
            getattr(env[taxpayer._name].browse(taxpayer.id), button)()

    def test_row_C13_staff_is_saved_at_the_bureau(self):
        member = self.member.with_user(self.manager)
        member.write(STAFF)
        self.assertFalse(member.staff_saved_at)
        self.press("action_save_staff")
        self.assertEqual(self.account.staff, SAME)
        self.assertTrue(member.staff_saved_at)
        member.staff_phone = "15200000000"
        self.assertFalse(member.staff_saved_at, "the bureau holds another number")
        self.press("action_fetch_staff")
        self.assertRecordValues(member, [STAFF])
        self.assertTrue(member.staff_saved_at)

    def test_row_C13_staff_of_other_channels_is_kept_here(self):
        taxpayer = self.taxpayer.with_user(self.manager)
        taxpayer.write(STAFF)
        self.assertRecordValues(taxpayer, [STAFF])
        with self.assertTold("staff_not_used"):
            self.press("action_save_staff", self.taxpayer)
        self.assertEqual(taxpayer.tax_number, OWN)

    def test_row_C13_staff_refusals(self):
        self.bureau.trouble("staff", NotSentError())
        with self.assertTold("not_sent"):
            self.press("action_save_staff")
        self.held.add(self.lane.id)
        with self.assertTold("line_in_use"):
            self.press("action_save_staff")
        self.held.clear()
        self.account.refusal = CredentialError(code="password_wrong", left=8)
        for _time in range(2):
            with self.assertTold("password_wrong"):
                self.press("action_save_staff")
        # The first refusal has stopped the line, so the second was no try.
        self.assertEqual(len(self.account.logins), 2)

    def test_row_C13_managers_only(self):
        for user in (self.clerk, self.viewer):
            for button in ("action_save_staff", "action_fetch_staff"):
                with self.assertTold("no_right"):
                    self.press(button, user=user)
