from datetime import timedelta
from decimal import ROUND_DOWN, Decimal

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import format_datetime, formatLang

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError
from odoo.addons.invoice_tax_service.models.words import get_sentence
from odoo.addons.invoice_tax_service.tools.money import (
    AMOUNT_DIGITS,
    CENT,
    parse_amount,
    to_decimal,
)
from odoo.addons.invoice_tax_service.tools.notification import get_notification

from .right import TASK_ITEMS

# The bureau answers a question about quota once an hour (manual 003).
READ_INTERVAL = timedelta(hours=1)


class InvoiceTaxQuota(models.Model):
    """What one taxpayer may invoice through Leqi in one month (授信额度).

    The bureau's figures, and beside them what was issued here and not uploaded yet,
    which the bureau does not know. Entry points: :meth:`_submit_transfer`,
    :meth:`_submit_read`, :meth:`_submit_validity` for people; the ledger
    (``quota_ledger.py``) for issuing.

    What must never happen: an invoice issued beyond what is free; a figure that is
    not the sum of its moves.
    """

    _name = "invoice.tax.quota"
    _description = "Leqi Quota"
    _order = "month desc, taxpayer_id"
    _check_company_auto = True

    taxpayer_id = fields.Many2one(
        "invoice.tax.taxpayer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="taxpayer_id.company_id", store=True, index=True, precompute=True
    )
    environment = fields.Selection(related="taxpayer_id.environment")
    month = fields.Char(
        string="Quota Period", size=6, required=True, readonly=True, help="yyyyMM"
    )
    is_suspended = fields.Boolean(readonly=True)
    suspension = fields.Selection(
        [("suspended", "Suspended"), ("running", "Not Suspended")],
        string="Suspended Flag",
        compute="_compute_suspension",
    )
    monthly_quota = fields.Float(digits=AMOUNT_DIGITS, readonly=True, default=0.0)
    available = fields.Float(
        string="Available Remaining Quota",
        digits=AMOUNT_DIGITS,
        readonly=True,
        default=0.0,
        help="What the bureau still lets be downloaded or issued elsewhere.",
    )
    downloaded = fields.Float(
        string="Downloaded Quota", digits=AMOUNT_DIGITS, readonly=True, default=0.0
    )
    unused = fields.Float(
        string="Downloaded, Unused Quota",
        digits=AMOUNT_DIGITS,
        readonly=True,
        default=0.0,
        help="Downloaded, less what was uploaded with an issue date in this month.",
    )
    taken = fields.Float(
        string="Issued, Not Uploaded",
        digits=AMOUNT_DIGITS,
        readonly=True,
        default=0.0,
        help="Issued here; the bureau learns of it by the upload.",
    )
    in_return = fields.Float(
        string="Being Returned",
        digits=AMOUNT_DIGITS,
        compute="_compute_in_return",
        store=True,
        help="On its way back to the bureau; not free any more.",
    )
    free = fields.Float(
        string="Free Quota",
        digits=AMOUNT_DIGITS,
        compute="_compute_free",
        help="What can be issued here now: unused, less what was issued and not "
        "uploaded, less what is being returned.",
    )
    valid_from = fields.Date(readonly=True)
    valid_to = fields.Date(readonly=True)
    days_left = fields.Integer(compute="_compute_days_left", string="Days Valid")
    read_at = fields.Datetime(readonly=True)
    next_read_at = fields.Datetime(
        readonly=True,
        string="Next Synchronization From",
        help="The bureau answers once an hour.",
    )
    is_current = fields.Boolean(
        compute="_compute_is_current", search="_search_is_current"
    )
    is_formula_met = fields.Boolean(compute="_compute_formula")
    formula = fields.Char(compute="_compute_formula", string="Check")
    usage = fields.Html(compute="_compute_usage", sanitize=False)
    move_ids = fields.One2many("invoice.tax.quota.move", "quota_id", readonly=True)
    task_ids = fields.One2many("invoice.tax.quota.task", "quota_id", readonly=True)

    _month_uniq = models.Constraint(
        "UNIQUE(taxpayer_id, month)", "A taxpayer has one quota a month."
    )
    _amounts_sound = models.Constraint(
        "CHECK (taken >= 0 AND in_return >= 0)",
        "What is issued or being returned is never negative.",
    )

    # === COMPUTE METHODS === #

    @api.depends("taxpayer_id.name", "month")
    def _compute_display_name(self):
        for quota in self:
            quota.display_name = f"{quota.taxpayer_id.name} {quota.month or ''}"

    @api.depends("is_suspended")
    def _compute_suspension(self):
        for quota in self:
            quota.suspension = "suspended" if quota.is_suspended else "running"

    @api.depends("task_ids.kind", "task_ids.step", "task_ids.arrives_by")
    def _compute_in_return(self):
        for quota in self:
            quota.in_return = sum(
                task.amount
                for task in quota.task_ids
                if task.kind == "return" and task._is_on_its_way()
            )

    @api.depends("unused", "taken", "in_return")
    def _compute_free(self):
        for quota in self:
            quota.free = float(quota._get_free())

    def _get_free(self):
        """:rtype: Decimal"""
        return (
            to_decimal(self.unused)
            - to_decimal(self.taken)
            - to_decimal(self.in_return)
        )

    @api.depends("valid_to", "month")
    def _compute_days_left(self):
        for quota in self:
            today = quota.taxpayer_id._get_today()
            left = (quota.valid_to - today).days + 1 if quota.valid_to else 0
            quota.days_left = max(left, 0)

    @api.depends("month")
    def _compute_is_current(self):
        for quota in self:
            quota.is_current = quota.month == quota.taxpayer_id._get_month()

    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        current = Domain("month", "=", self.env["invoice.tax.taxpayer"]._get_month())
        return current if True in value else ~current

    @api.depends("monthly_quota", "downloaded", "available")
    @api.depends_context("lang")
    def _compute_formula(self):
        """Monthly less downloaded is what is available where Leqi is the only way to
        issue (manual 003); before filing, and where others issue too, it is not: so it
        is shown and holds nothing up."""
        for quota in self:
            expected = to_decimal(quota.monthly_quota) - to_decimal(quota.downloaded)
            difference = to_decimal(quota.available) - expected
            quota.is_formula_met = not difference
            words = {
                "monthly": quota._format(quota.monthly_quota),
                "downloaded": quota._format(quota.downloaded),
                "expected": quota._format(expected),
                "available": quota._format(quota.available),
                "difference": quota._format(difference),
            }
            if quota.is_formula_met:
                quota.formula = self.env._(
                    "Monthly quota %(monthly)s − downloaded %(downloaded)s = available "
                    "%(available)s",
                    **words,
                )
            else:
                quota.formula = self.env._(
                    "Monthly quota %(monthly)s − downloaded %(downloaded)s = "
                    "%(expected)s, the bureau shows %(available)s (%(difference)s): "
                    "before filing, or issued outside Leqi",
                    **words,
                )

    def _format(self, amount):
        return formatLang(self.env, float(amount), digits=2)

    @api.depends("monthly_quota", "downloaded", "unused", "taken", "available")
    @api.depends_context("lang")
    def _compute_usage(self):
        for quota in self:
            parts = quota._get_usage_parts()
            total = sum(amount for _label, amount, _style in parts)
            quota.usage = Markup(
                '<div class="progress o_leqi_usage" style="height: 1.5rem">%s</div>'
                '<div class="d-flex flex-wrap column-gap-3 text-muted small">%s</div>'
            ) % (
                Markup().join(
                    Markup('<div class="progress-bar %s" style="width: %s%%"></div>')
                    % (style, round(amount * 100 / total, 2))
                    for _label, amount, style in parts
                    if amount > 0
                ),
                Markup().join(
                    Markup(
                        '<span class="text-nowrap"><span style="width: 0.75em; '
                        'height: 0.75em" class="d-inline-block rounded-1 me-1 %s">'
                        "</span>%s %s</span>"
                    )
                    % (style, label, quota._format(amount))
                    for label, amount, style in parts
                ),
            )

    def _get_usage_parts(self):
        used = to_decimal(self.downloaded) - to_decimal(self.unused)
        return [
            (self.env._("Uploaded"), max(used, 0), "bg-secondary"),
            (
                self.env._("Issued, Not Uploaded"),
                to_decimal(self.taken),
                "bg-warning text-dark",
            ),
            (self.env._("Free"), max(self._get_free(), 0), "bg-success"),
            (
                self.env._("Not Downloaded"),
                max(to_decimal(self.available), 0),
                "bg-info text-dark",
            ),
        ]

    # === WHAT PEOPLE AND CRONS WANT === #

    @api.model
    def _get_or_create(self, taxpayer, month):
        """The quota of a month, made when it is new."""
        now = self.env.cr.now()
        self.env.execute_query(
            SQL(
                """
                INSERT INTO invoice_tax_quota (taxpayer_id, company_id, month,
                       monthly_quota, available, downloaded, unused, taken, in_return,
                       create_uid, create_date, write_uid, write_date)
                VALUES (%(taxpayer)s, %(company)s, %(month)s, 0, 0, 0, 0, 0, 0,
                       %(user)s, %(now)s, %(user)s, %(now)s)
                ON CONFLICT DO NOTHING RETURNING id
                """,
                taxpayer=taxpayer.id,
                company=taxpayer.company_id.id,
                month=month,
                user=self.env.uid,
                now=now,
            )
        )
        return self.sudo().search(
            [("taxpayer_id", "=", taxpayer.id), ("month", "=", month)]
        )

    def _submit_transfer(self, kind, amount, origin="manual"):
        """Have quota downloaded or returned.

        :param str kind: ``download`` or ``return``
        :param amount: more than zero, at most two decimals
        :raise TaxServiceError: with the code of what is wrong
        """
        self.ensure_one()
        self.check_access("read")
        code = self._get_transfer_problem(kind, amount)
        if code:
            raise TaxServiceError(get_sentence(self.env, code), code)
        return self.env["invoice.tax.quota.task"]._submit(
            self.taxpayer_id,
            origin,
            kind=kind,
            amount=float(parse_amount(amount)),
            quota_id=self.id,
            month=self.month,
        )

    def _get_transfer_problem(self, kind, amount):
        """Why this transfer cannot be, as a code, or ""."""
        try:
            amount = parse_amount(amount)
        except ValueError:
            return "quota_amount_invalid"
        if amount <= 0:
            return "quota_amount_invalid"
        if not self.is_current:
            return "quota_month_over"
        if self.env["invoice.tax.quota.task"]._has_open_transfer(self.taxpayer_id):
            return "quota_transfer_open"
        if kind == "return":
            return "quota_unused_short" if amount > self._get_free() else ""
        if self.is_suspended:
            return "quota_suspended"
        return "quota_available_short" if amount > to_decimal(self.available) else ""

    def _submit_read(self, origin="manual"):
        """Have the figures read, at least an hour after the last time."""
        for quota in self:
            if quota._is_read_too_soon():
                code, sentence = quota._get_too_soon_reason()
                raise TaxServiceError(sentence, code)
        return self.env["invoice.tax.quota.task"]._ask_read(self.taxpayer_id, origin)

    def _get_too_soon_reason(self):
        return "quota_query_too_soon", self.env._(
            "The bureau answers a question about quota once an hour. "
            "Synchronize again from %(time)s.",
            time=format_datetime(self.env, self.next_read_at),
        )

    def _is_read_too_soon(self):
        return bool(
            self.is_current
            and self.next_read_at
            and self.next_read_at > fields.Datetime.now()
        )

    def _submit_validity(self, origin="manual"):
        """Have what is downloaded made valid until the end of the month."""
        self.ensure_one()
        self.check_access("read")
        if not self.is_current:
            raise TaxServiceError(
                get_sentence(self.env, "quota_month_over"), "quota_month_over"
            )
        return self.env["invoice.tax.quota.task"]._submit(
            self.taxpayer_id,
            origin,
            kind="validity",
            quota_id=self.id,
            month=self.month,
        )

    def _apply_validity(self, validity):
        """:param gateway.messages.Validity validity:"""
        self.write({"valid_from": validity.valid_from, "valid_to": validity.valid_to})

    def _get_share_to_download(self):
        """The share of what is available that is downloaded every day, rounded down:
        never more than there is.

        :rtype: Decimal
        """
        share = Decimal(str(self.company_id.leqi_download_share)) / 100
        available = max(to_decimal(self.available), Decimal(0))
        return (available * share).quantize(CENT, rounding=ROUND_DOWN)

    # === ACTIONS === #

    def _open_wizard(self, kind, name):
        if len(self) != 1:
            raise TaxServiceError(
                get_sentence(self.env, "choose_one_quota"), "choose_one_quota"
            )
        self.taxpayer_id._check_can_issue(TASK_ITEMS[kind])
        wizard = self.env["invoice.tax.quota.wizard"].create(
            {"quota_id": self.id, "kind": kind}
        )
        return wizard._get_action(name)

    def action_download(self):
        """Ask how much is brought from the bureau to Leqi."""
        return self._open_wizard("download", self.env._("Download Quota"))

    def action_return(self):
        """Ask how much is given back to the bureau."""
        return self._open_wizard("return", self.env._("Return Quota"))

    def action_adjust_validity(self):
        """Show what the adjustment does, and ask."""
        return self._open_wizard("validity", self.env._("Adjust Validity"))

    def action_read(self):
        """Read these quotas anew; without any, those of all taxpayers that issue."""
        self.check_access("read")
        self.taxpayer_id._check_can("quota_read")
        quotas = self.filtered("is_current")
        if self and not quotas:
            raise TaxServiceError(
                get_sentence(self.env, "quota_month_over"), "quota_month_over"
            )
        passed_over = quotas._read_ready()
        message = self.env._("The bureau is asked for the quota.")
        return get_notification(
            self.taxpayer_id._say_passed_over(message, passed_over),
            kind="warning" if passed_over else "info",
        )

    def _read_ready(self):
        """Have these read, or all where there are none, but for whom it cannot be.

        :return: reason by taxpayer of those that were passed over
        :raise TaxServiceError: none is left
        """
        taxpayers, passed_over = self.taxpayer_id._find_ready("quota_read")
        known = self.search(
            [("taxpayer_id", "in", taxpayers.ids), ("is_current", "=", True)]
        )
        waiting = known.filtered(lambda quota: quota._is_read_too_soon())
        if known == waiting and taxpayers == known.taxpayer_id:
            # Says when, as there is nothing that could be asked now.
            known[:1]._submit_read()
        for quota in waiting:
            passed_over[quota.taxpayer_id] = quota._get_too_soon_reason()
        self.env["invoice.tax.quota.task"]._ask_read(
            taxpayers - waiting.taxpayer_id, "manual"
        )
        return passed_over
