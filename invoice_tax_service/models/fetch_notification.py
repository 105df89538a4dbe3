from odoo import models

from ..tools.notification import send_done


class InvoiceTaxFetch(models.Model):
    """What a reading has brought is told to who asked for it."""

    _inherit = "invoice.tax.fetch"

    def _mark_done(self, state, result_code="", raw_code="", raw_text=""):
        # EXTENDS 'invoice.tax.task.mixin'
        result = super()._mark_done(state, result_code, raw_code, raw_text)
        if self.origin == "manual" and self.kind == "pool" and self.user_id:
            self._notify_operator()
        return result

    def _notify_operator(self):
        fetch = self.with_context(lang=self.user_id.lang)
        send_done(
            self,
            self.user_id,
            fetch.env._(
                "Tax bureau read for %(taxpayer)s", taxpayer=self.taxpayer_id.name
            ),
            fetch.description,
            "success" if self.state == "success" else "warning",
            is_sticky=self.state == "failed",
        )
