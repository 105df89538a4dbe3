from odoo import models

from ..spreadsheet import OutputSheet, write_workbook


class InvoiceTaxConfirmation(models.Model):
    """Export of confirmations: a sheet of the covered invoices for each (导出明细)."""

    _inherit = "invoice.tax.confirmation"

    def _write_workbook(self, target):
        """Write the invoices of these confirmations as xlsx.

        :param target: binary file object
        """
        invoices = self.env["invoice.tax.input.invoice"]
        write_workbook(
            (
                OutputSheet(
                    f"{confirmation.period_id.name} {confirmation.ordinal}",
                    invoices._get_paper_columns(),
                    invoices._get_paper_rows(
                        [("confirmation_ids", "=", confirmation.id)]
                    ),
                    totals_label=self.env._("Total"),
                )
                for confirmation in self
            ),
            target,
        )
