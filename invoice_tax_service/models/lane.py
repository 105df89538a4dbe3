import contextlib
import logging
import time
import zlib
from datetime import timedelta

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..gateway.errors import CredentialError, GatewayError, WaitError
from ..gateway.messages import Session
from .task_mixin import growing_wait
from .words import get_sentence

_logger = logging.getLogger(__name__)

# First key of the advisory lock; the second is the lane's id.
LOCK_SPACE = 0x7461785F  # "tax_"
# One run of a dispatcher; Odoo calls it again at once while work remains.
RUN_SECONDS = 10.0
# One lane in one run, so that many lanes share a dispatcher fairly.
LANE_SECONDS = 4.0
# A dispatcher waits for a poll this near rather than ending its run.
IDLE_SECONDS = 2.0
# The one that keeps watch waits for a poll this near, run after run: Odoo's cron
# workers come back after 60 to 70 seconds by themselves.
WATCH_SECONDS = 70.0
# In place of a lane's id: the lock of the dispatcher that keeps watch.
WATCH = 0
# Trouble in a row after which a lane pauses; before, only the task waits.
PAUSE_AFTER = 3


class InvoiceTaxLane(models.Model):
    """One taxpayer at one platform: one conversation at a time.

    The dispatcher crons call :meth:`_cron_dispatch`; everybody else only writes
    waiting tasks and calls :meth:`_wake`. While a dispatcher talks it holds an
    advisory lock of the lane on a cursor of its own; if it dies the lock dies
    with the connection, and the next one finds tasks marked as being sent with
    nobody sending them: their outcome is unknown, and they are asked for.

    What must never happen: two conversations of one lane at once; a call made
    on a snapshot from before the lock was taken; a lane changed by anybody but the
    engine (nobody has write access), for it would talk for another taxpayer.
    """

    _name = "invoice.tax.lane"
    _description = "Lane to the Tax Bureau"
    _rec_name = "taxpayer_id"
    _check_company_auto = True

    taxpayer_id = fields.Many2one(
        "invoice.tax.taxpayer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    connection_id = fields.Many2one(
        "invoice.tax.connection",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="taxpayer_id.company_id", store=True, index=True
    )
    channel = fields.Selection(related="connection_id.channel")
    environment = fields.Selection(related="connection_id.environment")
    certificate_password = fields.Char(groups="base.group_system", copy=False)
    platform_password = fields.Char(groups="base.group_system", copy=False)
    session_token = fields.Char(groups="base.group_system", readonly=True, copy=False)
    session_expires_at = fields.Datetime(readonly=True, copy=False)
    paused_until = fields.Datetime(readonly=True, copy=False)
    is_stopped = fields.Boolean(
        readonly=True,
        copy=False,
        help="Stopped until a person has corrected the credentials and resumes.",
    )
    trouble_code = fields.Char(readonly=True, copy=False)
    trouble_text = fields.Char(readonly=True, copy=False)
    trouble = fields.Char(compute="_compute_trouble", string="What Is Wrong")
    failures_in_row = fields.Integer(readonly=True, copy=False)
    last_success_at = fields.Datetime(readonly=True, copy=False)

    _taxpayer_connection_uniq = models.Constraint(
        "UNIQUE(taxpayer_id, connection_id)",
        "A taxpayer has one lane per connection.",
    )

    @api.depends("trouble_code", "trouble_text")
    @api.depends_context("lang")
    def _compute_trouble(self):
        for lane in self:
            lane.trouble = get_sentence(self.env, lane.trouble_code, lane.trouble_text)

    # === ACTIONS === #

    def action_resume(self):
        """Talk again at once: the pause is lifted, waiting tasks become due."""
        self.check_access("read")
        self.taxpayer_id._check_can("resume")
        self.sudo().write(
            {
                "paused_until": False,
                "is_stopped": False,
                "failures_in_row": 0,
                "trouble_code": False,
                "trouble_text": False,
            }
        )
        for model_name in self._get_task_models():
            self.env[model_name].sudo().search(
                [("lane_id", "in", self.ids), ("step", "!=", "done")]
            ).write({"next_attempt_at": fields.Datetime.now()})
        self._wake()

    # === DISPATCHER === #

    @api.model
    def _get_task_models(self):
        """Models whose rows are sent over lanes, in the order of urgency: what
        is under way at the platform, then what changes something, then reads."""
        return ["invoice.tax.request", "invoice.tax.fetch"]

    @api.model
    def _get_waiting_models(self):
        """Model of tasks → model of the waiting work they are made of, a bite at a
        time, once nothing that is a task already is due before it.

        The latter has ``_get_waiting_query()``, SQL with ``(lane_id, due_at)`` of what
        can be sent, and ``_take_bite(lane, capabilities)``, which makes the next task
        of a lane without committing it; empty when there is none.
        """
        return {"invoice.tax.request": "invoice.tax.operation"}

    @api.model
    def _wake(self, at=None):
        """Have the dispatchers look for work, now or at a time (UTC)."""
        crons = self.env["ir.cron"].sudo()
        for cron in crons.search(
            [
                ("model_id.model", "=", self._name),
                ("code", "=", "model._cron_dispatch()"),
            ]
        ):
            cron._trigger(at)

    @api.model
    def _cron_dispatch(self):
        """Work on lanes that have due tasks, until the time is used up.

        One dispatcher at a time stays for what is due soon (:meth:`_watch`).
        """
        stop_at = time.monotonic() + RUN_SECONDS
        worked = 0
        self._forgive_deaths()
        with self._watch() as patience:
            while time.monotonic() < stop_at:
                moved = sum(
                    self._work_lane(lane_id, stop_at)
                    for lane_id in self._get_due_lane_ids()
                )
                worked += moved
                if not moved:
                    wait = self._get_seconds_to_next_due()
                    if wait is None or wait > patience:
                        break
                    # Due and not moved: another dispatcher talks there.
                    time.sleep(0.5 if wait <= 0 else min(max(wait, 0.1), 1.0))
                    self._commit()
            self._plan_next_run(worked, patience)

    @api.model
    def _forgive_deaths(self):
        """Have Odoo call this cron again at once, however often it was killed.

        Odoo passes over a cron whose last three runs died before they could tell
        of any progress, and comes back a minute later; here the calls of one lane
        may well take that long, and all the others would stand still.
        """
        progress = self.env["ir.cron.progress"].sudo()
        progress = progress.browse(self.env.context.get("ir_cron_progress_id"))
        if progress.timed_out_counter > 1:
            _logger.warning(
                "Dispatcher killed %s times in a row", progress.timed_out_counter
            )
        progress.write({"timed_out_counter": 0})
        self.env["ir.cron"]._commit_progress()

    @contextlib.contextmanager
    def _watch(self):
        """Seconds to the next due task for which this dispatcher waits.

        Odoo's cron workers look at the clock about once a minute only, so one of
        the dispatchers has to stay, or every poll would take a minute. Outside
        a cron nobody stays.
        """
        if not self.env.context.get("cron_id"):
            yield IDLE_SECONDS
            return
        with self._hold(WATCH) as held:
            yield WATCH_SECONDS if held else IDLE_SECONDS

    @api.model
    def _plan_next_run(self, worked, patience=IDLE_SECONDS):
        """Ask to be called again: at once while work is due or the watch goes on,
        else when it is."""
        wait = self._get_seconds_to_next_due()
        if wait is not None and wait <= patience:
            # A trigger for now wakes the cron workers, others wait for the minute.
            self._wake()
        elif wait is not None:
            self._wake(fields.Datetime.now() + timedelta(seconds=wait))
        remaining = int(wait is not None and wait <= 0)
        self.env["ir.cron"]._commit_progress(worked, remaining=remaining)

    @api.model
    def _work_lane(self, lane_id, stop_at):
        """Steps done on one lane; 0 when somebody else talks there, or has done what
        was due."""
        with self._hold(lane_id) as held:
            if not held:
                return 0
            # Fresh transaction: what was committed while we waited for the lock
            # must be seen, and REPEATABLE READ would hide it.
            self._commit()
            lane = self.browse(lane_id)
            try:
                if not self._get_due_lane_ids(lane_id):
                    return 0
                return lane._converse(
                    min(stop_at, time.monotonic() + LANE_SECONDS), held
                )
            except Exception as error:
                self.env.cr.rollback()
                _logger.exception("Lane %s failed inside Odoo", lane_id)
                lane._note_internal_error(error)
                self.env["ir.cron"]._commit_progress()
                return 1

    @api.model
    def _commit(self):
        """Commit what is no progress: Odoo would read and write a row to note it."""
        crons = self.env["ir.cron"].with_context(ir_cron_progress_id=False)
        crons._commit_progress()

    @contextlib.contextmanager
    def _hold(self, lane_id):
        """Hold the lane on a cursor of its own; yields that cursor, or False when
        somebody else holds it."""
        key = self._get_lock_key(lane_id)
        with self.env.registry.cursor() as cursor:
            # The transaction is idle while we talk, and must not be ended for it.
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute(
                "SELECT pg_try_advisory_xact_lock(%s, %s)", (LOCK_SPACE, key)
            )
            yield cursor.fetchone()[0] and cursor

    @api.model
    def _get_lock_key(self, lane_id):
        """One key for one tax number over one channel: two companies may serve the
        same number, and their sessions would log each other out."""
        lane = self.browse(lane_id).exists()
        if not lane:
            return lane_id
        text = f"{lane.taxpayer_id.tax_number}:{lane.channel}"
        # Four bytes with a sign, as PostgreSQL wants it.
        return zlib.crc32(text.encode()) - 2**31

    def _converse(self, stop_at, lock):
        """Talk until nothing is due, the time is over or the lane is in trouble.

        :param lock: the cursor that holds the lane
        :return: number of steps done
        """
        self.ensure_one()
        if not self.exists() or not self._is_open():
            return 0
        session = Session(
            token=self.sudo().session_token or "", expires_at=self.session_expires_at
        )
        steps, heard = 0, []
        with self.connection_id._open_client(self, session, heard.append) as client:
            # At least one step, so that a slow lane is never starved.
            while steps == 0 or time.monotonic() < stop_at:
                # Raises when the connection is gone, and the lock with it.
                lock.execute("SELECT 1")
                task = self._take_next_task(client.capabilities)
                if not task:
                    break
                steps += 1
                goes_on = self._step(task, client, session)
                if heard:
                    task._settle(self._save_exchanges, task, heard)
                    heard.clear()
                if not goes_on:
                    break
        return steps

    def _save_exchanges(self, task, records):
        self.env["invoice.tax.exchange"]._save(self, task, records)

    def _step(self, task, client, session):
        """One step of one task; whether the lane may go on."""
        try:
            task._work(client)
        except GatewayError as error:
            task._settle(self._note_trouble, error, session)
            return self._is_open() and not isinstance(error, WaitError)
        except Exception as error:  # noqa: BLE001 - one task must not stop the lane
            self.env.cr.rollback()
            _logger.exception("Task %s failed inside Odoo", task)
            task._settle(
                task._apply_ask_error,
                GatewayError(str(error)[:200], code="internal_error"),
                task.step,
            )
            return True
        if self._has_news(session):
            task._settle(self._note_success, session)
        return True

    def _is_open(self):
        return not self.is_stopped and (
            not self.paused_until or self.paused_until <= fields.Datetime.now()
        )

    def _take_next_task(self, capabilities):
        """The task to be moved now: asks and polls first, then what changes
        something, oldest first, then reads. Empty when nothing is due."""
        under_way = [("lane_id", "=", self.id), ("step", "!=", "queued")]
        queued = [("lane_id", "=", self.id), ("step", "=", "queued")]
        waiting = self._get_waiting_models()
        for domain in (under_way, queued):
            for model_name in self._get_task_models():
                model = self.env[model_name].sudo()
                task = model.search(
                    domain + model._get_due_domain(),
                    order="next_attempt_at, id",
                    limit=1,
                )
                if task:
                    return task
                if domain is queued and model_name in waiting:
                    task = self._take_bite(waiting[model_name], capabilities)
                    if task:
                        return task
        return None

    def _take_bite(self, model_name, capabilities):
        """The next task of waiting work, made and committed; None when there is
        nothing to send, or when somebody (who voids, say) was quicker."""
        try:
            task = self.env[model_name].sudo()._take_bite(self, capabilities)
            self._commit()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            self.env.cr.rollback()
            return None
        return task or None

    # === DUE WORK === #

    @api.model
    def _get_due_lane_ids(self, lane_id=None):
        """Open lanes with due work, the longest waiting first.

        :param int lane_id: look at this lane only
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT lane.id
                  FROM (%(work)s) work
                  JOIN invoice_tax_lane lane ON lane.id = work.lane_id
                 WHERE work.due_at <= %(now)s
                   AND lane.is_stopped IS NOT TRUE
                   AND (lane.paused_until IS NULL OR lane.paused_until <= %(now)s)
                   %(only)s
              GROUP BY lane.id
              ORDER BY MIN(work.due_at), lane.id
                """,
                work=self._get_work_query(),
                now=fields.Datetime.now(),
                only=SQL("AND lane.id = %s", lane_id) if lane_id else SQL(),
            )
        )
        return [lane_id for (lane_id,) in rows]

    @api.model
    def _get_seconds_to_next_due(self):
        """Seconds until something is due on an unstopped lane; None: nothing."""
        [(due_at,)] = self.env.execute_query(
            SQL(
                """
                SELECT MIN(GREATEST(work.due_at, lane.paused_until))
                  FROM (%(work)s) work
                  JOIN invoice_tax_lane lane ON lane.id = work.lane_id
                 WHERE lane.is_stopped IS NOT TRUE
                """,
                work=self._get_work_query(),
            )
        )
        if due_at is None:
            return None
        return (due_at - fields.Datetime.now()).total_seconds()

    @api.model
    def _get_work_query(self):
        """SQL of ``(lane_id, due_at)`` of everything that is not done."""
        self.env.flush_all()
        parts = [
            SQL(
                "SELECT lane_id, next_attempt_at AS due_at"
                " FROM %s WHERE step != 'done'",
                SQL.identifier(self.env[model_name]._table),
            )
            for model_name in self._get_task_models()
        ]
        parts += [
            SQL(
                "SELECT lane_id, due_at FROM (%s) waiting",
                self.env[model_name]._get_waiting_query(),
            )
            for model_name in self._get_waiting_models().values()
        ]
        return SQL(" UNION ALL ").join(parts)

    # === NEWS OF THE LANE === #

    def _has_news(self, session):
        # Written at most every minute, to keep the hot row quiet.
        return (
            self.failures_in_row
            or self.trouble_code
            or session.token != (self.sudo().session_token or "")
            or not self.last_success_at
            or self.last_success_at < fields.Datetime.now() - timedelta(minutes=1)
        )

    def _note_success(self, session):
        self.sudo().write(
            {
                **self._get_session_values(session),
                "failures_in_row": 0,
                "paused_until": False,
                "trouble_code": False,
                "trouble_text": False,
                "last_success_at": fields.Datetime.now(),
            }
        )

    def _note_trouble(self, error, session):
        """Pause growing longer; a wait of the platform is obeyed; credentials
        stop the lane, since more tries would lock the account."""
        failures = self.failures_in_row + 1
        values = {
            **self._get_session_values(session),
            "failures_in_row": failures,
            "trouble_code": error.code,
            "trouble_text": (error.text or "")[:500] or False,
        }
        if isinstance(error, CredentialError) and not error.wait:
            values["is_stopped"] = True
        elif error.wait or isinstance(error, WaitError) or failures >= PAUSE_AFTER:
            wait = error.wait or growing_wait(max(failures - PAUSE_AFTER + 1, 1))
            # One second more: the column cuts off what is below a second.
            wait += 1
            values["paused_until"] = fields.Datetime.now() + timedelta(seconds=wait)
        self.sudo().write(values)

    def _note_internal_error(self, error):
        """Something here is wrong, not at the platform: pause, ever longer, so
        that it is tried again and does not eat the dispatcher."""
        failures = self.failures_in_row + 1
        self.sudo().write(
            {
                "failures_in_row": failures,
                "trouble_code": "internal_error",
                "trouble_text": str(error)[:200] or False,
                "paused_until": fields.Datetime.now()
                + timedelta(seconds=growing_wait(failures)),
            }
        )

    @api.model
    def _get_session_values(self, session):
        return {
            "session_token": session.token or False,
            "session_expires_at": session.expires_at,
        }
