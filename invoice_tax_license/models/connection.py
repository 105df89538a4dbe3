from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..gateway.entitlement import CHANNEL, Credentials, EntitlementClient


class InvoiceTaxConnection(models.Model):
    """The entitlement platform is one more platform that a company is connected to;
    its lanes are those of the tasks of the licences, not of the tax bureau."""

    _inherit = "invoice.tax.connection"

    customer_number = fields.Char(
        groups="base.group_system",
        help="Number of the customer at the entitlement platform.",
    )
    entitlement_secret = fields.Char(
        groups="base.group_system",
        copy=False,
        exportable=False,
        help="With it each call to the entitlement platform is signed.",
    )

    @api.model
    def _get_secret_fields(self):
        # EXTENDS 'invoice_tax_service'
        return super()._get_secret_fields() | {"entitlement_secret"}

    @api.model_create_multi
    def create(self, vals_list):
        connections = super().create(vals_list)
        connections._ensure_lanes()
        return connections

    @api.constrains("channel", "company_id", "active")
    def _check_one_platform(self):
        for connection in self.filtered(
            lambda one: one.active and one.channel == CHANNEL
        ):
            others = [
                ("id", "!=", connection.id),
                ("company_id", "=", connection.company_id.id),
                ("channel", "=", CHANNEL),
                ("active", "=", True),
            ]
            if self.sudo().search_count(others, limit=1):
                raise ValidationError(
                    self.env._(
                        "%(company)s has a connection to the entitlement platform "
                        "already. Archive that one first.",
                        company=connection.company_id.name,
                    )
                )

    def _find_reading_lane(self):
        """A lane on which the platform is asked about the whole customer: an open one,
        if there is any. None without taxpayers."""
        self.ensure_one()
        # A taxpayer may have come from another company meanwhile.
        self._ensure_lanes()
        lanes = self.sudo().lane_ids.filtered("taxpayer_id.active")
        return lanes.sorted(lambda lane: (not lane._is_open(), lane.id))[:1]

    def _ensure_lanes(self, taxpayers=None):
        """A lane to the platform for each taxpayer, made beforehand: two who need it
        at the same time would both make it.

        :param taxpayers: of all companies; none given: all there are
        """
        lanes = self.env["invoice.tax.lane"].sudo()
        if taxpayers is None:
            taxpayers = self.env["invoice.tax.taxpayer"].sudo()
            taxpayers = taxpayers.with_context(active_test=False).search(
                [("company_id", "in", self.company_id.ids)]
            )
        for connection in self.sudo().filtered(lambda one: one.channel == CHANNEL):
            served = taxpayers.filtered(
                lambda one, company=connection.company_id: one.company_id == company
            )
            lanes.create(
                [
                    {"taxpayer_id": taxpayer.id, "connection_id": connection.id}
                    for taxpayer in served
                    if connection not in taxpayer.sudo().lane_ids.connection_id
                ]
            )

    @api.model
    def _get_channels(self):
        # EXTENDS 'invoice_tax_service'
        return [*super()._get_channels(), (CHANNEL, self.env._("Entitlement Platform"))]

    def _open_client(self, lane, session, exchange=None, **passwords):
        # EXTENDS 'invoice_tax_service'
        if self.channel != CHANNEL:
            return super()._open_client(lane, session, exchange, **passwords)
        connection = self.sudo()
        credentials = Credentials(
            address=connection.address or "",
            customer=connection.customer_number or "",
            secret=connection.entitlement_secret or "",
            read_timeout=connection.read_timeout,
            https_only=connection._is_https_only(),
        )
        return EntitlementClient(credentials, exchange=exchange)

    def _get_capabilities(self):
        # EXTENDS 'invoice_tax_service'
        if self.channel != CHANNEL:
            return super()._get_capabilities()
        return EntitlementClient.capabilities

    def action_check_environment(self):
        # EXTENDS 'invoice_tax_service'
        self.ensure_one()
        if self.channel != CHANNEL:
            return super().action_check_environment()
        return (
            self.env["invoice.tax.license"]
            .search([("company_id", "=", self.company_id.id)])
            .action_read_back()
        )
