import tempfile

from odoo import http
from odoo.http import content_disposition, request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Larger workbooks are written to disk and never stand in memory as a whole.
SPOOL_BYTES = 4 * 1024 * 1024


class WorkbookController(http.Controller):
    """Downloads of workbooks: written to a file first, then streamed.

    The user's own access rights and rules decide what can be read.
    """

    @http.route(
        "/invoice_tax_service/operations.xlsx", type="http", auth="user", readonly=True
    )
    def download_operations(self, ids):
        """Log and ledger of the batches with these ids (comma-separated)."""
        return self._download("invoice.tax.operation", ids, "tax-operations.xlsx")

    @http.route(
        "/invoice_tax_service/input_invoices.xlsx",
        type="http",
        auth="user",
        readonly=True,
    )
    def download_input_invoices(self, ids):
        """The input invoices with these ids, in the layout that can be uploaded."""
        return self._download("invoice.tax.input.invoice", ids, "input-invoices.xlsx")

    @http.route(
        "/invoice_tax_service/import_errors/<int:wizard_id>.xlsx",
        type="http",
        auth="user",
    )
    def download_import_errors(self, wizard_id):
        """The uploaded workbook with what is wrong beside each row."""
        return self._download(
            "invoice.tax.import.wizard", str(wizard_id), "import-errors.xlsx"
        )

    def _download(self, model_name, ids, filename):
        wanted = [int(part) for part in (ids or "").split(",") if part.isdigit()]
        records = request.env[model_name].browse(wanted).exists()
        if not records:
            raise request.not_found()
        records.check_access("read")
        target = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115
        records._write_workbook(target)
        length = target.tell()
        target.seek(0)
        response = request.make_response(
            iter(lambda: target.read(65536), b""),
            headers=[
                ("Content-Type", XLSX),
                ("Content-Length", str(length)),
                ("Content-Disposition", content_disposition(filename)),
            ],
        )
        response.call_on_close(target.close)
        return response
