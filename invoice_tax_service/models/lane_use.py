from odoo import models
from odoo.fields import Domain

ANSWERED = Domain("page_count", ">", 0) | Domain("state", "=", "success")
OPEN = Domain("state", "in", ("waiting", "processing"))


class InvoiceTaxLane(models.Model):
    """Whether anything was said over a line yet (:meth:`_are_used`): from then on its
    connection leads where it leads, and its taxpayer stays in that environment.

    A wrong address, where nobody answers, can still be put right
    (:meth:`_were_answered`).
    """

    _inherit = "invoice.tax.lane"

    def _were_answered(self):
        """Whether something came back over any of these lines, or what waits was
        planned for it."""
        return any(lane.last_success_at for lane in self.sudo()) or any(
            self._has_any(model_name, domain)
            for model_name, domain in (
                # What was planned, and so every request.
                ("invoice.tax.operation", Domain.TRUE),
                ("invoice.tax.fetch", ANSWERED),
                ("invoice.tax.exchange", Domain("status", "not in", (False, ""))),
            )
        )

    def _are_used(self):
        """The same, or a reading is about to begin: its answer may be on the way."""
        return self._were_answered() or self._has_any("invoice.tax.fetch", OPEN)

    def _has_any(self, model_name, domain):
        domain &= Domain("lane_id", "in", self.ids)
        return bool(self.env[model_name].sudo().search_count(domain, limit=1))
