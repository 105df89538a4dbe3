from odoo import models

from .period import MOVING, SIGNED


class InvoiceTaxPeriod(models.Model):
    """A signature that nobody here knows of gets into the history all the same, and
    one that was revoked at the bureau's own site stands no longer.

    What must never happen: a signature cancelled while the bureau is still at work on
    the table, or because its period was filed.
    """

    _inherit = "invoice.tax.period"

    def _apply_bureau_data(self, data, table):
        result = super()._apply_bureau_data(data, table)
        confirmations = self.env["invoice.tax.confirmation"]
        if self.statistics_status == SIGNED:
            confirmations._read_back(self, table)
        elif self.statistics_status not in MOVING and not self.is_filed:
            confirmations._cancel(self, is_read=True)
        return result

    def _leave(self, current):
        result = super()._leave(current)
        for period in self.filtered("is_future"):
            # The bureau went back to the period before: nothing of it is signed.
            self.env["invoice.tax.confirmation"]._cancel(period, is_read=True)
        return result
