from odoo import api, models

UNDER_WAY = ("uploading", "unclear", "accepted")


class InvoiceTaxQuota(models.Model):
    """What the bureau may have counted of uploads that are not answered yet."""

    _inherit = "invoice.tax.quota"

    @api.model
    def _get_upload_margin(self, taxpayer, month):
        # EXTENDS: these were sent, and nobody knows whether they arrived.
        least, most = super()._get_upload_margin(taxpayer, month)
        issues = self.env["invoice.tax.issue"].search(
            [("taxpayer_id", "=", taxpayer.id), ("state", "in", UNDER_WAY)]
        )
        for issue in issues.filtered(lambda one: f"{one.issued_on:%Y%m}" == month):
            if issue.kind == "blue":
                least -= self._get_amount(issue)
            elif self._is_giving_back(issue):
                most += self._get_amount(issue)
        return least, most
