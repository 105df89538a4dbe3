from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from ..tools.money import to_decimal

# What the bureau says of a signature in its own sums.
TOLD = ("invoice_count", "net_amount", "vat_amount")
NOTHING = (0, Decimal(), Decimal())


class InvoiceTaxConfirmation(models.Model):
    """Which invoices a confirmation covers, and how each of them stood.

    Entry points: :meth:`_cover_invoices` when it comes into being, :meth:`_complete`
    when more may be known of it.

    What must never happen: rows changed that agree with the bureau, whatever becomes of
    the invoices; rows made anew time and again.
    """

    _inherit = "invoice.tax.confirmation"

    def _get_purposes(self):
        """Purposes of the invoices that it confirms, the one it sums up first."""
        return (
            ("refund",) if self.kind == "refund" else ("deduct", "exclude", "unknown")
        )

    def _get_told(self):
        return (
            self.invoice_count,
            to_decimal(self.net_amount),
            to_decimal(self.vat_amount),
        )

    def _cover_invoices(self):
        """Mark the selected invoices of the period as confirmed, and keep how each of
        them stands."""
        # A further refund confirmation covers what has come since; a signature
        # everything again.
        is_refund = self.kind == "refund"
        selections = ["selected"] if is_refund else ["selected", "confirmed"]
        self._insert_lines(selections, self._get_purposes())
        sums = self._fetch_sums().get(self.id, NOTHING)
        self.write(dict(zip(TOLD, sums, strict=True)))

    def _insert_lines(self, selections, purposes):
        """Rows of the invoices of the period that have none, set-wise."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH confirmed AS (
                    UPDATE invoice_tax_input_invoice invoice
                       SET selection = 'confirmed', confirmation_id = %(confirmation)s
                     WHERE taxpayer_id = %(taxpayer)s AND period = %(period)s
                       AND selection = ANY(%(selections)s)
                       AND purpose = ANY(%(purposes)s)
                       AND NOT EXISTS (
                           SELECT FROM invoice_tax_confirmation_line line
                            WHERE line.confirmation_id = %(confirmation)s
                              AND line.input_invoice_id = invoice.id)
                 RETURNING id, company_id, type_id, purpose, net_amount, vat_amount,
                           creditable_vat)
                INSERT INTO invoice_tax_confirmation_line
                       (confirmation_id, input_invoice_id, company_id, type_id,
                        purpose, net_amount, vat_amount, creditable_vat)
                SELECT %(confirmation)s, confirmed.* FROM confirmed
              ORDER BY confirmed.id
                """,
                selections=list(selections),
                purposes=list(purposes),
                confirmation=self.id,
                taxpayer=self.taxpayer_id.id,
                period=self.period_id.name,
            )
        )
        self.env.invalidate_all()

    def _complete(self):
        """Where the bureau signed something else than the rows say, they follow what
        is known by now: all of them as soon as that is what the bureau signed, before
        only what they lack."""
        differing = self.filtered(
            lambda one: one.kind == "deduction" and one.difference
        )
        for confirmation in differing:
            if confirmation._fetch_known_sums() == confirmation._get_told():
                confirmation._cover_anew()
            else:
                confirmation._cover_missing(confirmation._get_purposes())

    def _fetch_known_sums(self):
        """What the rows of a signature would sum up to if they were made now."""
        period = self.period_id
        own = self.env["invoice.tax.statistics"]._fetch_own_rows(period)
        blocks = own.get((period.taxpayer_id.id, period.name), {})
        return blocks.get(("deduct", "total"), NOTHING)

    def _cover_missing(self, purposes):
        """What the bureau holds as confirmed and the rows do not have; those that are
        there stay."""
        self._insert_lines(["confirmed"], purposes)

    def _cover_anew(self):
        """All rows by what is known now; what the bureau said of the sums stays."""
        told = {name: self[name] for name in TOLD}
        self.line_ids.unlink()
        self._cover_invoices()
        self.write(told)
