import json
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date, format_datetime, formatLang

from .operation import OPEN_STATES
from .period_sums import SUMS
from .taxpayer_month_step import STEPS

# Bars of the graph.
GRAPH_PERIODS = 6
# A failure of so many days that nobody retried is still to be looked at.
FAILED_DAYS = 7


class InvoiceTaxTaxpayer(models.Model):
    """The month at a glance: one card a taxpayer on the page "This Month".

    Entry point: :meth:`_get_month_data`, what the cards show. Another addon adds keys
    of its own there, and their rows by inheriting the view.

    What must never happen: a figure fetched card by card (20 cards need as many
    statements as two); anything written because somebody looks.
    """

    _inherit = "invoice.tax.taxpayer"

    month_step = fields.Selection(
        STEPS, compute="_compute_month", string="Next Step", compute_sudo=False
    )
    month_is_busy = fields.Boolean(
        compute="_compute_month",
        compute_sudo=False,
        help="Something is under way, so the card changes by itself.",
    )
    month_card = fields.Text(compute="_compute_month", compute_sudo=False)
    month_graph = fields.Text(compute="_compute_month", compute_sudo=False)

    @api.depends_context("lang", "tz", "uid", "allowed_company_ids")
    def _compute_month(self):
        data, graphs = self._get_month_data(), self._get_month_graphs()
        for taxpayer in self:
            taxpayer.month_step = data[taxpayer.id]["step"]
            taxpayer.month_is_busy = data[taxpayer.id]["is_busy"]
            taxpayer.month_card = json.dumps(data[taxpayer.id])
            taxpayer.month_graph = json.dumps(graphs[taxpayer.id])

    def _get_month_data(self):
        """What the cards of these taxpayers show, formatted for the user.

        Hook: another addon calls super and adds keys of its own, set-wise.

        :return: ``{taxpayer id: {"step", "hint", "period", "open", "selected",
            "tasks", "lanes", ...}}``
        """
        figures = self._get_month_figures()
        data = {}
        for taxpayer in self:
            own = figures[taxpayer.id]
            step, hint = taxpayer._find_month_step(own)
            data[taxpayer.id] = {
                "step": step,
                "hint": hint or "",
                "is_busy": bool(own["is_reading"] or own["tasks"][0]),
                "can_operate": taxpayer._is_step_shown(step),
                "is_selecting": taxpayer.taxpayer_type != "small_scale",
                "period": taxpayer._get_month_period(step),
                "open": taxpayer._format_sum(*own["open"]),
                "selected": taxpayer._format_sum(*own["selected"]),
                "tasks": taxpayer._get_month_tasks(own["tasks"]),
                "lanes": taxpayer._get_month_troubles(),
            }
        return data

    # === FIGURES, SET-WISE === #

    def _get_month_figures(self):
        """Plain figures by taxpayer id, of which the cards and the next step come."""
        sums = self.current_period_id._fetch_sums()
        opens, tasks = self._get_selectable_sums(), self._get_task_sums()
        readings = self._get_read_counts()
        unserved = self._find_unserved()
        figures = {}
        for taxpayer in self:
            key = (taxpayer.id, taxpayer.current_period_id.name)
            own = dict(zip(SUMS, sums.get(key, (0,) * len(SUMS)), strict=True))
            figures[taxpayer.id] = {
                "open": opens.get(taxpayer.id, (0, 0)),
                "selected": (own["selected_count"], own["selected_vat"]),
                "excluded": (own["excluded_count"], own["excluded_vat"]),
                "tasks": tasks.get(taxpayer.id, (0, 0, 0, None, 0)),
                "is_reading": taxpayer.id in readings,
                "read_count": readings.get(taxpayer.id, 0),
                "is_unserved": taxpayer in unserved,
            }
        return figures

    def _get_selectable_sums(self):
        """``{taxpayer id: (count, creditable VAT)}`` of what can still be selected."""
        invoices = self.env["invoice.tax.input.invoice"]
        rows = invoices._read_group(
            Domain("taxpayer_id", "in", self.ids) & invoices._get_selectable_domain(),
            ["taxpayer_id"],
            ["__count", "creditable_vat:sum"],
        )
        return {taxpayer.id: (count, vat) for taxpayer, count, vat in rows}

    def _get_task_sums(self):
        """``{taxpayer id: (open batches, their invoices, of these open, oldest,
        failed)}``; what is kept for a later period is no work of now."""
        self.env["invoice.tax.operation"].flush_model()
        since = fields.Datetime.now() - timedelta(days=FAILED_DAYS)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT taxpayer_id, COUNT(*) FILTER (WHERE state IN %(open)s),
                       COALESCE(SUM(total_count) FILTER (WHERE state IN %(open)s), 0),
                       COALESCE(SUM(open_count) FILTER (WHERE state IN %(open)s), 0),
                       MIN(create_date) FILTER (WHERE state IN %(open)s),
                       COUNT(*) FILTER (WHERE state = 'failed')
                  FROM invoice_tax_operation batch
                 WHERE taxpayer_id = ANY(%(taxpayers)s)
                   AND (state IN %(open)s AND is_held IS NOT TRUE
                        OR state = 'failed' AND finished_at >= %(since)s
                           AND NOT EXISTS (SELECT 1 FROM invoice_tax_operation later
                                            WHERE later.retry_of_id = batch.id))
              GROUP BY taxpayer_id
                """,
                open=OPEN_STATES,
                taxpayers=self.ids,
                since=since,
            )
        )
        return {taxpayer_id: tuple(values) for taxpayer_id, *values in rows}

    def _get_read_counts(self):
        """``{taxpayer id: invoices read so far}`` of those of these whose pool is being
        read at the bureau."""
        rows = self.env["invoice.tax.fetch"]._read_group(
            [
                ("taxpayer_id", "in", self.ids),
                ("kind", "=", "pool"),
                ("state", "in", OPEN_STATES),
            ],
            ["taxpayer_id"],
            ["read_count:sum"],
        )
        return {taxpayer.id: count for taxpayer, count in rows}

    def _find_unserved(self):
        """Those of these for which nothing can be received; hook of the licence addon,
        which answers for all of them at once."""
        return self.browse()

    def _get_month_lanes(self):
        """The lines of these taxpayers that are in use now; hook."""
        return self.lane_id

    def _get_month_graphs(self):
        """Creditable VAT of the last periods, as the widget ``dashboard_graph`` wants
        it; False where there is none."""
        last = {
            taxpayer: taxpayer.period_ids.filtered(
                lambda one: not one.is_future
            ).sorted("name")[-GRAPH_PERIODS:]
            for taxpayer in self
        }
        shown = self.env["invoice.tax.period"].union(*last.values())
        sums = shown._fetch_sums()
        place, nothing = SUMS.index("selected_vat"), (0,) * len(SUMS)
        graphs = {}
        for taxpayer, periods in last.items():
            values = [
                {
                    "label": self._format_month(period.name),
                    "value": float(
                        sums.get((taxpayer.id, period.name), nothing)[place]
                    ),
                    "type": "future" if period.is_current else "past",
                }
                for period in periods
            ]
            graphs[taxpayer.id] = any(bar["value"] for bar in values) and [
                {"key": self.env._("Creditable VAT"), "values": values}
            ]
        return graphs

    # === AS IT IS SHOWN === #

    def _get_month_period(self, step):
        """The tax period of the card."""
        period = self.current_period_id
        if not period:
            return False
        statuses = dict(
            period._fields["statistics_status"]._description_selection(self.env)
        )
        return {
            "name": period.name,
            "deadline": format_date(self.env, period.deadline),
            "days_left": period.days_left,
            "is_urgent": self._is_month_urgent(step),
            "has_table": period.state in ("statistics", "signed", "filed"),
            "status": statuses.get(period.statistics_status, ""),
            "is_signed": period.state in ("signed", "filed"),
            "is_filed": period.state == "filed",
            "signed_on": self._format_day(period.signed_at),
            "synced_at": self._format_moment(period.synced_at),
        }

    def _get_month_tasks(self, sums):
        count, total, left, oldest, failed = sums
        return {
            "count": count,
            "total": total,
            "done": total - left,
            "share": round((total - left) * 100 / total) if total else 0,
            "oldest": self._format_moment(oldest),
            "failed": failed,
        }

    def _get_month_troubles(self):
        """Lines on which nothing is said now, and when it goes on."""
        now = fields.Datetime.now()
        return [
            {
                "name": lane.connection_id.name,
                "is_stopped": lane.is_stopped,
                "trouble": lane.trouble or "",
                "next_call": self._format_moment(
                    not lane.is_stopped and (lane.next_call_at or lane.paused_until)
                ),
            }
            for lane in self._get_month_lanes()
            if lane.is_stopped or (lane.paused_until and lane.paused_until > now)
        ]

    def _format_sum(self, count, amount):
        return {
            "count": count,
            "vat": formatLang(self.env, float(amount or 0), digits=2),
        }

    def _format_moment(self, moment):
        return self._format_clock(moment, "MM-dd HH:mm")

    def _format_day(self, moment):
        return self._format_clock(moment, "MM-dd")

    def _format_clock(self, moment, pattern):
        """As the user's clock shows it, that of China for a user without."""
        zone = self.env.context.get("tz") or self.env.user.tz or "Asia/Shanghai"
        return format_datetime(self.env, moment, tz=zone, dt_format=pattern)

    def _format_month(self, name):
        """A month as it is called, of a period ``yyyyMM``."""
        return format_date(
            self.env, date(int(name[:4]), int(name[4:]), 1), date_format="MMM"
        )
