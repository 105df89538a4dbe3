from odoo import api, fields, models

from .period import MOVING
from .words import RECEIVING

# Seconds after which the bureau is asked again while it works on a table.
LOOK_AGAIN = 60


class InvoiceTaxFetch(models.Model):
    """Looks again soon while the bureau works on the table by itself: until it has
    done so everything is locked, and the next reading of all is hours away."""

    _inherit = "invoice.tax.fetch"

    @api.model
    def _ask(self, taxpayers, kind, origin="automatic"):
        fetches = super()._ask(taxpayers, kind, origin)
        # Somebody asks now, so what was put off does not wait. Trouble with the bureau
        # puts off too, and has a code.
        now = fields.Datetime.now()
        fetches.filtered(
            lambda fetch: not fetch.result_code and fetch.next_attempt_at > now
        ).write({"next_attempt_at": now})
        return fetches

    def _mark_done(self, state, result_code="", raw_code="", raw_text=""):
        result = super()._mark_done(state, result_code, raw_code, raw_text)
        if state == "success":
            self._look_again_soon()
        return result

    def _look_again_soon(self):
        taxpayer = self.taxpayer_id
        moving = taxpayer.current_period_id.statistics_status in MOVING
        # Where it works for a batch of ours, the answer to that reads it anyway.
        if (
            not moving
            or taxpayer.open_operation_types
            or taxpayer.lane_id != self.lane_id
            or taxpayer._get_service_unavailable_reason(RECEIVING)
        ):
            return
        at = fields.Datetime.add(fields.Datetime.now(), seconds=LOOK_AGAIN)
        self._create_open(self.lane_id, "period", "automatic").write(
            {"next_attempt_at": at}
        )
        self.env["invoice.tax.lane"]._wake(at)
