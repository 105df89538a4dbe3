from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..gateway.digital_number import FIRST_YEAR, REGIONS

KEPT = 8  # characters that are left in `fapiao`


class AccountMove(models.Model):
    """The check that lists invoices whose core field ``fapiao`` was cut.

    In Odoo 19.0 that field holds 8 characters: a 20-digit number written there loses
    its last twelve without a word.
    """

    _inherit = "account.move"

    has_cut_fapiao = fields.Boolean(
        compute="_compute_has_cut_fapiao",
        search="_search_has_cut_fapiao",
        string="Cut Fapiao Number",
        help="The core field keeps 8 of the 20 digits of a digital invoice number.",
    )

    @api.model
    def _get_cut_condition(self):
        """SQL: the first eight digits of a digital number, of a known one or by its
        year, region and the zeros behind them."""
        heads = "|".join(sorted(REGIONS))
        last = self.env["invoice.tax.issue"]._get_issue_date().year
        years = "|".join(f"{year % 100:02d}" for year in range(FIRST_YEAR, last + 1))
        pattern = f"^({years})({heads})[0-9]000$"
        return SQL(
            """
            LENGTH(fapiao) = %(kept)s AND (
                fapiao = LEFT(digital_invoice_number, %(kept)s)
                OR (LENGTH(input_invoice_number) = 20
                    AND fapiao = LEFT(input_invoice_number, %(kept)s))
                OR (input_invoice_number IS DISTINCT FROM fapiao
                    AND fapiao ~ %(pattern)s))
            """,
            kept=KEPT,
            pattern=pattern,
        )

    @api.model
    def _find_cut_ids(self, ids=None):
        if "fapiao" not in self._fields:
            # The Chinese localization is not installed: nothing can be cut.
            return []
        self.flush_model(["fapiao", "digital_invoice_number", "input_invoice_number"])
        only = SQL("AND id = ANY(%s)", ids) if ids is not None else SQL()
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM account_move WHERE %s %s",
                self._get_cut_condition(),
                only,
            )
        )
        return [move_id for (move_id,) in rows]

    def _compute_has_cut_fapiao(self):
        cut = set(self._find_cut_ids(self.ids))
        for move in self:
            move.has_cut_fapiao = move.id in cut

    @api.model
    def _search_has_cut_fapiao(self, operator, value):
        if operator != "in":
            return NotImplemented
        found = Domain("id", "in", self._find_cut_ids())
        return found if True in value else ~found
