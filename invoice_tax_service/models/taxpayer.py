import logging

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..exceptions import TaxServiceError
from ..gateway.operation_kinds import KINDS, TABLE_OPERATIONS, get_wire_operations
from ..tools import tax_number as tax_numbers
from .words import REGISTRATION_STATUSES, get_sentence

_logger = logging.getLogger(__name__)

# Months of issue dates read by the first fetch when nothing else is set.
FIRST_FETCH_MONTHS = 12
# Which right each thing that people do needs.
GROUPS = {
    "view": "invoice_tax_service.group_viewer",
    "operate": "invoice_tax_service.group_receiving_clerk",
    "manage": "invoice_tax_service.group_manager",
}
# Service group of the licences that the operations of this addon belong to.
RECEIVING = "receiving"


class InvoiceTaxTaxpayer(models.Model):
    """One tax number served for one company.

    Entry points: :meth:`_check_can_operate`, the one function that says why an
    operation cannot be done now (asked by button, cron and public method alike),
    and the buttons that fetch from the bureau. Type, filing frequency and profile
    are read back from the bureau, with the date.

    What must never happen: an operation for a tax number without right, licence
    or connection; a wrong tax number taken for a right one.
    """

    _name = "invoice.tax.taxpayer"
    _description = "Taxpayer"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "company_id, name"
    _rec_names_search = ["name", "tax_number"]
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    tax_number = fields.Char(required=True, index=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    connection_id = fields.Many2one(
        "invoice.tax.connection",
        string="Connection to the Bureau",
        check_company=True,
        ondelete="restrict",
    )
    environment = fields.Selection(related="connection_id.environment")
    lane_ids = fields.One2many("invoice.tax.lane", "taxpayer_id", string="Lines")
    lane_id = fields.Many2one(
        "invoice.tax.lane", compute="_compute_lane_id", search="_search_lane_id"
    )
    taxpayer_type = fields.Selection(
        [
            ("general", "General Taxpayer"),
            ("small_scale", "Small-scale Taxpayer"),
            ("reregistered", "Re-registered Small-scale Taxpayer"),
            ("counselling", "Taxpayer under Counselling"),
            ("natural_person", "Natural Person"),
            ("unknown", "Unknown"),
        ],
        default="general",
        required=True,
        tracking=True,
    )
    filing_frequency = fields.Selection(
        [("month", "Monthly"), ("quarter", "Quarterly")],
        default="month",
        required=True,
        tracking=True,
    )
    credit_level = fields.Char(readonly=True)
    authority = fields.Char(readonly=True, string="Tax Authority")
    registration_code = fields.Char(readonly=True)
    registration_status = fields.Char(compute="_compute_registration_status")
    is_at_risk = fields.Boolean(readonly=True, string="Risk Taxpayer")
    bureau_name = fields.Char(readonly=True, string="Name at the Bureau")
    profile_synced_at = fields.Datetime(readonly=True)
    fetch_from = fields.Char(
        help="First issue month (yyyyMM) of the first fetch; empty: a year back."
    )
    is_selecting_by_bill = fields.Boolean(
        string="Select Invoices of Posted Bills",
        help="A scheduled action selects for deduction what is booked on a posted "
        "vendor bill and not yet selected.",
    )
    period_ids = fields.One2many("invoice.tax.period", "taxpayer_id")
    current_period_id = fields.Many2one(
        "invoice.tax.period", compute="_compute_current_period_id"
    )
    input_invoice_count = fields.Integer(compute="_compute_input_invoice_count")
    refund_count = fields.Integer(compute="_compute_refund_count")
    open_operation_count = fields.Integer(compute="_compute_open_operation_count")
    trouble = fields.Char(related="lane_id.trouble", string="Trouble on the Line")
    paused_until = fields.Datetime(related="lane_id.paused_until")
    is_stopped = fields.Boolean(related="lane_id.is_stopped")

    _tax_number_company_uniq = models.Constraint(
        "UNIQUE(tax_number, company_id)",
        "This company has a taxpayer with this tax number already.",
    )

    # === COMPUTE METHODS === #

    @api.depends("lane_ids.connection_id", "connection_id")
    def _compute_lane_id(self):
        for taxpayer in self:
            taxpayer.lane_id = taxpayer.sudo().lane_ids.filtered(
                lambda lane, connection=taxpayer.connection_id: (
                    lane.connection_id == connection
                )
            )[:1]

    @api.depends("registration_code")
    @api.depends_context("lang")
    def _compute_registration_status(self):
        for taxpayer in self:
            code = taxpayer.registration_code
            taxpayer.registration_status = (
                self.env._(REGISTRATION_STATUSES[code])
                if code in REGISTRATION_STATUSES
                else code
            )

    def _search_lane_id(self, operator, value):
        if operator not in ("=", "!=", "in", "not in"):
            return NotImplemented
        return [("lane_ids", operator, value)]

    @api.depends("period_ids.is_current")
    def _compute_current_period_id(self):
        for taxpayer in self:
            taxpayer.current_period_id = taxpayer.period_ids.filtered("is_current")[:1]

    def _compute_input_invoice_count(self):
        counts = dict(
            self.env["invoice.tax.input.invoice"]._read_group(
                [("taxpayer_id", "in", self.ids)], ["taxpayer_id"], ["__count"]
            )
        )
        for taxpayer in self:
            taxpayer.input_invoice_count = counts.get(taxpayer, 0)

    def _compute_open_operation_count(self):
        counts = dict(
            self.env["invoice.tax.operation"]._read_group(
                [
                    ("taxpayer_id", "in", self.ids),
                    ("state", "in", ("waiting", "processing")),
                ],
                ["taxpayer_id"],
                ["__count"],
            )
        )
        for taxpayer in self:
            taxpayer.open_operation_count = counts.get(taxpayer, 0)

    # === CONSTRAINTS AND CRUD === #

    @api.constrains("tax_number")
    def _check_tax_number(self):
        for taxpayer in self:
            if not tax_numbers.is_valid(taxpayer.tax_number):
                raise ValidationError(
                    self.env._(
                        "%(number)s is not a tax number: a unified social credit code "
                        "has 18 places and ends with its check digit (old numbers have "
                        "15, 17 or 20). Compare it with the business licence.",
                        number=taxpayer.tax_number,
                    )
                )

    @api.constrains("fetch_from")
    def _check_fetch_from(self):
        for taxpayer in self.filtered("fetch_from"):
            month = taxpayer.fetch_from
            if not (len(month) == 6 and month.isdigit() and "01" <= month[4:] <= "12"):
                raise ValidationError(
                    self.env._(
                        "%(month)s is not a month; write year and month, like 202601.",
                        month=month,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if "tax_number" in vals:
                vals["tax_number"] = tax_numbers.normalize(vals["tax_number"])
        taxpayers = super().create(vals_list)
        taxpayers._ensure_lane()
        return taxpayers

    def write(self, vals):
        if "tax_number" in vals:
            vals = {**vals, "tax_number": tax_numbers.normalize(vals["tax_number"])}
        self._check_identity_kept(vals)
        result = super().write(vals)
        if "connection_id" in vals:
            self._ensure_lane()
        return result

    def _check_identity_kept(self, vals):
        """Tax number and company stay once something was said at the bureau: what
        is under way would be asked for, and sent again, for somebody else."""
        changing = self.filtered(
            lambda taxpayer: (
                vals.get("tax_number", taxpayer.tax_number) != taxpayer.tax_number
                or vals.get("company_id", taxpayer.company_id.id)
                != taxpayer.company_id.id
            )
        )
        for model_name in self._get_identity_models():
            used = (
                self.env[model_name]
                .sudo()
                .search([("taxpayer_id", "in", changing.ids)], limit=1)
                .taxpayer_id
            )
            if used:
                raise TaxServiceError(
                    self.env._(
                        "Taxpayer %(name)s has been in touch with the tax bureau, "
                        "so its tax number and company cannot change. Archive it "
                        "and add a new taxpayer.",
                        name=used.name,
                    ),
                    "taxpayer_in_use",
                )

    @api.model
    def _get_identity_models(self):
        """Models whose rows were said at the bureau under the tax number."""
        return ["invoice.tax.operation", "invoice.tax.fetch"]

    def _ensure_lane(self):
        lanes = self.env["invoice.tax.lane"].sudo()
        for taxpayer in self.filtered("connection_id"):
            if taxpayer.connection_id not in taxpayer.sudo().lane_ids.connection_id:
                lanes.create(
                    {
                        "taxpayer_id": taxpayer.id,
                        "connection_id": taxpayer.connection_id.id,
                    }
                )

    @api.depends("name", "tax_number")
    def _compute_display_name(self):
        for taxpayer in self:
            taxpayer.display_name = taxpayer.name

    # === WHY NOT === #

    def _get_service_unavailable_reason(self, service_group):
        """Hook of the licence addon.

        :param str service_group: ``receiving`` or ``issuing``
        :return: a translated sentence why the service is not available for this
            taxpayer, or False
        """
        self.ensure_one()
        return False

    def _get_missing_right_reason(self, action):
        """Why the user may not do this for this taxpayer, or False.

        :param str action: ``view``, ``operate`` or ``manage``
        """
        self.ensure_one()
        if not self._has_right(action, self.company_id):
            return get_sentence(self.env, "no_right")
        return False

    @api.model
    def _get_right_groups(self):
        """Action → the group whose members may do it; other addons add their own."""
        return GROUPS

    @api.model
    def _has_right(self, action, company):
        """Whether the user may do this in this company."""
        return self.env.su or (
            company in self.env.companies
            and self.env.user.has_group(self._get_right_groups()[action])
        )

    def _check_can(self, action):
        """:raise TaxServiceError: the user has no right for one of these"""
        for taxpayer in self:
            reason = taxpayer._get_missing_right_reason(action)
            if reason:
                raise TaxServiceError(reason, "no_right")

    def _get_cannot_operate_reason(self, operation_type, period, origin="manual"):
        """The one function that says why an operation cannot be done now.

        :param str operation_type: a key of ``words.OPERATION_TYPES``
        :param str period: ``yyyyMM``
        :return: ``(code, sentence)`` or False
        """
        self.ensure_one()
        reason = self._get_missing_right_reason("operate")
        if reason:
            return "no_right", reason
        if not self.lane_id:
            return self._get_reason_pair("no_connection")
        reason = self._get_service_unavailable_reason(RECEIVING)
        if reason:
            return "service_unavailable", reason
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
        """The period that an operation is for when nobody says it: the running month
        for export refunds, else the open one; "" while that is not known."""
        bound_to = KINDS[operation_type].bound_to
        current = self.current_period_id.name or ""
        if bound_to == "month":
            return self._get_month()
        return current if bound_to else current or self._get_month()

    def _get_cannot_in_period_reason(self, operation_type, period):
        bound_to = KINDS[operation_type].bound_to
        if bound_to == "month" and period != self._get_month():
            return self._get_reason_pair("refund_month")
        if bound_to != "deduction":
            if operation_type in TABLE_OPERATIONS and self._has_open_operation(
                operation_type
            ):
                return self._get_reason_pair("same_open")
            return False
        current = self.current_period_id
        if not current:
            return self._get_reason_pair("period_unknown")
        # A roll-back is for the period to go back to.
        if operation_type == "roll_back":
            if current.roll_back_to != period:
                return self._get_reason_pair("roll_back_not_possible")
        elif current.name != period:
            return self._get_reason_pair("period_not_open")
        if current.is_filed:
            return self._get_reason_pair("period_filed")
        code = current._get_cannot_code(operation_type)
        if not code and operation_type in TABLE_OPERATIONS:
            code = self._has_open_operation(operation_type) and "same_open"
        return self._get_reason_pair(code) if code else False

    def _has_open_operation(self, operation_type):
        return bool(
            self.env["invoice.tax.operation"]
            .sudo()
            .search_count(
                [
                    ("taxpayer_id", "=", self.id),
                    ("operation_type", "=", operation_type),
                    ("state", "in", ("waiting", "processing")),
                ],
                limit=1,
            )
        )

    def _get_reason_pair(self, code):
        return code, get_sentence(self.env, code)

    def _check_can_operate(self, operation_type, period, origin="manual"):
        """:raise TaxServiceError: with the code and the sentence of the reason"""
        reason = self._get_cannot_operate_reason(operation_type, period, origin)
        if reason:
            raise TaxServiceError(reason[1], reason[0])

    # === READ BACK === #

    def _apply_profile(self, data):
        """:param gateway.messages.TaxpayerData data:"""
        self.ensure_one()
        self.write(
            {
                "bureau_name": data.name or False,
                "taxpayer_type": data.taxpayer_type,
                "filing_frequency": data.filing_frequency or self.filing_frequency,
                "credit_level": data.credit_level or False,
                "authority": data.authority or False,
                "registration_code": data.status or False,
                "is_at_risk": data.risk,
                "profile_synced_at": fields.Datetime.now(),
            }
        )

    def _get_months_to_fetch(self):
        """Issue months ``yyyyMM`` of the first fetch, oldest first."""
        today = fields.Date.context_today(self)
        last = today.year * 12 + today.month - 1
        first = last - FIRST_FETCH_MONTHS
        if self.fetch_from:
            first = int(self.fetch_from[:4]) * 12 + int(self.fetch_from[4:]) - 1
        # The bureau's clock may be ahead of ours: one month more costs nothing.
        return tuple(
            f"{month // 12:04d}{month % 12 + 1:02d}" for month in range(first, last + 2)
        )

    # === ACTIONS === #

    def action_fetch(self):
        """Read input invoices, period and profile from the bureau."""
        self.check_access("read")
        self._check_can("operate")
        for taxpayer in self:
            if not taxpayer.lane_id:
                raise TaxServiceError(
                    get_sentence(self.env, "no_connection"), "no_connection"
                )
        self.env["invoice.tax.fetch"]._ask(self, "pool", origin="manual")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "The tax bureau is being read; new invoices appear in the list."
                ),
            },
        }

    def action_open_input_invoices(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_tax_service.invoice_tax_input_invoice_action"
        )
        action["context"] = {
            "search_default_taxpayer_id": self.id,
            "default_taxpayer_id": self.id,
        }
        return action

    def _get_refund_domain(self):
        """Input invoices that the next refund confirmation takes in."""
        return Domain(
            [
                ("taxpayer_id", "in", self.ids),
                ("purpose", "=", "refund"),
                ("selection", "=", "selected"),
                ("period", "=", self._get_month()),
            ]
        )

    def _compute_refund_count(self):
        counts = dict(
            self.env["invoice.tax.input.invoice"]._read_group(
                self._get_refund_domain(), ["taxpayer_id"], ["__count"]
            )
        )
        for taxpayer in self:
            taxpayer.refund_count = counts.get(taxpayer, 0)

    def action_confirm_refund(self):
        """Show the sums of what is selected for export refund, and ask."""
        self.ensure_one()
        self._check_can_operate("refund_sign", self._get_month())
        if not self.refund_count:
            raise TaxServiceError(
                get_sentence(self.env, "nothing_refunded"), "nothing_refunded"
            )
        wizard = self.env["invoice.tax.refund.wizard"].create({"taxpayer_id": self.id})
        return wizard._get_action()

    def action_open_operations(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_tax_service.invoice_tax_operation_action"
        )
        action["context"] = {"search_default_taxpayer_id": self.id}
        return action

    def action_resume(self):
        """Lift the pause of the line to the bureau."""
        self._check_can("manage")
        self.sudo().lane_ids.action_resume()

    # === CRON === #

    @api.model
    def _cron_select_by_bill(self):
        """Select for deduction what is booked on posted vendor bills.

        Company by company; a taxpayer for which it cannot be done now is skipped
        and is looked at again in the next run.
        """
        taxpayers = self.search([("is_selecting_by_bill", "=", True)])
        for taxpayer in taxpayers:
            try:
                taxpayer.with_company(taxpayer.company_id)._select_by_bill()
            except Exception:  # noqa: BLE001 - one taxpayer must not stop the others
                self.env.cr.rollback()
                _logger.exception("Selecting by bill failed for %s", taxpayer)
            self.env["ir.cron"]._commit_progress(1)

    def _select_by_bill(self):
        period = self.current_period_id.name
        if self._get_cannot_operate_reason("deduct", period, "automatic"):
            return
        invoices = self.env["invoice.tax.input.invoice"]._find_booked_unselected(self)
        operations = self.env["invoice.tax.operation"]
        rows = [
            row
            for row in operations._plan_selection(
                self, "deduct", period, invoices._get_wishes()
            )
            if not row.refusal
        ]
        if rows:
            operations._submit_selection(self, "deduct", period, rows, "automatic")
