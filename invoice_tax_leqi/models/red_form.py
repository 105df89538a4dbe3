from odoo import api, fields, models

from odoo.addons.invoice_tax_service.models.task_mixin import (
    POLL_FACTOR,
    WAIT_FIRST,
    growing_wait,
)
from odoo.addons.invoice_tax_service.tools.money import AMOUNT_DIGITS, to_decimal

from ..gateway.messages import RED_FORM_USABLE, RED_FORM_WAITING, RedFormRequest
from .issue_words import RED_FORM_STATES, RED_REASONS

# The buyer has 72 hours: asked every quarter of an hour at last.
POLL_CAP = 900.0
REFUSED = {"refused_by_buyer", "refused_by_seller"}


class InvoiceTaxRedForm(models.Model):
    """The confirmation form (红字发票信息确认单) of one red invoice.

    Entry point: :meth:`_apply_for`. Where the buyer need not confirm, the red
    invoice goes on at once; else the form is asked for until the buyer has answered
    or 72 hours are over.

    What must never happen: two forms asked for for one red invoice; a number taken
    before the form can be used.
    """

    _name = "invoice.tax.red.form"
    _description = "Red-letter Confirmation Form"
    _inherit = "invoice.tax.issuing.task"
    _is_beginning = True
    _order = "id desc"
    _rec_name = "form_number"

    issue_id = fields.Many2one(
        "invoice.tax.issue",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        string="Red Invoice",
    )
    blue_number = fields.Char(size=20, required=True, readonly=True)
    reason = fields.Selection(
        RED_REASONS, required=True, readonly=True, string="Red-letter Reason"
    )
    # CNY, negative.
    net_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    vat_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True, string="VAT")
    form_number = fields.Char(readonly=True)
    form_uuid = fields.Char(readonly=True)
    form_state = fields.Selection(RED_FORM_STATES, readonly=True)

    _issue_uniq = models.Constraint(
        "UNIQUE(issue_id)", "A red invoice has one confirmation form."
    )
    _open_idx = models.Index("(lane_id, next_attempt_at) WHERE step != 'done'")

    @api.model
    def _apply_for(self, issues):
        """Ask for the forms of these red invoices."""
        forms = self.sudo().create(
            [
                {
                    "issue_id": issue.id,
                    "lane_id": issue.lane_id.id,
                    "taxpayer_id": issue.taxpayer_id.id,
                    "company_id": issue.company_id.id,
                    "next_attempt_at": fields.Datetime.now(),
                    "blue_number": issue.blue_number,
                    "reason": issue.red_reason,
                    "net_amount": issue.net_amount,
                    "vat_amount": issue.vat_amount,
                }
                for issue in issues
            ]
        )
        for form in forms:
            form.issue_id.write({"red_form_id": form.id, "state": "form"})
        issues._note("form")
        return forms

    def _get_requester(self):
        # EXTENDS 'invoice.tax.issuing.task'
        return self.issue_id.user_id

    def _build_content(self):
        return RedFormRequest(
            request_number=self.request_number,
            blue_number=self.blue_number,
            reason=self.reason,
            net_amount=to_decimal(self.net_amount),
            vat_amount=to_decimal(self.vat_amount),
        )

    def _call_send(self, client, content):
        return client.issuing.apply_red_form(content)

    def _call_find(self, client, content):
        return client.issuing.find_red_form(self.request_number)

    def _call_poll(self, client, content):
        return client.issuing.read_red_form(self.platform_reference)

    def _get_poll_wait(self, polls):
        first = max(WAIT_FIRST, self.lane_id.connection_id.poll_interval)
        return growing_wait(polls, first, POLL_FACTOR, POLL_CAP)

    def _apply_answer(self, form):
        self.write(
            {
                "form_number": form.number,
                "form_uuid": form.uuid,
                "form_state": form.state,
                "raw_code": form.raw_state,
            }
        )
        issue = self.issue_id
        if issue.state == "withdrawn":
            self._cancel_unwanted(form)
        elif form.state in RED_FORM_USABLE:
            self._mark_done("success", raw_code=form.raw_state)
            if issue.state == "form":
                issue._set_state("waiting", next_attempt_at=fields.Datetime.now())
                issue._note("form_usable", text=form.number)
        elif form.state in RED_FORM_WAITING or form.state == "unknown":
            self._mark_accepted(form.uuid)
        else:
            code = _get_end_code(form.state)
            self._mark_done("failed", code, form.raw_state)
            if issue.state == "form":
                issue._fail(code, form.raw_state)

    def _void(self):
        """Nobody wants these forms any more. One that the platform has shown is
        cancelled; what became of the others is found out first, as a call may still
        arrive, and a form that nobody uses would take from its blue invoice."""
        known = self.filtered("form_uuid")
        known.filtered(lambda form: form.step != "done")._mark_done("voided")
        self.env["invoice.tax.issue.task"]._ask_for(known.issue_id, "cancel_form")
        still_open = (self - known).filtered(lambda form: form.step != "done")
        still_open.state = "voided"
        for form in still_open.filtered(lambda form: form.step == "queued"):
            form._close_voided(is_asked=False)

    def _cancel_unwanted(self, form):
        """The wish was taken back while the form was being asked for."""
        self._mark_done("voided", raw_code=form.raw_state)
        if form.state in (*RED_FORM_USABLE, *RED_FORM_WAITING):
            self.env["invoice.tax.issue.task"]._ask_for(self.issue_id, "cancel_form")

    def _apply_refusal(self, error):
        result = super()._apply_refusal(error)
        if self.issue_id.state == "form":
            self.issue_id._fail(error.code, error.raw_code, error.text)
        return result


def _get_end_code(state):
    if state in REFUSED:
        return "red_form_refused"
    return "red_form_expired" if state == "expired" else "red_form_cancelled"
