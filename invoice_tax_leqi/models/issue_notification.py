from odoo import models

from odoo.addons.invoice_tax_service.tools.notification import RELOAD, get_notification


class InvoiceTaxIssue(models.Model):
    _inherit = "invoice.tax.issue"

    def _get_notification(self):
        """What a click on "issue" answers: the rows are written, the rest follows."""
        message = self.env._(
            "%(count)s invoices are being issued; numbers and states appear on them.",
            count=len(self),
        )
        return get_notification(message, RELOAD)
