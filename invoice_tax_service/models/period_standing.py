from odoo import models

from ..tools.money import to_decimal
from .period_sums import SUMS


class InvoiceTaxPeriod(models.Model):
    """What a statistics table would hold if it were built now."""

    _inherit = "invoice.tax.period"

    def _get_standing(self):
        """By what is known here, to be compared; amounts as text in CNY."""
        sums = self._fetch_sums().get((self.taxpayer_id.id, self.name))
        values = dict(zip(SUMS, sums or (0,) * len(SUMS), strict=True))
        return {
            "period": self.name or "",
            "selected_count": values["selected_count"],
            "selected_vat": str(to_decimal(values["selected_vat"])),
            "excluded_count": values["excluded_count"],
            "excluded_vat": str(to_decimal(values["excluded_vat"])),
        }
