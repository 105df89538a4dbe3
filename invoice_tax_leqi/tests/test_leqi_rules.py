from datetime import timedelta

from .common import LeqiCase


class TestLeqiRules(LeqiCase):
    """Limits of the platform are dated data."""

    def test_rule_11_time_between_two_questions(self):
        self.leqi.open_month("1000000.00")
        quota = self.read_quota()
        self.assertEqual(quota.next_read_at, self.now + timedelta(hours=1))
        rule = self.env.ref("invoice_tax_leqi.tax_rule_quota_read_minutes")
        rule.value = 90
        self.assertEqual(quota.sudo()._get_read_interval(), timedelta(minutes=90))
        rule.unlink()
        self.assertEqual(quota.sudo()._get_read_interval(), timedelta(hours=1))
