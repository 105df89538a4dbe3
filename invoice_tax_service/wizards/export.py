from odoo import api, fields, models


class InvoiceTaxExport(models.TransientModel):
    """Which records a user has asked to download as a workbook.

    The ids stand here and not in the address, which would be too long for
    thousands of them. The controller reads it back as the same user.
    """

    _name = "invoice.tax.export"
    _description = "Download of a Workbook"

    # model → file name; only these know how to write themselves.
    FILE_NAMES = {
        "invoice.tax.operation": "tax-operations.xlsx",
        "invoice.tax.input.invoice": "input-invoices.xlsx",
        "invoice.tax.import.wizard": "import-errors.xlsx",
        "invoice.tax.statistics": "tax-statistics.xlsx",
        "invoice.tax.confirmation": "tax-confirmations.xlsx",
    }

    res_model = fields.Char(required=True, readonly=True)
    res_ids = fields.Json(required=True, readonly=True)

    @api.model
    def _get_action(self, records):
        """The download of these records, as an action of the web client."""
        export = self.create({"res_model": records._name, "res_ids": records.ids})
        return {
            "type": "ir.actions.act_url",
            "url": f"/invoice_tax_service/export/{export.id}.xlsx",
            "target": "download",
        }

    def _get_records(self):
        """The records, as far as the user may read them; empty for others."""
        self.ensure_one()
        if self.res_model not in self.FILE_NAMES or not isinstance(self.res_ids, list):
            return self.browse()
        records = self.env[self.res_model].browse(
            [res_id for res_id in self.res_ids if isinstance(res_id, int)]
        )
        return records.exists()._filtered_access("read")
