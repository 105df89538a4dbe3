from odoo import models

from ..spreadsheet import OutputColumn, OutputSheet, write_workbook

ABNORMAL = [("is_abnormal_after", "=", True)]


class InvoiceTaxStatistics(models.Model):
    """Export of statistics tables: the table, its invoices, the abnormal ones."""

    _inherit = "invoice.tax.statistics"

    def _write_workbook(self, target):
        """Write these tables as xlsx, three sheets for each period.

        :param target: binary file object
        """
        write_workbook(self._get_sheets(), target)

    def _get_sheets(self):
        for table in self:
            name = table.period_id.name
            yield OutputSheet(
                f"{name} {self.env._('Statistics')}",
                table._get_table_columns(),
                table._get_table_rows(),
                autofilter=False,
            )
            invoices = self.env["invoice.tax.input.invoice"]
            for label, domain in (
                (self.env._("Invoices"), []),
                (
                    self.env._("Abnormal Invoices"),
                    ABNORMAL,
                ),
            ):
                yield OutputSheet(
                    f"{name} {label}",
                    invoices._get_paper_columns(),
                    invoices._get_paper_rows([*table._get_invoice_domain(), *domain]),
                    totals_label=self.env._("Total"),
                )

    def _get_table_columns(self):
        return [
            OutputColumn(self.env._("Kind"), "text", 26),
            *(
                OutputColumn(f"{block} {label}", kind, 14)
                for block in (self.env._("Deduct"), self.env._("Do Not Deduct"))
                for label, kind in (
                    (self.env._("Invoice Count"), "integer"),
                    (self.env._("Net Amount"), "amount"),
                    (self.env._("VAT"), "amount"),
                )
            ),
        ]

    def _get_table_rows(self):
        return [
            (
                row["label"],
                *(
                    row[block][name]
                    for block in ("deduct", "exclude")
                    for name in ("invoice_count", "net_amount", "vat_amount")
                ),
            )
            for row in self._get_paper_rows()
        ]
