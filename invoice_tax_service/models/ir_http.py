from odoo import api, models
from odoo.tools.misc import hmac


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Tell the client whether something here is only simulated, so that the
        mark on every page can be shown."""
        # EXTENDS 'web'
        info = super().session_info()
        if self.env.user.has_group("invoice_tax_service.group_viewer"):
            info["tax_service_simulated_company_ids"] = self._get_simulated(
                self.env.user.company_ids
            ).ids
            # The browser keeps views under this word: what is hidden has changed when
            # a right has.
            state = self.env["invoice.tax.right"]._get_hidden_state()
            info["registry_hash"] = hmac(
                self.env(su=True), "tax-service-rights", (info["registry_hash"], state)
            )
        return info

    @api.model
    def _get_simulated(self, companies):
        """Those of these that work with a simulated platform, be it over a connection
        of the parent under whose tax number a branch works."""
        holders = companies | companies._get_tax_companies()
        connections = self.env["invoice.tax.connection"].sudo()
        simulated = connections.search(
            [("environment", "=", "simulated"), ("company_id", "in", holders.ids)]
        ).company_id
        return companies.filtered(
            lambda company: (
                company in simulated or company._get_tax_company() in simulated
            )
        )
