from odoo import api, fields, models


class InvoiceTaxBindWizard(models.TransientModel):
    """Asks which issue request a number for manual use is kept for, from either
    side."""

    _name = "invoice.tax.bind.wizard"
    _description = "Bind an Invoice Number"
    _inherit = ["invoice.tax.right.page"]

    number_id = fields.Many2one(
        "invoice.tax.number",
        domain="[('state', '=', 'manual'), ('taxpayer_id', '=', taxpayer_id)]",
    )
    issue_id = fields.Many2one(
        "invoice.tax.issue",
        string="Issue Request",
        domain="[('state', 'in', ('form', 'waiting', 'held')), "
        "('taxpayer_id', '=', taxpayer_id)]",
    )
    is_from_issue = fields.Boolean(readonly=True)
    taxpayer_id = fields.Many2one(
        "invoice.tax.taxpayer", compute="_compute_taxpayer_id", compute_sudo=False
    )
    environment = fields.Selection(
        related="taxpayer_id.environment", related_sudo=False
    )

    @api.depends("number_id", "issue_id", "is_from_issue")
    def _compute_taxpayer_id(self):
        for wizard in self:
            side = wizard.issue_id if wizard.is_from_issue else wizard.number_id
            wizard.taxpayer_id = side.taxpayer_id

    @api.constrains("number_id", "issue_id")
    def _check_readable(self):
        # Over RPC a wizard can be made for anything; constraints run as superuser.
        for wizard in self.sudo(False):
            wizard.number_id.check_access("read")
            wizard.issue_id.check_access("read")

    def _get_action(self):
        self.ensure_one()
        return self._get_records_action(name=self.env._("Bind Number"), target="new")

    def action_bind(self):
        """Keep the number for the request."""
        self.ensure_one()
        self.number_id._bind(self.issue_id)
        return {"type": "ir.actions.act_window_close"}
