from odoo import models


class InvoiceTaxStart(models.TransientModel):
    """The guided set-up leads to the licences where the taxpayer lacks one."""

    _inherit = "invoice.tax.start"

    def action_open_licenses(self):
        """The licences of this taxpayer, or those there are."""
        self.ensure_one()
        return self.taxpayer_id.action_open_licenses()
