import datetime
from decimal import Decimal

import psycopg2

from odoo.tools import mute_logger

from odoo.addons.invoice_tax_service.models.words import get_sentence

from .common import SECOND, LeqiCase


class TestQuotaTaking(LeqiCase):
    """What issuing does with quota: take, upload, release, give back."""

    def note_uploaded(self, issues):
        self.env["invoice.tax.quota"].sudo()._note_uploaded(issues)

    def test_vector_6_6_Q3_Q4_issued_and_uploaded(self):
        quota = self.open_quota()
        issues = self.new_issues("123456.78")
        self.assertEqual(self.take(issues), [""])
        self.assertFigures(
            quota, unused="800000.00", taken="123456.78", free="676543.22"
        )
        self.leqi.upload("123456.78")
        self.note_uploaded(issues)
        self.assertFigures(
            quota,
            unused="676543.22",
            taken="0.00",
            free="676543.22",
            available="200000.00",
        )
        self.assertAsAtTheBureau(quota)

    def test_vector_6_6_Q10_not_enough(self):
        quota = self.open_quota("100000.00")
        self.assertEqual(self.take(self.new_issues("100000.01")), ["quota_short"])
        self.assertFigures(quota, taken="0.00")
        self.assertEqual(self.take(self.new_issues("100000.00")), [""])
        self.assertFigures(quota, free="0.00")
        self.assertEqual(self.take(self.new_issues("0.01")), ["quota_short"])

    def test_row_L4_a_whole_bite_to_the_cent(self):
        """Amounts that no binary number holds; each in its turn, what fits."""
        quota = self.open_quota("10.00")
        issues = self.new_issues(*["0.10"] * 99, "0.11", "0.10")
        codes = self.take(issues)
        self.assertEqual(codes, [""] * 99 + ["quota_short", ""])
        self.assertFigures(quota, taken="10.00", free="0.00")
        with self.assertQueryCount(12):
            # Nothing new: asking for the same again takes nothing twice.
            self.assertEqual(self.take(issues - issues[99]), [""] * 100)
        self.assertFigures(quota, taken="10.00")

    def test_vector_6_6_Q11_validity(self):
        quota = self.open_quota()
        self.now = datetime.datetime(2026, 11, 16, 15, 59)
        self.assertEqual(self.take(self.new_issues("1.00")), [""])
        self.now = datetime.datetime(2026, 11, 16, 16, 0)  # the 17th in China
        self.assertEqual(self.take(self.new_issues("1.00")), ["quota_invalid_date"])
        self.env["res.lang"]._activate_lang("zh_CN")
        sentence = get_sentence(
            self.env(context={"lang": "zh_CN"}), "quota_invalid_date"
        )
        self.assertIn("授信额度不在有效期内", sentence)
        self.assertIn("请先申报或者调整授信额度有效期", sentence)
        self.leqi.is_filed = True
        quota._submit_validity()
        self.dispatch()
        self.assertEqual(self.take(self.new_issues("1.00")), [""])

    def test_row_L4_month_never_read(self):
        """Nothing is issued on a quota that nobody knows; it is asked for."""
        self.assertEqual(self.take(self.new_issues("1.00")), ["quota_unknown"])
        self.assertEqual(self.take(self.new_issues("1.00")), ["quota_unknown"])
        self.dispatch()
        self.assertEqual(self.leqi.count("read"), 1)
        self.assertTrue(self.get_quota())

    def test_row_L4_months_and_taxpayers_apart(self):
        quota = self.open_quota("100.00")
        other = self._new_taxpayer(SECOND, self.connection).with_user(self.issuer)
        issues = self.new_issues("100.00") | self.new_issues("1.00", taxpayer=other)
        self.assertEqual(self.take(issues), ["", "quota_unknown"])
        december = self.new_issues("1.00", issued_on=datetime.date(2026, 12, 1))
        self.assertEqual(self.take(december), ["quota_unknown"])
        self.assertFigures(quota, taken="100.00")

    def test_row_L4_gross_by_setting(self):
        self.company.leqi_amount_basis = "gross"
        quota = self.open_quota("113.00")
        self.assertEqual(self.take(self.new_issues("100.01")), ["quota_short"])
        self.assertEqual(self.take(self.new_issues("100.00")), [""])
        self.assertFigures(quota, taken="113.00")

    def test_row_L4_released(self):
        quota = self.open_quota("100.00")
        issues = self.new_issues("60.00", "40.00")
        self.take(issues)
        quotas = self.env["invoice.tax.quota"].sudo()
        quotas._release(issues[0])
        quotas._release(issues[0])
        self.assertFigures(quota, taken="40.00", free="60.00")
        # It may be issued after all, later.
        self.assertEqual(self.take(issues[0]), [""])
        self.note_uploaded(issues)
        self.note_uploaded(issues)
        self.assertFigures(quota, taken="0.00", unused="0.00")
        self.assertEqual(self.take(issues), ["", ""], "uploaded ones take no more")
        self.assertFigures(quota, taken="0.00", unused="0.00")

    def test_row_L11_red_gives_back_in_the_same_month(self):
        quota = self.open_quota("100.00")
        blue = self.new_issues("100.00")
        self.take(blue)
        self.note_uploaded(blue)
        self.leqi.upload("100.00")
        red = self.new_issues("-30.00", kind="red")
        self.assertEqual(self.take(red), [""], "a red invoice takes none")
        self.assertFigures(quota, free="0.00")
        self.leqi.upload("-30.00")
        self.note_uploaded(red)
        self.note_uploaded(red)
        self.assertAsAtTheBureau(quota)
        self.assertFigures(quota, free="30.00")
        self.assertEqual(
            quota.move_ids.sorted("id").mapped("kind"),
            ["opening", "download", "take", "upload", "red"],
        )

    def test_row_L11_red_of_another_month(self):
        quota = self.open_quota("100.00")
        red = self.new_issues("-30.00", kind="red")
        red.blue_issued_on = datetime.date(2026, 10, 31)
        self.note_uploaded(red)
        self.assertFigures(quota, unused="100.00")
        self.company.leqi_is_red_restoring = False
        same_month = self.new_issues("-30.00", kind="red")
        self.note_uploaded(same_month)
        self.assertFigures(quota, unused="100.00")

    def test_vector_6_6_Q14_month_end(self):
        quota = self.open_quota("100000.00")
        late = self.new_issues("40.00")
        self.take(late)
        self.now = datetime.datetime(2026, 11, 30, 16, 0)  # 1 December in China
        self.leqi.open_month("1000000.00")
        self.run_daily()
        self.assertFigures(quota, unused="40.00", taken="40.00", free="0.00")
        december = self.get_quota()
        self.assertEqual(december.month, "202612")
        self.assertEqual(december.unused, 800000.00, "only its own daily download")
        # Issued in November and uploaded in December.
        self.note_uploaded(late)
        self.assertFigures(quota, unused="0.00", taken="0.00")
        self.assertEqual(
            quota.move_ids.sorted("id").mapped("kind"),
            ["opening", "download", "take", "expiry", "upload"],
        )
        self.run_daily()
        self.assertEqual(len(quota.move_ids), 5, "expired twice")

    def test_row_L11_released_after_the_month(self):
        quota = self.open_quota("100.00")
        late = self.new_issues("40.00")
        self.take(late)
        self.now = datetime.datetime(2026, 12, 2, 1, 0)
        quotas = self.env["invoice.tax.quota"].sudo()
        quotas._expire()
        quotas._release(late)
        self.assertFigures(quota, free="40.00")
        quotas._expire()
        self.assertFigures(quota, free="0.00", unused="0.00")

    @mute_logger("odoo.sql_db")
    def test_row_L11_rows_that_are_no_movement(self):
        quota = self.open_quota("100.00")
        values = {
            "quota_id": quota.id,
            "moved_at": self.now,
            "downloaded_change": 0,
            "unused_change": 0,
            "taken_change": 0,
            "available_change": 0,
        }
        for kind, changes in (
            ("download", {"downloaded_change": 1}),
            ("download", {"downloaded_change": -1, "unused_change": -1}),
            ("return", {"downloaded_change": -1, "unused_change": -1}),
            ("take", {"taken_change": -1}),
            ("upload", {"taken_change": -1}),
            ("release", {"taken_change": -1, "unused_change": -1}),
            ("red", {"unused_change": -1}),
            ("expiry", {"unused_change": 1}),
            ("correction", {"taken_change": 1}),
        ):
            with self.subTest(kind), self.assertRaises(psycopg2.errors.CheckViolation):
                with self.env.cr.savepoint():
                    self.env["invoice.tax.quota.move"].create(
                        {**values, "kind": kind, **changes}
                    )
                    self.env.flush_all()

    def test_row_L11_running_balance(self):
        quota = self.open_quota("100.00")
        self.take(self.new_issues("30.00", "20.00"))
        balances = [
            (move.unused_after, move.free_after) for move in quota.move_ids.sorted("id")
        ]
        self.assertEqual(
            balances, [(0.0, 0.0), (100.0, 100.0), (100.0, 70.0), (100.0, 50.0)]
        )
        self.assertEqual(quota._get_free(), Decimal("50.00"))
