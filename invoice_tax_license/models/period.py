from odoo import fields, models


class InvoiceTaxPeriod(models.Model):
    """The card of a period says why its buttons are gone when a licence is missing."""

    _inherit = "invoice.tax.period"

    license_trouble = fields.Char(related="taxpayer_id.license_trouble")

    def action_open_licenses(self):
        """The licences of the taxpayer of this period."""
        return self.taxpayer_id.action_open_licenses()
