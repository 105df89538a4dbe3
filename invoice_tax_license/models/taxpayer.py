from odoo import api, fields, models

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError
from odoo.addons.invoice_tax_service.models.words import RECEIVING

from ..exceptions import LicenseError
from ..gateway.entitlement import CHANNEL
from .right import TELLING_ITEMS


class InvoiceTaxTaxpayer(models.Model):
    """The gate: a taxpayer uses a service only with a licence that is authorised,
    known at the platform and within its validity.

    What must never happen: a tax number that changes while it is authorised; an
    entitlement that nobody could cancel any more, its taxpayer being gone.
    """

    _inherit = "invoice.tax.taxpayer"

    connection_id = fields.Many2one(domain=[("channel", "!=", CHANNEL)])
    license_ids = fields.One2many(
        "invoice.tax.license", "taxpayer_id", string="Licences"
    )
    license_trouble = fields.Char(
        compute="_compute_license_trouble", string="Why Nothing Can Be Received"
    )

    # === THE GATE === #

    def _get_service_unavailable_reason(self, service_group):
        # EXTENDS 'invoice_tax_service'
        self.ensure_one()
        reason = super()._get_service_unavailable_reason(service_group)
        if reason:
            return reason
        own = self._get_own_license(service_group)
        if not own:
            return self.env._(
                "%(name)s has no licence for this service. Ask a manager to look under "
                "Licences.",
                name=self.name,
            )
        reason = own._get_unusable_reason()
        if not reason:
            return False
        # The entitlement is one of the tax number: another company may have it.
        others = own._find_of_other_companies()
        if any(not other._get_unusable_reason() for other in others):
            return False
        return reason

    def _get_cannot_tell_reason(self, user, kind):
        """Why the platform may not be told any more what somebody wants told. It may
        while he has the right to that, or to synchronise what stands here.

        :param str kind: ``authorise`` or ``cancel``
        :return: ``(code, further text)`` or False
        """
        first, *others = TELLING_ITEMS[kind]
        reason = self._get_lost_right_reason(user, first)
        if not all(self._get_lost_right_reason(user, item) for item in others):
            return False
        return reason

    def _get_refusal(self, code, sentence):
        # EXTENDS 'invoice_tax_service'
        if code != "service_unavailable":
            return super()._get_refusal(code, sentence)
        return LicenseError(
            sentence,
            code,
            self.env.ref("invoice_tax_license.invoice_tax_license_action").id,
            self.env._("Open Licences"),
            {"search_default_taxpayer_id": self.ids[:1]},
        )

    def _filter_served(self, service_group):
        """Pass over taxpayers without licence, and say so once per service group."""
        # EXTENDS 'invoice_tax_service'
        served = self.browse()
        for taxpayer in super()._filter_served(service_group):
            own = taxpayer._get_own_license(service_group)
            is_noted = own.is_pass_over_noted
            if not taxpayer._get_service_unavailable_reason(service_group):
                served |= taxpayer
                if is_noted:
                    own.is_pass_over_noted = False
            elif own and not is_noted:
                own.is_pass_over_noted = True
                taxpayer._note_passed_over(service_group)
        return served

    def _get_own_license(self, service_group):
        return self.sudo().license_ids.filtered(
            lambda one: one.group_id.code == service_group
        )

    def _note_passed_over(self, service_group):
        """Say it in the language of the company and the time of China, whoever reads
        it."""
        taxpayer = self.sudo().with_context(
            lang=self.company_id.partner_id.lang or self.env.lang, tz="Asia/Shanghai"
        )
        taxpayer.message_post(
            body=taxpayer.env._(
                "Scheduled actions pass over this taxpayer. %(reason)s",
                reason=taxpayer._get_service_unavailable_reason(service_group),
            )
        )

    @api.depends(
        "license_ids.auth_state",
        "license_ids.sync_state",
        "license_ids.valid_from",
        "license_ids.valid_to",
    )
    @api.depends_context("lang")
    def _compute_license_trouble(self):
        for taxpayer in self:
            taxpayer.license_trouble = (
                taxpayer.id and taxpayer._get_service_unavailable_reason(RECEIVING)
            )

    # === LICENCES OF A TAXPAYER === #

    @api.model_create_multi
    def create(self, vals_list):
        taxpayers = super().create(vals_list)
        taxpayers.sudo()._ensure_licenses()
        connections = taxpayers.company_id._get_entitlement_connections()
        connections._ensure_lanes(taxpayers)
        return taxpayers

    def _ensure_licenses(self):
        """One licence per service group, not authorised."""
        groups = self.env["invoice.tax.service.group"].sudo()
        groups = groups.search([("active", "=", True)])
        licenses = self.env["invoice.tax.license"].sudo()
        licenses.with_context(mail_create_nolog=True, tracking_disable=True).create(
            [
                {"taxpayer_id": taxpayer.id, "group_id": group.id}
                for taxpayer in self
                for group in groups - taxpayer.sudo().license_ids.group_id
            ]
        )

    def _get_entitlement_lane(self):
        """The lane of this taxpayer to the entitlement platform, made when it is
        missing."""
        self.ensure_one()
        connection = self.company_id._get_entitlement_connections()[:1]
        lane = self.sudo().lane_ids.filtered(
            lambda lane: lane.connection_id == connection
        )
        return lane or self.env["invoice.tax.lane"].sudo().create(
            {"taxpayer_id": self.id, "connection_id": connection.id}
        )

    def _check_identity_kept(self, vals):
        # EXTENDS 'invoice_tax_service'
        result = super()._check_identity_kept(vals)
        changing = self.filtered(
            lambda taxpayer: (
                vals.get("tax_number", taxpayer.tax_number) != taxpayer.tax_number
                or vals.get("company_id", taxpayer.company_id.id)
                != taxpayer.company_id.id
            )
        )
        changing._check_unlicensed(
            self.env._(
                "The tax number and the company of %(name)s cannot change while it is "
                "authorised for %(group)s. Cancel the authorisation first."
            )
        )
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_licensed(self):
        self._check_unlicensed(
            self.env._(
                "%(name)s is authorised for %(group)s and cannot be deleted. Cancel "
                "the authorisation first."
            )
        )

    def _check_unlicensed(self, sentence):
        """:raise TaxServiceError: one of these is authorised, or its cancellation has
        not reached the platform"""
        for one in self.sudo().license_ids:
            if one.auth_state == "authorised" or one._is_cancelling():
                raise TaxServiceError(
                    sentence
                    % {"name": one.taxpayer_id.name, "group": one.group_id.name},
                    "taxpayer_licensed",
                )

    def action_open_licenses(self):
        """The licences of these taxpayers."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_tax_license.invoice_tax_license_action"
        )
        action["context"] = {
            "search_default_taxpayer_id": self.ids,
            "show_license_counts": True,
        }
        return action
