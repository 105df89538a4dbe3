import math
import time
import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..gateway.errors import (
    CredentialError,
    GatewayError,
    NotFoundError,
    NotSentError,
    RefusedError,
    RepeatTooSoonError,
    WaitError,
)
from .words import TASK_STATES, TASK_STEPS

# Waits grow by this factor from the first to the last value, in seconds.
WAIT_FACTOR = 2.0
WAIT_FIRST = 2.0
WAIT_CAP = 300.0
POLL_FACTOR = 1.5
POLL_CAP = 60.0
WRITE_ATTEMPTS = 6
# Read timeouts after which a call is taken to have arrived, or never to arrive.
ARRIVAL_TIMEOUTS = 4


def growing_wait(count, first=WAIT_FIRST, factor=WAIT_FACTOR, cap=WAIT_CAP):
    """Seconds to wait before the next try after ``count`` of them."""
    return min(cap, first * factor ** min(max(count - 1, 0), 20))


class InvoiceTaxTaskMixin(models.AbstractModel):
    """One thing that is said to a platform, from the wish to the answer.

    Everything that is sent inherits this: the request number, how far it is,
    when it is due again, what came of it. The dispatcher (:meth:`_work`) moves
    it one step at a time while it holds the lane; heirs say what to send
    (:meth:`_call_send`, :meth:`_call_find`, :meth:`_call_poll`) and what an
    answer means (:meth:`_apply_answer`, :meth:`_apply_refusal`).

    What waited is asked about once more before each byte of it
    (:meth:`_get_cannot_send_reason`): who wants it may have lost the right since.

    What must never happen: a byte sent before its request number is committed;
    a failure written where the outcome is only unknown, so neither what may have
    arrived taken for refused; a database conflict between the answer and its commit
    that loses the answer.
    """

    _name = "invoice.tax.task.mixin"
    _description = "Task Sent to a Tax Platform"

    lane_id = fields.Many2one(
        "invoice.tax.lane", required=True, readonly=True, index=True, ondelete="cascade"
    )
    taxpayer_id = fields.Many2one(
        "invoice.tax.taxpayer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    request_number = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self._default_request_number(),
        help="Committed before the first byte is sent; the same in every resend.",
    )
    # state       who            →
    # waiting     dispatcher     processing (about to be sent)
    # processing  dispatcher     waiting (surely not done), success, failed
    # processing  user (void)    voided; a late answer is recorded, not applied
    # failed      user (ask)     processing
    state = fields.Selection(
        TASK_STATES, default="waiting", required=True, readonly=True, index=True
    )
    # step      what the engine does next          →
    # queued    send                               sending
    # sending   being sent, or the sender died     accepted, queued, unknown, done
    # unknown   ask by the request number          accepted, queued, done
    # accepted  poll by the platform's reference   done, unknown
    # done      nothing
    step = fields.Selection(TASK_STEPS, default="queued", required=True, readonly=True)
    attempts = fields.Integer(
        readonly=True, help="How often it was sent or asked for in a row."
    )
    next_attempt_at = fields.Datetime(
        readonly=True, default=fields.Datetime.now, required=True
    )
    sent_at = fields.Datetime(readonly=True)
    arrives_by = fields.Datetime(
        readonly=True,
        copy=False,
        help="Until then a call may still arrive that was sent before the last one.",
    )
    answered_at = fields.Datetime(readonly=True)
    platform_reference = fields.Char(readonly=True, copy=False)
    result_code = fields.Char(readonly=True, help="Stable code of the outcome.")
    raw_code = fields.Char(readonly=True, help="Code of the platform, as it came.")
    raw_text = fields.Char(readonly=True, help="Text of the platform, as it came.")

    @api.model
    def _default_request_number(self):
        # Random, not made from id and clock: two hosts, a restored database or
        # a batch within one second must never meet (peers 0.6, 1.2).
        return uuid.uuid4().hex

    # === DISPATCHER === #

    @api.model
    def _get_due_domain(self):
        return [
            ("step", "!=", "done"),
            ("next_attempt_at", "<=", fields.Datetime.now()),
        ]

    def _work(self, client):
        """Move this task one step.

        The caller holds the lane. Every step commits before it returns.

        :raise GatewayError: the lane itself is in trouble (the task has been
            written and committed already); the lane decides about pausing
        """
        self.ensure_one()
        if self.step == "queued" and not self._may_have_arrived():
            self._send(client)
        elif self.step in ("queued", "sending", "unknown"):
            # "sending" with the lane in our hands: the sender died.
            self._ask(client)
        else:
            self._poll(client)

    def _send(self, client):
        content = self._build_content()
        self._settle(self._mark_sending)
        if self.step != "sending":
            # Voided at the last moment: nothing has left.
            return
        try:
            answer = self._call_send(client, content)
        except GatewayError as error:
            self._settle(self._apply_send_error, error)
            self._raise_lane_trouble(error)
        else:
            self._settle(self._apply_answer, answer)
            self._after_answer(client)

    def _ask(self, client):
        content = self._build_content()
        try:
            answer = self._call_find(client, content)
        except NotFoundError:
            self._settle(self._mark_queued)
        except GatewayError as error:
            self._settle(self._apply_ask_error, error, "unknown")
            self._raise_lane_trouble(error)
        else:
            self._settle(self._apply_answer, answer)
            self._after_answer(client)

    def _poll(self, client):
        content = self._build_content()
        try:
            answer = self._call_poll(client, content)
        except NotFoundError:
            self._settle(self._mark_unknown)
        except GatewayError as error:
            self._settle(self._apply_ask_error, error, "accepted")
            self._raise_lane_trouble(error)
        else:
            self._settle(self._apply_answer, answer)
            self._after_answer(client)

    @api.model
    def _raise_lane_trouble(self, error):
        if not isinstance(error, RefusedError | NotFoundError | RepeatTooSoonError):
            raise error

    # === TO BE FILLED BY HEIRS === #

    def _build_content(self):
        """What is to be sent, complete; read before the intention is committed,
        so that nothing can fail between the commit and the call."""
        raise NotImplementedError

    def _call_send(self, client, content):
        """Send; :return: an acceptance or an answer."""
        raise NotImplementedError

    def _call_find(self, client, content):
        """Ask by the request number; :raise NotFoundError: it never arrived."""
        return self._call_send(client, content)

    def _call_poll(self, client, content):
        """Ask by the platform's reference."""
        return self._call_find(client, content)

    def _apply_answer(self, answer):
        """Write what an answer means; must be repeatable after a rollback."""

    def _apply_refusal(self, error):
        """Write that the platform refused the whole; it did not act."""
        self._mark_done("failed", error.code, error.raw_code, error.text)

    def _after_answer(self, client):
        """Further reading that the answer makes necessary; the answer is
        committed already, so a failure here loses nothing."""

    # === WRITING === #

    def _settle(self, method, *args):
        """Write and commit, again and again when another transaction stood in
        the way: the answer is in our hands and must not be lost.

        A rolled back transaction leaves nothing half-written, and the heirs'
        writing methods give the same result when run twice.
        """
        for attempt in range(1, WRITE_ATTEMPTS + 1):
            try:
                method(*args)
                # Progress: Odoo skips a cron that died three times without any.
                self.env["ir.cron"]._commit_progress(1)
                return
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                if attempt == WRITE_ATTEMPTS:
                    raise
                self.env.cr.rollback()
                time.sleep(0.02 * 2**attempt)

    def _get_cannot_send_reason(self):
        """Why this may not be sent any more, asked each time before it is.

        :return: ``(code, further text)`` or False
        """
        return False

    def _mark_sending(self):
        if self.state == "voided":
            self._close_voided(is_asked=False)
            return
        reason = self._get_cannot_send_reason()
        if reason:
            self._refuse_to_send(*reason)
            return
        self.write(
            {
                "state": "processing",
                "step": "sending",
                "attempts": self.attempts + 1,
                "sent_at": fields.Datetime.now(),
            }
        )

    def _refuse_to_send(self, code, text=""):
        if self.arrives_by:
            # The last call may arrive yet: by then the platform is asked first.
            self.write({"next_attempt_at": self.arrives_by})
        else:
            self._apply_refusal(RefusedError(text, code=code))

    def _mark_queued(self):
        """The platform never got it: the same number may be sent again.

        A voided task is not sent again; it is over. Nor is one that was answered
        and only asked for again."""
        if self.state == "voided":
            self._close_voided(is_asked=True)
        elif self.state in ("success", "failed"):
            self.step = "done"
            if not self._may_have_arrived():
                self._wait_for_arrival()
        else:
            self.write(
                {
                    "state": "waiting",
                    "step": "queued",
                    "arrives_by": self._get_later_arrival(),
                    "platform_reference": False,
                    "next_attempt_at": fields.Datetime.now(),
                }
            )

    def _close_voided(self, is_asked):
        """Close a voided task that the platform does not know, unless a call may
        still be on its way: what it does then must be found out some time.

        :param bool is_asked: the platform has just said that it does not know it
        """
        arrival = self._get_arrival()
        if not arrival:
            self._mark_done("voided", "never_sent")
        elif not is_asked or arrival > fields.Datetime.now():
            due_at = max(arrival, fields.Datetime.now())
            self.write({"step": "unknown", "next_attempt_at": due_at})
        else:
            self._mark_done("voided", "never_arrived")

    def _wait_for_arrival(self):
        """Ask once more about what was refused when it was sent again: the bureau
        may have done, or may do yet, what the first call asks for."""
        if self.arrives_by:
            due_at = max(self.arrives_by, fields.Datetime.now())
            self.write({"step": "unknown", "next_attempt_at": due_at})

    def _may_have_arrived(self):
        """Whether an earlier call, then still on its way, had the time to arrive
        since the platform said that it does not know it."""
        return bool(self.arrives_by) and self.arrives_by <= fields.Datetime.now()

    def _get_arrival(self):
        """When the last call has arrived, or never will."""
        patience = ARRIVAL_TIMEOUTS * self.lane_id.connection_id.read_timeout
        return self.sent_at and self.sent_at + timedelta(seconds=patience)

    def _get_later_arrival(self):
        """The same, False when that has passed."""
        arrival = self._get_arrival()
        return arrival and arrival > fields.Datetime.now() and arrival

    def _mark_unknown(self):
        self.write(
            {
                "step": "unknown",
                "attempts": self.attempts + 1,
                "next_attempt_at": self._get_time_after(growing_wait(self.attempts)),
            }
        )

    def _mark_accepted(self, reference, poll_after=0):
        """The platform has it; polls start quickly and grow slower."""
        polls = self.attempts + 1 if self.step == "accepted" else 1
        wait = poll_after or self._get_poll_wait(polls)
        self.write(
            {
                "state": "voided" if self.state == "voided" else "processing",
                "step": "accepted",
                "platform_reference": reference or self.platform_reference,
                "attempts": polls,
                "next_attempt_at": self._get_time_after(wait),
                "result_code": False,
                "raw_code": False,
                "raw_text": False,
            }
        )

    def _get_poll_wait(self, polls):
        return growing_wait(
            polls, self.lane_id.connection_id.poll_interval, POLL_FACTOR, POLL_CAP
        )

    def _mark_done(self, state, result_code="", raw_code="", raw_text=""):
        self.write(
            {
                "state": "voided" if self.state == "voided" else state,
                "step": "done",
                "answered_at": fields.Datetime.now(),
                "result_code": result_code or False,
                "raw_code": raw_code or False,
                "raw_text": (raw_text or "")[:1000] or False,
            }
        )

    def _apply_send_error(self, error):
        """A send did not end with an answer: what may be done next?"""
        values = {
            "result_code": error.code,
            "raw_code": error.raw_code or False,
            "raw_text": (error.text or "")[:1000] or False,
        }
        if isinstance(error, RefusedError):
            self._apply_refusal(error)
            self._wait_for_arrival()
        elif isinstance(error, RepeatTooSoonError):
            # "The same was sent a moment ago" may mean this very work, resent
            # after a slow platform did not know it yet: ask before sending.
            self.write(
                {
                    **values,
                    "step": "unknown",
                    "next_attempt_at": self._get_time_after(
                        error.wait or growing_wait(self.attempts)
                    ),
                }
            )
        elif isinstance(error, NotSentError | WaitError | CredentialError):
            wait = error.wait or growing_wait(self.attempts)
            if self.state != "voided":
                values["state"] = "waiting"
            self.write(
                {
                    **values,
                    "step": "queued",
                    "next_attempt_at": self._get_time_after(wait),
                }
            )
        else:
            self.write(
                {
                    **values,
                    "step": "unknown",
                    "next_attempt_at": self._get_time_after(
                        growing_wait(self.attempts)
                    ),
                }
            )

    def _apply_ask_error(self, error, step):
        """Asking failed: nothing is known that was not known before."""
        if isinstance(error, RefusedError):
            self._apply_refusal(error)
            return
        attempts = self.attempts + 1
        # Where polls are counted, most of them went well: no reason to wait longer.
        wait = error.wait or (
            max(WAIT_FIRST, self._get_poll_wait(attempts))
            if step == "accepted"
            else growing_wait(attempts)
        )
        self.write(
            {
                "step": step,
                "attempts": attempts,
                "next_attempt_at": self._get_time_after(wait),
                "result_code": error.code,
                "raw_code": error.raw_code or False,
                "raw_text": (error.text or "")[:1000] or False,
            }
        )

    @api.model
    def _get_time_after(self, seconds):
        # The column cuts off what is below a second, and so does "now": a longer
        # wait gets one more, or the platform would be asked too early.
        whole = math.ceil(seconds) + 1 if seconds > WAIT_FIRST else round(seconds)
        return fields.Datetime.now() + timedelta(seconds=max(0, whole))
