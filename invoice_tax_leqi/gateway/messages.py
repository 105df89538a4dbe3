"""What passes between the models and Leqi about issuing, in our own words.

Amounts are :class:`decimal.Decimal` in CNY with two decimals, days are
:class:`datetime.date`, times are naive UTC :class:`datetime.datetime`, months are
``yyyyMM`` text, years are ``yyyy`` text, and invoice numbers are text: 20 digits fit
no integer column. A code of the platform that is not known is handed on as it came,
in ``raw_code``, with the word ``unknown``.

Source: domain dictionary 1.8 to 1.11, 3.2; contract of the simulated endpoints, 7.
"""

import dataclasses
import datetime
from decimal import Decimal

# === LIMITS OF THE INTERFACE === #

UPLOAD_LIMIT = 100  # invoices in one upload
DRAW_LIMIT = 1000  # numbers in one draw (manual 004; the platform takes 5,000)
PAGE_SIZE = 50  # segments or forms in one page of a list
MOST_PAGES = 200  # of one list; a platform that has more says so for ever
READ_LIMIT = 100  # invoices in one read

# === WORDS === #

BLUE, RED = "blue", "red"
KINDS = (BLUE, RED)
INVOICE_TYPES = ("special", "ordinary")  # fppz 01, 02
LINE_NATURES = ("normal", "discount", "discounted")  # fphxz 00, 01, 02
DOWNLOAD, RETURN = "download", "return"
# chyyDm 01 to 04.
RED_REASONS = ("wrong_issue", "goods_returned", "service_stopped", "sales_allowance")
# hzqrxxzt 01 to 10: what may still become of a form, in the platform's order.
RED_FORM_STATES = (
    "free",  # 01 the buyer need not confirm
    "waits_for_buyer",  # 02 the seller asked
    "waits_for_seller",  # 03 the buyer asked
    "confirmed",  # 04 both agree
    "refused_by_buyer",  # 05
    "refused_by_seller",  # 06
    "expired",  # 07 nobody confirmed within 72 hours
    "cancelled",  # 08 by who asked
    "cancelled_later",  # 09 after it was confirmed
    "void_abnormal",  # 10
    "unknown",
)
# Forms by which a red invoice may be issued, and those that may still become so.
RED_FORM_USABLE = ("free", "confirmed")
RED_FORM_WAITING = ("waits_for_buyer", "waits_for_seller")
RED_FORM_ANSWERS = ("confirm", "refuse", "cancel")  # Y, N, C
# Result of one invoice of an upload. "ok" and "duplicate" are success: the platform
# has compared a duplicate and has the same content.
UPLOAD_RESULTS = (
    "ok",
    "duplicate",
    "number_conflict",
    "number_not_drawn",
    "number_discarded",
    "number_year",
    "quota_short",
    "quota_invalid_date",
    "quota_suspended",
    "taxpayer_not_normal",
    "amount_differs",
    "vat_differs",
    "rate_unknown",
    "tax_class_invalid",
    "buyer_incomplete",
    "issue_time_invalid",
    "field_invalid",
    "month_summarised",
    "blue_not_found",
    "red_exceeds_blue",
    "red_form_missing",
    "red_form_differs",
    "platform_error",
    "unknown",
)
UPLOAD_DONE = ("ok", "duplicate")
# The same invoice may go up again unchanged, once the cause is gone. Of all others
# the number is spent (discard it) or the content has to change.
UPLOAD_RETRYABLE = (
    "quota_short",
    "quota_invalid_date",
    "quota_suspended",
    "taxpayer_not_normal",
    "month_summarised",
    "platform_error",
)
# Why a whole request was refused; see leqi_codes.REFUSALS.
REFUSAL_CODES = (
    "quota_suspended",
    "quota_short",
    "quota_unused_short",
    "quota_month_over",
    "quota_not_filed",
    "taxpayer_not_normal",
    "number_uploaded",
    "number_not_drawn",
    "blue_not_found",
    "red_exceeds_blue",
    "red_form_state",
    "summary_month_running",
    "summary_differs",
    "summary_missing",
    "summary_confirmed",
    "period_filed",
    "request_number_conflict",
    "too_many_items",
    "invalid_argument",
    "not_served",
    "not_found",
    "refused",
)


# === QUOTA === #


@dataclasses.dataclass(frozen=True)
class QuotaData:
    """The six figures of one taxpayer's quota, as the bureau shows them.

    The bureau is the authority: ``available`` is not derivable from the others
    (it differs before and after filing), and ``unused`` knows only what was uploaded.
    """

    month: str  # 属期
    is_suspended: bool  # 暂停授信标志
    monthly_quota: Decimal  # 本月授信额度
    available: Decimal  # 可用剩余额度
    downloaded: Decimal  # 已下载额度
    unused: Decimal  # 已下载未使用额度
    valid_from: datetime.date | None  # None: nothing downloaded, or not told
    valid_to: datetime.date | None


@dataclasses.dataclass(frozen=True)
class Validity:
    """From when to when invoices may be issued on the downloaded quota."""

    valid_from: datetime.date
    valid_to: datetime.date


@dataclasses.dataclass(frozen=True)
class QuotaReceipt:
    """A download or return that was carried out."""

    request_number: str
    kind: str  # DOWNLOAD or RETURN
    amount: Decimal
    month: str  # of the quota that changed
    validity: Validity | None = None  # only of a download
    done_at: datetime.datetime | None = None  # only where it was asked for later


# === NUMBERS === #


@dataclasses.dataclass(frozen=True)
class SegmentData:
    """One drawn segment; both ends are part of it.

    Handed on as the platform told it: ask :func:`digital_number.find_segment_problem`
    before splitting it.
    """

    first_number: str
    last_number: str
    count: int
    request_number: str = ""
    drawn_at: datetime.datetime | None = None
    remaining: int | None = None  # neither uploaded nor discarded; None: not told
    is_expired: bool = False  # of an earlier year: nothing more is issued with it


# === INVOICES === #


@dataclasses.dataclass(frozen=True)
class Party:
    """Seller or buyer of an invoice."""

    name: str
    tax_number: str = ""  # empty: a natural person, or one without
    address: str = ""
    phone: str = ""
    bank: str = ""
    account: str = ""


@dataclasses.dataclass(frozen=True)
class InvoiceLine:
    """One line; of a red invoice quantity and amounts are negative.

    ``vat_amount`` is ``net_amount × tax_rate`` in cents, half up. A discount line
    (``discount``) follows the line it belongs to (``discounted``), with negative
    amounts and without quantity.
    """

    name: str
    tax_class_code: str  # 19 digits
    net_amount: Decimal
    tax_rate: Decimal  # 0.13
    vat_amount: Decimal
    quantity: Decimal | None = None
    unit_price: Decimal | None = None  # without VAT
    unit: str = ""
    specification: str = ""
    nature: str = "normal"  # one of LINE_NATURES
    preference: str = ""  # yhzcbs 01 to 18: why the rate is reduced or zero


@dataclasses.dataclass(frozen=True)
class DigitalInvoice:
    """One issued digital invoice, to be uploaded.

    It was issued at ``issued_at`` with ``number``: neither may change between two
    uploads. Header amounts are the sums of the lines. A red invoice names the blue one
    and its confirmation form.
    """

    number: str
    kind: str  # BLUE or RED
    invoice_type: str  # one of INVOICE_TYPES
    issued_at: datetime.datetime  # naive UTC
    seller: Party
    buyer: Party
    net_amount: Decimal
    vat_amount: Decimal
    gross_amount: Decimal
    lines: tuple
    issuer: str  # 开票人
    remark: str = ""
    element: str = ""  # tdys
    differential: str = ""  # cezslxDm 01, 02
    blue_number: str = ""
    red_form_number: str = ""
    red_form_uuid: str = ""
    red_reason: str = ""  # one of RED_REASONS


@dataclasses.dataclass(frozen=True)
class UploadResult:
    """What the platform did with one invoice of an upload."""

    number: str
    result: str  # one of UPLOAD_RESULTS
    raw_code: str
    text: str

    @property
    def is_done(self):
        return self.result in UPLOAD_DONE


@dataclasses.dataclass(frozen=True)
class UploadProgress:
    """Answer to a question about an upload.

    ``done`` false: ask again after ``poll_after`` seconds (0: own choice).
    Invoices the platform said nothing about are missing in ``items``: ask for them
    with ``read_issued``. ``refusal`` (or empty): refused as a whole while it was
    worked on, nothing was taken.
    """

    done: bool
    reference: str  # sllsh
    poll_after: float = 0
    items: tuple = ()
    refusal: str = ""
    raw_code: str = ""
    text: str = ""


@dataclasses.dataclass(frozen=True)
class IssuedInvoice:
    """One invoice the platform holds; compare it before calling it ours."""

    number: str
    kind: str
    issued_at: datetime.datetime
    uploaded_at: datetime.datetime
    buyer_tax_number: str
    net_amount: Decimal
    vat_amount: Decimal
    gross_amount: Decimal
    red_net_amount: Decimal  # of its red invoices and living forms, not negative
    red_vat_amount: Decimal
    blue_number: str = ""


# === RED-LETTER CONFIRMATION FORM === #


@dataclasses.dataclass(frozen=True)
class RedFormRequest:
    """Asks, as the seller, for the form (红字发票信息确认单) of a red invoice."""

    request_number: str
    blue_number: str
    reason: str  # one of RED_REASONS
    net_amount: Decimal  # negative
    vat_amount: Decimal  # negative or zero


@dataclasses.dataclass(frozen=True)
class RedForm:
    """A form as it stands; ``number`` and ``uuid`` go into the red invoice."""

    number: str
    uuid: str
    state: str  # one of RED_FORM_STATES
    raw_state: str
    blue_number: str
    reason: str
    net_amount: Decimal
    vat_amount: Decimal
    requested_at: datetime.datetime | None = None
    red_number: str = ""  # of the red invoice issued by it

    @property
    def is_usable(self):
        return self.state in RED_FORM_USABLE and not self.red_number


# === MONTHLY SUMMARY === #


@dataclasses.dataclass(frozen=True)
class MonthTotals:
    """Uploaded invoices by issue month; red sums are negative."""

    blue_count: int = 0
    blue_net: Decimal = Decimal("0.00")
    blue_vat: Decimal = Decimal("0.00")
    red_count: int = 0
    red_net: Decimal = Decimal("0.00")
    red_vat: Decimal = Decimal("0.00")


@dataclasses.dataclass(frozen=True)
class SummaryProgress:
    """How far a confirmation (or its cancelling) is.

    Done and no ``refusal``: it was carried out. ``totals`` are the platform's own,
    also beside the refusal ``summary_differs``.
    """

    done: bool
    reference: str
    poll_after: float = 0
    totals: MonthTotals | None = None
    refusal: str = ""
    raw_code: str = ""
    text: str = ""


@dataclasses.dataclass(frozen=True)
class SummaryState:
    """How a month stands at the platform."""

    month: str
    is_confirmed: bool
    totals: MonthTotals  # of what was uploaded so far
    confirmed_at: datetime.datetime | None = None


# === TAXPAYER === #


@dataclasses.dataclass(frozen=True)
class IssuerData:
    """What the platform says of the taxpayer that issues."""

    name: str
    taxpayer_type: str  # general, small_scale … or unknown
    status: str  # nsrztdm, 03 = normal
    authority: str
    filing_frequency: str  # month, quarter or empty
    credit_level: str  # A B C D M or empty
    is_risk: bool
    risk_type: str  # fxnsrlx 01 to 04, or empty

    @property
    def is_normal(self):
        return self.status == "03"
