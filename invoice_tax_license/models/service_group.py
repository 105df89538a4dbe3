from odoo import api, fields, models


class InvoiceTaxServiceGroup(models.Model):
    """A group of services that is licensed as one: issuing, receiving, more by data.

    At the left of the licences it shows how many are granted of how many
    (context ``show_license_counts``).
    """

    _name = "invoice.tax.service.group"
    _description = "Service Group"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, help="As the entitlement platform calls it, like receiving."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    granted_count = fields.Integer(compute="_compute_counts")
    total_count = fields.Integer(compute="_compute_counts")
    is_total_known = fields.Boolean(compute="_compute_counts")

    _code_uniq = models.Constraint(
        "UNIQUE(code)", "There is a service group with this code already."
    )

    @api.depends_context("allowed_company_ids")
    def _compute_counts(self):
        companies = self.env.companies
        for group in self:
            granted, total = self.env["invoice.tax.entitlement"]._count(
                group, companies
            )
            group.granted_count = granted
            group.total_count = total or 0
            group.is_total_known = total is not None

    @api.depends("name")
    @api.depends_context("lang", "show_license_counts", "allowed_company_ids")
    def _compute_display_name(self):
        if not self.env.context.get("show_license_counts"):
            return super()._compute_display_name()
        for group in self:
            total = group.total_count if group.is_total_known else "–"
            group.display_name = f"{group.name} ({group.granted_count}/{total})"
        return None

    @api.model_create_multi
    def create(self, vals_list):
        groups = super().create(vals_list)
        taxpayers = self.env["invoice.tax.taxpayer"].sudo()
        taxpayers.search([("active", "in", (True, False))])._ensure_licenses()
        return groups
