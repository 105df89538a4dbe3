from odoo import api, models


class InvoiceTaxLane(models.Model):
    _inherit = "invoice.tax.lane"

    @api.model
    def _get_task_models(self):
        # EXTENDS 'invoice_tax_service': quota and numbers are what issuing waits for.
        return [
            "invoice.tax.quota.task",
            "invoice.tax.draw",
            *super()._get_task_models(),
        ]
