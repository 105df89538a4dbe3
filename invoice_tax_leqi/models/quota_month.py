from odoo import models
from odoo.tools import format_date, formatLang


class InvoiceTaxQuota(models.Model):
    """The quota of the running month, on the card of the month."""

    _inherit = "invoice.tax.quota"

    def _get_month_bar(self):
        """The bar of the quota and what is to be said of it, as the card shows it."""
        parts = self._get_usage_parts()
        total = sum(max(amount, 0) for _label, amount, _style in parts)
        notes = (
            self._get_suspended_note(),
            self._get_low_note(),
            self._get_validity_note(),
        )
        return {
            "free": formatLang(self.env, float(self._get_free()), digits=2),
            "monthly": formatLang(self.env, self.monthly_quota, digits=2),
            "valid_to": self.valid_to and format_date(self.env, self.valid_to),
            "notes": [note for note in notes if note],
            "parts": [
                {
                    "title": f"{label} {self._format(amount)}",
                    "style": style,
                    "share": float(round(amount * 100 / total, 2)),
                }
                for label, amount, style in parts
                if amount > 0
            ],
        }
