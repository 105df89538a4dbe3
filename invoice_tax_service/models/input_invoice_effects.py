from odoo import api, fields, models
from odoo.fields import Domain

from ..exceptions import TaxServiceError
from ..gateway.operation_kinds import KINDS
from ..tools.money import to_decimal
from ..tools.selection_plan import (
    FARM_ELEMENTS,
    FARM_ORDINARY_TYPES,
    FARM_SPECIAL_ELEMENTS,
    FARM_SPECIAL_TYPES,
    SELECTABLE_STATUSES,
)
from .words import get_sentence


class InvoiceTaxInputInvoice(models.Model):
    """What the operations make of an invoice, and the buttons that start them.

    Entry points: :meth:`_apply_done` when lines succeeded; the actions open the
    selection wizard. What an operation is about is asked of ``KINDS``.
    """

    _inherit = "invoice.tax.input.invoice"

    is_farm_open = fields.Boolean(
        compute="_compute_is_farm_open",
        search="_search_is_farm_open",
        string="Farm Products to Treat",
    )

    @api.depends("farm_method", "selection", "status", "type_id", "element")
    def _compute_is_farm_open(self):
        farm_open = self.filtered_domain(self._get_farm_domain())
        for invoice in self:
            invoice.is_farm_open = invoice in farm_open

    def _search_is_farm_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._get_farm_domain()

    @api.model
    def _get_farm_domain(self):
        """Farm product invoices that nobody has said anything of, as the planning
        decides (``selection_plan``)."""
        ordinary = Domain("type_id.code", "in", FARM_ORDINARY_TYPES) & Domain(
            "element", "in", FARM_ELEMENTS
        )
        special = Domain("type_id.code", "in", FARM_SPECIAL_TYPES) & Domain(
            "element", "in", FARM_SPECIAL_ELEMENTS
        )
        return (
            Domain("selection", "=", "unselected")
            & Domain("farm_method", "=", False)
            & Domain("status", "in", SELECTABLE_STATUSES)
            & Domain("net_amount", ">=", 0)
            & (ordinary | special)
        )

    # === WHAT HAS BEEN DONE === #

    @api.model
    def _apply_done(self, lines, creditables):
        """Note that an operation succeeded for the invoices of these lines: one write
        for all that become alike.

        :param lines: ``invoice.tax.operation.line`` that did it
        :param dict creditables: id of a line → VAT that the bureau then credits, None
            where it did not say
        """
        lines = lines.filtered("input_invoice_id")
        for values, alike in lines.grouped(self._get_done_values).items():
            alike.input_invoice_id.write(dict(values))
        for line in lines:
            kind = KINDS[line.operation_type]
            if kind.revokes or kind.effect == "booking":
                continue
            creditable = line.creditable_vat
            # What is refunded is the whole VAT, whatever somebody wished before.
            is_told = kind.effect == "farm" or kind.purpose == "refund"
            if is_told and creditables.get(line.id) is not None:
                creditable = creditables[line.id]
            invoice = line.input_invoice_id
            # Nearly always the same.
            if to_decimal(invoice.creditable_vat) != to_decimal(creditable):
                invoice.creditable_vat = creditable

    @api.model
    def _get_done_values(self, line):
        """What becomes of the invoice of a line, as pairs that can be compared."""
        kind = KINDS[line.operation_type]
        if kind.effect == "booking":
            return (("booked_on", line.booked_on),)
        if kind.effect == "farm":
            return (
                ("farm_method", kind.farm_method),
                ("farm_amount", line.farm_amount),
            )
        if kind.revokes:
            return (
                ("selection", "unselected"),
                ("purpose", False),
                ("period", False),
                ("selected_at", False),
                ("reason", False),
                ("reason_text", False),
            )
        return (
            ("selection", "selected"),
            ("purpose", kind.purpose),
            ("period", line.period),
            ("selected_at", fields.Datetime.now()),
            ("reason", line.reason),
            ("reason_text", line.reason_text),
        )

    def _get_creditable_ceiling(self):
        """The most VAT that can be credited, by whichever use is open to the invoice;
        Decimal in CNY."""
        self.ensure_one()
        operations = self.env["invoice.tax.operation"]
        facts = operations._fetch_facts(self.taxpayer_id, self._get_wishes())
        [own] = [one for one in facts.values() if one.id == self.id]
        rules = operations._get_plan_rules(self.taxpayer_id, "passenger", "")
        ceiling = rules.get_ceiling(KINDS["deduct"], own)
        day = own.issue_date or rules.today
        if rules.is_allowed(own.type_code, own.element, day):
            ceiling = max(ceiling, rules.get_ceiling(KINDS["passenger"], own))
        return ceiling

    # === ACTIONS === #

    def action_deduct(self):
        return self._open_selection_wizard("deduct")

    def action_exclude(self):
        return self._open_selection_wizard("exclude")

    def action_passenger(self):
        return self._open_selection_wizard("passenger")

    def action_refund(self):
        return self._open_selection_wizard("refund")

    def action_refund_revoke(self):
        return self._open_selection_wizard("refund_revoke")

    def action_farm(self):
        """Which of the five treatments is asked on the page."""
        return self._open_selection_wizard("farm_own")

    def action_book(self):
        return self._open_selection_wizard("booking")

    def action_revoke(self):
        """Revoke the selection, whatever it was for."""
        purposes = {invoice.purpose for invoice in self}
        if len(purposes & {"exclude", "refund"}) and len(purposes) > 1:
            raise TaxServiceError(
                self.env._(
                    "Invoices selected for different purposes are mixed. Revoke them "
                    "one kind after the other (filter by purpose)."
                ),
                "mixed_purposes",
            )
        by_purpose = {"exclude": "exclude_revoke", "refund": "refund_revoke"}
        return self._open_selection_wizard(
            by_purpose.get(purposes.pop() if purposes else "", "deduct_revoke")
        )

    def action_certify(self):
        """Select these invoices, build the statistics table and sign it."""
        return self._open_selection_wizard("certify")

    def action_preselect(self):
        """Select for a tax period that is not open yet."""
        self.taxpayer_id._check_can("preselect")
        current = self.taxpayer_id[:1].current_period_id
        names = current and current._get_later_names()
        if not names:
            raise TaxServiceError(
                get_sentence(self.env, "preselect_period"), "preselect_period"
            )
        # The next one may be in another year, which has no cards yet.
        later = self.env["invoice.tax.period"]._get_or_create(
            self.taxpayer_id[:1], names[0]
        )
        if not later.is_future:
            later.is_future = True
        return self._open_selection_wizard(
            "preselect", later.name, later_period_id=later.id
        )

    def action_preselect_revoke(self):
        """Take back pre-selections that wait for their tax period."""
        names = set(filter(None, self.mapped("preselected_period")))
        if len(names) > 1:
            raise TaxServiceError(
                self.env._("Choose invoices pre-selected for one tax period."),
                "mixed_periods",
            )
        period = self.env["invoice.tax.period"].search(
            [
                ("taxpayer_id", "in", self.taxpayer_id.ids),
                ("name", "in", list(names)),
            ],
            limit=1,
        )
        return self._open_selection_wizard(
            "preselect_revoke", period.name, later_period_id=period.id
        )

    def action_confirm_refund(self):
        """Show the sums of what is selected for export refund, and ask."""
        self._check_one_taxpayer()
        return self.taxpayer_id.action_confirm_refund()

    def _open_selection_wizard(self, operation_type, period=None, **values):
        self._check_one_taxpayer()
        taxpayer = self.taxpayer_id
        taxpayer._check_can_operate(
            operation_type, period or taxpayer._get_period_for(operation_type)
        )
        wizard = self.env["invoice.tax.selection.wizard"].create(
            {
                "taxpayer_id": taxpayer.id,
                "operation_type": operation_type,
                "input_invoice_ids": self.ids,
                **values,
            }
        )
        return wizard._get_action()

    def _check_one_taxpayer(self):
        if len(self.taxpayer_id) != 1:
            raise TaxServiceError(
                self.env._("Choose invoices of one taxpayer."), "mixed_taxpayers"
            )
