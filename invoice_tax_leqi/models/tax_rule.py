from odoo import fields, models


class InvoiceTaxRule(models.Model):
    """Limits of the platform in issuing, dated like those of the law."""

    _inherit = "invoice.tax.rule"

    kind = fields.Selection(
        selection_add=[
            ("line_vat_tolerance", "Difference of VAT Allowed per Line (CNY)"),
            ("quota_read_minutes", "Minutes between Two Questions about Quota"),
        ],
        ondelete={
            "line_vat_tolerance": "cascade",
            "quota_read_minutes": "cascade",
        },
    )
