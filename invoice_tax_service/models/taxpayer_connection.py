from odoo import models

from ..exceptions import TaxServiceError
from .operation import OPEN_STATES


class InvoiceTaxTaxpayer(models.Model):
    """The change of a taxpayer's connection.

    What must never happen: a batch that goes on over a connection which the taxpayer
    has left. What is on its way stands against the change; what is held for a later
    tax period takes the connection of the day on which that opens.
    """

    _inherit = "invoice.tax.taxpayer"

    def _check_identity_kept(self, vals):
        result = super()._check_identity_kept(vals)
        if "connection_id" in vals:
            self._check_nothing_under_way(vals["connection_id"])
        return result

    def _check_nothing_under_way(self, connection_id):
        leaving = self.filtered(
            lambda taxpayer: taxpayer.connection_id.id not in (False, connection_id)
        )
        operation = (
            self.env["invoice.tax.operation"]
            .sudo()
            .search(
                [
                    ("taxpayer_id", "in", leaving.ids),
                    ("state", "in", OPEN_STATES),
                    ("is_held", "=", False),
                ],
                limit=1,
            )
        )
        if operation:
            raise TaxServiceError(
                self.env._(
                    "Batch %(number)s of taxpayer %(name)s is on its way over the "
                    "present connection. Wait for it, void or discard it, then change "
                    "the connection.",
                    number=operation.batch_number,
                    name=operation.taxpayer_id.name,
                ),
                "connection_in_use",
            )
