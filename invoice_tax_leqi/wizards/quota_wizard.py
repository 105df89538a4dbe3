from odoo import api, fields, models

from odoo.addons.invoice_tax_service.tools.money import AMOUNT_DIGITS
from odoo.addons.invoice_tax_service.tools.notification import get_notification

from ..models.right import TASK_ITEMS


class InvoiceTaxQuotaWizard(models.TransientModel):
    """Shows the figures and asks how much is downloaded or returned, or whether the
    validity is adjusted (manual 003)."""

    _name = "invoice.tax.quota.wizard"
    _description = "Download or Return Quota"
    _inherit = ["invoice.tax.right.page"]

    quota_id = fields.Many2one("invoice.tax.quota", required=True, readonly=True)
    kind = fields.Selection(
        [
            ("download", "Download"),
            ("return", "Return"),
            ("validity", "Validity Adjustment"),
        ],
        required=True,
        readonly=True,
    )
    taxpayer_id = fields.Many2one(related="quota_id.taxpayer_id", related_sudo=False)
    month = fields.Char(related="quota_id.month", related_sudo=False)
    environment = fields.Selection(related="quota_id.environment", related_sudo=False)
    available = fields.Float(related="quota_id.available", related_sudo=False)
    downloaded = fields.Float(related="quota_id.downloaded", related_sudo=False)
    unused = fields.Float(related="quota_id.unused", related_sudo=False)
    taken = fields.Float(related="quota_id.taken", related_sudo=False)
    free = fields.Float(related="quota_id.free", related_sudo=False)
    valid_from = fields.Date(related="quota_id.valid_from", related_sudo=False)
    valid_to = fields.Date(related="quota_id.valid_to", related_sudo=False)
    read_at = fields.Datetime(related="quota_id.read_at", related_sudo=False)
    amount = fields.Float(string="Requested Amount", digits=AMOUNT_DIGITS)

    @api.constrains("quota_id")
    def _check_readable(self):
        # Over RPC a wizard can be made for anything; constraints run as superuser.
        self.sudo(False).quota_id.check_access("read")

    def _get_action(self, name):
        self.ensure_one()
        return self._get_records_action(name=name, target="new")

    def action_confirm(self):
        """Write the request; the dispatcher sends it at once."""
        self.ensure_one()
        self.quota_id.taxpayer_id._check_can(TASK_ITEMS[self.kind])
        if self.kind == "validity":
            self.quota_id._submit_validity()
        else:
            self.quota_id._submit_transfer(self.kind, self.amount)
        return get_notification(self.env._("The request is on its way to the bureau."))
