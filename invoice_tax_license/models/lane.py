from odoo import api, models


class InvoiceTaxLane(models.Model):
    _inherit = "invoice.tax.lane"

    @api.model
    def _get_task_models(self):
        # EXTENDS 'invoice_tax_service'
        return [*super()._get_task_models(), "invoice.tax.license.request"]
