from odoo import fields, models

from odoo.addons.invoice_tax_service.gateway.errors import RefusedError
from odoo.addons.invoice_tax_service.models.task_mixin import growing_wait
from odoo.addons.invoice_tax_service.models.words import TASK_STATES, TASK_STEPS

NO_CHANNEL = "channel_cannot_issue"


class InvoiceTaxIssuingTask(models.AbstractModel):
    """One thing said to Leqi about issuing, of whatever kind.

    What begins something new (:attr:`_is_beginning`) is asked about once more before
    each byte of it, as it may have waited for days behind a paused lane:
    :meth:`_get_requester` says for whom. What only ends what was begun (an upload, a
    discard) is not asked about: a number that was given out has to arrive, or to be
    given up.

    What must never happen: something begun for a taxpayer that may not issue any
    more, or for somebody who may not have it done any more; something that was sent
    taken for refused since its channel is gone.
    """

    _name = "invoice.tax.issuing.task"
    _description = "Task of Issuing"
    _inherit = "invoice.tax.task.mixin"

    # Odoo keeps the words of a selection with the addon that names it: without this
    # they would stay English here.
    state = fields.Selection(TASK_STATES)
    step = fields.Selection(TASK_STEPS)

    # Whether it begins something new.
    _is_beginning = False

    def _get_requester(self):
        """Who wants something new with this; nobody once he has been deleted."""
        return self.env["res.users"]

    def _get_right_item(self):
        """The right item that its requester needs; none where Odoo wants it itself."""
        return "issue"

    def _is_unsent(self):
        """Whether nothing of it can be at the platform, or on the way there."""
        return self.step == "queued" and not self.arrives_by

    def _work(self, client):
        # EXTENDS 'invoice.tax.task.mixin'
        if client.issuing:
            return super()._work(client)
        return self._settle(self._wait_for_channel)

    def _wait_for_channel(self):
        """The channel cannot issue: nothing is said over it. What was sent stays as
        unknown as it was, and what was never sent is refused where it is new."""
        if self._is_unsent() and self._is_beginning:
            self._apply_refusal(RefusedError(code=NO_CHANNEL))
            return
        attempts = self.attempts + 1
        self.write(
            {
                "attempts": attempts,
                "next_attempt_at": self._get_time_after(growing_wait(attempts)),
                "result_code": NO_CHANNEL,
                "raw_code": False,
                "raw_text": False,
            }
        )

    def _get_cannot_send_reason(self):
        # EXTENDS 'invoice.tax.task.mixin'
        reason = super()._get_cannot_send_reason()
        if reason or not self._is_beginning:
            return reason
        return self.taxpayer_id._get_cannot_begin_reason(
            self._get_requester(), self._get_right_item()
        )
