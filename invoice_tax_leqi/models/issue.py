from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from odoo.addons.invoice_tax_service.models.task_mixin import growing_wait
from odoo.addons.invoice_tax_service.models.words import get_sentence
from odoo.addons.invoice_tax_service.tools.money import AMOUNT_DIGITS, to_decimal

from .issue_words import (
    INVOICE_TYPES,
    ISSUE_STATES,
    KINDS,
    OPEN_STATES,
    RED_REASONS,
    SOON_CODES,
    UNNUMBERED_STATES,
    china_date,
)

# Seconds: first and longest wait until what was held, or sent back, is tried again.
HELD_FIRST, HELD_CAP = 30.0, 600.0
# What the platform keeps sending back leaves rows behind each time: hours at last.
SENT_BACK_CAP = 4 * 3600.0
# A row of a customer invoice stands in the way of another one, unless it is over
# and holds no number.
NOT_LIVE = (
    "state IN ('discarded', 'withdrawn') OR (state = 'failed' AND number IS NULL)"
)


class InvoiceTaxIssue(models.Model):
    """One digital invoice, from the wish to the confirmation of the platform.

    Made by :meth:`_request` from posted customer invoices and credit notes; what is
    issued stands in ``content`` and never changes afterwards. The dispatcher that
    holds the lane takes quota and numbers for a bite of them (``issue_take.py``) and
    sends it as one ``invoice.tax.upload``; what comes back is written by the upload.
    What a person may do stands in ``issue_actions.py``.

    What must never happen: two live rows for one customer invoice (a partial unique
    index stands against it); a number given to two rows; a number that is spent and
    of which no row says where it went.
    """

    _name = "invoice.tax.issue"
    _description = "Issue Request"
    _order = "id desc"
    _rec_names_search = ["number", "name"]
    _check_company_auto = True

    name = fields.Char(readonly=True, string="Document")
    move_id = fields.Many2one(
        "account.move",
        readonly=True,
        index=True,
        ondelete="restrict",
        string="Customer Invoice",
    )
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
    lane_id = fields.Many2one(
        "invoice.tax.lane",
        compute="_compute_lane_id",
        compute_sudo=True,
        store=True,
        precompute=True,
        index=True,
        ondelete="restrict",
    )
    user_id = fields.Many2one(
        "res.users",
        readonly=True,
        default=lambda self: self.env.user,
        string="Operator",
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    invoice_type = fields.Selection(
        INVOICE_TYPES, default="ordinary", required=True, readonly=True
    )
    buyer_name = fields.Char(readonly=True)
    buyer_tax_number = fields.Char(readonly=True)
    # CNY, negative when red.
    net_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    vat_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True, string="VAT")
    gross_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True, string="Total")
    content = fields.Json(
        readonly=True, copy=False, help="Parties and lines as they are sent."
    )
    blue_issue_id = fields.Many2one(
        "invoice.tax.issue",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        string="Blue Invoice",
    )
    blue_number = fields.Char(size=20, readonly=True)
    # Of a red one: when the blue invoice was issued.
    blue_issued_on = fields.Date(readonly=True)
    red_reason = fields.Selection(
        RED_REASONS, readonly=True, string="Red-letter Reason"
    )
    red_form_id = fields.Many2one(
        "invoice.tax.red.form", readonly=True, index="btree_not_null"
    )
    red_issue_ids = fields.One2many(
        "invoice.tax.issue", "blue_issue_id", string="Red Invoices"
    )
    # state       who                  →
    # form        form (answer)        waiting, failed
    # waiting     dispatcher           numbered, held
    # held        dispatcher           numbered, held
    # form, waiting, held  user        withdrawn
    # numbered    dispatcher           uploading
    # uploading   upload               accepted, unclear, numbered (not sent)
    # unclear     upload (asked)       accepted, numbered (never came), and as accepted
    # accepted    upload (answer)      success, failed, numbered (goes up again)
    # failed with a number, numbered without an upload   user   discarding, numbered
    # discarding  task (answer)        discarded, success (it was there), failed
    state = fields.Selection(
        ISSUE_STATES, default="waiting", required=True, readonly=True, index=True
    )
    number = fields.Char(
        size=20, readonly=True, copy=False, index=True, string="Digital Invoice Number"
    )
    issued_at = fields.Datetime(readonly=True, copy=False)
    issued_on = fields.Date(
        readonly=True,
        copy=False,
        help="Issue date in China: its month pays, its year numbers.",
    )
    upload_id = fields.Many2one(
        "invoice.tax.upload", readonly=True, copy=False, index="btree_not_null"
    )
    answered_at = fields.Datetime(readonly=True, copy=False)
    next_attempt_at = fields.Datetime(
        readonly=True,
        copy=False,
        required=True,
        default=lambda self: fields.Datetime.now(),
    )
    attempts = fields.Integer(readonly=True, copy=False)
    bite_limit = fields.Integer(
        readonly=True,
        copy=False,
        help="Sent with so many others at most, after a refusal as a whole; 0: any.",
    )
    result_code = fields.Char(readonly=True, copy=False)
    raw_code = fields.Char(readonly=True, copy=False)
    raw_text = fields.Char(readonly=True, copy=False)
    description = fields.Char(compute="_compute_description", string="Reason")
    step_ids = fields.One2many("invoice.tax.issue.step", "issue_id", readonly=True)
    can_discard = fields.Boolean(compute="_compute_possible")
    can_upload = fields.Boolean(compute="_compute_possible")
    can_ask = fields.Boolean(compute="_compute_possible")
    can_withdraw = fields.Boolean(compute="_compute_possible")
    can_retry = fields.Boolean(compute="_compute_possible")

    _live_uniq = models.UniqueIndex(
        f"(move_id) WHERE NOT ({NOT_LIVE})",
        "This invoice is issued already, or on its way.",
    )
    _number_uniq = models.UniqueIndex(
        "(number) WHERE number IS NOT NULL", "A number is given once."
    )
    _due_idx = models.Index(
        "(lane_id, next_attempt_at) WHERE upload_id IS NULL "
        "AND state IN ('waiting', 'held', 'numbered')"
    )
    _month_idx = models.Index("(taxpayer_id, issued_on)")

    # Not of the taxpayer's lane: what was begun stays where it was begun.
    @api.constrains("move_id", "taxpayer_id")
    def _check_move_company(self):
        # Not by Odoo's check: a branch issues under the tax number of its parent.
        for issue in self.filtered("move_id"):
            if issue.move_id.company_id._get_tax_company() != issue.company_id:
                raise ValidationError(
                    self.env._(
                        "%(name)s belongs to another company than the taxpayer that "
                        "issues it.",
                        name=issue.move_id.display_name,
                    )
                )

    @api.depends("taxpayer_id")
    def _compute_lane_id(self):
        for issue in self:
            issue.lane_id = issue.taxpayer_id.lane_id

    @api.depends("number", "name")
    def _compute_display_name(self):
        for issue in self:
            issue.display_name = issue.number or issue.name or self.env._("New")

    @api.depends("result_code", "raw_text")
    @api.depends_context("lang")
    def _compute_description(self):
        for issue in self:
            issue.description = get_sentence(
                self.env, issue.result_code, issue.raw_text
            )

    @api.depends("state", "number", "upload_id")
    def _compute_possible(self):
        for issue in self:
            is_free = issue.state == "numbered" and not issue.upload_id
            is_failed = issue.state == "failed" and bool(issue.number)
            issue.can_discard = issue.can_upload = is_free or is_failed
            issue.can_ask = is_failed or issue.state in (
                "uploading",
                "unclear",
                "accepted",
            )
            issue.can_withdraw = issue.state in UNNUMBERED_STATES
            issue.can_retry = issue.state == "held"

    # === MAKING === #

    @api.model
    def _request(self, vals_list, click=""):
        """Write the rows of a click; everything else is done by the dispatcher.

        The red ones begin with their confirmation form.

        :param str click: of which these are a part; none: they are all of one
        """
        issues = self.sudo().create(vals_list)
        issues._note("requested")
        issues._begin_click(click)
        red = issues.filtered(lambda issue: issue.kind == "red")
        self.env["invoice.tax.red.form"]._apply_for(red)
        self.env["invoice.tax.lane"].sudo()._wake()
        return issues

    def _note(self, step, code="", text="", upload=None):
        """One more step in the story of these issues."""
        now = fields.Datetime.now()
        self.env["invoice.tax.issue.step"].sudo().create(
            [
                {
                    "issue_id": issue.id,
                    "company_id": issue.company_id.id,
                    "happened_at": now,
                    "step": step,
                    "code": code or False,
                    "text": (text or "")[:500] or False,
                    "upload_id": upload.id if upload else False,
                    "number": issue.number,
                }
                for issue in self
            ]
        )

    def _is_live(self):
        """Whether it stands in the way of another request; as ``NOT_LIVE``."""
        self.ensure_one()
        return self.state not in ("discarded", "withdrawn") and not (
            self.state == "failed" and not self.number
        )

    # === WAITING WORK OF THE LANE === #

    @api.model
    def _get_waiting_query(self):
        """SQL of ``(lane_id, due_at, issue_id)`` of what waits for a number or an
        upload.

        Left out is what waits for numbers that are being drawn for it: none is left,
        nor is one bound to it.
        """
        return SQL(
            """
            SELECT issue.lane_id, issue.next_attempt_at AS due_at,
                   issue.id AS issue_id
              FROM invoice_tax_issue issue
             WHERE issue.upload_id IS NULL
               AND issue.state IN ('waiting', 'held', 'numbered')
               AND (issue.number IS NOT NULL
                 OR NOT EXISTS (
                    SELECT FROM invoice_tax_draw draw
                     WHERE draw.taxpayer_id = issue.taxpayer_id
                       AND draw.step != 'done' AND draw.mode = 'automatic'
                       AND NOT EXISTS (
                           SELECT FROM invoice_tax_number number
                            WHERE number.taxpayer_id = draw.taxpayer_id
                              AND number.year = %(year)s
                              AND number.state = 'available'))
                 OR EXISTS (
                    SELECT FROM invoice_tax_number number
                     WHERE number.issue_id = issue.id AND number.state = 'bound'))
            """,
            year=f"{self._get_issue_date():%Y}",
        )

    # === STATES === #

    def _set_state(self, state, code="", raw_code="", text="", **values):
        self.write(
            {
                "state": state,
                "result_code": code or False,
                "raw_code": raw_code or False,
                "raw_text": (text or "")[:500] or False,
                **values,
            }
        )

    def _hold(self, code, text=""):
        """Quota or number could not be taken: tried again, ever later."""
        news = self.filtered(
            lambda issue: (issue.state, issue.result_code) != ("held", code)
        )
        first = 2.0 if code in SOON_CODES else HELD_FIRST
        for attempts, issues in self.grouped("attempts").items():
            wait = growing_wait(attempts + 1, first, cap=HELD_CAP)
            issues._set_state(
                "held",
                code,
                text=text,
                attempts=attempts + 1,
                issued_at=False,
                issued_on=False,
                next_attempt_at=self._get_time_after(wait),
            )
        news._note("held", code, text)

    def _send_back(self, code, raw_code="", text="", *, at_once=False, **values):
        """The platform has not taken them: they go up again as they are."""
        for before, issues in self.grouped("attempts").items():
            attempts = before if at_once else before + 1
            wait = growing_wait(attempts, HELD_FIRST, cap=SENT_BACK_CAP)
            issues._set_state(
                "numbered",
                code,
                raw_code,
                text,
                attempts=attempts,
                upload_id=False,
                next_attempt_at=self._get_time_after(0 if at_once else wait),
                **values,
            )
        self._note("returned", code, text)

    def _fail(self, code, raw_code="", text=""):
        self._set_state(
            "failed", code, raw_code, text, answered_at=fields.Datetime.now()
        )
        self._note("failed", code, text)

    def _succeed(self, code="", raw_code="", text=""):
        """The platform holds exactly these invoices."""
        self._set_state(
            "success", code, raw_code, text, answered_at=fields.Datetime.now()
        )
        self._note("success", code, text)
        self.env["invoice.tax.quota"].sudo()._note_uploaded(self)
        self.env["invoice.tax.number"].sudo()._note_uploaded(self)

    @api.model
    def _get_time_after(self, seconds):
        return self.env["invoice.tax.task.mixin"]._get_time_after(seconds)

    # === COMPARISON === #

    def _is_held_as(self, held):
        """Whether what the platform holds under the number is this invoice.

        :param gateway.messages.IssuedInvoice held:
        """
        self.ensure_one()
        return (
            held.number == self.number
            and held.kind == self.kind
            and held.issued_at.replace(microsecond=0)
            == self.issued_at.replace(microsecond=0)
            and held.buyer_tax_number == (self.buyer_tax_number or "")
            and held.net_amount == to_decimal(self.net_amount)
            and held.vat_amount == to_decimal(self.vat_amount)
            and held.gross_amount == to_decimal(self.gross_amount)
            and held.blue_number == (self.blue_number or "")
        )

    def _apply_held(self, held, code):
        """Settle one by what the platform holds under its number."""
        if self._is_held_as(held):
            self._succeed(code)
        else:
            self._fail("number_conflict")

    @api.model
    def _get_open_domain(self):
        return [("state", "in", OPEN_STATES)]

    @api.model
    def _get_issue_date(self):
        return china_date(fields.Datetime.now())
