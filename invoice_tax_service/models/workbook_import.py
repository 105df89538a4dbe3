import base64
import json
import zlib
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date

from ..exceptions import TaxServiceError
from ..spreadsheet import SELECTION, CellError, write_error_workbook
from ..tools.money import AMOUNT_DIGITS
from .words import REASONS, get_advice
from .workbook_words import get_error_sentence

# How long uploaded files are kept, in days; 0: for good.
KEPT_DAYS_PARAMETER = "invoice_tax_service.workbook_days"
KEPT_DAYS = 730
# Refused rows that are shown; the error workbook holds all of them.
SHOWN_ERRORS = 500


class InvoiceTaxImport(models.Model):
    """One workbook that was uploaded and sent (批量勾选): what came of its rows.

    Entry point: :meth:`_record`, called with the batches that were made of it. The
    file and what was refused are kept, so that the error workbook can be made when
    somebody asks for it; nothing is parsed before that.

    What must never happen: a record changed from outside (nobody but the upload has
    write access).
    """

    _name = "invoice.tax.import"
    _description = "Workbook Import"
    _order = "id desc"
    _rec_name = "filename"
    _check_company_auto = True

    taxpayer_id = fields.Many2one(
        "invoice.tax.taxpayer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    user_id = fields.Many2one("res.users", readonly=True, string="Operator")
    period = fields.Char(readonly=True, string="Deduction Tax Period")
    filename = fields.Char(readonly=True, string="File Name")
    workbook = fields.Binary(readonly=True, string="File")
    refused = fields.Binary(
        readonly=True, groups=fields.NO_ACCESS, string="Refused Rows, Packed"
    )
    row_count = fields.Integer(readonly=True, string="Rows")
    skipped_count = fields.Integer(readonly=True, string="Not Concerned")
    select_count = fields.Integer(readonly=True, string="Sent to Select")
    revoke_count = fields.Integer(readonly=True, string="Sent to Revoke")
    unchanged_count = fields.Integer(readonly=True, string="Unchanged")
    error_count = fields.Integer(readonly=True, string="Refused")
    creditable_vat = fields.Float(
        string="Creditable VAT", digits=AMOUNT_DIGITS, readonly=True
    )
    is_latest = fields.Boolean(
        readonly=True,
        string="Latest, Not Opened Yet",
        help="Its batches stand out in red in the log until one of them is opened.",
    )
    line_ids = fields.One2many(
        "invoice.tax.import.line", "import_id", readonly=True, string="Refused Rows"
    )
    operation_ids = fields.One2many(
        "invoice.tax.operation", "import_id", readonly=True, string="Batches"
    )

    @api.model
    def _record(self, taxpayer, refused, operations, **values):
        """Keep what was sent, and mark it as the latest of its taxpayer.

        :param list refused: of ``spreadsheet.CellError``, by row
        :param operations: the batches that were made of the workbook
        :return: the import
        """
        imports = self.sudo()
        imports.search(
            [("taxpayer_id", "=", taxpayer.id), ("is_latest", "=", True)]
        ).is_latest = False
        record = imports.create(
            {
                "taxpayer_id": taxpayer.id,
                "company_id": taxpayer.company_id.id,
                "user_id": self.env.uid,
                "is_latest": True,
                "refused": imports._pack(refused),
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "row": error.row,
                            "letter": error.column_letter,
                            "code": error.code,
                            "value": error.value,
                        },
                    )
                    for error in refused[:SHOWN_ERRORS]
                ],
                **values,
            }
        )
        operations.sudo().import_id = record
        return record.sudo(False)

    @api.model
    def _pack(self, refused):
        """Errors as bytes, in the way in which a Binary field takes them."""
        rows = [
            (error.code, error.row, error.column_letter, error.field, error.value)
            for error in refused
        ]
        if not rows:
            return False
        text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
        return base64.b64encode(zlib.compress(text.encode()))

    def _get_refused(self):
        """Every :class:`CellError` of the workbook."""
        packed = self.sudo().with_context(bin_size=False).refused
        if not packed:
            return []
        rows = json.loads(zlib.decompress(base64.b64decode(packed)))
        return [CellError(*row) for row in rows]

    @api.autovacuum
    def _clean_workbooks(self):
        """Drop the uploaded files that are older than the setting has it; what came
        of them stays in the log, in the ledger and in the counts here."""
        get_param = self.env["ir.config_parameter"].sudo().get_param
        days = int(get_param(KEPT_DAYS_PARAMETER, KEPT_DAYS))
        if days <= 0:
            return
        self.sudo().search(
            [
                ("create_date", "<", fields.Datetime.now() - timedelta(days=days)),
                ("workbook", "!=", False),
            ]
        ).write({"workbook": False, "refused": False})

    # === ACTIONS === #

    def action_download_errors(self):
        """The operator's rows with what is wrong beside each."""
        self.ensure_one()
        self.check_access("read")
        self.taxpayer_id._check_can("export")
        if not self.with_context(bin_size=True).workbook:
            raise TaxServiceError(
                self.env._(
                    "The file of %(date)s is not kept any more. The ledger says what "
                    "came of its rows.",
                    date=format_date(self.env, self.create_date),
                ),
                "file_not_kept",
            )
        return self.env["invoice.tax.export"]._get_action(self)

    def action_open_log(self):
        """The log, in which the batches of this workbook stand out."""
        return self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_tax_service.invoice_tax_operation_action"
        )

    def _get_summary_action(self):
        """What is shown once the batches are on their way (manual 001, 1.7 no. 5)."""
        self.ensure_one()
        view = self.env.ref("invoice_tax_service.invoice_tax_import_view_summary")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Select by Workbook"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(view.id, "form")],
            "target": "new",
        }

    def _write_workbook(self, target):
        """Write the uploaded workbook anew with what was wrong beside each row.

        :param target: binary file object
        """
        self.ensure_one()
        write_error_workbook(
            base64.b64decode(self.with_context(bin_size=False).workbook),
            self.filename,
            SELECTION,
            self._get_refused(),
            lambda error: get_error_sentence(self.env, error),
            target,
        )


class InvoiceTaxImportLine(models.Model):
    """One refused row of a workbook that was sent, with the cell and the reason."""

    _name = "invoice.tax.import.line"
    _description = "Refused Row of a Workbook Import"
    _order = "row, id"

    import_id = fields.Many2one(
        "invoice.tax.import",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    row = fields.Integer(readonly=True)
    letter = fields.Char(readonly=True, string="Column")
    code = fields.Char(readonly=True)
    value = fields.Char(readonly=True, string="Content")
    number = fields.Char(compute="_compute_sentences", string="Invoice")
    address = fields.Char(compute="_compute_sentences", string="Cell")
    message = fields.Char(compute="_compute_sentences")
    advice = fields.Char(compute="_compute_sentences")

    @api.depends("row", "letter", "code", "value")
    @api.depends_context("lang")
    def _compute_sentences(self):
        for line in self:
            error = CellError(
                line.code, line.row, line.letter or "", "", line.value or ""
            )
            line.address = error.address
            line.message = get_error_sentence(self.env, error, with_advice=False)
            is_known = line.code in REASONS
            line.number = is_known and line.value
            line.advice = is_known and get_advice(self.env, line.code)
