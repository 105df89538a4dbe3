from odoo import fields, models
from odoo.tools import split_every

from ..spreadsheet import OutputColumn, OutputSheet, write_workbook

CHUNK = 1000
# Headers of the platform's own workbook, which the upload finds again; they are
# Chinese in every language (manual 001, 1.7).
HEADERS = (
    ("是否勾选", "text", 10),
    ("发票代码", "number", 14),
    ("发票号码", "number", 24),
    ("开票日期", "date", 12),
    ("销方税号", "number", 22),
    ("销方名称", "text", 30),
    ("金额", "amount", 14),
    ("税额", "amount", 14),
    ("有效税额", "amount", 14),
    ("发票类型", "text", 20),
    ("发票状态", "text", 10),
    ("用途", "text", 10),
    ("不抵扣原因", "text", 12),
    ("不抵扣说明", "text", 20),
)


class InvoiceTaxInputInvoice(models.Model):
    """Export of input invoices as a workbook that can be filled in and uploaded."""

    _inherit = "invoice.tax.input.invoice"

    def _write_workbook(self, target):
        """Write these invoices as xlsx, with 是否勾选 as they stand.

        :param target: binary file object
        """
        columns = [OutputColumn(header, kind, width) for header, kind, width in HEADERS]
        write_workbook(
            [OutputSheet(self.env._("Input Invoices"), columns, self._get_rows())],
            target,
        )

    # === DETAILS OF STATISTICS AND CONFIRMATIONS === #

    def _get_paper_columns(self):
        return [
            OutputColumn(self.env._("Invoice Code"), "number", 14),
            OutputColumn(self.env._("Invoice Number"), "number", 24),
            OutputColumn(self.env._("Issue Date"), "date", 12),
            OutputColumn(self.env._("Seller Tax Number"), "number", 22),
            OutputColumn(self.env._("Seller"), "text", 30),
            OutputColumn(self.env._("Type"), "text", 20),
            OutputColumn(self.env._("Net Amount"), "amount", 14),
            OutputColumn(self.env._("VAT"), "amount", 14),
            OutputColumn(self.env._("Creditable VAT"), "amount", 14),
            OutputColumn(self.env._("Invoice Status"), "text", 10),
            OutputColumn(self.env._("Purpose"), "text", 10),
            OutputColumn(self.env._("Selected At"), "datetime", 18),
        ]

    def _get_paper_rows(self, domain):
        """Rows of all invoices of a domain, oldest first, read in chunks."""
        statuses = dict(self._fields["status"]._description_selection(self.env))
        purposes = dict(self._fields["purpose"]._description_selection(self.env))
        ids = self.search(domain, order="issue_date, id").ids
        for chunk in split_every(CHUNK, ids, self.browse):
            for invoice in chunk:
                yield (
                    invoice.code,
                    invoice.number,
                    invoice.issue_date,
                    invoice.seller_tax_number,
                    invoice.seller_name,
                    invoice.type_id.name,
                    invoice.net_amount,
                    invoice.vat_amount,
                    invoice.creditable_vat,
                    statuses[invoice.status],
                    purposes.get(invoice.purpose, ""),
                    self._get_local_time(invoice.selected_at),
                )
            chunk.invalidate_recordset()

    def _get_local_time(self, moment):
        # Workbooks know no time zones: write what the user's clock showed.
        return moment and fields.Datetime.context_timestamp(self, moment).replace(
            tzinfo=None
        )

    # === THE PLATFORM'S OWN WORKBOOK === #

    def _get_rows(self):
        statuses = dict(self._fields["status"]._description_selection(self.env))
        purposes = dict(self._fields["purpose"]._description_selection(self.env))
        for chunk in split_every(CHUNK, self.ids, self.browse):
            for invoice in chunk:
                yield (
                    "是" if invoice.selection != "unselected" else "",
                    invoice.code,
                    invoice.number,
                    invoice.issue_date,
                    invoice.seller_tax_number,
                    invoice.seller_name,
                    invoice.net_amount,
                    invoice.vat_amount,
                    invoice.creditable_vat,
                    invoice.type_id.name,
                    statuses[invoice.status],
                    purposes.get(invoice.purpose, ""),
                    invoice.reason,
                    invoice.reason_text,
                )
            chunk.invalidate_recordset()
