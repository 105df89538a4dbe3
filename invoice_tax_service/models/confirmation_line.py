from odoo import fields, models

from ..tools.money import AMOUNT_DIGITS
from .words import PURPOSES


class InvoiceTaxConfirmationLine(models.Model):
    """One invoice of a confirmation, as it stood when it was signed.

    The invoice goes on: a signature may be revoked, its selection too, its creditable
    VAT may be lowered. Papers and workbooks of a confirmation are made of these rows.

    What must never happen: a row changed afterwards (nobody has write access), save
    what the entry took of it.
    """

    _name = "invoice.tax.confirmation.line"
    _description = "Invoice of a Confirmation"
    _order = "confirmation_id, id"
    _rec_name = "input_invoice_id"

    confirmation_id = fields.Many2one(
        "invoice.tax.confirmation",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    input_invoice_id = fields.Many2one(
        "invoice.tax.input.invoice",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    type_id = fields.Many2one(
        "invoice.tax.invoice.type", required=True, readonly=True, ondelete="restrict"
    )
    purpose = fields.Selection(PURPOSES, readonly=True)
    net_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    vat_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True, string="VAT")
    creditable_vat = fields.Float(
        string="Creditable VAT", digits=AMOUNT_DIGITS, readonly=True
    )
    # What the entry took from input VAT to be certified; empty: the usual, see
    # ``confirmation_entry_anew.py``.
    released_vat = fields.Float(
        digits=AMOUNT_DIGITS, readonly=True, export_string_translation=False
    )

    _invoice_uniq = models.Constraint(
        "UNIQUE(confirmation_id, input_invoice_id)",
        "A confirmation covers an invoice once.",
    )
