import base64
import collections
import dataclasses
import heapq
import operator
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import split_every

from ..exceptions import TaxServiceError
from ..models.words import REASONS, get_advice, get_reason, get_sentence
from ..models.workbook_words import get_cell_sentence, get_workbook_sentence
from ..spreadsheet import (
    SELECTION,
    CellError,
    WorkbookError,
    stream_table,
    write_error_workbook,
)
from ..tools.kept_rows import RowKeeper, get_kept_rows
from ..tools.money import AMOUNT_DIGITS, to_decimal
from ..tools.selection_plan import WishRow, key_of

# Refused rows shown on the page; the error workbook holds all of them.
SHOWN_ERRORS = 500
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
    (``reading``). Rows go by in pieces, so a large workbook needs little memory.

    What must never happen: rows submitted that are not those of the workbook that
    is there (a new one forgets the reading).
    """

    _name = "invoice.tax.import.wizard"
    _description = "Select Input Invoices by Workbook"

    taxpayer_id = fields.Many2one(
        "invoice.tax.taxpayer",
        required=True,
        default=lambda self: self._default_taxpayer_id(),
    )
    environment = fields.Selection(
        related="taxpayer_id.environment", related_sudo=False
    )
    period = fields.Char(
        related="taxpayer_id.current_period_id.name",
        related_sudo=False,
        string="Deduction Tax Period",
    )
    workbook = fields.Binary(attachment=False)
    filename = fields.Char()
    reading = fields.Binary(attachment=False, readonly=True, groups=fields.NO_ACCESS)
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
            [("company_id", "=", self.env.company.id)], limit=2
        )
        return taxpayers if len(taxpayers) == 1 else False

    @api.constrains("taxpayer_id")
    def _check_readable(self):
        # Over RPC a wizard can be made for anything; its pages would show it.
        # Constraints run as superuser: ask as the user who is there.
        self.sudo(False).taxpayer_id.check_access("read")

    def write(self, vals):
        if vals.keys() & {"workbook", "filename"}:
            self.sudo().reading = False
        return super().write(vals)

    # === ACTIONS === #

    def action_check(self):
        """Dry run: say what would happen and everything that is wrong."""
        self.ensure_one()
        self.taxpayer_id._check_can("operate")
        self.line_ids.unlink()
        self.problem = False
        plan, keeper = WorkbookPlan(), RowKeeper()
        try:
            table, rows = self._read(self._get_content(), self.filename)
            for _group in self._plan_rows(self.taxpayer_id, keeper.keep(rows), plan):
                pass
        except WorkbookError as error:
            self.problem = get_workbook_sentence(self.env, error)
            return self._reopen()
        self.sudo().reading = keeper.get_content()
        self._show(table, plan)
        return self._reopen()

    def action_submit(self):
        """Write the batches of the workbook, from what the check has kept of it."""
        self.ensure_one()
        reading = self.sudo().with_context(bin_size=False).reading
        try:
            if reading:
                operations = self._submit_rows(self.taxpayer_id, get_kept_rows(reading))
            else:
                operations = self._import(
                    self.taxpayer_id, self._get_content(), self.filename
                )
        except WorkbookError as error:
            raise TaxServiceError(
                get_workbook_sentence(self.env, error), error.code
            ) from error
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Batches on their way to the tax bureau: %s."),
                "links": [
                    {
                        "label": ", ".join(operations.mapped("batch_number")),
                        "url": "/odoo/tax-operations",
                    }
                ],
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_back(self):
        self.ensure_one()
        self.write({"state": "choose", "workbook": False, "problem": False})
        return self._reopen()

    def action_download_errors(self):
        """The user's rows with what is wrong beside each."""
        self.ensure_one()
        return self.env["invoice.tax.export"]._get_action(self)

    def _write_workbook(self, target):
        """Write the uploaded workbook anew with what is wrong beside each row.

        :param target: binary file object
        """
        content = self._get_content()
        plan = WorkbookPlan()
        table, rows = self._read(content, self.filename)
        for _group in self._plan_rows(self.taxpayer_id, rows, plan):
            pass
        errors = [
            *table.errors,
            *(
                CellError(
                    refusal.code,
                    refusal.row,
                    self._get_letter(table, refusal.code),
                    "number",
                    "",
                )
                for refusal in plan.refused
            ),
        ]
        write_error_workbook(
            content, self.filename, SELECTION, errors, self._describe_error, target
        )

    def _describe_error(self, error):
        if error.code in REASONS:
            return get_sentence(self.env, error.code)
        return get_cell_sentence(self.env, error)

    # === READING === #

    @api.model
    def _import(self, taxpayer, content, filename):
        """A workbook to committed-ready batches, in one go.

        :return: the batches, one per operation type
        :raise WorkbookError: the workbook cannot be read
        :raise TaxServiceError: nothing of it can be sent
        """
        _table, rows = self._read(content, filename)
        return self._submit_rows(taxpayer, rows)

    @api.model
    def _submit_rows(self, taxpayer, rows):
        """Write the batches of rows of a workbook, one per operation type.

        :param rows: of :meth:`_read`
        :raise TaxServiceError: nothing of it can be sent
        """
        operations = self.env["invoice.tax.operation"]
        ledger = self.env["invoice.tax.operation.line"]
        entries = collections.defaultdict(list)
        for operation_type, good in self._plan_rows(taxpayer, rows, WorkbookPlan()):
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
                taxpayer.current_period_id.name,
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
    def _plan_rows(self, taxpayer, rows, plan):
        """Decide the rows of a workbook, a piece after the other.

        That no invoice is named twice in different pieces is seen to by the reader.

        :param rows: of :meth:`_read`
        :param WorkbookPlan plan: what is to be filled on the way
        :return: yields ``(operation type, rows that can be sent)``
        """
        operations = self.env["invoice.tax.operation"]
        period = taxpayer.current_period_id.name
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

    def _show(self, table, plan):
        self.write(
            {
                "state": "checked",
                "row_count": table.row_count + table.skipped,
                "skipped_count": table.skipped,
                "select_count": plan.select_count,
                "revoke_count": plan.revoke_count,
                "unchanged_count": plan.unchanged,
                "error_count": table.bad_rows + len(plan.refused),
                "creditable_vat": to_decimal(plan.creditable_vat),
                "ignored_columns": ", ".join(table.ignored) or False,
            }
        )
        self.env["invoice.tax.import.wizard.line"].create(
            [
                {"wizard_id": self.id, **values}
                for values in self._get_error_values(table, plan)
            ]
        )

    @api.model
    def _get_error_values(self, table, plan):
        """What is wrong, by row; the first of them."""
        values = [
            {
                "row": error.row,
                "address": error.address,
                "message": get_cell_sentence(self.env, error),
            }
            for error in heapq.nsmallest(
                SHOWN_ERRORS, table.errors, key=lambda error: error.row
            )
        ]
        values += [
            {
                "row": refusal.row,
                "address": f"{self._get_letter(table, refusal.code)}{refusal.row}",
                "number": refusal.number,
                "message": get_reason(self.env, refusal.code),
                "advice": get_advice(self.env, refusal.code),
            }
            for refusal in heapq.nsmallest(SHOWN_ERRORS, plan.refused)
        ]
        return sorted(values, key=lambda value: value["row"])[:SHOWN_ERRORS]

    @api.model
    def _get_letter(self, table, code):
        """The column in which a refused row is to be mended."""
        if code.startswith("creditable_vat"):
            keys = ("creditable_vat", "digital_number", "number")
        elif code.startswith("reason_text"):
            keys = ("reason_text", "reason")
        else:
            keys = ("digital_number", "number")
        return next((table.letters[key] for key in keys if key in table.letters), "")

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Select by Workbook"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
