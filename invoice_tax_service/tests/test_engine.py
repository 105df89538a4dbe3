import threading
from contextlib import ExitStack
from unittest.mock import patch

import psycopg2
from psycopg2.errors import SerializationFailure

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..gateway import bureau as gateway_bureau
from ..gateway.errors import (
    CredentialError,
    NotFoundError,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
    RepeatTooSoonError,
    WaitError,
)
from ..gateway.messages import Capabilities
from ..models.task_mixin import POLL_CAP, WAIT_CAP, growing_wait
from .common import SECOND, Killed, TaxServiceCase
from .fake_bureau import FakeClient


class TestChannel(TaxServiceCase):
    """A third channel costs one class: it is found, chosen and talked over."""

    def test_registered_class_is_a_channel(self):
        self.assertIn(("fake", "Fake channel"), gateway_bureau.get_channels())
        choices = dict(
            self.env["invoice.tax.connection"]
            ._fields["channel"]
            ._description_selection(self.env)
        )
        self.assertEqual(
            sorted(choices),
            ["fake", "leqi", "rpa"],
            "a channel that is not offered cannot be used",
        )

    def test_whole_way_over_it(self):
        invoices = self.add_invoices(3)
        batch = self.submit("deduct", invoices)
        self.dispatch()
        self.assertEqual((batch.state, batch.success_count), ("success", 3))
        self.assertEqual(batch.channel, "fake")
        self.assertStands(invoices, "selected", "deduct")


class TestNeverTwice(TaxServiceCase):
    """The request number is committed before the first byte is sent and is the
    same in every resend; nothing is sent again before the bureau was asked."""

    def test_number_is_committed_before_the_call(self):
        batch = self.submit("deduct", self.add_invoices(2))
        self.bureau.trouble("submit", Killed())
        self.dispatch_and_die()
        [request] = self.requests_of(batch)
        self.assertEqual(
            [("submit", request.request_number)],
            self.bureau.events,
            "the number sent is not the number that survived the death",
        )
        self.assertEqual((request.step, request.state), ("sending", "processing"))
        self.assertEqual(len(request.line_ids), 2, "which lines were sent is lost")

    def test_nothing_is_uncommitted_during_the_call(self):
        self.submit("deduct", self.add_invoices(1))
        seen = []
        with self.cron_environment() as env:

            def look():
                env.cr.rollback()
                requests = env["invoice.tax.request"].search([])
                seen.extend(requests.mapped(lambda r: (r.request_number, r.step)))

            self.bureau.trouble("submit", look)
            env["invoice.tax.lane"]._cron_dispatch()
        [(_word, number), *_rest] = self.bureau.events
        self.assertEqual(
            seen, [(number, "sending")], "the intention was not committed yet"
        )

    def test_dead_sender_is_asked_for_and_not_resent(self):
        invoices = self.add_invoices(2)
        batch = self.submit("deduct", invoices)
        self.bureau.trouble("submit", Killed(), acted=True)
        self.dispatch_and_die()
        self.assertEqual(self.requests_of(batch).step, "sending")
        self.dispatch()
        self.assertEqual(self.bureau.words(), ["submit", "find"])
        self.assertEqual(batch.state, "success")
        self.assertEqual(
            set(self.bureau.acted.values()), {1}, "an invoice was selected twice"
        )

    def test_dead_sender_that_never_arrived_is_resent_with_its_number(self):
        batch = self.submit("deduct", self.add_invoices(2))
        self.bureau.trouble("submit", Killed())
        self.dispatch_and_die()
        self.dispatch()
        self.assertEqual(self.bureau.words(), ["submit", "find", "submit", "poll"])
        numbers = {number for _word, number in self.bureau.events}
        self.assertEqual(len(numbers), 1, "the resend got another request number")
        self.assertEqual(batch.state, "success")

    def test_killed_between_answer_and_commit_is_asked_for(self):
        batch = self.submit("deduct", self.add_invoices(2))
        request_class = self.registry["invoice.tax.request"]
        with patch.object(request_class, "_apply_answer", side_effect=Killed):
            self.dispatch_and_die()
        self.dispatch()
        self.assertEqual(batch.state, "success", "the answer died with the process")
        self.assertEqual(len(self.bureau.submissions), 1, "it was sent twice")


class TestUnknownOutcome(TaxServiceCase):
    """Unknown is not failed: the bureau is asked by the request number, and it is
    sent again only when the bureau says that it never arrived."""

    def test_acted_and_reply_dropped(self):
        invoices = self.add_invoices(2)
        batch = self.submit("deduct", invoices)
        self.bureau.trouble("submit", OutcomeUnknownError("cut"), acted=True)
        self.step()
        self.assertEqual(batch.state, "processing", "the user sees a failure")
        self.assertFalse(batch.result_code)
        self.assertEqual(self.requests_of(batch).step, "unknown")
        self.pass_time(2)
        self.dispatch()
        self.assertEqual(self.bureau.words(), ["submit", "find"])
        self.assertEqual(batch.state, "success")
        self.assertStands(invoices, "selected", "deduct")

    def test_resent_only_after_not_found(self):
        batch = self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", OutcomeUnknownError("cut"))
        self.bureau.trouble("find", OutcomeUnknownError("cut"), times=2)
        self.dispatch()
        for _time in range(3):
            self.pass_time(300)
            self.dispatch()
        self.assertEqual(
            self.bureau.words(),
            ["submit", "find", "find", "find", "submit", "poll"],
            "it was sent again before the bureau had said that it never arrived",
        )
        self.assertEqual(len({number for _word, number in self.bureau.events}), 1)
        self.assertEqual(batch.state, "success")

    def test_not_known_reference_is_asked_by_number(self):
        batch = self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("poll", NotFoundError())
        self.dispatch()
        self.pass_time(10)
        self.dispatch()
        self.assertEqual(self.bureau.words(), ["submit", "poll", "find"])
        self.assertEqual(batch.state, "success")

    def test_never_failed_however_long(self):
        batch = self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", OutcomeUnknownError("cut"), acted=True)
        self.bureau.trouble("find", OutcomeUnknownError("cut"), times=30)
        for _time in range(32):
            self.dispatch()
            self.assertNotEqual(batch.state, "failed", "unknown was taken for failed")
            self.pass_time(400)
        self.assertEqual(batch.state, "success", "a stuck state without a way out")
        self.assertEqual(len(self.bureau.submissions), 1)

    @mute_logger("odoo.addons.invoice_tax_service.models.lane")
    def test_bug_in_the_client_loses_nothing(self):
        batch = self.submit("deduct", self.add_invoices(1))
        other = self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", ZeroDivisionError("bug"), acted=True)
        self.dispatch()
        request = self.requests_of(batch)
        self.assertIn(request.step, ("sending", "unknown"), "sent, and not known so")
        self.assertEqual(request.result_code, "internal_error")
        self.assertEqual(other.state, "success", "one task stopped its lane")
        self.pass_time(300)
        self.dispatch()
        self.assertEqual(batch.state, "success")
        self.assertEqual(set(self.bureau.acted.values()), {1})


class TestNotSent(TaxServiceCase):
    """What surely did not leave is queued and sent again by itself."""

    def test_queued_and_resent(self):
        batch = self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", NotSentError("refused"))
        self.step()
        request = self.requests_of(batch)
        self.assertEqual((request.step, request.state), ("queued", "waiting"))
        self.pass_time(300)
        self.dispatch()
        self.assertEqual(
            self.bureau.words(), ["submit", "submit", "poll"], "nothing to ask for"
        )
        self.assertEqual(len({number for _word, number in self.bureau.events}), 1)
        self.assertEqual(batch.state, "success")

    def test_lane_pauses_after_trouble_in_a_row(self):
        self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", NotSentError("refused"), times=50)
        for _time in range(5):
            self.dispatch()
            self.pass_time(60)
        lane = self.taxpayer.lane_id
        self.assertTrue(lane.paused_until, "a dead platform is called without end")
        self.assertEqual(lane.trouble_code, "not_sent")
        self.assertTrue(lane.trouble)


class TestWaiting(TaxServiceCase):
    """Growing waits with a cap; the server's wait is obeyed; a stuck task holds
    up nothing but itself."""

    def test_growing_wait_has_a_cap(self):
        waits = [growing_wait(count) for count in range(1, 40)]
        self.assertEqual(waits, sorted(waits), "the waits do not grow")
        self.assertEqual(waits[-1], WAIT_CAP)
        self.assertLess(waits[0], 5)

    def test_wait_error_pauses_the_lane_for_the_wait(self):
        batch = self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", WaitError(wait=600, code="maintenance"))
        self.dispatch()
        lane = self.taxpayer.lane_id
        # One second more: the column cuts off what is below a second.
        self.assertEqual((lane.paused_until - self.now).total_seconds(), 601)
        other = self.submit("deduct", self.add_invoices(1))
        self.pass_time(590)
        self.dispatch()
        self.assertEqual(len(self.bureau.events), 1, "the server's wait was ignored")
        self.assertEqual((batch.state, other.state), ("processing", "waiting"))
        self.pass_time(12)
        self.dispatch()
        self.assertEqual((batch.state, other.state), ("success", "success"))
        self.assertFalse(lane.paused_until)

    def test_repeat_too_soon_waits_alone_and_asks_first(self):
        invoices = self.add_invoices(2)
        first = self.submit("deduct", invoices[0])
        second = self.submit("deduct", invoices[1])
        self.bureau.trouble("submit", RepeatTooSoonError(wait=180))
        self.dispatch()
        self.assertEqual(first.state, "processing")
        self.assertEqual(second.state, "success", "the whole lane had to wait")
        self.assertFalse(self.taxpayer.lane_id.paused_until)
        number = self.requests_of(first).request_number
        self.pass_time(170)
        self.dispatch()
        self.assertEqual(
            [word for word, of in self.bureau.events if of == number], ["submit"]
        )
        self.pass_time(11)
        self.dispatch()
        self.assertEqual(
            [word for word, of in self.bureau.events if of == number],
            ["submit", "find", "submit", "poll"],
            "sent again without asking: the bureau may have worked on it",
        )
        self.assertEqual(first.state, "success")

    def test_poll_after_is_obeyed(self):
        self.submit("deduct", self.add_invoices(1))
        self.bureau.poll_after = 30
        self.dispatch()
        self.assertEqual(self.bureau.words(), ["submit"])
        self.pass_time(31)
        self.dispatch()
        self.assertEqual(self.bureau.words(), ["submit", "poll"])

    def test_polls_grow_slower_up_to_a_cap(self):
        self.connection.poll_interval = 2
        batch = self.submit("deduct", self.add_invoices(1))
        self.bureau.unfinished = 60
        self.step(1)
        waits = []
        for _time in range(15):
            request = self.requests_of(batch)
            waits.append((request.next_attempt_at - self.now).total_seconds())
            self.pass_time(waits[-1])
            self.step(1)
        self.assertEqual(waits[0], 2, "the first poll does not come quickly")
        self.assertEqual(waits, sorted(waits))
        # One second more: the column cuts off what is below a second.
        self.assertEqual(waits[-1], POLL_CAP + 1)

    def test_stuck_task_does_not_block_its_lane(self):
        invoices = self.add_invoices(2)
        stuck = self.submit("deduct", invoices[0])
        self.bureau.trouble("submit", OutcomeUnknownError("cut"), acted=True)
        self.bureau.trouble("find", OutcomeUnknownError("cut"))
        self.step()
        free = self.submit("deduct", invoices[1])
        self.dispatch()
        self.assertEqual(free.state, "success", "one stuck task blocks its lane")
        self.assertEqual(stuck.state, "processing")

    def test_stuck_lane_does_not_block_another(self):
        second = self._new_taxpayer(SECOND, self.connection)
        self.open_period(second)
        stuck = self.submit("deduct", self.add_invoices(1))
        free = self.submit("deduct", self.add_invoices(1, second), second)
        self.held.add(self.taxpayer.lane_id.id)
        self.dispatch()
        self.assertEqual(stuck.state, "waiting", "two conversations in one lane")
        self.assertEqual(free.state, "success", "one lane blocks another")
        self.held.clear()
        self.dispatch()
        self.assertEqual(stuck.state, "success")

    def test_paused_lane_does_not_block_another(self):
        second = self._new_taxpayer(SECOND, self.connection)
        self.open_period(second)
        stuck = self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", WaitError(wait=3600))
        self.dispatch()
        free = self.submit("deduct", self.add_invoices(1, second), second)
        self.dispatch()
        self.assertEqual((stuck.state, free.state), ("processing", "success"))

    def test_dispatcher_asks_to_be_called_again(self):
        self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", WaitError(wait=600))
        triggers = self.env["ir.cron.trigger"].sudo()
        triggers.search([]).unlink()
        self.dispatch()
        calls = set(triggers.search([]).mapped("call_at"))
        self.assertTrue(
            calls and min(calls) >= self.now, "nobody comes back after the wait"
        )


class TestCredentials(TaxServiceCase):
    """Refused credentials stop the lane until a person resumes it: more tries
    would lock the account."""

    def test_stopped_until_resumed(self):
        batch = self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", CredentialError("no", code="password_wrong"))
        self.dispatch()
        lane = self.taxpayer.lane_id
        self.assertTrue(lane.is_stopped)
        self.pass_time(86400)
        self.dispatch()
        self.assertEqual(self.bureau.words(), ["submit"], "the account gets locked")
        self.assertEqual(batch.state, "processing")
        self.assertTrue(self.taxpayer.trouble, "nobody is told what to do")
        with self.assertRefused("no_right"):
            self.taxpayer.action_resume()
        self.taxpayer.with_user(self.manager).action_resume()
        self.dispatch()
        self.assertEqual(batch.state, "success")
        self.assertFalse(lane.is_stopped)


class TestDatabaseConflict(TaxServiceCase):
    """A conflict between the answer and its commit is repeated: the answer is in
    our hands and must not be lost."""

    def _conflict_once(self, method):
        request_class = self.registry["invoice.tax.request"]
        original = getattr(request_class, method)
        conflicts = []

        def conflicting(records, *args):
            result = original(records, *args)
            if not conflicts:
                conflicts.append(method)
                raise SerializationFailure("could not serialize access")
            return result

        return patch.object(request_class, method, conflicting)

    def test_answer_is_written_after_a_conflict(self):
        for method in ("_apply_answer", "_apply_items"):
            with self.subTest(method), self._conflict_once(method):
                batch = self.submit("deduct", self.add_invoices(2))
                self.dispatch()
                self.assertEqual((batch.state, batch.success_count), ("success", 2))
        self.assertEqual(len(self.bureau.submissions), 2, "sent again for a conflict")
        self.assertEqual(self.bureau.words(), ["submit", "poll"] * 2)

    def test_intention_is_written_after_a_conflict(self):
        batch = self.submit("deduct", self.add_invoices(2))
        with self._conflict_once("_mark_sending"):
            self.dispatch()
        # The bite was made in the transaction that was rolled back.
        self.pass_time(300)
        self.dispatch()
        self.assertEqual((batch.state, batch.success_count), ("success", 2))
        self.assertEqual(set(self.bureau.acted.values()), {1})

    def test_result_is_the_same_when_written_twice(self):
        invoices = self.add_invoices(2)
        self.bureau.results[invoices[0].number] = "abnormal"
        with self._conflict_once("_apply_items"):
            batch = self.submit("deduct", invoices)
            self.dispatch()
        self.assertEqual(
            (batch.total_count, batch.success_count, batch.failed_count), (2, 1, 1)
        )


class TestPartialAnswers(TaxServiceCase):
    """One bad row never holds the others; rows that the answer leaves out are
    settled by reading how the invoice stands."""

    def test_vector_6_9_t1(self):
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
        self.assertEqual(
            batch.line_ids.sorted("id").mapped("result_code"),
            ["ok", "read_back", "no_answer"],
        )
        self.assertEqual(batch.open_count, 0, "a line waits for ever")
        self.assertStands(done, "selected", "deduct")
        self.assertEqual(undone.selection, "unselected")

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

    def test_vector_6_9_t6_failed_is_asked_again(self):
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

    def test_late_answer_is_recorded_not_applied(self):
        batch = self._accepted(2)
        batch.action_void()
        self.assertRecordValues(
            batch, [{"state": "voided", "voided_count": 2, "open_count": 0}]
        )
        self.pass_time(60)
        self.dispatch()
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

    def test_voided_and_never_arrived_is_not_sent_again(self):
        batch = self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", OutcomeUnknownError("cut"))
        self.step()
        batch.action_void()
        self.pass_time(60)
        self.dispatch()
        self.assertEqual(self.bureau.words(), ["submit", "find"])
        self.assertEqual(self.requests_of(batch).step, "done")
        self.assertFalse(self.bureau.submissions, "voided, and done all the same")

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

    def test_vector_6_9_t5_only_what_is_processing(self):
        done = self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        open_batch = self._accepted()
        with self.assertRefused("wrong_state") as refusal:
            (done | open_batch).action_void()
        self.assertIn(done.batch_number, refusal.sentence, "which one is wrong?")
        self.assertEqual(open_batch.state, "processing", "half-done")

    def test_vector_6_9_t5_at_most_500(self):
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


class TestBites(TaxServiceCase):
    """A batch is sent in bites of at most 100, or of what the connection says."""

    def _sizes(self):
        return [len(submission.items) for submission in self.bureau.submissions]

    def test_bites_of_100(self):
        batch = self.submit("deduct", self.add_invoices(250))
        self.dispatch()
        self.pass_time(60)
        self.dispatch()
        self.assertEqual(self._sizes(), [100, 100, 50])
        self.assertEqual((batch.state, batch.success_count), ("success", 250))
        self.assertEqual(set(self.bureau.acted.values()), {1})

    def test_bite_size_of_the_connection(self):
        self.connection.bite_size = 30
        self.submit("deduct", self.add_invoices(70))
        self.dispatch()
        self.assertEqual(self._sizes(), [30, 30, 10])

    def test_bite_size_of_the_channel(self):
        self.submit("deduct", self.add_invoices(12))
        capabilities = Capabilities(idempotent=True, bite_size=5)
        with patch.object(FakeClient, "capabilities", capabilities):
            self.dispatch()
        self.assertEqual(self._sizes(), [5, 5, 2])

    def test_bite_size_range(self):
        for size in (0, 101):
            with (
                self.subTest(size=size),
                self.assertRaises(psycopg2.errors.CheckViolation),
                mute_logger("odoo.sql_db"),
            ):
                self.connection.bite_size = size
                self.env.flush_all()

    def test_resend_has_the_same_content(self):
        self.submit("deduct", self.add_invoices(3))
        self.bureau.trouble("submit", OutcomeUnknownError("cut"), acted=True)
        self.bureau.trouble("find", NotFoundError())
        self.dispatch()
        self.pass_time(60)
        self.dispatch()
        first, second = self.bureau.submissions
        self.assertEqual(first, second, "another content under the same number")


class TestOrder(TaxServiceCase):
    """Table operations stand behind everything open before them, and selecting
    stands behind an open table operation: the bureau would refuse it."""

    def test_statistics_wait_for_open_batches(self):
        batch = self.submit("deduct", self.add_invoices(1))
        table = self.submit_table("statistics")
        self.bureau.poll_after = 30
        self.dispatch()
        self.assertEqual(self.bureau.words(), ["submit"])
        self.assertEqual((batch.state, table.state), ("processing", "waiting"))
        self.pass_time(31)
        self.dispatch()
        self.pass_time(31)
        self.dispatch()
        self.assertEqual((batch.state, table.state), ("success", "success"))
        self.assertEqual(
            [one.operation_type for one in self.bureau.submissions],
            ["deduct", "statistics"],
        )

    def test_selecting_waits_for_an_open_table_operation(self):
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        invoices = self.add_invoices(1)
        table = self.submit_table("statistics")
        later = self.submit("deduct", invoices)
        self.bureau.poll_after = 30
        self.dispatch()
        self.assertEqual((table.state, later.state), ("processing", "waiting"))
        self.assertEqual(len(self.bureau.submissions), 2)
        self.pass_time(31)
        self.dispatch()
        self.assertEqual(table.state, "success")
        self.assertEqual(
            self.bureau.submissions[2].operation_type, "deduct", "it never came"
        )

    def test_oldest_batch_first(self):
        batches = [self.submit("deduct", self.add_invoices(1)) for _time in range(3)]
        self.dispatch()
        self.assertEqual(
            [one.items[0].number for one in self.bureau.submissions],
            [batch.line_ids.number for batch in batches],
        )

    def test_same_table_operation_is_open_once(self):
        self.submit("deduct", self.add_invoices(1))
        self.submit_table("statistics")
        with self.assertRaises(Exception) as caught, mute_logger("odoo.sql_db"):
            self.submit_table("statistics")
            self.env.flush_all()
        self.assertTrue(
            getattr(caught.exception, "code", "") == "same_open"
            or isinstance(caught.exception, psycopg2.errors.UniqueViolation),
            caught.exception,
        )


class TestConstraints(TaxServiceCase):
    """What must never happen is kept by the database itself."""

    def test_counts_add_up(self):
        batch = self.submit("deduct", self.add_invoices(2)).sudo()
        for values in ({"success_count": 1}, {"total_count": 3}, {"open_count": -1}):
            with (
                self.subTest(values=values),
                self.assertRaises(psycopg2.errors.CheckViolation),
                mute_logger("odoo.sql_db"),
            ):
                batch.write(values)
                batch.flush_recordset()

    def test_invoice_in_one_open_batch_only(self):
        invoice = self.add_invoices(1)
        operations = self.operations()
        rows = operations._plan_selection(
            self.taxpayer, "deduct", "202610", invoice._get_wishes()
        )
        operations._submit_selection(self.taxpayer, "deduct", "202610", rows, "manual")
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
        ):
            # Planned before the other batch was there.
            operations._submit_selection(
                self.taxpayer, "deduct", "202610", rows, "manual"
            )

    def test_request_number_is_given_once(self):
        batch = self.submit("deduct", self.add_invoices(1))
        self.step()
        request = self.requests_of(batch)
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
        ):
            request.copy({"request_number": request.request_number})
            self.env.flush_all()

    def test_nobody_changes_a_batch_from_outside(self):
        batch = self.submit("deduct", self.add_invoices(1))
        for record in (batch, batch.line_ids):
            for user in (self.clerk, self.manager):
                self.assertFalse(record.with_user(user).has_access("write"))
                self.assertFalse(record.with_user(user).has_access("unlink"))
                self.assertFalse(record.with_user(user).has_access("create"))


class TestCron(TaxServiceCase):
    """The dispatcher runs as a scheduled action, as the scheduler calls it."""

    def test_through_the_scheduler(self):
        batch = self.submit("deduct", self.add_invoices(3))
        cron = self.env.ref("invoice_tax_service.ir_cron_dispatch_1")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(batch.state, "success")

    def test_submitting_wakes_the_dispatchers(self):
        triggers = self.env["ir.cron.trigger"].sudo()
        triggers.search([]).unlink()
        self.submit("deduct", self.add_invoices(1))
        self.assertIn(
            self.env.ref("invoice_tax_service.ir_cron_dispatch_1"),
            triggers.search([]).cron_id,
            "it waits for the next minute",
        )

    def test_number_of_dispatchers_is_a_setting(self):
        settings = self.env["res.config.settings"]
        crons = settings._get_dispatchers()
        for wanted in (4, 1, 2):
            settings.create({"tax_service_dispatchers": wanted}).set_values()
            self.assertEqual(len(crons.filtered("active")), wanted)
            self.assertEqual(settings.get_values()["tax_service_dispatchers"], wanted)


@tagged("post_install", "-at_install")
class TestLaneLock(TransactionCase):
    """One conversation of a lane at a time; the lock dies with its holder."""

    def test_second_holder_gets_nothing(self):
        lanes = self.env["invoice.tax.lane"]
        with lanes._hold(-7) as first, lanes._hold(-7) as second:
            self.assertTrue(first)
            self.assertFalse(second, "two conversations of one lane at once")

    def test_other_lane_is_free(self):
        lanes = self.env["invoice.tax.lane"]
        with lanes._hold(-7), lanes._hold(-8) as other:
            self.assertTrue(other)

    def test_lock_dies_with_its_holder(self):
        lanes = self.env["invoice.tax.lane"]
        with ExitStack() as stack, self.assertRaises(Killed):
            stack.enter_context(lanes._hold(-7))
            raise Killed
        with lanes._hold(-7) as held:
            self.assertTrue(held, "a dead worker blocks its lane for ever")

    def test_contention_of_two_threads(self):
        lanes = self.env["invoice.tax.lane"]
        answers = []

        def other():
            with lanes._hold(-7) as held:
                answers.append(held)

        with lanes._hold(-7):
            thread = threading.Thread(target=other)
            thread.start()
            thread.join(10)
        self.assertEqual(answers, [False])
