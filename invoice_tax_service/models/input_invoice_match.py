from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.selection_plan import SELECTABLE_STATUSES

# Further apart, invoice and bill are not taken for one and the same by amount; nor
# by 8 digits, where the bill is the older one.
DAYS_APART = 184
# How the pool knows an invoice, and how a bill may write it: 20 digits; or the code
# of 10 or 12 with the number of 8.
_KEY_OF_INVOICE = SQL(
    """(CASE WHEN LENGTH(invoice.number) = 20 THEN invoice.number
             ELSE COALESCE(invoice.code, '') || invoice.number END)"""
)
_KEY_IN_TEXT = "(?<![0-9])([0-9]{20}|[0-9]{18})(?![0-9])"
_NUMBER_IN_TEXT = "(?<![0-9])([0-9]{8})(?![0-9])"
_BETWEEN_DIGITS = "[[:space:]/_.,;:-]+"
# A negative invoice is booked on a credit note, all others on a bill.
_TYPE_OF_BILL = SQL(
    "(CASE WHEN invoice.gross_amount < 0 THEN 'in_refund' ELSE 'in_invoice' END)"
)


def is_served(env, invoice):
    """SQL: ``bill`` is of the company of the invoice, or of a branch that works under
    its tax number.

    :param str invoice: alias of its table
    """
    alias = SQL.identifier(invoice)
    own = SQL("bill.company_id = %s.company_id", alias)
    branches = env["res.company"]._find_branches()
    if not branches:
        return own
    return SQL(
        "(%s OR (bill.company_id, %s.company_id) IN (%s))",
        own,
        alias,
        SQL(", ").join(SQL("(%s, %s)", *pair) for pair in branches),
    )


def join_bill(env, invoice):
    """SQL: ``bill`` is a live one that carries the number of the invoice.

    :param str invoice: alias of its table
    """
    return SQL(
        """    %(is_served)s
           AND bill.input_invoice_number = %(invoice)s.number
           AND (LENGTH(%(invoice)s.number) = 20
                OR COALESCE(bill.input_invoice_code, '')
                 = COALESCE(%(invoice)s.code, ''))
           AND bill.move_type = CASE WHEN %(invoice)s.gross_amount < 0
                                     THEN 'in_refund' ELSE 'in_invoice' END
           AND bill.state <> 'cancel'""",
        is_served=is_served(env, invoice),
        invoice=SQL.identifier(invoice),
    )


def has_bill(env, invoice):
    """SQL: whether there is such a bill."""
    return SQL(
        "EXISTS (SELECT FROM account_move bill WHERE %s)", join_bill(env, invoice)
    )


def is_booked(env, invoice):
    """SQL: whether such a bill is posted, and no credit note has reversed it."""
    return SQL(
        """EXISTS (SELECT FROM account_move bill
                    WHERE %s AND bill.state = 'posted'
                      AND bill.payment_state IS DISTINCT FROM 'reversed')""",
        join_bill(env, invoice),
    )


class InvoiceTaxInputInvoice(models.Model):
    """Which vendor bill an input invoice is booked on.

    The number on the bill is the one link between the two; this finds where it is
    still to be written. Entry points: :meth:`_match_bills` after each reading and by
    hand, :meth:`_match_new_bills` when bills are posted, :meth:`_find_suggestions`
    for what a person has to confirm. All of them set-wise: a statement for a pool.

    What must never happen: a bill of another company; a number written where two
    could be meant; a match that a person has taken back made anew; a second posted
    bill of one invoice, for statements here pass by the check of the bills.
    """

    _inherit = "invoice.tax.input.invoice"

    rejected_bill_ids = fields.Many2many(
        "account.move",
        "invoice_tax_rejected_bill_rel",
        "input_invoice_id",
        "bill_id",
        readonly=True,
        string="Bills That Are Not This Invoice",
    )

    # === MATCHING === #

    @api.model
    def _match_bills(self, taxpayers):
        """Write the numbers of invoices on the bills that are surely theirs.

        :return int: bills that got a number
        """
        count = self._link(self._get_number_pairs(taxpayers))
        # What has found its bill by number is out of the way now.
        return count + self._link(self._get_amount_pairs(taxpayers))

    @api.model
    def _match_new_bills(self, bills):
        """The same for bills that are about to be posted, by their numbers alone:
        equal amounts say something only when all bills are looked at."""
        taxpayers = self._get_taxpayers_of(bills.company_id)
        if taxpayers and bills.ids:
            self._link(self._get_number_pairs(taxpayers, bills))

    @api.model
    def _get_taxpayers_of(self, companies):
        """Those under whose tax numbers these companies work."""
        return (
            self.env["invoice.tax.taxpayer"]
            .sudo()
            .search([("company_id", "in", companies._get_tax_companies().ids)])
        )

    @api.model
    def _link(self, pairs):
        """Write number and code of the sure ones among these pairs on the bills.

        Of posted bills that could all be it, none gets the number; drafts are stopped
        when they are posted.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE account_move move
                   SET input_invoice_number = invoice.number,
                       input_invoice_code = NULLIF(invoice.code, ''),
                       write_date = %s, write_uid = %s
                  FROM (SELECT bill_id, invoice_id,
                               COUNT(*) FILTER (WHERE is_posted)
                                   OVER (PARTITION BY invoice_id) AS posted
                          FROM (SELECT bill_id, MIN(invoice_id) AS invoice_id,
                                       BOOL_OR(is_posted) AS is_posted
                                  FROM (%s) pair
                                 WHERE is_sure
                                 GROUP BY bill_id
                                HAVING COUNT(DISTINCT invoice_id) = 1) sure) pair
                  JOIN invoice_tax_input_invoice invoice ON invoice.id = pair.invoice_id
                 WHERE move.id = pair.bill_id
                   AND (move.state <> 'posted' OR pair.posted = 1)
                RETURNING move.id, move.state
                """,
                fields.Datetime.now(),
                self.env.uid,
                pairs,
            )
        )
        if rows:
            self.env.invalidate_all(flush=False)
            posted = [bill_id for bill_id, state in rows if state == "posted"]
            self.env["account.move"].sudo().browse(posted)._meet_others()
        return len(rows)

    # === SUGGESTIONS === #

    @api.model
    def _find_suggestions(self, taxpayers, bills=None, invoices=None):
        """Pairs that a person would have to confirm, the likeliest first.

        :return list: ``(bill id, invoice id)``
        """
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """SELECT bill_id, invoice_id
                     FROM (%s UNION ALL %s) pair
                    GROUP BY bill_id, invoice_id
                    ORDER BY MIN(rank), MIN(days), invoice_id, bill_id""",
                self._get_number_pairs(taxpayers, bills, invoices),
                self._get_amount_pairs(taxpayers, bills, invoices),
            )
        )

    # === PAIRS === #

    @api.model
    def _get_number_pairs(self, taxpayers, bills=None, invoices=None):
        """SQL: bills without a number whose reference holds one, or whose number
        lacks its code, with the invoices that they can mean.

        The whole number is sure; 8 digits alone repeat, so they are sure only with
        seller and amount, and a suggestion with one of them.
        """
        return SQL(
            """
            SELECT bill.id AS bill_id, invoice.id AS invoice_id, bill.is_posted,
                   1 AS rank, 0 AS days, TRUE AS is_sure
              FROM %(bills)s bill
              JOIN invoice_tax_input_invoice invoice
                ON invoice.number IN (bill.key, RIGHT(bill.key, 8))
               AND %(key_of_invoice)s = bill.key
             WHERE NOT (bill.is_posted AND %(is_booked)s) AND %(belongs)s
            UNION ALL
            SELECT bill.id, invoice.id, bill.is_posted, 2, 0,
                   COALESCE(bill.seller = invoice.seller_tax_number, FALSE)
                   AND COALESCE(bill.gross = invoice.gross_amount, FALSE)
              FROM %(bills)s bill
              JOIN invoice_tax_input_invoice invoice
                ON invoice.number = bill.loose_number
               AND (bill.seller = invoice.seller_tax_number
                    OR bill.gross = invoice.gross_amount)
             WHERE bill.key IS NULL
               AND (bill.day < invoice.issue_date - %(days_apart)s) IS NOT TRUE
               AND NOT %(has_bill)s AND %(belongs)s
            """,
            bills=self._get_open_bills(taxpayers, bills, invoices),
            key_of_invoice=_KEY_OF_INVOICE,
            days_apart=DAYS_APART,
            is_booked=is_booked(self.env, "invoice"),
            has_bill=has_bill(self.env, "invoice"),
            belongs=self._get_belonging(taxpayers, invoices),
        )

    @api.model
    def _get_amount_pairs(self, taxpayers, bills=None, invoices=None):
        """SQL: bills without a number, and invoices without a bill, of one seller
        and one gross amount. Sure when they are of one day and the only ones."""
        return SQL(
            """
            SELECT bill_id, invoice_id, is_posted, 3 AS rank, days,
                   days = 0
                   AND COUNT(*) OVER (PARTITION BY bill_id, days = 0) = 1
                   AND COUNT(*) OVER (PARTITION BY invoice_id, days = 0) = 1 AS is_sure
              FROM (SELECT bill.id AS bill_id, invoice.id AS invoice_id,
                           bill.is_posted,
                           ABS(invoice.issue_date - bill.day) AS days
                      FROM %(bills)s bill
                      JOIN invoice_tax_input_invoice invoice
                        ON invoice.seller_tax_number = bill.seller
                       AND invoice.gross_amount = bill.gross
                     WHERE (bill.key IS NULL OR LENGTH(bill.key) < 20)
                       AND ABS(invoice.issue_date - bill.day) <= %(days_apart)s
                       AND invoice.status = ANY(%(sound)s)
                       AND NOT %(has_bill)s AND %(belongs)s) candidate
            """,
            bills=self._get_open_bills(taxpayers, bills, invoices),
            days_apart=DAYS_APART,
            sound=list(SELECTABLE_STATUSES),
            has_bill=has_bill(self.env, "invoice"),
            belongs=self._get_belonging(taxpayers, invoices),
        )

    @api.model
    def _get_belonging(self, taxpayers, invoices):
        """SQL: the invoice is one of these, of the kind of the bill and of the company
        under whose tax number its company works, and nobody has said that the two are
        not one."""
        return SQL(
            """invoice.taxpayer_id = ANY(%s) AND %s
               AND %s
               AND bill.move_type = %s
               AND NOT EXISTS (SELECT FROM invoice_tax_rejected_bill_rel rejected
                                WHERE rejected.input_invoice_id = invoice.id
                                  AND rejected.bill_id = bill.id)""",
            taxpayers.ids,
            SQL("TRUE")
            if invoices is None
            else SQL("invoice.id = ANY(%s)", invoices.ids),
            is_served(self.env, "invoice"),
            _TYPE_OF_BILL,
        )

    @api.model
    def _get_open_bills(self, taxpayers, bills, invoices):
        """SQL: live bills without the whole number of an invoice, and what they say
        of it: number, seller and amount."""
        of_bills = SQL("TRUE") if bills is None else SQL("move.id = ANY(%s)", bills.ids)
        return SQL(
            """
            (SELECT id, company_id, move_type, is_posted, day, gross, seller,
                    CASE WHEN number IS NULL
                         THEN COALESCE(SUBSTRING(ref FROM %(key)s),
                                       SUBSTRING(joined_ref FROM %(key)s))
                     END AS key,
                    COALESCE(number, SUBSTRING(ref FROM %(loose)s)) AS loose_number
               FROM (SELECT move.id, move.company_id, move.move_type, move.ref,
                            move.state = 'posted' AS is_posted,
                            NULLIF(move.input_invoice_number, '') AS number,
                            REGEXP_REPLACE(move.ref, %(between)s, '', 'g')
                            AS joined_ref,
                            COALESCE(move.invoice_date, move.date) AS day,
                            CASE WHEN move.currency_id = %(currency)s
                                 THEN move.amount_total
                                      * CASE WHEN move.move_type = 'in_refund'
                                             THEN -1 ELSE 1 END
                             END AS gross,
                            REGEXP_REPLACE(
                                UPPER(REGEXP_REPLACE(
                                    partner.vat, '[[:space:]]', '', 'g')),
                                '^CN(?=.{18}$)', '') AS seller
                       FROM account_move move
                       LEFT JOIN res_partner partner
                         ON partner.id = move.commercial_partner_id
                      WHERE move.company_id = ANY(%(companies)s)
                        AND move.move_type IN ('in_invoice', 'in_refund')
                        AND move.state <> 'cancel' AND %(of_bills)s
                        AND %(of_days)s
                        AND (COALESCE(move.input_invoice_number, '') = ''
                             OR (LENGTH(move.input_invoice_number) = 8
                                 AND COALESCE(move.input_invoice_code, '') = ''))
                    ) said)""",
            key=_KEY_IN_TEXT,
            loose=_NUMBER_IN_TEXT,
            between=_BETWEEN_DIGITS,
            currency=self.env.ref("base.CNY").id,
            companies=taxpayers.company_id._get_served_companies().ids,
            of_bills=of_bills,
            of_days=self._get_of_days(invoices),
        )

    @api.model
    def _get_of_days(self, invoices):
        """SQL: the bill is not of long before these few invoices, and so none of
        theirs. The years before there was a pool are thus not read for each page."""
        if invoices is None:
            return SQL("TRUE")
        return SQL(
            """(COALESCE(move.invoice_date, move.date) < (
                    SELECT MIN(issue_date) - %s
                      FROM invoice_tax_input_invoice
                     WHERE id = ANY(%s))) IS NOT TRUE""",
            DAYS_APART,
            invoices.ids,
        )
