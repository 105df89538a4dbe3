from odoo import api, fields, models

from ..tools.copying import copy_in, copy_line
from ..tools.money import AMOUNT_DIGITS, to_decimal
from ..tools.selection_plan import WishRow
from .words import (
    NON_DEDUCTION_REASONS,
    OPERATION_TYPES,
    PURPOSES,
    SELECTIONS,
    TASK_STATES,
    get_advice,
    get_reason,
)

# Refusals of rows whose content could not be read, so it stands nowhere.
UNREADABLE = (
    "number_invalid",
    "creditable_vat_invalid",
    "farm_amount_invalid",
    "booked_on_invalid",
)
# What differs from row to row when the ledger of a batch is written.
_ENTRY_COLUMNS = (
    "input_invoice_id",
    "number",
    "code",
    "net_amount",
    "vat_amount",
    "creditable_vat",
    "is_vat_asked",
    "farm_amount",
    "booked_on",
    "reason",
    "reason_text",
    "state",
    "result_code",
    "selection_before",
)


class InvoiceTaxOperationLine(models.Model):
    """One invoice in one batch: the tax bureau operation ledger.

    Written set-wise by :meth:`_create_lines`, then only by the request that
    carries it. Rows stay for good; they are what the bureau was told.

    What must never happen: the same invoice open in two batches (partial unique
    index); a line that changes after it was taken into a request.
    """

    _name = "invoice.tax.operation.line"
    _description = "Tax Bureau Operation Ledger"
    _inherit = ["invoice.tax.number.mixin"]
    # By the id of the batch, whose index carries it; its own order would be turned
    # round by "desc" and sorted over a join of everything.
    _order = "operation_id.id desc, id"
    _rec_name = "number"

    operation_id = fields.Many2one(
        "invoice.tax.operation",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    request_id = fields.Many2one(
        "invoice.tax.request",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    taxpayer_id = fields.Many2one(
        "invoice.tax.taxpayer", required=True, readonly=True, index=True
    )
    batch_number = fields.Char(related="operation_id.batch_number")
    operation_type = fields.Selection(OPERATION_TYPES, required=True, readonly=True)
    period = fields.Char(readonly=True, required=True, string="Deduction Tax Period")
    input_invoice_id = fields.Many2one(
        "invoice.tax.input.invoice", readonly=True, index=True, ondelete="restrict"
    )
    number = fields.Char(required=True, readonly=True)
    code = fields.Char(readonly=True)
    seller_name = fields.Char(related="input_invoice_id.seller_name")
    issue_date = fields.Date(related="input_invoice_id.issue_date")
    net_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    vat_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True, string="VAT")
    creditable_vat = fields.Float(
        string="Creditable VAT", digits=AMOUNT_DIGITS, readonly=True
    )
    is_vat_asked = fields.Boolean(
        readonly=True,
        string="Creditable VAT Asked For",
        help="Off: the invoice's own, which may be another one by the time of a retry.",
    )
    farm_amount = fields.Float(
        string="Own-grown Part", digits=AMOUNT_DIGITS, readonly=True
    )
    booked_on = fields.Date(readonly=True)
    reason = fields.Selection(
        NON_DEDUCTION_REASONS, readonly=True, string="Non-deduction Reason"
    )
    reason_text = fields.Char(readonly=True)
    # waiting → processing (taken into a request) → success, failed
    # waiting, processing → voided (by a person)
    # failed → success (asked again: the bureau did finish it)
    state = fields.Selection(
        TASK_STATES, required=True, readonly=True, default="waiting"
    )
    selection_before = fields.Selection(SELECTIONS, readonly=True, string="Before")
    selection_after = fields.Selection(SELECTIONS, readonly=True, string="After")
    purpose_after = fields.Selection(PURPOSES, readonly=True)
    result_code = fields.Char(readonly=True)
    raw_code = fields.Char(readonly=True, string="Bureau Code")
    raw_text = fields.Char(readonly=True, string="Bureau Text")
    result_text = fields.Char(compute="_compute_result_text")
    advice = fields.Char(compute="_compute_result_text")
    answered_at = fields.Datetime(readonly=True)

    # Few, for every one of them is paid for with each row of a workbook.
    _open_invoice_uniq = models.UniqueIndex(
        "(input_invoice_id) WHERE state IN ('waiting', 'processing')",
        "The invoice is in another batch that is still being worked on.",
    )
    _to_send_idx = models.Index(
        "(operation_id, id) WHERE state = 'waiting' AND request_id IS NULL"
    )
    _failed_idx = models.Index("(operation_id) WHERE state = 'failed'")
    # Also for beginnings of numbers, whatever the collation of the database.
    _number_idx = models.Index("(number varchar_pattern_ops)")

    @api.depends("result_code", "raw_text")
    @api.depends_context("lang")
    def _compute_result_text(self):
        # Few codes stand on many lines.
        for code, lines in self.grouped("result_code").items():
            lines.result_text = get_reason(self.env, code)
            lines.advice = get_advice(self.env, code)

    @api.model
    def _get_entries(self, rows):
        """Planned rows as ledger entries: the text that PostgreSQL copies in, without
        what is the same for the whole batch.

        Text is what 200,000 of them can be kept as until their batch is written.

        :param rows: of ``selection_plan.PlannedRow``
        :return: list of str
        """
        return [copy_line(self._get_entry_values(row)) for row in rows]

    @api.model
    def _get_entry_values(self, row):
        """In the order of ``_ENTRY_COLUMNS``."""
        facts, wish = row.facts, row.wish
        return (
            facts and facts.id,
            wish.number,
            wish.code or None,
            facts and facts.net_amount,
            facts and facts.vat_amount,
            row.creditable_vat,
            wish.creditable_vat is not None,
            row.farm_amount,
            row.booked_on,
            wish.reason or None,
            wish.reason_text or None,
            "failed" if row.refusal else "waiting",
            row.refusal or None,
            facts and facts.selection,
        )

    def _get_wishes(self):
        """What these lines were made from, to be planned anew.

        :return: list of ``(WishRow, refusal)``; refused again is what could not be
            read, so that it stands nowhere
        """
        return [
            (
                WishRow(
                    number=line.number,
                    code=line.code or "",
                    creditable_vat=to_decimal(line.creditable_vat)
                    if line.is_vat_asked
                    else None,
                    reason=line.reason or "",
                    reason_text=line.reason_text or "",
                    farm_amount=to_decimal(line.farm_amount or 0),
                    booked_on=line.booked_on or None,
                ),
                line.result_code if line.result_code in UNREADABLE else "",
            )
            for line in self
        ]

    @api.model
    def _create_lines(self, operation, entries):
        """Write the ledger of a batch set-wise: copied, many rows in one statement.

        Who wrote it stands on the batch, once; on each row it would cost two more
        foreign keys to check.

        :param list entries: of :meth:`_get_entries`
        """
        now = self.env.cr.now()
        batch = {
            "operation_id": operation.id,
            "company_id": operation.company_id.id,
            "taxpayer_id": operation.taxpayer_id.id,
            "operation_type": operation.operation_type,
            "period": operation.period,
            "create_date": now,
            "write_date": now,
        }
        self.env.flush_all()
        copy_in(
            self.env.cr,
            self._table,
            (*_ENTRY_COLUMNS, *batch),
            entries,
            copy_line(tuple(batch.values())),
        )
        operation.invalidate_recordset(["line_ids"])
