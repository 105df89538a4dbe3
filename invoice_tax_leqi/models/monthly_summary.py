from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.invoice_tax_service.gateway.errors import RefusedError
from odoo.addons.invoice_tax_service.models.words import get_sentence
from odoo.addons.invoice_tax_service.tools.money import AMOUNT_DIGITS, to_decimal

from ..gateway.messages import MonthTotals
from .issue_words import OPEN_STATES

ACTIONS = [("confirm", "Confirm Summary"), ("cancel", "Cancel Confirmation")]
TOTALS = ("blue_count", "blue_net", "blue_vat", "red_count", "red_net", "red_vat")
_OPEN = tuple(OPEN_STATES)


class InvoiceTaxMonthlySummary(models.Model):
    """One confirmation of a month's issued invoices, or its cancelling (汇总确认).

    Entry point: :meth:`_request`. The totals are those of our own rows; the platform
    compares them with what was uploaded and answers with its own.

    What must never happen: a month confirmed while invoices of it are still on
    their way; two requests for one month at once.
    """

    _name = "invoice.tax.monthly.summary"
    _description = "Monthly Summary"
    _inherit = "invoice.tax.issuing.task"
    _is_beginning = True
    _order = "month desc, id desc"
    _rec_name = "month"

    month = fields.Char(size=6, required=True, readonly=True, help="yyyyMM")
    action = fields.Selection(ACTIONS, required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users",
        readonly=True,
        default=lambda self: self.env.user,
        string="Operator",
    )
    blue_count = fields.Integer(readonly=True, string="Blue Invoices")
    blue_net = fields.Float(
        digits=AMOUNT_DIGITS, readonly=True, string="Blue Net Amount"
    )
    blue_vat = fields.Float(digits=AMOUNT_DIGITS, readonly=True, string="Blue VAT")
    red_count = fields.Integer(readonly=True, string="Red Invoices")
    red_net = fields.Float(digits=AMOUNT_DIGITS, readonly=True, string="Red Net Amount")
    red_vat = fields.Float(digits=AMOUNT_DIGITS, readonly=True, string="Red VAT")
    platform_blue_count = fields.Integer(readonly=True)
    platform_blue_net = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    platform_blue_vat = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    platform_red_count = fields.Integer(readonly=True)
    platform_red_net = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    platform_red_vat = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    has_platform_totals = fields.Boolean(readonly=True)
    description = fields.Char(compute="_compute_description", string="Reason")

    _one_open = models.UniqueIndex(
        "(taxpayer_id, month) WHERE step != 'done'",
        "A monthly summary of this month is being worked on.",
    )
    _open_idx = models.Index("(lane_id, next_attempt_at) WHERE step != 'done'")

    @api.depends("result_code", "raw_text")
    @api.depends_context("lang")
    def _compute_description(self):
        for summary in self:
            summary.description = get_sentence(
                self.env, summary.result_code, summary.raw_text
            )

    # === MAKING === #

    @api.model
    def _get_totals(self, taxpayer, month):
        """What our rows say was issued and confirmed in a month.

        :return: dict of the fields in ``TOTALS``
        """
        self.env["invoice.tax.issue"].flush_model()
        [row] = self.env.execute_query_dict(
            SQL(
                """
                SELECT COUNT(*) FILTER (WHERE kind = 'blue') AS blue_count,
                       COALESCE(SUM(net_amount) FILTER (WHERE kind = 'blue'), 0)
                           AS blue_net,
                       COALESCE(SUM(vat_amount) FILTER (WHERE kind = 'blue'), 0)
                           AS blue_vat,
                       COUNT(*) FILTER (WHERE kind = 'red') AS red_count,
                       COALESCE(SUM(net_amount) FILTER (WHERE kind = 'red'), 0)
                           AS red_net,
                       COALESCE(SUM(vat_amount) FILTER (WHERE kind = 'red'), 0)
                           AS red_vat
                  FROM invoice_tax_issue
                 WHERE taxpayer_id = %s AND state = 'success'
                   AND TO_CHAR(issued_on, 'YYYYMM') = %s
                """,
                taxpayer.id,
                month,
            )
        )
        return row

    @api.model
    def _get_cannot_reason(self, taxpayer, month, action):
        """The one function that says why not: ``(code, sentence)`` or False."""
        reason = taxpayer._get_cannot_issue_reason("summary")
        if reason:
            return reason
        if not (
            len(month or "") == 6 and month.isdigit() and "01" <= month[4:] <= "12"
        ):
            return taxpayer._get_reason_pair("month_invalid")
        today = self.env["invoice.tax.issue"]._get_issue_date()
        if action == "confirm" and month >= f"{today:%Y%m}":
            return taxpayer._get_reason_pair("summary_month_running")
        domain = [("taxpayer_id", "=", taxpayer.id)]
        if self.sudo().search_count(
            [*domain, ("month", "=", month), ("step", "!=", "done")], limit=1
        ):
            return taxpayer._get_reason_pair("summary_open")
        if action == "confirm" and self._has_open_issues(taxpayer, month):
            return taxpayer._get_reason_pair("month_open")
        return False

    @api.model
    def _has_open_issues(self, taxpayer, month):
        """Whether a number was issued in the month and what became of it is open."""
        self.env["invoice.tax.issue"].flush_model()
        return bool(
            self.env.execute_query(
                SQL(
                    """
                    SELECT FROM invoice_tax_issue
                     WHERE taxpayer_id = %s AND number IS NOT NULL
                       AND TO_CHAR(issued_on, 'YYYYMM') = %s
                       AND (state IN %s OR state = 'failed')
                     LIMIT 1
                    """,
                    taxpayer.id,
                    month,
                    _OPEN,
                )
            )
        )

    @api.model
    def _request(self, taxpayer, month, action):
        """Write the request; the dispatcher sends it.

        :raise TaxServiceError: with the code and the sentence of the reason
        """
        reason = self._get_cannot_reason(taxpayer, month, action)
        if reason:
            raise taxpayer._get_refusal(*reason)
        totals = self._get_totals(taxpayer, month) if action == "confirm" else {}
        summary = self.sudo().create(
            {
                "taxpayer_id": taxpayer.id,
                "company_id": taxpayer.company_id.id,
                "lane_id": taxpayer.lane_id.id,
                "next_attempt_at": fields.Datetime.now(),
                "month": month,
                "action": action,
                **totals,
            }
        )
        self.env["invoice.tax.lane"].sudo()._wake()
        return summary.sudo(False)

    # === WHAT IS SENT, AND WHAT CAME BACK === #

    def _get_requester(self):
        # EXTENDS 'invoice.tax.issuing.task'
        return self.user_id

    def _get_right_item(self):
        # EXTENDS 'invoice.tax.issuing.task'
        return "summary"

    def _build_content(self):
        return MonthTotals(
            blue_count=self.blue_count,
            blue_net=to_decimal(self.blue_net),
            blue_vat=to_decimal(self.blue_vat),
            red_count=self.red_count,
            red_net=to_decimal(self.red_net),
            red_vat=to_decimal(self.red_vat),
        )

    def _call_send(self, client, content):
        if self.action == "confirm":
            return client.issuing.confirm_summary(
                self.month, content, self.request_number
            )
        return client.issuing.cancel_summary(self.month, self.request_number)

    def _call_find(self, client, content):
        return client.issuing.find_summary(self.request_number)

    def _call_poll(self, client, content):
        return client.issuing.poll_summary(self.platform_reference)

    def _apply_answer(self, answer):
        if isinstance(answer, str):
            self._mark_accepted(answer)
            return
        if not answer.done:
            self._mark_accepted(answer.reference, answer.poll_after)
            return
        if answer.totals:
            self.write(
                {
                    "has_platform_totals": True,
                    **{
                        f"platform_{name}": getattr(answer.totals, name)
                        for name in TOTALS
                    },
                }
            )
        if answer.refusal:
            self._apply_refusal(
                RefusedError(answer.text, code=answer.refusal, raw_code=answer.raw_code)
            )
        else:
            self._mark_done("success", raw_code=answer.raw_code)
