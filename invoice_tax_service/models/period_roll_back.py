from odoo import api, fields, models

# All four must hold (manual 001, 1.9).
CONDITIONS = (
    "is_not_confirmed_since",
    "is_not_filed_before",
    "is_jump_by_answer",
    "is_in_filing_window",
)


class InvoiceTaxPeriod(models.Model):
    """Roll-back to the period before, when "filed" was answered by mistake.

    The bureau tells the four conditions with the period; each is shown as met or
    not, and the button is there only when all are.
    """

    _inherit = "invoice.tax.period"

    roll_back_to = fields.Char(readonly=True, help="yyyyMM; empty: there was no jump.")
    is_not_confirmed_since = fields.Boolean(
        readonly=True, string="Nothing confirmed since the jump"
    )
    is_not_filed_before = fields.Boolean(
        readonly=True, string="The bureau says: not filed"
    )
    is_jump_by_answer = fields.Boolean(
        readonly=True, string="The jump came from the answer “filed”"
    )
    is_in_filing_window = fields.Boolean(
        readonly=True, string="The filing window is open"
    )
    can_roll_back = fields.Boolean(compute="_compute_can_roll_back")

    @api.depends("is_current", "roll_back_to", *CONDITIONS)
    def _compute_can_roll_back(self):
        # Without the right of the user, as with the other buttons.
        for period in self.sudo():
            period.can_roll_back = bool(
                period.is_current and period.roll_back_to
            ) and not period.taxpayer_id._get_cannot_operate_reason(
                "roll_back", period.roll_back_to
            )

    def _may_roll_back(self):
        return bool(self.roll_back_to) and all(self[name] for name in CONDITIONS)

    @api.model
    def _get_roll_back_values(self, roll_back):
        """:param roll_back: ``gateway.messages.RollBack`` or None"""
        if not roll_back:
            return {"roll_back_to": False, **dict.fromkeys(CONDITIONS, False)}
        return {
            "roll_back_to": roll_back.period or False,
            "is_not_confirmed_since": roll_back.not_confirmed,
            "is_not_filed_before": roll_back.not_filed,
            "is_jump_by_answer": roll_back.by_answer,
            "is_in_filing_window": roll_back.in_window,
        }

    def action_roll_back(self):
        """Show both periods and the four conditions, and ask, before going back."""
        self.ensure_one()
        self.taxpayer_id._check_can_operate("roll_back", self.roll_back_to)
        wizard = self.env["invoice.tax.roll.back"].create({"period_id": self.id})
        return wizard._get_action()
