from odoo import models

from ..tools.notification import send_done
from .words import get_advice, join_sentences


class InvoiceTaxOperation(models.Model):
    """What came of a batch is told to who asked for it."""

    _inherit = "invoice.tax.operation"

    def _notify_operator(self):
        """Tell the person who pressed the button what came of it, with a way to the
        batch; programs and crons ask for themselves."""
        if self.origin not in ("manual", "excel") or not self.user_id:
            return
        batch = self.with_user(self.user_id).with_context(lang=self.user_id.lang).sudo()
        labels = dict(batch._fields["operation_type"]._description_selection(batch.env))
        advice = get_advice(batch.env, self.result_code)
        send_done(
            self,
            self.user_id,
            f"{labels[self.operation_type]} {self.batch_number}",
            join_sentences(batch.env, (batch._describe(), advice))
            or batch.env._("Done."),
            "success" if self.state == "success" else "warning",
            is_sticky=self.state == "failed",
        )
