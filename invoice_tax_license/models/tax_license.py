from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError
from odoo.addons.invoice_tax_service.models.words import get_sentence

LOCK_DAYS = 60
LOCK_PARAMETER = "invoice_tax_license.lock_days"
AUTH_STATES = [
    ("unauthorised", "Unauthorised"),
    ("authorised", "Authorised"),
    ("failed", "Authorisation Failed"),
]
SYNC_STATES = [("success", "Synchronised"), ("failed", "Synchronisation Failed")]


class InvoiceTaxLicense(models.Model):
    """The licence of one taxpayer for one service group.

    Granting here (:meth:`authorise`, :meth:`cancel`) and telling the entitlement
    platform (see ``tax_license_sync``) are two facts: a network failure takes nothing
    back. What a licence allows is asked of :meth:`_get_unusable_reason`.

    What must never happen: one tax number authorised twice; an authorisation while
    the lock of a cancellation lasts, whatever has become of the taxpayer meanwhile.
    """

    _name = "invoice.tax.license"
    _description = "Licence"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "company_id, group_id, taxpayer_id"
    _rec_names_search = ["taxpayer_id", "tax_number"]
    _check_company_auto = True
    # Nobody writes these rows by hand; managers still talk about them.
    _mail_post_access = "read"

    taxpayer_id = fields.Many2one(
        "invoice.tax.taxpayer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="taxpayer_id.company_id", store=True, index=True
    )
    tax_number = fields.Char(related="taxpayer_id.tax_number", store=True, index=True)
    is_simulated = fields.Boolean(
        compute="_compute_is_simulated",
        string="Simulated Environment",
        help="Of the entitlement platform, wherever the tax bureau is.",
    )
    group_id = fields.Many2one(
        "invoice.tax.service.group",
        string="Service Group",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    # auth_state    who              →
    # unauthorised  manager          authorised; failed when none is left
    # failed        manager          authorised
    # authorised    manager          unauthorised (cancelled, and locked)
    auth_state = fields.Selection(
        AUTH_STATES,
        string="Authorisation",
        default="unauthorised",
        required=True,
        readonly=True,
        index=True,
        copy=False,
    )
    authorised_on = fields.Date(readonly=True, copy=False)
    authorised_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    # Empty: nothing was told yet, or authorised in an earlier version.
    sync_state = fields.Selection(
        SYNC_STATES, string="Synchronisation", readonly=True, copy=False
    )
    failure_code = fields.Char(readonly=True, copy=False)
    failure_text = fields.Char(readonly=True, copy=False)
    failure = fields.Char(compute="_compute_failure", string="Reason")
    valid_from = fields.Date(readonly=True, copy=False)
    valid_to = fields.Date(string="Valid Until", readonly=True, copy=False)
    validity_read_at = fields.Datetime(readonly=True, copy=False)
    cancelled_at = fields.Datetime(readonly=True, copy=False)
    lock_until = fields.Datetime(
        compute="_compute_lock_until",
        string="Locked Until",
        help="Until then the tax number cannot be authorised again in this group.",
    )
    register_code = fields.Char(
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="Code of the entitlement at the platform.",
    )
    warned_of = fields.Date(
        readonly=True, copy=False, help="End of which people were warned."
    )
    event_ids = fields.One2many(
        "invoice.tax.license.event", "license_id", readonly=True, string="History"
    )
    request_ids = fields.One2many(
        "invoice.tax.license.request", "license_id", readonly=True
    )

    _taxpayer_group_uniq = models.Constraint(
        "UNIQUE(taxpayer_id, group_id)",
        "A taxpayer has one licence per service group.",
    )
    # A database that holds doubles of before goes on without it.
    _authorised_uniq = models.UniqueIndex(
        "(tax_number, group_id) WHERE auth_state = 'authorised'",
        "One tax number is authorised once.",
    )

    # === COMPUTE METHODS === #

    @api.depends("taxpayer_id.name", "group_id.name")
    def _compute_display_name(self):
        for one in self:
            one.display_name = f"{one.taxpayer_id.name} · {one.group_id.name}"

    @api.depends("company_id")
    def _compute_is_simulated(self):
        simulated = {
            company: company._get_entitlement_connections()[:1].environment
            == "simulated"
            for company in self.company_id
        }
        for one in self:
            one.is_simulated = simulated.get(one.company_id, False)

    @api.depends("failure_code", "failure_text")
    @api.depends_context("lang")
    def _compute_failure(self):
        for one in self:
            one.failure = (
                get_sentence(self.env, one.failure_code, one.failure_text)
                if one.failure_code
                else False
            )

    @api.depends("event_ids", "tax_number", "group_id")
    def _compute_lock_until(self):
        ends = self._get_lock_ends()
        now = fields.Datetime.now()
        for one in self:
            end = ends.get((one.tax_number, one.group_id))
            is_locked = end and end > now and one.auth_state != "authorised"
            one.lock_until = is_locked and end

    # === LOCK === #

    @api.model
    def _get_lock_days(self):
        value = self.env["ir.config_parameter"].sudo().get_param(LOCK_PARAMETER)
        return int(value) if value and value.isdigit() else LOCK_DAYS

    def _get_lock_ends(self):
        """``(tax number, group) → end`` of the lock after the last cancellation.

        The history is asked, not the taxpayer: that may have been deleted and added
        again, here or in another company.
        """
        last = (
            self.env["invoice.tax.license.event"]
            .sudo()
            ._read_group(
                [
                    ("kind", "=", "cancelled"),
                    ("tax_number", "in", list(filter(None, self.mapped("tax_number")))),
                    ("group_id", "in", self.group_id.ids),
                ],
                ["tax_number", "group_id"],
                ["happened_at:max"],
            )
        )
        length = timedelta(days=self._get_lock_days())
        return {
            (number, group.sudo(False)): moment + length
            for number, group, moment in last
        }

    def _get_lock_end(self):
        """End of the lock of this one while it lasts, or False."""
        self.ensure_one()
        end = self._get_lock_ends().get((self.tax_number, self.group_id))
        # At that very second it is over: 60 times 24 hours have gone by.
        return end if end and fields.Datetime.now() < end else False

    # === WHY NOT === #

    def _get_cannot_authorise_reason(self):
        """Why this one cannot be authorised now, as ``(code, sentence)``, or False."""
        self.ensure_one()
        name = {"name": self.taxpayer_id.name, "group": self.group_id.name}
        if not self.taxpayer_id.active:
            return "taxpayer_archived", self.env._(
                "%(name)s is archived. Unarchive the taxpayer first.", **name
            )
        if self.auth_state == "authorised":
            return "already_authorised", self.env._(
                "%(name)s is authorised for %(group)s already; one tax number is "
                "authorised once.",
                **name,
            )
        others = self._find_of_other_companies()
        if others:
            return "already_authorised", self._get_authorised_elsewhere(others)
        end = self._get_lock_end()
        if end:
            return "license_locked", self.env._(
                "The authorisation of %(name)s for %(group)s was cancelled. Within "
                "%(days)s days after it the tax number cannot be authorised again; it "
                "can from %(end)s.",
                days=self._get_lock_days(),
                end=self._format_time(end),
                **name,
            )
        return False

    def _get_authorised_elsewhere(self, others):
        """:param others: who holds the authorisation of this tax number"""
        own = others.filtered(lambda one: one.company_id == self.company_id)
        if own:
            return self.env._(
                "Tax number %(number)s is authorised for %(group)s already, for the "
                "archived taxpayer %(other)s of this company; one tax number is "
                "authorised once.",
                number=self.tax_number,
                group=self.group_id.name,
                other=own[0].taxpayer_id.name,
            )
        return self.env._(
            "Tax number %(number)s is authorised for %(group)s already, in another "
            "company; one tax number is authorised once.",
            number=self.tax_number,
            group=self.group_id.name,
        )

    def _get_cannot_cancel_reason(self):
        """Why this one cannot be cancelled, as ``(code, sentence)``, or False."""
        self.ensure_one()
        if self.auth_state != "authorised":
            return "not_authorised", self.env._(
                "%(name)s is not authorised for %(group)s, so there is nothing to "
                "cancel.",
                name=self.taxpayer_id.name,
                group=self.group_id.name,
            )
        return False

    def _find_of_other_companies(self):
        """Authorised licences of the same tax number and group: of other companies,
        or of an archived taxpayer of this one."""
        return self.sudo().search(
            [
                ("tax_number", "=", self.tax_number),
                ("group_id", "=", self.group_id.id),
                ("auth_state", "=", "authorised"),
                ("id", "!=", self.id),
            ]
        )

    def _format_time(self, moment):
        """A time as the user's clock shows it, to the second; that of China for a
        user without, as programs and scheduled actions are."""
        zone = self.env.context.get("tz") or self.env.user.tz or "Asia/Shanghai"
        local = fields.Datetime.context_timestamp(self.with_context(tz=zone), moment)
        return f"{local:%Y-%m-%d %H:%M:%S}"

    # === AUTHORISE AND CANCEL === #

    def authorise(self):
        """Authorise these tax numbers and tell the platform; one that cannot be does
        not hold up the others.

        :return: what was refused: ``[{id, code, reason}]``
        :raise TaxServiceError: ``no_right``; or the reason, when none can be
        """
        self._check_right("license_authorise")
        return self._do_each("_get_cannot_authorise_reason", "_authorise")

    def cancel(self):
        """Cancel these authorisations and tell the platform.

        :return: what was refused: ``[{id, code, reason}]``
        :raise TaxServiceError: ``no_right``; or the reason, when none can be
        """
        self._check_right("license_cancel")
        return self._do_each("_get_cannot_cancel_reason", "_cancel")

    def _check_right(self, item):
        self.check_access("read")
        self.taxpayer_id._check_can(item)

    def _do_each(self, get_reason, do):
        refused, possible = [], self.browse()
        for one in self:
            reason = getattr(one, get_reason)()
            if reason:
                refused.append((one, *reason))
            else:
                # Two companies may hold the same tax number, also in one go.
                possible |= one
                getattr(one.sudo(), do)()
        if refused and not possible:
            sentences = list(
                dict.fromkeys(sentence for _one, _code, sentence in refused)
            )
            raise TaxServiceError("\n".join(sentences[:20]), refused[0][1])
        self.env["invoice.tax.lane"]._wake()
        return [
            {"id": one.id, "code": code, "reason": sentence}
            for one, code, sentence in refused
        ]

    def _authorise(self):
        """Grant it here, unless none is left, and have the platform told."""
        granted, total = self.env["invoice.tax.entitlement"]._count(
            self.group_id, self.company_id
        )
        if total is not None and granted >= total:
            code = "none_left_here"
            self.write({"auth_state": "failed", "failure_code": code})
            self.failure_text = False
            self._note("refused", code)
            return
        self._grant()
        self._note("authorised")
        self._sync("authorise", now=True)

    def _grant(self):
        """:raise ConcurrencyError: somebody else has authorised the tax number at this
        very moment; Odoo repeats what a person called, and it is refused then"""
        try:
            with self.env.cr.savepoint():
                self.write(
                    {
                        "auth_state": "authorised",
                        "authorised_on": self.taxpayer_id._get_today(),
                        "authorised_by_id": self.env.uid,
                        "cancelled_at": False,
                        **self._get_unsynced_values(),
                    }
                )
        except psycopg2.errors.UniqueViolation as error:
            raise ConcurrencyError(str(error)) from error

    def _cancel(self):
        self.write(
            {
                "auth_state": "unauthorised",
                "authorised_on": False,
                "authorised_by_id": False,
                "cancelled_at": fields.Datetime.now(),
                **self._get_unsynced_values(),
            }
        )
        self._note("cancelled", happened_at=self.cancelled_at)
        self._close_warning()
        self._sync("cancel", now=True)

    @api.model
    def _get_unsynced_values(self):
        return {"sync_state": False, "failure_code": False, "failure_text": False}

    def _note(self, kind, code="", text="", **values):
        """A row of the history; it outlives the licence."""
        self.env["invoice.tax.license.event"].sudo().create(
            {
                "license_id": self.id,
                "company_id": self.company_id.id,
                "taxpayer_name": self.taxpayer_id.name,
                "tax_number": self.tax_number,
                "group_id": self.group_id.id,
                "kind": kind,
                "result_code": code or False,
                "result_text": (text or "")[:500] or False,
                "user_id": self.env.uid,
                **values,
            }
        )

    # === ACTIONS === #

    def action_authorise(self):
        """Warn, and ask, before these are authorised."""
        return self._open_wizard("authorise")

    def action_cancel(self):
        """Warn, and ask, before these authorisations are cancelled."""
        return self._open_wizard("cancel")

    def _open_wizard(self, mode):
        self._check_right(f"license_{mode}")
        wizard = self.env["invoice.tax.license.wizard"].create(
            {"mode": mode, "license_ids": [fields.Command.set(self.ids)]}
        )
        return wizard._get_action()

    def action_open_history(self):
        """What happened to these licences."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_tax_license.invoice_tax_license_event_action"
        )
        numbers = self.mapped("tax_number")
        action["domain"] = [
            ("tax_number", "in", numbers),
            ("group_id", "in", self.group_id.ids),
        ]
        return action
