import contextlib

from odoo import fields, models
from odoo.exceptions import ConcurrencyError

from ..gateway.entitlement import CHANNEL

LICENSE_KINDS = [
    ("formal", "Formal Licence"),
    ("temporary", "Temporary Licence"),
    ("none", "No Licence File"),
]


def is_serial_needed(license_kind, is_idc):
    """The six cases of the manual: only a formal licence outside an IDC does without
    a product serial number."""
    return license_kind != "formal" or is_idc


class ResCompany(models.Model):
    """What the licences of a company's taxpayers have in common.

    A branch is a company like any other here: connection, serial numbers and kind of
    licence are its own, and a refusal names the company that lacks them.
    """

    _inherit = "res.company"

    tax_license_kind = fields.Selection(
        LICENSE_KINDS, default="formal", required=True, string="Kind of Tax Licence"
    )
    is_tax_license_idc = fields.Boolean(
        string="Tax Licence in an IDC",
        help="Odoo runs in a data centre (IDC) of the company.",
    )

    def _is_serial_needed(self):
        self.ensure_one()
        return is_serial_needed(self.tax_license_kind, self.is_tax_license_idc)

    def _get_license_serial(self, group):
        self.ensure_one()
        serials = self.env["invoice.tax.license.serial"].sudo()
        return serials.search(
            [("company_id", "=", self.id), ("group_id", "=", group.id)]
        ).serial

    def _get_entitlement_connections(self):
        """The connections of these companies to the entitlement platform."""
        return (
            self.env["invoice.tax.connection"]
            .sudo()
            .search(
                [("company_id", "in", self.ids), ("channel", "=", CHANNEL)],
                order="company_id, id",
            )
        )

    def _ask_entitlements(self, now=False):
        """Have the platform read for these companies, each once at a time.

        :param bool now: a person asks for it: pauses of the lines are lifted
        """
        requests = self.env["invoice.tax.license.request"].sudo()
        for connection in self._get_entitlement_connections():
            asked = requests.search(
                [
                    ("lane_id.connection_id", "=", connection.id),
                    ("kind", "=", "customer"),
                    ("step", "!=", "done"),
                ]
            )
            lane = connection._find_reading_lane()
            if now:
                lane = asked.lane_id[:1] or lane
                lane.filtered(lambda one: not one._is_open()).action_resume()
            # One that waits on a stopped line would be waited for in vain.
            is_waiting = not all(asked.lane_id.mapped("is_stopped"))
            if lane and lane not in asked.lane_id and not is_waiting:
                with contextlib.suppress(ConcurrencyError):
                    requests._create_for_customer(lane)
        self.env["invoice.tax.lane"]._wake()
