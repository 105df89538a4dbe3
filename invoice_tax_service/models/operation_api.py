import datetime
import json

import psycopg2

from odoo import api, models
from odoo.exceptions import ConcurrencyError

from ..exceptions import TaxServiceError
from ..gateway.operation_kinds import INVOICE_OPERATIONS, TABLE_OPERATIONS
from ..tools import tax_number as tax_numbers
from ..tools.money import parse_amount, to_decimal
from ..tools.selection_plan import REASON_TEXT_LENGTH, PlannedRow, WishRow
from .words import FILINGS, OPERATION_TYPES, get_sentence

# One call; larger wishes come in several, each with its own request number. Answers
# hold as many lines at most, so that what a call has submitted comes back whole.
MAX_INVOICES = 20000
_FIELDS = {
    "number",
    "code",
    "creditable_vat",
    "reason",
    "reason_text",
    "farm_amount",
    "booked_on",
}


class InvoiceTaxOperation(models.Model):
    """External interface of the operation log, for programs on JSON-2.

    ``POST /json/2/invoice.tax.operation/submit_batch``, ``…/get_batch``,
    ``…/list_batches`` (``operation_api_list.py``) and ``…/retry_batch``.
    A refusal is HTTP 422; its body holds ``context.code``, stable, and the
    sentence in the caller's language (``context: {"lang": "zh_CN"}``).
    """

    _inherit = "invoice.tax.operation"

    @api.model
    def submit_batch(
        self,
        tax_number,
        operation_type,
        period,
        request_number,
        invoices=None,
        filing=None,
    ):
        """Submit invoices for an operation at the tax bureau.

        Idempotent by ``(tax_number, request_number)``: the same content again
        answers the first batch, whatever has become of it.

        :param str tax_number: of the taxpayer that acts
        :param str operation_type: ``deduct deduct_revoke exclude exclude_revoke
            preselect preselect_revoke passenger certify refund refund_revoke
            farm_own farm_bought farm_mixed farm_face_amount farm_face_tax booking``
            with invoices; ``statistics statistics_revoke sign sign_revoke
            refund_sign`` without; ``certify`` selects, builds the table and signs it
        :param str period: ``yyyyMM``; the open deduction tax period, for ``preselect``
            a later one that is waited for, for the three of export refund the running
            month of the calendar, for farm products and booking either of these two
        :param str request_number: the caller's own, 1 to 100 characters
        :param list invoices: ``[{number, code?, creditable_vat?, reason?,
            reason_text?, farm_amount?, booked_on?}]``, all text; ``creditable_vat``
            and ``farm_amount`` (the own-grown part of the net amount, with
            ``farm_mixed``) in CNY with at most two decimals, as text or number;
            ``reason`` ``1`` to ``5``; ``booked_on`` ``yyyy-MM-dd`` (with ``booking``,
            today when left out); empty for operations on a table
        :param str filing: with ``sign`` only, and only where the bureau cannot tell
            (``filing_unknown``): ``unfinished``, then it is signed, or ``finished``,
            then the bureau refuses, takes the selections back and opens the next
            period
        :return: like :meth:`get_batch`, with the lines that were refused at once
        :raise TaxServiceError: codes ``invalid_argument taxpayer_unknown no_right
            request_number_conflict small_scale period_not_open preselect_period
            statistics_exist filing_unknown …``
        """
        self._check_api_arguments(operation_type, period, request_number, invoices)
        self._check_filing_argument(operation_type, filing)
        taxpayer = self._find_taxpayer(tax_number)
        taxpayer._check_can(*taxpayer._get_operation_items(operation_type))
        content = [operation_type, period, invoices or []]
        digest = self._get_digest(content + ([filing] if filing else []))
        batch = self._find_by_request_number(taxpayer, request_number, digest)
        if not batch:
            values = {"request_number": request_number, "content_digest": digest}
            if filing:
                values["filing"] = self._get_filing(taxpayer, filing)
            try:
                with self.env.cr.savepoint():
                    batch = self._submit_external(
                        taxpayer, operation_type, period, invoices or [], values
                    )
            except psycopg2.errors.UniqueViolation as error:
                # The same call came twice at once, or an invoice was taken by
                # another batch meanwhile: Odoo repeats the call on what is now.
                raise ConcurrencyError(str(error)) from error
        return batch._get_api_answer()

    @api.model
    def _submit_external(self, taxpayer, operation_type, period, invoices, values):
        if operation_type in TABLE_OPERATIONS:
            return self._submit_table(
                taxpayer, operation_type, period, "external", **values
            )
        taxpayer._check_can_operate(operation_type, period, "external")
        parsed = [self._parse_invoice(row) for row in invoices]
        planned = iter(
            self._plan_selection(
                taxpayer,
                operation_type,
                period,
                [wish for wish, refusal in parsed if not refusal],
            )
        )
        rows = [
            PlannedRow(wish, None, refusal) if refusal else next(planned)
            for wish, refusal in parsed
        ]
        return self._submit_selection(
            taxpayer, operation_type, period, rows, "external", **values
        )

    @api.model
    @api.readonly
    def get_batch(self, batch_number, lines_after="", lines_limit=MAX_INVOICES):
        """What has become of a batch.

        :param str batch_number: as answered by :meth:`submit_batch`
        :param str lines_after: ``lines_next`` of the answer before, for the lines
            that come then
        :param int lines_limit: lines in the answer, 0 to 20,000
        :return: ``{batch_number, tax_number, operation_type, period, origin, state,
            submitted_at, finished_at, request_number, filing, code, description,
            advice, total, succeeded, failed, voided, open, retry_of, retried_by: […],
            net_amount, vat_amount, creditable_vat, lines: [{number, code, state,
            creditable_vat, result_code, result_text, advice, bureau_code,
            bureau_text}], lines_next}``; amounts as text with two decimals (CNY),
            times in UTC like ``2026-11-20T08:00:00Z``; ``lines_next`` is empty with
            the last line
        :raise TaxServiceError: ``batch_unknown invalid_argument``
        """
        batch = self._find_batch(batch_number)
        after = self._parse_lines_page(lines_after, lines_limit)
        return batch._get_api_answer(after, lines_limit)

    @api.model
    def _parse_lines_page(self, lines_after, lines_limit):
        """:return: id of the line after which to go on"""
        problem = ""
        if not self._is_page_size(lines_limit, 0, MAX_INVOICES):
            problem = self.env._("lines_limit is not a number from 0 to 20000")
        elif not isinstance(lines_after, str) or not (
            lines_after == "" or self._is_digits(lines_after, 1, 18)
        ):
            problem = self.env._("lines_after is not a lines_next of this batch")
        if problem:
            raise TaxServiceError(problem, "invalid_argument")
        return int(lines_after or 0)

    @api.model
    def _is_page_size(self, value, least, most):
        # True is a number, too.
        return type(value) is int and least <= value <= most

    @api.model
    def _is_digits(self, value, least, most):
        """Whether it is text of that many ASCII digits."""
        return (
            isinstance(value, str)
            and value.isascii()
            and value.isdigit()
            and least <= len(value) <= most
        )

    @api.model
    def _find_batch(self, batch_number):
        batch = (
            isinstance(batch_number, str)
            and batch_number.isprintable()
            and self.search([("batch_number", "=", batch_number)], limit=1)
        )
        if not batch:
            raise TaxServiceError(
                self.env._(
                    "There is no batch %(number)s.",
                    number=self._get_echo(batch_number, 50),
                ),
                "batch_unknown",
            )
        return batch

    # === ARGUMENTS === #

    @api.model
    def _check_api_arguments(self, operation_type, period, request_number, invoices):
        problem = ""
        if not self._is_storable([period, request_number, invoices]):
            problem = self.env._("the text holds characters that cannot be stored")
        elif operation_type not in [key for key, _label in OPERATION_TYPES]:
            problem = self.env._("operation_type is not one of the known keys")
        elif not self._is_month(period):
            problem = self.env._("period is not text of the form yyyyMM")
        elif not self._is_request_number(request_number):
            problem = self._get_request_number_problem()
        elif invoices is not None and not isinstance(invoices, list):
            problem = self.env._("invoices is not a list")
        elif operation_type in TABLE_OPERATIONS and invoices:
            problem = self.env._("this operation takes no invoices")
        elif operation_type in INVOICE_OPERATIONS and not invoices:
            problem = self.env._("invoices is empty")
        elif len(invoices or []) > MAX_INVOICES:
            problem = self.env._("invoices holds more than %s rows", MAX_INVOICES)
        else:
            problem = self._get_row_problem(invoices or [])
        if problem:
            raise TaxServiceError(problem, "invalid_argument")

    @api.model
    def _is_month(self, period):
        return self._is_digits(period, 6, 6) and "01" <= period[4:] <= "12"

    @api.model
    def _check_filing_argument(self, operation_type, filing):
        problem = ""
        if filing and operation_type != "sign":
            problem = self.env._("filing belongs to operation_type sign only")
        elif filing and filing not in [key for key, _label in FILINGS]:
            problem = self.env._("filing is neither unfinished nor finished")
        if problem:
            raise TaxServiceError(problem, "invalid_argument")

    @api.model
    def _get_filing(self, taxpayer, filing):
        """The answer to the question of the bureau; where it does not ask, its own
        word holds, and a caller who says that the period is filed is not signed for."""
        if not taxpayer.current_period_id.is_filing_known:
            return filing
        if filing == "finished":
            raise TaxServiceError(
                self.env._(
                    "the bureau tells by itself whether the period is filed; leave "
                    "filing out"
                ),
                "invalid_argument",
            )
        return False

    @api.model
    def _is_request_number(self, request_number):
        return isinstance(request_number, str) and (
            1 <= len(request_number.strip()) <= 100
        )

    @api.model
    def _get_request_number_problem(self):
        return self.env._("request_number is not text of 1 to 100 characters")

    @api.model
    def _check_request_number(self, request_number):
        if not self._is_storable(request_number) or not self._is_request_number(
            request_number
        ):
            raise TaxServiceError(
                self._get_request_number_problem(), "invalid_argument"
            )

    @api.model
    def _is_storable(self, content):
        """Whether the database can hold all text in this: no NUL, no half signs."""
        text = json.dumps(content, ensure_ascii=False, default=str)
        try:
            text.encode()
        except UnicodeEncodeError:
            return False
        return "\\u0000" not in text

    @api.model
    def _get_echo(self, value, length):
        """An argument as a sentence may repeat it."""
        text = str(value)[:length]
        return text if text.isprintable() else ascii(text)

    @api.model
    def _get_row_problem(self, invoices):
        for position, row in enumerate(invoices):
            if not isinstance(row, dict) or not isinstance(row.get("number"), str):
                return self.env._(
                    "invoices[%s] is not an object with number as text", position
                )
            unknown = set(row) - _FIELDS
            if unknown:
                return self.env._(
                    "invoices[%(position)s] holds unknown keys: %(keys)s",
                    position=position,
                    keys=", ".join(sorted(map(str, unknown)))[:100],
                )
        return ""

    @api.model
    def _parse_invoice(self, row):
        """One row of the call as ``(WishRow, refusal code)``."""
        number, code = row["number"].strip(), row.get("code") or ""
        refusal = ""
        creditable_vat = None
        if not self._is_invoice_number(number, code):
            refusal = "number_invalid"
        if row.get("creditable_vat") is not None:
            try:
                creditable_vat = parse_amount(row["creditable_vat"])
            except ValueError:
                refusal = refusal or "creditable_vat_invalid"
        farm_amount, booked_on, problem = self._parse_treatment(row)
        refusal = refusal or problem
        reason = str(row.get("reason") or "")
        if reason and reason not in ("1", "2", "3", "4", "5"):
            reason, refusal = "", refusal or "reason_missing"
        wish = WishRow(
            number=number[:20] or "?",
            code=str(code)[:12],
            creditable_vat=creditable_vat,
            reason=reason,
            reason_text=str(row.get("reason_text") or "")[: REASON_TEXT_LENGTH + 1],
            farm_amount=farm_amount,
            booked_on=booked_on,
        )
        return wish, refusal

    @api.model
    def _parse_treatment(self, row):
        """:return: own-grown part, booking date and refusal code"""
        farm_amount = booked_on = None
        try:
            if row.get("farm_amount") is not None:
                farm_amount = parse_amount(row["farm_amount"])
        except ValueError:
            return None, None, "farm_amount_invalid"
        if row.get("booked_on"):
            try:
                booked_on = datetime.datetime.strptime(
                    row["booked_on"], "%Y-%m-%d"
                ).date()
            except (TypeError, ValueError):
                return None, None, "booked_on_invalid"
        return farm_amount, booked_on, ""

    @api.model
    def _is_invoice_number(self, number, code):
        if not number.isascii() or not number.isdigit() or not isinstance(code, str):
            return False
        if code:
            return (
                len(number) in (8, 20)
                and code.isascii()
                and code.isdigit()
                and len(code) in (10, 12)
            )
        return len(number) == 20

    @api.model
    def _find_taxpayer(self, tax_number):
        if not isinstance(tax_number, str):
            raise TaxServiceError(
                self.env._("tax_number is not text"), "invalid_argument"
            )
        number = tax_numbers.normalize(tax_number)
        taxpayer = self.env["invoice.tax.taxpayer"]
        if tax_numbers.is_valid(number):
            taxpayer = taxpayer.search(
                [
                    ("tax_number", "=", number),
                    ("company_id", "in", self.env.companies._get_tax_companies().ids),
                ]
            )
        if not taxpayer:
            raise TaxServiceError(
                self.env._(
                    "No taxpayer with tax number %(number)s is served in your "
                    "companies. Check the number, or ask for access to its company.",
                    number=self._get_echo(tax_number, 30),
                ),
                "taxpayer_unknown",
            )
        if len(taxpayer) > 1:
            raise TaxServiceError(
                self.env._(
                    "Tax number %(number)s is served in several of your companies. "
                    "Name one company in the context (allowed_company_ids).",
                    number=number,
                ),
                "taxpayer_ambiguous",
            )
        return taxpayer

    @api.model
    def _find_by_request_number(self, taxpayer, request_number, digest):
        batch = self.search(
            [
                ("taxpayer_id", "=", taxpayer.id),
                ("request_number", "=", request_number),
            ]
        )
        if batch and batch.content_digest != digest:
            raise TaxServiceError(
                get_sentence(self.env, "request_number_conflict"),
                "request_number_conflict",
                batch_number=batch.batch_number,
            )
        return batch

    # === ANSWER === #

    def _get_api_answer(self, lines_after=0, lines_limit=MAX_INVOICES):
        """The whole answer: the batch, and so many of its lines."""
        self.ensure_one()
        lines = self._get_page_of_lines(lines_after, lines_limit + 1)
        page = lines[:lines_limit]
        left = len(lines) > lines_limit
        return {
            **self._get_api_head(),
            "lines": page._get_api_lines(),
            "lines_next": str(page[-1:].id or lines_after) if left else "",
        }

    def _get_page_of_lines(self, after, limit):
        names = "number code state creditable_vat result_code raw_code raw_text"
        return self.env["invoice.tax.operation.line"].search_fetch(
            [("operation_id", "=", self.id), ("id", ">", after)],
            names.split(),
            order="id",
            limit=limit,
        )

    def _get_api_head(self):
        return {
            "batch_number": self.batch_number,
            "tax_number": self.taxpayer_id.tax_number,
            "operation_type": self.operation_type,
            "period": self.period,
            "origin": self.origin,
            "state": self.state,
            "submitted_at": self._get_api_time(self.create_date),
            "finished_at": self._get_api_time(self.finished_at),
            "request_number": self.request_number or "",
            "filing": self.filing or "",
            "retry_of": self.retry_of_id.batch_number or "",
            "retried_by": self.retried_by_ids.sorted("id").mapped("batch_number"),
            "code": self.result_code or "",
            "description": self.description or "",
            "advice": self.advice or "",
            "total": self.total_count,
            "succeeded": self.success_count,
            "failed": self.failed_count,
            "voided": self.voided_count,
            "open": self.open_count,
            "net_amount": str(to_decimal(self.net_amount)),
            "vat_amount": str(to_decimal(self.vat_amount)),
            "creditable_vat": str(to_decimal(self.creditable_vat)),
        }

    @api.model
    def _get_api_time(self, time):
        return f"{time:%Y-%m-%dT%H:%M:%SZ}" if time else ""
