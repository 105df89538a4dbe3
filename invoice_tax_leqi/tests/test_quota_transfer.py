from decimal import Decimal

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError
from odoo.addons.invoice_tax_service.gateway.errors import (
    NotSentError,
    OutcomeUnknownError,
)

from .common import LeqiCase


class TestQuotaTransfer(LeqiCase):
    """下载, 退回 and 有效期调整, by the wizard."""

    def assertTransferRefused(self, code, kind, amount, quota=None):
        before = self.leqi.count(kind)
        with self.assertRaises(TaxServiceError) as caught:
            self.transfer(kind, amount, quota)
        self.assertEqual(caught.exception.code, code)
        self.assertGreater(len(str(caught.exception)), 20, "no advice")
        self.dispatch()
        self.assertEqual(self.leqi.count(kind), before, "it was sent")

    def test_row_L2_download_and_return(self):
        quota = self.open_quota("0")
        task = self.transfer("download", "123456.78")
        self.assertEqual((task.state, task.amount), ("success", 123456.78))
        self.assertEqual(task.user_id, self.issuer)
        self.assertAsAtTheBureau(quota)
        self.assertEqual(str(quota.valid_to), "2026-11-16")
        self.assertEqual(quota.days_left, 7)
        task = self.transfer("return", "23456.78")
        self.assertEqual(task.state, "success")
        self.assertAsAtTheBureau(quota)
        self.assertFigures(quota, downloaded="100000.00", free="100000.00")
        self.assertEqual(
            quota.move_ids.sorted("id").mapped("kind"),
            ["opening", "download", "return"],
        )

    def test_row_L2_amounts_that_cannot_be(self):
        self.open_quota()
        for amount in ("0", "-1"):
            for kind in ("download", "return"):
                with self.subTest(amount=amount, kind=kind):
                    self.assertTransferRefused("quota_amount_invalid", kind, amount)
        with self.assertRaises(TaxServiceError) as caught:
            self.get_quota()._submit_transfer("download", "1.001")
        self.assertEqual(caught.exception.code, "quota_amount_invalid")

    def test_vector_6_6_Q2_Q7_download(self):
        quota = self.open_quota()
        self.assertFigures(
            quota, downloaded="800000.00", unused="800000.00", available="200000.00"
        )
        self.assertTransferRefused("quota_available_short", "download", "200000.01")
        self.transfer("download", "200000.00")
        self.assertFigures(quota, available="0.00", downloaded="1000000.00")

    def test_vector_6_6_Q5_Q6_return(self):
        quota = self.open_quota()
        issues = self.new_issues("123456.78")
        self.take(issues)
        self.leqi.upload("123456.78")
        self.env["invoice.tax.quota"].sudo()._note_uploaded(issues)
        self.assertTransferRefused("quota_unused_short", "return", "676543.23")
        self.transfer("return", "500000.00")
        self.assertFigures(quota, unused="176543.22", available="700000.00")
        self.assertAsAtTheBureau(quota)

    def test_row_L2_issued_and_not_uploaded_is_not_returned(self):
        quota = self.open_quota("1000.00")
        self.take(self.new_issues("400.00"))
        self.assertTransferRefused("quota_unused_short", "return", "600.01")
        self.transfer("return", "600.00")
        self.assertFigures(quota, unused="400.00", taken="400.00", free="0.00")

    def test_row_L2_issued_after_the_return_was_asked_for(self):
        """Between the click and the sending the quota was used: nothing is sent."""
        quota = self.open_quota("1000.00")
        task = quota._submit_transfer("return", "1000.00")
        self.take(self.new_issues("0.01"))
        self.dispatch()
        self.assertEqual(
            (task.state, task.result_code), ("failed", "quota_unused_short")
        )
        self.assertEqual(self.leqi.count("return"), 0)
        self.assertFigures(quota, unused="1000.00", free="999.99")

    def test_row_L4_what_is_being_returned_is_not_free(self):
        """While the answer is outstanding nothing is issued on it."""
        quota = self.open_quota("1000.00")
        self.leqi.trouble("return", OutcomeUnknownError(), acted=True)
        self.leqi.trouble("find_transfer", OutcomeUnknownError(), times=3)
        self.transfer("return", "900.00")
        self.assertFigures(quota, unused="1000.00", in_return="900.00", free="100.00")
        self.assertEqual(self.take(self.new_issues("100.01")), ["quota_short"])
        self.dispatch_for_long()
        self.assertFigures(quota, unused="100.00", in_return="0.00", free="100.00")
        self.assertAsAtTheBureau(quota)

    def test_vector_6_6_Q15_lost_download_is_asked_for(self):
        """The answer is lost after the bureau acted: one movement, one download."""
        self.open_quota("0")
        self.leqi.trouble("download", OutcomeUnknownError(), acted=True)
        task = self.transfer("download", "800000.00")
        self.pass_time(60)
        self.dispatch()
        self.assertEqual(task.state, "success")
        self.assertEqual(self.leqi.count("download"), 1)
        quota = self.get_quota()
        self.assertEqual(
            len(quota.move_ids.filtered(lambda m: m.kind == "download")), 1
        )
        self.assertAsAtTheBureau(quota)
        # The same answer once more changes nothing.
        task.sudo()._apply_answer(self.leqi.done[task.request_number])
        self.assertAsAtTheBureau(quota)

    def test_vector_6_6_Q15_download_that_never_arrived(self):
        self.open_quota("0")
        self.leqi.trouble("download", OutcomeUnknownError())
        task = self.transfer("download", "800000.00")
        self.pass_time(60)
        self.dispatch()
        self.assertEqual(task.state, "success")
        sent = [number for word, number in self.leqi.events if word == "download"]
        self.assertEqual(sent, [task.request_number] * 2)
        self.assertAsAtTheBureau(self.get_quota())

    def test_row_L2_nothing_is_read_while_a_download_is_open(self):
        """Else the reading would count what the answer counts again."""
        quota = self.open_quota("0")
        self.leqi.trouble("download", OutcomeUnknownError(), acted=True)
        self.leqi.trouble("find_transfer", OutcomeUnknownError(), times=2)
        self.transfer("download", "800000.00")
        self.pass_time(3600)
        reads = self.leqi.count("read")
        self.leqi.trouble("find_transfer", NotSentError(), times=2)
        quota.action_read()
        self.step()
        self.assertEqual(self.leqi.count("read"), reads, "read too early")
        self.dispatch_for_long()
        self.assertEqual(self.leqi.count("read"), reads + 1)
        self.assertEqual(
            quota.move_ids.sorted("id").mapped("kind"), ["opening", "download"]
        )
        self.assertAsAtTheBureau(quota)

    def test_row_L2_nothing_is_read_while_a_download_may_arrive(self):
        """The platform does not know it yet: read before it arrives, it would be
        counted by the reading and by its own answer."""
        quota = self.open_quota("0")
        self.pass_time(3600)
        self.leqi.trouble("read", NotSentError())
        quota.action_read()
        self.step()
        self.leqi.trouble("download", OutcomeUnknownError("cut"))
        quota._submit_transfer("download", "100.00")
        task = quota.task_ids.filtered(lambda one: one.kind == "download").sudo()
        self.step()
        reading = self.env["invoice.tax.quota.task"].search(
            [("kind", "=", "read"), ("step", "=", "queued")]
        )
        self.now = task.next_attempt_at
        self.step()
        self.assertEqual(task.step, "queued")
        self.assertTrue(task.arrives_by)
        self.assertLessEqual(reading.next_attempt_at, task.next_attempt_at)
        # Now the first call arrives.
        self.leqi.once(
            task.request_number,
            lambda: self.leqi.transfer(
                "download", Decimal("100.00"), task.request_number
            ),
        )
        self.dispatch_for_long()
        self.assertEqual((task.state, reading.state), ("success", "success"))
        self.assertEqual(
            quota.move_ids.sorted("id").mapped("kind"), ["opening", "download"]
        )
        self.assertAsAtTheBureau(quota)

    def test_row_L2_one_transfer_at_a_time(self):
        quota = self.open_quota("0")
        quota._submit_transfer("download", "1.00")
        with self.assertRaises(TaxServiceError) as caught:
            quota._submit_transfer("download", "1.00")
        self.assertEqual(caught.exception.code, "quota_transfer_open")

    def test_vector_6_6_Q13_suspended(self):
        quota = self.open_quota()
        self.leqi.month.is_suspended = True
        self.pass_time(3600)
        self.read_quota()
        self.assertEqual(quota.suspension, "suspended")
        self.assertTransferRefused("quota_suspended", "download", "1.00")
        self.assertEqual(self.take(self.new_issues("1.00")), ["quota_suspended"])
        # Giving back, and asking, stay possible.
        self.assertEqual(self.transfer("return", "1.00").state, "success")
        self.pass_time(3600)
        self.read_quota()
        self.assertAsAtTheBureau(quota)

    def test_row_L2_suspended_meanwhile(self):
        """Odoo did not know: the bureau's refusal is shown with what to do."""
        quota = self.open_quota("0")
        self.leqi.month.is_suspended = True
        task = self.transfer("download", "1.00", quota)
        self.assertEqual((task.state, task.result_code), ("failed", "quota_suspended"))
        self.assertIn("Ask the tax bureau", task.reason)
        self.assertEqual(quota.move_ids.mapped("kind"), ["opening"])

    def test_row_L2_validity(self):
        quota = self.open_quota()
        task = self.adjust(quota)
        self.assertEqual((task.state, task.result_code), ("failed", "quota_not_filed"))
        self.assertEqual(str(quota.valid_to), "2026-11-16")
        self.leqi.is_filed = True
        self.assertEqual(self.adjust(quota).state, "success")
        self.assertEqual(str(quota.valid_to), "2026-11-30")
        self.assertEqual(self.adjust(quota).state, "success", "asked again, the same")

    def test_row_L2_lost_answer_of_the_adjustment(self):
        quota = self.open_quota()
        self.leqi.is_filed = True
        self.leqi.trouble("validity", OutcomeUnknownError(), acted=True)
        self.adjust(quota)
        self.pass_time(60)
        self.dispatch()
        self.assertEqual(str(quota.valid_to), "2026-11-30")

    def adjust(self, quota):
        action = quota.action_adjust_validity()
        wizard = self.of_issuer(action["res_model"]).browse(action["res_id"])
        wizard.action_confirm()
        self.dispatch()
        quota.invalidate_recordset()
        return quota.task_ids.sorted("id")[-1:]

    def test_row_L2_over_the_month_end(self):
        old = self.open_quota()
        self.now = self.now.replace(day=30, hour=17)  # 1 December in China
        self.leqi.open_month("1000000.00")
        self.assertTransferRefused("quota_month_over", "download", "1.00", old)
        with self.assertRaises(TaxServiceError) as caught:
            old._submit_validity()
        self.assertEqual(caught.exception.code, "quota_month_over")

    def test_row_L2_choose_one_row(self):
        with self.assertRaises(TaxServiceError) as caught:
            self.of_issuer("invoice.tax.quota").action_download()
        self.assertEqual(caught.exception.code, "choose_one_quota")

    def test_row_L3_share_of_the_settings(self):
        quota = self.open_quota("0", monthly="333333.33")
        self.assertEqual(quota._get_share_to_download(), Decimal("266666.66"))
        self.company.leqi_download_share = 33.33
        self.assertEqual(quota._get_share_to_download(), Decimal("111099.99"))
