from odoo import api, fields, models
from odoo.tools.sql import column_exists, create_column

from .account_move import VIEWERS


class AccountMove(models.Model):
    """An entry that the tax service posts: what it books, and what it belongs to.

    A reversal names the same confirmation or invoice as the entry that it reverses.

    What must never happen: two entries that stand for one confirmation, or for one
    invoice transferred out; the unique indexes stand against it, whoever posts.
    """

    _inherit = "account.move"

    tax_entry_kind = fields.Selection(
        [("certified", "Input VAT Certified"), ("transferred", "Transferred Out")],
        string="Entry of Input VAT",
        copy=False,
        readonly=True,
    )
    tax_confirmation_id = fields.Many2one(
        "invoice.tax.confirmation",
        string="Confirmation",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups=VIEWERS,
        help="The signature whose VAT this entry books.",
    )
    transferred_invoice_id = fields.Many2one(
        "invoice.tax.input.invoice",
        string="Invoice Transferred Out",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups=VIEWERS,
        help="The unsound invoice whose VAT this entry transfers out.",
    )
    is_tax_entry_reversed = fields.Boolean(
        compute="_compute_is_tax_entry_reversed",
        store=True,
        copy=False,
        export_string_translation=False,
    )

    _tax_confirmation_uniq = models.UniqueIndex(
        "(tax_confirmation_id) WHERE tax_confirmation_id IS NOT NULL"
        " AND reversed_entry_id IS NULL AND state <> 'cancel'"
        " AND is_tax_entry_reversed IS NOT TRUE",
        "This confirmation has its entry already.",
    )
    _transferred_invoice_uniq = models.UniqueIndex(
        "(transferred_invoice_id) WHERE transferred_invoice_id IS NOT NULL"
        " AND reversed_entry_id IS NULL AND state <> 'cancel'"
        " AND is_tax_entry_reversed IS NOT TRUE",
        "The VAT of this invoice is transferred out already.",
    )

    def _auto_init(self):
        # Made here, or the ORM would compute it for every entry of the books.
        if not column_exists(self.env.cr, self._table, "is_tax_entry_reversed"):
            create_column(self.env.cr, self._table, "is_tax_entry_reversed", "boolean")
        return super()._auto_init()

    @api.depends("tax_entry_kind", "reversal_move_ids.state")
    def _compute_is_tax_entry_reversed(self):
        for move in self:
            move.is_tax_entry_reversed = bool(move.tax_entry_kind) and any(
                reversal.state == "posted" for reversal in move.reversal_move_ids
            )
