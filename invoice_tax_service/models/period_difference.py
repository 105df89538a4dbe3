from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from ..tools.money import to_decimal
from ..tools.selection_plan import SELECTABLE_STATUSES
from .account_move import BILL_TYPES
from .input_invoice_soundness import TABLE_PURPOSES


class InvoiceTaxPeriod(models.Model):
    """Why bureau, Odoo and books do not agree on a tax period, line by line.

    Entry points: :meth:`_get_differences_sql`, what is wrong with invoices and bills,
    for any number of them in one statement; :meth:`_find_sum_differences`, what is
    wrong with the table, the refunds and the entries, of which there are few. Whether
    a button works is asked where it is pressed.
    """

    _inherit = "invoice.tax.period"

    # === INVOICES AND BILLS === #

    def _get_differences_sql(self):
        """SQL: a row of ``kind, mend, block, invoice_id, bill_id, own_vat, books_vat,
        gross_difference, confirmation_id`` for each invoice or bill that stands against
        the others."""
        self.env.flush_all()
        queries = [
            self._get_invoice_differences(),
            self._get_unselected_bills(),
            self._get_bills_without_invoice(),
        ]
        if self.company_id.sudo().is_input_tax_booked:
            queries += [self._get_missing_transfers(), *self._get_late_bills()]
        return SQL(" UNION ALL ").join(queries)

    def _get_invoice_differences(self):
        """SQL: invoices of the period that are not booked, or otherwise than issued."""
        company = self.company_id.sudo()
        return SQL(
            """
            SELECT kind,
                   CASE WHEN kind <> 'no_bill' THEN 'open_bill'
                        WHEN status = ANY(%(sound)s) THEN 'make_bill'
                        ELSE 'open_invoice' END AS mend,
                   purpose AS block, invoice_id, bill_id, vat AS own_vat,
                   CASE WHEN is_booked THEN bill_vat END AS books_vat,
                   CASE WHEN is_booked THEN bill_gross - gross END AS gross_difference,
                   NULL::int AS confirmation_id
              FROM (
                   SELECT pair.*,
                          CASE WHEN bill_id IS NULL THEN 'no_bill'
                               WHEN is_reversed THEN 'bill_reversed'
                               WHEN NOT is_booked THEN 'bill_draft'
                               WHEN bill_gross <> gross
                                    OR bill_vat <> due_vat
                                       AND (purpose <> 'exclude' OR bill_vat <> 0)
                               THEN 'amounts_differ'
                               WHEN %(is_booked)s AND purpose = 'deduct'
                                    AND bill_vat <> 0
                                    AND NOT EXISTS (
                                        SELECT FROM account_move_line item
                                         WHERE item.move_id = pair.bill_id
                                           AND item.account_id = %(account)s)
                               THEN 'vat_elsewhere' END AS kind
                     FROM (%(pairs)s) pair) found
             WHERE kind IS NOT NULL
            """,
            sound=list(SELECTABLE_STATUSES),
            is_booked=company.is_input_tax_booked,
            account=company.uncertified_tax_account_id.id or None,
            pairs=self._get_pairs(),
        )

    def _get_unselected_bills(self):
        """SQL: posted bills with VAT up to the end of the period whose invoice nobody
        has selected."""
        _first, last = self._get_days()
        invoices = self.env["invoice.tax.input.invoice"]
        selectable = invoices._search(invoices._get_selectable_domain())
        return SQL(
            """
            SELECT 'not_selected',
                   CASE WHEN %(is_current)s AND invoice.id IN %(selectable)s
                        THEN 'deduct' ELSE 'open_invoice' END,
                   NULL, invoice.id, bill.id, invoice.vat_amount, %(vat)s,
                   %(gross)s - invoice.gross_amount, NULL::int
              FROM invoice_tax_input_invoice invoice
              JOIN account_move bill
                ON bill.company_id = ANY(%(books)s)
               AND bill.input_invoice_number = invoice.number
               AND (LENGTH(invoice.number) = 20
                    OR COALESCE(bill.input_invoice_code, '')
                     = COALESCE(invoice.code, ''))
             WHERE invoice.taxpayer_id = %(taxpayer)s
               AND invoice.selection = 'unselected'
               AND %(is_open)s AND bill.date <= %(last)s
            """,
            is_current=self.is_current,
            selectable=selectable.subselect(),
            vat=self._get_bill_amount("amount_tax"),
            gross=self._get_bill_amount("amount_total"),
            books=self._get_books().ids,
            taxpayer=self.taxpayer_id.id,
            is_open=self._get_open_bill(),
            last=last,
        )

    def _get_bills_without_invoice(self):
        """SQL: posted bills of the period with VAT whose tax invoice the pool does not
        know, or that name none."""
        first, last = self._get_days()
        return SQL(
            """
            SELECT CASE WHEN COALESCE(bill.input_invoice_number, '') = ''
                        THEN 'bill_unlinked' ELSE 'bill_unknown' END,
                   CASE WHEN COALESCE(bill.input_invoice_number, '') = ''
                        THEN 'open_bill' ELSE 'fetch' END,
                   NULL, NULL::int, bill.id, NULL::numeric, %(vat)s, NULL::numeric,
                   NULL::int
              FROM account_move bill
             WHERE bill.company_id = ANY(%(books)s) AND %(is_open)s
               AND bill.date BETWEEN %(first)s AND %(last)s
               AND NOT EXISTS (
                   SELECT FROM account_move reversed
                    WHERE reversed.id = bill.reversed_entry_id
                      AND reversed.payment_state = 'reversed')
               AND NOT EXISTS (
                   SELECT FROM invoice_tax_input_invoice invoice
                    WHERE invoice.taxpayer_id = ANY(%(taxpayers)s)
                      AND invoice.number = bill.input_invoice_number
                      AND (LENGTH(invoice.number) = 20
                           OR COALESCE(bill.input_invoice_code, '')
                            = COALESCE(invoice.code, '')))
            """,
            vat=self._get_bill_amount("amount_tax"),
            books=self._get_books().ids,
            is_open=self._get_open_bill(),
            first=first,
            last=last,
            # Another taxpayer of the company may hold it.
            taxpayers=self.company_id.sudo().tax_service_taxpayer_ids.ids,
        )

    def _get_open_bill(self):
        """SQL: it is posted, stands, and has VAT."""
        return SQL(
            """bill.move_type = ANY(%s) AND bill.state = 'posted'
               AND bill.payment_state IS DISTINCT FROM 'reversed'
               AND bill.amount_tax <> 0""",
            list(BILL_TYPES),
        )

    def _get_missing_transfers(self):
        """SQL: invoices as ``vat_to_transfer`` knows them, without an entry."""
        return SQL(
            """
            SELECT 'transfer_missing', 'transfer', 'ledger', invoice.id, NULL::int,
                   invoice.creditable_vat, NULL::numeric, NULL::numeric, NULL::int
              FROM invoice_tax_input_invoice invoice
             WHERE invoice.taxpayer_id = %s AND invoice.period = %s
               AND invoice.selection = 'confirmed' AND invoice.purpose = 'deduct'
               AND invoice.status <> ALL(%s) AND invoice.creditable_vat <> 0
               AND NOT EXISTS (
                   SELECT FROM account_move entry
                    WHERE entry.transferred_invoice_id = invoice.id
                      AND entry.state = 'posted' AND entry.reversed_entry_id IS NULL
                      AND entry.is_tax_entry_reversed IS NOT TRUE)
            """,
            self.taxpayer_id.id,
            self.name,
            list(SELECTABLE_STATUSES),
        )

    def _get_late_bills(self):
        """SQL of the bills that an entry could not know, for each signature whose
        entry is not missing itself."""
        signed = self._get_signed()
        posted = self._find_posted_entries(signed)
        for confirmation in signed:
            if confirmation in posted:
                yield confirmation._get_late_bills_sql("repost_entry")
            elif not (
                confirmation.is_entry_due
                or confirmation.has_entries
                # Nothing was deducted, so there was nothing to post.
                or confirmation._fetch_entry_amounts()[1]
            ):
                yield confirmation._get_late_bills_sql("post_entry")

    # === TABLE, REFUNDS, ENTRIES === #

    def _find_sum_differences(self, figures):
        """:param figures: of :meth:`_get_comparison_figures`
        :return: values of ``invoice.tax.comparison.line``
        """
        found = [*self._find_table_differences(), *self._find_refund_differences()]
        if self.company_id.sudo().is_input_tax_booked:
            [deducted] = [row for row in figures if row["measure"] == "creditable"]
            found += self._find_entry_differences(deducted)
        return found

    def _find_table_differences(self):
        table = self.statistics_ids[:1]
        own = self.env["invoice.tax.statistics"]._fetch_own_rows(self)
        own = own.get((self.taxpayer_id.id, self.name), {})
        if not table:
            return self._find_missing_table(own)
        labels = dict(table.line_ids._fields["row"]._description_selection(self.env))
        blocks = dict(table.line_ids._fields["block"]._description_selection(self.env))
        told = {
            (line.block, line.raw_row or line.row): self._get_told(line)
            for line in table.line_ids
        }
        found, nothing = [], (0, Decimal(), Decimal())
        for block, row in sorted(self._get_compared_rows(told, own)):
            here = own.get((block, row), nothing)
            there = told.get((block, row), nothing)
            if here != there:
                name = f"{blocks[block]} · {labels.get(row, row)}"
                found.append(self._get_table_difference(block, name, there, here))
        return found

    def _get_compared_rows(self, told, own):
        """Kinds of invoices in the blocks whose totals differ; where the bureau tells
        the total alone, it stands for them."""
        compared = set()
        nothing = (0, Decimal(), Decimal())
        for block in TABLE_PURPOSES:
            total = (block, "total")
            if told.get(total, nothing) == own.get(total, nothing):
                continue
            kinds = {key for key in told if key[0] == block and key[1] != "total"}
            if kinds or total not in told:
                compared |= kinds
                compared |= {
                    key for key in own if key[0] == block and key[1] != "total"
                }
            else:
                compared.add(total)
        return compared

    def _get_table_difference(self, block, name, there, here):
        """Sums of a kind: count, net, VAT."""
        is_more_there = (there[0], there[2], there[1]) > (here[0], here[2], here[1])
        mend = "fetch"
        if not is_more_there and not self._get_cannot_now("statistics_revoke"):
            mend = "rebuild"
        return {
            "kind": "missing_in_odoo" if is_more_there else "table_stale",
            "mend": mend,
            "block": block,
            "name": self.env._(
                "%(row)s: bureau %(bureau)s, Odoo %(own)s copies",
                row=name,
                bureau=there[0],
                own=here[0],
            ),
            "bureau_vat": there[2],
            "own_vat": here[2],
        }

    def _get_cannot_now(self, operation_type):
        return not self.is_current or self.taxpayer_id._get_cannot_in_period_code(
            operation_type, self.name
        )

    def _find_missing_table(self, own):
        total = own.get(("deduct", "total")) or own.get(("exclude", "total"))
        if not total or self._get_cannot_now("statistics"):
            return []
        return [
            {
                "kind": "table_missing",
                "mend": "build",
                "name": self.name,
                "own_vat": total[2],
            }
        ]

    def _find_refund_differences(self):
        [[count, vat]] = self.env["invoice.tax.input.invoice"]._read_group(
            [
                ("taxpayer_id", "=", self.taxpayer_id.id),
                ("period", "=", self.name),
                ("purpose", "=", "refund"),
                ("selection", "=", "selected"),
            ],
            [],
            ["__count", "vat_amount:sum"],
        )
        if not count:
            return []
        is_running = self.name == self.taxpayer_id._get_month()
        return [
            {
                "kind": "refund_unconfirmed",
                "mend": "confirm_refund" if is_running else "fetch",
                "block": "refund",
                "name": self.env._("Copies: %(count)s", count=count),
                "own_vat": to_decimal(vat),
            }
        ]

    def _find_entry_differences(self, deducted):
        """:param deducted: the row of the creditable VAT"""
        confirmations = self.confirmation_ids.filtered(
            lambda one: one.kind == "deduction"
        )
        posted = self._find_posted_entries(confirmations)
        found = [
            self._get_entry_difference("entry_left", "open_entries", confirmation)
            for confirmation in confirmations
            if confirmation.state == "cancelled" and confirmation in posted
        ]
        if not self._get_figure_difference(deducted):
            return found
        missing = [
            self._get_entry_difference("entry_missing", "post_entry", confirmation)
            for confirmation in self._get_signed()
            if confirmation not in posted
        ]
        if missing or found:
            return found + missing
        return self._find_stale_entries(deducted) or self._find_other_entries(deducted)

    def _find_stale_entries(self, deducted):
        """The entries are posted, and what is confirmed has changed since."""
        # Where bureau and Odoo differ, the invoices are read first.
        if deducted["bureau"] not in (None, deducted["odoo"]):
            return []
        booked = self._fetch_booked()
        total = sum(booked.values(), Decimal())
        signed = self._get_signed()
        if not signed or total == deducted["odoo"]:
            return []
        stale = signed.filtered(
            lambda one: one._fetch_entry_amounts()[1] != booked.get(one.id, 0)
        )
        return [
            {
                **self._get_entry_difference("entry_stale", "repost_entry", one),
                "bureau_vat": deducted["bureau"],
                "own_vat": deducted["odoo"],
                "books_vat": total,
            }
            for one in stale or signed[-1:]
        ]

    def _fetch_booked(self):
        """What the entries of each confirmation book on input VAT: ``{id: Decimal}``"""
        rows = self.env.execute_query(
            SQL(
                """SELECT confirmation_id, SUM(balance)::text FROM (%s) item
                    WHERE kind = 'certified' AND is_input GROUP BY confirmation_id""",
                self._get_items(),
            )
        )
        return {row[0]: Decimal(row[1]) for row in rows}

    def _find_posted_entries(self, confirmations):
        """Those of these whose entry is posted and stands, whether the user may read
        it or not."""
        entries = (
            self.env["account.move"]
            .sudo()
            .search(
                [
                    ("tax_confirmation_id", "in", confirmations.ids),
                    ("state", "=", "posted"),
                    ("reversed_entry_id", "=", False),
                    ("is_tax_entry_reversed", "=", False),
                ]
            )
        )
        return entries.tax_confirmation_id.sudo(False)

    def _get_entry_difference(self, kind, mend, confirmation):
        return {
            "kind": kind,
            "mend": mend,
            "block": "deduct",
            "confirmation_id": confirmation.id,
            "name": confirmation.display_name,
            "own_vat": to_decimal(confirmation.vat_amount),
        }

    def _find_other_entries(self, deducted):
        """The entries are there, and input VAT is not what was signed."""
        if deducted["books"] is None:
            return []
        items = self._get_other_items()
        told = deducted["bureau"]
        return [
            {
                "kind": "entry_differs",
                "mend": "open_items" if items else "open_entries",
                "block": "deduct",
                "confirmation_id": self._get_signed()[-1:].id,
                "name": self.env._(
                    "Journal items by hand: %(count)s", count=len(items)
                ),
                "bureau_vat": told,
                "own_vat": deducted["odoo"],
                "books_vat": deducted["books"],
            }
        ]

    def _get_other_items(self):
        """Journal items on input VAT in the period that no signature stands for."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM (%s) item WHERE kind IS NULL AND is_input",
                self._get_items(),
            )
        )
        return self.env["account.move.line"].browse([item_id for (item_id,) in rows])
