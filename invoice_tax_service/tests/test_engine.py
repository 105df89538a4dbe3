from unittest.mock import patch

from psycopg2.errors import SerializationFailure

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
from ..models.task_mixin import POLL_CAP, WAIT_CAP, growing_wait
from .common import SECOND, Killed, TaxServiceCase


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

    def test_refused_when_resent_and_arrived_after_that(self):
        """The first call may be on its way longer than the second: what was
        refused is done, when what stood against it is gone."""
        batch = self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", Killed(), acted=True)
        self.dispatch_and_die()
        self.bureau.trouble("find", NotFoundError())
        self.bureau.trouble(
            "submit", RefusedError("statistics", code="statistics_exist")
        )
        self.dispatch()
        self.assertEqual(batch.state, "failed")
        self.pass_time(200)
        self.dispatch()
        self.assertEqual(batch.state, "success", "done at the bureau, failed here")
        self.assertStands(batch.line_ids.input_invoice_id, "selected", "deduct")

    def test_asked_again_when_the_resend_had_to_wait(self):
        """What the bureau did not know may have arrived while the resend waited: it
        is asked for, or the refusal of the resend would be taken for the end."""
        batch = self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", Killed(), acted=True)
        self.dispatch_and_die()
        self.bureau.trouble("find", NotFoundError())
        self.bureau.trouble("submit", WaitError("busy", wait=400))
        self.dispatch()
        self.pass_time(600)
        self.bureau.trouble("submit", RefusedError("filed", code="period_filed"))
        self.dispatch()
        self.assertEqual(self.bureau.words()[:4], ["submit", "find", "submit", "find"])
        self.assertEqual(batch.state, "success", "done at the bureau, failed here")

    def test_refused_at_the_moment_of_its_arrival(self):
        batch = self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", Killed(), acted=True)
        self.dispatch_and_die()
        self.bureau.trouble("find", NotFoundError())
        arrived = []

        def arrive_and_refuse():
            arrived.append(True)
            request = self.requests_of(batch)
            self.pass_time((request.arrives_by - request.sent_at).total_seconds())
            raise RefusedError("filed", code="period_filed")

        self.bureau.trouble("submit", arrive_and_refuse)
        self.dispatch()
        self.dispatch()
        self.assertTrue(arrived)
        self.assertEqual(batch.state, "success", "done at the bureau, failed here")

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

    def test_error_after_many_polls_waits_no_longer_than_a_poll(self):
        self.connection.poll_interval = 2
        batch = self.submit("deduct", self.add_invoices(1))
        self.bureau.unfinished = 60
        self.step(1)
        for _time in range(12):
            self.pass_time(POLL_CAP + 1)
            self.step(1)
        self.bureau.trouble("poll", OutcomeUnknownError("cut"))
        self.pass_time(POLL_CAP + 1)
        self.step(1)
        request = self.requests_of(batch)
        wait = (request.next_attempt_at - self.now).total_seconds()
        self.assertLessEqual(wait, POLL_CAP + 1, "the polls counted as failures")

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

    def test_resumed_over_the_connection_before(self):
        """What waits over a connection that was replaced has a way out, too."""
        batch = self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", CredentialError("no", code="password_wrong"))
        self.dispatch()
        old = self.taxpayer.lane_id
        taxpayer = self.taxpayer.with_user(self.manager)
        connection = self._new_connection(self.company, name="新线路")
        with self.assertRefused("connection_in_use"):
            taxpayer.connection_id = connection
        batch.action_void()
        taxpayer.connection_id = connection
        self.assertNotEqual(self.taxpayer.lane_id, old)
        self.assertTrue(old.is_stopped)
        taxpayer.action_resume()
        self.assertFalse(old.is_stopped, "what was sent is never asked for")
        self.dispatch()
        self.pass_time(600)
        self.dispatch()
        self.assertEqual(batch.state, "voided")
        self.assertEqual(self.requests_of(batch).step, "done")


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
