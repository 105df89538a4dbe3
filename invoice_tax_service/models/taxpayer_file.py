from odoo import api, fields, models

from ..exceptions import TaxServiceError
from ..gateway.errors import CredentialError, GatewayError
from ..gateway.messages import Session, Staff
from .words import get_sentence

STAFF = {
    "staff_name": "name",
    "staff_phone": "phone",
    "staff_email": "email",
    "staff_address": "address",
    "staff_postcode": "postcode",
}


class InvoiceTaxTaxpayer(models.Model):
    """档案信息维护 (manual 001, 1.12): staff, passwords, credit levels, and the
    check of the environment.

    Staff is kept here and, where the channel has it, saved at the bureau when a
    manager says so.
    """

    _inherit = "invoice.tax.taxpayer"

    staff_name = fields.Char(string="Tax Staff")
    staff_phone = fields.Char()
    staff_email = fields.Char()
    staff_address = fields.Char()
    staff_postcode = fields.Char()
    staff_saved_at = fields.Datetime(
        readonly=True, copy=False, string="Same at the Bureau Since"
    )
    credit_level_ids = fields.One2many(
        "invoice.tax.credit.level", "taxpayer_id", string="Credit Level History"
    )
    has_passwords = fields.Boolean(compute="_compute_has_passwords")
    has_staff = fields.Boolean(compute="_compute_has_passwords")
    is_password_pending = fields.Boolean(compute="_compute_has_passwords")

    @api.depends("lane_id.connection_id.channel", "lane_id.pending_kind")
    def _compute_has_passwords(self):
        for taxpayer in self:
            taxpayer.has_passwords = taxpayer.lane_id.has_passwords
            taxpayer.has_staff = taxpayer.lane_id.has_staff
            taxpayer.is_password_pending = bool(taxpayer.lane_id.pending_kind)

    def write(self, vals):
        # What is entered here is no longer what the bureau holds.
        if STAFF.keys() & vals.keys():
            vals = {"staff_saved_at": False, **vals}
        return super().write(vals)

    # === ACTIONS === #

    def action_open_passwords(self):
        """Open the page for the passwords of the line."""
        self._check_can("passwords")
        return self._get_lane_or_refuse().action_open_passwords()

    def action_check_environment(self):
        """Check address, clock, certificate, login and taxpayer, and show it."""
        self._check_can("check_environment")
        self._get_lane_or_refuse()
        return self.env["invoice.tax.environment.check"]._check(
            self.connection_id, self.lane_id
        )

    def action_save_staff(self):
        """Write the tax staff into the taxpayer's file at the bureau."""
        self.ensure_one()
        staff = Staff(**{name: self[field] or "" for field, name in STAFF.items()})
        self._ask_staff(lambda client: client.save_staff(staff))

    def action_fetch_staff(self):
        """Read the tax staff back from the bureau."""
        self.ensure_one()
        self._ask_staff(lambda client: client.fetch_staff())

    def _ask_staff(self, ask):
        self.check_access("read")
        self._check_can("staff")
        lane = self._get_lane_or_refuse()
        if not lane.has_staff:
            raise lane._refuse("staff_not_used")
        if lane.is_stopped:
            # A login now could be the wrong try that locks it.
            raise TaxServiceError(
                get_sentence(self.env, lane.trouble_code or "check_line_stopped"),
                lane.trouble_code or "check_line_stopped",
            )
        with lane._talk() as heard:
            session = Session(
                token=lane.sudo().session_token or "",
                expires_at=lane.session_expires_at,
            )
            try:
                with lane._open(session, heard) as client:
                    staff = ask(client)
            except GatewayError as error:
                if isinstance(error, CredentialError):
                    # As a dispatcher would: no further try until somebody corrects it.
                    lane._stop(error, session)
                raise lane._get_error(error) from error
            lane._keep(lane._get_session_values(session))
        # Checked above; what is the bureau's own, people cannot write.
        self.sudo().write(
            {
                **{field: getattr(staff, name) for field, name in STAFF.items()},
                "staff_saved_at": fields.Datetime.now(),
            }
        )

    def _get_lane_or_refuse(self):
        self.ensure_one()
        if not self.lane_id:
            raise TaxServiceError(
                get_sentence(self.env, "no_connection"), "no_connection"
            )
        return self.lane_id
