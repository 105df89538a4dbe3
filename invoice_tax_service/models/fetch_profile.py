from odoo import models

from ..gateway.errors import RefusedError


class InvoiceTaxFetch(models.Model):
    """The credit level history is read with the profile (features, C13)."""

    _inherit = "invoice.tax.fetch"

    def _read_taxpayer(self, client):
        # EXTENDS 'invoice.tax.fetch'
        super()._read_taxpayer(client)
        levels = self.env["invoice.tax.credit.level"]
        try:
            history = client.fetch_credit_history()
        except RefusedError:
            # This channel keeps none: what the profile has shown is all there is.
            self._settle(levels._note, self.taxpayer_id)
            return
        self._settle(levels._replace, self.taxpayer_id, history)
