import logging

from markupsafe import Markup

from odoo import api, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, format_amount

from .input_invoice_match import join_bill

_logger = logging.getLogger(__name__)

ACTIVITY = "invoice_tax_service.mail_activity_type_unsound"
# What the bureau says of an invoice that was deducted and must not be, or not whole.
ALARMING = ("voided", "out_of_control", "red", "partly_red", "fully_red", "abnormal")


class InvoiceTaxInputInvoice(models.Model):
    """Tells the person of a vendor bill that its invoice has turned void, red-letter,
    abnormal or out of control, and how much VAT is to be transferred out.

    Entry point: :meth:`_raise_alarms`, after each reading. What was told stands on
    the bill (``input_invoice_notice``), so the same change is told once and a new
    one again.
    """

    _inherit = "invoice.tax.input.invoice"

    @api.model
    def _raise_alarms(self, taxpayers):
        """:return: the bills that got an activity"""
        self.env.flush_all()
        alarmed = self.env["account.move"].sudo()
        for bill_id, invoice_id in self._find_untold(taxpayers):
            bill = alarmed.browse(bill_id)
            if self._try_alone(self.browse(invoice_id)._raise_alarm, bill):
                alarmed |= bill
        for bill_id in self._find_sound_again(taxpayers):
            self._try_alone(self._clear_alarm, alarmed.browse(bill_id))
        return alarmed

    @api.model
    def _find_untold(self, taxpayers):
        return self.env.execute_query(
            SQL(
                """
                SELECT bill.id, invoice.id
                  FROM invoice_tax_input_invoice invoice
                  JOIN account_move bill ON %s
                 WHERE invoice.taxpayer_id = ANY(%s) AND invoice.status = ANY(%s)
                   AND invoice.gross_amount >= 0
                   AND bill.input_invoice_notice IS DISTINCT FROM
                       invoice.number || ' ' || invoice.status
                 ORDER BY bill.id
                """,
                join_bill(self.env, "invoice"),
                taxpayers.ids,
                list(ALARMING),
            )
        )

    @api.model
    def _find_sound_again(self, taxpayers):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT bill.id
                  FROM invoice_tax_input_invoice invoice
                  JOIN account_move bill ON %s
                 WHERE invoice.taxpayer_id = ANY(%s)
                   AND NOT invoice.status = ANY(%s)
                   AND bill.input_invoice_notice IS NOT NULL
                """,
                join_bill(self.env, "invoice"),
                taxpayers.ids,
                list(ALARMING),
            )
        )
        return [bill_id for (bill_id,) in rows]

    @api.model
    def _try_alone(self, act, bill):
        """A bill that cannot be told of holds no other."""
        try:
            with self.env.cr.savepoint():
                act(bill)
            return True
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception:  # noqa: BLE001 - said in the log, and tried again
            _logger.exception("Activity of %s", bill)
            return False

    @api.model
    def _clear_alarm(self, bill):
        """Nothing is the matter any more with what this bill books."""
        bill.activity_unlink([ACTIVITY])
        bill.input_invoice_notice = False

    def _raise_alarm(self, bill):
        self.ensure_one()
        # Who made the bill, else a manager.
        person = bill.company_id._get_tax_person(bill.create_uid)
        invoice = self.with_context(lang=person.lang or self.env.lang)
        # A change replaces the one before it, which nobody has looked at yet.
        bill.activity_unlink([ACTIVITY])
        bill.activity_schedule(
            ACTIVITY,
            summary=invoice._get_alarm_summary(),
            note=Markup("<p>%s</p>") % invoice._get_alarm_note(),
            user_id=person.id,
        )
        bill.input_invoice_notice = f"{self.number} {self.status}"

    def _get_alarm_summary(self):
        amount = self._get_vat_to_transfer()
        status = self._get_status_label()
        if amount:
            return self.env._(
                "Tax invoice %(status)s: transfer out %(amount)s of input VAT",
                status=status,
                amount=self._format_cny(amount),
            )
        return self.env._("Tax invoice %(status)s", status=status)

    def _get_alarm_note(self):
        facts = {
            "number": self.full_number,
            "status": self._get_status_label(),
            "period": self.period or "",
            "amount": self._format_cny(self._get_vat_to_transfer()),
        }
        if self._get_vat_to_transfer():
            return self.env._(
                "Invoice %(number)s is %(status)s at the tax bureau. Its VAT was "
                "deducted in tax period %(period)s: transfer %(amount)s out of the "
                "input VAT, and settle the bill with the seller.",
                **facts,
            )
        is_deducted = self.selection == "confirmed" and self.purpose == "deduct"
        if self.status == "partly_red" and is_deducted:
            return self.env._(
                "Invoice %(number)s is %(status)s at the tax bureau. Of the VAT "
                "deducted, the amount on the red-letter invoice has to be transferred "
                "out; book that as a credit note.",
                **facts,
            )
        return self.env._(
            "Invoice %(number)s is %(status)s at the tax bureau. Its VAT is not "
            "deducted, so nothing has to be transferred out (%(amount)s); settle the "
            "bill with the seller.",
            **facts,
        )

    def _get_status_label(self):
        return self._get_labels("status")[self.status]

    @api.model
    def _format_cny(self, amount):
        return format_amount(self.env, float(amount), self.env.ref("base.CNY"))
