from odoo import fields, models


class InvoiceTaxLicenseSerialWizardLine(models.TransientModel):
    """The product serial number of one service group."""

    _name = "invoice.tax.license.serial.wizard.line"
    _description = "Product Serial Number of a Service Group"

    wizard_id = fields.Many2one(
        "invoice.tax.license.serial.wizard", required=True, ondelete="cascade"
    )
    group_id = fields.Many2one(
        "invoice.tax.service.group", string="Service Group", required=True
    )
    serial = fields.Char(string="Product Serial Number")
