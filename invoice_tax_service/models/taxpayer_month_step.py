from datetime import timedelta

from odoo import fields, models
from odoo.tools import formatLang

from ..exceptions import TaxServiceError
from .period import MOVING
from .words import get_sentence

# In the order of the month; each has a button, save the last three.
STEPS = [
    ("connect", "Set Up the Connection"),
    ("resume", "Mend the Connection"),
    ("unserved", "Licence Missing"),
    ("fetch", "Fetch from the Bureau"),
    ("select", "Select for Deduction"),
    ("statistics", "Generate Statistics Table"),
    ("sign", "Sign Confirmation"),
    ("table", "Look at the Statistics Table"),
    ("wait", "Nothing to Do Now"),
    ("signed", "Signed, to Be Filed"),
    ("filed", "Filed"),
]
# The right that the button of a step needs; the others need that to fetch.
STEP_ITEMS = {"select": "deduct", "statistics": "statistics", "sign": "sign"}
# Nothing of these waits for a person of this house.
QUIET_STEPS = ("wait", "signed", "filed")
# What was read before is no ground for a next step.
FRESH = timedelta(days=1)
# From so many days before the deadline on it is red.
URGENT_DAYS = 3
# The table stands, and only the filing window is missing: it opens by itself.
PRE_STATISTICS = "03"


class InvoiceTaxTaxpayer(models.Model):
    """The one next step of the month, derived from how everything stands.

    Entry point: :meth:`_find_month_step`. The buttons ask
    :meth:`_check_can_operate` themselves, for the card may be older than the world.

    What must never happen: a step that is refused when it is pressed, while nothing
    has changed.
    """

    _inherit = "invoice.tax.taxpayer"

    def _find_month_step(self, figures):
        """:param dict figures: of this taxpayer, see :meth:`_get_month_figures`
        :return: ``(step, sentence why, or False)``
        """
        self.ensure_one()
        if not self.lane_id:
            return "connect", get_sentence(self.env, "no_connection")
        if self.lane_id.is_stopped:
            return "resume", False
        # Nobody has read anything over it yet: the guided set-up was left before.
        if not (self.current_period_id or self.sudo().connection_id.address):
            return "connect", self.env._("The connection leads nowhere yet")
        if figures["is_unserved"]:
            return "unserved", False
        return self._find_busy_step(figures) or self._find_period_step(figures)

    def _find_busy_step(self, figures):
        """While something is under way, its result decides what comes next."""
        if figures["tasks"][0]:
            return "wait", self.env._("Batches are being worked on")
        if figures["is_reading"]:
            return "wait", self._get_reading_sentence(figures["read_count"])
        return False

    def _get_reading_sentence(self, count):
        """How far a reading of the pool is."""
        if not count:
            return self.env._("The tax bureau is being read")
        return self.env._(
            "The tax bureau is being read: %(count)s invoices so far",
            count=formatLang(self.env, count, digits=0),
        )

    def _find_period_step(self, figures):
        period = self.current_period_id
        if not period or not self._is_month_fresh():
            return "fetch", self._get_fetch_hint()
        if period.state in ("filed", "signed"):
            return period.state, False
        if self.taxpayer_type == "small_scale":
            return "wait", get_sentence(self.env, "small_scale")
        if period.statistics_status in MOVING:
            return "wait", period.sign_hint
        if period.state == "statistics":
            return self._find_table_step()
        return self._find_open_step(figures)

    def _find_open_step(self, figures):
        """No table stands: select what is open, then have the table built."""
        is_selected = figures["selected"][0] or figures["excluded"][0]
        # Who leaves invoices for a later month shall not miss this one for it.
        is_closing = is_selected and self._is_deadline_near()
        if figures["open"][0] and not is_closing:
            return "select", False
        if not is_selected:
            return "wait", self.env._("No invoice can be selected")
        code = self._get_cannot_in_period_code(
            "statistics", self.current_period_id.name
        )
        return ("wait", get_sentence(self.env, code)) if code else ("statistics", False)

    def _find_table_step(self):
        period = self.current_period_id
        code = self._get_cannot_in_period_code("sign", period.name)
        if not code:
            return "sign", False
        is_waiting = period.statistics_status == PRE_STATISTICS
        return "wait" if is_waiting else "table", get_sentence(self.env, code)

    def _is_month_fresh(self):
        read_at = self.current_period_id.synced_at
        return bool(read_at) and read_at > fields.Datetime.now() - FRESH

    def _get_fetch_hint(self):
        read_at = self.current_period_id.synced_at
        if not read_at:
            return self.env._("The tax bureau was not read yet")
        return self.env._(
            "The tax bureau was last read at %(time)s",
            time=self._format_moment(read_at),
        )

    def _is_deadline_near(self):
        deadline = self.current_period_id.deadline
        return bool(deadline) and (deadline - self._get_today()).days <= URGENT_DAYS

    def _is_month_urgent(self, step):
        """Whether somebody must act before the deadline, and it is near."""
        return step not in QUIET_STEPS and self._is_deadline_near()

    def _is_step_shown(self, step):
        """Whether the user gets the button of this step (隐藏无权按钮)."""
        item = STEP_ITEMS.get(step, "fetch")
        company = self.company_id.sudo()._get_tax_company()
        return not company.is_hiding_tax_buttons or self._has_right(
            item, self.company_id
        )

    # === ACTIONS === #

    def _get_current_period(self):
        self.ensure_one()
        if not self.current_period_id:
            raise TaxServiceError(
                get_sentence(self.env, "period_unknown"), "period_unknown"
            )
        return self.current_period_id

    def action_month_select(self):
        """The invoices that can be selected now."""
        return self._get_current_period().action_open_input_invoices()

    def action_month_statistics(self):
        self._check_can("statistics")
        return self._get_current_period().action_build_statistics()

    def action_month_sign(self):
        """Show the sums once more and ask."""
        self._check_can("sign")
        return self._get_current_period().action_sign()

    def action_month_table(self):
        return self._get_current_period().action_open_statistics()

    def action_month_compare(self):
        """Bureau, Odoo and books of the current tax period."""
        self._check_can("compare")
        return self._get_current_period().action_compare()

    def action_month_period(self):
        """The card of the current tax period."""
        return {
            "type": "ir.actions.act_window",
            "res_model": "invoice.tax.period",
            "res_id": self._get_current_period().id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_month_taxpayer(self):
        """The taxpayer with its connection and its lines."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_month_start(self):
        """The guided set-up, at the step that is missing."""
        self.ensure_one()
        self.check_access("read")
        return self.env["invoice.tax.start"]._open(self)

    def action_month_tasks(self):
        """The batches that are not over."""
        return self._open_month_operations("open")

    def action_month_failed(self):
        """The batches that failed, newest first."""
        return self._open_month_operations("failed")

    def _open_month_operations(self, name):
        action = self.action_open_operations()
        action["context"] = {**action["context"], f"search_default_{name}": 1}
        return action
