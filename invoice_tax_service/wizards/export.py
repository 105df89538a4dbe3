import secrets

from odoo import api, fields, models
from odoo.fields import Domain

# Models whose whole list can be asked for: heirs of ``invoice.tax.list.export``.
LISTS = (
    "invoice.tax.operation",
    "invoice.tax.operation.line",
    "invoice.tax.input.invoice",
)
# The platform's own file (批量勾选): workbooks in a zip.
INVOICE_FILE = "invoice.tax.download.wizard"


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
        "invoice.tax.operation": "tax-operations",
        "invoice.tax.operation.line": "tax-operation-ledger",
        "invoice.tax.input.invoice": "input-invoices",
        "invoice.tax.import.wizard": "import-errors",
        "invoice.tax.import": "import-errors",
        "invoice.tax.statistics": "tax-statistics",
        "invoice.tax.confirmation": "tax-confirmations",
        "invoice.tax.comparison": "tax-comparison",
    }

    res_model = fields.Char(required=True, readonly=True)
    res_ids = fields.Json(readonly=True)
    res_domain = fields.Json(readonly=True, string="Filter of the List")
    res_order = fields.Char(readonly=True, string="Sorting of the List")
    company_ids = fields.Json(readonly=True, string="Companies Switched On")

    @api.model
    def _get_action(self, records, order=""):
        """The download of these records, as an action of the web client."""
        return self._open(
            {"res_model": records._name, "res_ids": records.ids, "res_order": order}
        )

    @api.model
    def _get_action_of_domain(self, model_name, domain, order=""):
        """The download of what the domain finds when it is downloaded."""
        return self._open(
            {
                "res_model": model_name,
                # The field keeps no empty list; this one finds everything as well.
                "res_domain": domain or [[1, "=", 1]],
                "res_order": order,
                "company_ids": self.env.companies.ids,
            }
        )

    @api.constrains("res_model", "res_ids", "res_domain")
    def _check_right(self):
        # Over RPC it can be made for anything; constraints run as superuser.
        for export in self.sudo(False):
            export._get_companies()._check_tax_right("export")

    def _get_companies(self):
        """Of which companies something is asked for."""
        if isinstance(self.res_domain, list):
            companies = self.env.companies.browse(self.company_ids or [])
            return companies.filtered(
                lambda company: (
                    company._get_tax_company().sudo().tax_service_taxpayer_ids
                )
            )
        records = self._get_records()
        if not records:
            return self.env["res.company"]
        name = "company_id" if "company_id" in records._fields else "taxpayer_id"
        found = records.sudo()._read_group([("id", "in", records.ids)], [name])
        holders = self.env["res.company"].union(
            *(
                holder.company_id if name == "taxpayer_id" else holder
                for (holder,) in found
            )
        )
        return holders.sudo(False)

    def _open(self, values):
        export = self.create(values)
        extension = "zip" if export.res_model == INVOICE_FILE else "xlsx"
        return {
            "type": "ir.actions.act_url",
            "url": f"/invoice_tax_service/export/{export.id}.{extension}",
            "target": "download",
        }

    def _write_file(self, target):
        """Write what was asked for, as far as the user may read it.

        :param target: binary file object
        :return str: name for the file, empty when there is nothing for this user
        """
        self.ensure_one()
        self._check_right()
        if self.res_model == INVOICE_FILE:
            return self._write_invoice_file(target)
        records, domain = self._get_records(), self.res_domain
        if isinstance(domain, list) and self.res_model in LISTS:
            records = self.env[self.res_model].with_context(
                allowed_company_ids=self.company_ids or []
            )
        elif records:
            domain = [("id", "in", records.ids)]
        else:
            return ""
        if self.res_model in LISTS:
            order = records._get_list_order(self.res_order)
            if not records.browse()._write_workbook_of(domain, target, order):
                return ""
        else:
            records._write_workbook(target)
        name = self.FILE_NAMES[self.res_model]
        return f"{self._mark_simulated(name, records, domain)}.xlsx"

    @api.model
    def _mark_simulated(self, name, records, domain):
        """The name of a file, which says so where anything in it is of the simulated
        environment.

        :param records: of the model that is listed, in the context of the list
        """
        if "simulated" in self._get_environments(records, domain):
            return self.env._("%(name)s (simulated)", name=name)
        return name

    @api.model
    def _get_environments(self, records, domain):
        """In which environments the rows were made, as far as they or their period
        know it; of others, in which their taxpayer works today."""
        if records._name == "invoice.tax.taxpayer":
            return set(records.search(domain).sudo().mapped("environment"))
        if not self._is_link(records, "taxpayer_id", "invoice.tax.taxpayer"):
            return set()
        own = records._fields.get("environment")
        if own and own.store:
            return self._get_noted_environments(records, domain)
        if self._is_link(records, "period_id", "invoice.tax.period"):
            periods = self._get_linked(records, domain, "period_id")
            return self._get_noted_environments(periods, [("id", "in", periods.ids)])
        taxpayers = self._get_linked(records, domain, "taxpayer_id")
        return set(taxpayers.mapped("environment"))

    @api.model
    def _get_noted_environments(self, records, domain):
        rows = records._read_group(domain, ["environment"])
        found = {environment for (environment,) in rows}
        if False in found:
            # Of before it was noted.
            unknown = Domain(domain) & Domain("environment", "=", False)
            taxpayers = self._get_linked(records, unknown, "taxpayer_id")
            found.update(taxpayers.mapped("environment"))
        return found

    @api.model
    def _is_link(self, records, name, comodel_name):
        field = records._fields.get(name)
        return bool(field and field.store and field.comodel_name == comodel_name)

    @api.model
    def _get_linked(self, records, domain, name):
        """What the rows are linked to, hidden from the user or not."""
        rows = records._read_group(domain, [name])
        linked = self.env[records._fields[name].comodel_name].sudo()
        return linked.union(*(one.sudo() for (one,) in rows))

    def _write_invoice_file(self, target):
        wizard = self._get_records()
        if len(wizard) != 1:
            return ""
        # 纳税人识别号_随机数.zip (manual 001, 1.7); nobody can guess the number.
        number = secrets.randbelow(10**16)
        name = f"{wizard.taxpayer_id.tax_number}_{number:016d}"
        return f"{name}.zip" if wizard._write_zip(target, name) else ""

    def _get_records(self):
        """The records, as far as the user may read them; empty for others."""
        self.ensure_one()
        known = {*self.FILE_NAMES, INVOICE_FILE}
        if self.res_model not in known or not isinstance(self.res_ids, list):
            return self.browse()
        records = self.env[self.res_model].browse(
            [res_id for res_id in self.res_ids if isinstance(res_id, int)]
        )
        return records.exists()._filtered_access("read")
