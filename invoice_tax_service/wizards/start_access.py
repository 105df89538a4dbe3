from odoo import fields, models

from ..exceptions import TaxServiceError


class InvoiceTaxStart(models.TransientModel):
    """What the system administrator alone enters: where the connection leads, and its
    key. It is written to the connection and not kept here.

    What must never happen: any of it on the page of one who is no administrator; the
    key read back by anybody.
    """

    _inherit = "invoice.tax.start"

    address = fields.Char(
        related="kept_connection_id.address", readonly=False, groups="base.group_system"
    )
    platform_number = fields.Char(
        related="kept_connection_id.platform_number",
        readonly=False,
        groups="base.group_system",
    )
    encryption_key = fields.Char(
        compute="_compute_encryption_key",
        inverse="_inverse_encryption_key",
        groups="base.group_system",
        exportable=False,
    )

    def _compute_encryption_key(self):
        self.encryption_key = False

    def _inverse_encryption_key(self):
        for page in self.filtered("encryption_key"):
            page.kept_connection_id.encryption_key = page.encryption_key

    def action_keep_access(self):
        """What was entered stands at the connection by now: go on."""
        self.ensure_one()
        self._check_can_keep()
        if self.step == "address":
            raise TaxServiceError(
                self.env._("Enter the address of the platform."), "address_missing"
            )
        return self._get_action()
