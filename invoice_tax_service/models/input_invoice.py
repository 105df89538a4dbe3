from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..exceptions import TaxServiceError
from ..gateway.messages import FARM_METHODS as KNOWN_FARM_METHODS
from ..tools.array_literal import to_array_literal
from ..tools.money import AMOUNT_DIGITS, to_decimal
from ..tools.selection_plan import WishRow, key_of
from .words import (
    FARM_METHODS,
    INVOICE_STATUSES,
    NON_DEDUCTION_REASONS,
    PURPOSES,
    SELECTIONS,
)

# Columns written by :meth:`_merge`, in the order of its rows.
_MERGED = (
    "number",
    "code",
    "type_id",
    "issue_date",
    "seller_tax_number",
    "seller_name",
    "net_amount",
    "vat_amount",
    "gross_amount",
    "creditable_vat",
    "status",
    "raw_status",
    "is_red_locked",
    "element",
    "selection",
    "purpose",
    "raw_purpose",
    "period",
    "selected_at",
    "reason",
    "reason_text",
    "farm_method",
    "farm_amount",
    "booked_on",
)
_MERGED_TYPES = {
    "type_id": "int",
    "issue_date": "date",
    "net_amount": "numeric",
    "vat_amount": "numeric",
    "gross_amount": "numeric",
    "creditable_vat": "numeric",
    "is_red_locked": "boolean",
    "selected_at": "timestamp",
    "farm_amount": "numeric",
    "booked_on": "date",
}


# The code as far as it belongs to the identity (see ``selection_plan.key_of``).
_CODE_OF_KEY = "(CASE WHEN LENGTH(number) = 20 THEN '' ELSE COALESCE(code, '') END)"


class InvoiceTaxInputInvoice(models.Model):
    """One invoice of the input pool, as the tax bureau holds it.

    Entry points: :meth:`_merge` writes what was read from the bureau (upsert by
    number, set-wise); the buttons open the selection wizard;
    ``_apply_done`` (in ``input_invoice_effects.py``) notes what an operation has
    changed. Unknown types and codes are kept as they came.

    What must never happen: a number in anything but text; an invoice twice under
    one taxpayer (unique index); an amount changed by hand, save the creditable VAT
    before the selection.
    """

    _name = "invoice.tax.input.invoice"
    _description = "Input Invoice"
    _inherit = ["invoice.tax.number.mixin"]
    _order = "issue_date desc, id desc"
    _rec_name = "number"
    _rec_names_search = ["number", "code", "seller_name", "seller_tax_number"]
    _check_company_auto = True

    taxpayer_id = fields.Many2one(
        "invoice.tax.taxpayer",
        required=True,
        readonly=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    number = fields.Char(
        required=True,
        readonly=True,
        string="Invoice Number",
        help="20 digits, or 8 digits together with the code.",
    )
    code = fields.Char(readonly=True, string="Invoice Code")
    type_id = fields.Many2one(
        "invoice.tax.invoice.type",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    issue_date = fields.Date(readonly=True, index=True)
    seller_tax_number = fields.Char(readonly=True)
    seller_name = fields.Char(readonly=True, string="Seller")
    net_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    vat_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True, string="VAT")
    gross_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    creditable_vat = fields.Float(
        string="Effective Creditable VAT", digits=AMOUNT_DIGITS
    )
    status = fields.Selection(
        INVOICE_STATUSES, required=True, readonly=True, string="Invoice Status"
    )
    raw_status = fields.Char(readonly=True, string="Status Code of the Bureau")
    is_red_locked = fields.Boolean(readonly=True, string="Locked by Red-letter Form")
    element = fields.Char(readonly=True, string="Special Element")
    # unselected → selected (selecting operation) → confirmed (signature)
    # and back by the revoking operations; the bureau's reading wins at any time.
    selection = fields.Selection(
        SELECTIONS, required=True, readonly=True, default="unselected"
    )
    purpose = fields.Selection(PURPOSES, readonly=True)
    raw_purpose = fields.Char(readonly=True, string="Purpose Code of the Bureau")
    period = fields.Char(readonly=True, string="Tax Period")
    selected_at = fields.Datetime(readonly=True)
    reason = fields.Selection(
        NON_DEDUCTION_REASONS, readonly=True, string="Non-deduction Reason"
    )
    reason_text = fields.Char(readonly=True)
    farm_method = fields.Selection(
        FARM_METHODS, readonly=True, string="Farm Product Treatment"
    )
    farm_amount = fields.Float(
        string="Own-grown Part",
        digits=AMOUNT_DIGITS,
        readonly=True,
        help="The part of the net amount that the seller grew.",
    )
    booked_on = fields.Date(
        readonly=True, help="When the bureau was told that it is in the books."
    )
    confirmation_id = fields.Many2one(
        "invoice.tax.confirmation",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    confirmed_at = fields.Datetime(
        related="confirmation_id.signed_at", string="Confirmation Date"
    )
    operation_line_ids = fields.One2many(
        "invoice.tax.operation.line", "input_invoice_id", string="History"
    )
    is_selectable = fields.Boolean(
        compute="_compute_is_selectable", search="_search_is_selectable"
    )
    bill_ids = fields.Many2many(
        "account.move", compute="_compute_bill_ids", string="Vendor Bills"
    )
    synced_at = fields.Datetime(readonly=True)

    _number_uniq = models.UniqueIndex(
        f"(taxpayer_id, number, {_CODE_OF_KEY})",
        "An invoice is in the pool of a taxpayer once.",
    )
    # Few, for every one of them is paid for with each invoice that is read.
    _selection_idx = models.Index("(taxpayer_id, selection, issue_date)")
    _period_idx = models.Index("(taxpayer_id, period) WHERE period IS NOT NULL")

    # === COMPUTE METHODS === #

    @api.model
    def _get_number_scope(self):
        # The unique index of the pool begins with the taxpayer.
        if self.env.su:
            return Domain.TRUE
        companies = self.env.companies._get_tax_companies()
        return Domain("taxpayer_id.company_id", "in", companies.ids)

    @api.depends("full_number")
    def _compute_display_name(self):
        for invoice in self:
            invoice.display_name = invoice.full_number

    @api.depends(
        "status",
        "selection",
        "net_amount",
        "type_id",
        "element",
        "farm_method",
        "issue_date",
        "is_red_locked",
    )
    def _compute_is_selectable(self):
        selectable = self.filtered_domain(self._get_selectable_domain())
        for invoice in self:
            invoice.is_selectable = invoice in selectable

    def _search_is_selectable(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._get_selectable_domain()

    @api.model
    def _get_selectable_domain(self):
        """Invoices that can be selected, as the planning decides one by one
        (``selection_plan``), save those that a batch is working on."""
        return (
            Domain("selection", "=", "unselected")
            & Domain("is_sound", "=", True)
            & Domain("net_amount", ">=", 0)
            & Domain("farm_method", "!=", "bought")
            & Domain("is_red_locked", "=", False)
            & self.env["invoice.tax.credit.rule"]._get_domain("deduct")
            & self.env["invoice.tax.operation"]._get_issue_date_domain()
        )

    def _compute_bill_ids(self):
        numbers = [number for number in self.mapped("number") if number]
        bills = self.env["account.move"].search(
            [
                ("input_invoice_number", "in", numbers),
                ("company_id", "child_of", self.company_id.ids),
                ("move_type", "in", ("in_invoice", "in_refund")),
            ]
        )
        by_key = bills.grouped(
            lambda bill: (
                bill.company_id._get_tax_company(),
                *key_of(bill.input_invoice_number, bill.input_invoice_code),
            )
        )
        # One write for all that have none, which are most.
        self.bill_ids = False
        for invoice in self if by_key else ():
            key = (invoice.company_id, *key_of(invoice.number or "", invoice.code))
            if key in by_key:
                invoice.bill_ids = by_key[key]

    # === CRUD === #

    def write(self, vals):
        if not self.env.su:
            self._check_manual_write(vals)
        return super().write(vals)

    def _check_manual_write(self, vals):
        """People may lower the creditable VAT before the selection, no more."""
        self.taxpayer_id._check_can("deduct")
        if set(vals) - {"creditable_vat"}:
            raise TaxServiceError(
                self.env._(
                    "Only the creditable VAT of an input invoice can be changed."
                ),
                "readonly",
            )
        busy = self.filtered(
            lambda invoice: invoice.selection != "unselected" or invoice.is_in_progress
        )
        if busy:
            raise TaxServiceError(
                self.env._(
                    "Invoice %(number)s is selected or being selected. Revoke the "
                    "selection before you change its creditable VAT.",
                    number=busy[0].full_number,
                ),
                "already_selected",
            )
        self._check_creditable_vat(to_decimal(vals.get("creditable_vat") or 0))

    def _check_creditable_vat(self, creditable):
        for invoice in self:
            ceiling = invoice._get_creditable_ceiling()
            if not 0 <= creditable <= ceiling:
                raise TaxServiceError(
                    self.env._(
                        "Invoice %(number)s: the creditable VAT %(creditable)s is not "
                        "between 0.00 and %(ceiling)s, the most that it gives. Enter "
                        "such an amount.",
                        number=invoice.full_number,
                        creditable=creditable,
                        ceiling=ceiling,
                    ),
                    "creditable_vat_negative"
                    if creditable < 0
                    else "creditable_vat_above_vat",
                )

    # === FROM THE BUREAU === #

    @api.model
    def _merge(self, taxpayer, invoices):
        """Write invoices read from the bureau: new ones and changed ones, set-wise.

        What is the same is left alone, so a repeated reading writes nothing.

        :param list invoices: of ``gateway.messages.InvoiceData``
        :return: ``(number of new, number of changed)``
        """
        if not invoices:
            return 0, 0
        type_ids = self.env["invoice.tax.invoice.type"]._get_ids_by_code(
            data.type_code for data in invoices
        )
        # The bureau may show one invoice twice in a page; the last word counts.
        unique = {key_of(data.number, data.code): data for data in invoices}
        columns = zip(
            *(self._get_merge_values(data, type_ids) for data in unique.values()),
            strict=True,
        )
        self.env.flush_all()
        rows = self.env.execute_query(self._get_merge_query(taxpayer, columns))
        self.env.invalidate_all()
        created = sum(is_new for (is_new,) in rows)
        return created, len(rows) - created

    @api.model
    def _get_merge_values(self, data, type_ids):
        return (
            data.number,
            data.code or None,
            type_ids[data.type_code],
            data.issue_date,
            data.seller_tax_number or None,
            data.seller_name or None,
            data.net_amount,
            data.vat_amount,
            data.gross_amount,
            data.creditable_vat,
            data.status,
            data.raw_status or None,
            data.red_locked,
            data.element or None,
            data.selection,
            data.purpose,
            data.raw_purpose or None,
            data.period or None,
            data.selected_at,
            data.reason or None,
            data.reason_text or None,
            self._get_farm_method(data.farm_method),
            data.farm_amount or Decimal(),
            data.booked_on,
        )

    @api.model
    def _get_farm_method(self, method):
        """What a channel told, as far as it is known here."""
        return method if not method or method in KNOWN_FARM_METHODS else "unknown"

    @api.model
    def _get_merge_query(self, taxpayer, columns):
        names = [SQL.identifier(name) for name in _MERGED]
        arrays = [
            SQL(
                "%s::%s[]",
                to_array_literal(column),
                SQL(_MERGED_TYPES.get(name, "varchar")),
            )
            for name, column in zip(_MERGED, columns, strict=True)
        ]
        compared = [name for name in _MERGED if name != "number"]
        comma = SQL(", ")
        return SQL(
            """
            INSERT INTO invoice_tax_input_invoice AS invoice (
                   taxpayer_id, company_id, create_date, write_date, synced_at,
                   %(names)s)
            SELECT %(taxpayer)s, %(company)s, %(now)s, %(now)s, %(now)s, data.*
              FROM UNNEST(%(arrays)s) AS data
            ON CONFLICT (taxpayer_id, number, %(code_of_key)s) DO UPDATE
               SET (write_date, synced_at, %(compared)s)
                 = (EXCLUDED.write_date, EXCLUDED.synced_at, %(excluded)s)
             WHERE (%(present)s) IS DISTINCT FROM (%(excluded)s)
            RETURNING (xmax = 0)
            """,
            names=comma.join(names),
            taxpayer=taxpayer.id,
            company=taxpayer.company_id.id,
            now=fields.Datetime.now(),
            arrays=comma.join(arrays),
            compared=comma.join(map(SQL.identifier, compared)),
            excluded=comma.join(map(self._get_merged_value, compared)),
            code_of_key=SQL(_CODE_OF_KEY),
            present=comma.join(SQL.identifier("invoice", name) for name in compared),
        )

    @api.model
    def _get_merged_value(self, name):
        """What a column becomes when the bureau shows a known invoice again."""
        if name == "creditable_vat":
            # Lowered by a person before the selection, which the bureau knows
            # nothing of: kept while nothing else has happened.
            return SQL(
                """CASE WHEN invoice.selection = 'unselected'
                         AND excluded.selection = 'unselected'
                         AND invoice.vat_amount = excluded.vat_amount
                         AND (invoice.farm_method, invoice.farm_amount)
                          IS NOT DISTINCT FROM
                             (excluded.farm_method, excluded.farm_amount)
                        THEN LEAST(invoice.creditable_vat, excluded.creditable_vat)
                        ELSE excluded.creditable_vat END"""
            )
        return SQL.identifier("excluded", name)

    @api.model
    def _mark_red_locked(self, taxpayer, keys):
        """:param keys: ``gateway.messages.InvoiceKey`` of locked invoices"""
        for key in keys:
            wanted = key_of(key.number, key.code)
            self.search(
                [("taxpayer_id", "=", taxpayer.id), ("number", "=", key.number)]
            ).filtered(
                lambda invoice, wanted=wanted: (
                    key_of(invoice.number, invoice.code) == wanted
                )
            ).write({"is_red_locked": True})

    @api.model
    def _find_booked_unselected(self, taxpayer):
        """Selectable invoices that are booked on a posted vendor bill."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT invoice.id
                  FROM invoice_tax_input_invoice invoice
                  JOIN account_move bill
                    ON bill.company_id = ANY(%s)
                   AND bill.input_invoice_number = invoice.number
                   AND (LENGTH(invoice.number) = 20
                        OR COALESCE(bill.input_invoice_code, '')
                         = COALESCE(invoice.code, ''))
                 WHERE invoice.taxpayer_id = %s AND invoice.selection = 'unselected'
                   AND bill.move_type = 'in_invoice' AND bill.state = 'posted'
                """,
                taxpayer.company_id._get_served_companies().ids,
                taxpayer.id,
            )
        )
        return self.search(
            Domain("id", "in", [invoice_id for (invoice_id,) in rows])
            & self._get_selectable_domain(),
            order="issue_date, id",
        )

    # === ACTIONS === #

    def _get_wishes(self, **values):
        """These invoices as ``selection_plan.WishRow``."""
        return [
            WishRow(number=invoice.number, code=invoice.code or "", **values)
            for invoice in self
        ]
