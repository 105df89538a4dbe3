from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..exceptions import TaxServiceError
from ..gateway import bureau
from ..gateway.errors import CredentialError
from ..gateway.messages import Credentials
from ..gateway.transport import check_address
from .words import get_channels

ENVIRONMENTS = [
    ("simulated", "Simulated"),
    ("test", "Test"),
    ("production", "Production"),
]
# Where what is said over a connection goes, and for whom.
PLACE = ("environment", "address", "company_id", "channel")
# What a line cannot do without: its passwords and taxpayer are of there.
PLACE_OF_LINES = ("company_id", "channel")


class InvoiceTaxConnection(models.Model):
    """How one company reaches the tax bureau: channel, address, credentials.

    Entry point: :meth:`_open_client`, used by the lane only. A new connection is
    in the simulated environment; nothing leaves the machine until a system
    administrator has chosen another one. Secrets are readable by the system
    group only and never leave through logs, exports or the client.

    What must never happen: a connection over which something was said leads
    somewhere else from then on. What was read there and what waits would be taken
    for real, or the real for a trial.
    """

    _name = "invoice.tax.connection"
    _inherit = ["invoice.tax.secret.mixin"]
    _description = "Connection to the Tax Bureau"
    _order = "company_id, name"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    channel = fields.Selection(
        selection=lambda self: self._get_channels(), required=True, default="leqi"
    )
    environment = fields.Selection(
        ENVIRONMENTS,
        required=True,
        default="simulated",
        copy=False,
        help="Chosen by the system administrator, and fixed as soon as anything was "
        "said over the connection: a trial does not become production, a new "
        "connection does.",
    )
    is_fixed = fields.Boolean(compute="_compute_is_fixed")
    is_address_fixed = fields.Boolean(compute="_compute_is_fixed")
    address = fields.Char(
        groups="base.group_system",
        help="Base address of the platform. Plain http only to this machine.",
    )
    platform_number = fields.Char(
        groups="base.group_system", help="Leqi: number of the connecting entity."
    )
    using_number = fields.Char(
        groups="base.group_system", help="Leqi: number of the using entity."
    )
    use_case = fields.Char(groups="base.group_system")
    encryption_key = fields.Char(
        groups="base.group_system",
        copy=False,
        exportable=False,
        help="Leqi: SM4 key, 32 hexadecimal characters.",
    )
    bite_size = fields.Integer(
        default=100, required=True, help="Invoices in one request, 100 at most."
    )
    poll_interval = fields.Float(
        default=2.0,
        required=True,
        help="Seconds to the first question whether a request is done.",
    )
    read_timeout = fields.Float(
        default=30.0, required=True, help="Seconds to wait for an answer."
    )
    lane_ids = fields.One2many("invoice.tax.lane", "connection_id")

    _bite_size_range = models.Constraint(
        "CHECK (bite_size BETWEEN 1 AND 100)",
        "A request holds 1 to 100 invoices.",
    )
    _poll_interval_positive = models.Constraint(
        "CHECK (poll_interval >= 0 AND read_timeout > 0)",
        "The poll interval and the timeout are positive.",
    )

    @api.model
    def _get_secret_fields(self):
        return super()._get_secret_fields() | {"encryption_key"}

    @api.model
    def _get_channels(self):
        return get_channels(self.env, bureau.get_channels())

    @api.constrains("address", "environment")
    def _check_address(self):
        for connection in self.sudo():
            if not connection.address:
                continue
            try:
                check_address(
                    connection.address.strip().rstrip("/"), connection._is_https_only()
                )
            except CredentialError as error:
                raise ValidationError(
                    self.env._(
                        "The address of connection %(name)s must begin with https://; "
                        "plain http:// is allowed to this machine only, and never in "
                        "production.",
                        name=connection.name,
                    )
                ) from error

    def _is_https_only(self):
        """Whether not even this machine may be talked to over plain http."""
        return self.environment == "production"

    @api.depends_context("uid")
    def _compute_is_fixed(self):
        """Whether the user sees that it leads where it leads."""
        is_system = self.env.is_system()
        for connection in self:
            lanes = connection._origin.sudo().lane_ids
            connection.is_fixed = bool(connection._origin) and (
                not is_system or lanes._are_used()
            )
            connection.is_address_fixed = lanes._were_answered()

    @api.model_create_multi
    def create(self, vals_list):
        connections = super().create(vals_list)
        # Looked at afterwards: defaults of the caller count, too.
        if not self.env.is_system():
            for connection in connections.sudo():
                if connection.environment != "simulated" or connection.address:
                    self._refuse_place(connection)
        return connections

    def write(self, vals):
        self._check_place_kept(vals)
        return super().write(vals)

    def _check_place_kept(self, vals):
        for connection in self.sudo():
            moved = {
                name
                for name in PLACE
                if name in vals and connection._has_other(name, vals[name])
            }
            if not moved:
                continue
            if not self.env.is_system():
                self._refuse_place(connection)
            if connection._is_kept(moved):
                raise TaxServiceError(
                    self.env._(
                        "Connection %(name)s is in use, so its environment, address, "
                        "channel and company stay: what was read and what waits is of "
                        "there. A trial is not turned into production. Make a new "
                        "connection for it.",
                        name=connection.name,
                    ),
                    "connection_in_use",
                )

    def _is_kept(self, moved):
        """Whether one of these fields must stay what it is.

        :param set moved: names of PLACE
        """
        lanes = self.lane_ids
        return bool(
            (lanes and moved & set(PLACE_OF_LINES))
            or ("environment" in moved and lanes._are_used())
            or ("address" in moved and lanes._were_answered())
        )

    def _has_other(self, name, value):
        """Whether this field holds another value than this one."""
        if self._fields[name].type == "many2one":
            return self[name].id != (value or False)
        return (self[name] or False) != (value or False)

    def _refuse_place(self, connection):
        raise TaxServiceError(
            self.env._(
                "Where connection %(name)s leads (environment, address, channel and "
                "company) is decided by the system administrator. Ask there.",
                name=connection.name,
            ),
            "no_right",
        )

    def action_check_environment(self):
        """Check what is right on the way to the bureau, and show it; the login is that
        of the first taxpayer of the connection."""
        self.ensure_one()
        self.check_access("read")
        self.company_id._check_tax_right("check_connection")
        lanes = self.sudo(False).lane_ids.filtered(
            lambda lane: lane.taxpayer_id.connection_id == self
        )
        return self.env["invoice.tax.environment.check"]._check(self, lanes[:1])

    def _open_client(self, lane, session, exchange=None, **passwords):
        """A client for one taxpayer; use it as a context manager.

        :param lane: whose passwords are used
        :param gateway.messages.Session session: login state, changed in place
        :param callable exchange: gets a masked record of each request
        :param passwords: to be tried in place of those of the lane
        """
        client_class = bureau.get_client_class(self.channel)
        return client_class(
            self._get_credentials(lane, **passwords),
            lane.taxpayer_id.tax_number,
            session,
            exchange=exchange,
        )

    def _get_credentials(self, lane, **passwords):
        """:rtype: gateway.messages.Credentials"""
        self.ensure_one()
        connection = self.sudo()
        kept = {
            "certificate_password": lane.sudo().certificate_password or "",
            "platform_password": lane.sudo().platform_password or "",
        }
        return Credentials(
            address=connection.address or "",
            platform_number=connection.platform_number or "",
            using_number=connection.using_number or connection.platform_number or "",
            encryption_key=connection.encryption_key or "",
            use_case=connection.use_case or "",
            sandbox=connection.environment == "test",
            read_timeout=connection.read_timeout,
            https_only=connection._is_https_only(),
            **kept | passwords,
        )

    def _get_capabilities(self):
        """:rtype: gateway.messages.Capabilities"""
        self.ensure_one()
        return bureau.get_client_class(self.channel).capabilities
