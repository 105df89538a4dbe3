"""Leqi's base capability 202007: quota, numbers, issuing."""

from odoo.addons.invoice_tax_service.gateway.errors import (
    OutcomeUnknownError,
    RefusedError,
    RepeatTooSoonError,
)
from odoo.addons.invoice_tax_service.gateway.leqi_codes import (
    BASE,
    CREDIT_LEVELS,
    FREQUENCIES,
    TAXPAYER_TYPES,
)
from odoo.addons.invoice_tax_service.gateway.leqi_envelope import LeqiConnection
from odoo.addons.invoice_tax_service.gateway.parsing import format_amount

from . import leqi_words as words
from . import messages
from .leqi_codes import (
    FORM_ANSWER_CODES,
    QUERY_TOO_SOON,
    REFUSALS,
    SUMMARY_CODES,
    TRANSFER_CODES,
)


class LeqiIssuingClient:
    """One taxpayer's line to Leqi for all that issuing needs.

    A client knows no ORM and writes no database; it answers in the words of
    :mod:`messages` and raises only :mod:`errors` of ``invoice_tax_service.gateway``.
    It never sends anything twice by itself. Use it as a context manager, so that
    the connection is closed.

    Every method may raise, and says only what it adds:

    - ``NotSentError``: nothing left; send the same again later
    - ``OutcomeUnknownError``: it may have been done; ask for it by its request
      number with the ``find_…`` method beside it, and send it again (same request
      number, same content) only after ``NotFoundError``
    - ``WaitError``: not done, the platform asks to wait ``wait`` seconds
    - ``CredentialError``: not done, the connection has to be corrected
    - ``RefusedError``: not done; ``code`` is one of ``messages.REFUSAL_CODES``.
      A refused request leaves no trace: its number is not taken

    A ``find_…`` method never raises ``RefusedError`` (a refused question says
    nothing about the work: ``OutcomeUnknownError``), but ``NotFoundError`` when the
    platform never got the request or had refused it.

    Request numbers are text of at most 100 characters, committed before they are
    sent. The same number again with the same content is answered as the first time
    and never done twice; with other content: ``request_number_conflict``.

    :param messages.Credentials credentials: of ``invoice_tax_service.gateway``
    :param str tax_number: the taxpayer that issues
    :param callable exchange: gets a record of each request and its answer, secrets
        masked; see ``transport.Transport``
    """

    channel = "leqi"

    def __init__(self, credentials, tax_number, *, exchange=None):
        self.tax_number = tax_number
        self.platform_number = credentials.platform_number
        self.connection = _IssuingConnection(
            self.channel, credentials, refusals=REFUSALS, exchange=exchange
        )

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def close(self):
        self.connection.close()

    def _call(self, service, *, asks_back=False, **content):
        payload = {"nsrsbh": self.tax_number, **content}
        return self.connection.call(BASE, service, payload, asks_back=asks_back)

    # === QUOTA === #

    def fetch_quota(self):
        """The six figures of the running month (CXSXED).

        :rtype: messages.QuotaData
        :raise RepeatTooSoonError: ``quota_query_too_soon``, with ``wait``: asked less
            than an hour after the last answer of the same month (manual 003). The lane
            goes on with its other work
        """
        return words.read_quota(self._call("CXSXED"))

    def download_quota(self, amount, request_number):
        """Bring quota from the bureau to Leqi (XZTHSXED, sqlx 0).

        :param Decimal amount: CNY, more than zero, at most what is available
        :rtype: messages.QuotaReceipt, with its validity
        :raise RefusedError: ``quota_suspended``, ``quota_short``,
            ``taxpayer_not_normal``
        """
        return self._transfer(messages.DOWNLOAD, amount, request_number)

    def return_quota(self, amount, request_number):
        """Give downloaded quota back to the bureau (XZTHSXED, sqlx 1).

        :param Decimal amount: CNY, more than zero, at most what is unused. What is
            issued and not yet uploaded the bureau does not know: the caller keeps it
        :rtype: messages.QuotaReceipt
        :raise RefusedError: ``quota_unused_short``
        """
        return self._transfer(messages.RETURN, amount, request_number)

    def _transfer(self, kind, amount, request_number):
        answer = self._call(
            "XZTHSXED",
            ptbh=self.platform_number,
            sqlx=TRANSFER_CODES[kind],
            sqed=format_amount(amount),
            ywlsh=request_number,
        )
        return words.read_receipt(answer, request_number)

    def find_transfer(self, request_number):
        """A download or return by its request number (CXXZTHSXED, ours).

        :rtype: messages.QuotaReceipt: it was carried out, ``done_at`` is known
        :raise NotFoundError: never came, or was refused; it may be sent again
        """
        answer = self._call("CXXZTHSXED", asks_back=True, ywlsh=request_number)
        return words.read_receipt(answer, request_number)

    def adjust_validity(self, month):
        """Make the month's downloaded quota valid until its last day (TZSXEDYXQ).

        Has no request number: asked again it changes nothing and answers the same.

        :param str month: ``yyyyMM``, the running one
        :rtype: messages.Validity
        :raise RefusedError: ``quota_not_filed`` (file the last period first),
            ``quota_month_over``
        """
        answer = self.connection.call(
            BASE,
            "TZSXEDYXQ",
            {"xsfnsrsbh": self.tax_number, "sxedsq": words.format_month(month)},
        )
        return words.read_validity(answer)

    # === NUMBERS === #

    def draw_segment(self, count, request_number):
        """Draw numbers of the running year, one after the other (QDFPPLFM).

        :param int count: 1 to 1,000
        :rtype: messages.SegmentData
        :raise RefusedError: ``invalid_argument`` (nothing is sent for a count that
            cannot be), ``taxpayer_not_normal``
        """
        if not 1 <= count <= messages.DRAW_LIMIT:
            raise RefusedError(f"{count} numbers", code="invalid_argument")
        answer = self._call("QDFPPLFM", lysl=str(count), ywlsh=request_number)
        return words.read_segment(answer, request_number)

    def find_draw(self, request_number):
        """A draw by its request number (CXQDFPPLFM, ours).

        Asked before the next draw whenever an answer was lost: no number is lost.

        :rtype: messages.SegmentData
        :raise NotFoundError: never came, or was refused; it may be sent again
        """
        answer = self._call("CXQDFPPLFM", asks_back=True, ywlsh=request_number)
        return words.read_segment(answer, request_number)

    def fetch_segments(self, year=""):
        """All segments drawn, the oldest first (CXQDFPHD, ours); 50 a request.

        :param str year: ``yyyy``; empty: all years
        :rtype: list[messages.SegmentData]
        """
        rows = self._fetch_pages("CXQDFPHD", "hdxx", nd=year)
        return [words.read_segment(row) for row in rows]

    def discard_number(self, number, reason, request_number):
        """Give up a number spent on an invoice Leqi never took (FQQDFPHM, ours).

        The number can never be uploaded afterwards. Discarding it again is answered
        as the first time.

        :param str reason: why, up to 200 characters
        :return: when, naive UTC
        :raise RefusedError: ``number_uploaded`` (the invoice exists: ask for it with
            :meth:`read_issued`), ``number_not_drawn``
        """
        answer = self._call(
            "FQQDFPHM", fphm=number, fqyy=reason[:200], ywlsh=request_number
        )
        return answer.time("fqsj")

    # === ISSUING === #

    def upload(self, invoices, request_number):
        """Upload issued invoices, blue and red mixed (QDFPSC); done later.

        :param list invoices: 1 to 100 of :class:`messages.DigitalInvoice`, each
            checked by itself: one bad one holds no other
        :return: reference (sllsh) to poll with
        :rtype: str
        :raise RefusedError: ``too_many_items``, ``taxpayer_not_normal``
        """
        if not 1 <= len(invoices) <= messages.UPLOAD_LIMIT:
            raise RefusedError(f"{len(invoices)} invoices", code="too_many_items")
        answer = self._call(
            "QDFPSC",
            ptbh=self.platform_number,
            ywlsh=request_number,
            fpxx=[words.format_invoice(invoice) for invoice in invoices],
        )
        return answer.number("sllsh")

    def poll_upload(self, reference):
        """How far an upload is, by its reference (CXQDFPSCJG).

        :rtype: messages.UploadProgress
        :raise NotFoundError: the platform does not know the reference
        """
        answer = self._call("CXQDFPSCJG", asks_back=True, sllsh=reference)
        return words.read_upload(answer, reference)

    def find_upload(self, request_number):
        """The same by the request number, where the reference was lost (ours).

        :rtype: messages.UploadProgress
        :raise NotFoundError: it never came; it may be sent again as it is
        """
        answer = self._call("CXQDFPSCJG", asks_back=True, ywlsh=request_number)
        return words.read_upload(answer)

    def read_issued(self, numbers):
        """The invoices Leqi holds under these numbers (CXQDFPXX, ours).

        :param list numbers: at most 100; unknown ones are left out of the answer
        :rtype: dict[str, messages.IssuedInvoice]
        """
        if not numbers:
            return {}
        rows = [{"fphm": number} for number in numbers]
        answer = self._call("CXQDFPXX", fpxx=rows)
        found = map(words.read_issued, answer.rows("fpxx", optional=True))
        return {invoice.number: invoice for invoice in found}

    # === RED-LETTER CONFIRMATION FORM === #

    def apply_red_form(self, request):
        """Ask for the form of a red invoice, as the seller (QDHZQRDSQ).

        :param messages.RedFormRequest request:
        :rtype: messages.RedForm: state ``free`` (issue at once) or
            ``waits_for_buyer`` (the buyer has used or booked the invoice; 72 hours)
        :raise RefusedError: ``blue_not_found``, ``red_exceeds_blue``
        """
        answer = self._call("QDHZQRDSQ", **words.format_red_form(request))
        return words.read_red_form(answer)

    def find_red_form(self, request_number):
        """A form by the request number it was asked for with (CXQDHZQRDMX, ours).

        :rtype: messages.RedForm
        :raise NotFoundError: never came, or was refused; it may be sent again
        """
        answer = self._call("CXQDHZQRDMX", asks_back=True, ywlsh=request_number)
        return words.read_red_form(answer)

    def read_red_form(self, uuid):
        """How a form stands (CXQDHZQRDMX).

        :rtype: messages.RedForm
        :raise RefusedError: ``not_found``
        """
        return words.read_red_form(self._call("CXQDHZQRDMX", hzqrduuid=uuid))

    def fetch_red_forms(self, blue_number=""):
        """All forms of the taxpayer, or of one blue invoice, oldest first
        (CXQDHZQRDLB); 50 a request.

        :rtype: list[messages.RedForm]
        """
        rows = self._fetch_pages("CXQDHZQRDLB", "hzqrdlb", dylzfphm=blue_number)
        return [words.read_red_form(row) for row in rows]

    def cancel_red_form(self, form, request_number):
        """Take a form back that no red invoice was issued by (QDHZQRDQR, C).

        :param messages.RedForm form:
        :rtype: messages.RedForm: as it stands then
        :raise RefusedError: ``red_form_state``
        """
        return self._answer_red_form(form, "cancel", request_number)

    def confirm_red_form(self, form, accept, request_number):
        """Answer a form the buyer asked for (QDHZQRDQR, Y or N).

        :param bool accept: confirm or refuse
        :rtype: messages.RedForm
        :raise RefusedError: ``red_form_state``
        """
        answer = "confirm" if accept else "refuse"
        return self._answer_red_form(form, answer, request_number)

    def _answer_red_form(self, form, answer, request_number):
        return words.read_red_form(
            self._call(
                "QDHZQRDQR",
                hzqrxxdbh=form.number,
                hzqrduuid=form.uuid,
                qrlx=FORM_ANSWER_CODES[answer],
                ywlsh=request_number,
            )
        )

    # === MONTHLY SUMMARY === #

    def confirm_summary(self, month, totals, request_number):
        """Confirm a month that is over (SCFPHZQRXX, ywlx 0); done later.

        :param str month: ``yyyyMM``
        :param messages.MonthTotals totals: as our books have them; refused while
            worked on (``summary_differs``) when the platform counts otherwise
        :return: reference to poll with
        :rtype: str
        :raise RefusedError: ``summary_month_running``, ``summary_confirmed``
        """
        return self._summarise("confirm", month, totals, request_number)

    def cancel_summary(self, month, request_number):
        """Take a confirmation back before the month is filed (ywlx 1); done later.

        :return: reference to poll with
        :rtype: str
        :raise RefusedError: ``summary_missing``, ``period_filed``
        """
        return self._summarise("cancel", month, messages.MonthTotals(), request_number)

    def _summarise(self, action, month, totals, request_number):
        answer = self._call(
            "SCFPHZQRXX",
            ywlx=SUMMARY_CODES[action],
            yf=words.format_month(month),
            ywlsh=request_number,
            **words.format_totals(totals),
        )
        return answer.number("sllsh")

    def poll_summary(self, reference):
        """How far it is, by its reference (CXFPHZQRXX).

        :rtype: messages.SummaryProgress
        :raise NotFoundError: the platform does not know the reference
        """
        answer = self._call("CXFPHZQRXX", asks_back=True, sllsh=reference)
        return words.read_summary_progress(answer, reference)

    def find_summary(self, request_number):
        """The same by the request number (ours).

        :rtype: messages.SummaryProgress
        :raise NotFoundError: it never came; it may be sent again
        """
        answer = self._call("CXFPHZQRXX", asks_back=True, ywlsh=request_number)
        return words.read_summary_progress(answer)

    def fetch_summary(self, month):
        """How a month stands (CXFPHZQRXX with yf).

        :rtype: messages.SummaryState
        """
        answer = self._call("CXFPHZQRXX", yf=words.format_month(month))
        return words.read_summary_state(answer)

    # === TAXPAYER === #

    def fetch_issuer(self):
        """Profile and risk of the taxpayer (CXNSRJBXX, CXNSRFXXX).

        :rtype: messages.IssuerData
        """
        profile = self._call("CXNSRJBXX")
        risk = self._call("CXNSRFXXX")
        level = risk.code("xydj", optional=True)
        return messages.IssuerData(
            name=profile.text("nsrmc"),
            taxpayer_type=TAXPAYER_TYPES.get(profile.code("nsrlx"), "unknown"),
            status=profile.code("nsrztdm", optional=True),
            authority=profile.text("zgswjg", optional=True),
            filing_frequency=FREQUENCIES.get(profile.code("sbzq", optional=True), ""),
            credit_level=level if level in CREDIT_LEVELS else "",
            is_risk=risk.flag("fxnsrbz", optional=True),
            risk_type=risk.code("fxnsrlx", optional=True),
        )

    def fetch_tax_rates(self):
        """The rates the taxpayer may issue at (CXKYSL): 0.13, 0.06 …

        :rtype: list[Decimal]
        """
        return words.read_rates(self._call("CXKYSL"))

    # === PAGES === #

    def _fetch_pages(self, service, name, **content):
        rows = []
        for page in range(1, messages.MOST_PAGES + 1):
            answer = self._call(
                service, pageNumber=page, pageSize=messages.PAGE_SIZE, **content
            )
            found = answer.rows(name, optional=True)
            rows += found
            if not found or len(rows) >= answer.count("total"):
                return rows
        raise OutcomeUnknownError(f"{service}: the pages do not end")


class _IssuingConnection(LeqiConnection):
    """Knows the one refusal that only means: later."""

    def _check_business(self, answer, asks_back):
        if answer.code("ycdm", optional=True) == QUERY_TOO_SOON:
            raise RepeatTooSoonError(
                answer.message("returnmsg"),
                code="quota_query_too_soon",
                raw_code=QUERY_TOO_SOON,
                wait=answer.seconds("ddms"),
            )
        return super()._check_business(answer, asks_back)
