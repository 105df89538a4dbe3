from odoo import api, fields, models

from ..tools.money import AMOUNT_DIGITS
from ..tools.selection_plan import key_of
from .words import INVOICE_STATUSES, PURPOSES, SELECTIONS

VIEWERS = "invoice_tax_service.group_viewer"
BILL_TYPES = ("in_invoice", "in_refund")


class AccountMove(models.Model):
    """A vendor bill and the input invoice that it books, joined by the number.

    Entry points: the number, which a person or the matching writes
    (``input_invoice_match.py``); the buttons for the suggested invoice. What the
    bureau says of the invoice is shown, never kept here.
    """

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
    input_invoice_notice = fields.Char(
        copy=False,
        readonly=True,
        help="Which change of the invoice an activity was raised for.",
        export_string_translation=False,
    )
    tax_input_invoice_id = fields.Many2one(
        "invoice.tax.input.invoice",
        compute="_compute_tax_input_invoice_id",
        string="Input Invoice",
        groups=VIEWERS,
    )
    input_invoice_type_id = fields.Many2one(
        "invoice.tax.invoice.type",
        compute="_compute_input_invoice_facts",
        string="Tax Invoice Type",
        groups=VIEWERS,
    )
    input_invoice_status = fields.Selection(
        INVOICE_STATUSES,
        compute="_compute_input_invoice_facts",
        string="Tax Invoice Status",
        groups=VIEWERS,
    )
    input_invoice_selection = fields.Selection(
        SELECTIONS,
        compute="_compute_input_invoice_facts",
        string="Selection",
        groups=VIEWERS,
    )
    input_invoice_purpose = fields.Selection(
        PURPOSES,
        compute="_compute_input_invoice_facts",
        string="Purpose",
        groups=VIEWERS,
    )
    input_invoice_period = fields.Char(
        compute="_compute_input_invoice_facts", string="Tax Period", groups=VIEWERS
    )
    input_invoice_vat_to_transfer = fields.Float(
        compute="_compute_input_invoice_facts",
        string="VAT to Transfer Out",
        digits=AMOUNT_DIGITS,
        groups=VIEWERS,
    )
    is_input_invoice_sound = fields.Boolean(
        compute="_compute_input_invoice_facts", groups=VIEWERS
    )
    suggested_input_invoice_id = fields.Many2one(
        "invoice.tax.input.invoice",
        compute="_compute_suggested_input_invoice_id",
        groups=VIEWERS,
    )

    @api.depends("input_invoice_number", "input_invoice_code", "company_id")
    def _compute_tax_input_invoice_id(self):
        numbers = list(filter(None, self.mapped("input_invoice_number")))
        invoices = self.env["invoice.tax.input.invoice"]
        if numbers:
            companies = self.company_id._get_tax_companies()
            invoices = invoices.search(
                [("number", "in", numbers), ("company_id", "in", companies.ids)]
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

    @api.depends("tax_input_invoice_id")
    def _compute_input_invoice_facts(self):
        for move in self:
            invoice = move.tax_input_invoice_id
            move.input_invoice_type_id = invoice.type_id
            move.input_invoice_status = invoice.status
            move.input_invoice_selection = invoice.selection
            move.input_invoice_purpose = invoice.purpose
            move.input_invoice_period = invoice.period
            move.input_invoice_vat_to_transfer = invoice.vat_to_transfer
            move.is_input_invoice_sound = not invoice or invoice.is_sound

    @api.depends("tax_input_invoice_id")
    def _compute_suggested_input_invoice_id(self):
        self.suggested_input_invoice_id = False
        bills = self._origin.filtered(
            lambda move: move.move_type in BILL_TYPES and not move.tax_input_invoice_id
        )
        invoices = self.env["invoice.tax.input.invoice"]
        taxpayers = bills and invoices._get_taxpayers_of(bills.company_id)
        if not taxpayers:
            return
        suggestions = dict(reversed(invoices._find_suggestions(taxpayers, bills=bills)))
        for move in self:
            move.suggested_input_invoice_id = suggestions.get(move._origin.id)

    # === VIEWS === #

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        # EXTENDS 'account': the field of l10n_cn, where that is installed, has the
        # label of a whole number and holds 8 characters.
        arch, view = super()._get_view(view_id, view_type, **options)
        for node in arch.iterfind(".//field[@name='fapiao']"):
            if not node.get("string"):
                node.set("string", self.env._("Fapiao Number (8 Digits)"))
        return arch, view

    # === ACTIONS === #

    def action_confirm_input_invoice(self):
        """The suggested invoice is that of this bill."""
        self.ensure_one()
        self.company_id._check_tax_right("bill_confirm")
        invoice = self.suggested_input_invoice_id
        invoice._check_can_bill("bill_confirm", self)
        if invoice:
            invoice._confirm_bill(self)

    def action_reject_input_invoice(self):
        """The suggested invoice is another one; it is not suggested again."""
        self.ensure_one()
        self.company_id._check_tax_right("bill_reject")
        invoice = self.suggested_input_invoice_id
        invoice._check_can_bill("bill_reject", self)
        if invoice:
            invoice._reject_bill(self)
        self.invalidate_recordset(["suggested_input_invoice_id"])
