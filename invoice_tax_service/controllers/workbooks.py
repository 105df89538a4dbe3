import tempfile

from odoo import http
from odoo.http import content_disposition, request

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}
# Larger workbooks are written to disk and never stand in memory as a whole.
SPOOL_BYTES = 4 * 1024 * 1024


class WorkbookController(http.Controller):
    """Downloads of workbooks: written to a file first, then streamed.

    The user's own access rights and rules decide what can be read.
    """

    @http.route(
        [
            "/invoice_tax_service/export/<int:export_id>.xlsx",
            "/invoice_tax_service/export/<int:export_id>.zip",
        ],
        auth="user",
    )
    def download_export(self, export_id):
        """The workbook, or the zip of workbooks, that the user has asked for."""
        export = request.env["invoice.tax.export"].search([("id", "=", export_id)])
        target = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115
        filename = export and export._write_file(target)
        if not filename:
            target.close()
            raise request.not_found()
        length = target.tell()
        target.seek(0)
        response = request.make_response(
            iter(lambda: target.read(65536), b""),
            headers=[
                ("Content-Type", TYPES[filename.rpartition(".")[2]]),
                ("Content-Length", str(length)),
                ("Content-Disposition", content_disposition(filename)),
            ],
        )
        response.call_on_close(target.close)
        return response
