from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..exceptions import TaxServiceError
from ..spreadsheet import write_zip_of_workbooks
from ..tools import tax_number as tax_numbers

# More invoices go on in a further workbook (manual 001, 1.7 no. 2).
WORKBOOK_ROWS = 2_000
# What is offered when the bureau has not named selectable issue dates.
MONTHS = 12


class InvoiceTaxDownloadWizard(models.TransientModel):
    """The invoice file of the selection by workbook (批量勾选, 下载发票文件).

    :meth:`action_download` gives a zip of workbooks that are filled in and uploaded
    (``invoice.tax.import.wizard``); only normal invoices that are not confirmed are
    in it, as far as the user may read them.

    What must never happen: invoices of another taxpayer in the file.
    """

    _name = "invoice.tax.download.wizard"
    _description = "Download of an Invoice File"

    taxpayer_id = fields.Many2one(
        "invoice.tax.taxpayer",
        required=True,
        default=lambda self: self.env[
            "invoice.tax.import.wizard"
        ]._default_taxpayer_id(),
    )
    environment = fields.Selection(
        related="taxpayer_id.environment", related_sudo=False
    )
    issue_date_from = fields.Date(
        compute="_compute_issue_dates",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        string="Issued From",
    )
    issue_date_to = fields.Date(
        compute="_compute_issue_dates",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        string="Issued To",
    )
    seller_tax_number = fields.Char(
        help="The whole number, 15, 17, 18 or 20 places; empty: all sellers."
    )
    flag = fields.Selection(
        [("all", "All"), ("unselected", "Not Selected"), ("selected", "Selected")],
        default="all",
        required=True,
        string="Selection Flag",
    )
    file_format = fields.Selection(
        [
            ("xlsx", "Excel (xlsx)"),
            ("xls", "Excel 2003 (xls)"),
            ("both", "Both Formats"),
        ],
        default="xlsx",
        required=True,
    )
    invoice_count = fields.Integer(
        compute="_compute_counts", string="Invoices in the File"
    )
    workbook_count = fields.Integer(
        compute="_compute_counts",
        string="Workbooks in the File",
        help="At most 2,000 invoices stand in one workbook.",
    )

    # === COMPUTE METHODS === #

    @api.depends("taxpayer_id")
    def _compute_issue_dates(self):
        today = self.env["invoice.tax.taxpayer"]._get_today()
        for wizard in self:
            period = wizard.taxpayer_id.current_period_id
            wizard.issue_date_from = period.issue_date_from or (
                today - relativedelta(months=MONTHS)
            )
            wizard.issue_date_to = period.issue_date_to or today

    @api.depends(
        "taxpayer_id",
        "issue_date_from",
        "issue_date_to",
        "seller_tax_number",
        "flag",
        "file_format",
    )
    def _compute_counts(self):
        invoices = self.env["invoice.tax.input.invoice"]
        for wizard in self:
            count = 0
            if wizard.taxpayer_id and wizard.issue_date_from and wizard.issue_date_to:
                count = invoices.search_count(wizard._get_domain())
            formats = len(wizard._get_extensions())
            wizard.invoice_count = count
            wizard.workbook_count = -(-count // WORKBOOK_ROWS) * formats

    @api.constrains("taxpayer_id")
    def _check_readable(self):
        # Over RPC a wizard can be made for anything; its pages would show it.
        # Constraints run as superuser: ask as the user who is there.
        self.sudo(False).taxpayer_id.check_access("read")

    # === ACTIONS === #

    def action_download(self):
        """Download ``{tax number}_{random number}.zip``."""
        self.ensure_one()
        self.taxpayer_id._check_can("export")
        self._check_filter()
        if not self.invoice_count:
            raise TaxServiceError(
                self.env._(
                    "No normal, unconfirmed invoice is found like this; there is "
                    "nothing to download. Change the issue dates, the seller or the "
                    "flag."
                ),
                "nothing_to_export",
            )
        return self.env["invoice.tax.export"]._get_action(self)

    def action_upload(self):
        """Go on to the upload of a workbook."""
        self.ensure_one()
        self.taxpayer_id._check_can("import")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_tax_service.invoice_tax_import_wizard_action"
        )
        action["context"] = {"default_taxpayer_id": self.taxpayer_id.id}
        return action

    # === WRITING === #

    def _check_filter(self):
        """:raise TaxServiceError: what was typed cannot be searched for"""
        if self.issue_date_from > self.issue_date_to:
            raise TaxServiceError(
                self.env._(
                    "The first issue date %(begin)s is after the last one %(end)s. "
                    "Exchange them.",
                    begin=self.issue_date_from,
                    end=self.issue_date_to,
                ),
                "dates_reversed",
            )
        seller = tax_numbers.normalize(self.seller_tax_number)
        if seller and not tax_numbers.is_whole(seller):
            raise TaxServiceError(
                self.env._(
                    "Seller tax number %(number)s has %(length)s places; tax numbers "
                    "have 15, 17, 18 or 20, digits and letters only. Enter the whole "
                    "number.",
                    number=seller[:30],
                    length=len(seller),
                ),
                "seller_tax_number_invalid",
            )

    def _get_domain(self):
        self.ensure_one()
        domain = (
            Domain("taxpayer_id", "=", self.taxpayer_id.id)
            & Domain("issue_date", ">=", self.issue_date_from)
            & Domain("issue_date", "<=", self.issue_date_to)
            & Domain("status", "=", "normal")
            & Domain(
                "selection",
                "in",
                ("unselected", "selected") if self.flag == "all" else (self.flag,),
            )
        )
        seller = tax_numbers.normalize(self.seller_tax_number)
        return domain & Domain("seller_tax_number", "=", seller) if seller else domain

    def _get_extensions(self):
        return ("xlsx", "xls") if self.file_format == "both" else (self.file_format,)

    def _write_zip(self, target, name):
        """Write the zip, a workbook after the other.

        :param target: binary file object
        :param str name: what the workbooks are called, without number and extension
        :return int: number of invoices
        """
        self.ensure_one()
        self._check_filter()
        invoices = self.env["invoice.tax.input.invoice"]
        return write_zip_of_workbooks(
            invoices._get_columns(),
            invoices._get_rows(self._get_domain(), "issue_date, id"),
            target,
            name=name,
            per_file=WORKBOOK_ROWS,
            extensions=self._get_extensions(),
        )
