from odoo import api, fields, models

from .words import TABLE_ROWS


class InvoiceTaxInvoiceType(models.Model):
    """A type of input invoice, by the code this product uses (those of Leqi,
    domain dictionary 1.3).

    Entry point: :meth:`_get_ids_by_code`, which makes a row for a code that
    nobody has seen before, so that an invoice of an unknown type is kept and
    shown with its raw code instead of being dropped. What a type can be used for
    say the dated rules (``invoice.tax.credit.rule``), not the type.
    """

    _name = "invoice.tax.invoice.type"
    _description = "Input Invoice Type"
    _order = "code"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    is_known = fields.Boolean(
        default=True, help="Off: a code that came from a platform and is not listed."
    )
    table_row = fields.Selection(
        TABLE_ROWS, required=True, default="other", string="Row of the Statistics Table"
    )

    _code_uniq = models.Constraint("UNIQUE(code)", "The code of a type is unique.")

    @api.model
    def _get_ids_by_code(self, codes):
        """``code → id`` for all codes; unknown ones get a row of their own."""
        wanted = set(codes)
        found = {
            invoice_type.code: invoice_type.id
            for invoice_type in self.sudo().search([("code", "in", list(wanted))])
        }
        missing = sorted(wanted - found.keys())
        created = self.sudo().create(
            [{"code": code, "name": code or "?", "is_known": False} for code in missing]
        )
        return {**found, **dict(zip(missing, created.ids, strict=True))}
