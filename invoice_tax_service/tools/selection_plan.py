"""Which invoices of a wish can be sent, and why the others cannot.

Plain Python: the operation model brings the wish (rows) and what is known of
each invoice (facts); this module decides row by row, so that one bad row never
holds the others, and all of them are named at once.
"""

import collections
import dataclasses
import datetime
from collections.abc import Callable
from decimal import Decimal

from ..gateway.messages import FARM_METHODS
from ..gateway.operation_kinds import KINDS
from .credit import get_farm_vat, get_passenger_vat

NON_DEDUCTION_REASONS = ("1", "2", "3", "4", "5")
OTHER_REASON = "5"
# Characters of the explanation that every channel takes.
REASON_TEXT_LENGTH = 200
# What the tax bureau says of an invoice that is still good for deduction.
SELECTABLE_STATUSES = ("normal", "partly_red", "suspected")
# Farm products (domain dictionary 1.3): the elements, and which types of invoices
# can be treated by which methods.
FARM_ELEMENTS = ("12", "16", "20")
FARM_ORDINARY_TYPES = ("04", "10", "82")
FARM_SPECIAL_TYPES = ("01", "08", "81", "85")
FARM_SPECIAL_ELEMENTS = ("20",)
OWN_GROWN_METHODS = ("own", "bought", "mixed")


@dataclasses.dataclass(frozen=True)
class PlanRules:
    """The dated rules that one plan is decided by.

    :ivar is_allowed: of type code, element and issue date: whether the use that the
        operation makes of an invoice is open to it
    :ivar farm_rate: of an issue date, in percent
    :ivar passenger_rate: of type code and issue date, in percent
    :ivar first_day: the earliest and …
    :ivar last_day: … latest issue date that can be selected; None: no limit
    :ivar today: in the time of the bureau
    """

    is_allowed: Callable
    farm_rate: Callable
    passenger_rate: Callable
    today: datetime.date
    first_day: datetime.date | None = None
    last_day: datetime.date | None = None

    def get_ceiling(self, kind, facts):
        """The most VAT of an invoice that can be credited.

        :param OperationKind kind: of the operation
        :param InvoiceFacts facts:
        """
        day = facts.issue_date or self.today
        if kind.use == "passenger":
            rate = self.passenger_rate(facts.type_code, day)
            return get_passenger_vat(facts.gross_amount, facts.vat_amount, rate)
        if facts.farm_method in FARM_METHODS:
            return get_farm_vat(
                facts.farm_method,
                facts.net_amount,
                facts.vat_amount,
                facts.farm_amount or Decimal(0),
                self.farm_rate(day),
            )
        if facts.farm_method:
            # A treatment nobody knows here: what the bureau made of it.
            return facts.creditable_vat
        return facts.vat_amount

    def get_default(self, kind, facts, farm_amount):
        """What is credited when nobody says how much."""
        if kind.farm_method:
            return get_farm_vat(
                kind.farm_method,
                facts.net_amount,
                facts.vat_amount,
                farm_amount or Decimal(0),
                self.farm_rate(facts.issue_date or self.today),
            )
        if kind.use == "passenger" and not facts.vat_amount:
            return self.get_ceiling(kind, facts)
        return facts.creditable_vat


@dataclasses.dataclass(slots=True)
class WishRow:
    """One invoice that somebody wants to have treated.

    ``creditable_vat`` None means: the invoice's own. ``farm_amount`` is the
    own-grown part of the net amount, ``booked_on`` None is today. ``label`` says
    where the wish came from (a cell row), for messages.
    """

    number: str
    code: str = ""
    creditable_vat: Decimal | None = None
    reason: str = ""
    reason_text: str = ""
    label: str = ""
    farm_amount: Decimal | None = None
    booked_on: datetime.date | None = None


# What is known of an invoice in the pool; fetched set-wise, one tuple a row.
InvoiceFacts = collections.namedtuple(
    "InvoiceFacts",
    (
        "id number code net_amount vat_amount gross_amount creditable_vat farm_amount "
        "type_code issue_date status red_locked element farm_method booked_on "
        "selection purpose period in_progress"
    ),
)


@dataclasses.dataclass(slots=True)
class PlannedRow:
    """A wish with its invoice (None when unknown) and the refusal (or "")."""

    wish: WishRow
    facts: InvoiceFacts | None
    refusal: str = ""
    default_vat: Decimal = Decimal("0.00")
    farm_amount: Decimal | None = None
    booked_on: datetime.date | None = None

    @property
    def creditable_vat(self):
        if self.wish.creditable_vat is not None:
            return self.wish.creditable_vat
        return self.default_vat


def key_of(number, code):
    """What an invoice is found by: a 20-digit number stands for itself, also on
    paper, where it comes with a code; 8 digits repeat and need theirs."""
    return (number, "" if len(number) == 20 else code or "")


def plan(operation_type, period, wishes, facts_by_key, rules, foreign_keys=()):
    """Decide each row.

    :param str operation_type: one of the operations on invoices
    :param str period: ``yyyyMM`` that the operation is for
    :param list wishes: of :class:`WishRow`
    :param dict facts_by_key: :func:`key_of` → :class:`InvoiceFacts`
    :param PlanRules rules: of the operation, for this taxpayer
    :param foreign_keys: keys in the pool of other taxpayers that the user sees
    :return: list of :class:`PlannedRow`, in the order of the wishes
    """
    kind = KINDS[operation_type]
    seen = set()
    rows = []
    for wish in wishes:
        key = key_of(wish.number, wish.code)
        facts = facts_by_key.get(key)
        row = PlannedRow(wish, facts)
        if facts:
            _fill(kind, row, rules)
        if key in seen:
            row.refusal = "named_twice"
        elif facts is None:
            row.refusal = "other_taxpayer" if key in foreign_keys else "unknown_invoice"
        else:
            row.refusal = get_refusal(kind, period, row, rules)
        seen.add(key)
        rows.append(row)
    return rows


def _fill(kind, row, rules):
    """What goes with the invoice where the wish does not say it."""
    wish = row.wish
    if kind.farm_method == "mixed":
        row.farm_amount = wish.farm_amount
    if kind.effect == "booking":
        row.booked_on = wish.booked_on or rules.today
    row.default_vat = rules.get_default(kind, row.facts, row.farm_amount)


def get_refusal(kind, period, row, rules):
    """Why this invoice cannot be sent, as a code, or ""."""
    if row.facts.in_progress:
        return "in_progress"
    if kind.effect == "booking":
        return _get_booking_refusal(row.facts)
    if kind.revokes:
        return _get_revoke_refusal(kind, period, row.facts)
    refusal = _get_standing_refusal(row.facts)
    if refusal:
        return refusal
    if kind.effect == "farm":
        return _get_farm_refusal(kind, row)
    return _get_select_refusal(kind, row.facts, rules) or _get_content_refusal(
        kind, row, rules
    )


def _get_booking_refusal(facts):
    if facts.status == "voided":
        return "voided"
    return "booked_already" if facts.booked_on else ""


def _get_revoke_refusal(kind, period, facts):
    if facts.selection == "confirmed":
        refunded = facts.purpose == "refund"
        return "refund_confirmed" if refunded else "confirmed"
    if facts.selection != "selected":
        return "not_selected"
    if facts.purpose != kind.purpose:
        return "other_purpose"
    if facts.period != period:
        return "other_period"
    return ""


def _get_standing_refusal(facts):
    """What stands against doing anything new with an invoice."""
    if facts.selection == "confirmed":
        refunded = facts.purpose == "refund"
        return "refund_confirmed" if refunded else "confirmed"
    if facts.selection == "selected":
        return "already_selected"
    if facts.status not in SELECTABLE_STATUSES:
        return facts.status if facts.status != "unknown" else "unknown_status"
    if facts.net_amount < 0:
        return "red_invoice"
    return ""


def _get_farm_refusal(kind, row):
    facts, method = row.facts, kind.farm_method
    if method in OWN_GROWN_METHODS:
        fits = facts.type_code in FARM_ORDINARY_TYPES and facts.element in FARM_ELEMENTS
    else:
        fits = (
            facts.type_code in FARM_SPECIAL_TYPES
            and facts.element in FARM_SPECIAL_ELEMENTS
        )
    if not fits:
        return "farm_not_possible"
    if method == "mixed" and not 0 < (row.farm_amount or 0) <= facts.net_amount:
        return "farm_amount_invalid"
    if (facts.farm_method, facts.farm_amount) == (method, row.farm_amount):
        return "farm_already"
    return ""


def _get_select_refusal(kind, facts, rules):
    if facts.red_locked:
        # Its table could not be signed: code 444.
        return "red_locked"
    day = facts.issue_date or rules.today
    if not rules.is_allowed(facts.type_code, facts.element, day):
        return "type_not_supported"
    if facts.farm_method == "bought":
        return "farm_bought"
    too_early = rules.first_day and day < rules.first_day
    too_late = rules.last_day and day > rules.last_day
    return "date_out_of_range" if too_early or too_late else ""


def _get_content_refusal(kind, row, rules):
    wish = row.wish
    if row.creditable_vat < 0:
        return "creditable_vat_negative"
    if row.creditable_vat > rules.get_ceiling(kind, row.facts):
        return "creditable_vat_above_vat"
    if kind.purpose == "exclude":
        if wish.reason not in NON_DEDUCTION_REASONS:
            return "reason_missing"
        if wish.reason == OTHER_REASON and not (wish.reason_text or "").strip():
            return "reason_text_missing"
        if len(wish.reason_text or "") > REASON_TEXT_LENGTH:
            return "reason_text_too_long"
    return ""
