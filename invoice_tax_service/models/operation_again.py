from odoo import api, fields, models

from ..gateway.operation_kinds import KINDS, TABLE_OPERATIONS
from ..tools.money import to_decimal
from .words import RECEIVING, get_sentence


class InvoiceTaxOperation(models.Model):
    """What waits or goes on by itself is asked again before it is sent.

    Entry points: :meth:`_get_cannot_send_reason`, asked with each bite, and
    :meth:`_get_cannot_send_again_reason`, asked for a bite that the bureau has not got
    yet. An ordinary batch costs them a look at the rights of who submitted it and at
    the licence. A pre-selection may have waited for months and a certification goes
    on to the signature without anybody looking on: both ask the one function that
    says why not, for the person who submitted them.
    What a page showed before it asked (``shown``) is compared with what stands now.

    What must never happen: something confirmed at the bureau that nobody was shown, or
    sent for somebody who may not have it done any more.
    """

    _inherit = "invoice.tax.operation"

    shown = fields.Json(
        readonly=True,
        copy=False,
        help="What the page showed; compared once more before it is sent.",
    )

    def _get_cannot_send_reason(self):
        """Why the next request of this batch cannot be made any more.

        :return: ``(code, further text)`` or False
        """
        kind = KINDS[self.operation_type]
        step = self.next_step or (kind.waits and kind.sent_as)
        reason = self._get_cannot_send_again_reason(step)
        if not reason and step:
            reason = self._ask_again_why_not(step)
        if reason:
            return reason
        is_first = self.state == "waiting"
        if self.shown and (is_first or self.next_step) and self._has_moved():
            return "sums_moved", ""
        return False

    def _get_cannot_send_again_reason(self, step=""):
        """Why nothing more of this batch may be sent, whatever it is.

        :param str step: the operation that is sent, if not that of the batch
        :return: ``(code, further text)`` or False
        """
        taxpayer = self._get_taxpayer_in_words_of_user()
        items = taxpayer._get_operation_items(step or self.operation_type)
        return taxpayer._get_lost_right_reason(
            self.user_id, *items
        ) or taxpayer._get_service_unavailable_pair(RECEIVING)

    def _get_taxpayer_in_words_of_user(self):
        """The dispatcher has neither the language nor the clock of who reads this."""
        user = self.user_id
        return self.taxpayer_id.with_context(
            lang=user.lang, tz=user.tz or "Asia/Shanghai"
        )

    def _ask_again_why_not(self, operation_type):
        taxpayer = self._get_taxpayer_in_words_of_user().with_user(self.user_id)
        reason = taxpayer._get_cannot_operate_reason(
            operation_type, self.period, self.origin
        )
        # The same as a batch of its own can only stand behind this one.
        if reason and reason[0] != "same_open":
            code, sentence = reason
            known = sentence == get_sentence(taxpayer.env, code)
            return code, "" if known else sentence
        code = self._get_filing_code(taxpayer, operation_type, self.filing)
        return (code, "") if code else False

    @api.model
    def _get_filing_code(self, taxpayer, operation_type, filing):
        """Without the filing state a signature could land in a period that is filed
        (manual 001, 1.8 no. 7): somebody has to say it."""
        period = taxpayer.current_period_id
        asked = operation_type == "sign" and period and not period.is_filing_known
        return "filing_unknown" if asked and not filing else ""

    def _stop(self, code, text=""):
        """Fail what is not sent yet; what is under way keeps its own answer."""
        for operation in self:
            if operation.next_step or operation.operation_type in TABLE_OPERATIONS:
                operation.next_step = False
                operation._set_state("failed", code, text)
                continue
            operation.write(
                {"result_code": code, "result_text": (text or "")[:1000] or False}
            )
            operation._fail_lines(operation._get_unsent_lines(), code)
            operation._refresh_from_lines()

    def _get_unsent_lines(self):
        return self.env["invoice.tax.operation.line"].search(
            [
                ("operation_id", "in", self.ids),
                ("state", "=", "waiting"),
                ("request_id", "=", False),
            ]
        )

    @api.model
    def _fail_lines(self, lines, code):
        lines.write(
            {
                "state": "failed",
                "result_code": code,
                "answered_at": fields.Datetime.now(),
            }
        )

    # === WHAT WAS SHOWN === #

    @api.model
    def _get_standing(self, taxpayer, operation_type):
        """What an operation would confirm if it were sent now, to be compared: the
        sums, amounts as text in CNY. Empty where nothing is confirmed.
        """
        period = taxpayer.current_period_id
        if KINDS[operation_type].further:
            return period._get_standing()
        if operation_type == "sign":
            return period.statistics_id._get_standing()
        if operation_type == "refund_sign":
            return taxpayer._get_refund_sums()
        return {}

    def _has_moved(self):
        """Whether what stands now is not what was shown, but for what this batch has
        done itself."""
        standing = self._get_standing(self.taxpayer_id, self.operation_type)
        return standing != self._add_done(self.shown)

    def _add_done(self, shown):
        if not KINDS[self.operation_type].further:
            return shown
        [(count, vat)] = self.env["invoice.tax.operation.line"]._read_group(
            [("operation_id", "=", self.id), ("state", "=", "success")],
            aggregates=["__count", "creditable_vat:sum"],
        )
        total = to_decimal(shown["selected_vat"]) + to_decimal(vat or 0)
        return {
            **shown,
            "selected_count": shown["selected_count"] + count,
            "selected_vat": str(total),
        }
