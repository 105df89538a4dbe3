from odoo import api, fields, models

from ..exceptions import TaxServiceError
from ..gateway.operation_kinds import FARM_OPERATIONS, KINDS
from ..models.words import (
    NON_DEDUCTION_REASONS,
    OPERATION_TYPES,
    get_advice,
    get_reason,
    get_sentence,
)
from ..tools.money import AMOUNT_DIGITS, to_decimal
from ..tools.selection_plan import OTHER_REASON, REASON_TEXT_LENGTH

FARM_KINDS = [pair for pair in OPERATION_TYPES if pair[0] in FARM_OPERATIONS]


class InvoiceTaxSelectionWizard(models.TransientModel):
    """What is sent and what is not, and why, before anything happens.

    Opened by the buttons on input invoices; :meth:`action_submit` writes the batch.
    """

    _name = "invoice.tax.selection.wizard"
    _inherit = ["invoice.tax.shown.mixin", "invoice.tax.right.page"]
    _description = "Submit Input Invoices to the Tax Bureau"

    taxpayer_id = fields.Many2one("invoice.tax.taxpayer", required=True, readonly=True)
    environment = fields.Selection(
        related="taxpayer_id.environment", related_sudo=False
    )
    operation_type = fields.Selection(OPERATION_TYPES, required=True, readonly=True)
    effect = fields.Char(compute="_compute_kind")
    bound_to = fields.Char(compute="_compute_kind")
    # Of the day the page opens: what it shows is what is sent.
    period = fields.Char(
        compute="_compute_period",
        compute_sudo=False,
        store=True,
        string="Deduction Tax Period",
    )
    farm_kind = fields.Selection(
        FARM_KINDS, default="farm_own", string="Farm Product Treatment"
    )
    farm_amount = fields.Float(
        string="Own-grown Part",
        digits=AMOUNT_DIGITS,
        help="The part of the net amount that the seller grew.",
    )
    booked_on = fields.Date(default=lambda self: self._default_booked_on())
    deadline = fields.Date(
        related="taxpayer_id.current_period_id.deadline", related_sudo=False
    )
    input_invoice_ids = fields.Many2many("invoice.tax.input.invoice", readonly=True)
    reason = fields.Selection(NON_DEDUCTION_REASONS, string="Non-deduction Reason")
    reason_text = fields.Char(string="Explanation", size=REASON_TEXT_LENGTH)
    line_ids = fields.One2many(
        "invoice.tax.selection.wizard.line",
        "wizard_id",
        compute="_compute_plan",
        compute_sudo=False,
        store=True,
    )
    good_count = fields.Integer(compute="_compute_plan", compute_sudo=False, store=True)
    refused_count = fields.Integer(
        compute="_compute_plan", compute_sudo=False, store=True
    )
    net_amount = fields.Float(
        digits=AMOUNT_DIGITS, compute="_compute_plan", compute_sudo=False, store=True
    )
    creditable_vat = fields.Float(
        string="Creditable VAT",
        digits=AMOUNT_DIGITS,
        compute="_compute_plan",
        compute_sudo=False,
        store=True,
    )

    @api.constrains("taxpayer_id", "input_invoice_ids")
    def _check_readable(self):
        # Over RPC a wizard can be made for anything; its pages would show it.
        # Constraints run as superuser: ask as the user who is there.
        wizards = self.sudo(False)
        wizards.taxpayer_id.check_access("read")
        wizards.input_invoice_ids.check_access("read")

    @api.model
    def _default_booked_on(self):
        return self.env["invoice.tax.taxpayer"]._get_today()

    @api.depends("operation_type")
    def _compute_kind(self):
        for wizard in self:
            kind = KINDS.get(wizard.operation_type)
            wizard.effect = kind and kind.effect
            wizard.bound_to = kind and kind.bound_to

    @api.depends("operation_type", "taxpayer_id")
    def _compute_period(self):
        for wizard in self:
            kind = KINDS.get(wizard.operation_type)
            wizard.period = kind and wizard.taxpayer_id._get_period_for(kind.key)

    def _get_operation_type(self):
        """What is sent: of farm products one of the five."""
        if KINDS[self.operation_type].effect == "farm":
            return self.farm_kind
        return self.operation_type

    @api.depends(
        "operation_type",
        "input_invoice_ids",
        "reason",
        "reason_text",
        "farm_kind",
        "farm_amount",
        "booked_on",
    )
    def _compute_plan(self):
        for wizard in self:
            rows = wizard._get_plan()
            good = [row for row in rows if not row.refusal]
            wizard.good_count = len(good)
            wizard.refused_count = len(rows) - len(good)
            wizard.net_amount = sum(row.facts.net_amount for row in good)
            wizard.creditable_vat = sum(row.creditable_vat for row in good)
            wizard.line_ids = [
                fields.Command.clear(),
                *(
                    fields.Command.create(values)
                    for values in wizard._get_refusal_lines(rows)
                ),
            ]

    def _get_standing(self):
        return self.env["invoice.tax.operation"]._get_standing(
            self.taxpayer_id, self.operation_type
        )

    def _get_period(self):
        """Deduction tax period of what is sent, ``yyyyMM``."""
        return self.period

    def _get_plan(self):
        # A missing reason is asked for on this page, so it is no refusal yet.
        reason = self.reason or (self.operation_type == "exclude" and "1") or ""
        text = self.reason_text or (reason == OTHER_REASON and "?") or ""
        return self.env["invoice.tax.operation"]._plan_selection(
            self.taxpayer_id,
            self._get_operation_type(),
            self._get_period(),
            self.input_invoice_ids._get_wishes(
                reason=reason,
                reason_text=text,
                farm_amount=to_decimal(self.farm_amount),
                booked_on=self.booked_on or None,
            ),
        )

    def _get_refusal_lines(self, rows):
        """One line per reason, with the first invoices named."""
        by_code = {}
        for row in rows:
            if row.refusal:
                by_code.setdefault(row.refusal, []).append(row.wish.number)
        return [
            {
                "result_code": code,
                "reason": get_reason(self.env, code),
                "advice": get_advice(self.env, code),
                "invoice_count": len(numbers),
                "numbers": ", ".join(numbers[:3]) + ("…" if len(numbers) > 3 else ""),
            }
            for code, numbers in sorted(by_code.items(), key=lambda item: -len(item[1]))
        ]

    def _get_action(self):
        self.ensure_one()
        labels = dict(self._fields["operation_type"]._description_selection(self.env))
        name = labels[self.operation_type]
        if KINDS[self.operation_type].effect == "farm":
            name = self.env._("Treat Farm Products")
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_submit(self):
        """Write the batch of what can be sent."""
        self.ensure_one()
        # Before it is planned, so that a period which has moved is called that.
        self.taxpayer_id._check_can_operate(
            self._get_operation_type(), self._get_period()
        )
        moved = self._get_moved_page()
        if moved:
            return moved
        if self.operation_type == "exclude":
            self._check_reason()
        if self._get_operation_type() == "farm_mixed":
            self._check_one_invoice()
        # Planned again: between the look and the click the world may have moved.
        rows = [row for row in self._get_plan() if not row.refusal]
        if not rows:
            raise TaxServiceError(
                get_sentence(self.env, "nothing_to_send"), "nothing_to_send"
            )
        operation = self.env["invoice.tax.operation"]._submit_selection(
            self.taxpayer_id,
            self._get_operation_type(),
            self._get_period(),
            rows,
            "manual",
            **({"shown": self.shown} if self.shown else {}),
        )
        return operation._get_sent_notification()

    def _check_one_invoice(self):
        if len(self.input_invoice_ids) > 1:
            raise TaxServiceError(
                self.env._(
                    "The own-grown part belongs to one invoice. Treat such invoices "
                    "one by one."
                ),
                "farm_one_by_one",
            )

    def _check_reason(self):
        if not self.reason:
            raise TaxServiceError(
                get_sentence(self.env, "reason_missing"), "reason_missing"
            )
        if self.reason == OTHER_REASON and not (self.reason_text or "").strip():
            raise TaxServiceError(
                get_sentence(self.env, "reason_text_missing"), "reason_text_missing"
            )
