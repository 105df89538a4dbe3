from datetime import timedelta

from odoo import api, models

WARN_DAYS = 30


class InvoiceTaxLicense(models.Model):
    """What a licence allows, and the warning before it ends.

    :meth:`_get_unusable_reason` is what the hook of the service asks: authorised,
    known at the platform and within its validity, or the sentence why not.
    """

    _inherit = "invoice.tax.license"

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
        if not self.sync_state and not self._is_historic():
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
        """Authorised in an earlier version: the platform was never told from here."""
        return not self.sync_due and not self.sudo().request_ids.filtered(
            lambda request: request.kind in ("authorise", "cancel")
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
            person = one.authorised_by_id
            note = one.with_context(lang=person.lang or self.env.lang)
            note.activity_schedule(
                "invoice_tax_license.mail_activity_type_license_end",
                date_deadline=one.valid_to,
                summary=note.env._("The licence ends on %(day)s", day=one.valid_to),
                user_id=person.id or self.env.uid,
            )
            one.warned_of = one.valid_to

    def _close_warning(self):
        self.activity_unlink(["invoice_tax_license.mail_activity_type_license_end"])
        self.write({"warned_of": False})

    # === CRON === #

    @api.model
    def _cron_read_back(self):
        """Daily: validity and remaining entitlements from the platform, and a warning
        to whom it concerns thirty days before a licence ends."""
        self.search(
            [("auth_state", "=", "authorised"), ("sync_state", "=", "success")]
        )._ask_status()
        self.env["res.company"].search([("active", "=", True)])._ask_entitlements()
        self.env["ir.cron"]._commit_progress(1)
        self._get_ending()._warn()
        self.env["ir.cron"]._commit_progress(1)
