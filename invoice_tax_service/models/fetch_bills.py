import logging

from odoo import models

_logger = logging.getLogger(__name__)


class InvoiceTaxFetch(models.Model):
    """Looks for the vendor bills of the pool once it is read, and raises the alarm
    on bills whose invoice is no longer sound.

    What must never happen: a reading taken for failed because of a bill.
    """

    _inherit = "invoice.tax.fetch"

    def _read_pages(self, client):
        result = super()._read_pages(client)
        if self.state == "success":
            self._look_at_bills()
        return result

    def _look_at_bills(self):
        invoices = self.env["invoice.tax.input.invoice"]
        try:
            self._settle(invoices._match_bills, self.taxpayer_id)
            self._settle(invoices._raise_alarms, self.taxpayer_id)
        except Exception:  # noqa: BLE001 - the reading is done, whatever the bills say
            self.env.cr.rollback()
            _logger.exception("Vendor bills of %s", self.taxpayer_id)
