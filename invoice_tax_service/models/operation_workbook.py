from odoo import fields, models
from odoo.tools import SQL, split_every

from ..spreadsheet import OutputColumn, OutputSheet, write_workbook
from .words import get_advice, get_reason

CHUNK = 2000


class InvoiceTaxOperation(models.Model):
    """Export of the operation log: a log sheet and a ledger sheet."""

    # One concern per file: the log, its external interface, its workbook.
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "invoice.tax.operation"

    def _write_workbook(self, target):
        """Write these batches with their ledgers as xlsx.

        Rows are read in chunks and streamed, so the memory does not grow with them.

        :param target: binary file object
        """
        write_workbook(
            [
                OutputSheet(
                    self.env._("Log"), self._get_log_columns(), self._get_log_rows()
                ),
                OutputSheet(
                    self.env._("Ledger"),
                    self._get_ledger_columns(),
                    self._get_ledger_rows(),
                ),
            ],
            target,
        )

    def _get_labels(self, field_name, model_name=None):
        field = self.env[model_name or self._name]._fields[field_name]
        return dict(field._description_selection(self.env))

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

    def _get_log_rows(self):
        types = self._get_labels("operation_type")
        states = self._get_labels("state")
        origins = self._get_labels("origin")
        yes_no = {True: self.env._("Yes"), False: self.env._("No")}
        for batch in self:
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

    def _get_local_time(self, moment):
        # Workbooks know no time zones: write what the user's clock showed.
        return moment and fields.Datetime.context_timestamp(self, moment).replace(
            tzinfo=None
        )

    def _get_ledger_columns(self):
        return [
            OutputColumn(self.env._("Batch Number"), "number", 20),
            OutputColumn(self.env._("Invoice Code"), "number", 14),
            OutputColumn(self.env._("Invoice Number"), "number", 24),
            OutputColumn(self.env._("Seller"), "text", 28),
            OutputColumn(self.env._("Issue Date"), "date", 12),
            OutputColumn(self.env._("Net Amount"), "amount", 14),
            OutputColumn(self.env._("VAT"), "amount", 14),
            OutputColumn(self.env._("Creditable VAT"), "amount", 14),
            OutputColumn(self.env._("Before"), "text", 10),
            OutputColumn(self.env._("After"), "text", 10),
            OutputColumn(self.env._("Processing State"), "text", 10),
            OutputColumn(self.env._("Result"), "text", 30),
            OutputColumn(self.env._("Advice"), "text", 30),
            OutputColumn(self.env._("Bureau Code"), "number", 10),
            OutputColumn(self.env._("Bureau Text"), "text", 24),
        ]

    def _get_ledger_rows(self):
        line_model = "invoice.tax.operation.line"
        states = self._get_labels("state", line_model)
        selections = self._get_labels("selection_before", line_model)
        reasons = {}
        for row in self._fetch_ledger():
            code = row[11]
            if code not in reasons:
                reasons[code] = (
                    get_reason(self.env, code),
                    get_advice(self.env, code),
                )
            yield (
                *row[:8],
                selections.get(row[8]),
                selections.get(row[9]),
                states[row[10]],
                *reasons[code],
                *row[12:],
            )

    def _fetch_ledger(self):
        """Ledger rows in chunks; the record rules of the lines follow those of
        the batches, which the caller has checked."""
        self.env.flush_all()
        for batch_ids in split_every(100, self.ids):
            last = 0
            while True:
                rows = self.env.execute_query(
                    SQL(
                        """
                        SELECT line.id, operation.batch_number, line.code, line.number,
                               invoice.seller_name, invoice.issue_date,
                               line.net_amount, line.vat_amount, line.creditable_vat,
                               line.selection_before, line.selection_after, line.state,
                               line.result_code, line.raw_code, line.raw_text
                          FROM invoice_tax_operation_line line
                          JOIN invoice_tax_operation operation
                            ON operation.id = line.operation_id
                     LEFT JOIN invoice_tax_input_invoice invoice
                            ON invoice.id = line.input_invoice_id
                         WHERE line.operation_id = ANY(%s) AND line.id > %s
                      ORDER BY line.id LIMIT %s
                        """,
                        list(batch_ids),
                        last,
                        CHUNK,
                    )
                )
                yield from (row[1:] for row in rows)
                if len(rows) < CHUNK:
                    break
                last = rows[-1][0]
