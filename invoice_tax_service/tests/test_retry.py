from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

from odoo import fields

from ..exceptions import TaxServiceError
from ..gateway.errors import OutcomeUnknownError
from ..gateway.messages import Capabilities
from ..gateway.operation_kinds import KINDS
from .common import OWN, SMALL, TaxServiceCase
from .fake_bureau import PERIOD, FakeClient

TOO_SOON = "相同的任务重复请求过于频繁，请3分钟后再重试。"
SMALL_SCALE_TEXT = "小规模纳税人不支持抵扣类勾选"
# The manual's list (000, 手工重试).
NINETEEN = (
    "deduct deduct_revoke exclude exclude_revoke preselect preselect_revoke passenger "
    "statistics statistics_revoke sign certify refund_sign refund refund_revoke "
    "farm_own farm_bought farm_mixed farm_face_amount farm_face_tax"
).split()


class RetryCase(TaxServiceCase):
    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang("zh_CN")

    def fail_one(self, count=5, **values):
        """A batch of which the first invoice failed (vector T1)."""
        invoices = self.add_invoices(count)
        self.bureau.results[invoices[0].number] = "not_found"
        batch = self.submit("deduct", invoices, **values)
        self.dispatch()
        self.assertEqual((batch.state, batch.failed_count), ("failed", 1))
        del self.bureau.results[invoices[0].number]
        return batch, invoices[0]

    def retry(self, batch):
        """Press the button; the new batches."""
        before = self.operations().search([])
        action = batch.action_retry()
        self.assertEqual(action["tag"], "display_notification")
        return self.operations().search([]) - before


class TestRetry(RetryCase):
    """A retry is a new batch of what failed, linked to the old one."""

    def test_vector_6_9_T2_only_what_failed(self):
        batch, failed = self.fail_one()
        retry = self.retry(batch)
        self.assertRecordValues(
            retry,
            [
                {
                    "retry_of_id": batch.id,
                    "operation_type": "deduct",
                    "origin": "manual",
                    "user_id": self.clerk.id,
                    "total_count": 1,
                    "open_count": 1,
                }
            ],
        )
        self.assertEqual(retry.line_ids.input_invoice_id, failed)
        self.assertEqual(batch.retried_by_ids, retry)
        self.dispatch()
        self.assertEqual(retry.state, "success")
        self.assertStands(failed, "selected", "deduct")
        self.assertEqual((batch.state, batch.failed_count), ("failed", 1), "changed")
        self.assertEqual(set(self.bureau.acted.values()), {1}, "selected twice")

    def test_row_O7_keeps_what_was_asked_for(self):
        invoices = self.add_invoices(1)
        self.bureau.results[invoices.number] = "selection_abnormal"
        batch = self.submit("exclude", invoices, reason="5", reason_text="用于展览")
        self.dispatch()
        self.bureau.results.clear()
        retry = self.retry(batch)
        self.assertRecordValues(
            retry.line_ids, [{"reason": "5", "reason_text": "用于展览"}]
        )
        self.dispatch()
        self.assertStands(invoices, "selected", "exclude")

    def failed_with(self, **wish):
        """A batch of one invoice that the bureau could not select."""
        invoice = self.add_invoices(1)
        self.bureau.results[invoice.number] = "selection_abnormal"
        batch = self.submit("deduct", invoice, **wish)
        self.dispatch()
        self.bureau.results.clear()
        self.assertEqual((batch.state, batch.creditable_vat), ("failed", 13.0))
        return batch, invoice

    def test_row_O7_takes_the_creditable_vat_of_now(self):
        batch, invoice = self.failed_with()
        invoice.creditable_vat = 6.50
        retry = self.retry(batch)
        self.assertEqual(retry.line_ids.creditable_vat, 6.50)
        self.dispatch()
        [item] = self.bureau.submissions[-1].items
        self.assertEqual(item.creditable_vat, Decimal("6.50"))
        self.assertEqual(invoice.creditable_vat, 6.50, "it went back by itself")

    def test_row_O7_takes_the_creditable_vat_that_was_asked_for(self):
        batch, invoice = self.failed_with(creditable_vat=Decimal("13.00"))
        invoice.creditable_vat = 6.50
        retry = self.retry(batch)
        self.assertEqual(retry.line_ids.creditable_vat, 13.0)
        self.dispatch()
        self.assertEqual(invoice.creditable_vat, 13.0)

    def test_row_O7_takes_the_creditable_vat_of_a_treatment_since(self):
        farm = {"type_code": "10", "element": "12", "vat_amount": Decimal("1.00")}
        invoice = self.add_invoices(1, creditable_vat=Decimal("1.00"), **farm)
        self.bureau.results[invoice.number] = "selection_abnormal"
        batch = self.submit("deduct", invoice)
        self.dispatch()
        self.bureau.results.clear()
        self.submit("farm_own", invoice)
        self.dispatch()
        self.assertEqual(invoice.creditable_vat, 9.0)
        self.retry(batch)
        self.dispatch()
        self.assertStands(invoice, "selected", "deduct")
        self.assertEqual(invoice.creditable_vat, 9.0, "what was treated is lost")

    def test_row_O7_many_at_once(self):
        first, _one = self.fail_one(2)
        second, _two = self.fail_one(3)
        retries = self.retry(first | second)
        self.assertEqual(set(retries.retry_of_id.ids), set((first | second).ids))
        self.assertEqual(retries.mapped("total_count"), [1, 1])

    def test_row_O7_planned_anew(self):
        batch, failed = self.fail_one()
        failed.sudo().write({"status": "voided"})
        retry = self.retry(batch)
        self.assertRecordValues(
            retry, [{"state": "failed", "total_count": 1, "failed_count": 1}]
        )
        self.assertEqual(retry.line_ids.result_code, "voided")
        self.assertTrue(retry.line_ids.result_text)

    def test_row_O7_invoice_that_was_not_known(self):
        """It is credited with its own VAT, and what could not be read is refused."""
        late = self.next_number()
        answer = self.operations().submit_batch(
            OWN,
            "deduct",
            PERIOD,
            "N-1",
            [{"number": late}, {"number": late, "creditable_vat": "abc"}],
        )
        batch = self.operations().search([("request_number", "=", "N-1")])
        self.assertEqual(answer["failed"], 2)
        self.merge([self.bureau.add_invoice(OWN, late)])
        retry = self.retry(batch)
        self.assertRecordValues(
            retry.line_ids.sorted("id"),
            [
                {"state": "waiting", "creditable_vat": 13.0, "result_code": False},
                {
                    "state": "failed",
                    "creditable_vat": 0.0,
                    "result_code": "creditable_vat_invalid",
                },
            ],
        )

    def test_row_O7_for_the_current_period(self):
        batch, _failed = self.fail_one()
        self.open_period(period="202611", next_period="202612")
        action = batch.action_retry()
        retry = batch.retried_by_ids
        self.assertEqual((batch.period, retry.period), (PERIOD, "202611"))
        self.assertIn(PERIOD, action["params"]["message"])
        self.assertIn("202611", action["params"]["message"])

    # === WHY NOT === #

    def test_row_O7_only_failed_ones_each_named(self):
        done = self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        waiting = self.submit("deduct", self.add_invoices(1))
        failed, _one = self.fail_one()
        waiting.action_discard() if waiting.state == "waiting" else None
        with self.assertRefused("wrong_state") as refusal:
            (done | waiting | failed).action_retry()
        for wrong in done | waiting:
            self.assertIn(wrong.batch_number, refusal.sentence)
        self.assertNotIn(failed.batch_number, refusal.sentence)
        self.assertFalse(failed.retried_by_ids, "half-done")

    def test_row_O7_not_a_table(self):
        self.bureau.refusal = "nothing_selected"
        table = self.submit_table("statistics")
        self.dispatch()
        self.assertEqual(table.state, "failed")
        with self.assertRefused("retry_not_possible"):
            table.action_retry()

    def test_row_O7_not_while_a_retry_is_open(self):
        batch, failed = self.fail_one()
        retry = self.retry(batch)
        with self.assertRefused("retry_exists") as refusal:
            batch.action_retry()
        self.assertIn(retry.batch_number, refusal.sentence)
        self.dispatch()
        with self.assertRefused("retry_exists"):
            batch.action_retry()
        self.assertStands(failed, "selected", "deduct")

    def test_row_O7_again_when_the_retry_failed(self):
        batch, failed = self.fail_one()
        self.bureau.results[failed.number] = "selection_abnormal"
        first = self.retry(batch)
        self.dispatch()
        self.assertEqual(first.state, "failed")
        self.bureau.results.clear()
        self.retry(first)
        self.dispatch()
        self.assertStands(failed, "selected", "deduct")

    def test_row_O7_two_people_at_once(self):
        """The database itself refuses a second open retry."""
        batch, _failed = self.fail_one()
        retry = self.retry(batch)
        with self.assertRaises(Exception) as caught, self.env.cr.savepoint():
            retry.sudo().copy({"retry_of_id": batch.id, "state": "waiting"})
            self.env.flush_all()
        self.assertIn("open_retry_uniq", str(caught.exception))

    def test_row_O7_unknown_outcome_is_never_retried(self):
        batch, _failed = self.fail_one()
        batch.action_fetch_result()
        with self.assertRefused("retry_unknown"):
            batch.action_retry()

    def test_row_O7_lost_answer_is_never_retried(self):
        invoice = self.add_invoices(1)
        batch = self.submit("deduct", invoice)
        self.bureau.trouble("submit", OutcomeUnknownError("cut"), acted=True)
        self.step()
        with self.assertRefused("wrong_state"):
            batch.action_retry()
        self.pass_time(600)
        self.dispatch()
        self.assertStands(invoice, "selected", "deduct")
        self.assertEqual(set(self.bureau.acted.values()), {1})

    def test_row_O7_rights(self):
        batch, _failed = self.fail_one()
        with self.assertRefused("no_right"):
            batch.with_user(self.viewer).action_retry()

    def test_vector_6_9_T3_gate_of_three_minutes(self):
        batch, _failed = self.fail_one()
        sent_at = max(self.requests_of(batch).mapped("sent_at"))
        chinese = batch.with_context(lang="zh_CN")
        gated = Capabilities(idempotent=False, repeat_gate=180)
        with patch.object(FakeClient, "capabilities", gated):
            self.now = sent_at + timedelta(seconds=179)
            with self.assertRefused("repeat_too_soon") as refusal:
                chinese.action_retry()
            self.assertEqual(refusal.sentence, TOO_SOON, "not the words of the manual")
            self.now = sent_at + timedelta(seconds=180)
            self.assertTrue(self.retry(batch), "exactly three minutes are allowed")

    def test_vector_6_9_T3_gate_counts_from_the_last_retry(self):
        batch, failed = self.fail_one()
        gated = Capabilities(idempotent=False, repeat_gate=180)
        with patch.object(FakeClient, "capabilities", gated):
            self.pass_time(200)
            self.bureau.results[failed.number] = "selection_abnormal"
            retry = self.retry(batch)
            self.dispatch()
            self.assertEqual(retry.state, "failed")
            for again in (batch, retry):
                with self.assertRefused("repeat_too_soon"):
                    again.action_retry()

    def test_vector_6_9_T3_other_channel_has_no_gate(self):
        batch, _failed = self.fail_one()
        self.now = max(self.requests_of(batch).mapped("sent_at"))
        self.assertTrue(self.retry(batch))

    def test_vector_6_9_T4_small_scale_nineteen_types(self):
        self.assertEqual(len(NINETEEN), 19)
        self._small_scale(NINETEEN)

    def test_row_O8_nineteen_types_and_no_others(self):
        barred = {
            key
            for key, kind in KINDS.items()
            if kind.is_barred_small_scale and key not in ("sign_revoke", "roll_back")
        }
        self.assertEqual(barred, set(NINETEEN))
        self.assertFalse(KINDS["booking"].is_barred_small_scale)

    def _small_scale(self, operation_types):
        small = self._new_taxpayer(SMALL, self.connection, taxpayer_type="small_scale")
        self.open_period(small)
        known = dict(self.operations()._fields["operation_type"].selection)
        self.assertLessEqual(set(operation_types), set(known))
        for operation_type in operation_types:
            batch = self._failed_batch(small, operation_type)
            with (
                self.subTest(operation_type),
                self.assertRefused("small_scale") as refusal,
            ):
                batch.with_context(lang="zh_CN").action_retry()
            self.assertTrue(refusal.sentence.startswith(SMALL_SCALE_TEXT))
            self.assertGreater(
                len(refusal.sentence), len(SMALL_SCALE_TEXT), "where to correct it?"
            )

    def _failed_batch(self, taxpayer, operation_type):
        batch = (
            self.env["invoice.tax.operation"]
            .sudo()
            .create(
                {
                    "taxpayer_id": taxpayer.id,
                    "company_id": taxpayer.company_id.id,
                    "lane_id": taxpayer.sudo().lane_id.id,
                    "operation_type": operation_type,
                    "period": PERIOD,
                    "origin": "manual",
                    "state": "failed",
                    "failed_count": 1,
                    "total_count": 1,
                }
            )
        )
        return batch.with_user(self.clerk)


class TestRetryByProgram(RetryCase):
    """``retry_batch``: idempotent by the caller's number."""

    def test_row_O7_O13_idempotent(self):
        batch, failed = self.fail_one()
        operations = self.operations()
        first = operations.retry_batch(batch.batch_number, "R-1")
        again = operations.retry_batch(batch.batch_number, "R-1")
        self.assertEqual(first["batch_number"], again["batch_number"])
        self.assertEqual(first["retry_of"], batch.batch_number)
        self.assertEqual((first["origin"], first["total"]), ("external", 1))
        self.assertEqual(
            operations.get_batch(batch.batch_number)["retried_by"],
            [first["batch_number"]],
        )
        self.dispatch()
        self.assertStands(failed, "selected", "deduct")

    def test_row_O7_O13_refusals(self):
        batch, _failed = self.fail_one()
        other, _failed = self.fail_one()
        operations = self.operations()
        operations.retry_batch(batch.batch_number, "R-1")
        for code, arguments in (
            ("request_number_conflict", (other.batch_number, "R-1")),
            ("retry_exists", (batch.batch_number, "R-2")),
            ("batch_unknown", ("GX-0", "R-3")),
            ("invalid_argument", (other.batch_number, "")),
            ("invalid_argument", (other.batch_number, None)),
            ("invalid_argument", (other.batch_number, "a\x00b")),
        ):
            with self.subTest(code), self.assertRefused(code):
                operations.retry_batch(*arguments)
        with self.assertRaises(TaxServiceError):
            operations.with_user(self.viewer).retry_batch(other.batch_number, "R-9")


class TestResults(RetryCase):
    """Results on demand, the story of a batch, and counters that cost the same in
    large batches."""

    def test_row_O5_only_processing_or_failed(self):
        done = self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        failed, _one = self.fail_one()
        with self.assertRefused("wrong_state") as refusal:
            (failed | done).action_fetch_result()
        self.assertIn(done.batch_number, refusal.sentence)

    def test_row_O5_many_at_once(self):
        batches = self.fail_one()[0] | self.fail_one()[0]
        self.bureau.events.clear()
        batches.action_fetch_result()
        self.dispatch()
        self.assertEqual(self.bureau.words().count("poll"), 2)
        self.assertEqual(set(batches.mapped("state")), {"failed"})

    def test_row_O9_reading_is_offered(self):
        batch = self.submit("deduct", self.add_invoices(1))
        self.bureau.unfinished = 1
        self.step(2)
        batch.action_void()
        self.pass_time(60)
        self.step()
        self.assertTrue(batch.has_late_answer)
        batch.action_fetch_taxpayer()
        self.dispatch()
        self.assertStands(batch.line_ids.input_invoice_id, "selected", "deduct")

    def test_row_O4_batch_number_opens_the_ledger(self):
        batch, failed = self.fail_one()
        action = batch.action_open_ledger()
        self.assertEqual(action["res_model"], "invoice.tax.operation.line")
        lines = (
            self.env["invoice.tax.operation.line"]
            .with_user(self.clerk)
            .search(action["domain"])
        )
        self.assertEqual(lines, batch.line_ids)
        line = lines.filtered(lambda line: line.input_invoice_id == failed)
        self.assertTrue(line.result_text and line.advice and line.raw_code)
        listed = self.env["invoice.tax.operation"].get_view(view_type="list")["arch"]
        self.assertIn('widget="invoice_tax_batch_number"', listed)

    def test_row_O9_counters_are_exact_at_each_step(self):
        """What one request changes is the same as counting all."""
        self.connection.bite_size = 2
        invoices = self.add_invoices(7)
        self.bureau.results[invoices[1].number] = "abnormal"
        self.bureau.silent = {invoices[4].number}
        batch = self.submit("deduct", invoices)
        self.bureau.trouble("submit", OutcomeUnknownError("cut"), acted=True)
        for _step in range(9):
            self.step()
            self.pass_time(3)
            self.assertCountersExact(batch)
        batch.action_void() if batch.state == "processing" else None
        self.assertCountersExact(batch)
        self.dispatch()
        self.assertCountersExact(batch)

    def assertCountersExact(self, batch):
        names = ("total_count", "success_count", "failed_count", "voided_count")
        names += ("open_count", "net_amount", "vat_amount", "creditable_vat", "state")
        shown = batch.read(names)
        batch.sudo()._refresh_from_lines()
        self.assertEqual(batch.read(names), shown, "the counters had drifted")

    def test_row_O9_voiding_costs_the_same_for_many_lines(self):
        counts = []
        # The first one fills the caches.
        for size in (3, 3, 60):
            self.dispatch()
            batch = self.submit("deduct", self.add_invoices(size))
            self.bureau.unfinished = 1
            self.step(2)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            batch.action_void()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(batch.voided_count, size)
        self.assertEqual(*counts[1:], "the number of statements grows with the lines")

    def test_row_O3_finished_at(self):
        batch, _failed = self.fail_one()
        self.assertTrue(batch.finished_at <= fields.Datetime.now())
        self.assertTrue(batch.description)
