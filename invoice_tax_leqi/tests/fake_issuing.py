"""The issuing side of the platform in memory: uploads, forms, monthly summaries."""

import dataclasses
from decimal import Decimal

from odoo.addons.invoice_tax_service.gateway.errors import NotFoundError, RefusedError

from ..gateway import messages
from ..models.issue_words import china_date
from .fake_leqi import FakeIssuingClient, FakeLeqi


class FakeIssuing(FakeLeqi):
    """What was uploaded, and what the next uploads are answered.

    ``results``: number (or document position in an upload) → forced result;
    ``silent``: positions the answer says nothing about; ``unfinished``: polls that
    are answered with "not yet"; ``form_state``: of the next forms.
    """

    def __init__(self, now):
        super().__init__(now)
        self.issued = {}
        self.contents = {}
        self.uploads = {}
        self.times_taken = {}
        self.discarded = {}
        self.results = {}
        self.silent = set()
        self.whole_refusal = None
        self.unfinished = 0
        self.forms = {}
        self.form_state = "free"
        self.summaries = {}
        self.summary_jobs = {}

    # === UPLOAD === #

    def upload_invoices(self, invoices, request_number):
        if self.whole_refusal and self.whole_refusal(invoices):
            raise RefusedError("整批拒绝", code="invalid_argument")
        items = [
            self._take(position, invoice) for position, invoice in enumerate(invoices)
        ]
        self.uploads[request_number] = tuple(item for item in items if item)
        return f"SL{request_number}"

    def _take(self, position, invoice):
        forced = self.results.pop(invoice.number, None) or self.results.pop(
            position, None
        )
        result = forced or self._judge(invoice)
        if result == "ok":
            self._keep(invoice)
        if position in self.silent:
            self.silent.discard(position)
            return None
        return messages.UploadResult(invoice.number, result, f"R-{result}", "")

    def _judge(self, invoice):
        if invoice.number in self.issued:
            same = self.contents[invoice.number] == invoice
            return "duplicate" if same else "number_conflict"
        if invoice.number in self.discarded:
            return "number_discarded"
        if invoice.kind == "red" and invoice.red_form_number not in {
            form.number for form in self.forms.values()
        }:
            return "red_form_missing"
        return "ok"

    def _keep(self, invoice):
        number = invoice.number
        self.times_taken[number] = self.times_taken.get(number, 0) + 1
        self.contents[number] = invoice
        self.issued[number] = messages.IssuedInvoice(
            number=number,
            kind=invoice.kind,
            issued_at=invoice.issued_at,
            uploaded_at=self.now(),
            buyer_tax_number=invoice.buyer.tax_number,
            net_amount=invoice.net_amount,
            vat_amount=invoice.vat_amount,
            gross_amount=invoice.gross_amount,
            red_net_amount=Decimal("0.00"),
            red_vat_amount=Decimal("0.00"),
            blue_number=invoice.blue_number,
        )
        # The quota of the month it was issued in, whenever it arrives.
        self.upload(invoice.net_amount, f"{china_date(invoice.issued_at):%Y%m}")

    def progress(self, request_number):
        if request_number not in self.uploads:
            raise NotFoundError()
        if self.unfinished:
            self.unfinished -= 1
            return messages.UploadProgress(False, f"SL{request_number}", poll_after=1)
        return messages.UploadProgress(
            True, f"SL{request_number}", items=self.uploads[request_number]
        )

    def discard_number(self, number, reason, request_number):
        if number in self.issued:
            raise RefusedError(code="number_uploaded")
        return self.discarded.setdefault(number, self.now())

    # === FORMS AND SUMMARIES === #

    def apply_form(self, request):
        number = f"FORM{len(self.forms) + 1:012d}"
        self.forms[request.request_number] = messages.RedForm(
            number=number,
            uuid=f"uuid-{number}",
            state=self.form_state,
            raw_state="01",
            blue_number=request.blue_number,
            reason=request.reason,
            net_amount=request.net_amount,
            vat_amount=request.vat_amount,
        )
        return self.forms[request.request_number]

    def change_form(self, uuid, state):
        for key, form in self.forms.items():
            if form.uuid == uuid:
                self.forms[key] = dataclasses.replace(form, state=state)
                return self.forms[key]
        raise RefusedError(code="not_found")

    def get_form(self, uuid):
        return next(form for form in self.forms.values() if form.uuid == uuid)

    def summarise(self, action, month, totals, request_number):
        own = self._get_totals(month)
        refusal = ""
        if action == "confirm" and totals != own:
            refusal = "summary_differs"
        elif action == "cancel" and month not in self.summaries:
            refusal = "summary_missing"
        elif action == "confirm":
            self.summaries[month] = own
        else:
            del self.summaries[month]
        self.summary_jobs[request_number] = messages.SummaryProgress(
            True, f"SH{request_number}", totals=own, refusal=refusal
        )
        return f"SH{request_number}"

    def _get_totals(self, month):
        sums = {}
        for kind in ("blue", "red"):
            held = [
                one
                for one in self.issued.values()
                if one.kind == kind and f"{one.issued_at:%Y%m}" == month
            ]
            sums[f"{kind}_count"] = len(held)
            sums[f"{kind}_net"] = sum((one.net_amount for one in held), Decimal("0.00"))
            sums[f"{kind}_vat"] = sum((one.vat_amount for one in held), Decimal("0.00"))
        return messages.MonthTotals(**sums)


class FakeUploadClient(FakeIssuingClient):
    """Speaks to :class:`FakeIssuing`."""

    def _once(self, word, request_number, work):
        leqi = self.leqi
        return leqi.call(word, lambda: leqi.once(request_number, work), request_number)

    def upload(self, invoices, request_number):
        work = self.leqi.upload_invoices
        return self._once(
            "upload", request_number, lambda: work(invoices, request_number)
        )

    def poll_upload(self, reference):
        number = reference.removeprefix("SL")
        return self.leqi.call("poll_upload", lambda: self.leqi.progress(number), number)

    def find_upload(self, request_number):
        leqi = self.leqi
        return leqi.call(
            "find_upload", lambda: leqi.progress(request_number), request_number
        )

    def read_issued(self, numbers):
        leqi = self.leqi
        return leqi.call(
            "read_issued",
            lambda: {one: leqi.issued[one] for one in numbers if one in leqi.issued},
        )

    def discard_number(self, number, reason, request_number):
        work = self.leqi.discard_number
        return self._once(
            "discard", request_number, lambda: work(number, reason, request_number)
        )

    def apply_red_form(self, request):
        return self._once(
            "form", request.request_number, lambda: self.leqi.apply_form(request)
        )

    def find_red_form(self, request_number):
        leqi = self.leqi
        return leqi.call("find_form", lambda: leqi.find(request_number), request_number)

    def read_red_form(self, uuid):
        return self.leqi.call("read_form", lambda: self.leqi.get_form(uuid))

    def cancel_red_form(self, form, request_number):
        return self._once(
            "cancel_form",
            request_number,
            lambda: self.leqi.change_form(form.uuid, "cancelled"),
        )

    def confirm_summary(self, month, totals, request_number):
        return self._once(
            "summary",
            request_number,
            lambda: self.leqi.summarise("confirm", month, totals, request_number),
        )

    def cancel_summary(self, month, request_number):
        return self._once(
            "summary",
            request_number,
            lambda: self.leqi.summarise("cancel", month, None, request_number),
        )

    def poll_summary(self, reference):
        return self.leqi.summary_jobs[reference.removeprefix("SH")]

    def find_summary(self, request_number):
        if request_number not in self.leqi.summary_jobs:
            raise NotFoundError()
        return self.leqi.summary_jobs[request_number]
