from datetime import datetime, time
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.tools import SQL

from .operation import OPEN_STATES


class InvoiceTaxLane(models.Model):
    """How far the work of each taxpayer is: the page "Task Overview".

    Counted set-wise: a page of 80 lanes needs as many statements as one of 10.
    """

    _inherit = "invoice.tax.lane"

    open_task_count = fields.Integer(
        compute="_compute_tasks", string="Open Tasks", search="_search_open_task_count"
    )
    open_invoice_count = fields.Integer(
        compute="_compute_tasks", string="Open Invoices"
    )
    oldest_open_at = fields.Datetime(compute="_compute_tasks", string="Oldest Waiting")
    failed_today_count = fields.Integer(compute="_compute_tasks", string="Failed Today")
    next_call_at = fields.Datetime(
        compute="_compute_next_call_at",
        string="Next Call",
        help="When the dispatcher talks to the bureau next; empty: nothing to say, or "
        "stopped.",
    )

    @api.depends_context("tz", "uid")
    def _compute_tasks(self):
        self.env["invoice.tax.operation"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT lane_id, COUNT(*) FILTER (WHERE state IN %(open)s),
                       SUM(open_count) FILTER (WHERE state IN %(open)s),
                       MIN(create_date) FILTER (WHERE state IN %(open)s),
                       COUNT(*) FILTER (WHERE state = 'failed')
                  FROM invoice_tax_operation
                 WHERE lane_id = ANY(%(lanes)s)
                   AND (state IN %(open)s
                        OR state = 'failed' AND finished_at >= %(midnight)s)
              GROUP BY lane_id
                """,
                open=OPEN_STATES,
                lanes=self.ids,
                midnight=self._get_midnight(),
            )
        )
        by_lane = {lane_id: values for lane_id, *values in rows}
        for lane in self:
            count, invoices, oldest, failed = by_lane.get(lane.id, (0, 0, False, 0))
            lane.open_task_count = count
            lane.open_invoice_count = invoices or 0
            lane.oldest_open_at = oldest
            lane.failed_today_count = failed

    @api.model
    def _get_midnight(self):
        """When the day of the user began, in UTC."""
        zone = ZoneInfo(self.env.tz.zone)
        start = datetime.combine(fields.Date.context_today(self), time(), zone)
        return (start - start.utcoffset()).replace(tzinfo=None)

    def _search_open_task_count(self, operator, value):
        """Only whether there are any."""
        if operator != ">" or value != 0:
            return NotImplemented
        busy = self.env["invoice.tax.operation"]._read_group(
            [("state", "in", OPEN_STATES)], ["lane_id"]
        )
        return [("id", "in", [lane.id for (lane,) in busy])]

    def _compute_next_call_at(self):
        due = {}
        for model_name in self._get_task_models():
            tasks = self.env[model_name].sudo()
            for lane, first in tasks._read_group(
                [("lane_id", "in", self.ids), ("step", "!=", "done")],
                ["lane_id"],
                ["next_attempt_at:min"],
            ):
                due.setdefault(lane.id, []).append(first)
        for lane in self:
            times = due.get(lane.id, [])
            if lane.open_task_count and not times:
                # Waiting batches of which no request was made yet.
                times = [lane.oldest_open_at]
            if lane.is_stopped or not times:
                lane.next_call_at = False
                continue
            now = fields.Datetime.now()
            lane.next_call_at = max(min(times), lane.paused_until or now, now)

    # === ACTIONS === #

    def action_open_tasks(self):
        """The batches of this taxpayer that are not over."""
        self.ensure_one()
        action = self.taxpayer_id.action_open_operations()
        action["context"] = {
            "search_default_taxpayer_id": self.taxpayer_id.id,
            "search_default_open": 1,
        }
        return action

    def action_open_failed(self):
        """The batches of this taxpayer that failed, newest first."""
        self.ensure_one()
        action = self.taxpayer_id.action_open_operations()
        action["context"] = {
            "search_default_taxpayer_id": self.taxpayer_id.id,
            "search_default_failed": 1,
        }
        return action
