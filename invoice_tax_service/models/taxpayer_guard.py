from odoo import api, models

from ..exceptions import TaxServiceError
from ..tools import tax_number as tax_numbers

# Read back from the bureau; nobody else writes it.
READ_BACK = (
    "bureau_name",
    "credit_level",
    "authority",
    "registration_code",
    "is_at_risk",
    "profile_synced_at",
    "staff_saved_at",
)


class InvoiceTaxTaxpayer(models.Model):
    """What people cannot change on a taxpayer, over RPC neither: what is read back
    from the bureau, and the environment once something was said in it.

    What must never happen: invoices, periods and signatures of a trial beside real
    ones under one taxpayer; invoices of another buyer (:meth:`_is_buyer`).
    """

    _inherit = "invoice.tax.taxpayer"

    @api.model_create_multi
    def create(self, vals_list):
        taxpayers = super().create(vals_list)
        # Looked at afterwards: defaults of the caller count, too.
        if not self.env.su and any(
            taxpayer[name] for taxpayer in taxpayers for name in READ_BACK
        ):
            self._refuse_read_back()
        return taxpayers

    def write(self, vals):
        if not self.env.su and any(name in vals for name in READ_BACK):
            self._refuse_read_back()
        if vals.get("connection_id"):
            self._check_environment_kept(vals["connection_id"])
        return super().write(vals)

    @api.model
    def _refuse_read_back(self):
        raise TaxServiceError(
            self.env._(
                "What the tax bureau says of a taxpayer cannot be changed here; fetch "
                "from the bureau."
            ),
            "readonly",
        )

    def _check_environment_kept(self, connection_id):
        connection = self.env["invoice.tax.connection"].sudo().browse(connection_id)
        for taxpayer in self.sudo():
            lanes = taxpayer.lane_ids.filtered(
                lambda lane: lane.environment != connection.environment
            )
            if lanes and lanes._are_used():
                raise TaxServiceError(
                    self.env._(
                        "Taxpayer %(name)s was read in another environment than that "
                        "of connection %(connection)s, and a trial is not turned into "
                        "production. Archive it, and add the taxpayer anew with that "
                        "connection.",
                        name=taxpayer.name,
                        connection=connection.name,
                    ),
                    "taxpayer_in_use",
                )

    def _is_buyer(self, data):
        """Whether an invoice is this taxpayer's: a buyer that is not told, as that of
        a branch or a person may be, stands against nothing.

        :param gateway.messages.InvoiceData data:
        """
        self.ensure_one()
        buyer = tax_numbers.normalize(data.buyer_tax_number)
        return not buyer or tax_numbers.is_same(buyer, self.tax_number)
