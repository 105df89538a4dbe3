from odoo import models


class InvoiceTaxPeriod(models.Model):
    """Tax periods that are not open yet, and what happens to what waits for them."""

    _inherit = "invoice.tax.period"

    def _get_year_names(self):
        """The tax periods of the year of this one, by the filing frequency: months, or
        quarters by the name of their last month."""
        self.ensure_one()
        step = 3 if self.taxpayer_id.filing_frequency == "quarter" else 1
        return [f"{self.year}{month:02d}" for month in range(step, 13, step)]

    def _get_later_names(self):
        """Periods that are not open yet: the next one and the rest of the year.

        By the calendar of the taxpayer, not by the cards that are there: a month in
        which an export refund was confirmed has a card and need never open.
        """
        self.ensure_one()
        later = {name for name in self._get_year_names() if name > self.name}
        return sorted({*later, *filter(None, [self.next_period])})

    def _apply_bureau_data(self, data, table):
        result = super()._apply_bureau_data(data, table)
        self.env["invoice.tax.operation"]._settle_held(self.taxpayer_id, self.name)
        return result
