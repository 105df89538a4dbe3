from odoo import fields, models


class InvoiceTaxSelectionWizardLine(models.TransientModel):
    """Why some of the chosen invoices are not sent: one row per reason."""

    _name = "invoice.tax.selection.wizard.line"
    _description = "Invoices that Cannot Be Sent"

    wizard_id = fields.Many2one(
        "invoice.tax.selection.wizard", required=True, index=True, ondelete="cascade"
    )
    result_code = fields.Char()
    reason = fields.Char()
    advice = fields.Char()
    invoice_count = fields.Integer()
    numbers = fields.Char()
