from odoo import models


class IrRule(models.Model):
    """Record rules may name ``tax_company_ids``: the companies at hand, and those
    under whose tax numbers they work as branches."""

    _inherit = "ir.rule"

    def _eval_context(self):
        # EXTENDS 'base'
        return {
            **super()._eval_context(),
            "tax_company_ids": self.env.companies._get_tax_companies().ids,
        }
