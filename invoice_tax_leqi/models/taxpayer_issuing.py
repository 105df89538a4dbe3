from odoo import api, models

from odoo.addons.invoice_tax_service.tools import tax_number as tax_numbers


class InvoiceTaxTaxpayer(models.Model):
    """Which taxpayer issues for a company."""

    _inherit = "invoice.tax.taxpayer"

    @api.model
    def _get_identity_models(self):
        # EXTENDS 'invoice_tax_service'
        return [*super()._get_identity_models(), "invoice.tax.issue"]

    @api.model
    def _get_issuers(self, companies):
        """Company → the taxpayer with its tax number, or the only one it has.

        :rtype: dict
        """
        holders = companies._get_tax_companies()
        found = self.sudo().search([("company_id", "in", holders.ids)])
        return {company: found._get_issuer_of(company) for company in companies}

    def _get_issuer_of(self, company):
        # A branch issues under the tax number of its parent.
        holder = company._get_tax_company()
        own = self.filtered(lambda taxpayer: taxpayer.company_id == holder)
        number = tax_numbers.normalize(holder.sudo().vat)
        named = own.filtered(lambda taxpayer: taxpayer.tax_number == number)
        return (named[:1] or (own if len(own) == 1 else own.browse())).sudo(False)
