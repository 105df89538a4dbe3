import contextlib

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL, sql

WRITING = ("authorise", "cancel")
# So often is asked what became of a request before its licence shows a failure;
# nothing is lost or given up then, it only takes long.
PATIENCE = 3


class InvoiceTaxLicense(models.Model):
    """Telling the entitlement platform what was granted and cancelled here.

    One request of a licence is under way at a time. What a person wants meanwhile
    is noted (``sync_due``), and what is under way is found out first: an
    authorisation that arrives after its cancellation would stand at the platform.
    Whoever wants the same as is under way takes it over, so that it is not refused
    for somebody who has lost the right to it.
    """

    _inherit = "invoice.tax.license"

    sync_due = fields.Selection(
        [("authorise", "Authorise"), ("cancel", "Cancel Authorisation")],
        readonly=True,
        copy=False,
        help="What the platform is told when the request under way is over.",
    )
    sync_due_user_id = fields.Many2one(
        "res.users", readonly=True, copy=False, help="Who wants that told."
    )
    is_syncing = fields.Boolean(
        compute="_compute_is_syncing", string="Being Synchronised"
    )

    def _auto_init(self):
        # Who wanted what waits was not noted before; without it nobody has the right.
        is_unnoted = sql.column_exists(
            self.env.cr, self._table, "sync_due"
        ) and not sql.column_exists(self.env.cr, self._table, "sync_due_user_id")
        result = super()._auto_init()
        if is_unnoted:
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET sync_due_user_id = %s WHERE sync_due IS NOT NULL",
                    SQL.identifier(self._table),
                    SUPERUSER_ID,
                )
            )
        return result

    @api.depends("request_ids.step")
    def _compute_is_syncing(self):
        busy = self._get_open_requests().filtered(lambda one: one.kind in WRITING)
        for one in self:
            one.is_syncing = one in busy.license_id.sudo(False)

    def _get_open_requests(self):
        return (
            self.env["invoice.tax.license.request"]
            .sudo()
            .search([("license_id", "in", self.ids), ("step", "!=", "done")])
        )

    # === ACTIONS === #

    def action_sync_authorisation(self):
        """Tell the platform once more that these are authorised."""
        self._check_right("license_sync")
        refused = self._do_each(
            "_get_cannot_sync_authorisation_reason", "_sync_authorisation"
        )
        return self._get_sync_notification(refused)

    def action_sync_cancellation(self):
        """Tell the platform once more that these are cancelled."""
        self._check_right("license_sync_cancel")
        refused = self._do_each(
            "_get_cannot_sync_cancellation_reason", "_sync_cancellation"
        )
        return self._get_sync_notification(refused)

    def action_read_back(self):
        """Read validity and remaining entitlements from the platform now."""
        self._check_right("license_read")
        companies = (self.company_id or self.env.companies).filtered(
            lambda company: self.taxpayer_id._has_right("license_read", company)
        )
        if not companies:
            self.env.company._check_tax_right("license_read")
        licenses = self or self.search([("company_id", "in", companies.ids)])
        licenses.sudo()._ask_status(now=True)
        companies._ask_entitlements(now=True)
        return self._get_notification(
            self.env._("The entitlement platform is being read.")
        )

    def _get_cannot_sync_authorisation_reason(self):
        if self.auth_state != "authorised":
            return "not_authorised", self.env._(
                "%(name)s is not authorised for %(group)s, so no authorisation can be "
                "synchronised. Authorise it first.",
                name=self.taxpayer_id.name,
                group=self.group_id.name,
            )
        if self._is_historic():
            # It works, and goes on working: nothing is noted as having failed.
            code = self._get_unsendable_code("authorise")
            if code:
                return self.taxpayer_id._get_reason_pair(code)
        return False

    def _get_cannot_sync_cancellation_reason(self):
        if self.auth_state == "authorised":
            return "already_authorised", self.env._(
                "%(name)s is authorised for %(group)s, so no cancellation can be "
                "synchronised. Cancel the authorisation first.",
                name=self.taxpayer_id.name,
                group=self.group_id.name,
            )
        if not self.cancelled_at:
            return "not_authorised", self.env._(
                "%(name)s was never authorised for %(group)s, so there is no "
                "cancellation to synchronise.",
                name=self.taxpayer_id.name,
                group=self.group_id.name,
            )
        if self._find_of_other_companies():
            return "already_authorised", self.env._(
                "Tax number %(number)s is authorised for %(group)s by another taxpayer "
                "or company; a cancellation would end that authorisation.",
                number=self.tax_number,
                group=self.group_id.name,
            )
        return False

    def _sync_authorisation(self):
        self._sync_or_ask("authorise")

    def _sync_cancellation(self):
        self._sync_or_ask("cancel")

    def _sync_or_ask(self, kind):
        if self.sync_state == "success":
            # Told already: asking mends as much, and a line that is down takes nothing
            # back.
            self._ask_status(now=True)
        else:
            self._sync(kind, now=True)

    def _get_sync_notification(self, refused):
        message = self.env._(
            "%(count)s licences are being synchronised.",
            count=len(self) - len(refused),
        )
        reasons = list(dict.fromkeys(row["reason"] for row in refused))
        return self._get_notification(
            "\n".join([message, *reasons[:10]]), bool(refused)
        )

    @api.model
    def _get_notification(self, message, is_warning=False):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if is_warning else "info",
                "message": message,
                "sticky": is_warning,
                "next": {"type": "ir.actions.client", "tag": "tax_licenses_changed"},
            },
        }

    # === ONE REQUEST AT A TIME === #

    def _sync(self, kind, now=False, user=None):
        """Have the platform told.

        :param bool now: a person asks for it: pauses of the line are lifted
        :param user: who wants it; none: who calls
        """
        self.ensure_one()
        user = self.env.user if user is None else user
        opened = self._get_open_requests()
        if now and opened:
            opened.lane_id.action_resume()
        if opened.kind == kind and opened.state not in ("voided", "failed"):
            opened.user_id = user
            self.sync_due = False
            return
        if opened:
            # Found out first: a call of it may still be on its way.
            if opened.kind in WRITING:
                opened.state = "voided"
                opened.next_attempt_at = min(
                    opened.next_attempt_at, fields.Datetime.now()
                )
            self.write({"sync_due": kind, "sync_due_user_id": user.id})
            return
        code = self._get_unsendable_code(kind)
        if code:
            # A branch has a platform, numbers and a kind of licence of its own.
            self._apply_sync_failure(code, self.company_id.name)
            return
        requests = self.env["invoice.tax.license.request"]
        request = requests._create_for(self, kind, user)
        if now and not request.lane_id._is_open():
            request.lane_id.action_resume()

    def _is_cancelling(self):
        """Whether a cancellation has not reached the platform yet."""
        return bool(
            self.is_syncing
            or self.sync_due
            or (self.cancelled_at and self.sync_state != "success")
        )

    def _get_unsendable_code(self, kind):
        if not self.company_id._get_entitlement_connections():
            return "no_entitlement_connection"
        serial = self.company_id._get_license_serial(self.group_id)
        if kind == "authorise" and self.company_id._is_serial_needed() and not serial:
            return "serial_missing"
        return ""

    def _go_on_after(self):
        """A request is over: tell what was wanted meanwhile."""
        if not self.sync_due:
            return
        self.sync_due = False
        wanted = "authorise" if self.auth_state == "authorised" else "cancel"
        self.env.flush_all()
        self._sync(wanted, user=self.sync_due_user_id)

    # === WHAT CAME BACK === #

    def _apply_entitlement(self, request, data):
        """Write what an answer means; the same answer again changes nothing. What it
        says of the entitlement counts, not that there was one.

        :param gateway.entitlement.EntitlementData data:
        """
        is_held = data.status == "authorised"
        if request.kind == "status":
            self._apply_status(data, is_held)
        elif request.kind == "cancel":
            self._apply_cancelled(is_held)
        elif is_held:
            self._apply_sync_success("synced", data=data)
        else:
            self._apply_sync_failure("not_entitled")

    @api.model
    def _get_validity_values(self, data=None):
        """:param data: what the platform holds; none: nothing"""
        return {
            "valid_from": (data and data.valid_from) or False,
            "valid_to": (data and data.valid_to) or False,
            "register_code": (data and data.register_code) or False,
            "validity_read_at": fields.Datetime.now(),
        }

    def _apply_status(self, data, is_held):
        """The platform has been read: it is the authority of what it holds."""
        if self.sync_due or self.is_syncing:
            return
        if self.auth_state != "authorised":
            self._apply_cancelled(is_held)
        elif is_held:
            before = (self.valid_from, self.valid_to)
            if self.sync_state == "failed":
                self._apply_sync_success("synced", data=data)
            else:
                self.write(self._get_validity_values(data))
            if before != (self.valid_from, self.valid_to):
                self._close_warning()
                self._note("validity", text=f"{self.valid_from} – {self.valid_to}")
        elif self.sync_state == "success":
            self._apply_sync_failure("not_entitled")

    def _apply_cancelled(self, is_held):
        """What is cancelled here is at the platform as it was told, or was asked.

        :param bool is_held: the platform holds an entitlement of this tax number;
            lawfully, when that has come to somebody else
        """
        if is_held and not self._find_of_other_companies():
            self._apply_sync_failure("still_entitled")
        elif self.sync_state != "success":
            code = "held_elsewhere" if is_held else ""
            self._apply_sync_success("cancel_synced", code)

    def _apply_sync_success(self, kind, code="", data=None):
        """The platform holds what was told here.

        :param data: the entitlement; none: there is none
        """
        self.write(
            {
                **self._get_unsynced_values(),
                "sync_state": "success",
                **self._get_validity_values(data),
            }
        )
        self._note(kind, code)

    def _apply_sync_trouble(self, code, text=""):
        """The platform was not reached, which shuts out nobody whom it was never told
        of."""
        if not self._is_historic():
            self._apply_sync_failure(code, text)

    def _apply_sync_failure(self, code, text=""):
        """The platform could not be told, or says otherwise; noted once."""
        is_news = (self.sync_state, self.failure_code) != ("failed", code)
        self.write(
            {
                "sync_state": "failed",
                "failure_code": code,
                "failure_text": (text or "")[:500] or False,
            }
        )
        if is_news:
            self._note("sync_failed", code, text)

    # === READING BACK === #

    def _ask_status(self, now=False):
        """Have validity read from the platform; not while something else is said.

        :param bool now: a person asks for it: pauses of the lines are lifted
        """
        opened = self._get_open_requests()
        for one in self - opened.license_id:
            if one.auth_state != "authorised" and not one.cancelled_at:
                # The platform was never told of it.
                continue
            if one.company_id._get_entitlement_connections():
                # Somebody who asks at this moment finds out as much.
                with contextlib.suppress(ConcurrencyError):
                    opened |= opened._create_for(one, "status")
        if now:
            shut = opened.lane_id.filtered(lambda lane: not lane._is_open())
            shut.action_resume()
        self.env["invoice.tax.lane"]._wake()
