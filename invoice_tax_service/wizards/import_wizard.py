import base64
import collections
import dataclasses
import operator
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import split_every

from ..exceptions import TaxServiceError
from ..models.words import REASONS, RECEIVING, get_advice, get_sentence
from ..models.workbook_import import SHOWN_ERRORS
from ..models.workbook_words import get_error_sentence, get_workbook_sentence
from ..spreadsheet import (
    DEFAULT_LIMITS,
    SELECTION,
    CellError,
    WorkbookError,
    stream_table,
    write_error_workbook,
)
from ..tools.kept_rows import RowKeeper, get_kept_rows
from ..tools.money import AMOUNT_DIGITS, to_decimal
from ..tools.selection_plan import WishRow, key_of

# Rows looked up and decided at once; only these are in memory as objects.
PIECE = 10_000

# What is used of a row, in this order.
_READ = ("row", "number", "code", "creditable_vat", "selected", "reason", "reason_text")
# Row of the sheet (first: they are sorted by it), number, code of the refusal.
Refusal = collections.namedtuple("Refusal", "row number code")


@dataclasses.dataclass
class WorkbookPlan:
    """What an uploaded workbook comes to; grows while its rows go by.

    ``select_count``, ``revoke_count``: rows that will be sent; ``creditable_vat``:
    of those to select; ``refused``: every :class:`Refusal`; ``unchanged``: rows
    that ask for what is already so.
    """

    select_count: int = 0
    revoke_count: int = 0
    creditable_vat: Decimal = Decimal("0.00")
    refused: list = dataclasses.field(default_factory=list)
    unchanged: int = 0

    def note(self, operation_type, good, refused):
        """Count planned rows of one operation type."""
        if operation_type.endswith("_revoke"):
            self.revoke_count += len(good)
        else:
            self.select_count += len(good)
            self.creditable_vat += sum(row.creditable_vat for row in good)
        self.refused += (
            Refusal(int(row.wish.label), row.wish.number, row.refusal)
            for row in refused
        )


class InvoiceTaxImportWizard(models.TransientModel):
    """Selection by workbook (批量勾选): upload, look, submit.

    :meth:`action_check` reads the workbook and shows what would happen, with
    every error and its cell; no batch is written. :meth:`action_submit` decides
    anew, on what is known by then, and writes one batch per operation type. 是
    selects, 否 revokes, an empty cell means the invoice is not concerned; a row
    with a non-deduction reason is selected as not deductible.

    The file is parsed once: looking at it keeps its good rows for the submitting
    (``reading``), and what was wrong (``findings``). Rows go by in pieces, so a large
    workbook needs little memory. What was sent is kept as ``invoice.tax.import``.

    What must never happen: rows submitted that are not those of the workbook that
    is there (a new one forgets the reading); a file decoded that is too large.
    """

    _name = "invoice.tax.import.wizard"
    _description = "Select Input Invoices by Workbook"
    _inherit = ["invoice.tax.right.page"]

    taxpayer_id = fields.Many2one(
        "invoice.tax.taxpayer",
        required=True,
        default=lambda self: self._default_taxpayer_id(),
    )
    environment = fields.Selection(
        related="taxpayer_id.environment", related_sudo=False
    )
    # Of the day the workbook is checked: what that shows is what is sent.
    period = fields.Char(
        compute="_compute_period",
        compute_sudo=False,
        store=True,
        string="Deduction Tax Period",
    )
    workbook = fields.Binary(attachment=False)
    filename = fields.Char()
    reading = fields.Binary(attachment=False, readonly=True, groups=fields.NO_ACCESS)
    findings = fields.Json(readonly=True, groups=fields.NO_ACCESS)
    state = fields.Selection(
        [("choose", "Choose"), ("checked", "Checked")], default="choose", required=True
    )
    problem = fields.Char(readonly=True)
    row_count = fields.Integer(readonly=True, string="Rows")
    skipped_count = fields.Integer(readonly=True, string="Not Concerned")
    select_count = fields.Integer(readonly=True, string="To Select")
    revoke_count = fields.Integer(readonly=True, string="To Revoke")
    unchanged_count = fields.Integer(readonly=True, string="Unchanged")
    error_count = fields.Integer(readonly=True, string="Refused")
    creditable_vat = fields.Float(
        string="Creditable VAT", digits=AMOUNT_DIGITS, readonly=True
    )
    ignored_columns = fields.Char(readonly=True)
    line_ids = fields.One2many(
        "invoice.tax.import.wizard.line", "wizard_id", readonly=True
    )

    @api.model
    def _default_taxpayer_id(self):
        taxpayers = self.env["invoice.tax.taxpayer"].search(
            [("company_id", "=", self.env.company._get_tax_company().id)], limit=2
        )
        return taxpayers if len(taxpayers) == 1 else False

    @api.depends("taxpayer_id")
    def _compute_period(self):
        for wizard in self:
            wizard.period = wizard.taxpayer_id.current_period_id.name

    @api.constrains("taxpayer_id")
    def _check_readable(self):
        # Over RPC a wizard can be made for anything; its pages would show it.
        # Constraints run as superuser: ask as the user who is there.
        self.sudo(False).taxpayer_id.check_access("read")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_size(vals.get("workbook"))
        return super().create(vals_list)

    @api.model
    def _check_size(self, workbook):
        """Before it is decoded, parsed or stored: what is too large costs nothing.

        :param workbook: the file in base64
        :raise TaxServiceError: ``too_large``
        """
        # Four characters for three bytes, two of which may be filling.
        if not isinstance(workbook, str | bytes):
            # No file, or what no file is: refused where it is read.
            return
        found, limit = len(workbook) // 4 * 3 - 2, DEFAULT_LIMITS.max_bytes
        if found > limit:
            error = WorkbookError("too_large", found=found, limit=limit)
            raise TaxServiceError(get_workbook_sentence(self.env, error), error.code)

    def write(self, vals):
        self._check_size(vals.get("workbook"))
        if vals.keys() & {"workbook", "filename"}:
            self.sudo().write({"reading": False, "findings": False})
        return super().write(vals)

    # === ACTIONS === #

    def action_check(self):
        """Dry run: say what would happen and everything that is wrong."""
        self.ensure_one()
        self.taxpayer_id._check_can("import")
        self.taxpayer_id._check_service_available(RECEIVING)
        self.line_ids.unlink()
        self.problem = False
        self._compute_period()
        plan, keeper = WorkbookPlan(), RowKeeper()
        try:
            table, rows = self._read(self._get_content(), self.filename)
            kept = keeper.keep(rows)
            for _group in self._plan_rows(self.taxpayer_id, kept, plan, self.period):
                pass
        except WorkbookError as error:
            self.problem = get_workbook_sentence(self.env, error)
            return self._reopen()
        self.sudo().write(
            {"reading": keeper.get_content(), "findings": self._get_findings(table)}
        )
        self._show(table, plan)
        return self._reopen()

    def action_submit(self):
        """Write the batches of the workbook, from what the check has kept of it, and
        keep what came of its rows."""
        self.ensure_one()
        # A period that has moved since the check is refused before all is decided.
        self.taxpayer_id._check_can("import")
        self.taxpayer_id._check_can_operate("deduct", self.period, "excel")
        plan = WorkbookPlan()
        try:
            rows, get_findings = self._get_rows_to_submit()
            operations = self._submit_rows(self.taxpayer_id, rows, plan, self.period)
        except WorkbookError as error:
            raise TaxServiceError(
                get_workbook_sentence(self.env, error), error.code
            ) from error
        record = self._record(plan, get_findings(), operations)
        return self._get_sent_notification(record)

    def _get_rows_to_submit(self):
        """The rows to send, and a function for the findings once they have gone by."""
        kept = self.sudo().with_context(bin_size=False)
        if kept.reading:
            return get_kept_rows(kept.reading), lambda: kept.findings
        table, rows = self._read(self._get_content(), self.filename)
        return rows, lambda: self._get_findings(table)

    def _record(self, plan, findings, operations):
        return self.env["invoice.tax.import"]._record(
            self.taxpayer_id,
            self._get_errors(findings, plan),
            operations,
            filename=self.filename,
            workbook=self.with_context(bin_size=False).workbook,
            period=operations[:1].period,
            **self._get_counts(findings, plan),
        )

    def _get_sent_notification(self, record):
        """Say what was sent, with a link to each batch, and show the summary."""
        operations = record.operation_ids.sorted("id")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Sent to the tax bureau: %(select)s to select, %(revoke)s to "
                    "revoke; %(refused)s rows refused. Batches: %(batches)s.",
                    select=record.select_count,
                    revoke=record.revoke_count,
                    refused=record.error_count,
                    # Each place is filled by the web client with one of the links.
                    batches=", ".join(["%s"] * len(operations)),
                ),
                "links": [
                    {
                        "label": operation.batch_number,
                        "url": f"/odoo/tax-operations/{operation.id}",
                    }
                    for operation in operations
                ],
                "next": record._get_summary_action(),
            },
        }

    def action_back(self):
        self.ensure_one()
        self.write({"state": "choose", "workbook": False, "problem": False})
        return self._reopen()

    def action_download_file(self):
        """Go to the file that is filled in: what can be uploaded here."""
        self.ensure_one()
        self.taxpayer_id._check_can("export")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_tax_service.invoice_tax_download_wizard_action"
        )
        action["context"] = {"default_taxpayer_id": self.taxpayer_id.id}
        return action

    def action_download_errors(self):
        """The user's rows with what is wrong beside each."""
        self.ensure_one()
        return self.env["invoice.tax.export"]._get_action(self)

    def _write_workbook(self, target):
        """Write the uploaded workbook anew with what is wrong beside each row.

        :param target: binary file object
        """
        rows, get_findings = self._get_rows_to_submit()
        plan = WorkbookPlan()
        for _group in self._plan_rows(self.taxpayer_id, rows, plan, self.period):
            pass
        write_error_workbook(
            self._get_content(),
            self.filename,
            SELECTION,
            self._get_errors(get_findings(), plan),
            lambda error: get_error_sentence(self.env, error),
            target,
        )

    # === READING === #

    @api.model
    def _submit_rows(self, taxpayer, rows, plan=None, period=None):
        """Write the batches of rows of a workbook, one per operation type.

        :param rows: of :meth:`_read`
        :param WorkbookPlan plan: filled on the way
        :param str period: ``yyyyMM`` that the rows are for; the current one when None
        :raise TaxServiceError: nothing of it can be sent
        """
        operations = self.env["invoice.tax.operation"]
        ledger = self.env["invoice.tax.operation.line"]
        entries = collections.defaultdict(list)
        period = period or taxpayer.current_period_id.name
        for operation_type, good in self._plan_rows(
            taxpayer, rows, plan or WorkbookPlan(), period
        ):
            entries[operation_type] += ledger._get_entries(good)
        if not entries:
            raise TaxServiceError(
                get_sentence(self.env, "nothing_to_send"), "nothing_to_send"
            )
        # Revoking first: what is given back may be selected anew in the same file.
        for operation_type in sorted(entries, key=lambda key: "revoke" not in key):
            operations |= operations._submit_entries(
                taxpayer,
                operation_type,
                period,
                entries.pop(operation_type),
                "excel",
            )
        return operations

    def _get_content(self):
        return base64.b64decode(self.with_context(bin_size=False).workbook or b"")

    @api.model
    def _read(self, content, filename):
        """The table of a workbook, and its good rows as they go by: ``(row, number,
        code, creditable VAT, whether selected, reason, reason text)``.

        :raise WorkbookError: the workbook cannot be read; also while rows go by
        """
        table, rows = stream_table(content, filename or "", SELECTION)
        pick = operator.itemgetter(*map(table.keys.index, _READ))
        return table, map(pick, rows)

    @api.model
    def _plan_rows(self, taxpayer, rows, plan, period):
        """Decide the rows of a workbook, a piece after the other.

        That no invoice is named twice in different pieces is seen to by the reader.

        :param rows: of :meth:`_read`
        :param WorkbookPlan plan: what is to be filled on the way
        :param str period: ``yyyyMM`` that the rows are for
        :return: yields ``(operation type, rows that can be sent)``
        """
        operations = self.env["invoice.tax.operation"]
        for piece in split_every(PIECE, rows):
            wishes = [(self._get_wish(row), row[4]) for row in piece]
            facts = operations._fetch_facts(taxpayer, [wish for wish, _ in wishes])
            by_operation = collections.defaultdict(list)
            for wish, is_selected in wishes:
                known = facts.get(key_of(wish.number, wish.code))
                operation_type = self._get_operation_type(wish, is_selected, known)
                if operation_type:
                    by_operation[operation_type].append(wish)
                else:
                    plan.unchanged += 1
            for operation_type, chosen in by_operation.items():
                planned = operations._plan_selection(
                    taxpayer, operation_type, period, chosen, facts
                )
                good = [row for row in planned if not row.refusal]
                plan.note(operation_type, good, (row for row in planned if row.refusal))
                if good:
                    yield operation_type, good

    @api.model
    def _get_wish(self, row):
        label, number, code, creditable_vat, _selected, reason, reason_text = row
        return WishRow(
            number,
            code or "",
            creditable_vat,
            reason or "",
            reason_text or "",
            str(label),
        )

    @api.model
    def _get_operation_type(self, wish, is_selected, facts):
        """What the row asks for; empty when it is so already."""
        if is_selected:
            purpose = "exclude" if wish.reason else "deduct"
            if (
                facts
                and facts.selection == "selected"
                and facts.purpose == purpose
                and wish.creditable_vat in (None, facts.creditable_vat)
            ):
                return ""
            return purpose
        if facts and facts.selection == "unselected" and not facts.in_progress:
            return ""
        purpose = facts and facts.purpose
        return "exclude_revoke" if purpose == "exclude" else "deduct_revoke"

    # === SHOWING === #

    @api.model
    def _get_findings(self, table):
        """What is kept of a table beside its good rows, once they have gone by."""
        return {
            "row_count": table.row_count + table.skipped,
            "skipped_count": table.skipped,
            "bad_rows": table.bad_rows,
            "letters": table.letters,
            "errors": [
                [error.code, error.row, error.column_letter, error.field, error.value]
                for error in table.errors
            ],
        }

    @api.model
    def _get_counts(self, findings, plan):
        return {
            "row_count": findings["row_count"],
            "skipped_count": findings["skipped_count"],
            "select_count": plan.select_count,
            "revoke_count": plan.revoke_count,
            "unchanged_count": plan.unchanged,
            "error_count": findings["bad_rows"] + len(plan.refused),
            "creditable_vat": to_decimal(plan.creditable_vat),
        }

    @api.model
    def _get_errors(self, findings, plan):
        """Everything that is wrong, by row: cells first, then what is known of the
        invoices, as ``spreadsheet.CellError`` with the number as its value."""
        errors = [CellError(*error) for error in findings["errors"]]
        errors += [
            CellError(
                refusal.code,
                refusal.row,
                self._get_letter(findings["letters"], refusal.code),
                "number",
                refusal.number,
            )
            for refusal in plan.refused
        ]
        return sorted(errors, key=lambda error: error.row)

    def _show(self, table, plan):
        findings = self._get_findings(table)
        self.write(
            {
                "state": "checked",
                "ignored_columns": ", ".join(table.ignored) or False,
                **self._get_counts(findings, plan),
            }
        )
        self.env["invoice.tax.import.wizard.line"].create(
            [
                {
                    "wizard_id": self.id,
                    "row": error.row,
                    "address": error.address,
                    "number": error.value if error.code in REASONS else False,
                    "message": get_error_sentence(self.env, error, with_advice=False),
                    "advice": error.code in REASONS
                    and get_advice(self.env, error.code),
                }
                for error in self._get_errors(findings, plan)[:SHOWN_ERRORS]
            ]
        )

    @api.model
    def _get_letter(self, letters, code):
        """The column in which a refused row is to be mended."""
        if code.startswith("creditable_vat"):
            keys = ("creditable_vat", "digital_number", "number")
        elif code.startswith("reason_text"):
            keys = ("reason_text", "reason")
        else:
            keys = ("digital_number", "number")
        return next((letters[key] for key in keys if key in letters), "")

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Select by Workbook"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
