from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Where the company books its input VAT."""

    _inherit = "res.config.settings"

    is_input_tax_booked = fields.Boolean(
        related="company_id.is_input_tax_booked", readonly=False
    )
    uncertified_tax_account_id = fields.Many2one(
        related="company_id.uncertified_tax_account_id",
        readonly=False,
        check_company=True,
    )
    input_tax_account_id = fields.Many2one(
        related="company_id.input_tax_account_id", readonly=False, check_company=True
    )
    transferred_tax_account_id = fields.Many2one(
        related="company_id.transferred_tax_account_id",
        readonly=False,
        check_company=True,
    )
    undeducted_tax_account_id = fields.Many2one(
        related="company_id.undeducted_tax_account_id",
        readonly=False,
        check_company=True,
    )
    deduction_journal_id = fields.Many2one(
        related="company_id.deduction_journal_id",
        readonly=False,
        check_company=True,
        domain="[('type', '=', 'general')]",
    )
