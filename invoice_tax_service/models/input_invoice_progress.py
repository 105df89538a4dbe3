from odoo import api, fields, models

from ..gateway.operation_kinds import WAITING_OPERATIONS
from .operation import OPEN_STATES


class InvoiceTaxInputInvoice(models.Model):
    """Whether a batch works on an invoice, or waits with it for a tax period."""

    _inherit = "invoice.tax.input.invoice"

    is_in_progress = fields.Boolean(
        compute="_compute_is_in_progress", search="_search_is_in_progress"
    )
    preselected_period = fields.Char(
        compute="_compute_is_in_progress",
        string="Pre-selected For",
        help="The invoice waits for this tax period to open.",
    )
    is_preselected = fields.Boolean(
        compute="_compute_is_in_progress", search="_search_is_preselected"
    )

    @api.depends("operation_line_ids.state")
    def _compute_is_in_progress(self):
        # One look at the lines for all three.
        lines = self.env["invoice.tax.operation.line"].search_fetch(
            [("input_invoice_id", "in", self.ids), ("state", "in", OPEN_STATES)],
            ["input_invoice_id", "operation_type", "period"],
        )
        by_invoice = {line.input_invoice_id.id: line for line in lines}
        for invoice in self:
            line = by_invoice.get(invoice.id)
            invoice.is_in_progress = bool(line)
            waits = line and line.operation_type in WAITING_OPERATIONS
            invoice.is_preselected = bool(waits)
            invoice.preselected_period = waits and line.period

    def _search_is_in_progress(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("operation_line_ids.state", "in", OPEN_STATES)]

    def _search_is_preselected(self, operator, value):
        if operator != "in":
            return NotImplemented
        lines = (
            self.env["invoice.tax.operation.line"]
            .sudo()
            ._search(
                [
                    ("state", "in", OPEN_STATES),
                    ("operation_type", "in", WAITING_OPERATIONS),
                ]
            )
        )
        return [("id", "in", lines.subselect("input_invoice_id"))]
