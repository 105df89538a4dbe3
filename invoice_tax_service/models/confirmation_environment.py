from odoo import api, fields, models

from .connection import ENVIRONMENTS


class InvoiceTaxConfirmation(models.Model):
    """The environment in which it was signed, which its paper shows for good."""

    _inherit = "invoice.tax.confirmation"

    environment = fields.Selection(
        ENVIRONMENTS, compute="_compute_environment", store=True
    )

    @api.depends("operation_id", "period_id")
    def _compute_environment(self):
        for confirmation in self:
            signed_over = confirmation.operation_id.sudo().lane_id
            confirmation.environment = (
                signed_over.environment or confirmation.period_id.environment
            )
