import contextlib

from odoo import models

from ..gateway.client import LeqiIssuingClient

# Channel → the client for all that issuing needs.
ISSUING_CLIENTS = {LeqiIssuingClient.channel: LeqiIssuingClient}


class InvoiceTaxConnection(models.Model):
    """Over a channel that issues, each conversation brings the client for that.

    Tasks of this addon find it as ``client.issuing``; None where the channel cannot.
    """

    _inherit = "invoice.tax.connection"

    def _can_issue(self):
        """Whether invoices are issued over this channel."""
        return self.channel in ISSUING_CLIENTS

    def _open_client(self, lane, session, exchange=None, **passwords):
        # EXTENDS 'invoice_tax_service'
        client = super()._open_client(lane, session, exchange, **passwords)
        client.issuing = None
        if not self._can_issue():
            return client
        issuing = ISSUING_CLIENTS[self.channel](
            self._get_credentials(lane, **passwords),
            lane.taxpayer_id.tax_number,
            exchange=exchange,
        )
        return _together(client, issuing)


@contextlib.contextmanager
def _together(client, issuing):
    with client, issuing:
        client.issuing = issuing
        yield client
