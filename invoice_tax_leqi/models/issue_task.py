from odoo import api, fields, models

from odoo.addons.invoice_tax_service.gateway.errors import GatewayError

from ..gateway.messages import IssuedInvoice, RedForm

KINDS = [
    ("discard", "Discard the Number"),
    ("ask", "Ask the Platform"),
    ("cancel_form", "Cancel the Confirmation Form"),
]


class InvoiceTaxIssueTask(models.Model):
    """What is said to Leqi about one issued invoice outside an upload.

    Entry point: :meth:`_ask_for`. Each of them looks first and changes nothing
    twice, so a lost answer is got by asking the same once more.

    A number that the platform will never take from us (another invoice stands under
    it, or it is none of ours there) is given up here alone: else its invoice could
    never be issued with another one.

    What must never happen: a number discarded of an invoice that the platform holds.
    """

    _name = "invoice.tax.issue.task"
    _description = "Task about an Issue Request"
    _inherit = "invoice.tax.issuing.task"
    _order = "id desc"
    _rec_name = "request_number"

    issue_id = fields.Many2one(
        "invoice.tax.issue",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    reason = fields.Char(readonly=True, size=200)
    is_conflict_known = fields.Boolean(
        readonly=True,
        help="Who discards the number has seen that another invoice stands under it.",
    )

    _one_open = models.UniqueIndex(
        "(issue_id, kind) WHERE step != 'done'", "This is being asked for already."
    )
    _open_idx = models.Index("(lane_id, next_attempt_at) WHERE step != 'done'")

    @api.model
    def _ask_for(self, issues, kind, reason="", conflicts=None):
        """Write the tasks; the dispatcher does them.

        :param conflicts: those of the issues whose number is known to hold another
            invoice at the platform
        """
        busy = self.sudo().search(
            [
                ("issue_id", "in", issues.ids),
                ("kind", "=", kind),
                ("step", "!=", "done"),
            ]
        )
        tasks = self.sudo().create(
            [
                {
                    "issue_id": issue.id,
                    "lane_id": issue.lane_id.id,
                    "taxpayer_id": issue.taxpayer_id.id,
                    "company_id": issue.company_id.id,
                    "next_attempt_at": fields.Datetime.now(),
                    "kind": kind,
                    "reason": (reason or "")[:200],
                    "is_conflict_known": bool(conflicts and issue in conflicts),
                }
                for issue in issues - busy.issue_id
            ]
        )
        self.env["invoice.tax.lane"].sudo()._wake()
        return tasks

    def _build_content(self):
        form = self.issue_id.red_form_id
        return {
            "number": self.issue_id.number or "",
            "reason": self.reason or "",
            "form": RedForm(
                number=form.form_number or "",
                uuid=form.form_uuid or "",
                state=form.form_state or "unknown",
                raw_state="",
                blue_number=form.blue_number or "",
                reason=form.reason or "",
                net_amount=0,
                vat_amount=0,
            ),
        }

    def _call_send(self, client, content):
        issuing = client.issuing
        if self.kind == "cancel_form":
            return issuing.cancel_red_form(content["form"], self.request_number)
        held = issuing.read_issued([content["number"]])
        if held or self.kind == "ask":
            return held.get(content["number"])
        return issuing.discard_number(
            content["number"], content["reason"], self.request_number
        )

    def _apply_answer(self, answer):
        issue = self.issue_id
        self._mark_done("success")
        if isinstance(answer, IssuedInvoice):
            if issue.state in ("failed", "discarding", "numbered"):
                self._apply_held(answer)
        elif self.kind == "discard":
            issue._set_discarded()
        elif self.kind == "ask":
            issue._note("asked", "not_taken")

    def _apply_held(self, held):
        issue = self.issue_id
        is_other = not issue._is_held_as(held)
        if self.is_conflict_known and is_other:
            issue._set_discarded("number_conflict")
        elif self.kind == "ask" and issue.state == "discarding" and is_other:
            # What becomes of the number, the discard says that was asked for since.
            issue._note("asked", "number_conflict")
        else:
            issue._apply_held(held, "read_back")

    def _apply_refusal(self, error):
        if error.code == "number_not_drawn" and self.kind == "discard":
            # Looked for just before: no invoice stands under it.
            self._mark_done("success", error.code, error.raw_code, error.text)
            self.issue_id._set_discarded(error.code, error.raw_code, error.text)
            return
        if error.code == "number_uploaded":
            # It came in between: read how it stands there.
            again = GatewayError(error.text, code=error.code, raw_code=error.raw_code)
            self._apply_ask_error(again, "unknown")
            return
        super()._apply_refusal(error)
        if self.kind == "discard" and self.issue_id.state == "discarding":
            self.issue_id._fail(error.code, error.raw_code, error.text)
