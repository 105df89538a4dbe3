from odoo import models

from odoo.addons.invoice_tax_service.models.words import RECEIVING


class InvoiceTaxOperation(models.Model):
    """Nothing new goes out for a taxpayer whose licence has ended meanwhile; what is
    under way is found out, and what waits fails with the reason and can be retried."""

    _inherit = "invoice.tax.operation"

    def _get_cannot_send_reason(self):
        # EXTENDS 'invoice_tax_service'
        reason = self.taxpayer_id._get_service_unavailable_reason(RECEIVING)
        if reason:
            return "service_unavailable", reason
        return super()._get_cannot_send_reason()
