import logging

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..exceptions import TaxServiceError
from ..tools import tax_number as tax_numbers
from .words import RECEIVING, REGISTRATION_STATUSES, get_sentence

_logger = logging.getLogger(__name__)

# Months of issue dates read by the first fetch when nothing else is set.
FIRST_FETCH_MONTHS = 12


class InvoiceTaxTaxpayer(models.Model):
    """One tax number served for one company.

    Entry points: :meth:`_check_can_operate` (``taxpayer_reasons.py``), the one
    function that says why an operation cannot be done now, and the buttons that
    fetch from the bureau. Type, filing frequency and profile
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
    open_operation_count = fields.Integer(compute="_compute_open_operation_count")
    trouble = fields.Char(related="lane_id.trouble", string="Trouble on the Line")
    paused_until = fields.Datetime(related="lane_id.paused_until")
    is_stopped = fields.Boolean(related="lane_id.is_stopped")

    # One that is archived, after a trial for example, stands in nobody's way.
    _tax_number_active_uniq = models.UniqueIndex(
        "(tax_number, company_id) WHERE active",
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
        # Which company a branch works under is cached, and so are the record rules.
        self.env.registry.clear_cache()
        taxpayers._ensure_lane()
        return taxpayers

    def write(self, vals):
        if "tax_number" in vals:
            vals = {**vals, "tax_number": tax_numbers.normalize(vals["tax_number"])}
        self._check_identity_kept(vals)
        result = super().write(vals)
        if {"company_id", "active"} & vals.keys():
            self.env.registry.clear_cache()
        if "connection_id" in vals:
            self._ensure_lane()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
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
        today = self._get_today()
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
        self._check_can("fetch")
        for taxpayer in self:
            if not taxpayer.lane_id:
                raise TaxServiceError(
                    get_sentence(self.env, "no_connection"), "no_connection"
                )
        served, refused = self._check_service_available(RECEIVING)
        self.env["invoice.tax.fetch"]._ask(served, "pool", origin="manual")
        message = self.env._(
            "The tax bureau is being read; new invoices appear in the list."
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if refused else "info",
                "sticky": bool(refused),
                "message": "\n".join([message, *refused[:10]]),
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

    def action_open_operations(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_tax_service.invoice_tax_operation_action"
        )
        action["context"] = {"search_default_taxpayer_id": self.id}
        return action

    def action_resume(self):
        """Lift the pause of the line to the bureau."""
        self._check_can("resume")
        self.sudo().lane_ids.action_resume()

    # === CRON === #

    @api.model
    def _cron_select_by_bill(self):
        """Select for deduction what is booked on posted vendor bills.

        Company by company; a taxpayer for which it cannot be done now is skipped
        and is looked at again in the next run.
        """
        taxpayers = self.search([("is_selecting_by_bill", "=", True)])
        for taxpayer in taxpayers._filter_served(RECEIVING):
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
