from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..exceptions import TaxServiceError
from ..tools import number_search, tax_number


class InvoiceTaxInputInvoice(models.Model):
    """What the page of selection is searched by (manual 001, 1.6).

    Each of these fields takes whole values only. Something else, which could only
    find nothing, is refused with the name of the field and what it takes; the field
    "Full Number" is there for parts and lists of numbers.
    """

    _inherit = "invoice.tax.input.invoice"

    searched_code = fields.Char(
        string="Invoice Code (10 or 12 Digits)",
        compute="_compute_searched",
        search="_search_searched_code",
    )
    searched_number = fields.Char(
        string="Invoice Number (8 Digits)",
        compute="_compute_searched",
        search="_search_searched_number",
    )
    searched_digital_number = fields.Char(
        string="Digital Invoice Number (20 Digits)",
        compute="_compute_searched",
        search="_search_searched_digital_number",
    )
    searched_seller_tax_number = fields.Char(
        string="Seller Tax Number (Whole)",
        compute="_compute_searched",
        search="_search_searched_seller_tax_number",
    )
    is_certified = fields.Boolean(
        string="Certified",
        compute="_compute_is_certified",
        search="_search_is_certified",
        help="Confirmed by a signature, not only selected.",
    )
    is_not_due = fields.Boolean(
        string="Not Due Yet",
        compute="_compute_is_not_due",
        search="_search_is_not_due",
        help="Issued after the last date that can be selected in the current period.",
    )

    @api.depends("code", "number", "seller_tax_number")
    def _compute_searched(self):
        for invoice in self:
            is_digital = len(invoice.number or "") == number_search.DIGITAL_LENGTH
            invoice.searched_code = invoice.code
            invoice.searched_number = not is_digital and invoice.number
            invoice.searched_digital_number = is_digital and invoice.number
            invoice.searched_seller_tax_number = invoice.seller_tax_number

    def _search_searched_code(self, operator, value):
        return self._search_whole(
            "code", operator, value, number_search.is_code, "search_code"
        )

    def _search_searched_number(self, operator, value):
        return self._search_whole(
            "number", operator, value, number_search.is_paper_number, "search_number"
        )

    def _search_searched_digital_number(self, operator, value):
        return self._search_whole(
            "number",
            operator,
            value,
            number_search.is_digital_number,
            "search_digital_number",
        )

    def _search_searched_seller_tax_number(self, operator, value):
        return self._search_whole(
            "seller_tax_number",
            operator,
            value,
            tax_number.is_whole,
            "search_seller_tax_number",
        )

    @api.model
    def _search_whole(self, column, operator, value, is_whole, code):
        """Find what is exactly so; what nothing can be is refused by name."""
        if operator not in ("in", "ilike"):
            return NotImplemented
        values = [value] if operator == "ilike" else value
        texts = [tax_number.normalize(text) or "" for text in values]
        for text in texts:
            if not is_whole(text):
                raise TaxServiceError(self._get_search_sentence(code, text), code)
        return self._get_number_scope() & Domain(column, "in", texts)

    @api.model
    def _get_search_sentence(self, code, text):
        if code == "search_code":
            return self.env._(
                "Invoice code “%(text)s”: enter 10 or 12 digits; these are "
                "%(count)s characters.",
                text=text,
                count=len(text),
            )
        if code == "search_number":
            return self.env._(
                "Invoice number “%(text)s”: enter 8 digits; these are %(count)s "
                "characters. Digital numbers of 20 digits have a field of their own.",
                text=text,
                count=len(text),
            )
        if code == "search_digital_number":
            return self.env._(
                "Digital invoice number “%(text)s”: enter 20 digits; these are "
                "%(count)s characters.",
                text=text,
                count=len(text),
            )
        return self.env._(
            "Seller tax number “%(text)s”: enter the whole number of 15, 17, 18 or 20 "
            "digits and letters; these are %(count)s characters. Parts of it are not "
            "looked for; search for the seller's name instead.",
            text=text,
            count=len(text),
        )

    @api.depends("selection")
    def _compute_is_certified(self):
        for invoice in self:
            invoice.is_certified = invoice.selection == "confirmed"

    def _search_is_certified(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("selection", "=", "confirmed")

    @api.depends("issue_date", "taxpayer_id")
    def _compute_is_not_due(self):
        for invoice in self:
            last = invoice.taxpayer_id.current_period_id.issue_date_to
            issued = invoice.issue_date
            invoice.is_not_due = bool(last and issued and issued > last)

    def _search_is_not_due(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.env["invoice.tax.period"].flush_model()
        # The bureau's word on the last date; without one nothing is said.
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                """EXISTS (SELECT FROM invoice_tax_period period
                            WHERE period.taxpayer_id = %s AND period.is_current
                              AND period.issue_date_to < %s)""",
                SQL.identifier(alias, "taxpayer_id"),
                SQL.identifier(alias, "issue_date"),
            ),
            predicate=lambda invoice: invoice.is_not_due,
        )
