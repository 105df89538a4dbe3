from odoo import api, models
from odoo.fields import Domain
from odoo.tools import split_every

from ..spreadsheet import OutputColumn, OutputSheet, write_workbook
from ..tools.row_cursor import fetch_rows

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
# Fields of the invoice under these headers, read as they stand in the database.
COLUMNS = (
    "selection",
    "code",
    "number",
    "issue_date",
    "seller_tax_number",
    "seller_name",
    "net_amount",
    "vat_amount",
    "creditable_vat",
    "type_id",
    "status",
    "purpose",
    "reason",
    "reason_text",
)


class InvoiceTaxInputInvoice(models.Model):
    """Export of input invoices as a workbook that can be filled in and uploaded."""

    _name = "invoice.tax.input.invoice"
    _inherit = ["invoice.tax.input.invoice", "invoice.tax.list.export"]

    @api.model
    def _write_workbook_of(self, domain, target, order=None):
        """Write the invoices that the domain finds for the user as xlsx, with
        是否勾选 as they stand.

        :param target: binary file object
        :return int: number of rows
        """
        sheet = OutputSheet(
            self.env._("Input Invoices"),
            self._get_columns(),
            self._get_rows(domain, order),
        )
        return write_workbook([sheet], target)

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
        words = self._get_paper_words()
        ids = self.search(domain, order="issue_date, id").ids
        for chunk in split_every(CHUNK, ids, self.browse):
            for invoice in chunk:
                yield invoice._get_paper_row(invoice, *words)
            chunk.invalidate_recordset()

    @api.model
    def _get_paper_words(self):
        return self._get_labels("status"), self._get_labels("purpose")

    def _get_paper_row(self, source, statuses, purposes):
        """One row under :meth:`_get_paper_columns`.

        :param source: what purpose and amounts are read from: the invoice, or its
            line in a confirmation, which keeps them as they were signed
        """
        return (
            self.code,
            self.number,
            self.issue_date,
            self.seller_tax_number,
            self.seller_name,
            source.type_id.name,
            source.net_amount,
            source.vat_amount,
            source.creditable_vat,
            statuses[self.status],
            purposes.get(source.purpose, ""),
            self._get_local_time(self.selected_at),
        )

    # === THE PLATFORM'S OWN WORKBOOK === #

    @api.model
    def _get_columns(self):
        return [OutputColumn(header, kind, width) for header, kind, width in HEADERS]

    @api.model
    def _get_rows(self, domain, order=None):
        """Rows under :data:`HEADERS`, as far as the user may read them; no record is
        made of them, for a pool holds hundreds of thousands."""
        query = self._search(Domain(domain), order=order or self._order)
        if query.is_empty():
            return
        columns = [self._field_to_sql(self._table, name, query) for name in COLUMNS]
        statuses = self._get_labels("status")
        purposes = self._get_labels("purpose")
        types = {
            kind.id: kind.name
            for kind in self.env["invoice.tax.invoice.type"].search_fetch([], ["name"])
        }
        for (
            selection,
            *facts,
            type_id,
            status,
            purpose,
            reason,
            reason_text,
        ) in fetch_rows(self.env, query.select(*columns), CHUNK):
            yield (
                "是" if selection != "unselected" else "",
                *facts,
                types.get(type_id),
                statuses[status],
                purposes.get(purpose, ""),
                reason,
                reason_text,
            )
