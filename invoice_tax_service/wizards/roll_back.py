from odoo import api, fields, models


class InvoiceTaxRollBack(models.TransientModel):
    """Shows the current period, the one to go back to and the four conditions, and
    asks, before the tax period is rolled back (manual 001, 1.9)."""

    _name = "invoice.tax.roll.back"
    _description = "Roll Back the Tax Period"
    _inherit = ["invoice.tax.right.page"]

    period_id = fields.Many2one("invoice.tax.period", required=True, readonly=True)
    taxpayer_id = fields.Many2one(related="period_id.taxpayer_id", related_sudo=False)
    environment = fields.Selection(related="period_id.environment", related_sudo=False)
    roll_back_to = fields.Char(
        related="period_id.roll_back_to",
        related_sudo=False,
        string="Tax Period After the Roll-back",
    )
    is_not_confirmed_since = fields.Boolean(
        related="period_id.is_not_confirmed_since", related_sudo=False
    )
    is_not_filed_before = fields.Boolean(
        related="period_id.is_not_filed_before", related_sudo=False
    )
    is_jump_by_answer = fields.Boolean(
        related="period_id.is_jump_by_answer", related_sudo=False
    )
    is_in_filing_window = fields.Boolean(
        related="period_id.is_in_filing_window", related_sudo=False
    )
    selected_count = fields.Integer(
        related="period_id.selected_count", related_sudo=False
    )

    @api.constrains("period_id")
    def _check_readable(self):
        # Over RPC a wizard can be made for anything; constraints run as superuser.
        self.sudo(False).period_id.check_access("read")

    def _get_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Roll Back the Tax Period"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_roll_back(self):
        """Write the batch that asks the bureau to go back."""
        self.ensure_one()
        return self.period_id._operate("roll_back", self.roll_back_to)
