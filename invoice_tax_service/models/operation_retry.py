from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError

from ..exceptions import TaxServiceError
from ..gateway.operation_kinds import KINDS
from ..tools.selection_plan import PlannedRow
from .words import get_reason, get_sentence


class InvoiceTaxOperation(models.Model):
    """Retry by hand (手工重试): a new batch of what failed in an old one.

    Entry points: :meth:`action_retry` for people, :meth:`retry_batch` for programs.
    Each failed line is planned anew for the current tax period, so one that cannot be
    sent any more becomes a failed line with its reason; the old batch stays as it is.

    What must never happen: a line sent again whose outcome is unknown; one batch in
    two open retries (a unique index stands against it).
    """

    _inherit = "invoice.tax.operation"

    retry_of_id = fields.Many2one(
        "invoice.tax.operation",
        readonly=True,
        copy=False,
        index="btree_not_null",
        string="Retry of",
    )
    retried_by_ids = fields.One2many(
        "invoice.tax.operation", "retry_of_id", readonly=True, string="Retried by"
    )

    _open_retry_uniq = models.UniqueIndex(
        "(retry_of_id) WHERE retry_of_id IS NOT NULL"
        " AND state IN ('waiting', 'processing')",
        "The batch is being retried already.",
    )

    def action_retry(self):
        """Retry what failed in these batches: all of them, or none.

        :return: a client action that leads to the new batches
        :raise TaxServiceError: naming each batch that cannot be retried, and why
        """
        self.check_access("read")
        self.taxpayer_id._check_can("retry")
        retries = self._retry("manual")
        return retries._get_retry_notification()

    def _retry(self, origin, **values):
        """:return: the new batches, one for each of these"""
        problems = [(batch, *batch._get_retry_problem(origin)) for batch in self]
        problems = [problem for problem in problems if problem[1]]
        if problems:
            raise self._get_retry_refusal_of_all(problems)
        retries = self.browse()
        try:
            with self.env.cr.savepoint():
                for batch in self.sorted("id"):
                    retries += batch._submit_retry(origin, values)
                self.env.flush_all()
        except psycopg2.errors.UniqueViolation as error:
            # Somebody else pressed at the same time, or took an invoice: Odoo
            # repeats the call on what is now.
            raise ConcurrencyError(str(error)) from error
        return retries

    def _get_retry_refusal_of_all(self, problems):
        """The refusal of these; where one page mends them all, it leads there."""
        sentence, code = self._join_problems(problems), problems[0][1]
        if any(other != code for _batch, other, _sentence in problems):
            return TaxServiceError(sentence, code)
        return problems[0][0].taxpayer_id._get_refusal(code, sentence)

    @api.model
    def _join_problems(self, problems):
        if len(problems) == 1 and len(self) == 1:
            return problems[0][2]
        return "\n".join(
            self.env._(
                "Batch %(number)s: %(reason)s",
                number=batch.batch_number,
                reason=sentence,
            )
            for batch, _code, sentence in problems
        )

    # === WHY NOT === #

    def _get_retry_problem(self, origin):
        """Why this batch cannot be retried, as ``(code, sentence)``; code "" if it
        can."""
        kind = KINDS[self.operation_type]
        if self.state != "failed":
            return self._get_problem(
                "wrong_state",
                self.env._(
                    "Batch %(number)s is not failed; only such can be retried.",
                    number=self.batch_number,
                ),
            )
        if (
            kind.is_barred_small_scale
            and self.taxpayer_id.taxpayer_type == "small_scale"
        ):
            return self._get_problem("small_scale")
        if kind.subject != "invoices" or not self.failed_count:
            return self._get_problem(
                "retry_not_possible",
                self.env._(
                    "Batch %(number)s has no failed invoices; go on from the page of "
                    "the tax period.",
                    number=self.batch_number,
                ),
            )
        return self._get_retry_conflict() or self._get_retry_refusal(origin)

    def _get_problem(self, code, sentence=""):
        return code, sentence or get_sentence(self.env, code)

    def _get_retry_conflict(self):
        """What is under way with this batch, or was done with it already."""
        requests = self.sudo().request_ids
        if requests.filtered(lambda request: request.step != "done"):
            return self._get_problem("retry_unknown")
        later = self.sudo().retried_by_ids.filtered(
            lambda retry: retry.state not in ("failed", "voided")
        )
        if later:
            return self._get_problem(
                "retry_exists",
                self.env._(
                    "Batch %(number)s is retried already by batch %(retry)s.",
                    number=self.batch_number,
                    retry=later[0].batch_number,
                ),
            )
        gate = self.sudo().lane_id.connection_id._get_capabilities().repeat_gate
        sent_at = self._get_last_sent_at()
        if (
            gate
            and sent_at
            and sent_at + timedelta(seconds=gate) > fields.Datetime.now()
        ):
            return "repeat_too_soon", get_reason(self.env, "repeat_too_soon")
        return None

    def _get_last_sent_at(self):
        """When this task was sent last: the batch, what it retries and its retries."""
        family = self.sudo()
        while family[-1:].retry_of_id:
            family += family[-1:].retry_of_id
        family |= family[-1:]._get_retries()
        times = [one for one in family.request_ids.mapped("sent_at") if one]
        return max(times, default=None)

    def _get_retries(self):
        found, front = self.browse(), self
        while front:
            front = front.retried_by_ids - found
            found |= front
        return found

    def _get_retry_refusal(self, origin):
        operation_type, period = self._get_retry_target()
        reason = self.taxpayer_id._get_cannot_operate_reason(
            operation_type, period, origin
        )
        return reason or ("", "")

    def _get_retry_target(self):
        """Operation and period of a retry: the current period, where the old one may
        have gone by; a pre-selection whose period has opened is a deduction now."""
        current = self.taxpayer_id.current_period_id.name
        if not KINDS[self.operation_type].waits:
            return self.operation_type, self.taxpayer_id._get_period_for(
                self.operation_type
            )
        if current and self.period > current:
            return self.operation_type, self.period
        return KINDS[self.operation_type].sent_as, current

    # === THE NEW BATCH === #

    def _submit_retry(self, origin, values):
        operation_type, period = self._get_retry_target()
        wishes = self._get_failed_wishes()
        planned = iter(
            self._plan_selection(
                self.taxpayer_id,
                operation_type,
                period,
                [wish for wish, refusal in wishes if not refusal],
            )
        )
        rows = [
            PlannedRow(wish, None, refusal) if refusal else next(planned)
            for wish, refusal in wishes
        ]
        return self._submit_selection(
            self.taxpayer_id,
            operation_type,
            period,
            rows,
            origin,
            retry_of_id=self.id,
            **values,
        )

    def _get_failed_wishes(self):
        """:return: ``(WishRow, refusal)`` of each failed line"""
        lines = self.env["invoice.tax.operation.line"].sudo()
        return lines.search(
            [("operation_id", "=", self.id), ("state", "=", "failed")], order="id"
        )._get_wishes()

    def _get_retry_notification(self):
        """Tell which batches were made, and where the tax period differs."""
        moved = self.filtered(lambda batch: batch.period != batch.retry_of_id.period)
        message = self.env._("%s are being sent to the tax bureau.")
        if moved:
            message = self.env._(
                "%%s are being sent to the tax bureau, for tax period %(periods)s "
                "instead of %(before)s, which is over.",
                periods=", ".join(sorted(set(moved.mapped("period")))),
                before=", ".join(sorted(set(moved.retry_of_id.mapped("period")))),
            )
        links = [
            {"label": batch.batch_number, "url": f"/odoo/tax-operations/{batch.id}"}
            for batch in self[:1]
        ]
        if len(self) > 1:
            links[0]["label"] = self.env._(
                "%(number)s and %(count)s more",
                number=self[0].batch_number,
                count=len(self) - 1,
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if moved else "success",
                "sticky": bool(moved),
                "message": message,
                "links": links,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === EXTERNAL INTERFACE === #

    @api.model
    def retry_batch(self, batch_number, request_number):
        """Retry what failed in a batch.

        Idempotent by ``(tax number of the batch, request_number)``: the same call
        again answers the first retry, whatever has become of it.

        :param str batch_number: as answered by :meth:`submit_batch`; it has failed
        :param str request_number: the caller's own, 1 to 100 characters
        :return: like :meth:`get_batch`, of the new batch; ``period`` is the current
            tax period, which may differ from that of the old batch
        :raise TaxServiceError: codes ``invalid_argument batch_unknown no_right
            request_number_conflict wrong_state retry_not_possible retry_unknown
            retry_exists repeat_too_soon small_scale period_not_open …``
        """
        batch = self._find_batch(batch_number)
        self._check_request_number(request_number)
        batch.taxpayer_id._check_can("retry")
        digest = self._get_digest(["retry", batch.batch_number])
        retry = self._find_by_request_number(batch.taxpayer_id, request_number, digest)
        if not retry:
            retry = batch._retry(
                "external", request_number=request_number, content_digest=digest
            )
        return retry._get_api_answer()
