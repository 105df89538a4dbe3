from datetime import date
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.tools import SQL, date_utils

from ..exceptions import TaxServiceError
from ..tools.money import to_decimal
from .input_invoice_soundness import TABLE_PURPOSES
from .words import get_sentence

PURPOSES = ("deduct", "exclude", "refund")
# Columns of :meth:`_fetch_pool_sums`, in the order of the statement.
POOL_SUMS = (
    "count",
    "net",
    "vat",
    "gross",
    "creditable",
    "bill_vat",
    "booked_count",
    "booked_gross",
    "booked_vat",
)


class InvoiceTaxPeriod(models.Model):
    """What bureau, Odoo and books say of one tax period, side by side.

    Entry points: :meth:`_get_comparison_figures`, the three columns;
    :meth:`_get_differences_sql` and :meth:`_find_sum_differences`
    (``period_difference.py``), what is to be done. Figures are Decimal in CNY, None
    where a side does not say anything of it; what nobody says anything of is no
    difference.

    What must never happen: anything written; the books of a company that the user has
    not switched on; a statement for each invoice.
    """

    _inherit = "invoice.tax.period"

    # === WHY NOT === #

    def _check_can_compare(self):
        """:raise TaxServiceError: no right, or not all books of the tax number are at
        hand, so that the figures would be wrong"""
        self.ensure_one()
        self.taxpayer_id._check_can("compare")
        missing = self._get_books() - self.env.companies
        if missing and not self.env.su:
            raise TaxServiceError(
                get_sentence(self.env, "comparison_companies"), "comparison_companies"
            )

    def _get_books(self):
        """The companies whose books belong to the tax number."""
        return self.company_id._get_served_companies()

    def _get_days(self):
        """First and last day of the tax period, a month or a quarter."""
        last_month = date(int(self.name[:4]), int(self.name[4:]), 1)
        months = 2 if self.taxpayer_id.filing_frequency == "quarter" else 0
        return (
            last_month - relativedelta(months=months),
            date_utils.end_of(last_month, "month"),
        )

    # === FIGURES === #

    def _get_comparison_figures(self):
        """The rows of the page, in its order.

        :return: ``[{"block", "measure", "bureau", "odoo", "books"}]``
        """
        self.ensure_one()
        pool = self._fetch_pool_sums()
        bureau = self._get_bureau_sums()
        ledger = self._fetch_ledger_sums()
        rows = [
            *self._get_table_figures("deduct", pool, bureau),
            self._get_figure(
                "deduct",
                "creditable",
                bureau["deduct"][2],
                pool["deduct"]["creditable"],
                ledger["deducted"],
            ),
            self._get_bill_vat_figure(pool["deduct"]),
            self._get_gross_figure("deduct", pool),
        ]
        for block in ("exclude", "refund"):
            # Most months know neither.
            if pool[block]["count"] or any(bureau[block]):
                rows += self._get_table_figures(block, pool, bureau)
                vat = pool[block]["vat"]
                rows.append(self._get_figure(block, "vat", bureau[block][2], vat))
                rows.append(self._get_gross_figure(block, pool))
        return rows + self._get_ledger_figures(ledger)

    def _get_figure(self, block, measure, bureau=None, odoo=None, books=None):
        return {
            "block": block,
            "measure": measure,
            "bureau": bureau,
            "odoo": odoo,
            "books": books,
        }

    def _get_table_figures(self, block, pool, bureau):
        own = pool[block]
        return [
            self._get_figure(
                block, "count", bureau[block][0], own["count"], own["booked_count"]
            ),
            self._get_figure(block, "net", bureau[block][1], own["net"]),
        ]

    def _get_bill_vat_figure(self, own):
        return self._get_figure(
            "deduct", "bill_vat", odoo=own["bill_vat"], books=own["booked_vat"]
        )

    def _get_gross_figure(self, block, pool):
        return self._get_figure(
            block,
            "gross",
            odoo=pool[block]["gross"],
            books=pool[block]["booked_gross"],
        )

    def _get_ledger_figures(self, ledger):
        if ledger["uncertified"] is None:
            return []
        return [
            self._get_figure(
                "ledger",
                "transferred",
                odoo=self._fetch_vat_to_transfer(),
                books=ledger["transferred"],
            ),
            self._get_figure("ledger", "uncertified", books=ledger["uncertified"]),
        ]

    # === BUREAU === #

    def _get_bureau_sums(self):
        """``{block: (count, net, VAT)}`` as the bureau said it last; Nones where it
        has not said anything yet."""
        nothing = (None, None, None)
        sums = dict.fromkeys(PURPOSES, nothing)
        table = self.statistics_ids[:1]
        for block in TABLE_PURPOSES if table else ():
            total = table.line_ids.filtered(
                lambda line, block=block: line.block == block and line.row == "total"
            )
            sums[block] = self._get_told(total)
        confirmations = self.confirmation_ids.filtered(
            lambda one: one.state == "signed"
        )
        refunds = confirmations.filtered(lambda one: one.kind == "refund")
        if refunds:
            sums["refund"] = self._get_told(refunds)
        if not table:
            last = (confirmations - refunds).sorted(lambda one: (one.ordinal, one.id))
            sums["deduct"] = self._get_told(last[-1:]) if last else nothing
        return sums

    def _get_told(self, rows):
        return (
            sum(rows.mapped("invoice_count")),
            sum(map(to_decimal, rows.mapped("net_amount")), Decimal()),
            sum(map(to_decimal, rows.mapped("vat_amount")), Decimal()),
        )

    # === ODOO AND THE BILLS === #

    def _get_pairs(self):
        """SQL: the invoices of the period with the vendor bill that stands for each: a
        posted one before a draft, a draft before one that a credit note has reversed.

        Amounts of a bill are those of the invoice's currency, with its sign.
        """
        return SQL(
            """
            SELECT invoice.id AS invoice_id, invoice.purpose, invoice.selection,
                   invoice.status, invoice.net_amount AS net,
                   invoice.vat_amount AS vat, invoice.gross_amount AS gross,
                   invoice.creditable_vat AS creditable,
                   bill.id AS bill_id, bill.is_booked, bill.is_reversed,
                   bill.gross AS bill_gross, bill.vat AS bill_vat,
                   CASE WHEN bill.vat = invoice.creditable_vat
                        THEN invoice.creditable_vat
                        ELSE invoice.vat_amount END AS due_vat
              FROM invoice_tax_input_invoice invoice
         LEFT JOIN LATERAL (
                   SELECT bill.id, %(is_booked)s AS is_booked,
                          %(is_reversed)s AS is_reversed,
                          %(gross)s AS gross, %(vat)s AS vat
                     FROM account_move bill
                    WHERE bill.company_id = ANY(%(books)s)
                      AND bill.input_invoice_number = invoice.number
                      AND (LENGTH(invoice.number) = 20
                           OR COALESCE(bill.input_invoice_code, '')
                            = COALESCE(invoice.code, ''))
                      AND bill.move_type = CASE WHEN invoice.gross_amount < 0
                                           THEN 'in_refund' ELSE 'in_invoice' END
                      AND bill.state <> 'cancel'
                 ORDER BY %(is_booked)s DESC, %(is_reversed)s, bill.id
                    LIMIT 1) bill ON TRUE
             WHERE invoice.taxpayer_id = %(taxpayer)s
               AND invoice.period = %(period)s AND invoice.purpose = ANY(%(purposes)s)
            """,
            is_booked=SQL(
                """(bill.state = 'posted'
                    AND bill.payment_state IS DISTINCT FROM 'reversed')"""
            ),
            is_reversed=SQL("(bill.payment_state IS NOT DISTINCT FROM 'reversed')"),
            gross=self._get_bill_amount("amount_total"),
            vat=self._get_bill_amount("amount_tax"),
            books=self._get_books().ids,
            taxpayer=self.taxpayer_id.id,
            period=self.name,
            purposes=list(PURPOSES),
        )

    def _get_bill_amount(self, name):
        """SQL: an amount of a bill in CNY, negative on a credit note."""
        return SQL(
            """ROUND(CASE WHEN bill.currency_id = %s
                          THEN %s * CASE bill.move_type WHEN 'in_refund' THEN -1
                                         ELSE 1 END
                          ELSE -%s END, 2)""",
            self.env.ref("base.CNY").id,
            SQL.identifier("bill", name),
            SQL.identifier("bill", f"{name}_signed"),
        )

    def _fetch_pool_sums(self):
        """``{purpose: {name of POOL_SUMS: value}}``, in one statement."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT purpose, COUNT(*), SUM(net)::text, SUM(vat)::text,
                       SUM(gross)::text, SUM(creditable)::text, SUM(due_vat)::text,
                       COUNT(*) FILTER (WHERE is_booked),
                       COALESCE(SUM(bill_gross) FILTER (WHERE is_booked), 0)::text,
                       COALESCE(SUM(bill_vat) FILTER (WHERE is_booked), 0)::text
                  FROM (%s) pair GROUP BY purpose
                """,
                self._get_pairs(),
            )
        )
        sums = {
            purpose: dict.fromkeys(POOL_SUMS, to_decimal(0))
            | {"count": 0, "booked_count": 0}
            for purpose in PURPOSES
        }
        for purpose, *values in rows:
            sums[purpose] = {
                name: to_decimal(value) if type(value) is str else value
                for name, value in zip(POOL_SUMS, values, strict=True)
            }
        return sums

    def _fetch_vat_to_transfer(self):
        """Sum of ``vat_to_transfer`` of the invoices of the period."""
        groups = self.env["invoice.tax.input.invoice"]._read_group(
            [
                ("taxpayer_id", "=", self.taxpayer_id.id),
                ("period", "=", self.name),
                ("purpose", "=", "deduct"),
                ("is_abnormal_after", "=", True),
            ],
            [],
            ["creditable_vat:sum"],
        )
        return to_decimal(groups[0][0] or 0)

    # === LEDGER === #

    def _get_signed(self):
        """The signatures for deduction that stand, the last one last."""
        return self.confirmation_ids.filtered(
            lambda one: one.state == "signed" and one.kind == "deduction"
        ).sorted(lambda one: (one.ordinal, one.id))

    def _get_items(self):
        """SQL of the posted journal items on the accounts of input VAT that belong to
        the period: by the signature or the invoice of their entry, and, of entries by
        hand, by their day."""
        first, last = self._get_days()
        company = self.company_id.sudo()
        return SQL(
            """
            SELECT item.id, item.balance, move.tax_entry_kind AS kind,
                   move.tax_confirmation_id AS confirmation_id,
                   item.account_id = %(input)s AS is_input,
                   item.account_id = %(transferred)s AS is_transferred
              FROM account_move_line item
              JOIN account_move move ON move.id = item.move_id
         LEFT JOIN invoice_tax_confirmation confirmation
                ON confirmation.id = move.tax_confirmation_id
         LEFT JOIN invoice_tax_input_invoice invoice
                ON invoice.id = move.transferred_invoice_id
             WHERE item.company_id = ANY(%(books)s)
               AND item.account_id IN (%(input)s, %(transferred)s)
               AND item.parent_state = 'posted'
               AND (confirmation.period_id = %(period)s
                    OR invoice.taxpayer_id = %(taxpayer)s AND invoice.period = %(name)s
                    OR move.tax_entry_kind IS NULL
                       AND item.date BETWEEN %(first)s AND %(last)s)
            """,
            input=company.input_tax_account_id.id or None,
            transferred=company.transferred_tax_account_id.id or None,
            books=self._get_books().ids,
            period=self.id,
            taxpayer=self.taxpayer_id.id,
            name=self.name,
            first=first,
            last=last,
        )

    def _fetch_ledger_sums(self):
        """``{"deducted", "transferred", "uncertified"}``; None where the company does
        not book it, or nothing is due and nothing stands there."""
        company = self.company_id.sudo()
        if not company.is_input_tax_booked:
            return dict.fromkeys(("deducted", "transferred", "uncertified"))
        [[deducted, transferred]] = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(SUM(balance) FILTER (
                          WHERE is_input
                            AND kind IS DISTINCT FROM 'transferred'), 0)::text,
                       COALESCE(-SUM(balance) FILTER (
                          WHERE is_transferred AND kind = 'transferred'), 0)::text
                  FROM (%s) item
                """,
                self._get_items(),
            )
        )
        is_due = self._get_signed() or Decimal(deducted)
        return {
            "deducted": to_decimal(deducted) if is_due else None,
            "transferred": to_decimal(transferred),
            "uncertified": self._fetch_uncertified_balance(company),
        }

    def _fetch_uncertified_balance(self, company):
        _first, last = self._get_days()
        [[balance]] = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(SUM(balance), 0)::text FROM account_move_line
                 WHERE company_id = ANY(%s) AND account_id = %s
                   AND parent_state = 'posted' AND date <= %s
                """,
                self._get_books().ids,
                company.uncertified_tax_account_id.id or None,
                last,
            )
        )
        return to_decimal(balance)

    # === DIFFERENCES IN THE FIGURES === #

    def _get_figure_difference(self, row):
        """What a row differs by: None where fewer than two sides say anything, 0.00
        where they agree."""
        told = [
            row[side] for side in ("bureau", "odoo", "books") if row[side] is not None
        ]
        return max(told) - min(told) if len(told) > 1 else None

    def _get_entries(self):
        """The posted entries of input VAT of the period, oldest first."""
        return self.env["account.move"].search(
            [
                ("company_id", "in", self._get_books().ids),
                ("state", "=", "posted"),
                "|",
                ("tax_confirmation_id.period_id", "=", self.id),
                "&",
                ("transferred_invoice_id.taxpayer_id", "=", self.taxpayer_id.id),
                ("transferred_invoice_id.period", "=", self.name),
            ],
            order="date, id",
        )

    # === ACTIONS === #

    def action_compare(self):
        """The comparison of this period, worked out now."""
        self.ensure_one()
        self.check_access("read")
        self._check_can_compare()
        return self.env["invoice.tax.comparison"]._open(self)
