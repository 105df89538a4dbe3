from odoo import api, models
from odoo.fields import Domain

from ..spreadsheet import OutputColumn, OutputSheet, write_workbook
from ..tools.row_cursor import fetch_rows
from .words import get_advice, get_reason

CHUNK = 2000
# Fields of the ledger that are read as they stand in the database.
COLUMNS = (
    "batch_number",
    "taxpayer_id",
    "operation_type",
    "period",
    "code",
    "number",
    "seller_name",
    "issue_date",
    "net_amount",
    "vat_amount",
    "creditable_vat",
    "selection_before",
    "selection_after",
    "state",
    "result_code",
    "raw_code",
    "raw_text",
)


class InvoiceTaxOperationLine(models.Model):
    """Export of the ledger: of some batches, of some lines, of a whole list.

    Entry points: :meth:`_write_workbook_of` and :meth:`_get_ledger_sheet` write what
    a domain finds.

    Hundreds of thousands of rows are an ordinary month, so no record is ever made:
    the search of the user, with the record rules, is one statement that is read
    through a cursor, and labels are looked up.

    What must never happen: a row that the user could not read in the list.
    """

    _name = "invoice.tax.operation.line"
    _inherit = ["invoice.tax.operation.line", "invoice.tax.list.export"]

    @api.model
    def _write_workbook_of(self, domain, target, order=None):
        """Write the ledger rows that the domain finds for the user, as xlsx.

        :param target: binary file object
        :return int: number of rows
        """
        return write_workbook([self._get_ledger_sheet(domain, order)], target)

    @api.model
    def _get_ledger_sheet(self, domain, order=None):
        """The ledger rows that the domain finds for the user, in the list's order."""
        return OutputSheet(
            self.env._("Ledger"),
            self._get_ledger_columns(),
            self._get_ledger_rows(domain, order),
        )

    @api.model
    def _get_ledger_columns(self):
        return [
            OutputColumn(self.env._("Batch Number"), "number", 20),
            OutputColumn(self.env._("Taxpayer"), "text", 24),
            OutputColumn(self.env._("Operation Type"), "text", 16),
            OutputColumn(self.env._("Deduction Tax Period"), "number", 10),
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

    @api.model
    def _get_ledger_rows(self, domain, order=None):
        types = self._get_labels("operation_type")
        selections = self._get_labels("selection_before")
        states = self._get_labels("state")
        names = _Lookup(self._get_taxpayer_name)
        results = _Lookup(self._get_result)
        for (
            batch_number,
            taxpayer_id,
            operation_type,
            *facts,
            before,
            after,
            state,
            result_code,
            raw_code,
            raw_text,
        ) in self._fetch_ledger(domain, order):
            yield (
                batch_number,
                names[taxpayer_id],
                types[operation_type],
                *facts,
                selections.get(before),
                selections.get(after),
                states[state],
                *results[result_code],
                raw_code,
                raw_text,
            )

    def _get_taxpayer_name(self, taxpayer_id):
        # Whoever may read the line may read whose it is, as in the list.
        return self.env["invoice.tax.taxpayer"].sudo().browse(taxpayer_id).display_name

    def _get_result(self, code):
        return get_reason(self.env, code), get_advice(self.env, code)

    @api.model
    def _fetch_ledger(self, domain, order=None):
        """Rows of :data:`COLUMNS` in chunks, as far as the user may read them."""
        query = self._search(Domain(domain), order=order or self._order)
        if query.is_empty():
            return
        columns = [self._field_to_sql(self._table, name, query) for name in COLUMNS]
        yield from fetch_rows(self.env, query.select(*columns), CHUNK)


class _Lookup(dict):
    """Values that are made when they are first asked for."""

    def __init__(self, make):
        super().__init__()
        self._make = make

    def __missing__(self, key):
        value = self[key] = self._make(key)
        return value
