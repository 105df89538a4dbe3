from odoo import fields, models


class ResCompany(models.Model):
    """Accounts on which a company books its input VAT, and the journal of the entries.

    Used only where ``is_input_tax_booked`` is set: elsewhere nothing is booked.
    """

    _inherit = "res.company"

    is_input_tax_booked = fields.Boolean(
        string="Book Certified Input VAT",
        help="On: a signature posts the entry from input VAT to be certified to input "
        "VAT.",
    )
    uncertified_tax_account_id = fields.Many2one(
        "account.account",
        string="Input VAT to Be Certified",
        check_company=True,
        help="Where vendor bills book their VAT until the invoice is certified.",
    )
    input_tax_account_id = fields.Many2one(
        "account.account",
        string="Input VAT",
        check_company=True,
        help="Where the VAT stands that a signature deducts.",
    )
    transferred_tax_account_id = fields.Many2one(
        "account.account",
        string="Input VAT Transferred Out",
        check_company=True,
        help="Where deducted VAT is taken back when its invoice turns unsound.",
    )
    undeducted_tax_account_id = fields.Many2one(
        "account.account",
        string="Cost of VAT Not Deducted",
        check_company=True,
        help="Where VAT goes that is not deducted, or transferred out.",
    )
    deduction_journal_id = fields.Many2one(
        "account.journal",
        string="Journal of Input VAT",
        check_company=True,
        domain=[("type", "=", "general")],
    )
