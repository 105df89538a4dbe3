from odoo import api, fields, models


class InvoiceTaxTableWizard(models.TransientModel):
    """Shows the sums of the statistics table once more and asks, before signing."""

    _name = "invoice.tax.table.wizard"
    _description = "Sign the Statistics Table"

    period_id = fields.Many2one("invoice.tax.period", required=True, readonly=True)
    taxpayer_id = fields.Many2one(related="period_id.taxpayer_id", related_sudo=False)
    environment = fields.Selection(related="period_id.environment", related_sudo=False)
    statistics_id = fields.Many2one(
        related="period_id.statistics_id", related_sudo=False
    )
    deduct_line_ids = fields.One2many(
        related="statistics_id.deduct_line_ids", related_sudo=False
    )
    exclude_line_ids = fields.One2many(
        related="statistics_id.exclude_line_ids", related_sudo=False
    )
    difference = fields.Char(related="statistics_id.difference", related_sudo=False)

    @api.constrains("period_id")
    def _check_readable(self):
        # Over RPC a wizard can be made for anything; its pages would show it.
        # Constraints run as superuser: ask as the user who is there.
        self.sudo(False).period_id.check_access("read")

    def _get_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sign Confirmation"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            # Two tables with three amounts each stand side by side.
            "context": {"dialog_size": "extra-large"},
        }

    def action_sign(self):
        """Write the batch that signs."""
        self.ensure_one()
        return self.period_id._operate("sign")
