import functools
from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain

from ..gateway.operation_kinds import KINDS
from ..tools.selection_plan import PlanRules

# Railway and air tickets (domain dictionary 1.3); all others go by the other rate.
_TICKET_TYPES = ("51", "61")


class InvoiceTaxOperation(models.Model):
    """The dated rules by which the invoices of an operation are planned.

    Entry points: :meth:`_get_plan_rules`, and :meth:`_get_issue_date_domain` for
    lists. Laws change, so nothing that the plan decides by is a constant: types,
    rates and issue dates come from the rules.
    """

    _inherit = "invoice.tax.operation"

    @api.model
    def _get_plan_rules(self, taxpayer, operation_type, period):
        """:return: ``selection_plan.PlanRules`` of an operation for a taxpayer"""
        kind = KINDS[operation_type]
        today = taxpayer._get_today()
        first_day, last_day = self._get_issue_dates(taxpayer, kind, period, today)
        return PlanRules(
            is_allowed=self._get_is_allowed(kind),
            farm_rate=self._get_rate("farm_rate", taxpayer),
            passenger_rate=self._get_passenger_rate(taxpayer),
            today=today,
            first_day=first_day,
            last_day=last_day,
        )

    @api.model
    def _get_is_allowed(self, kind):
        use = kind.use or kind.purpose
        if not use or kind.revokes:
            return lambda type_code, element, day: True
        # A workbook names many invoices of few types and days.
        return functools.cache(self.env["invoice.tax.credit.rule"]._get_allowed(use))

    @api.model
    def _get_rate(self, kind, taxpayer):
        reader = self.env["invoice.tax.rule"]._get_reader(kind, taxpayer.company_id)
        return functools.cache(reader)

    @api.model
    def _get_passenger_rate(self, taxpayer):
        ticket = self._get_rate("passenger_electronic_rate", taxpayer)
        other = self._get_rate("passenger_other_rate", taxpayer)
        return lambda type_code, day: (
            ticket(day) if type_code in _TICKET_TYPES else other(day)
        )

    @api.model
    def _get_issue_dates(self, taxpayer, kind, period, today):
        """First and last issue date that can be selected, None without a limit: what
        the bureau says of its open period, and the days that the law of today sets.
        """
        first_day = last_day = None
        current = taxpayer.current_period_id
        if kind.bound_to == "deduction" and current.name == period:
            first_day = current.issue_date_from or None
            last_day = current.issue_date_to or None
        oldest = self._get_oldest_day(taxpayer.company_id, today)
        if oldest:
            first_day = max(first_day, oldest) if first_day else oldest
        return first_day, last_day

    @api.model
    def _get_oldest_day(self, company, today):
        """The earliest issue date by the law of today, None without a limit."""
        days = self.env["invoice.tax.rule"]._get_value("issue_days", today, company)
        return today - timedelta(days=int(days)) if days else None

    @api.model
    def _get_issue_date_domain(self):
        """Domain on ``invoice.tax.input.invoice`` of the issue dates that can be
        selected, by the open period of each taxpayer; none known: no limit."""
        today = self.env["invoice.tax.taxpayer"]._get_today()
        periods = self.env["invoice.tax.period"].search([("is_current", "=", True)])
        domains = [Domain("taxpayer_id", "not in", periods.taxpayer_id.ids)]
        alike = periods.grouped(
            lambda one: (one.company_id, one.issue_date_from, one.issue_date_to)
        )
        for (company, first_day, last_day), group in alike.items():
            domain = Domain("taxpayer_id", "in", group.taxpayer_id.ids)
            oldest = self._get_oldest_day(company, today)
            for day in filter(None, (first_day, oldest)):
                domain &= Domain("issue_date", ">=", day)
            if last_day:
                domain &= Domain("issue_date", "<=", last_day)
            domains.append(domain)
        return Domain.OR(domains)
