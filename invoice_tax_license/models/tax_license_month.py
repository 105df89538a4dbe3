from odoo import models
from odoo.tools import format_date

from .tax_license_gate import WARN_DAYS


class InvoiceTaxLicense(models.Model):
    """How a licence stands, on the card of the month."""

    _inherit = "invoice.tax.license"

    def _is_usable_now(self):
        """Asked for many at once: who is not authorised needs no reason, which would
        be fetched one by one."""
        return self.auth_state == "authorised" and not self._get_unusable_reason()

    def _get_month_row(self):
        """How this licence stands, as the card of the month shows it."""
        states = dict(self._fields["auth_state"]._description_selection(self.env))
        is_usable = self._is_usable_now()
        left = (
            (self.valid_to - self.taxpayer_id._get_today()).days
            if self.valid_to
            else WARN_DAYS + 1
        )
        return {
            "name": self.group_id.name,
            "state": states[self.auth_state],
            "is_authorised": self.auth_state == "authorised",
            "end": self.valid_to and format_date(self.env, self.valid_to),
            "days": left,
            "is_trouble": not is_usable,
            "is_ending": is_usable and left <= WARN_DAYS,
        }
