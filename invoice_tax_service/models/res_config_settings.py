from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .workbook_import import KEPT_DAYS, KEPT_DAYS_PARAMETER

DISPATCHERS = 4


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    tax_service_dispatchers = fields.Integer(
        string="Dispatchers of the Tax Service",
        help="How many taxpayers are talked for at the same time, 1 to 4.",
    )
    tax_service_workbook_days = fields.Integer(
        string="Days for which Uploaded Workbooks Are Kept",
        default=KEPT_DAYS,
        help="Older files are deleted by themselves; 0 keeps them for good.",
    )

    is_hiding_tax_buttons = fields.Boolean(
        related="company_id.is_hiding_tax_buttons", readonly=False
    )

    @api.model
    def get_values(self):
        get_param = self.env["ir.config_parameter"].sudo().get_param
        return {
            **super().get_values(),
            "tax_service_workbook_days": int(get_param(KEPT_DAYS_PARAMETER, KEPT_DAYS)),
            "tax_service_dispatchers": len(self._get_dispatchers().filtered("active")),
        }

    def set_values(self):
        result = super().set_values()
        wanted = self.tax_service_dispatchers
        if self.tax_service_workbook_days < 0:
            raise ValidationError(self.env._("Enter 0 days or more."))
        # As text: 0 means something else than nothing.
        self.env["ir.config_parameter"].sudo().set_param(
            KEPT_DAYS_PARAMETER, str(self.tax_service_workbook_days)
        )
        if not 1 <= wanted <= DISPATCHERS:
            raise ValidationError(
                self.env._("Choose 1 to %(limit)s dispatchers.", limit=DISPATCHERS)
            )
        for position, cron in enumerate(self._get_dispatchers()):
            if cron.active != (position < wanted):
                cron.active = position < wanted
        return result

    @api.model
    def _get_dispatchers(self):
        return (
            self.env["ir.cron"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("model_id.model", "=", "invoice.tax.lane"),
                    ("code", "=", "model._cron_dispatch()"),
                ],
                order="id",
            )
        )
