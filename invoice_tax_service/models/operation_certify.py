from odoo import models

from ..gateway.operation_kinds import KINDS
from .words import join_sentences


class InvoiceTaxOperation(models.Model):
    """Batch certification: select, build the statistics table and sign, in one batch.

    The lines go out as deductions; when all have their answer and at least one
    succeeded, ``next_step`` names the table operation that is sent next, as a further
    request of the same batch, and so on to the signature. Before each step it is
    asked anew why not (``operation_again.py``). A step that fails, or a person who
    voids, ends it there.

    What must never happen: a step sent before the one before it succeeded; a second
    table or signature (a unique index on the requests stands against it); going on
    by itself after somebody was told that it had stopped.
    """

    _inherit = "invoice.tax.operation"

    _open_certify_uniq = models.UniqueIndex(
        "(taxpayer_id) WHERE operation_type = 'certify' AND"
        " state IN ('waiting', 'processing')",
        "The same is being done already.",
    )

    def _create_request(self, lane, capabilities):
        if not self.next_step:
            return super()._create_request(lane, capabilities)
        step = self.next_step
        self.next_step = False
        return self.env["invoice.tax.request"]._create_for(self, operation_type=step)

    def _get_state_from_counts(self):
        steps = KINDS[self.operation_type].further
        if not steps or self.open_count or self.state == "voided":
            return super()._get_state_from_counts()
        if not self.success_count:
            self.next_step = False
            return "failed" if self.failed_count else "voided"
        if self.last_step == steps[-1]:
            return "failed" if self.failed_count else "success"
        if self.state == "failed":
            # Somebody was told that it had stopped: it does not go on by itself.
            self.result_code = "certify_late"
            return "failed"
        if not self._has_request_of(steps[0]):
            self.next_step = steps[0]
        return "processing"

    def _has_request_of(self, operation_type):
        return bool(
            self.env["invoice.tax.request"].search_count(
                [
                    ("operation_id", "=", self.id),
                    ("operation_type", "=", operation_type),
                ],
                limit=1,
            )
        )

    def _set_state(self, state, result_code=None, result_text=""):
        none = self.filtered(
            lambda operation: (
                KINDS[operation.operation_type].further
                and state == "failed"
                and not operation.success_count
                and not operation.result_code
                and result_code is None
            )
        )
        if none:
            super(InvoiceTaxOperation, none)._set_state(state, "certify_none")
        return super(InvoiceTaxOperation, self - none)._set_state(
            state, result_code, result_text
        )

    def _apply_table_result(self, request, code, text):
        steps = KINDS[self.operation_type].further
        if not steps:
            return super()._apply_table_result(request, code, text)
        if request.state == "failed":
            return self._set_state("failed", code, text)
        self.last_step = request.operation_type
        if self.state == "failed":
            # Asked again after it had stopped.
            signed = request.operation_type == steps[-1]
            code = "" if signed else "certify_late"
            done = signed and not self.failed_count
            return self._set_state("success" if done else "failed", code)
        if request.operation_type == steps[-1]:
            return self._set_state("failed" if self.failed_count else "success", "")
        return self._go_on_after(request.operation_type)

    def _go_on_after(self, operation_type):
        steps = KINDS[self.operation_type].further
        self.next_step = steps[steps.index(operation_type) + 1]
        self.env["invoice.tax.lane"]._wake()

    def _describe(self):
        steps = KINDS[self.operation_type].further
        if not steps:
            return super()._describe()
        reason = self._get_reason()
        return join_sentences(
            self.env, (reason, self.result_text, self._describe_steps())
        )

    def _describe_steps(self):
        """What stands now, however it ended."""
        counts = {
            "success": self.success_count,
            "failed": self.failed_count,
            "open": self.open_count,
        }
        if self.last_step == "sign":
            return self.env._(
                "%(success)s selected, %(failed)s failed; the statistics table is "
                "built and signed.",
                **counts,
            )
        if self.last_step:
            return self.env._(
                "%(success)s selected, %(failed)s failed; the statistics table is "
                "built, but not signed.",
                **counts,
            )
        return self.env._(
            "%(success)s selected, %(failed)s failed, %(open)s open; the statistics "
            "table is not built.",
            **counts,
        )
