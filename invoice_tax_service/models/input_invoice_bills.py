from collections import defaultdict

from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Domain

from ..exceptions import TaxServiceError
from .input_invoice_match import has_bill
from .words import get_sentence

# What Odoo and other addons may have against one bill.
REFUSALS = (UserError, RedirectWarning, IntegrityError)
# How many invoices a sentence names.
NAMED = 3


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
            to_sql=lambda model, alias, query: has_bill(model.env, alias),
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
        for bill_id, invoice_id in reversed(self._filter_readable(suggestions)):
            invoice = self.browse(invoice_id)
            invoice.suggested_bill_id = bill_id
            invoice.has_suggested_bill = True

    def _search_has_suggested_bill(self, operator, value):
        if operator != "in":
            return NotImplemented
        suggestions = self._find_suggestions(self._get_own_taxpayers())
        readable = self._filter_readable(suggestions)
        return Domain("id", "in", [invoice_id for _bill, invoice_id in readable])

    @api.model
    def _filter_readable(self, suggestions):
        """Those with a bill that the user may read: of branches under one tax number
        each has its own bills."""
        bills = self.env["account.move"].browse({bill for bill, _one in suggestions})
        readable = set(bills._filtered_access("read").ids)
        return [pair for pair in suggestions if pair[0] in readable]

    @api.model
    def _get_own_taxpayers(self):
        companies = self.env.companies._get_tax_companies()
        return self.env["invoice.tax.taxpayer"].search(
            [("company_id", "in", companies.ids)]
        )

    # === RIGHTS === #

    def _check_can_bill(self, item, bills=None):
        """:param str item: the right item that it needs
        :param bills: that are changed; none given: new ones are made
        :raise TaxServiceError: no right, or vendor bills are not the user's to change
        """
        self.taxpayer_id._check_can(item)
        companies = self.company_id if bills is None else bills.sudo().company_id
        reason = self._get_missing_billing_reason(companies)
        if reason:
            raise TaxServiceError(reason, "no_billing_right")

    @api.model
    def _get_missing_billing_reason(self, companies):
        """Why the user may not make or change vendor bills there, or False."""
        if self.env.su:
            return False
        moves = self.env["account.move"]
        allowed = moves.has_access("create") and moves.has_access("write")
        if allowed and companies <= self.env.companies:
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
        """The suggested bills are those of these invoices, each alone."""
        self._check_can_bill("bill_confirm", self.suggested_bill_id)
        # Read before any is written: what is suggested then was not looked at.
        invoices_by_bill = {}
        for invoice in self.filtered("suggested_bill_id"):
            # Two invoices of a list may have one and the same suggested to them.
            invoices_by_bill.setdefault(invoice.suggested_bill_id, invoice)
        bills = {invoice: bill for bill, invoice in invoices_by_bill.items()}
        refusals = self.browse([one.id for one in bills])._do_each(
            lambda invoice: invoice._confirm_bill(bills[invoice]), "no_bill_confirmed"
        )
        if not refusals:
            return None
        title = self.env._(
            "%(confirmed)s bills confirmed, %(left)s invoices left out",
            confirmed=len(bills) - len(refusals),
            left=len(refusals),
        )
        reload_page = {"type": "ir.actions.client", "tag": "soft_reload"}
        return self._get_refusals_notification(title, refusals, reload_page)

    def _confirm_bill(self, bill):
        self.ensure_one()
        bill.write(
            {"input_invoice_number": self.number, "input_invoice_code": self.code}
        )

    def action_reject_bill(self):
        """The suggested bills are others; they are not suggested again."""
        self._check_can_bill("bill_reject", self.suggested_bill_id)
        for invoice in self:
            invoice._reject_bill(invoice.suggested_bill_id)

    def _reject_bill(self, bill):
        self.sudo().rejected_bill_ids |= bill.sudo()
        self.invalidate_recordset(["suggested_bill_id", "has_suggested_bill"])

    # === EACH ALONE === #

    def _do_each(self, act, code):
        """Do this with each of these: one that cannot be holds no other.

        :param act: called with an invoice
        :param str code: of the error where several cannot be, for several reasons
        :return list: ``(invoice, TaxServiceError)`` of those that could not be
        :raise TaxServiceError: none could be
        """
        refusals = []
        for invoice in self:
            try:
                with self.env.cr.savepoint():
                    act(invoice)
            except REFUSALS as error:
                if len(self) == 1:
                    raise
                refusals.append((invoice, self._as_refusal(error)))
        if refusals and len(refusals) == len(self):
            self._raise_refusals(refusals, code)
        return refusals

    @api.model
    def _as_refusal(self, error):
        if isinstance(error, TaxServiceError):
            return error
        if isinstance(error, IntegrityError):
            sentence = self._get_broken_model(error)._sql_error_to_message(error)
        else:
            sentence = error.args[0]
        return TaxServiceError(sentence, "bill_refused")

    @api.model
    def _get_broken_model(self, error):
        for model in self.env.registry.values():
            if model._table == error.diag.table_name:
                return self.env[model._name]
        return self.env["base"]

    @api.model
    def _raise_refusals(self, refusals, code):
        if len({str(error) for _invoice, error in refusals}) == 1:
            # What is true of all is said once.
            raise refusals[0][1]
        codes = {error.code for _invoice, error in refusals}
        raise TaxServiceError(
            self._name_refusals(refusals),
            codes.pop() if len(codes) == 1 else code,
            refusals=[(one.full_number, error.code) for one, error in refusals],
        )

    @api.model
    def _name_refusals(self, refusals):
        """A line for each reason, with the first invoices it holds for."""
        numbers = defaultdict(list)
        for invoice, error in refusals:
            numbers[str(error)].append(invoice.full_number)
        return "\n".join(
            f"{self._name_some(named)}: {text}" for text, named in numbers.items()
        )

    @api.model
    def _name_some(self, numbers):
        named = ", ".join(numbers[:NAMED])
        if len(numbers) <= NAMED:
            return named
        return self.env._(
            "%(names)s and %(count)s more", names=named, count=len(numbers) - NAMED
        )

    @api.model
    def _get_refusals_notification(self, title, refusals, action):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "className": "o_tax_lines",
                "sticky": True,
                "title": title,
                "message": self._name_refusals(refusals),
                "next": action,
            },
        }
