from odoo import api, fields, models

from odoo.addons.invoice_tax_service.tools.money import AMOUNT_DIGITS

from ..models.monthly_summary import ACTIONS, TOTALS


class InvoiceTaxSummaryWizard(models.TransientModel):
    """The totals of a month, before they are confirmed or the confirmation is taken
    back."""

    _name = "invoice.tax.summary.wizard"
    _description = "Monthly Summary"
    _inherit = ["invoice.tax.right.page"]

    taxpayer_id = fields.Many2one(
        "invoice.tax.taxpayer",
        required=True,
        default=lambda self: self._default_taxpayer(),
    )
    environment = fields.Selection(
        related="taxpayer_id.environment", related_sudo=False
    )
    month = fields.Char(
        size=6,
        required=True,
        default=lambda self: self._default_month(),
        help="Year and month, like 202610.",
    )
    action = fields.Selection(ACTIONS, required=True, default="confirm")
    blue_count = fields.Integer(compute="_compute_totals", string="Blue Invoices")
    blue_net = fields.Float(
        compute="_compute_totals", digits=AMOUNT_DIGITS, string="Blue Net Amount"
    )
    blue_vat = fields.Float(
        compute="_compute_totals", digits=AMOUNT_DIGITS, string="Blue VAT"
    )
    red_count = fields.Integer(compute="_compute_totals", string="Red Invoices")
    red_net = fields.Float(
        compute="_compute_totals", digits=AMOUNT_DIGITS, string="Red Net Amount"
    )
    red_vat = fields.Float(
        compute="_compute_totals", digits=AMOUNT_DIGITS, string="Red VAT"
    )
    cannot_reason = fields.Char(compute="_compute_totals")

    @api.model
    def _default_taxpayer(self):
        companies = self.env.company
        return self.env["invoice.tax.taxpayer"]._get_issuers(companies)[companies]

    @api.model
    def _default_month(self):
        today = self.env["invoice.tax.issue"]._get_issue_date()
        last = today.year * 12 + today.month - 2
        return f"{last // 12:04d}{last % 12 + 1:02d}"

    @api.constrains("taxpayer_id")
    def _check_readable(self):
        # Over RPC a wizard can be made for anything; constraints run as superuser.
        self.sudo(False).taxpayer_id.check_access("read")

    @api.depends("taxpayer_id", "month", "action")
    def _compute_totals(self):
        summaries = self.env["invoice.tax.monthly.summary"]
        for wizard in self:
            taxpayer = wizard.taxpayer_id._origin
            if not taxpayer:
                wizard.update(dict.fromkeys(TOTALS, 0))
                wizard.cannot_reason = False
                continue
            # The sums are read as they stand in the tables, whoever asks.
            taxpayer.check_access("read")
            wizard.update(summaries._get_totals(taxpayer, wizard.month or ""))
            reason = summaries._get_cannot_reason(taxpayer, wizard.month, wizard.action)
            wizard.cannot_reason = reason and reason[1]

    def action_submit(self):
        """Write the request and show it."""
        self.ensure_one()
        self.taxpayer_id.check_access("read")
        summary = self.env["invoice.tax.monthly.summary"]._request(
            self.taxpayer_id, self.month, self.action
        )
        return summary._get_records_action()
