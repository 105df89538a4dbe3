from odoo import api, models


class InvoiceTaxLane(models.Model):
    """Issuing over a lane: forms and tasks before uploads and summaries."""

    _inherit = "invoice.tax.lane"

    @api.model
    def _get_task_models(self):
        # EXTENDS 'invoice_tax_service': before what is only read
        models_of_lane = list(super()._get_task_models())
        place = models_of_lane.index("invoice.tax.fetch")
        models_of_lane[place:place] = [
            "invoice.tax.issue.task",
            "invoice.tax.red.form",
            "invoice.tax.upload",
            "invoice.tax.monthly.summary",
        ]
        return models_of_lane

    @api.model
    def _get_waiting_models(self):
        # EXTENDS 'invoice_tax_service'
        return {
            **super()._get_waiting_models(),
            "invoice.tax.upload": "invoice.tax.issue",
        }
