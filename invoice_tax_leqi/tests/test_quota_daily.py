import contextlib
import datetime
from datetime import timedelta
from unittest.mock import patch

from odoo.addons.invoice_tax_service.gateway.errors import OutcomeUnknownError
from odoo.addons.invoice_tax_service.tests.common import Killed

from .common import OWN, SECOND, LeqiCase

PREFIX = "invoice_tax_leqi.mail_activity_type_"


class TestQuotaDaily(LeqiCase):
    """The cron: daily download, expiry, warnings."""

    def downloads(self):
        tasks = self.of_issuer("invoice.tax.quota.task").search(
            [("kind", "=", "download"), ("taxpayer_id", "=", self.taxpayer.id)],
            order="id",
        )
        return tasks.mapped("amount")

    def warnings(self):
        """``{short name of the activity type: note}`` on the taxpayer."""
        self.env.invalidate_all()
        names = {
            self.env.ref(PREFIX + name): name
            for name in ("suspended", "quota_low", "validity", "numbers")
        }
        return {
            names[activity.activity_type_id]: activity.note
            for activity in self.taxpayer.sudo().activity_ids
            if activity.activity_type_id in names
        }

    def test_vector_6_6_Q8_four_days(self):
        self.leqi.open_month("1000000.00")
        for _day in range(4):
            self.run_daily()
            self.pass_time(24 * 3600)
        self.assertEqual(self.downloads(), [800000.0, 160000.0, 32000.0, 6400.0])
        self.assertFigures(
            self.get_quota(), downloaded="998400.00", available="1600.00"
        )
        self.assertAsAtTheBureau(self.get_quota())

    def test_vector_6_6_Q9_rounded_down(self):
        self.leqi.open_month("333333.33")
        self.run_daily()
        self.assertEqual(self.downloads(), [266666.66])

    def test_row_L3_share_and_switch_of_the_company(self):
        self.company.leqi_download_share = 50
        self.leqi.open_month("1000.00")
        self.run_daily()
        self.assertEqual(self.downloads(), [500.0])
        self.company.leqi_is_downloading = False
        self.pass_time(24 * 3600)
        self.run_daily()
        self.assertEqual(self.downloads(), [500.0])
        self.assertEqual(self.leqi.count("read"), 2, "it is read all the same")

    def test_row_L3_read_within_the_hour(self):
        """A person has just read: the share is downloaded of that."""
        self.read_quota()
        self.run_daily()
        self.assertEqual(self.leqi.count("read"), 1)
        self.assertEqual(self.downloads(), [800000.0])

    def test_row_L3_only_taxpayers_that_issue_through_leqi(self):
        self.taxpayer.sudo().is_issuing = False
        self.run_daily()
        self.assertEqual(self.leqi.events, [])

    def test_row_L3_those_without_licence_are_passed_over(self):
        """By the hook that says so; nothing of theirs is looked at that day."""
        self.leqi.open_month("1000.00")
        other = self._new_taxpayer(SECOND, self.connection, is_issuing=True)
        self.close_gate(self.taxpayer)
        worked = []
        taxpayers = self.registry["invoice.tax.taxpayer"]
        self.patch(taxpayers, "_work_daily", lambda one: worked.append(one.id))
        with self.cron_environment() as env:
            env["invoice.tax.quota"]._cron_daily()
        self.assertEqual(worked, other.ids)

    def test_row_L3_not_while_suspended_or_empty(self):
        self.leqi.open_month("1000.00", is_suspended=True)
        self.run_daily()
        self.leqi.open_month("0.00")
        self.pass_time(24 * 3600)
        self.run_daily()
        self.assertEqual(self.downloads(), [])

    def test_row_L3_twice_a_day_is_no_second_download_of_the_same(self):
        self.leqi.trouble("download", OutcomeUnknownError(), acted=True)
        self.leqi.trouble("find_transfer", OutcomeUnknownError(), times=2)
        self.run_daily()
        self.run_daily()
        self.dispatch_for_long()
        self.assertEqual(self.downloads(), [800000.0])
        self.assertAsAtTheBureau(self.get_quota())

    def test_row_L3_one_taxpayer_does_not_stop_the_others(self):
        self._new_taxpayer(SECOND, self.connection, is_issuing=True)
        taxpayers = self.registry["invoice.tax.taxpayer"]
        work = taxpayers._work_daily

        def break_first(taxpayer):
            if taxpayer.tax_number == SECOND:
                raise ValueError("broken")
            return work(taxpayer)

        with (
            patch.object(taxpayers, "_work_daily", break_first),
            self.assertLogs("odoo.addons.invoice_tax_leqi", "ERROR"),
        ):
            self.run_daily()
        self.assertEqual(self.taxpayer.tax_number, OWN)
        self.assertEqual(self.downloads(), [800000.0])

    def test_row_L11_warned_when_suspended(self):
        self.leqi.open_month("1000.00", is_suspended=True)
        self.read_quota()
        self.assertIn("suspended", self.warnings())
        self.leqi.month.is_suspended = False
        self.pass_time(3600)
        self.read_quota()
        self.assertNotIn("suspended", self.warnings())

    def test_row_L11_warned_before_it_is_empty(self):
        quota = self.open_quota("1000.00", monthly="1000.00")
        self.assertEqual(self.warnings(), {})
        self.take(self.new_issues("901.00"))
        self.run_daily()
        self.assertIn("99.00", self.warnings()["quota_low"])
        self.take(self.new_issues("9.00"))
        self.run_daily()
        warnings = self.warnings()
        self.assertEqual(list(warnings), ["quota_low"], "two for one cause")
        self.assertIn("90.00", warnings["quota_low"])
        self.company.leqi_quota_low_share = 0
        self.run_daily()
        self.assertEqual(self.warnings(), {})
        self.assertFigures(quota, free="90.00")

    def test_row_L11_warned_before_the_validity_ends(self):
        self.company.leqi_quota_low_share = 0
        self.open_quota()
        self.now = datetime.datetime(2026, 11, 13, 1, 0)
        self.run_daily()
        self.assertEqual(self.warnings(), {}, "four days are left")
        self.now += timedelta(days=1)
        self.run_daily()
        self.assertIn("11/16/2026", self.warnings()["validity"])
        self.leqi.is_filed = True
        self.get_quota()._submit_validity()
        self.dispatch()
        self.assertEqual(self.warnings(), {})

    def test_row_L11_warned_of_numbers_near_the_year_end(self):
        self.company.leqi_quota_low_share = 0
        self.draw(3)
        self.run_daily()
        self.assertEqual(self.warnings(), {})
        self.now = datetime.datetime(2026, 12, 16, 1, 0)
        self.run_daily()
        self.assertIn("3", self.warnings()["numbers"])
        self.now = datetime.datetime(2027, 1, 2, 1, 0)
        self.run_daily()
        self.assertEqual(self.warnings(), {})

    def test_row_L11_who_is_warned(self):
        self.company.leqi_warning_user_id = self.issuer
        self.leqi.open_month("1000.00", is_suspended=True)
        self.read_quota()
        [activity] = self.taxpayer.sudo().activity_ids
        self.assertEqual(activity.user_id, self.issuer)
        self.assertEqual(activity.date_deadline, activity.date_deadline.today())

    def test_row_L2_L8_a_day_that_dies_between_quota_and_numbers(self):
        """What has expired by then stands, and is held for nobody; the rest expires
        with the next day."""
        quota = self.open_quota("1000.00")
        self.draw(5, "automatic")
        self.now = datetime.datetime(2027, 1, 2, 1, 0)
        numbers = self.registry["invoice.tax.number"]

        def die(_numbers):
            raise Killed

        with patch.object(numbers, "_expire", die):
            # Not assertRaises: it would roll back what was committed.
            with contextlib.suppress(Killed):
                self.run_daily()
                self.fail("it did not die")
        self.assertFigures(quota, unused="0.00")
        drawn = self.env["invoice.tax.number"].search(
            [("taxpayer_id", "=", self.taxpayer.id)]
        )
        self.assertEqual(set(drawn.mapped("state")), {"available"})
        self.run_daily()
        self.assertEqual(set(drawn.mapped("state")), {"expired"})
