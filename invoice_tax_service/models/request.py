from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models

from ..gateway.errors import GatewayError, RefusedError
from ..gateway.messages import Acceptance, SelectionItem, Submission
from ..gateway.operation_kinds import KINDS
from ..tools.money import to_decimal
from ..tools.selection_plan import key_of
from .task_mixin import WAIT_FIRST
from .words import OPERATION_TYPES

GOOD_RESULTS = ("ok", "already", "read_back")
# Seconds for which the bureau is asked again about what its answer left out.
LEFT_OUT_PATIENCE = 300
# It was done already, but not as it was asked for, by what it changes.
OTHERWISE = {
    "selection": "selected_otherwise",
    "farm": "farm_otherwise",
    "booking": "booked_otherwise",
}


class InvoiceTaxRequest(models.Model):
    """One request to the tax bureau: a bite of a batch, at most 100 invoices, or
    one operation on the statistics table.

    Made by the dispatcher just before it is sent (:meth:`_create_for`); its lines
    do not change any more, so a resend has the same content under the same
    request number. What the answer means for each line, its invoice and the
    period is written here, by :meth:`_apply_answer`.

    What must never happen: success for an invoice that does not stand as was
    asked for; an answer applied to what a person has voided.
    """

    _name = "invoice.tax.request"
    _description = "Request to the Tax Bureau"
    _inherit = ["invoice.tax.task.mixin"]
    _order = "id desc"
    _rec_name = "request_number"

    operation_id = fields.Many2one(
        "invoice.tax.operation",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    # What goes over the wire, which need not be what the batch is called.
    operation_type = fields.Selection(
        OPERATION_TYPES,
        compute="_compute_operation_type",
        store=True,
        readonly=False,
        precompute=True,
    )
    line_ids = fields.One2many(
        "invoice.tax.operation.line", "request_id", readonly=True
    )
    line_count = fields.Integer(readonly=True, string="Invoice Count")
    # What of it stands in the counters of the batch.
    success_count = fields.Integer(readonly=True)
    failed_count = fields.Integer(readonly=True)
    voided_count = fields.Integer(readonly=True)

    _request_number_uniq = models.Constraint(
        "UNIQUE(request_number)", "A request number is given once."
    )
    _step_uniq = models.UniqueIndex(
        "(operation_id, operation_type) WHERE line_count = 0",
        "A batch builds its table once and signs it once.",
    )
    _open_idx = models.Index("(lane_id, next_attempt_at) WHERE step != 'done'")

    @api.depends("operation_id.operation_type")
    def _compute_operation_type(self):
        for request in self:
            operation_type = request.operation_id.operation_type
            request.operation_type = operation_type and (
                KINDS[operation_type].sent_as or operation_type
            )

    @api.model
    def _create_for(self, operation, lines=None, **values):
        """The next request of a batch; committed by the sender with its intention."""
        request = self.create(
            {
                "operation_id": operation.id,
                "lane_id": operation.lane_id.id,
                "taxpayer_id": operation.taxpayer_id.id,
                "company_id": operation.company_id.id,
                "line_count": len(lines or ()),
                **values,
            }
        )
        if lines:
            lines.write({"request_id": request.id, "state": "processing"})
        operation._set_state("processing")
        return request

    def _ask_again(self):
        """Ask the bureau now, also for what seemed failed."""
        for request in self:
            values = {"next_attempt_at": fields.Datetime.now()}
            failed = request.line_ids.filtered(lambda line: line.state == "failed")
            if request.step == "done" and (request.state == "failed" or failed):
                values.update(
                    step="accepted" if request.platform_reference else "unknown"
                )
            request.write(values)

    # === WHAT IS SENT === #

    def _build_content(self):
        operation = self.operation_id
        return Submission(
            request_number=self.request_number,
            operation_type=self.operation_type,
            tax_number=operation.taxpayer_id.tax_number,
            period=operation.period,
            filing=operation.filing or "",
            items=tuple(
                SelectionItem(
                    number=line.number,
                    code=line.code or "",
                    issue_date=line.issue_date,
                    type_code=line.input_invoice_id.type_id.code,
                    creditable_vat=to_decimal(line.creditable_vat),
                    reason=line.reason or "",
                    reason_text=line.reason_text or "",
                    farm_amount=to_decimal(line.farm_amount)
                    if line.farm_amount
                    else None,
                    booked_on=line.booked_on or None,
                )
                for line in self.line_ids.sorted("id")
            ),
        )

    def _call_send(self, client, content):
        return client.submit(content)

    def _call_find(self, client, content):
        return client.find(content)

    def _call_poll(self, client, content):
        return client.poll(content, self.platform_reference)

    # === WHAT CAME BACK === #

    def _apply_answer(self, answer):
        if isinstance(answer, Acceptance):
            self._mark_accepted(answer.reference, answer.poll_after)
        elif not answer.done:
            self._mark_accepted(answer.reference, answer.poll_after)
        elif self.line_ids and answer.refusal:
            # Accepted, then refused as a whole while it was worked on.
            self.platform_reference = answer.reference or self.platform_reference
            self._apply_refusal(
                RefusedError(answer.text, code=answer.refusal, raw_code=answer.raw_code)
            )
        elif self.line_ids:
            self._apply_items(answer)
        else:
            self._apply_table_answer(answer)

    def _apply_refusal(self, error):
        self._mark_done("failed", error.code, error.raw_code, error.text)
        values = {
            "state": "failed",
            "result_code": error.code,
            "raw_code": error.raw_code or False,
            "raw_text": (error.text or "")[:500] or False,
            "answered_at": fields.Datetime.now(),
        }
        open_lines = self.line_ids.filtered(lambda line: line.state == "processing")
        open_lines.write(values)
        self._note_late_answer(self.line_ids - open_lines)
        self._finish(error.code, error.text)

    # --- selecting operations ---

    def _apply_items(self, progress):
        """Each line by itself; lines without an answer are left open and settled by
        :meth:`_after_answer`."""
        results = {
            key_of(item.key.number, item.key.code): item for item in progress.items
        }
        self.platform_reference = progress.reference or self.platform_reference
        # What succeeded stays: a later batch may have changed the invoice since.
        overtaken = bool(self.answered_at) or self._was_read_meanwhile()
        open_values, decided = {}, []
        for line in self.line_ids.filtered(lambda line: line.state != "success"):
            result = results.get(key_of(line.number, line.code))
            if result and self._is_undecided(line, result, overtaken):
                open_values[line] = self._get_result_values(result.result, result)
            elif result:
                decided.append((line, self._get_code(line, result), result))
        self._write_lines(open_values)
        self._write_decided(decided)
        # Also when the answer leaves out the very lines that were voided.
        self._note_late_answer(self.line_ids)
        if self._get_left_out():
            # Not done before they are read back: a failure or a death on the way
            # there must find the request again.
            now = fields.Datetime.now()
            self.write(
                {
                    "step": "accepted",
                    "answered_at": self.answered_at or now,
                    "next_attempt_at": now,
                }
            )
        else:
            self._mark_done(
                "success", raw_code=progress.raw_code, raw_text=progress.text
            )
        self._finish()

    @api.model
    def _is_undecided(self, line, result, overtaken):
        """Whether an answer leaves open how the invoice stands now: a code that
        nobody knows, "already" without saying how, or a success of which a later
        reading may know more. Such a line is read back.
        """
        if overtaken and line.state == "processing" and result.result in GOOD_RESULTS:
            return True
        if line.state != "processing" or result.result != "already":
            return line.state == "processing" and result.result == "unknown"
        kind = KINDS[line.operation_type]
        if kind.effect != "selection":
            # Treated or booked, but nobody says how: the invoice does.
            return True
        if result.selection is None or kind.revokes:
            return result.selection is None
        return result.selection != "unselected" and (
            not result.period or result.creditable_vat is None
        )

    def _was_read_meanwhile(self):
        """Whether the pool was read between the sending and this answer: the bureau
        may have taken back since what it did (a period that closes does), and the
        next reading would not name the invoice again."""
        return bool(
            self.env["invoice.tax.fetch"].search_count(
                [
                    ("taxpayer_id", "=", self.taxpayer_id.id),
                    ("kind", "=", "pool"),
                    ("page_count", ">", 0),
                    "|",
                    ("step", "!=", "done"),
                    ("answered_at", ">=", self.create_date.replace(microsecond=0)),
                ],
                limit=1,
            )
        )

    def _get_left_out(self):
        return self.line_ids.filtered(lambda line: line.state == "processing")

    @api.model
    def _get_code(self, line, result):
        code = result.result
        kind = KINDS[line.operation_type]
        if code == "already" and (
            kind.effect != "selection" or not self._stands_as_asked(line, result)
        ):
            return OTHERWISE[kind.effect]
        if code == "not_selected" and kind.revokes:
            # Nothing is selected any more: that is what was asked for.
            return "already"
        return code

    @api.model
    def _get_result_values(self, code, result):
        return {
            "result_code": code,
            "raw_code": result.raw_code or False,
            "raw_text": (result.text or "")[:500] or False,
            "answered_at": fields.Datetime.now(),
        }

    def _write_decided(self, decided):
        """:param list decided: of line, code and ``ItemResult``"""
        values_by_line, creditables, is_late = {}, {}, False
        for line, code, result in decided:
            values = values_by_line[line] = self._get_result_values(code, result)
            good = code in GOOD_RESULTS
            is_late = is_late or good and line.state == "failed"
            if line.state == "voided":
                continue
            if good and line.state != "failed":
                creditables[line.id] = result.creditable_vat
            if good:
                values.update(self._get_after_values(line))
            values["state"] = "success" if good else "failed"
        if is_late:
            # How the invoices stand now, only the bureau can say.
            self.env["invoice.tax.fetch"]._ask(self.taxpayer_id, "pool")
        invoices = self.env["invoice.tax.input.invoice"]
        invoices._apply_done(self.line_ids.browse(creditables), creditables)
        self._write_lines(values_by_line)

    @api.model
    def _write_lines(self, values_by_line):
        """Write each line its own values, once for all that get the same: a bite of
        100 lines seldom has more than a few answers."""
        alike = defaultdict(list)
        for line, values in values_by_line.items():
            alike[tuple(values.items())].append(line.id)
        for values, ids in alike.items():
            self.env["invoice.tax.operation.line"].browse(ids).write(dict(values))

    @api.model
    def _get_after_values(self, line):
        kind = KINDS[line.operation_type]
        if kind.effect != "selection":
            return {"selection_after": line.selection_before}
        return {
            "selection_after": "unselected" if kind.revokes else "selected",
            "purpose_after": not kind.revokes and kind.purpose,
        }

    @api.model
    def _stands_as_asked(self, line, seen):
        """Whether the invoice stands at the bureau as this line wanted it.

        :param seen: ``InvoiceData``, or an ``ItemResult`` of a selection
        """
        kind = KINDS[line.operation_type]
        if kind.effect == "booking":
            return seen.booked_on == line.booked_on
        if kind.effect == "farm":
            return seen.farm_method == kind.farm_method and to_decimal(
                seen.farm_amount or 0
            ) == to_decimal(line.farm_amount or 0)
        if kind.revokes:
            return seen.selection == "unselected"
        return (
            seen.selection in ("selected", "confirmed")
            and seen.purpose == kind.purpose
            and seen.period == line.period
            and (
                kind.purpose != "deduct"
                or seen.creditable_vat == to_decimal(line.creditable_vat)
            )
        )

    def _after_answer(self, client):
        """Settle lines that the bureau left out, by reading how they stand."""
        left_out = self._get_left_out()
        if self.answered_at and left_out:
            content = self._build_content()
            keys = [
                item.key
                for item, line in zip(
                    content.items, self.line_ids.sorted("id"), strict=True
                )
                if line in left_out
            ]
            try:
                invoices = client.read_invoices(keys)
            except GatewayError as error:
                # Whatever stands against reading says nothing about the lines.
                trouble = GatewayError(
                    error.text,
                    code=error.code,
                    raw_code=error.raw_code,
                    wait=error.wait,
                )
                self._settle(self._apply_ask_error, trouble, "accepted")
                self._raise_lane_trouble(error)
                return
            seen = {
                key_of(data.number, data.code): data
                for data in invoices
                if self.taxpayer_id._is_buyer(data)
            }
            self._settle(self._apply_seen, left_out, seen)

    def _apply_seen(self, lines, seen):
        self._note_late_answer(lines)
        values_by_line, creditables, moved_on = {}, {}, []
        # Asked anew: a person may have voided the batch while it was read.
        for line in lines.filtered(lambda line: line.state == "processing"):
            data = seen.get(key_of(line.number, line.code))
            values = values_by_line[line] = {"answered_at": fields.Datetime.now()}
            if data and self._stands_as_asked(line, data):
                creditables[line.id] = data.creditable_vat
                values.update(
                    state="success",
                    result_code="read_back",
                    **self._get_after_values(line),
                )
            elif line.result_code == "ok":
                # It was done, and has been taken back since.
                values.update(state="success", **self._get_after_values(line))
                moved_on += [data] if data else []
            elif not line.result_code and self._may_answer_whole():
                del values_by_line[line]
            else:
                values.update(
                    state="failed", result_code=self._get_seen_code(line, data)
                )
        invoices = self.env["invoice.tax.input.invoice"]
        invoices._apply_done(lines.browse(creditables), creditables)
        self._write_lines(values_by_line)
        invoices._merge(self.taxpayer_id, moved_on)
        if self._get_left_out():
            wait = max(WAIT_FIRST, self._get_poll_wait(self.attempts + 1))
            self._mark_accepted(self.platform_reference, wait)
        else:
            self._mark_done("success")
        self._finish()

    def _may_answer_whole(self):
        """Whether to ask once more: how an invoice stands does not tell whether it
        was done and taken back since, as by a period that closed."""
        patience = timedelta(seconds=LEFT_OUT_PATIENCE)
        return fields.Datetime.now() < self.answered_at + patience

    @api.model
    def _get_seen_code(self, line, data):
        """Why a line failed whose invoice was read back."""
        if line.result_code == "already":
            otherwise = OTHERWISE[KINDS[line.operation_type].effect]
            return otherwise if data else "not_found"
        return line.result_code or "no_answer"

    # --- operations on the statistics table ---

    def _apply_table_answer(self, progress):
        """Statistics table and signature; the bureau is read again afterwards."""
        operation = self.operation_id
        code, text = progress.refusal, progress.text
        if not code and self.operation_type in ("sign", "refund_sign"):
            code = "" if progress.sign_code == "200" else f"sign_{progress.sign_code}"
        if progress.locked:
            self.env["invoice.tax.input.invoice"]._mark_red_locked(
                operation.taxpayer_id, progress.locked
            )
        self._mark_done("failed" if code else "success", code, progress.raw_code, text)
        self.platform_reference = progress.reference or self.platform_reference
        if self.state != "voided" and not code:
            period = self.env["invoice.tax.period"]._get_or_create(
                operation.taxpayer_id, operation.period
            )
            period._apply_table_operation(self, progress)
        # Always read back: the bureau is the authority, and after a late
        # answer to a voided batch nothing was applied here.
        # A signature moves invoices, which may have been selected elsewhere too.
        # So do a roll-back, and the answer that the period is filed.
        moved = code == "period_filed" or (
            not code
            and self.operation_type
            in ("sign", "sign_revoke", "roll_back", "refund_sign")
        )
        kind = "pool" if moved else "period"
        self.env["invoice.tax.fetch"]._ask(operation.taxpayer_id, kind)
        self._finish(code, self._name_locked(text, progress.locked))

    @api.model
    def _name_locked(self, text, keys):
        """The text of the bureau with the invoices that it names, as people search
        them."""
        numbers = ", ".join(f"{key.code} {key.number}".strip() for key in keys)
        return f"{text} {numbers}".strip()

    # --- the batch ---

    def _note_late_answer(self, lines):
        """A late answer is not applied; how the invoices stand now is read."""
        if lines.filtered(lambda line: line.state == "voided"):
            self.operation_id.has_late_answer = True
            self.env["invoice.tax.fetch"]._ask(self.taxpayer_id, "pool")

    def _finish(self, result_code=None, result_text=""):
        operation = self.operation_id
        if KINDS[self.operation_type].subject == "table":
            if self.state == "voided":
                operation.has_late_answer = True
            else:
                operation._apply_table_result(self, result_code or "", result_text)
            return
        operation._refresh_from_request(self)
        if result_code:
            operation.write(
                {"result_code": result_code, "result_text": (result_text or "")[:1000]}
            )
        elif operation.state == "success" and operation.result_code:
            # What had refused it at first is overtaken.
            operation.write({"result_code": False, "result_text": False})
