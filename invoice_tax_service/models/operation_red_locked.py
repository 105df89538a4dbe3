from odoo import fields, models


class InvoiceTaxOperation(models.Model):
    """The way from a refused signature (code 444) to the invoices that stand in it."""

    _inherit = "invoice.tax.operation"

    red_locked_count = fields.Integer(compute="_compute_red_locked_count")

    def _compute_red_locked_count(self):
        for operation in self:
            refused = operation.result_code == "sign_444"
            operation.red_locked_count = refused and self.env[
                "invoice.tax.input.invoice"
            ].search_count(operation._get_red_locked_domain())

    def _get_red_locked_domain(self):
        return [
            ("taxpayer_id", "=", self.taxpayer_id.id),
            ("is_red_locked", "=", True),
        ]

    def action_open_red_locked(self):
        """The invoices that are locked by a red-letter form now."""
        self.ensure_one()
        action = self.taxpayer_id.action_open_input_invoices()
        action["domain"] = self._get_red_locked_domain()
        action["context"] = {"create": False}
        return action
