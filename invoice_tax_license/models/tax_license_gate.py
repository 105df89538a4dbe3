from datetime import timedelta

from odoo import api, fields, models

WARN_DAYS = 30


class InvoiceTaxLicense(models.Model):
    """What a licence allows, and the warning before it ends.

    :meth:`_get_unusable_reason` is what the hook of the service asks: authorised,
    known at the platform and within its validity, or the sentence why not.
    """

    _inherit = "invoice.tax.license"

    # Here and not on the taxpayer: whoever edits that must not stop a scheduled action.
    is_pass_over_noted = fields.Boolean(
        readonly=True,
        copy=False,
        help="Scheduled actions have said that they pass over the taxpayer.",
    )

    def _get_unusable_reason(self):
        """Why the service of this licence cannot be used now, or False."""
        self.ensure_one()
        name = {"name": self.taxpayer_id.name, "group": self.group_id.name}
        if self.auth_state != "authorised":
            return self._get_unauthorised_reason(name)
        if self.sync_state == "failed":
            return self.env._(
                "The authorisation of %(name)s for %(group)s is not synchronised with "
                "the entitlement platform. %(reason)s",
                reason=self.failure or "",
                **name,
            )
        if not (self.sync_state or self._is_historic()):
            return self.env._(
                "The authorisation of %(name)s for %(group)s is being synchronised "
                "with the entitlement platform. Try again in a moment.",
                **name,
            )
        return self._get_validity_reason(name)

    def _get_unauthorised_reason(self, name):
        end = self._get_lock_end()
        if end:
            return self.env._(
                "The authorisation of %(name)s for %(group)s was cancelled; until "
                "%(end)s the tax number can neither be authorised again nor issue or "
                "receive.",
                end=self._format_time(end),
                **name,
            )
        if self.auth_state == "failed":
            return self.env._(
                "The authorisation of %(name)s for %(group)s failed. %(reason)s",
                reason=self.failure or "",
                **name,
            )
        return self.env._(
            "%(name)s is not authorised for %(group)s. Have a manager authorise it "
            "under Licences.",
            **name,
        )

    def _get_validity_reason(self, name):
        today = self.taxpayer_id._get_today()
        if self.valid_from and today < self.valid_from:
            return self.env._(
                "The licence of %(name)s for %(group)s is valid from %(day)s.",
                day=self.valid_from,
                **name,
            )
        if self.valid_to and today > self.valid_to:
            return self.env._(
                "The licence of %(name)s for %(group)s ended on %(day)s. Renew it with "
                "the provider, then read the entitlements under Licences.",
                day=self.valid_to,
                **name,
            )
        return False

    def _is_historic(self):
        """Authorised in an earlier version, of which no history is kept here, and not
        known yet how it stands at the platform."""
        return (
            self.auth_state == "authorised"
            and not self.sync_state
            and "authorised" not in self.sudo().event_ids.mapped("kind")
        )

    # === WARNING === #

    def _get_ending(self):
        """Authorised licences of which the end is near, and nobody was warned."""
        today = self.env["invoice.tax.taxpayer"]._get_today()
        near = self.search(
            [
                ("auth_state", "=", "authorised"),
                ("valid_to", "!=", False),
                ("valid_to", "<=", today + timedelta(days=WARN_DAYS)),
            ]
        )
        return near.filtered(lambda one: one.warned_of != one.valid_to)

    def _warn(self):
        for one in self:
            people = one._get_people_to_warn()
            for person in people:
                note = one.with_context(lang=person.lang or self.env.lang)
                note.activity_schedule(
                    "invoice_tax_license.mail_activity_type_license_end",
                    date_deadline=one.valid_to,
                    summary=note.env._("The licence ends on %(day)s", day=one.valid_to),
                    user_id=person.id,
                )
            if people:
                one.warned_of = one.valid_to

    def _get_people_to_warn(self):
        """Who authorised it, while that is a manager of the company; else all of
        them."""
        managers = self.env.ref("invoice_tax_service.group_manager").sudo().all_user_ids
        managers = managers.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )
        return (self.authorised_by_id & managers) or managers

    def _close_warning(self):
        self.activity_unlink(["invoice_tax_license.mail_activity_type_license_end"])
        self.write({"warned_of": False})

    # === CRON === #

    @api.model
    def _cron_read_back(self):
        """Daily: validity and remaining entitlements from the platform, and a warning
        to whom it concerns thirty days before a licence ends. What failed is asked
        for as well: the platform may say otherwise by now."""
        authorised = [("auth_state", "=", "authorised"), ("sync_state", "=", "success")]
        self.search(
            ["|", ("sync_state", "=", "failed"), "&", *authorised]
        )._ask_status()
        self.env["res.company"].search([("active", "=", True)])._ask_entitlements()
        self.env["ir.cron"]._commit_progress(1)
        self._get_ending()._warn()
        self.env["ir.cron"]._commit_progress(1)
