from odoo import models
from odoo.tools import split_every

from ..spreadsheet import OutputSheet, write_workbook

CHUNK = 1000


class InvoiceTaxConfirmation(models.Model):
    """Export of confirmations: a sheet of the covered invoices for each (导出明细),
    with purpose and amounts as they were signed."""

    _inherit = "invoice.tax.confirmation"

    def _write_workbook(self, target):
        """Write the invoices of these confirmations as xlsx.

        :param target: binary file object
        """
        write_workbook(
            (
                OutputSheet(
                    f"{confirmation.period_id.name} {confirmation.ordinal}",
                    self.env["invoice.tax.input.invoice"]._get_paper_columns(),
                    confirmation._get_detail_rows(),
                    totals_label=self.env._("Total"),
                )
                for confirmation in self
            ),
            target,
        )

    def _get_detail_rows(self):
        """A row for each covered invoice, oldest first, read in chunks."""
        self.ensure_one()
        words = self.env["invoice.tax.input.invoice"]._get_paper_words()
        lines = self.env["invoice.tax.confirmation.line"]
        ids = lines.search(
            [("confirmation_id", "=", self.id)], order="input_invoice_id desc, id"
        ).ids
        for chunk in split_every(CHUNK, ids, lines.browse):
            for line in chunk:
                yield line.input_invoice_id._get_paper_row(line, *words)
            chunk.input_invoice_id.invalidate_recordset()
            chunk.invalidate_recordset()
