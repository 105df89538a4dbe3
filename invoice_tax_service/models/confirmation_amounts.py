from datetime import date
from decimal import Decimal

from odoo import fields, models
from odoo.tools import SQL, date_utils

from .input_invoice_match import join_bill

# How many invoices one message names.
NAMED = 20


class InvoiceTaxConfirmation(models.Model):
    """What a confirmation moves in the books, invoice by invoice in one statement.

    * Input VAT gets what is deducted, so that its balance is the statistics table's.
    * Input VAT to be certified gives up what the posted bill of the invoice booked
      there. Where no bill did so, a deducted invoice takes its VAT from it all the
      same: the account shows less by that until the bill is posted, which makes it
      even again. Leaving these invoices out would let the books deduct less than was
      signed; the entry names them. An invoice that is not deducted moves only what
      a bill booked there, for a bill may as well have put it into the cost at once.
    * The cost takes the rest: VAT that is not deducted, less what is credited beyond
      the VAT on the face, as with farm products and tickets.

    A further confirmation covers the invoices of those before it again: of each
    invoice only what differs is moved.
    """

    _inherit = "invoice.tax.confirmation"

    def _get_lines_sql(self):
        """SQL of the invoices: ``before_`` is what the confirmation before this one
        took, ``held`` what posted bills booked as to be certified."""
        self.ensure_one()
        self.env.flush_all()
        return SQL(
            """
            SELECT line.input_invoice_id, line.purpose, line.vat_amount,
                   line.creditable_vat, line.released_vat,
                   invoice.purpose AS own_purpose,
                   CASE line.purpose WHEN 'deduct' THEN line.vat_amount
                        ELSE 0 END AS usual,
                   CASE line.purpose WHEN 'deduct' THEN line.creditable_vat
                        ELSE 0 END AS deducted,
                   before.purpose AS before_purpose,
                   before.vat_amount AS before_vat_amount,
                   CASE before.purpose WHEN 'deduct' THEN before.creditable_vat
                        ELSE 0 END AS before_deducted,
                   booked.held, booked.is_posted, booked.bill_id
              FROM invoice_tax_confirmation_line line
              JOIN invoice_tax_input_invoice invoice
                ON invoice.id = line.input_invoice_id
         LEFT JOIN LATERAL (%(before)s) before ON TRUE
        CROSS JOIN LATERAL (%(booked)s) booked
             WHERE line.confirmation_id = %(confirmation)s
               AND line.purpose IN ('deduct', 'exclude')
            """,
            confirmation=self.id,
            before=self._get_before_sql(),
            booked=self._get_booked_sql(),
        )

    def _get_before_sql(self):
        """SQL: how the confirmation before this one took the invoice of ``line``."""
        return SQL(
            """
            SELECT earlier.purpose, earlier.vat_amount, earlier.creditable_vat
              FROM invoice_tax_confirmation_line earlier
              JOIN invoice_tax_confirmation signed
                ON signed.id = earlier.confirmation_id
             WHERE earlier.input_invoice_id = line.input_invoice_id
               AND earlier.purpose IN ('deduct', 'exclude')
               AND signed.period_id = %(period)s AND signed.state = 'signed'
               AND signed.kind = 'deduction'
               AND (signed.ordinal, signed.id) < (%(ordinal)s, %(confirmation)s)
          ORDER BY signed.ordinal DESC, signed.id DESC
             LIMIT 1
            """,
            period=self.period_id.id,
            ordinal=self.ordinal,
            confirmation=self.id,
        )

    def _get_booked_sql(self):
        """SQL: what the posted bills of ``invoice`` booked as to be certified."""
        return SQL(
            """
            SELECT COALESCE(SUM(item.balance), 0) AS held,
                   COUNT(bill.id) > 0 AS is_posted, MIN(bill.id) AS bill_id
              FROM account_move bill
         LEFT JOIN account_move_line item
                ON item.move_id = bill.id AND item.account_id = %(account)s
             WHERE %(join_bill)s AND bill.state = 'posted'
               AND bill.payment_state IS DISTINCT FROM 'reversed'
            """,
            account=self.company_id.uncertified_tax_account_id.id or None,
            join_bill=join_bill(self.env, "invoice"),
        )

    def _fetch_entry_amounts(self):
        """:return: ``(released, deducted)``, Decimal in CNY: what input VAT to be
        certified gives up, and what of it is deducted"""
        [[released, deducted]] = self.env.execute_query(
            SQL(
                """
                SELECT SUM(CASE WHEN held <> 0 THEN held ELSE usual END
                         - CASE WHEN before_purpose IS NULL THEN 0
                                WHEN held <> 0 THEN held
                                WHEN before_purpose = 'deduct' THEN before_vat_amount
                                ELSE 0 END)::text,
                       SUM(deducted - COALESCE(before_deducted, 0))::text
                  FROM (%s) moved
                """,
                self._get_lines_sql(),
            )
        )
        return Decimal(released or 0), Decimal(deducted or 0)

    def _find_unbooked(self):
        """Deducted invoices whose VAT no posted bill booked as to be certified.

        :return: ``{whether there is a posted bill: (count, VAT, first ids)}``
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT is_posted, COUNT(*), SUM(vat_amount)::text,
                       (ARRAY_AGG(input_invoice_id ORDER BY input_invoice_id))[:%s]
                  FROM (%s) moved
                 WHERE purpose = 'deduct' AND held = 0 AND vat_amount <> 0
                   AND before_purpose IS NULL
              GROUP BY is_posted
                """,
                NAMED,
                self._get_lines_sql(),
            )
        )
        return {row[0]: (row[1], Decimal(row[2]), row[3]) for row in rows}

    def _get_entry_day(self):
        """The day on which the deduction belongs: it counts for the tax period, so
        what is signed after its end is booked on its last day, and what is signed
        before on the day of the signature, by the calendar of the bureau."""
        self.ensure_one()
        moment = self.cancelled_at or self.signed_at or fields.Datetime.now()
        bureau = self.with_context(tz="Asia/Shanghai")
        name = self.period_id.name
        first = date(int(name[:4]), int(name[4:]), 1)
        return min(
            fields.Datetime.context_timestamp(bureau, moment).date(),
            date_utils.end_of(first, "month"),
        )
