from odoo import models


class InvoiceTaxRequest(models.Model):
    """A request that the bureau surely has not got is asked about once more before it
    is sent again, as it may have waited for days behind a line that was down.

    What must never happen: something sent for somebody who may not have it done any
    more; something that may have arrived taken for refused.
    """

    _inherit = "invoice.tax.request"

    def _get_cannot_send_reason(self):
        # EXTENDS 'invoice.tax.task.mixin'
        # Before the first time the batch itself was asked, a moment ago.
        return super()._get_cannot_send_reason() or (
            self.attempts > 0
            and self.operation_id._get_cannot_send_again_reason(self.operation_type)
        )
