from odoo import api, fields, models

from ..tools.money import AMOUNT_DIGITS


class InvoiceTaxRefundWizard(models.TransientModel):
    """Shows the sums of what is selected for export refund in the running month, and
    asks, before the refund statistics table is confirmed: that cannot be revoked."""

    _name = "invoice.tax.refund.wizard"
    _inherit = ["invoice.tax.shown.mixin", "invoice.tax.right.page"]
    _description = "Confirm Export Refund Statistics Table"

    taxpayer_id = fields.Many2one("invoice.tax.taxpayer", required=True, readonly=True)
    environment = fields.Selection(
        related="taxpayer_id.environment", related_sudo=False
    )
    period = fields.Char(
        string="Refund Month",
        required=True,
        readonly=True,
        default=lambda self: self.env["invoice.tax.taxpayer"]._get_month(),
    )
    invoice_count = fields.Integer(compute="_compute_sums")
    net_amount = fields.Float(digits=AMOUNT_DIGITS, compute="_compute_sums")
    vat_amount = fields.Float(
        string="VAT", digits=AMOUNT_DIGITS, compute="_compute_sums"
    )

    @api.constrains("taxpayer_id")
    def _check_readable(self):
        # Over RPC a wizard can be made for anything; constraints run as superuser.
        self.sudo(False).taxpayer_id.check_access("read")

    @api.depends("shown")
    def _compute_sums(self):
        for wizard in self:
            shown = wizard.shown or {}
            wizard.invoice_count = shown.get("count", 0)
            wizard.net_amount = float(shown.get("net_amount", 0))
            wizard.vat_amount = float(shown.get("vat_amount", 0))

    def _get_standing(self):
        return self.env["invoice.tax.operation"]._get_standing(
            self.taxpayer_id, "refund_sign"
        )

    def _get_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Confirm Export Refund Statistics Table"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_confirm(self):
        """Write the batch that confirms what the page shows."""
        self.ensure_one()
        self.taxpayer_id._check_can_operate("refund_sign", self.period)
        moved = self._get_moved_page()
        if moved:
            return moved
        operation = self.env["invoice.tax.operation"]._submit_table(
            self.taxpayer_id, "refund_sign", self.period, "manual", shown=self.shown
        )
        return operation._get_sent_notification()
