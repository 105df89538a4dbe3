from odoo import fields, models

from odoo.addons.invoice_tax_service.tools.money import AMOUNT_DIGITS


class InvoiceTaxIssue(models.Model):
    """One digital invoice to be issued: what quota and numbers are taken for."""

    _name = "invoice.tax.issue"
    _description = "Issue Request"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(readonly=True)
    taxpayer_id = fields.Many2one(
        "invoice.tax.taxpayer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        related="taxpayer_id.company_id", store=True, index=True
    )
    kind = fields.Selection(
        [("blue", "Blue"), ("red", "Red")], required=True, readonly=True
    )
    issued_on = fields.Date(
        readonly=True, help="Issue date in China: its month pays, its year numbers."
    )
    # CNY, negative when red.
    net_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    gross_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    # Of a red one: when the blue invoice was issued.
    blue_issued_on = fields.Date(readonly=True)
    number = fields.Char(size=20, readonly=True, copy=False, index=True)
