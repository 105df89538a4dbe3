from odoo import fields, models
from odoo.tools import SQL


class InvoiceTaxBookedNumber(models.Model):
    """The tax invoices that posted bills of a company book, a row for each.

    Two who post bills of one invoice at the same moment do not see each other's; at
    this row they meet. Entry point: :meth:`_meet`, before one looks whether the
    invoice is booked. Whether it is say the bills alone, never this.

    What must never happen: a row taken away while a bill is posted.
    """

    _name = "invoice.tax.booked.number"
    _description = "Booked Tax Invoice Number"
    _log_access = False
    _rec_name = "number"

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    number = fields.Char(required=True)
    code = fields.Char(required=True)

    _key_uniq = models.UniqueIndex("(company_id, number, code)")

    def _meet(self, keys):
        """Hold these until the transaction ends. Who comes second waits; if the first
        has committed, PostgreSQL has the second begin anew and see what was posted.

        :param keys: of ``(company id, number, code)``
        """
        if not keys:
            return
        # In one order, so that two with the same ones do not wait for each other.
        companies, numbers, codes = zip(*sorted(set(keys)), strict=True)
        self.env.execute_query(
            SQL(
                """
                INSERT INTO invoice_tax_booked_number (company_id, number, code)
                SELECT company_id, number, code
                  FROM UNNEST(%s::integer[], %s::varchar[], %s::varchar[])
                       WITH ORDINALITY AS key (company_id, number, code, place)
                 ORDER BY place
                    ON CONFLICT (company_id, number, code)
                    DO UPDATE SET number = EXCLUDED.number
                RETURNING id
                """,
                list(companies),
                list(numbers),
                list(codes),
            )
        )
