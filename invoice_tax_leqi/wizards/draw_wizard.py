from odoo import api, fields, models

from odoo.addons.invoice_tax_service.tools.notification import get_notification


class InvoiceTaxDrawWizard(models.TransientModel):
    """Asks for whom and how many invoice numbers are drawn by hand (号段领用)."""

    _name = "invoice.tax.draw.wizard"
    _description = "Draw Numbers"
    _inherit = ["invoice.tax.right.page"]

    taxpayer_id = fields.Many2one(
        "invoice.tax.taxpayer",
        string="Organisation",
        required=True,
        default=lambda self: self._get_only_taxpayer(),
    )
    tax_number = fields.Char(related="taxpayer_id.tax_number", related_sudo=False)
    environment = fields.Selection(
        related="taxpayer_id.environment", related_sudo=False
    )
    count = fields.Integer(string="Numbers to Draw", default=100, required=True)

    @api.constrains("taxpayer_id")
    def _check_readable(self):
        # Over RPC a wizard can be made for anything; constraints run as superuser.
        self.sudo(False).taxpayer_id.check_access("read")

    def _get_only_taxpayer(self):
        found, _passed_over = self.env["invoice.tax.taxpayer"]._find_ready(
            "number_draw"
        )
        return found if len(found) == 1 else False

    def action_draw(self):
        """Write the request; the dispatcher sends it at once."""
        self.ensure_one()
        self.taxpayer_id.check_access("read")
        self.env["invoice.tax.draw"]._ask_manual(self.taxpayer_id, self.count)
        return get_notification(
            self.env._(
                "The numbers are being drawn; they appear in the invoice number "
                "list, for manual use."
            )
        )
