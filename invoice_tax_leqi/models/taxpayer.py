from odoo import api, models

# Service group of the licences that this addon belongs to.
ISSUING = "issuing"
_CLERK = "invoice_tax_leqi.group_issuing_clerk"


class InvoiceTaxTaxpayer(models.Model):
    """What a taxpayer needs in order to issue.

    Entry point: :meth:`_get_cannot_issue_reason`, the one function that says why
    nothing can be said to Leqi about issuing now, asked by button, wizard and cron.
    """

    _inherit = "invoice.tax.taxpayer"

    @api.model
    def _get_right_groups(self):
        # EXTENDS 'invoice_tax_service'
        return {**super()._get_right_groups(), "issue": _CLERK, "quota": _CLERK}

    def _get_cannot_issue_reason(self, action="issue"):
        """Why this cannot be done for this taxpayer now.

        :param str action: the right it needs, ``issue`` or ``quota``
        :return: ``(code, sentence)`` or False
        """
        self.ensure_one()
        reason = self._get_missing_right_reason(action)
        if reason:
            return "no_right", reason
        if not self.lane_id:
            return self._get_reason_pair("no_connection")
        if not self.sudo().connection_id._can_issue():
            return self._get_reason_pair("channel_cannot_issue")
        reason = self._get_service_unavailable_reason(ISSUING)
        return ("service_unavailable", reason) if reason else False
