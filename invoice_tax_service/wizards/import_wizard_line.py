from odoo import fields, models


class InvoiceTaxImportWizardLine(models.TransientModel):
    """One thing that is wrong in an uploaded workbook, with the cell it is in."""

    _name = "invoice.tax.import.wizard.line"
    _description = "Refused Row of a Workbook"
    _order = "row, id"

    wizard_id = fields.Many2one(
        "invoice.tax.import.wizard", required=True, index=True, ondelete="cascade"
    )
    row = fields.Integer()
    address = fields.Char(string="Cell")
    number = fields.Char(string="Invoice")
    message = fields.Char()
    advice = fields.Char()
