from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.invoice_tax_service.gateway.errors import GatewayError, RefusedError
from odoo.addons.invoice_tax_service.tools.money import to_decimal

from ..gateway.messages import (
    UPLOAD_RETRYABLE,
    DigitalInvoice,
    InvoiceLine,
    Party,
)
from .issue_words import SENT_STATES
from .issuing_task import NO_CHANNEL

# Step of the upload → state of its issues, and the step in their story.
FOLLOWED = {"sending": "uploading", "unknown": "unclear", "accepted": "accepted"}
NUMBERS = ("net_amount", "tax_rate", "vat_amount", "quantity", "unit_price")


class InvoiceTaxUpload(models.Model):
    """One upload to Leqi: a bite of numbered invoices, at most 100.

    Made by the dispatcher together with the numbers (:meth:`_create_for`); its
    invoices do not change any more, so a resend has the same content under the same
    request number. What the answer means for each of them is written here.

    What must never happen: success for an invoice that the platform does not hold
    exactly as it was sent; one invoice in two uploads that are both under way.
    """

    _name = "invoice.tax.upload"
    _description = "Invoice Upload"
    _inherit = "invoice.tax.issuing.task"
    _order = "id desc"
    _rec_name = "request_number"

    issue_ids = fields.One2many("invoice.tax.issue", "upload_id", readonly=True)
    issue_count = fields.Integer(readonly=True, string="Invoice Count")

    _request_number_uniq = models.Constraint(
        "UNIQUE(request_number)", "A request number is given once."
    )
    _open_idx = models.Index("(lane_id, next_attempt_at) WHERE step != 'done'")

    @api.model
    def _create_for(self, lane, issues):
        """The upload of these; committed by the dispatcher with their numbers."""
        upload = self.create(
            {
                "lane_id": lane.id,
                "taxpayer_id": lane.taxpayer_id.id,
                "company_id": lane.company_id.id,
                "issue_count": len(issues),
                "next_attempt_at": fields.Datetime.now(),
            }
        )
        issues.write({"upload_id": upload.id})
        return upload

    def _get_open_issues(self):
        return self.issue_ids.filtered(lambda issue: issue.state in SENT_STATES)

    def write(self, vals):
        before = {upload: upload.step for upload in self} if "step" in vals else {}
        result = super().write(vals)
        for upload, step in before.items():
            if upload.step != step:
                upload._follow_step()
        return result

    def _follow_step(self):
        """Let the invoices say how far their upload is."""
        issues = self._get_open_issues()
        if self.step in FOLLOWED:
            state = FOLLOWED[self.step]
            issues.write({"state": state})
            issues._note(state, self.result_code, self.raw_text, upload=self)
        elif self.step == "queued":
            issues.write({"state": "numbered"})

    def _wait_for_channel(self):
        # EXTENDS 'invoice.tax.issuing.task': the invoices say why they stand still.
        is_news = self.result_code != NO_CHANNEL
        super()._wait_for_channel()
        if not is_news:
            return
        issues = self._get_open_issues()
        if not self.answered_at:
            issues.write({"result_code": NO_CHANNEL})
        step = "returned" if self.step == "queued" else "unclear"
        issues._note(step, NO_CHANNEL, upload=self)

    # === WHAT IS SENT === #

    def _build_content(self):
        return tuple(
            _to_invoice(issue) for issue in self._get_open_issues().sorted("id")
        )

    def _call_send(self, client, content):
        return client.issuing.upload(list(content), self.request_number)

    def _call_find(self, client, content):
        return client.issuing.find_upload(self.request_number)

    def _call_poll(self, client, content):
        return client.issuing.poll_upload(self.platform_reference)

    # === WHAT CAME BACK === #

    def _apply_answer(self, answer):
        if isinstance(answer, str):
            self._mark_accepted(answer)
        elif not answer.done:
            self._mark_accepted(answer.reference, answer.poll_after)
        elif answer.refusal:
            self.platform_reference = answer.reference or self.platform_reference
            self._apply_refusal(
                RefusedError(answer.text, code=answer.refusal, raw_code=answer.raw_code)
            )
        else:
            self._apply_items(answer)

    def _apply_refusal(self, error):
        """Refused as a whole; nothing was taken. One of them must not hold the
        others: the next uploads are half as long, until the one is alone."""
        self._mark_done("failed", error.code, error.raw_code, error.text)
        issues = self._get_open_issues()
        if error.code in UPLOAD_RETRYABLE:
            issues._send_back(error.code, error.raw_code, error.text)
        elif len(issues) > 1:
            issues._send_back(
                error.code,
                error.raw_code,
                error.text,
                at_once=True,
                bite_limit=max(1, len(issues) // 2),
            )
        else:
            issues._fail(error.code, error.raw_code, error.text)

    def _apply_items(self, progress):
        """Each invoice by itself. Those of which the answer does not say how they
        stand are left open and read back by :meth:`_after_answer`."""
        results = {item.number: item for item in progress.items}
        undecided = self.env["invoice.tax.issue"]
        self.platform_reference = progress.reference or self.platform_reference
        by_result = {}
        for issue in self._get_open_issues():
            result = results.get(issue.number)
            if result is None or result.result in ("duplicate", "unknown"):
                undecided |= issue
                issue.write(_raw_values(result))
            else:
                key = (result.result, result.raw_code, result.text)
                by_result[key] = by_result.get(key, undecided.browse()) | issue
        for (code, raw_code, text), issues in by_result.items():
            if code == "ok":
                issues._succeed("", raw_code, "")
            elif code in UPLOAD_RETRYABLE:
                issues._send_back(code, raw_code, text)
            else:
                issues._fail(code, raw_code, text)
        if undecided:
            # Not done before they are read: a death on the way there must find
            # the upload again.
            now = fields.Datetime.now()
            self.write(
                {
                    "step": "accepted",
                    "answered_at": self.answered_at or now,
                    "next_attempt_at": now,
                }
            )
        else:
            self._mark_done("success", raw_code="", raw_text="")

    def _after_answer(self, client):
        """Compare what the answer left open with what the platform holds."""
        undecided = self._get_open_issues()
        if not self.answered_at or self.step == "done" or not undecided:
            return
        try:
            held = client.issuing.read_issued(undecided.mapped("number"))
        except GatewayError as error:
            # Whatever stands against reading says nothing about the invoices.
            trouble = GatewayError(
                error.text, code=error.code, raw_code=error.raw_code, wait=error.wait
            )
            self._settle(self._apply_ask_error, trouble, "accepted")
            self._raise_lane_trouble(error)
        else:
            self._settle(self._apply_held, undecided, held)

    def _apply_held(self, undecided, held):
        for issue in undecided:
            code = issue.result_code or ""
            if issue.number in held:
                issue._apply_held(held[issue.number], code or "read_back")
            elif code == "unknown":
                issue._fail("unknown", issue.raw_code, issue.raw_text)
            else:
                # Left out, or called a duplicate of what nobody holds.
                issue._send_back("not_taken")
        self._mark_done("success")


def _raw_values(result):
    return {
        "result_code": result and result.result or False,
        "raw_code": result and result.raw_code or False,
        "raw_text": result and (result.text or "")[:500] or False,
    }


def _to_invoice(issue):
    """The digital invoice as the client wants it; reads nothing but the row."""
    content = issue.content
    form = issue.red_form_id
    return DigitalInvoice(
        number=issue.number,
        kind=issue.kind,
        invoice_type=issue.invoice_type,
        issued_at=issue.issued_at.replace(microsecond=0),
        seller=Party(**content["seller"]),
        buyer=Party(**content["buyer"]),
        net_amount=to_decimal(issue.net_amount),
        vat_amount=to_decimal(issue.vat_amount),
        gross_amount=to_decimal(issue.gross_amount),
        lines=tuple(map(_to_line, content["lines"])),
        issuer=content["issuer"],
        remark=content["remark"],
        blue_number=issue.blue_number or "",
        red_form_number=form.form_number or "",
        red_form_uuid=form.form_uuid or "",
        red_reason=issue.red_reason or "",
    )


def _to_line(values):
    numbers = {
        name: Decimal(values[name]) if values[name] is not None else None
        for name in NUMBERS
    }
    return InvoiceLine(**{**values, **numbers})
