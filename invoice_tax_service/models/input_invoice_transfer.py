from odoo import api, fields, models
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..exceptions import TaxServiceError
from .confirmation_entry import BUSY_WAIT
from .input_invoice_alarm import ACTIVITY
from .words import get_sentence


class InvoiceTaxInputInvoice(models.Model):
    """The entry that transfers out the VAT of an invoice that was deducted and is no
    longer sound (进项税额转出).

    Entry points: :meth:`action_transfer_out`, for a person decides it; and
    :meth:`_reverse_transfers`, for nothing is left to transfer out once the invoice
    is sound again or no longer deducted. VAT is transferred out once, through whatever
    states the invoice goes; by the law in the period in which it becomes known, so
    the entry is of the day.

    What must never happen: two entries that stand for one invoice.
    """

    _inherit = "invoice.tax.input.invoice"

    transfer_entry_id = fields.Many2one(
        "account.move",
        compute="_compute_transfer_entry_id",
        string="Entry of the Transfer",
        help="The entry that transfers out the VAT of this invoice.",
    )
    can_transfer_out = fields.Boolean(compute="_compute_transfer_entry_id")

    @api.depends("status", "selection", "purpose", "creditable_vat")
    def _compute_transfer_entry_id(self):
        moves = self.env["account.move"]
        standing = moves._find_standing("transferred_invoice_id", self)
        for invoice in self:
            entry = standing.get(invoice._origin)
            invoice.transfer_entry_id = entry
            invoice.can_transfer_out = (
                bool(invoice.vat_to_transfer)
                and invoice.company_id.sudo().is_input_tax_booked
                and (not entry or entry.sudo().state == "draft")
            )

    # === WHY NOT === #

    def _get_cannot_transfer_reason(self):
        """Why the VAT of this invoice cannot be transferred out now.

        :return: ``(code, sentence)`` or False
        """
        self.ensure_one()
        reason = self.taxpayer_id._get_missing_right_reason("entry_transfer")
        if reason:
            return "no_right", reason
        if not self._get_vat_to_transfer():
            code, text = "transfer_nothing", ""
        elif self.transfer_entry_id.sudo().state == "posted":
            code, text = "entry_posted", ""
        else:
            code, text = self.company_id._get_cannot_post_reason() or (False, "")
        return code and (code, get_sentence(self.env, code, text))

    # === POSTED === #

    def _transfer_out(self):
        """:raise TaxServiceError: it cannot be transferred out"""
        self.ensure_one()
        if not self.sudo().try_lock_for_update(allow_referencing=True):
            raise TaxServiceError(get_sentence(self.env, "entry_busy"), "entry_busy")
        self.invalidate_recordset(["transfer_entry_id"])
        reason = self._get_cannot_transfer_reason()
        if reason:
            raise TaxServiceError(reason[1], reason[0])
        entry = self.transfer_entry_id
        if entry:
            entry._post(soft=False)
        else:
            entry = self._create_transfer()
        self._settle_alarm(entry)
        for records in (self, self.bill_id):
            records.invalidate_recordset(["transfer_entry_id", "can_transfer_out"])
        return entry

    def _create_transfer(self):
        company, amount = self.company_id, self._get_vat_to_transfer()
        text = self.env._(
            "Input VAT transferred out: invoice %(number)s is %(status)s",
            number=self.full_number,
            status=self._get_status_label(),
        )
        return self.env["account.move"]._post_tax_entry(
            company,
            self.taxpayer_id._get_today(),
            text,
            (
                (company.undeducted_tax_account_id, amount),
                (company.transferred_tax_account_id, -amount),
            ),
            tax_entry_kind="transferred",
            transferred_invoice_id=self.id,
        )

    def _settle_alarm(self, entry):
        """What the activity on the bill asks for is done."""
        self.bill_id.sudo().activity_feedback(
            [ACTIVITY],
            feedback=self.env._(
                "Transferred out by entry %s; settle the bill with the seller.",
                entry.name,
            ),
        )

    # === TAKEN BACK === #

    @api.model
    def _raise_alarms(self, taxpayers):
        alarmed = super()._raise_alarms(taxpayers)
        if self._find_settled_transfers(taxpayers):
            self.env["invoice.tax.confirmation"]._trigger_entries()
        return alarmed

    @api.model
    def _find_settled_transfers(self, taxpayers=None):
        """Entries that transfer out what is no longer to be transferred out."""
        invoice = "transferred_invoice_id"
        domain = (
            Domain("tax_entry_kind", "=", "transferred")
            & Domain("reversed_entry_id", "=", False)
            & Domain("is_tax_entry_reversed", "=", False)
            & Domain("state", "!=", "cancel")
            & (
                Domain(f"{invoice}.is_sound", "=", True)
                | Domain(f"{invoice}.selection", "!=", "confirmed")
                | Domain(f"{invoice}.purpose", "!=", "deduct")
            )
        )
        if taxpayers is not None:
            domain &= Domain(f"{invoice}.taxpayer_id", "in", taxpayers.ids)
        return self.env["account.move"].sudo().search(domain)

    @api.model
    def _reverse_transfers(self):
        """Take these back, each alone; of the scheduled action."""
        for entry in self._find_settled_transfers():
            invoice = entry.transferred_invoice_id
            person = entry.company_id._get_tax_person(entry.create_uid)
            invoice = invoice.with_context(lang=person.lang or self.env.lang)
            try:
                self._try_alone(invoice._reverse_transfer, entry)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # Somebody else is at it; the next run sees what became of it.
                self.env.cr.rollback()
                self.env["invoice.tax.confirmation"]._trigger_entries(BUSY_WAIT)
            self.env["ir.cron"]._commit_progress(1)

    def _reverse_transfer(self, entry):
        text = self.env._(
            "Taken back: input VAT of invoice %s transferred out", self.full_number
        )
        entry._reverse_tax_entry(self.taxpayer_id._get_today(), text)

    # === ACTIONS === #

    def action_transfer_out(self):
        """Post the entries that transfer out the VAT of these, each alone."""
        self.check_access("read")
        self.taxpayer_id._check_can("entry_transfer")
        refusals = self._do_each(
            lambda invoice: invoice._transfer_out(), "no_transfer_posted"
        )
        reload_page = {"type": "ir.actions.client", "tag": "soft_reload"}
        if not refusals:
            return reload_page
        title = self.env._(
            "%(done)s entries posted, %(left)s invoices left out",
            done=len(self) - len(refusals),
            left=len(refusals),
        )
        return self._get_refusals_notification(title, refusals, reload_page)
