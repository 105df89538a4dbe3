from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import format_list

from ..exceptions import TaxServiceError
from ..gateway.operation_kinds import KINDS, get_wire_operations
from .operation import OPEN_STATES
from .right_items import OPERATION_ITEMS
from .words import RECEIVING, get_sentence

# What a confirmation of export refunds must not overtake.
REFUND_SELECTIONS = ("refund", "refund_revoke")


class InvoiceTaxTaxpayer(models.Model):
    """Why something cannot be done for a taxpayer now: right, licence, kind of
    taxpayer, channel, tax period.

    Button, workbook, cron and public method all ask
    :meth:`_get_cannot_operate_reason`, and say what it says.
    """

    _inherit = "invoice.tax.taxpayer"

    operation_ids = fields.One2many("invoice.tax.operation", "taxpayer_id")
    open_operation_types = fields.Json(
        compute="_compute_open_operation_types", export_string_translation=False
    )

    @api.depends("operation_ids.state")
    def _compute_open_operation_types(self):
        # Once for all taxpayers of a list: each of their cards asks for several.
        types = dict(
            self.env["invoice.tax.operation"]._read_group(
                [("taxpayer_id", "in", self.ids), ("state", "in", OPEN_STATES)],
                ["taxpayer_id"],
                ["operation_type:array_agg"],
            )
        )
        for taxpayer in self:
            taxpayer.open_operation_types = sorted(set(types.get(taxpayer, ())))

    def _get_service_unavailable_reason(self, service_group):
        """Hook of the licence addon.

        :param str service_group: ``receiving`` or ``issuing``
        :return: a translated sentence why the service is not available for this
            taxpayer, or False
        """
        self.ensure_one()
        return False

    def _get_service_unavailable_pair(self, service_group):
        """The same as ``(code, sentence)``, or False."""
        reason = self._get_service_unavailable_reason(service_group)
        return ("service_unavailable", reason) if reason else False

    def _check_service_available(self, service_group):
        """Those of these for which the service is available: one that is not does not
        hold up the others.

        :return: these, and the sentences about the others
        :raise TaxServiceError: it is available for none of them
        """
        refused = {}
        for taxpayer in self:
            reason = taxpayer._get_service_unavailable_reason(service_group)
            if reason:
                refused[taxpayer] = reason
        sentences = list(dict.fromkeys(refused.values()))
        served = self.filtered(lambda taxpayer: taxpayer not in refused)
        if refused and not served:
            raise self._get_refusal("service_unavailable", "\n".join(sentences[:20]))
        return served, sentences

    def _filter_served(self, service_group):
        """Those for which scheduled actions may work; hook of the licence addon."""
        return self

    def _get_refusal(self, code, sentence):
        """:return: the exception of a refusal; an addon that knows the page where it
        is mended may lead there"""
        return TaxServiceError(sentence, code)

    def _get_missing_right_reason(self, *items):
        """Why the user may not do one of these for this taxpayer, or False.

        :param items: keys of ``invoice.tax.right._get_items()``, all of them needed
        """
        self.ensure_one()
        for item in items:
            if not self._has_right(item, self.company_id):
                rights = self.env["invoice.tax.right"]
                return rights._get_missing_sentence(item, self.company_id)
        return False

    @api.model
    def _has_right(self, item, company):
        """The one function that decides whether the user may do something in a
        company: it is one of those he has switched on, or he works in a branch under
        its tax number; and company or role allow it.

        :param str item: a key of ``invoice.tax.right._get_items()``
        """
        rights = self.env["invoice.tax.right"]
        at_hand = self.env.companies
        if not rights._get_items()[item].of_owner:
            at_hand = at_hand._get_tax_companies()
        return self.env.su or (
            company in at_hand
            and rights._is_allowed(self.env.user, item, company._get_tax_company())
        )

    def _get_lost_right_reason(self, user, *items):
        """Why what somebody asked for may not be sent any more: he is no user, does
        not work in the company, or has lost one of these rights since. What Odoo does
        by itself needs none.

        :param user: who asked for it; none: he has been deleted
        :return: ``(code, further text)`` or False
        """
        self.ensure_one()
        if user.id == SUPERUSER_ID:
            return False
        if not user:
            return "right_lost", self.env._(
                "The person who asked for this is no longer a user."
            )
        if not user.active:
            return "right_lost", self.env._(
                "%(user)s, who asked for this, is not a user any more.",
                user=user.sudo().name,
            )
        # By all his companies: nobody has switched any on or off by now.
        asked = self.with_user(user).with_context(allowed_company_ids=[])
        missing = [
            item for item in items if not asked._has_right(item, self.company_id)
        ]
        if not missing:
            return False
        values = {"user": user.sudo().name, "company": self.company_id.sudo().name}
        own = asked.env.companies
        if self.company_id not in own | own._get_tax_companies():
            return "right_lost", self.env._(
                "%(user)s, who asked for this, does not work in %(company)s any more.",
                **values,
            )
        names = self.env["invoice.tax.right"]._get_items()
        return "right_lost", self.env._(
            "%(user)s, who asked for this, has lost the right in %(company)s: "
            "%(items)s.",
            items=format_list(
                self.env, [self.env._(names[item].name) for item in missing]
            ),
            **values,
        )

    def _check_can(self, *items):
        """:raise TaxServiceError: the user has no right for one of these"""
        for taxpayer in self:
            reason = taxpayer._get_missing_right_reason(*items)
            if reason:
                raise TaxServiceError(reason, "no_right")

    @api.model
    def _get_operation_items(self, operation_type):
        """The right items that an operation needs: its own, and those of the steps
        that it takes by itself."""
        kind = KINDS[operation_type]
        steps = (operation_type, kind.sent_as, *kind.further)
        return tuple(OPERATION_ITEMS.get(step, step) for step in filter(None, steps))

    def _get_cannot_operate_reason(self, operation_type, period, origin="manual"):
        """The one function that says why an operation cannot be done now.

        :param str operation_type: a key of ``words.OPERATION_TYPES``
        :param str period: ``yyyyMM``
        :return: ``(code, sentence)`` or False
        """
        self.ensure_one()
        reason = self._get_missing_right_reason(
            *self._get_operation_items(operation_type)
        )
        if reason:
            return "no_right", reason
        if not self.lane_id:
            return self._get_reason_pair("no_connection")
        reason = self._get_service_unavailable_pair(RECEIVING)
        if reason:
            return reason
        kind = KINDS[operation_type]
        if self.taxpayer_type == "small_scale" and kind.is_barred_small_scale:
            return self._get_reason_pair("small_scale")
        capabilities = self.sudo().connection_id._get_capabilities()
        if not set(get_wire_operations(operation_type)) <= set(capabilities.operations):
            return self._get_reason_pair("not_supported")
        return self._get_cannot_in_period_reason(operation_type, period)

    def _get_today(self):
        """The day it is at the bureau, whatever the clock of the user."""
        return fields.Date.context_today(self.with_context(tz="Asia/Shanghai"))

    def _get_month(self):
        """The running month of the calendar, ``yyyyMM``."""
        return f"{self._get_today():%Y%m}"

    def _get_period_for(self, operation_type):
        """The period that an operation is for when nobody says it: the open one where
        it is bound to tax periods, "" while that is not known; else the running month.
        """
        if KINDS[operation_type].bound_to in ("deduction", "later"):
            return self.current_period_id.name or ""
        return self._get_month()

    def _get_free_periods(self):
        """Under which period what is bound to none is noted: the open one, or the
        running month."""
        return {self.current_period_id.name, self._get_month()}

    def _get_cannot_in_period_reason(self, operation_type, period):
        code = self._get_cannot_in_period_code(operation_type, period)
        return self._get_reason_pair(code) if code else False

    def _get_cannot_in_period_code(self, operation_type, period):
        kind = KINDS[operation_type]
        look = {
            "deduction": self._get_cannot_in_open_period_code,
            "later": self._get_cannot_later_code,
            "month": self._get_cannot_in_month_code,
            "": self._get_cannot_free_code,
        }[kind.bound_to]
        code = look(operation_type, period)
        alone = kind.subject == "table" or kind.further
        if not code and alone and self._has_open_operation(operation_type):
            return "same_open"
        return code

    def _get_cannot_in_open_period_code(self, operation_type, period):
        current = self.current_period_id
        if not current:
            return "period_unknown"
        # A roll-back is for the period to go back to.
        if operation_type == "roll_back":
            if current.roll_back_to != period:
                return "roll_back_not_possible"
        elif current.name != period:
            return "period_not_open"
        if current.is_filed:
            return "period_filed"
        code = current._get_cannot_code(operation_type)
        if not code and KINDS[operation_type].further and not current.is_filing_known:
            return "filing_unknown"
        return code

    def _get_cannot_later_code(self, operation_type, period):
        current = self.current_period_id
        if not current:
            return "period_unknown"
        # What waits may be taken back whatever has become of its period.
        if KINDS[operation_type].waits and period not in current._get_later_names():
            return "preselect_period"
        return False

    def _get_cannot_in_month_code(self, operation_type, period):
        if period != self._get_month():
            return "refund_month"
        if KINDS[operation_type].subject != "table":
            return False
        # It confirms for good all that the bureau holds by then.
        if any(map(self._has_open_operation, REFUND_SELECTIONS)):
            return "refund_open"
        return False if self._get_refund_sums()["count"] else "nothing_refunded"

    def _get_cannot_free_code(self, operation_type, period):
        return False if period in self._get_free_periods() else "period_not_open"

    def _has_open_operation(self, operation_type):
        return operation_type in (self.sudo().open_operation_types or ())

    def _get_reason_pair(self, code):
        return code, get_sentence(self.env, code)

    def _check_can_operate(self, operation_type, period, origin="manual"):
        """:raise TaxServiceError: with the code and the sentence of the reason"""
        reason = self._get_cannot_operate_reason(operation_type, period, origin)
        if reason:
            raise self._get_refusal(*reason)
