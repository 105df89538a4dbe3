from odoo import api, models
from odoo.fields import Domain
from odoo.tools import split_every

from ..spreadsheet import OutputColumn, OutputSheet, write_workbook

CHUNK = 1000


class InvoiceTaxOperation(models.Model):
    """Export of the operation log: a log sheet and a ledger sheet."""

    _name = "invoice.tax.operation"
    _inherit = ["invoice.tax.operation", "invoice.tax.list.export"]

    @api.model
    def _write_workbook_of(self, domain, target, order=None):
        """Write the batches that the domain finds for the user, with their ledgers,
        as xlsx.

        Rows are read in chunks and streamed, so the memory does not grow with them.

        :param target: binary file object
        :return int: number of rows
        """
        return write_workbook(
            [
                OutputSheet(
                    self.env._("Log"),
                    self._get_log_columns(),
                    self._get_log_rows(domain, order),
                ),
                self.env["invoice.tax.operation.line"]._get_ledger_sheet(
                    Domain("operation_id", "any", Domain(domain))
                ),
            ],
            target,
        )

    def _get_log_columns(self):
        return [
            OutputColumn(self.env._("Batch Number"), "number", 20),
            OutputColumn(self.env._("Taxpayer"), "text", 24),
            OutputColumn(self.env._("Tax Number"), "number", 22),
            OutputColumn(self.env._("Operation Type"), "text", 16),
            OutputColumn(self.env._("Processing State"), "text", 10),
            OutputColumn(self.env._("Description"), "text", 30),
            OutputColumn(self.env._("Total Invoices"), "integer", 8),
            OutputColumn(self.env._("Succeeded"), "integer", 8),
            OutputColumn(self.env._("Failed Invoices"), "integer", 8),
            OutputColumn(self.env._("Voided Invoices"), "integer", 8),
            OutputColumn(self.env._("Open Invoices"), "integer", 8),
            OutputColumn(self.env._("Deduction Tax Period"), "number", 10),
            OutputColumn(self.env._("Invoice VAT"), "amount", 14),
            OutputColumn(self.env._("Creditable VAT"), "amount", 14),
            OutputColumn(self.env._("Operation Mode"), "text", 12),
            OutputColumn(self.env._("Asynchronous"), "text", 8),
            OutputColumn(self.env._("Operator"), "text", 14),
            OutputColumn(self.env._("Time"), "datetime", 18),
            OutputColumn(self.env._("Finished At"), "datetime", 18),
        ]

    @api.model
    def _get_log_rows(self, domain, order=None):
        types = self._get_labels("operation_type")
        states = self._get_labels("state")
        origins = self._get_labels("origin")
        yes_no = {True: self.env._("Yes"), False: self.env._("No")}
        ids = self.search(domain, order=order).ids
        for chunk in split_every(CHUNK, ids, self.browse):
            for batch in chunk:
                yield (
                    batch.batch_number,
                    batch.taxpayer_id.name,
                    batch.taxpayer_id.tax_number,
                    types[batch.operation_type],
                    states[batch.state],
                    batch.description,
                    batch.total_count,
                    batch.success_count,
                    batch.failed_count,
                    batch.voided_count,
                    batch.open_count,
                    batch.period,
                    batch.vat_amount,
                    batch.creditable_vat,
                    origins[batch.origin],
                    yes_no[batch.is_asynchronous],
                    batch.user_id.name,
                    self._get_local_time(batch.create_date),
                    self._get_local_time(batch.finished_at),
                )
            chunk.invalidate_recordset()
