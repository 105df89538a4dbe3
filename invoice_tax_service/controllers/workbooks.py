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

    @http.route("/invoice_tax_service/export/<int:export_id>.xlsx", auth="user")
    def download_export(self, export_id):
        """The workbook of the records that the user has chosen."""
        export = request.env["invoice.tax.export"].search([("id", "=", export_id)])
        target = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115
        filename = export and export._write_workbook(target)
        if not filename:
            target.close()
            raise request.not_found()
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
