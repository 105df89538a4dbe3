from odoo import models
from odoo.tools.misc import hmac


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Tell the client whether something here is only simulated, so that the
        mark on every page can be shown."""
        # EXTENDS 'web'
        info = super().session_info()
        if self.env.user.has_group("invoice_tax_service.group_viewer"):
            info["tax_service_simulated_company_ids"] = (
                self.env["invoice.tax.connection"]
                .search(
                    [
                        ("environment", "=", "simulated"),
                        ("company_id", "in", self.env.user.company_ids.ids),
                    ]
                )
                .company_id.ids
            )
            # The browser keeps views under this word: what is hidden has changed when
            # a right has.
            state = self.env["invoice.tax.right"]._get_hidden_state()
            info["registry_hash"] = hmac(
                self.env(su=True), "tax-service-rights", (info["registry_hash"], state)
            )
        return info
