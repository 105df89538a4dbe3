from collections import Counter

from odoo import models

from .issue_words import OPEN_STATES
from .segment import LEFT_STATES

# A person decides what becomes of these.
STUCK_STATES = ("failed", "held")


class InvoiceTaxTaxpayer(models.Model):
    """Quota, numbers and issue requests on the card of the month, for taxpayers that
    issue; counted set-wise."""

    _inherit = "invoice.tax.taxpayer"

    def _get_month_data(self):
        # EXTENDS 'invoice_tax_service'
        data = super()._get_month_data()
        issuing = self.filtered("is_issuing")
        quotas = issuing._get_month_quotas()
        numbers = issuing._get_month_numbers()
        issues = issuing._get_month_issues()
        for taxpayer in self:
            data[taxpayer.id]["issuing"] = taxpayer in issuing and {
                "quota": quotas.get(taxpayer.id, False),
                "numbers": {
                    "available": numbers[taxpayer.id, "available"],
                    "kept": numbers[taxpayer.id, "manual"]
                    + numbers[taxpayer.id, "bound"],
                },
                "open": issues[taxpayer.id, "open"],
                "stuck": issues[taxpayer.id, "stuck"],
            }
        return data

    def _get_month_quotas(self):
        """``{taxpayer id: quota of the running month as it is shown}``"""
        quotas = self.env["invoice.tax.quota"].search(
            [("taxpayer_id", "in", self.ids), ("month", "=", self._get_month())]
        )
        return {quota.taxpayer_id.id: quota._get_month_bar() for quota in quotas}

    def _get_month_numbers(self):
        """Numbers of this year that are left, by taxpayer id and state."""
        rows = self.env["invoice.tax.number"]._read_group(
            [
                # By segment, of which there is an index of what is left.
                ("segment_id.taxpayer_id", "in", self.ids),
                ("year", "=", f"{self._get_today():%Y}"),
                ("state", "in", LEFT_STATES),
            ],
            ["taxpayer_id", "state"],
            ["__count"],
        )
        return Counter({(taxpayer.id, state): count for taxpayer, state, count in rows})

    def _get_month_issues(self):
        """Issue requests that are under way or stuck, by taxpayer id."""
        rows = self.env["invoice.tax.issue"]._read_group(
            [
                ("taxpayer_id", "in", self.ids),
                ("state", "in", (*OPEN_STATES, *STUCK_STATES)),
            ],
            ["taxpayer_id", "state"],
            ["__count"],
        )
        counts = Counter()
        for taxpayer, state, count in rows:
            kind = "stuck" if state in STUCK_STATES else "open"
            counts[taxpayer.id, kind] += count
        return counts

    # === ACTIONS === #

    def action_month_quota(self):
        """The quota of this taxpayer, newest month first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_tax_leqi.invoice_tax_quota_action"
        )
        action["domain"] = [("taxpayer_id", "=", self.id)]
        return action

    def action_month_issues(self):
        """Issue requests that are under way."""
        return self._open_month_issues(set(OPEN_STATES) - set(STUCK_STATES))

    def action_month_stuck(self):
        """Issue requests of which a person decides what becomes of them."""
        return self._open_month_issues(STUCK_STATES)

    def _open_month_issues(self, states):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_tax_leqi.invoice_tax_issue_action"
        )
        action["domain"] = [
            ("taxpayer_id", "=", self.id),
            ("state", "in", sorted(states)),
        ]
        action["context"] = {}
        return action
