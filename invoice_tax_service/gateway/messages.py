"""What passes between the models and a bureau client, in our own words.

Amounts are :class:`decimal.Decimal` in CNY with two decimals, dates are
:class:`datetime.date`, times are naive UTC :class:`datetime.datetime`, periods
are ``yyyyMM`` text and invoice numbers are text. A client turns the channel's
codes into the words listed here; a code it does not know is handed on as it
came, in the ``raw_…`` attribute, with the word ``unknown``.
"""

import dataclasses
import datetime
from decimal import Decimal

from .operation_kinds import KINDS

# What goes over the wire; the others go out as one of these, or not at all.
WIRE_OPERATIONS = tuple(
    key for key, kind in KINDS.items() if not kind.sent_as and not kind.is_local
)

# Invoice status: what the bureau says of the invoice itself.
INVOICE_STATUSES = (
    "normal",
    "voided",
    "red",
    "partly_red",
    "fully_red",
    "abnormal",
    "suspected",
    "out_of_control",
    "unknown",
)
# Selection: how far the invoice has come towards deduction at the bureau.
SELECTIONS = ("unselected", "selected", "confirmed")
PURPOSES = ("deduct", "exclude", "refund", "unknown")
# How a farm product invoice is credited (contract 6.3); empty: not treated.
FARM_METHODS = ("own", "bought", "mixed", "face_amount", "face_tax")
# What the taxpayer says of the filing where the bureau cannot tell.
FILINGS = ("unfinished", "finished")

# Result of one invoice in one operation; "ok" and "already" are success, the
# latter only when the invoice then stands as was asked for.
RESULT_CODES = (
    "ok",
    "already",
    "not_selected",
    "not_found",
    "abnormal",
    "selection_abnormal",
    "date_out_of_range",
    "voided",
    "fully_red",
    "out_of_control",
    "red_invoice",
    "type_not_supported",
    "refund_confirmed",
    "unknown",
)
# Why a platform refused a whole request.
REFUSAL_CODES = (
    "period_not_open",
    "statistics_exist",
    "statistics_missing",
    "nothing_selected",
    "already_confirmed",
    "filing_unknown",
    "roll_back_not_possible",
    "period_filed",
    "small_scale",
    "request_number_conflict",
    "too_many_items",
    "invalid_argument",
    "not_served",
    "refused",
)
# 01-05 and 21-25 of the bureau (domain dictionary, statistics status).
STATISTICS_STATUSES = {
    "01": "none",
    "02": "built",
    "03": "pre_statistics",
    "04": "built_unconfirmable",
    "05": "signed",
    "21": "building",
    "22": "nothing_selected",
    "23": "reregistered",
    "24": "certification_running",
    "25": "rebuild_needed",
}
TABLE_ROWS = (
    "special",
    "farm_purchase",
    "farm_sales",
    "toll",
    "ordinary",
    "motor",
    "customs",
    "withholding",
    "air",
    "rail",
    "total",
)


@dataclasses.dataclass(frozen=True)
class InvoiceKey:
    """20-digit number with empty code, or 8-digit number with its code."""

    number: str
    code: str = ""


@dataclasses.dataclass(frozen=True)
class InvoiceData:
    """One invoice as the bureau shows it.

    ``type_code`` is one of the internal type codes (those of Leqi: 01, 81,
    51 …) or, with ``type_known`` false, the channel's own code as it came.
    """

    number: str
    code: str
    type_code: str
    type_known: bool
    issue_date: datetime.date
    seller_tax_number: str
    seller_name: str
    buyer_tax_number: str
    net_amount: Decimal
    vat_amount: Decimal
    gross_amount: Decimal
    creditable_vat: Decimal
    status: str
    raw_status: str
    red_locked: bool
    element: str
    selection: str
    purpose: str | None
    raw_purpose: str
    period: str
    selected_at: datetime.datetime | None
    reason: str
    reason_text: str
    farm_method: str = ""
    farm_amount: Decimal | None = None  # the own-grown part of the net amount
    booked_on: datetime.date | None = None

    @property
    def key(self):
        return InvoiceKey(self.number, self.code)


@dataclasses.dataclass(frozen=True)
class InvoicePage:
    """Part of the pool.

    ``next_position`` is None on the last page, else an opaque text that asks
    for the next one; ``cursor``, only on the last page, is passed to the next
    fetch to get only what changed since this one. ``invoices`` may be empty
    before the last page. ``unreadable`` names the rows that could not be
    understood and were left out, one text each.
    """

    invoices: list
    next_position: str | None
    cursor: str
    total: int | None = None
    unreadable: tuple = ()


@dataclasses.dataclass(frozen=True)
class RollBack:
    """Whether the period can go back to the one before: all four must hold."""

    period: str  # to which; empty: there was no jump
    not_confirmed: bool
    not_filed: bool
    by_answer: bool
    in_window: bool


@dataclasses.dataclass(frozen=True)
class PeriodData:
    """The taxpayer's current tax period as the bureau shows it."""

    period: str
    next_period: str
    opened_on: datetime.date | None
    deadline: datetime.date | None
    issue_date_from: datetime.date | None
    issue_date_to: datetime.date | None
    statistics_status: str  # 01-05, 21-25
    filed: bool | None  # None: this channel cannot tell
    statistics_at: datetime.datetime | None
    signed_at: datetime.datetime | None
    roll_back: RollBack | None = None  # None: this channel does not say


@dataclasses.dataclass(frozen=True)
class TaxpayerData:
    """The taxpayer's profile: ``taxpayer_type`` general or small_scale (or
    reregistered, counselling, natural_person, unknown), ``filing_frequency``
    month or quarter, ``credit_level`` A B C D M or empty."""

    name: str
    taxpayer_type: str
    status: str
    authority: str
    filing_frequency: str
    credit_level: str
    risk: bool


@dataclasses.dataclass(frozen=True)
class CreditLevel:
    """One row of the credit level history (企业信用等级修改记录)."""

    level: str
    active: bool
    valid_from: datetime.date | None


@dataclasses.dataclass(frozen=True)
class Staff:
    """The person who handles tax matters (办税人员)."""

    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    postcode: str = ""


@dataclasses.dataclass(frozen=True)
class SelectionItem:
    """One invoice of an operation; the VAT as is to be credited, ``farm_amount``
    with ``farm_mixed``, ``booked_on`` with ``booking``."""

    number: str
    code: str
    issue_date: datetime.date
    type_code: str
    creditable_vat: Decimal
    reason: str = ""
    reason_text: str = ""
    farm_amount: Decimal | None = None
    booked_on: datetime.date | None = None

    @property
    def key(self):
        return InvoiceKey(self.number, self.code)


@dataclasses.dataclass(frozen=True)
class Submission:
    """One request that changes something at the bureau.

    ``request_number`` was committed before it is sent and is the same in every
    resend. ``items`` is empty for the table operations. ``filing`` (one of FILINGS,
    or empty) goes with a signature where the bureau cannot tell; ``period`` of
    ``roll_back`` is the one to go back to.
    """

    request_number: str
    operation_type: str
    tax_number: str
    period: str
    items: tuple = ()
    filing: str = ""


@dataclasses.dataclass(frozen=True)
class Acceptance:
    """The platform has the request; ``poll_after`` in seconds, 0 = own choice."""

    reference: str
    poll_after: float = 0


@dataclasses.dataclass(frozen=True)
class ItemResult:
    """What the bureau did with one invoice; ``selection`` … ``creditable_vat``
    is how the invoice stands now, None where the answer does not say."""

    key: InvoiceKey
    result: str
    raw_code: str
    text: str
    selection: str | None = None
    purpose: str | None = None
    period: str | None = None
    creditable_vat: Decimal | None = None


@dataclasses.dataclass(frozen=True)
class TableRow:
    row: str  # one of TABLE_ROWS, or the channel's own code
    count: int
    net_amount: Decimal
    vat_amount: Decimal


@dataclasses.dataclass(frozen=True)
class AbnormalInvoice:
    key: InvoiceKey
    status: str
    net_amount: Decimal
    vat_amount: Decimal


@dataclasses.dataclass(frozen=True)
class StatisticsTable:
    """The statistics table: two blocks that never mix, and the invoices that
    became abnormal after they were signed."""

    status: str  # 01-05, 21-25
    built_at: datetime.datetime | None
    deduct: tuple = ()
    exclude: tuple = ()
    abnormal: tuple = ()


@dataclasses.dataclass(frozen=True)
class Progress:
    """Answer to a poll.

    ``done`` false: ask again after ``poll_after`` seconds. Done: selecting
    operations carry ``items``; the table operations ``statistics``,
    ``sign_code`` (200, 222, 333, 444), ``signed_at``, ``ordinal`` and
    ``locked`` (keys of red-locked invoices). ``refusal`` (a refusal code or
    empty): refused as a whole while it was worked on, nothing was done; a
    selecting operation may then come without ``items``. Items the platform
    said nothing about are missing in ``items``.
    """

    done: bool
    reference: str
    poll_after: float = 0
    items: tuple = ()
    refusal: str = ""
    raw_code: str = ""
    text: str = ""
    statistics: StatisticsTable | None = None
    sign_code: str = ""
    signed_at: datetime.datetime | None = None
    ordinal: int = 0
    locked: tuple = ()
    totals: TableRow | None = None  # of a refund confirmation


@dataclasses.dataclass(frozen=True)
class Credentials:
    """How to reach and enter a platform; never logged, never stored here."""

    address: str
    platform_number: str = ""  # Leqi: connecting entity
    using_number: str = ""  # Leqi: using entity
    # Leqi: 32 hex characters. Secrets show in no traceback.
    encryption_key: str = dataclasses.field(default="", repr=False)
    use_case: str = ""
    sandbox: bool = False
    certificate_password: str = dataclasses.field(default="", repr=False)  # RPA
    platform_password: str = dataclasses.field(default="", repr=False)  # RPA
    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    https_only: bool = False  # in production


@dataclasses.dataclass
class Session:
    """Login state of one taxpayer at one platform, kept on the lane."""

    token: str = dataclasses.field(default="", repr=False)
    expires_at: datetime.datetime | None = None


@dataclasses.dataclass(frozen=True)
class Capabilities:
    """What a channel can do; the models ask these, never the channel's name."""

    idempotent: bool  # the same request number again is not done again
    repeat_gate: int = 0  # seconds before the same task may be sent again
    bite_size: int = 100  # invoices in one request, at most
    has_passwords: bool = False
    has_staff: bool = False
    has_key: bool = False  # what is sent is encrypted with a key of the connection
    operations: tuple = WIRE_OPERATIONS
