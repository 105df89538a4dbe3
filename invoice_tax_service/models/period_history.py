from odoo import models

from .period import SIGNED


class InvoiceTaxPeriod(models.Model):
    """A signature that nobody here knows of gets into the history all the same."""

    _inherit = "invoice.tax.period"

    def _apply_bureau_data(self, data, table):
        result = super()._apply_bureau_data(data, table)
        if self.statistics_status == SIGNED:
            self.env["invoice.tax.confirmation"]._read_back(self, table)
        return result
