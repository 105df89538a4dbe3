from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools.sql import column_exists, create_column

from ..tools.money import to_decimal
from .account_move import VIEWERS


class AccountMove(models.Model):
    """An entry of input VAT: what it books, and what it belongs to.

    Entry points: :meth:`_post_tax_entry`; :meth:`_reverse_tax_entry`. An entry stands
    as long as it is neither cancelled nor reversed, whoever did that; its reversal
    names the same confirmation or invoice.

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
        check_company=True,
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
        check_company=True,
        string="Invoice Transferred Out",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups=VIEWERS,
        help="The unsound invoice whose VAT this entry transfers out.",
    )
    transfer_entry_id = fields.Many2one(
        "account.move",
        compute="_compute_transfer_entry_id",
        string="Entry of the Transfer",
        groups=VIEWERS,
    )
    can_transfer_out = fields.Boolean(
        compute="_compute_transfer_entry_id", groups=VIEWERS
    )
    is_tax_entry_simulated = fields.Boolean(
        compute="_compute_is_tax_entry_simulated", compute_sudo=True
    )
    is_tax_entry_reversed = fields.Boolean(
        compute="_compute_is_tax_entry_reversed",
        store=True,
        recursive=True,
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
    _tax_reversal_uniq = models.UniqueIndex(
        "(reversed_entry_id) WHERE tax_entry_kind IS NOT NULL"
        " AND reversed_entry_id IS NOT NULL AND state <> 'cancel'"
        " AND is_tax_entry_reversed IS NOT TRUE",
        "This entry of input VAT has a reversal already.",
    )

    def _auto_init(self):
        # Made here, or the ORM would compute it for every entry of the books.
        if not column_exists(self.env.cr, self._table, "is_tax_entry_reversed"):
            create_column(self.env.cr, self._table, "is_tax_entry_reversed", "boolean")
        return super()._auto_init()

    @api.depends(
        "tax_entry_kind",
        "reversal_move_ids.state",
        "reversal_move_ids.is_tax_entry_reversed",
    )
    def _compute_is_tax_entry_reversed(self):
        for move in self:
            move.is_tax_entry_reversed = bool(move.tax_entry_kind) and any(
                reversal.state == "posted" and not reversal.is_tax_entry_reversed
                for reversal in move.reversal_move_ids
            )

    @api.depends("tax_confirmation_id", "transferred_invoice_id")
    def _compute_is_tax_entry_simulated(self):
        for move in self:
            invoice = move.transferred_invoice_id
            signed = move.tax_confirmation_id or invoice.confirmation_id
            environment = signed.environment or invoice.taxpayer_id.environment
            move.is_tax_entry_simulated = environment == "simulated"

    @api.depends("tax_input_invoice_id")
    def _compute_transfer_entry_id(self):
        for move in self:
            invoice = move.tax_input_invoice_id
            move.transfer_entry_id = invoice.transfer_entry_id
            move.can_transfer_out = invoice.can_transfer_out

    # === WHAT STANDS === #

    @api.model
    def _find_standing(self, link, records):
        """The entries of these that stand, drafts too, whether the user may read
        entries or not.

        :param str link: ``tax_confirmation_id`` or ``transferred_invoice_id``
        :return: record → its entry
        """
        found = self.sudo().search(
            [
                (link, "in", records.ids),
                ("reversed_entry_id", "=", False),
                ("is_tax_entry_reversed", "=", False),
                ("state", "!=", "cancel"),
            ]
        )
        return {entry[link].sudo(False): entry.sudo(False) for entry in found}

    # === POSTING === #

    @api.model
    def _get_open_date(self, company, day):
        """This day, or where it is locked the first one on which Odoo would post."""
        journal = company.deduction_journal_id
        locks = company._get_violated_lock_dates(day, False, journal)
        if not locks:
            return day
        entry = self.with_context(tz="Asia/Shanghai").new(
            {
                "move_type": "entry",
                "company_id": company.id,
                "journal_id": journal.id,
                "date": day,
            }
        )
        return entry._get_accounting_date(day, False, locks)

    @api.model
    def _post_tax_entry(self, company, day, text, balances, **links):
        """Write an entry and post it, with the rights of whoever is at it.

        :param company: its books; only they are at hand while it is written
        :param datetime.date day: on which it belongs
        :param str text: what it is
        :param balances: pairs of account and Decimal in CNY, positive: debit
        :param links: the fields that say what it belongs to
        """
        # What was reversed a moment ago no longer stands in the way.
        self.flush_model()
        moves = self.with_context(
            allowed_company_ids=company.ids, default_move_type="entry"
        )
        text = self.new(links)._mark_simulated(text)
        entry = moves.create(
            {
                "journal_id": company.deduction_journal_id.id,
                "date": self._get_open_date(company, day),
                "ref": text,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "name": text,
                            "balance": float(balance),
                        }
                    )
                    for account, balance in balances
                    if to_decimal(balance)
                ],
            }
        )
        # Nobody may give these himself, whoever is at it neither.
        entry.sudo().write(links)
        entry._post(soft=False)
        return entry

    def _reverse_tax_entry(self, day, text):
        """Take back an entry that no longer holds: what was never posted is
        cancelled, else Odoo reverses it.

        :param datetime.date day: on which the reversal belongs, never before the entry
        """
        self.ensure_one()
        if self.state == "draft":
            self.button_cancel()
            return self.browse()
        company = self.company_id
        day = self._get_open_date(company, max(day, self.date))
        text = self._mark_simulated(text)
        move = self.with_context(allowed_company_ids=company.ids)
        return move._reverse_moves([{"date": day, "ref": text}], cancel=True)

    def _mark_simulated(self, text):
        """What is written in the books says so itself, wherever it is read."""
        if not self.is_tax_entry_simulated:
            return text
        return self.env._("[Simulated] %s", text)

    def _reverse_moves(self, default_values_list=None, cancel=False):
        # EXTENDS 'account': by whatever way it is reversed, the reversal says what of.
        reversals = super()._reverse_moves(default_values_list, cancel)
        for reversal in reversals.sudo():
            move = reversal.reversed_entry_id
            if move.tax_entry_kind:
                reversal.write(
                    {
                        "tax_entry_kind": move.tax_entry_kind,
                        "tax_confirmation_id": move.tax_confirmation_id.id,
                        "transferred_invoice_id": move.transferred_invoice_id.id,
                    }
                )
        return reversals

    # === ACTIONS === #

    def action_transfer_out(self):
        """Transfer out the VAT of the invoice that this bill books."""
        self.ensure_one()
        self.company_id._check_tax_right("entry_transfer")
        return self.tax_input_invoice_id.action_transfer_out()

    def action_open_tax_confirmation(self):
        """The confirmation that this entry books, in the history."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_tax_service.invoice_tax_confirmation_action"
        )
        return {**action, "domain": [("id", "=", self.tax_confirmation_id.id)]}
