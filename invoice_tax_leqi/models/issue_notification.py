from odoo import models


class InvoiceTaxIssue(models.Model):
    _inherit = "invoice.tax.issue"

    def _get_notification(self):
        """What a click on "issue" answers: the rows are written, the rest follows."""
        message = self.env._(
            "%(count)s invoices are being issued; numbers and states appear on them.",
            count=len(self),
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
