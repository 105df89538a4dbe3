from odoo import api, fields, models
from odoo.exceptions import ValidationError

DISPATCHERS = 4


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    tax_service_dispatchers = fields.Integer(
        string="Dispatchers of the Tax Service",
        help="How many taxpayers are talked for at the same time, 1 to 4.",
    )

    @api.model
    def get_values(self):
        return {
            **super().get_values(),
            "tax_service_dispatchers": len(self._get_dispatchers().filtered("active")),
        }

    def set_values(self):
        result = super().set_values()
        wanted = self.tax_service_dispatchers
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
