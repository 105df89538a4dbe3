from odoo import api, models

from odoo.addons.invoice_tax_service.gateway.operation_kinds import TABLE_OPERATIONS
from odoo.addons.invoice_tax_service.models.words import RECEIVING


class InvoiceTaxOperation(models.Model):
    """Nothing new goes out for a taxpayer whose licence has ended meanwhile; what is
    under way is found out, and what waits fails with the reason and can be retried."""

    _inherit = "invoice.tax.operation"

    @api.model
    def _find_next_batch(self, lane):
        # EXTENDS 'invoice_tax_service'
        operation = super()._find_next_batch(lane)
        if not operation:
            return operation
        reason = operation.taxpayer_id._get_service_unavailable_reason(RECEIVING)
        if reason:
            operation._fail_unlicensed(reason)
            return self.browse()
        return operation

    def _fail_unlicensed(self, reason):
        code = "service_unavailable"
        if self.operation_type in TABLE_OPERATIONS or self.next_step:
            self.next_step = False
            self._set_state("failed", code, reason)
            return
        self._fail_unsent(code)
        if self.state == "failed":
            self.write({"result_code": code, "result_text": reason[:1000]})
