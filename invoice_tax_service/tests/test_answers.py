from dataclasses import replace

from odoo import fields
from odoo.exceptions import UserError

from ..gateway.errors import (
    NotFoundError,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
)
from .common import OWN, Killed, TaxServiceCase
from .fake_bureau import PERIOD


class TestPartialAnswers(TaxServiceCase):
    """One bad row never holds the others; rows that the answer leaves out are
    settled by reading how the invoice stands."""

    def test_vector_6_9_T1_one_not_found(self):
        invoices = self.add_invoices(5)
        self.bureau.results[invoices[2].number] = "not_found"
        batch = self.submit("deduct", invoices)
        self.dispatch()
        self.assertRecordValues(
            batch,
            [
                {
                    "state": "failed",
                    "total_count": 5,
                    "success_count": 4,
                    "failed_count": 1,
                    "open_count": 0,
                }
            ],
        )
        [line] = batch.line_ids.filtered(lambda line: line.state == "failed")
        self.assertEqual((line.result_code, line.raw_text), ("not_found", "局端说明"))
        self.assertTrue(line.result_text and line.advice, "the user is not told why")
        self.assertEqual(invoices[2].selection, "unselected")
        self.assertStands(invoices - invoices[2], "selected", "deduct")

    def test_left_out_rows_are_read_back(self):
        invoices = self.add_invoices(3)
        done, undone = invoices[1], invoices[2]
        self.bureau.silent = {done.number, undone.number}
        self.bureau.results[undone.number] = "abnormal"
        batch = self.submit("deduct", invoices)
        self.dispatch()
        self.assertEqual((batch.success_count, batch.open_count), (2, 1))
        for _time in range(6):
            self.pass_time(61)
            self.dispatch()
        self.assertEqual(
            batch.line_ids.sorted("id").mapped("result_code"),
            ["ok", "read_back", "no_answer"],
        )
        self.assertEqual(batch.open_count, 0, "a line waits for ever")
        self.assertStands(done, "selected", "deduct")
        self.assertEqual(undone.selection, "unselected")

    def test_left_out_done_and_taken_back(self):
        """How an invoice stands does not tell that the bureau had done it."""
        invoice = self.add_invoices(1)
        batch = self.submit("deduct", invoice)
        self.step()
        number = self.requests_of(batch).request_number
        whole = self.bureau.requests[number]
        self.bureau.requests[number] = replace(whole, items=())
        self.bureau.change(
            OWN, invoice.number, selection="unselected", purpose=None, period=""
        )
        self.dispatch()
        self.assertEqual(batch.state, "processing", "failed, and nobody knows")
        self.bureau.requests[number] = whole
        self.pass_time(60)
        self.dispatch()
        self.assertEqual(batch.state, "success", "the bureau did it")
        self.assertStands(invoice, "unselected")

    def test_reading_back_that_fails_is_repeated(self):
        invoices = self.add_invoices(2)
        self.bureau.silent = {invoices[1].number}
        self.bureau.trouble("read", NotSentError("refused"))
        batch = self.submit("deduct", invoices)
        self.dispatch()
        for _time in range(5):
            self.pass_time(300)
            self.dispatch()
        self.assertEqual(batch.state, "success", "the left out line waits for ever")
        self.assertStands(invoices, "selected", "deduct")

    def test_killed_before_reading_back(self):
        invoices = self.add_invoices(2)
        self.bureau.silent = {invoices[1].number}
        self.bureau.trouble("read", Killed())
        batch = self.submit("deduct", invoices)
        self.dispatch_and_die()
        self.pass_time(60)
        self.dispatch()
        self.assertEqual(batch.state, "success", "the left out line waits for ever")
        self.assertStands(invoices, "selected", "deduct")

    def _answer_with(self, **values):
        """The bureau does its work, and its answers say this instead."""
        work_item = self.bureau._work_item
        self.bureau._work_item = lambda *args: replace(work_item(*args), **values)

    def test_unknown_result_code_is_read_back(self):
        """Unknown is not failed: a code that nobody knows may mean done."""
        done, undone = invoices = self.add_invoices(2)
        self._answer_with(result="unknown", raw_code="77", text="新代码")
        self.bureau.results[undone.number] = "abnormal"
        batch = self.submit("deduct", invoices)
        self.dispatch()
        self.assertIn("read", self.bureau.words(), "nobody looked how it stands")
        self.assertStands(done, "selected", "deduct")
        self.assertStands(undone, "unselected")
        self.assertRecordValues(
            batch.line_ids.sorted("id"),
            [
                {"state": "success", "result_code": "read_back"},
                {"state": "failed", "result_code": "unknown"},
            ],
        )
        self.assertEqual(
            batch.line_ids.mapped("raw_code"), ["77", "77"], "the code was lost"
        )
        self.assertEqual(set(batch.line_ids.mapped("raw_text")), {"新代码"})
        self.assertEqual(batch.open_count, 0)

    def test_already_without_standing_is_read_back(self):
        standing = {"selection": "selected", "purpose": "deduct", "period": PERIOD}
        unsaid = dict.fromkeys((*standing, "creditable_vat"))
        work_item = self.bureau._work_item
        for values in (unsaid, {"period": ""}, {"creditable_vat": None}):
            for period, state, code in (
                (PERIOD, "success", "read_back"),
                ("202609", "failed", "selected_otherwise"),
            ):
                with self.subTest(unsaid=list(values), period=period):
                    invoice = self.add_invoices(1)
                    self.bureau.change(
                        OWN, invoice.number, **{**standing, "period": period}
                    )
                    self.bureau._work_item = work_item
                    self._answer_with(**values)
                    batch = self.submit("deduct", invoice)
                    self.dispatch()
                    self.assertRecordValues(
                        batch.line_ids, [{"state": state, "result_code": code}]
                    )
                    selected = state == "success"
                    self.assertEqual(
                        invoice.selection, "selected" if selected else "unselected"
                    )

    def test_already_revoked_without_standing_is_read_back(self):
        invoice = self.add_invoices(
            1, selection="selected", purpose="deduct", period=PERIOD
        )
        self.bureau.change(
            OWN, invoice.number, selection="unselected", purpose=None, period=""
        )
        self._answer_with(result="already", selection=None)
        batch = self.submit("deduct_revoke", invoice)
        self.dispatch()
        self.assertEqual(
            (batch.state, batch.line_ids.result_code), ("success", "read_back")
        )
        self.assertStands(invoice, "unselected")

    def test_refused_and_asked_again_is_not_resent(self):
        """Asking is asking: what the bureau refused is not slipped in later."""
        self.bureau.trouble("submit", RefusedError("不行", code="statistics_exist"))
        batch = self.submit("deduct", self.add_invoices(2))
        self.dispatch()
        batch.action_fetch_result()
        self.dispatch()
        self.pass_time(600)
        self.dispatch()
        self.assertEqual(self.bureau.words(), ["submit", "find"])
        self.assertFalse(self.bureau.submissions)
        self.assertEqual((batch.state, batch.failed_count), ("failed", 2))
        self.assertEqual(self.requests_of(batch).step, "done")

    def test_partly_failed_and_forgotten_is_not_resent(self):
        invoices = self.add_invoices(2)
        self.bureau.results[invoices[0].number] = "abnormal"
        batch = self.submit("deduct", invoices)
        self.dispatch()
        self.bureau.requests.clear()
        batch.action_fetch_result()
        self.dispatch()
        self.pass_time(600)
        self.dispatch()
        self.assertEqual(self.bureau.words(), ["submit", "poll", "poll", "find"])
        self.assertEqual((batch.success_count, batch.failed_count), (1, 1))
        self.assertEqual(self.requests_of(batch).step, "done")

    def test_refused_as_a_whole(self):
        invoices = self.add_invoices(2)
        self.bureau.trouble(
            "submit", RefusedError("不行", code="period_not_open", raw_code="77")
        )
        batch = self.submit("deduct", invoices)
        self.dispatch()
        self.assertEqual((batch.state, batch.failed_count), ("failed", 2))
        self.assertEqual(batch.result_code, "period_not_open")
        self.assertIn("不行", batch.description)
        self.assertEqual(self.bureau.words(), ["submit"])

    def test_refused_while_worked_on(self):
        self.bureau.refusal = "statistics_exist"
        batch = self.submit("deduct", self.add_invoices(2))
        self.dispatch()
        self.assertEqual(
            (batch.state, batch.result_code), ("failed", "statistics_exist")
        )
        self.assertEqual(batch.failed_count, 2)

    def test_vector_6_9_T6_failed_is_asked_again(self):
        invoices = self.add_invoices(2)
        self.bureau.results[invoices[0].number] = "selection_abnormal"
        batch = self.submit("deduct", invoices)
        self.dispatch()
        self.assertEqual(batch.state, "failed")
        [request] = self.requests_of(batch)
        progress = self.bureau.requests[request.request_number]
        items = [
            type(item)(item.key, "ok", "1", "", "selected", "deduct", batch.period)
            for item in progress.items
        ]
        self.bureau.requests[request.request_number] = type(progress)(
            True, progress.reference, items=tuple(items)
        )
        batch.action_fetch_result()
        self.dispatch()
        self.assertEqual(
            (batch.state, batch.success_count),
            ("success", 2),
            "what the bureau finished stays failed here",
        )


class TestVoid(TaxServiceCase):
    """A person may give up waiting; what the bureau answers later is recorded on
    the lines and never applied."""

    def _accepted(self, count=1):
        batch = self.submit("deduct", self.add_invoices(count))
        self.bureau.unfinished = 1
        self.step(2)
        self.assertEqual(self.requests_of(batch).step, "accepted")
        return batch

    def test_success_older_than_a_reading_is_read_back(self):
        """A period that closes takes back at the bureau what was selected; the
        answer "done" must not put it back here."""
        batch = self._accepted()
        invoice = batch.line_ids.input_invoice_id
        self.bureau.change(
            OWN, invoice.number, selection="unselected", purpose=None, period=""
        )
        fetch = self.env["invoice.tax.fetch"]._ask(self.taxpayer, "pool")
        fetch.sudo().write(
            {
                "state": "success",
                "step": "done",
                "page_count": 1,
                "answered_at": fields.Datetime.now(),
            }
        )
        self.pass_time(60)
        self.dispatch()
        self.assertEqual(batch.state, "success", "the bureau did it")
        self.assertEqual(invoice.selection, "unselected", "the bureau took it back")

    def test_row_O9_late_answer_is_recorded_not_applied(self):
        batch = self._accepted(2)
        batch.action_void()
        self.assertRecordValues(
            batch, [{"state": "voided", "voided_count": 2, "open_count": 0}]
        )
        self.pass_time(60)
        self.step()
        self.assertEqual(batch.state, "voided")
        self.assertTrue(batch.has_late_answer)
        self.assertEqual(batch.line_ids.mapped("result_code"), ["ok", "ok"])
        self.assertEqual(set(batch.line_ids.mapped("state")), {"voided"})
        self.assertEqual(
            set(batch.line_ids.input_invoice_id.mapped("selection")),
            {"unselected"},
            "the answer was applied to what a person has voided",
        )
        self.assertFalse(self.requests_of(batch).filtered(lambda r: r.step != "done"))
        self.dispatch()
        self.assertStands(batch.line_ids.input_invoice_id, "selected", "deduct")

    def test_late_read_back_is_not_applied(self):
        """Voided while the lines that the answer left out are being read."""
        done, silent = invoices = self.add_invoices(2)
        batch = self.submit("deduct", invoices)
        self.bureau.silent = {done.number, silent.number}
        with self.cron_environment() as env:

            def void():
                batch.invalidate_recordset()
                batch.action_void()
                self.env.flush_all()
                env.cr.commit()

            self.bureau.trouble("read", void, acted=True)
            for _step in ("send", "poll and read"):
                env["invoice.tax.lane"]._work_lane(batch.lane_id.id, float("-inf"))
            env.cr.rollback()
        self.assertIn("read", self.bureau.words())
        self.assertRecordValues(
            batch,
            [{"state": "voided", "voided_count": 2, "has_late_answer": True}],
        )
        self.assertEqual(set(batch.line_ids.mapped("state")), {"voided"})
        self.assertEqual(
            set(invoices.mapped("selection")),
            {"unselected"},
            "what was read was applied to what a person has voided",
        )
        self.assertEqual(self.requests_of(batch).step, "done", "asked for ever")

    def test_voided_and_never_arrived_is_not_sent_again(self):
        batch = self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", OutcomeUnknownError("cut"))
        self.step()
        batch.action_void()
        self.pass_time(200)
        self.dispatch()
        self.assertEqual(self.bureau.words(), ["submit", "find"])
        self.assertEqual(self.requests_of(batch).step, "done")
        self.assertFalse(self.bureau.submissions, "voided, and done all the same")

    def test_voided_and_arrived_after_it_was_asked_for(self):
        """A call may be on its way longer than the first question."""
        batch = self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", OutcomeUnknownError("cut"), acted=True)
        self.bureau.trouble("find", NotFoundError())
        self.step()
        batch.action_void()
        self.pass_time(10)
        self.step()
        self.assertEqual(
            self.requests_of(batch).step, "unknown", "it may arrive yet, unseen"
        )
        self.pass_time(200)
        self.dispatch()
        self.assertRecordValues(batch, [{"state": "voided", "has_late_answer": True}])
        self.assertStands(batch.line_ids.input_invoice_id, "selected", "deduct")

    def test_voided_while_queued_again_is_asked_for_once_more(self):
        """Its first call was answered with "never arrived" and came all the same."""
        batch = self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", OutcomeUnknownError("cut"), acted=True)
        self.bureau.trouble("find", NotFoundError())
        self.step()
        self.pass_time(10)
        self.step()
        self.assertEqual(self.requests_of(batch).step, "queued")
        batch.action_void()
        self.pass_time(3600)
        self.dispatch()
        self.assertRecordValues(batch, [{"state": "voided", "has_late_answer": True}])
        self.assertStands(batch.line_ids.input_invoice_id, "selected", "deduct")

    def test_voided_before_sending_is_not_sent(self):
        batch = self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", NotSentError("refused"))
        self.step()
        batch.action_void()
        self.pass_time(600)
        self.dispatch()
        self.assertFalse(
            self.bureau.submissions, "what a person has voided was sent all the same"
        )

    def test_rest_of_a_voided_batch_is_not_sent(self):
        self.connection.bite_size = 1
        batch = self.submit("deduct", self.add_invoices(3))
        self.bureau.unfinished = 1
        self.step(2)
        batch.action_void()
        sent = len(self.bureau.submissions)
        self.pass_time(60)
        self.dispatch()
        self.assertEqual(len(self.bureau.submissions), sent)
        self.assertEqual((batch.state, batch.voided_count), ("voided", 3))

    def test_invoice_is_free_again(self):
        batch = self._accepted()
        invoice = batch.line_ids.input_invoice_id
        self.assertEqual(
            self.plan_codes("deduct", invoice._get_wishes()), ["in_progress"]
        )
        batch.action_void()
        self.assertEqual(self.plan_codes("deduct", invoice._get_wishes()), [""])

    def test_vector_6_9_T5_only_what_is_processing(self):
        done = self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        open_batch = self._accepted()
        with self.assertRefused("wrong_state") as refusal:
            (done | open_batch).action_void()
        self.assertIn(done.batch_number, refusal.sentence, "which one is wrong?")
        self.assertEqual(open_batch.state, "processing", "half-done")

    def test_vector_6_9_T5_at_most_500(self):
        batch = self._accepted()
        batches = (
            batch.sudo()
            .create(
                [
                    {
                        "taxpayer_id": batch.taxpayer_id.id,
                        "company_id": batch.company_id.id,
                        "lane_id": batch.lane_id.id,
                        "operation_type": "deduct",
                        "period": batch.period,
                        "origin": "manual",
                        "state": "processing",
                    }
                ]
                * 501
            )
            .with_user(self.clerk)
        )
        with self.assertRefused("too_many"):
            batches.action_void()
        batches[:500].action_void()
        self.assertEqual(set(batches[:500].mapped("state")), {"voided"})
        self.assertEqual(batches[500].state, "processing")


class TestDiscard(TaxServiceCase):
    """Nothing waits for ever: of what was not sent, people can let go."""

    def test_waiting_batch_of_a_stopped_lane(self):
        invoices = self.add_invoices(2)
        batch = self.submit("deduct", invoices)
        table = self.submit_table("statistics")
        self.taxpayer.sudo().lane_id.is_stopped = True
        self.dispatch()
        with self.assertRefused("wrong_state"):
            batch.action_void()
        batch.action_discard()
        self.assertRecordValues(
            batch, [{"state": "voided", "voided_count": 2, "open_count": 0}]
        )
        self.assertEqual(self.plan_codes("deduct", invoices._get_wishes()), ["", ""])
        self.taxpayer.with_user(self.manager).action_resume()
        self.dispatch()
        self.assertEqual(
            [one.operation_type for one in self.bureau.submissions],
            ["statistics"],
            "what was discarded was sent, or still holds up what stands behind it",
        )
        self.assertEqual(table.state, "success")
        self.assertFalse(batch.has_late_answer)

    def test_table_operation(self):
        table = self.submit_table("statistics")
        table.action_discard()
        self.dispatch()
        self.assertEqual(table.state, "voided")
        self.assertFalse(self.bureau.submissions)

    def test_not_what_is_on_its_way(self):
        waiting = self.submit("deduct", self.add_invoices(1))
        sent = self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", NotSentError("refused"), times=2)
        self.step(2)
        late = self.submit("deduct", self.add_invoices(1))
        for batch in (waiting, sent):
            self.assertTrue(self.requests_of(batch))
            with self.assertRefused("wrong_state") as refusal:
                (late | batch).action_discard()
            self.assertIn(batch.batch_number, refusal.sentence)
        self.assertEqual(late.state, "waiting", "half-done")

    def test_rights(self):
        batch = self.submit("deduct", self.add_invoices(1))
        with self.assertRefused("no_right"):
            batch.with_user(self.viewer).action_discard()
        with self.assertRaises(UserError):
            batch.with_user(self.stranger).action_discard()
        self.assertEqual(batch.state, "waiting")
