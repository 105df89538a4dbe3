from odoo import api, fields, models
from odoo.fields import Domain

from ..exceptions import TaxServiceError
from .input_invoice_match import has_bill
from .words import get_sentence


class InvoiceTaxInputInvoice(models.Model):
    """The vendor bill of an input invoice, and the one that is suggested.

    Entry points: the pages of the pool; :meth:`action_match_bills`,
    :meth:`action_confirm_bill` and :meth:`action_reject_bill`. Nothing is kept here:
    the bill is the one that carries the number.
    """

    _inherit = "invoice.tax.input.invoice"

    bill_id = fields.Many2one(
        "account.move",
        compute="_compute_bill_id",
        help="The vendor bill that carries the number of the invoice.",
    )
    has_bill = fields.Boolean(compute="_compute_bill_id", search="_search_has_bill")
    suggested_bill_id = fields.Many2one(
        "account.move",
        compute="_compute_suggested_bill_id",
        help="Same seller and gross amount, or the same 8 digits: confirm it, or say "
        "that it is another one.",
    )
    has_suggested_bill = fields.Boolean(
        compute="_compute_suggested_bill_id", search="_search_has_suggested_bill"
    )

    @api.depends("number", "code", "company_id", "gross_amount")
    def _compute_bill_id(self):
        for invoice in self:
            kind = "in_refund" if invoice.gross_amount < 0 else "in_invoice"
            bills = invoice.bill_ids.filtered(
                lambda bill, kind=kind: (
                    bill.state != "cancel" and bill.move_type == kind
                )
            )
            # Posted before draft, then the oldest.
            bills = bills.sorted(lambda bill: (bill.state != "posted", bill.id))
            invoice.bill_id = bills[:1]
            invoice.has_bill = bool(bills)

    def _search_has_bill(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.env["account.move"].flush_model()
        return Domain.custom(
            to_sql=lambda model, alias, query: has_bill(alias),
            predicate=lambda invoice: invoice.has_bill,
        )

    @api.depends("bill_id", "rejected_bill_ids")
    def _compute_suggested_bill_id(self):
        self.suggested_bill_id = False
        self.has_suggested_bill = False
        unmatched = self.filtered(lambda invoice: invoice.id and not invoice.has_bill)
        if not unmatched.ids:
            return
        suggestions = self._find_suggestions(unmatched.taxpayer_id, invoices=unmatched)
        # The likeliest stands first, so it is written last.
        for bill_id, invoice_id in reversed(suggestions):
            invoice = self.browse(invoice_id)
            invoice.suggested_bill_id = bill_id
            invoice.has_suggested_bill = True

    def _search_has_suggested_bill(self, operator, value):
        if operator != "in":
            return NotImplemented
        suggestions = self._find_suggestions(self._get_own_taxpayers())
        return Domain("id", "in", [invoice_id for _bill, invoice_id in suggestions])

    @api.model
    def _get_own_taxpayers(self):
        return self.env["invoice.tax.taxpayer"].search(
            [("company_id", "in", self.env.companies.ids)]
        )

    # === RIGHTS === #

    def _check_can_bill(self, item):
        """:param str item: the right item that it needs
        :raise TaxServiceError: no right, or vendor bills are not the user's to change
        """
        self.taxpayer_id._check_can(item)
        reason = self._get_missing_billing_reason()
        if reason:
            raise TaxServiceError(reason, "no_billing_right")

    def _get_missing_billing_reason(self):
        """Why the user may not make or change vendor bills here, or False."""
        if self.env.su:
            return False
        moves = self.env["account.move"]
        allowed = moves.has_access("create") and moves.has_access("write")
        if allowed and self.company_id <= self.env.companies:
            return False
        return get_sentence(self.env, "no_billing_right")

    # === ACTIONS === #

    def action_match_bills(self):
        """Look for the bills of all invoices again, as after each reading."""
        self.check_access("read")
        taxpayers = self._get_own_taxpayers()
        taxpayers._check_can("bill_match")
        count = self.sudo()._match_bills(taxpayers)
        waiting = self.search_count([("has_suggested_bill", "=", True)])
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if count else "info",
                "message": self.env._(
                    "%(count)s bills matched; %(waiting)s invoices have a suggested "
                    "bill that waits to be confirmed.",
                    count=count,
                    waiting=waiting,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_confirm_bill(self):
        """The suggested bills are those of these invoices."""
        self._check_can_bill("bill_confirm")
        taken = self.env["account.move"]
        for invoice in self:
            bill = invoice.suggested_bill_id
            # Two invoices of a list may have one and the same suggested to them.
            if bill and bill not in taken:
                invoice._confirm_bill(bill)
                taken |= bill

    def _confirm_bill(self, bill):
        self.ensure_one()
        bill.write(
            {"input_invoice_number": self.number, "input_invoice_code": self.code}
        )

    def action_reject_bill(self):
        """The suggested bills are others; they are not suggested again."""
        self._check_can_bill("bill_reject")
        for invoice in self:
            invoice._reject_bill(invoice.suggested_bill_id)

    def _reject_bill(self, bill):
        self.sudo().rejected_bill_ids |= bill.sudo()
        self.invalidate_recordset(["suggested_bill_id", "has_suggested_bill"])
