from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    tax_service_taxpayer_ids = fields.One2many(
        "invoice.tax.taxpayer", "company_id", string="Taxpayers of the Tax Service"
    )
