from odoo import api, fields, models

from ..models.res_company import LICENSE_KINDS, is_serial_needed


class InvoiceTaxLicenseSerialWizard(models.TransientModel):
    """维护产品序列号: the serial number of each service group, and whether one is
    needed at all by kind of licence and environment (six cases of the manual)."""

    _name = "invoice.tax.license.serial.wizard"
    _description = "Maintain Product Serial Numbers"
    _inherit = ["invoice.tax.right.page"]

    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        domain=lambda self: [("id", "in", self.env.companies.ids)],
    )
    license_kind = fields.Selection(
        LICENSE_KINDS,
        compute="_compute_from_company",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        string="Kind of Licence",
    )
    is_idc = fields.Boolean(
        compute="_compute_from_company",
        store=True,
        precompute=True,
        readonly=False,
        string="IDC",
    )
    is_serial_needed = fields.Boolean(compute="_compute_is_serial_needed")
    line_ids = fields.One2many(
        "invoice.tax.license.serial.wizard.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        string="Product Serial Numbers",
    )

    @api.constrains("company_id")
    def _check_company(self):
        # Over RPC a wizard can be made for any company; constraints run as superuser.
        for wizard in self.sudo(False):
            wizard.company_id._check_tax_right("license_serial")

    def _get_readable_company(self):
        """The company, if the user may maintain its numbers: what is computed for a
        page that is not kept yet runs as superuser, and no constraint looks at it."""
        self.ensure_one()
        taxpayers = self.env["invoice.tax.taxpayer"].sudo(False)
        if taxpayers._has_right("license_serial", self.company_id):
            return self.company_id
        return self.company_id.browse()

    @api.depends("company_id")
    def _compute_from_company(self):
        for wizard in self:
            company = wizard._get_readable_company()
            wizard.license_kind = company.tax_license_kind or "formal"
            wizard.is_idc = company.is_tax_license_idc

    @api.depends("company_id")
    def _compute_line_ids(self):
        for wizard in self:
            company = wizard._get_readable_company()
            wizard.line_ids = [fields.Command.clear()] + [
                fields.Command.create(
                    {
                        "group_id": group.id,
                        "serial": (
                            company._get_license_serial(group) if company else False
                        ),
                    }
                )
                for group in self.env["invoice.tax.service.group"].search([])
            ]

    @api.depends("license_kind", "is_idc")
    def _compute_is_serial_needed(self):
        for wizard in self:
            wizard.is_serial_needed = is_serial_needed(
                wizard.license_kind, wizard.is_idc
            )

    def action_save(self):
        """Keep kind, environment and serial numbers of the company."""
        self.ensure_one()
        self.company_id._check_tax_right("license_serial")
        company = self.company_id.sudo()
        company.write(
            {
                "tax_license_kind": self.license_kind,
                "is_tax_license_idc": self.is_idc,
            }
        )
        serials = self.env["invoice.tax.license.serial"].sudo()
        for line in self.line_ids:
            known = serials.search(
                [("company_id", "=", company.id), ("group_id", "=", line.group_id.id)]
            )
            text = (line.serial or "").strip()
            if not text:
                known.unlink()
            elif not known:
                serials.create(
                    {
                        "company_id": company.id,
                        "group_id": line.group_id.id,
                        "serial": text,
                    }
                )
            elif known.serial != text:
                known.write({"serial": text, "valid_from": False, "valid_to": False})
        company._ask_entitlements()
        return {"type": "ir.actions.act_window_close"}
