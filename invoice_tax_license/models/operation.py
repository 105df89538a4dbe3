from odoo import models

from odoo.addons.invoice_tax_service.models.words import RECEIVING


class InvoiceTaxOperation(models.Model):
    """Nothing new goes out for a taxpayer whose licence has ended meanwhile; what is
    under way is found out, and what waits fails with the reason and can be retried."""

    _inherit = "invoice.tax.operation"

    def _get_cannot_send_reason(self):
        # EXTENDS 'invoice_tax_service'
        # For whoever submitted it: the dispatcher has neither language nor time zone.
        user = self.user_id
        taxpayer = self.taxpayer_id.with_context(
            lang=user.lang, tz=user.tz or "Asia/Shanghai"
        )
        reason = taxpayer._get_service_unavailable_reason(RECEIVING)
        if reason:
            return "service_unavailable", reason
        return super()._get_cannot_send_reason()
