from odoo import api, fields, models

from ..exceptions import TaxServicePageError
from ..tools.selection_plan import key_of
from .account_move import BILL_TYPES


class AccountMove(models.Model):
    """An input invoice is booked once, and a match that was taken back stays so.

    Entry point: :meth:`_check_booked_once`, whichever way a bill is posted or a
    number written. Credit notes, cancelled bills and bills that a credit note has
    reversed do not count. The matching writes no number on a posted bill where
    another one has it (``input_invoice_match.py``); who posts at the same moment
    meets at ``booked_number.py``.
    """

    _inherit = "account.move"

    booked_twice_with_id = fields.Many2one(
        "account.move",
        compute="_compute_booked_twice_with_id",
        string="Bill That Books the Same Tax Invoice",
        groups="account.group_account_readonly,account.group_account_invoice",
    )

    @api.depends("input_invoice_number", "input_invoice_code", "state", "move_type")
    def _compute_booked_twice_with_id(self):
        others = self._find_other_bookings()
        for move in self:
            move.booked_twice_with_id = others.get(move)

    def _find_other_bookings(self):
        """bill → another posted bill with the same invoice, of its company or of
        another that works under the same tax number."""
        bills = self._filter_booking()
        if not bills:
            return {}
        companies = bills.company_id._get_tax_companies()
        # Whether one may read the other bill or not, the invoice is booked.
        booked = (
            self.env["account.move"]
            .sudo()
            .search(
                [
                    (
                        "input_invoice_number",
                        "in",
                        bills.mapped("input_invoice_number"),
                    ),
                    ("company_id", "in", companies._get_served_companies().ids),
                    ("move_type", "=", "in_invoice"),
                    ("state", "=", "posted"),
                    ("payment_state", "!=", "reversed"),
                ],
                order="id",
            )
            .grouped(lambda move: move._get_booking_key())
        )
        found, none = {}, self.browse()
        for bill in bills:
            others = booked.get(bill._get_booking_key(), none)
            others = others.filtered(lambda one, bill=bill: one.id != bill._origin.id)
            if others:
                found[bill] = others[0].sudo(False)
        return found

    def _filter_booking(self):
        return self.filtered(
            lambda move: (
                move.input_invoice_number
                and move.move_type == "in_invoice"
                and move.state != "cancel"
            )
        )

    def _get_booking_key(self):
        number = self.input_invoice_number or ""
        company = self.company_id._get_tax_company()
        return (company.id, *key_of(number, self.input_invoice_code))

    def _meet_others(self):
        """Wait for whoever books the same invoices at this moment."""
        keys = [move._get_booking_key() for move in self._filter_booking()]
        self.env["invoice.tax.booked.number"]._meet(keys)

    @api.constrains(
        "state", "input_invoice_number", "input_invoice_code", "company_id", "move_type"
    )
    def _check_booked_once(self):
        posted = self.filtered(lambda move: move.state == "posted")._filter_booking()
        posted._meet_others()
        for bill, other in posted._find_other_bookings().items():
            raise TaxServicePageError(
                self.env._(
                    "Tax invoice %(number)s of bill %(bill)s is booked already on bill "
                    "%(other)s of %(day)s. Open that bill; cancel one of the two, or "
                    "correct its tax invoice number.",
                    number=bill.input_invoice_number,
                    bill=bill.display_name,
                    other=other.sudo().name,
                    day=other.sudo().invoice_date or other.sudo().date,
                ),
                "booked_twice",
                other._get_records_action(),
                self.env._("Open the Other Bill"),
            )

    def _post(self, soft=True):
        # EXTENDS 'account': a number in the reference counts like one in its field.
        unnumbered = self.filtered(
            lambda move: move.move_type in BILL_TYPES and not move.input_invoice_number
        )
        if unnumbered:
            self.env["invoice.tax.input.invoice"].sudo()._match_new_bills(unnumbered)
        return super()._post(soft)

    def write(self, vals):
        # EXTENDS 'account'
        if not {"input_invoice_number", "input_invoice_code"} & vals.keys():
            return super().write(vals)
        before = {
            move: move.tax_input_invoice_id
            for move in self.sudo().filtered("input_invoice_number")
        }
        result = super().write(vals)
        moves = self.sudo()
        moves._note_taken_back(before)
        invoices = moves.env["invoice.tax.input.invoice"]
        for move in moves.filtered("input_invoice_notice"):
            if before.get(move) != move.tax_input_invoice_id:
                invoices._clear_alarm(move)
        return result

    def _note_taken_back(self, before):
        """Remember which invoices people took away from these bills, or gave them."""
        for move in self:
            was, now = before.get(move), move.tax_input_invoice_id
            if was and was != now:
                was.rejected_bill_ids |= move
            if now and move in now.rejected_bill_ids:
                now.rejected_bill_ids -= move
