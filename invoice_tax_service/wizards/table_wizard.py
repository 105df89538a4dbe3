from odoo import api, fields, models

from ..exceptions import TaxServiceError
from ..models.words import FILINGS, get_sentence


class InvoiceTaxTableWizard(models.TransientModel):
    """Shows the sums of the statistics table once more and asks, before signing."""

    _name = "invoice.tax.table.wizard"
    _inherit = ["invoice.tax.shown.mixin", "invoice.tax.right.page"]
    _description = "Sign the Statistics Table"

    period_id = fields.Many2one("invoice.tax.period", required=True, readonly=True)
    taxpayer_id = fields.Many2one(related="period_id.taxpayer_id", related_sudo=False)
    environment = fields.Selection(related="period_id.environment", related_sudo=False)
    statistics_id = fields.Many2one(
        related="period_id.statistics_id", related_sudo=False
    )
    deduct_line_ids = fields.One2many(
        related="statistics_id.deduct_line_ids", related_sudo=False
    )
    exclude_line_ids = fields.One2many(
        related="statistics_id.exclude_line_ids", related_sudo=False
    )
    difference = fields.Char(related="statistics_id.difference", related_sudo=False)
    is_filing_known = fields.Boolean(
        related="period_id.is_filing_known", related_sudo=False
    )
    filing = fields.Selection(
        [*FILINGS, ("unsure", "Not Sure")],
        string="Is this tax period filed?",
        help="Asked because the bureau cannot tell yet.",
    )

    @api.constrains("period_id")
    def _check_readable(self):
        # Over RPC a wizard can be made for anything; its pages would show it.
        # Constraints run as superuser: ask as the user who is there.
        self.sudo(False).period_id.check_access("read")

    def _get_standing(self):
        return self.statistics_id._get_standing()

    def _get_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sign Confirmation"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            # Two tables with three amounts each stand side by side.
            "context": {"dialog_size": "extra-large"},
        }

    def action_sign(self):
        """Write the batch that signs, with the answer to the filing question where
        it was asked.

        ``unfinished`` signs; ``finished`` has the bureau refuse, take the selections
        back and open the next period; ``unsure`` sends nothing (manual 001, 1.8).
        """
        self.ensure_one()
        self.taxpayer_id._check_can_operate("sign", self.period_id.name)
        moved = self._get_moved_page()
        if moved:
            return moved
        if self.is_filing_known:
            return self.period_id._operate("sign", shown=self.shown)
        if not self.filing:
            raise TaxServiceError(
                get_sentence(self.env, "filing_unknown"), "filing_unknown"
            )
        if self.filing == "unsure":
            return self._get_unsure_notification()
        return self.period_id._operate("sign", filing=self.filing, shown=self.shown)

    def _get_unsure_notification(self):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "message": self.env._(
                    "Nothing was sent. Find out first whether tax period %(period)s is "
                    "filed, then sign.",
                    period=self.period_id.name,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
