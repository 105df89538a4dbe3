from odoo import api, fields, models

from .words import ROW_BY_ELEMENT


class InvoiceTaxInputInvoice(models.Model):
    """What has become of one invoice: batches, confirmations, statistics, bills.

    Nothing is kept here; the story is put together from the ledger and the tables
    whenever somebody looks.
    """

    _inherit = "invoice.tax.input.invoice"

    statistics_line_ids = fields.Many2many(
        "invoice.tax.statistics.line",
        compute="_compute_statistics_line_ids",
        string="Counted in",
        help="The row of the bureau's statistics table that counts the invoice.",
    )
    has_late_answer = fields.Boolean(compute="_compute_has_late_answer")
    confirmation_line_ids = fields.One2many(
        "invoice.tax.confirmation.line", "input_invoice_id"
    )
    confirmation_ids = fields.Many2many(
        "invoice.tax.confirmation",
        compute="_compute_confirmation_ids",
        search="_search_confirmation_ids",
        string="Confirmations",
    )

    @api.depends("period", "purpose", "type_id", "element")
    def _compute_statistics_line_ids(self):
        lines = self.env["invoice.tax.statistics.line"].search(
            [
                ("taxpayer_id", "in", self.taxpayer_id.ids),
                ("period", "in", [name for name in self.mapped("period") if name]),
                ("row", "!=", "total"),
            ]
        )
        by_place = lines.grouped(
            lambda line: (line.taxpayer_id, line.period, line.block, line.row)
        )
        for invoice in self:
            invoice.statistics_line_ids = by_place.get(
                (
                    invoice.taxpayer_id,
                    invoice.period,
                    invoice.purpose,
                    invoice._get_table_row(),
                )
            )

    def _get_table_row(self):
        """The kind under which a statistics table counts the invoice, as
        ``invoice.tax.statistics._fetch_own_rows`` has it."""
        self.ensure_one()
        if self.type_id.table_row != "ordinary":
            return self.type_id.table_row
        return ROW_BY_ELEMENT.get(self.element, "ordinary")

    def _compute_has_late_answer(self):
        for invoice in self:
            invoice.has_late_answer = any(
                invoice.operation_line_ids.mapped("has_late_answer")
            )

    @api.depends("confirmation_line_ids.confirmation_id")
    def _compute_confirmation_ids(self):
        for invoice in self:
            invoice.confirmation_ids = invoice.confirmation_line_ids.confirmation_id

    def _search_confirmation_ids(self, operator, value):
        return [("confirmation_line_ids.confirmation_id", operator, value)]


class InvoiceTaxOperationLine(models.Model):
    """Who did it, and whether the bureau answered after it was given up."""

    _inherit = "invoice.tax.operation.line"

    user_id = fields.Many2one(related="operation_id.user_id", related_sudo=False)
    origin = fields.Selection(related="operation_id.origin")
    has_late_answer = fields.Boolean(
        compute="_compute_has_late_answer", string="Answered Late"
    )

    # Nothing of the batch: its ledger would be searched whenever that is written.
    @api.depends("state")
    def _compute_has_late_answer(self):
        for line in self:
            line.has_late_answer = (
                line.state == "voided" and line.operation_id.has_late_answer
            )
