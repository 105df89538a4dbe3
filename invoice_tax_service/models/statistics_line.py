from odoo import fields, models

from ..tools.money import AMOUNT_DIGITS
from .words import TABLE_ROWS


class InvoiceTaxStatisticsLine(models.Model):
    """One row of a statistics table: a kind of invoice in one of its two blocks,
    which never mix."""

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
