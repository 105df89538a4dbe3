from odoo import fields, models


class InvoiceTaxEnvironmentCheckLine(models.TransientModel):
    """One step of the check of the environment."""

    _name = "invoice.tax.environment.check.line"
    _description = "Step of the Check"

    check_id = fields.Many2one(
        "invoice.tax.environment.check",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    step = fields.Selection(
        [
            ("address", "Address"),
            ("clock", "Clock"),
            ("certificate", "Certificate and Keys"),
            ("login", "Login"),
            ("taxpayer", "Taxpayer"),
        ],
        readonly=True,
    )
    state = fields.Selection(
        [("ok", "In Order"), ("not_ok", "Not OK"), ("not_checked", "Not Checked")],
        readonly=True,
        string="Result",
    )
    text = fields.Char(readonly=True, string="What to Do")
