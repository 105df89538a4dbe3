from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .tax_license import LOCK_DAYS, LOCK_PARAMETER

LONGEST_LOCK = 3650


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    tax_license_lock_days = fields.Integer(
        string="Lock after a Cancelled Tax Licence (Days)",
        config_parameter=LOCK_PARAMETER,
        default=LOCK_DAYS,
        help="For so many days a cancelled tax number cannot be authorised again.",
    )

    @api.constrains("tax_license_lock_days")
    def _check_tax_license_lock_days(self):
        for settings in self:
            if not 1 <= settings.tax_license_lock_days <= LONGEST_LOCK:
                raise ValidationError(
                    self.env._(
                        "The lock lasts 1 to %(limit)s days.", limit=LONGEST_LOCK
                    )
                )
