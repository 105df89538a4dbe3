import functools
from datetime import timedelta
from decimal import Decimal

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..gateway.operation_kinds import KINDS
from ..tools.selection_plan import InvoiceFacts, PlanRules, key_of, plan

# Railway and air tickets (domain dictionary 1.3); all others go by the other rate.
_TICKET_TYPES = ("51", "61")


class InvoiceTaxOperation(models.Model):
    """Which invoices of a wish can be sent, and the dated rules that say so.

    Entry points: :meth:`_plan_selection`, and :meth:`_get_issue_date_domain` for
    lists. Laws change, so nothing that the plan decides by is a constant: types,
    rates and issue dates come from the rules.
    """

    _inherit = "invoice.tax.operation"

    # === PLANNING === #

    @api.model
    def _plan_selection(self, taxpayer, operation_type, period, wishes, facts=None):
        """Decide each wish against what is known of its invoice.

        :param list wishes: of ``selection_plan.WishRow``
        :param dict facts: from :meth:`_fetch_facts`, when they are read already
        :return: list of ``selection_plan.PlannedRow``
        """
        if facts is None:
            facts = self._fetch_facts(taxpayer, wishes)
        rules = self._get_plan_rules(taxpayer, operation_type, period)
        rows = plan(operation_type, period, wishes, facts, rules)
        missing = [row.wish for row in rows if row.refusal == "unknown_invoice"]
        if missing:
            foreign = self._fetch_foreign_keys(taxpayer, missing)
            rows = plan(operation_type, period, wishes, facts, rules, foreign)
        return rows

    @api.model
    def _fetch_facts(self, taxpayer, wishes):
        """``key_of(…) → InvoiceFacts``, set-wise: one statement for all.

        With EXISTS the database reads the open lines of all batches for each call;
        the scalar query keeps it at one look into the index for each invoice.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT invoice.id, invoice.number, COALESCE(invoice.code, ''),
                       COALESCE(invoice.net_amount, 0)::text,
                       COALESCE(invoice.vat_amount, 0)::text,
                       COALESCE(invoice.gross_amount, 0)::text,
                       COALESCE(invoice.creditable_vat, 0)::text,
                       invoice.farm_amount::text, kind.code, invoice.issue_date,
                       invoice.status, invoice.is_red_locked, invoice.element,
                       invoice.farm_method, invoice.booked_on,
                       invoice.selection, invoice.purpose, invoice.period,
                       (SELECT line.id FROM invoice_tax_operation_line line
                         WHERE line.input_invoice_id = invoice.id
                           AND line.state IN ('waiting', 'processing')
                         LIMIT 1) IS NOT NULL
                  FROM invoice_tax_input_invoice invoice
                  JOIN invoice_tax_invoice_type kind ON kind.id = invoice.type_id
                 WHERE invoice.taxpayer_id = %s
                   AND invoice.number = ANY(%s)
                """,
                taxpayer.id,
                [wish.number for wish in wishes],
            )
        )
        # As text: the driver would make binary floats of numeric columns.
        return {
            key_of(row[1], row[2]): InvoiceFacts(
                *row[:3],
                *map(Decimal, row[3:7]),
                Decimal(row[7] or 0) or None,
                *row[8:],
            )
            for row in rows
        }

    @api.model
    def _fetch_foreign_keys(self, taxpayer, wishes):
        """Keys among the wishes that other taxpayers hold and the user may see."""
        invoices = self.env["invoice.tax.input.invoice"].search_fetch(
            [
                ("taxpayer_id", "!=", taxpayer.id),
                ("number", "in", [wish.number for wish in wishes]),
            ],
            ["number", "code"],
        )
        return {key_of(invoice.number, invoice.code) for invoice in invoices}

    # === RULES === #

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
