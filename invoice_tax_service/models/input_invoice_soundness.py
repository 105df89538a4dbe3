from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.money import AMOUNT_DIGITS, to_decimal
from ..tools.selection_plan import SELECTABLE_STATUSES

# What a statistics table counts in its two blocks.
TABLE_PURPOSES = ("deduct", "exclude")


class InvoiceTaxInputInvoice(models.Model):
    """Whether the bureau takes an invoice for sound, and what is confirmed of those
    that it does not.

    Lists, cards, statistics and colours all ask :attr:`is_sound` and
    :attr:`is_abnormal_after`, so that they cannot differ. A partly red-lettered
    invoice is sound: what is left of it stays deducted, and no channel tells how much
    was taken back; that is on the red-letter invoice.
    """

    _inherit = "invoice.tax.input.invoice"

    is_sound = fields.Boolean(compute="_compute_is_sound", search="_search_is_sound")
    is_abnormal_after = fields.Boolean(
        string="Abnormal after Confirmation",
        compute="_compute_is_sound",
        search="_search_is_abnormal_after",
        help="Counted in a signed statistics table, and no longer taken for sound.",
    )
    vat_to_transfer = fields.Float(
        string="VAT to Transfer Out",
        digits=AMOUNT_DIGITS,
        compute="_compute_vat_to_transfer",
        help="Confirmed for deduction, and no longer taken for sound by the bureau.",
    )

    @api.depends("status", "selection", "purpose")
    def _compute_is_sound(self):
        for invoice in self:
            invoice.is_sound = invoice.status in SELECTABLE_STATUSES
            invoice.is_abnormal_after = (
                not invoice.is_sound
                and invoice.selection == "confirmed"
                and invoice.purpose in TABLE_PURPOSES
            )

    def _search_is_sound(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("status", "in", SELECTABLE_STATUSES)

    def _search_is_abnormal_after(self, operator, value):
        if operator != "in":
            return NotImplemented
        return (
            Domain("status", "not in", SELECTABLE_STATUSES)
            & Domain("selection", "=", "confirmed")
            & Domain("purpose", "in", TABLE_PURPOSES)
        )

    @api.depends("selection", "purpose", "status", "creditable_vat")
    def _compute_vat_to_transfer(self):
        for invoice in self:
            invoice.vat_to_transfer = invoice._get_vat_to_transfer()

    def _get_vat_to_transfer(self):
        """Creditable VAT that was confirmed and must be transferred out of the input
        VAT, since the bureau no longer takes the invoice for sound (Regulation 826,
        Art. 24); Decimal in CNY, 0.00 for all others."""
        self.ensure_one()
        taken = self.is_abnormal_after and self.purpose == "deduct"
        return to_decimal(self.creditable_vat if taken else 0)
