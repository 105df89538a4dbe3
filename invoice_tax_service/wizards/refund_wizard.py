from odoo import api, fields, models

from ..tools.money import AMOUNT_DIGITS


class InvoiceTaxRefundWizard(models.TransientModel):
    """Shows the sums of what is selected for export refund in the running month, and
    asks, before the refund statistics table is confirmed: that cannot be revoked."""

    _name = "invoice.tax.refund.wizard"
    _description = "Confirm Export Refund Statistics Table"

    taxpayer_id = fields.Many2one("invoice.tax.taxpayer", required=True, readonly=True)
    environment = fields.Selection(
        related="taxpayer_id.environment", related_sudo=False
    )
    period = fields.Char(
        string="Refund Month", compute="_compute_sums", compute_sudo=False
    )
    invoice_count = fields.Integer(compute="_compute_sums", compute_sudo=False)
    net_amount = fields.Float(
        digits=AMOUNT_DIGITS, compute="_compute_sums", compute_sudo=False
    )
    vat_amount = fields.Float(
        string="VAT",
        digits=AMOUNT_DIGITS,
        compute="_compute_sums",
        compute_sudo=False,
    )

    @api.constrains("taxpayer_id")
    def _check_readable(self):
        # Over RPC a wizard can be made for anything; constraints run as superuser.
        self.sudo(False).taxpayer_id.check_access("read")

    @api.depends("taxpayer_id")
    def _compute_sums(self):
        for wizard in self:
            wizard.period = wizard.taxpayer_id._get_month()
            [sums] = self.env["invoice.tax.input.invoice"]._read_group(
                wizard.taxpayer_id._get_refund_domain(),
                aggregates=["__count", "net_amount:sum", "vat_amount:sum"],
            )
            wizard.invoice_count, wizard.net_amount, wizard.vat_amount = sums

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
        """Write the batch that confirms."""
        self.ensure_one()
        operation = self.env["invoice.tax.operation"]._submit_table(
            self.taxpayer_id, "refund_sign", self.period, "manual"
        )
        return operation._get_sent_notification()
