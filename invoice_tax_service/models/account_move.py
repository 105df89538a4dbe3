from odoo import api, fields, models

from ..tools.selection_plan import key_of


class AccountMove(models.Model):
    _inherit = "account.move"

    # Not `fapiao`: it holds 8 characters in 19.0 and silently cuts a 20-digit number.
    input_invoice_number = fields.Char(
        size=20,
        copy=False,
        index="btree_not_null",
        help="Number of the tax invoice this bill was made from: 20 digits, or 8 "
        "digits with the code.",
    )
    input_invoice_code = fields.Char(size=12, copy=False)
    tax_input_invoice_id = fields.Many2one(
        "invoice.tax.input.invoice",
        compute="_compute_tax_input_invoice_id",
        string="Input Invoice",
        groups="invoice_tax_service.group_viewer",
    )

    @api.depends("input_invoice_number", "input_invoice_code", "company_id")
    def _compute_tax_input_invoice_id(self):
        invoices = self.env["invoice.tax.input.invoice"].search(
            [
                (
                    "number",
                    "in",
                    list(filter(None, self.mapped("input_invoice_number"))),
                ),
                ("company_id", "in", self.company_id._get_tax_companies().ids),
            ]
        )
        by_key = {
            (invoice.company_id, *key_of(invoice.number, invoice.code)): invoice
            for invoice in invoices
        }
        for move in self:
            move.tax_input_invoice_id = by_key.get(
                (
                    move.company_id and move.company_id._get_tax_company(),
                    *key_of(move.input_invoice_number or "", move.input_invoice_code),
                )
            )
