from odoo import models
from odoo.fields import Domain


class InvoiceTaxLane(models.Model):
    """Whether anything was said over a line yet (:meth:`_are_used`): from then on its
    connection leads where it leads, and its taxpayer stays in that environment.

    A wrong address, where nobody answers, can still be put right.
    """

    _inherit = "invoice.tax.lane"

    def _are_used(self):
        """Whether something was said over any of these lines, or waits for it."""
        lanes = self.sudo()
        if any(lane.last_success_at for lane in lanes):
            return True
        return any(
            self.env[model_name]
            .sudo()
            .search_count(domain & Domain("lane_id", "in", lanes.ids), limit=1)
            for model_name, domain in (
                # What was planned, and so every request.
                ("invoice.tax.operation", Domain.TRUE),
                (
                    "invoice.tax.fetch",
                    Domain("page_count", ">", 0) | Domain("state", "=", "success"),
                ),
                ("invoice.tax.exchange", Domain("status", "not in", (False, ""))),
            )
        )
