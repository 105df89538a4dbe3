from odoo import api, fields, models
from odoo.fields import Domain

from ..tools import number_search


class InvoiceTaxNumberMixin(models.AbstractModel):
    """Rows that carry the number of an invoice, found by what a person types.

    Heirs have ``number`` and ``code``. Whole numbers, one or a pasted list, are
    looked up in an index; so is the beginning of one. Only what begins no number
    is looked for inside of them, which reads the whole table.
    """

    _name = "invoice.tax.number.mixin"
    _description = "Row with the Number of an Invoice"

    full_number = fields.Char(
        compute="_compute_full_number", search="_search_full_number"
    )

    @api.depends("number", "code")
    def _compute_full_number(self):
        for row in self:
            row.full_number = " ".join(filter(None, (row.code, row.number)))

    def _search_full_number(self, operator, value):
        if operator in ("like", "=like", "=ilike"):
            # Custom filters: "starts with" and the like mean the number.
            return Domain("number", operator, value)
        if operator == "ilike":
            return self._get_typed_number_domain(value)
        if operator == "in":
            # Written as the field shows it: the code, if any, stands in front.
            return Domain.OR(
                self._get_number_domain([(number, " ".join(codes))])
                for *codes, number in ((text or "").split() or [""] for text in value)
            )
        return NotImplemented

    @api.model
    def _get_typed_number_domain(self, text):
        typed = number_search.parse(text)
        if not typed.part:
            return self._get_number_domain(typed.keys)
        beginning = self._get_number_scope() & Domain(
            "number", "=like", f"{typed.part}%"
        )
        # In the order of the index, or it would be left for that of the list.
        if self.search(beginning, order="number", limit=1):
            return beginning
        return Domain("number", "ilike", typed.part) | Domain(
            "code", "ilike", typed.part
        )

    @api.model
    def _get_number_domain(self, keys):
        """:param keys: ``(number, code)``, the code empty if it does not matter"""
        plain = [number for number, code in keys if not code]
        domain = Domain("number", "in", plain)
        for number, code in keys:
            if code:
                domain |= Domain("number", "=", number) & Domain("code", "=", code)
        return self._get_number_scope() & domain

    @api.model
    def _get_number_scope(self):
        """What an index on numbers needs to be told before the number."""
        return Domain.TRUE
