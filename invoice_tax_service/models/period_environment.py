from odoo import api, fields, models

from .connection import ENVIRONMENTS


class InvoiceTaxPeriod(models.Model):
    """The environment in which a period was read: pages and papers show that one,
    whatever the connection of today.

    A reading writes it; a card that was never read takes that of its taxpayer.
    """

    _inherit = "invoice.tax.period"

    environment = fields.Selection(
        ENVIRONMENTS, compute="_compute_environment", store=True
    )

    @api.depends("taxpayer_id")
    def _compute_environment(self):
        for period in self:
            period.environment = period.taxpayer_id.environment
