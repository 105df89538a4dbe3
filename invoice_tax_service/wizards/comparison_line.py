import json

from odoo import api, fields, models
from odoo.tools import SQL

from ..models.comparison_words import (
    BLOCKS,
    DIFFERENCES,
    LACKING,
    MENDS,
    OPEN_KINDS,
    SIDES,
)
from ..models.words import get_sentence
from ..tools.money import AMOUNT_DIGITS
from ..tools.notification import RELOAD, get_notification

KINDS = [kind for kind, _label in DIFFERENCES]


class InvoiceTaxComparisonLine(models.TransientModel):
    """One thing that bureau, Odoo and books do not have alike, and the one button that
    mends it.

    Each button is the public method of another page, which asks for right, licence and
    state itself; nothing is done here that could not be done there. Lines are written
    by the comparison alone.

    What must never happen: something done to others than the line shows.
    """

    _name = "invoice.tax.comparison.line"
    _description = "Difference of a Comparison"
    _order = "sequence, id"
    _rec_name = "name"

    comparison_id = fields.Many2one(
        "invoice.tax.comparison", readonly=True, index=True, ondelete="cascade"
    )
    taxpayer_id = fields.Many2one("invoice.tax.taxpayer", required=True, readonly=True)
    period_id = fields.Many2one("invoice.tax.period", required=True, readonly=True)
    sequence = fields.Integer(readonly=True)
    kind = fields.Selection(
        DIFFERENCES, required=True, readonly=True, string="What Differs"
    )
    is_open = fields.Boolean(
        readonly=True, string="Still Open", help="Nothing is wrong; it is to come."
    )
    block = fields.Selection(BLOCKS, readonly=True)
    mend = fields.Selection(MENDS, readonly=True, string="What Mends It")
    lacking = fields.Selection(SIDES, readonly=True, string="Missing At")
    name = fields.Char(readonly=True, string="Invoice, Bill or Kind")
    seller = fields.Char(readonly=True)
    input_invoice_id = fields.Many2one("invoice.tax.input.invoice", readonly=True)
    bill_id = fields.Many2one("account.move", readonly=True, string="Vendor Bill")
    confirmation_id = fields.Many2one("invoice.tax.confirmation", readonly=True)
    bureau_vat = fields.Float(
        digits=AMOUNT_DIGITS, readonly=True, string="VAT at the Bureau"
    )
    own_vat = fields.Float(digits=AMOUNT_DIGITS, readonly=True, string="VAT in Odoo")
    books_vat = fields.Float(
        digits=AMOUNT_DIGITS, readonly=True, string="VAT in the Books"
    )
    gross_difference = fields.Float(
        digits=AMOUNT_DIGITS,
        readonly=True,
        help="Gross amount of the bill less that of the invoice.",
    )

    @api.constrains("taxpayer_id", "period_id", "input_invoice_id", "bill_id")
    def _check_readable(self):
        # Over RPC a page can be made for anything; constraints run as superuser.
        for name in ("taxpayer_id", "period_id", "input_invoice_id", "bill_id"):
            self.sudo(False)[name].check_access("read")

    # === WRITTEN, SET-WISE === #

    @api.model
    def _insert_differences(self, comparison, period):
        """Write down what is wrong with invoices and bills, in one statement."""
        self.env.execute_query(
            SQL(
                """
                INSERT INTO invoice_tax_comparison_line
                       (create_uid, create_date, write_uid, write_date, comparison_id,
                        taxpayer_id, period_id, sequence, kind, is_open, lacking, mend,
                        block, input_invoice_id, bill_id, own_vat, books_vat,
                        gross_difference, confirmation_id, name, seller)
                SELECT %(uid)s, %(now)s, %(uid)s, %(now)s, %(comparison)s, %(taxpayer)s,
                       %(period)s, ARRAY_POSITION(%(kinds)s::varchar[], found.kind),
                       found.kind, found.kind = ANY(%(open_kinds)s),
                       %(lacking)s::jsonb ->> found.kind, found.mend, found.block,
                       found.invoice_id, found.bill_id, found.own_vat, found.books_vat,
                       found.gross_difference, found.confirmation_id,
                       %(name)s, COALESCE(invoice.seller_name, partner.name)
                  FROM (%(found)s) found (kind, mend, block, invoice_id, bill_id,
                                          own_vat, books_vat, gross_difference,
                                          confirmation_id)
             LEFT JOIN invoice_tax_input_invoice invoice
                    ON invoice.id = found.invoice_id
             LEFT JOIN account_move bill ON bill.id = found.bill_id
             LEFT JOIN res_partner partner ON partner.id = bill.commercial_partner_id
              ORDER BY invoice.issue_date, found.invoice_id, found.bill_id
             RETURNING id
                """,
                uid=self.env.uid,
                now=fields.Datetime.now(),
                comparison=comparison.id,
                taxpayer=period.taxpayer_id.id,
                period=period.id,
                kinds=KINDS,
                open_kinds=list(OPEN_KINDS),
                lacking=json.dumps(LACKING),
                name=self._get_name_sql(),
                found=period._get_differences_sql(),
            )
        )
        comparison.invalidate_recordset(["line_ids"])

    @api.model
    def _get_name_sql(self):
        """SQL: the number of ``invoice``, else that of ``bill``."""
        return SQL(
            """
            COALESCE(
                CASE WHEN LENGTH(invoice.number) = 20 THEN invoice.number
                     ELSE NULLIF(CONCAT_WS(
                         ' ', NULLIF(invoice.code, ''), invoice.number), '') END,
                CONCAT_WS(' ', bill.name, NULLIF(bill.input_invoice_number, '')))
            """
        )

    @api.model
    def _create_differences(self, comparison, period, found):
        self.create(
            [
                {
                    "comparison_id": comparison.id,
                    "taxpayer_id": period.taxpayer_id.id,
                    "period_id": period.id,
                    "sequence": KINDS.index(values["kind"]) + 1,
                    "is_open": values["kind"] in OPEN_KINDS,
                    "lacking": LACKING.get(values["kind"]),
                    **values,
                }
                for values in found
            ]
        )

    @api.model
    def _suggest_bills(self, comparison, period):
        """Where a bill looks like the one of an invoice, a click joins the two."""
        own = [("comparison_id", "=", comparison.id)]
        lacking = self.search([*own, ("mend", "=", "make_bill")])
        unlinked = self.search([*own, ("kind", "=", "bill_unlinked")])
        invoices = self.env["invoice.tax.input.invoice"].sudo()
        taxpayers = period.taxpayer_id.sudo()
        # The likeliest stands first.
        bill_of, invoice_of = {}, {}
        if lacking:
            pairs = invoices._find_suggestions(
                taxpayers, invoices=lacking.input_invoice_id
            )
            for bill_id, invoice_id in invoices.sudo(False)._filter_readable(pairs):
                bill_of.setdefault(invoice_id, bill_id)
        if unlinked:
            for bill_id, invoice_id in invoices._find_suggestions(
                taxpayers, bills=unlinked.bill_id
            ):
                invoice_of.setdefault(bill_id, invoice_id)
        refused = self._get_refused_ids([*bill_of.values(), *invoice_of])
        # It is opened then; whoever may change it confirms it.
        invoice_of = {
            bill_id: invoice_id
            for bill_id, invoice_id in invoice_of.items()
            if bill_id not in refused
        }
        # The same pair is not said twice.
        suggested_ids = set(bill_of.values())
        unlinked.filtered(lambda line: line.bill_id.id in suggested_ids).unlink()
        self._note_suggestions(comparison, bill_of, invoice_of)
        self.search([*own, ("bill_id", "in", refused)]).filtered(
            lambda line: line.mend == "confirm_bill"
        ).mend = "open_bill"

    @api.model
    def _get_refused_ids(self, bill_ids):
        """Those of these bills that the user may read, but not change."""
        bills = self.env["account.move"].sudo(False).browse(bill_ids)
        return (bills - bills._filtered_access("write")).ids

    @api.model
    def _hide_bills(self, comparison):
        """Of a bill that a rule hides from the user no line shows a name or an amount;
        one without an invoice is not shown at all. What an invoice lacks is still
        said, and the sums of the page count every bill."""
        lines = self.search(
            [("comparison_id", "=", comparison.id), ("bill_id", "!=", False)]
        )
        bills = lines.bill_id
        hidden = bills - bills.sudo(False)._filtered_access("read").sudo()
        if not hidden:
            return
        lines = lines.filtered(lambda line: line.bill_id in hidden)
        of_bill = lines.filtered(lambda line: not line.input_invoice_id)
        of_invoice = lines - of_bill
        of_bill.unlink()
        of_invoice.write(
            {"bill_id": False, "books_vat": False, "gross_difference": False}
        )
        # What the bill booked; on other lines it is the VAT of the invoice.
        of_invoice.filtered(lambda line: line.kind == "bill_late").own_vat = False
        of_invoice.filtered(lambda line: line.mend == "open_bill").write(
            {"mend": "open_invoice"}
        )

    @api.model
    def _note_suggestions(self, comparison, bill_of, invoice_of):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE invoice_tax_comparison_line line
                   SET kind = 'bill_suggested', sequence = %s, mend = 'confirm_bill',
                       bill_id = pair.bill_id
                  FROM UNNEST(%s::int[], %s::int[]) pair (invoice_id, bill_id)
                 WHERE line.comparison_id = %s AND line.mend = 'make_bill'
                   AND line.input_invoice_id = pair.invoice_id
                """,
                KINDS.index("bill_suggested") + 1,
                list(bill_of),
                list(bill_of.values()),
                comparison.id,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE invoice_tax_comparison_line line
                   SET mend = 'confirm_bill', input_invoice_id = pair.invoice_id
                  FROM UNNEST(%s::int[], %s::int[]) pair (bill_id, invoice_id)
                 WHERE line.comparison_id = %s AND line.kind = 'bill_unlinked'
                   AND line.bill_id = pair.bill_id
                """,
                list(invoice_of),
                list(invoice_of.values()),
                comparison.id,
            )
        )
        self.invalidate_model()

    @api.model
    def _clear(self, comparison):
        """Forget what was found before."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "DELETE FROM invoice_tax_comparison_line WHERE comparison_id = %s",
                comparison.id,
            )
        )
        self.invalidate_model()
        comparison.invalidate_recordset(["line_ids"])

    # === BUTTONS === #

    def _mend(self, item, name, method):
        """Press the button of another page, and work the rows out anew.

        :param str item: the right item that it needs
        :param str name: the field of the record that it belongs to
        """
        self.ensure_one()
        self.taxpayer_id._check_can(item)
        page = self.comparison_id
        action = getattr(self[name], method)()
        if page:
            page._compare()
        return action

    def action_fetch(self):
        return self._mend("fetch", "taxpayer_id", "action_fetch")

    def action_build_statistics(self):
        return self._mend("statistics", "period_id", "action_build_statistics")

    def action_revoke_statistics(self):
        """The table that stands locks the selection; it is generated anew then."""
        return self._mend("statistics_revoke", "period_id", "action_revoke_statistics")

    def action_confirm_refund(self):
        return self._mend("refund_sign", "taxpayer_id", "action_confirm_refund")

    def action_post_entry(self):
        return self._mend("entry_post", "confirmation_id", "action_post_entry")

    def action_repost_entry(self):
        return self._mend("entry_post", "confirmation_id", "action_repost_entry")

    def action_transfer_out(self):
        return self._mend("entry_transfer", "input_invoice_id", "action_transfer_out")

    def action_make_bill(self):
        return self._mend("bill_make", "input_invoice_id", "action_make_bills")

    def action_confirm_bill(self):
        """Join the two that the line shows; they may not be suggested any more."""
        self.ensure_one()
        self.taxpayer_id._check_can("bill_confirm")
        self.input_invoice_id._check_can_bill("bill_confirm", self.bill_id)
        if not self._is_pair_suggested():
            return self._refuse_pair()
        if self.kind == "bill_unlinked":
            return self._mend("bill_confirm", "bill_id", "action_confirm_input_invoice")
        return self._mend("bill_confirm", "input_invoice_id", "action_confirm_bill")

    def _is_pair_suggested(self):
        if self.kind == "bill_unlinked":
            return self.bill_id.suggested_input_invoice_id == self.input_invoice_id
        return self.input_invoice_id.suggested_bill_id == self.bill_id

    def _refuse_pair(self):
        # An exception would take back what is worked out anew.
        for page in self.comparison_id:
            page._compare()
        sentence = get_sentence(self.env, "comparison_pair")
        return get_notification(sentence, RELOAD, "warning")

    def action_deduct(self):
        return self._mend("deduct", "input_invoice_id", "action_deduct")

    def action_open_bill(self):
        """The vendor bill, with its tax invoice on it."""
        return self._get_form(self.bill_id)

    def action_open_invoice(self):
        """The input invoice, with its bill on it."""
        return self._get_form(self.input_invoice_id)

    def action_open_items(self):
        """What was booked on input VAT by hand."""
        self.period_id._check_can_compare()
        items = self.period_id._get_other_items()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Journal Items"),
            "res_model": items._name,
            "view_mode": "list,form",
            "domain": [("id", "in", items.ids)],
        }

    def action_open_entries(self):
        """The entries of the signature, with their reversals."""
        self.check_access("read")
        entries = self.env["account.move"].search(
            [("tax_confirmation_id", "in", self.confirmation_id.ids)]
        )
        return entries._get_records_action(name=self.env._("Entries of Input VAT"))

    def _get_form(self, record):
        record.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
