from odoo import models

from ..gateway.errors import RefusedError


class InvoiceTaxRequest(models.Model):
    """A request that the bureau surely has not got is asked about once more before it
    is sent again, as it may have waited for days behind a line that was down.

    What must never happen: something sent for somebody who may not have it done any
    more; something that may have arrived taken for refused.
    """

    _inherit = "invoice.tax.request"

    def _mark_sending(self):
        # EXTENDS 'invoice.tax.task.mixin'
        # Before the first time the batch itself was asked, a moment ago.
        reason = (
            self.attempts
            and self.state != "voided"
            and self.operation_id._get_cannot_send_again_reason(self.operation_type)
        )
        if not reason:
            return super()._mark_sending()
        if self.arrives_by:
            # The last call may arrive yet: by then the bureau is asked first.
            return self.write({"next_attempt_at": self.arrives_by})
        code, text = reason
        return self._apply_refusal(RefusedError(text, code=code))
