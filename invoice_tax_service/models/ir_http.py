from odoo import models


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
        return info
