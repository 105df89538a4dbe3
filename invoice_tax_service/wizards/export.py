from odoo import api, fields, models

LEDGER = "invoice.tax.operation.line"


class InvoiceTaxExport(models.TransientModel):
    """Which records a user has asked to download as a workbook.

    The ids stand here and not in the address, which would be too long for
    thousands of them; of a whole list there stands the domain, for the ids of a
    million rows are too many anywhere. The controller reads it back as the same
    user.

    What must never happen: a row that the user could not read on the screen, be it
    of another company or of a company that he had not switched on.
    """

    _name = "invoice.tax.export"
    _description = "Download of a Workbook"

    # model → file name; only these know how to write themselves.
    FILE_NAMES = {
        "invoice.tax.operation": "tax-operations.xlsx",
        LEDGER: "tax-operation-ledger.xlsx",
        "invoice.tax.input.invoice": "input-invoices.xlsx",
        "invoice.tax.import.wizard": "import-errors.xlsx",
        "invoice.tax.statistics": "tax-statistics.xlsx",
        "invoice.tax.confirmation": "tax-confirmations.xlsx",
    }

    res_model = fields.Char(required=True, readonly=True)
    res_ids = fields.Json(readonly=True)
    res_domain = fields.Json(readonly=True, string="Filter of the List")
    company_ids = fields.Json(readonly=True, string="Companies Switched On")

    @api.model
    def _get_action(self, records):
        """The download of these records, as an action of the web client."""
        return self._open({"res_model": records._name, "res_ids": records.ids})

    @api.model
    def _get_action_of_domain(self, model_name, domain):
        """The download of what the domain finds when it is downloaded."""
        return self._open(
            {
                "res_model": model_name,
                # The field keeps no empty list; this one finds everything as well.
                "res_domain": domain or [[1, "=", 1]],
                "company_ids": self.env.companies.ids,
            }
        )

    def _open(self, values):
        export = self.create(values)
        return {
            "type": "ir.actions.act_url",
            "url": f"/invoice_tax_service/export/{export.id}.xlsx",
            "target": "download",
        }

    def _write_workbook(self, target):
        """Write what was asked for as xlsx, as far as the user may read it.

        :param target: binary file object
        :return str: name for the file, empty when there is nothing for this user
        """
        self.ensure_one()
        if self.res_model == LEDGER and isinstance(self.res_domain, list):
            lines = self.env[LEDGER].with_context(
                allowed_company_ids=self.company_ids or []
            )
            is_written = lines._write_workbook_of(self.res_domain, target)
        else:
            records = self._get_records()
            is_written = bool(records)
            if records:
                records._write_workbook(target)
        return self.FILE_NAMES[self.res_model] if is_written else ""

    def _get_records(self):
        """The records, as far as the user may read them; empty for others."""
        self.ensure_one()
        if self.res_model not in self.FILE_NAMES or not isinstance(self.res_ids, list):
            return self.browse()
        records = self.env[self.res_model].browse(
            [res_id for res_id in self.res_ids if isinstance(res_id, int)]
        )
        return records.exists()._filtered_access("read")
