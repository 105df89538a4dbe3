import base64
import collections
import dataclasses

from odoo import api, fields, models

from ..exceptions import TaxServiceError
from ..models.words import REASONS, get_advice, get_reason, get_sentence
from ..models.workbook_words import get_cell_sentence, get_workbook_sentence
from ..spreadsheet import (
    SELECTION,
    CellError,
    WorkbookError,
    read_table,
    write_error_workbook,
)
from ..tools.money import AMOUNT_DIGITS, to_decimal
from ..tools.selection_plan import WishRow, key_of

# Refused rows shown on the page; the error workbook holds all of them.
SHOWN_ERRORS = 500


@dataclasses.dataclass
class WorkbookPlan:
    """What an uploaded workbook comes to.

    ``groups``: operation type → rows that will be sent; ``refused``: planned
    rows with a refusal; ``unchanged``: rows that ask for what is already so.
    """

    table: object
    groups: dict
    refused: list
    unchanged: int


class InvoiceTaxImportWizard(models.TransientModel):
    """Selection by workbook (批量勾选): upload, look, submit.

    :meth:`action_check` reads the workbook and shows what would happen, with
    every error and its cell; nothing is written. :meth:`action_submit` reads it
    again and writes one batch per operation type. 是 selects, 否 revokes, an
    empty cell means the invoice is not concerned; a row with a non-deduction
    reason is selected as not deductible.
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

    # === ACTIONS === #

    def action_check(self):
        """Dry run: say what would happen and everything that is wrong."""
        self.ensure_one()
        self.taxpayer_id._check_can("operate")
        self.line_ids.unlink()
        self.problem = False
        try:
            plan = self._plan()
        except WorkbookError as error:
            self.problem = get_workbook_sentence(self.env, error)
            return self._reopen()
        self._show(plan)
        return self._reopen()

    def action_submit(self):
        """Read the workbook again and write its batches."""
        self.ensure_one()
        try:
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
        plan = self._plan_workbook(self.taxpayer_id, content, self.filename)
        errors = [
            *plan.table.errors,
            *(
                CellError(
                    row.refusal,
                    int(row.wish.label),
                    self._get_letter(plan.table, row),
                    "number",
                    "",
                )
                for row in plan.refused
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
        plan = self._plan_workbook(taxpayer, content, filename)
        if not plan.groups:
            raise TaxServiceError(
                get_sentence(self.env, "nothing_to_send"), "nothing_to_send"
            )
        operations = self.env["invoice.tax.operation"]
        # Revoking first: what is given back may be selected anew in the same file.
        for operation_type in sorted(plan.groups, key=lambda key: "revoke" not in key):
            operations |= operations._submit_selection(
                taxpayer,
                operation_type,
                taxpayer.current_period_id.name,
                plan.groups[operation_type],
                "excel",
            )
        return operations

    def _plan(self):
        return self._plan_workbook(self.taxpayer_id, self._get_content(), self.filename)

    def _get_content(self):
        return base64.b64decode(self.with_context(bin_size=False).workbook or b"")

    @api.model
    def _plan_workbook(self, taxpayer, content, filename):
        """:rtype: WorkbookPlan"""
        table = read_table(content, filename or "", SELECTION)
        operations = self.env["invoice.tax.operation"]
        wishes = [self._get_wish(row) for row in table.dicts()]
        facts = operations._fetch_facts(taxpayer, [wish for wish, _ in wishes])
        by_operation = collections.defaultdict(list)
        unchanged = 0
        for wish, is_selected in wishes:
            known = facts.get(key_of(wish.number, wish.code))
            operation_type = self._get_operation_type(wish, is_selected, known)
            if operation_type:
                by_operation[operation_type].append(wish)
            else:
                unchanged += 1
        groups, refused = {}, []
        for operation_type, chosen in by_operation.items():
            rows = operations._plan_selection(
                taxpayer, operation_type, taxpayer.current_period_id.name, chosen, facts
            )
            refused += [row for row in rows if row.refusal]
            good = [row for row in rows if not row.refusal]
            if good:
                groups[operation_type] = good
        return WorkbookPlan(table, groups, refused, unchanged)

    @api.model
    def _get_wish(self, row):
        return (
            WishRow(
                number=row["number"],
                code=row["code"] or "",
                creditable_vat=row["creditable_vat"],
                reason=row["reason"] or "",
                reason_text=row["reason_text"] or "",
                label=str(row["row"]),
            ),
            row["selected"],
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

    def _show(self, plan):
        good = [row for rows in plan.groups.values() for row in rows]
        selecting = [
            row
            for key, rows in plan.groups.items()
            if not key.endswith("_revoke")
            for row in rows
        ]
        self.write(
            {
                "state": "checked",
                "row_count": plan.table.row_count + plan.table.skipped,
                "skipped_count": plan.table.skipped,
                "select_count": len(selecting),
                "revoke_count": len(good) - len(selecting),
                "unchanged_count": plan.unchanged,
                "error_count": plan.table.bad_rows + len(plan.refused),
                "creditable_vat": to_decimal(
                    sum(row.creditable_vat for row in selecting)
                ),
                "ignored_columns": ", ".join(plan.table.ignored) or False,
            }
        )
        self.env["invoice.tax.import.wizard.line"].create(
            [
                {"wizard_id": self.id, **values}
                for values in self._get_error_values(plan)[:SHOWN_ERRORS]
            ]
        )

    @api.model
    def _get_error_values(self, plan):
        """Everything that is wrong, by row."""
        values = [
            {
                "row": error.row,
                "address": error.address,
                "message": get_cell_sentence(self.env, error),
            }
            for error in plan.table.errors
        ]
        values += [
            {
                "row": int(row.wish.label),
                "address": self._get_letter(plan.table, row) + row.wish.label,
                "number": row.wish.number,
                "message": get_reason(self.env, row.refusal),
                "advice": get_advice(self.env, row.refusal),
            }
            for row in plan.refused
        ]
        return sorted(values, key=lambda value: value["row"])

    @api.model
    def _get_letter(self, table, row):
        """The column in which a refused row is to be mended."""
        if row.refusal.startswith("creditable_vat"):
            keys = ("creditable_vat", "digital_number", "number")
        elif row.refusal.startswith("reason_text"):
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
