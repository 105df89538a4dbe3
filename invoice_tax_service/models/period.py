from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ..exceptions import TaxServiceError
from ..gateway.operation_kinds import SELECTING_OPERATIONS
from .words import STATISTICS_STATUSES, get_sentence

# Statistics status in which a table stands, so that selection is locked.
TABLE_STANDS = ("02", "03", "04", "05", "25")
SIGNED = "05"
# A table that the bureau will not let us sign, and why.
UNSIGNABLE = {"03": "sign_222", "04": "cannot_sign", "25": "sign_333"}
# The bureau is at work on the table: nothing may be changed meanwhile.
MOVING = {"21": "statistics_running", "24": "certification_running"}
# Why there is no table that could be revoked or signed.
MISSING = {"22": "nothing_selected", "23": "reregistered"}


class InvoiceTaxPeriod(models.Model):
    """One tax period of one taxpayer: the month card.

    Everything but the sums is read back from the bureau (:meth:`_apply_bureau_data`)
    with the date; the sums are local and serve as a check. Entry points for people:
    the buttons that generate, revoke and sign.

    What must never happen: a local guess standing for the bureau's word on which
    period is open or how the table stands.
    """

    _name = "invoice.tax.period"
    _description = "Tax Period"
    _order = "name desc, taxpayer_id"
    _check_company_auto = True

    name = fields.Char(
        string="Tax Period", required=True, readonly=True, index=True, help="yyyyMM"
    )
    year = fields.Char(compute="_compute_year", store=True)
    month = fields.Integer(compute="_compute_year", store=True)
    taxpayer_type = fields.Selection(related="taxpayer_id.taxpayer_type")
    taxpayer_id = fields.Many2one(
        "invoice.tax.taxpayer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    is_current = fields.Boolean(
        readonly=True, help="The period that the bureau works on now."
    )
    is_future = fields.Boolean(readonly=True, help="Comes after the current one.")
    # future → open → statistics (table built) → signed → filed (the bureau says so)
    # statistics → open (table revoked); signed → statistics (signature revoked)
    # open, statistics → closed (deadline passed without signature)
    # open → future (rolled back to the period before)
    state = fields.Selection(
        [
            ("future", "Not Open Yet"),
            ("open", "Not Generated"),
            ("statistics", "Generated"),
            ("signed", "Signed"),
            ("filed", "Filed"),
            ("closed", "Closed"),
        ],
        compute="_compute_state",
        store=True,
    )
    card = fields.Selection(
        [("past", "Past"), ("current", "Current"), ("future", "Future")],
        compute="_compute_card",
    )
    opened_on = fields.Date(readonly=True)
    deadline = fields.Date(readonly=True, string="Filing Deadline")
    days_left = fields.Char(compute="_compute_days_left")
    next_period = fields.Char(readonly=True)
    issue_date_from = fields.Date(readonly=True, string="Selectable From")
    issue_date_to = fields.Date(readonly=True, string="Selectable To")
    statistics_status = fields.Selection(
        STATISTICS_STATUSES, readonly=True, default="01"
    )
    is_filed = fields.Boolean(readonly=True, string="Filed at the Bureau")
    is_filing_known = fields.Boolean(
        readonly=True,
        default=True,
        help="Off: the channel cannot tell; who signs is asked.",
    )
    sign_hint = fields.Char(compute="_compute_sign_hint")
    statistics_at = fields.Datetime(readonly=True, string="Generated At")
    signed_at = fields.Datetime(readonly=True)
    synced_at = fields.Datetime(readonly=True)
    statistics_ids = fields.One2many(
        "invoice.tax.statistics", "period_id", string="Statistics Tables"
    )
    statistics_id = fields.Many2one(
        "invoice.tax.statistics", compute="_compute_statistics_id"
    )
    confirmation_ids = fields.One2many("invoice.tax.confirmation", "period_id")
    open_count = fields.Integer(
        compute="_compute_open", string="Selectable Invoices", compute_sudo=False
    )
    open_refund_count = fields.Integer(
        related="taxpayer_id.refund_count",
        related_sudo=False,
        string="Refunds to Confirm",
        help="Selected for export refund and not confirmed, in the running month.",
    )
    can_build = fields.Boolean(compute="_compute_can")
    can_revoke = fields.Boolean(compute="_compute_can")
    can_sign = fields.Boolean(compute="_compute_can")
    can_revoke_sign = fields.Boolean(compute="_compute_can")
    is_working = fields.Boolean(compute="_compute_is_working")

    _taxpayer_name_uniq = models.Constraint(
        "UNIQUE(taxpayer_id, name)", "A taxpayer has each tax period once."
    )
    _current_uniq = models.UniqueIndex(
        "(taxpayer_id) WHERE is_current", "A taxpayer has one current tax period."
    )

    # === COMPUTE METHODS === #

    @api.depends("name")
    def _compute_year(self):
        for period in self:
            period.year = (period.name or "")[:4]
            period.month = int((period.name or "")[4:6] or 0)

    @api.depends("is_current", "is_future", "is_filed", "statistics_status")
    def _compute_state(self):
        for period in self:
            if period.is_future:
                period.state = "future"
            elif period.is_filed:
                period.state = "filed"
            elif period.statistics_status == SIGNED:
                period.state = "signed"
            elif not period.is_current:
                period.state = "closed"
            elif period.statistics_status in TABLE_STANDS:
                period.state = "statistics"
            else:
                period.state = "open"

    @api.depends("is_current", "is_future")
    def _compute_card(self):
        for period in self:
            later = "future" if period.is_future else "past"
            period.card = "current" if period.is_current else later

    @api.depends("statistics_status", "is_current")
    @api.depends_context("lang")
    def _compute_sign_hint(self):
        """Why a table cannot be built or signed now, and what to do."""
        hints = {**UNSIGNABLE, **MOVING, "23": MISSING["23"]}
        for period in self:
            code = period.is_current and hints.get(period.statistics_status)
            period.sign_hint = code and get_sentence(self.env, code)

    @api.depends("deadline")
    @api.depends_context("lang")
    def _compute_days_left(self):
        today = self.env["invoice.tax.taxpayer"]._get_today()
        for period in self:
            days = period.deadline and (period.deadline - today).days
            if days is False:
                period.days_left = ""
            elif days >= 0:
                period.days_left = self.env._("%(days)s days left", days=days)
            else:
                period.days_left = self.env._("%(days)s days ago", days=-days)

    def _compute_statistics_id(self):
        for period in self:
            period.statistics_id = period.statistics_ids[:1]

    def _compute_open(self):
        counts = dict(
            self.env["invoice.tax.input.invoice"]._read_group(
                Domain("taxpayer_id", "in", self.taxpayer_id.ids)
                & self.env["invoice.tax.input.invoice"]._get_selectable_domain(),
                ["taxpayer_id"],
                ["__count"],
            )
        )
        for period in self:
            can_select = period.is_current and period.taxpayer_type != "small_scale"
            period.open_count = counts.get(period.taxpayer_id, 0) if can_select else 0

    @api.depends("statistics_status", "is_current", "is_filed", "taxpayer_id")
    def _compute_can(self):
        # Without the right of the user: a button that is not hidden says what is
        # missing when it is pressed.
        for period in self.sudo():
            for name, operation_type in (
                ("can_build", "statistics"),
                ("can_revoke", "statistics_revoke"),
                ("can_sign", "sign"),
                ("can_revoke_sign", "sign_revoke"),
            ):
                period[name] = not period.taxpayer_id._get_cannot_operate_reason(
                    operation_type, period.name
                )

    def _compute_is_working(self):
        busy = dict(
            self.env["invoice.tax.operation"]._read_group(
                [
                    ("taxpayer_id", "in", self.taxpayer_id.ids),
                    ("state", "in", ("waiting", "processing")),
                ],
                ["taxpayer_id"],
                ["__count"],
            )
        )
        for period in self:
            period.is_working = bool(period.is_current and busy.get(period.taxpayer_id))

    @api.depends("name")
    def _compute_display_name(self):
        for period in self:
            period.display_name = period.name

    @api.model
    @api.readonly
    def get_banner(self, taxpayer_ids):
        """What stands above the input invoices of these taxpayers, or of all when
        there is no invoice to be seen.

        :return: ``[{id, taxpayer, name, deadline, issue_dates, status, locked}]`` of
            their current periods, ready to be shown
        """
        domain = [("is_current", "=", True)]
        if taxpayer_ids:
            domain.append(("taxpayer_id", "in", taxpayer_ids))
        periods = self.search(domain, limit=5)
        statuses = dict(
            self._fields["statistics_status"]._description_selection(self.env)
        )
        return [
            {
                "id": period.id,
                "taxpayer": period.taxpayer_id.name,
                "name": period.name,
                "deadline": format_date(self.env, period.deadline),
                "issue_dates": period._get_issue_dates(),
                "status": statuses.get(period.statistics_status, ""),
                "locked": bool(period._get_cannot_code("deduct")),
            }
            for period in periods
        ]

    def _get_issue_dates(self):
        if not self.issue_date_from and not self.issue_date_to:
            return ""
        return " – ".join(
            format_date(self.env, day) if day else ""
            for day in (self.issue_date_from, self.issue_date_to)
        )

    # === WHY NOT === #

    def _get_cannot_code(self, operation_type):
        """Why the state of this period stands against an operation, as a code."""
        self.ensure_one()
        status = self.statistics_status
        stands, signed = status in TABLE_STANDS, status == SIGNED
        if status in MOVING:
            return MOVING[status]
        if operation_type in SELECTING_OPERATIONS:
            return "statistics_exist" if stands else False
        if operation_type == "statistics":
            # "Nothing selected" is what the bureau said when it was asked last.
            refused = status == "23" and MISSING[status]
            return "statistics_exist" if stands else refused
        if operation_type == "roll_back":
            return not self._may_roll_back() and "roll_back_not_possible"
        if operation_type == "sign_revoke":
            return False if signed else "not_signed"
        if not stands:
            return MISSING.get(status, "statistics_missing")
        if signed:
            return "already_confirmed"
        if operation_type == "sign":
            return UNSIGNABLE.get(status, False)
        return False

    # === FROM THE BUREAU === #

    @api.model
    def _get_or_create(self, taxpayer, name):
        period = self.sudo().search(
            [("taxpayer_id", "=", taxpayer.id), ("name", "=", name)]
        )
        current = taxpayer.sudo().current_period_id.name
        return period or self.sudo().create(
            {
                "taxpayer_id": taxpayer.id,
                "company_id": taxpayer.company_id.id,
                "name": name,
                # An export refund is confirmed in the month that is running.
                "is_future": bool(current) and name > current,
            }
        )

    def _apply_bureau_data(self, data, table):
        """This period is the current one, and stands like this.

        :param gateway.messages.PeriodData data:
        :param table: ``gateway.messages.StatisticsTable`` or None
        """
        self.ensure_one()
        others = self.search(
            [
                ("taxpayer_id", "=", self.taxpayer_id.id),
                ("is_current", "=", True),
                ("id", "!=", self.id),
            ]
        )
        others._leave(self.name)
        # Written first: two periods must not be current for a moment either.
        others.flush_recordset(["is_current"])
        self.write(
            {
                "is_current": True,
                "is_future": False,
                "opened_on": data.opened_on,
                "deadline": data.deadline,
                "next_period": data.next_period or False,
                "issue_date_from": data.issue_date_from,
                "issue_date_to": data.issue_date_to,
                "statistics_status": data.statistics_status,
                "is_filed": bool(data.filed),
                "is_filing_known": data.filed is not None,
                "statistics_at": data.statistics_at,
                "signed_at": data.signed_at,
                "synced_at": fields.Datetime.now(),
                **self._get_roll_back_values(data.roll_back),
            }
        )
        self._draw_year()
        self.env["invoice.tax.statistics"]._apply_table(self, table)

    def _draw_year(self):
        """A card for each period of the year, so that nobody looks for one."""
        self.ensure_one()
        names = self._get_year_names()
        known = self.sudo().search(
            [("taxpayer_id", "=", self.taxpayer_id.id), ("name", ">=", names[0])]
        )
        missing = set(names) - set(known.mapped("name"))
        known |= self.sudo().create(
            [
                {
                    "taxpayer_id": self.taxpayer_id.id,
                    "company_id": self.company_id.id,
                    "name": name,
                    "is_future": name > self.name,
                }
                for name in sorted(missing)
            ]
        )
        for period in known - self:
            if period.is_future != (period.name > self.name):
                period.is_future = period.name > self.name

    def _leave(self, current):
        """The bureau works on another period now: this one is over, or not open yet
        when it went back. Whether it is filed only the bureau knows; what it said
        last stands.

        :param str current: the period that is current now, ``yyyyMM``
        """
        for period in self:
            back = period.name > current
            signed = period.statistics_status == SIGNED
            period.write(
                {
                    "is_current": False,
                    "is_future": back,
                    "is_filed": not back and period.is_filed,
                    **({"statistics_status": "01"} if back else {}),
                }
            )
            if back or not signed:
                # What was selected and not confirmed falls back (manual 001, 1.1);
                # the next reading of the pool says how each invoice stands.
                fetches = self.env["invoice.tax.fetch"]
                fetches._ask_if_served(period.taxpayer_id, "pool")

    def _apply_table_operation(self, request, progress):
        """An operation on the table succeeded; the reading after it has the last
        word, this only spares people the wait for it."""
        self.ensure_one()
        now = fields.Datetime.now()
        operation, operation_type = request.operation_id, request.operation_type
        if operation_type == "statistics":
            table = progress.statistics
            self.write(
                {
                    "statistics_status": table.status if table else "02",
                    "statistics_at": table and table.built_at or now,
                }
            )
            self.env["invoice.tax.statistics"]._apply_table(self, table)
        elif operation_type == "statistics_revoke":
            self.write({"statistics_status": "01", "statistics_at": False})
            self.env["invoice.tax.statistics"]._apply_table(self, None)
        elif operation_type == "sign":
            confirmation = self.env["invoice.tax.confirmation"]._confirm(
                self, operation, progress, request.sent_at
            )
            if confirmation.state == "signed":
                signed_at = progress.signed_at or now
                self.write({"statistics_status": SIGNED, "signed_at": signed_at})
        elif operation_type == "sign_revoke":
            self.write({"statistics_status": "02", "signed_at": False})
            self.env["invoice.tax.confirmation"]._cancel(self)
        elif operation.operation_type == "refund_sign":
            self.env["invoice.tax.confirmation"]._confirm(self, operation, progress)

    # === ACTIONS === #

    def action_build_statistics(self):
        return self._operate("statistics")

    def action_revoke_statistics(self):
        return self._operate("statistics_revoke")

    def action_confirm_refund(self):
        """Show the sums of what is selected for export refund, and ask."""
        return self.taxpayer_id.action_confirm_refund()

    def action_revoke_signature(self):
        return self._operate("sign_revoke")

    def action_sign(self):
        """Show the sums once more and ask, before anything is signed."""
        self.ensure_one()
        self.taxpayer_id._check_can_operate("sign", self.name)
        wizard = self.env["invoice.tax.table.wizard"].create({"period_id": self.id})
        return wizard._get_action()

    def _operate(self, operation_type, period=None, **values):
        self.ensure_one()
        operation = self.env["invoice.tax.operation"]._submit_table(
            self.taxpayer_id, operation_type, period or self.name, "manual", **values
        )
        return operation._get_sent_notification()

    def action_fetch(self):
        return self.taxpayer_id.action_fetch()

    def action_open_statistics(self):
        self.ensure_one()
        if not self.statistics_id:
            raise TaxServiceError(
                get_sentence(self.env, "statistics_missing"), "statistics_missing"
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": "invoice.tax.statistics",
            "res_id": self.statistics_id.id,
            "view_mode": "form",
        }

    def action_open_input_invoices(self):
        """The invoices of this period; of the current one also the selectable."""
        self.ensure_one()
        action = self.taxpayer_id.action_open_input_invoices()
        if self.is_current:
            action["context"]["search_default_selectable"] = 1
        else:
            action["domain"] = [("period", "=", self.name)]
        return action
