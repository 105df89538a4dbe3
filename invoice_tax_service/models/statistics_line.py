from decimal import Decimal

from odoo import api, fields, models

from ..tools.money import AMOUNT_DIGITS, to_decimal
from .words import TABLE_ROWS


class InvoiceTaxStatisticsLine(models.Model):
    """One row of a statistics table: a kind of invoice in one of its two blocks,
    which never mix.

    Beside the bureau's figures stand those of the invoices in Odoo, as a check.
    """

    _name = "invoice.tax.statistics.line"
    _description = "Row of a Deduction Statistics Table"
    _order = "statistics_id, block, sequence, id"
    _rec_name = "row"

    statistics_id = fields.Many2one(
        "invoice.tax.statistics",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    taxpayer_id = fields.Many2one(
        related="statistics_id.taxpayer_id", store=True, index=True
    )
    company_id = fields.Many2one(
        related="statistics_id.company_id", store=True, index=True
    )
    period = fields.Char(related="statistics_id.period_id.name", store=True)
    block = fields.Selection(
        [("deduct", "Deduct"), ("exclude", "Do Not Deduct")],
        required=True,
        readonly=True,
    )
    sequence = fields.Integer(readonly=True)
    row = fields.Selection(TABLE_ROWS, required=True, readonly=True, string="Kind")
    raw_row = fields.Char(readonly=True, string="Code of the Bureau")
    invoice_count = fields.Integer(readonly=True)
    net_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    vat_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True, string="VAT")
    own_count = fields.Integer(compute="_compute_own", string="Invoices in Odoo")
    own_vat_amount = fields.Float(
        digits=AMOUNT_DIGITS, compute="_compute_own", string="VAT in Odoo"
    )
    is_different = fields.Boolean(compute="_compute_own")

    @api.depends("invoice_count", "net_amount", "vat_amount")
    def _compute_own(self):
        rows = self.env["invoice.tax.statistics"]._fetch_own_rows(
            self.statistics_id.period_id
        )
        nothing = (0, Decimal(), Decimal())
        for line in self:
            own = rows.get((line.taxpayer_id.id, line.period), {})
            count, net, vat = own.get((line.block, line.row), nothing)
            line.own_count, line.own_vat_amount = count, vat
            line.is_different = (count, net, vat) != (
                line.invoice_count,
                to_decimal(line.net_amount),
                to_decimal(line.vat_amount),
            )
