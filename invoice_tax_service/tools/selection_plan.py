"""Which invoices of a wish can be sent, and why the others cannot.

Plain Python: the operation model brings the wish (rows) and what is known of
each invoice (facts); this module decides row by row, so that one bad row never
holds the others, and all of them are named at once.
"""

import collections
import dataclasses
from decimal import Decimal

NON_DEDUCTION_REASONS = ("1", "2", "3", "4", "5")
OTHER_REASON = "5"
# Characters of the explanation that every channel takes.
REASON_TEXT_LENGTH = 200
# Elements with which an ordinary invoice can be deducted: toll, and the farm
# product ones (domain dictionary 1.3 and 4.1).
CREDITABLE_ELEMENTS = ("08", "12", "16", "20")
# What the tax bureau says of an invoice that is still good for deduction.
SELECTABLE_STATUSES = ("normal", "partly_red", "suspected")

PURPOSE_BY_OPERATION = {
    "deduct": "deduct",
    "deduct_revoke": "deduct",
    "exclude": "exclude",
    "exclude_revoke": "exclude",
}


@dataclasses.dataclass(slots=True)
class WishRow:
    """One invoice that somebody wants to have treated.

    ``creditable_vat`` None means: the invoice's own. ``label`` says where the
    wish came from (a cell row), for messages.
    """

    number: str
    code: str = ""
    creditable_vat: Decimal | None = None
    reason: str = ""
    reason_text: str = ""
    label: str = ""


# What is known of an invoice in the pool; fetched set-wise, one tuple a row.
InvoiceFacts = collections.namedtuple(
    "InvoiceFacts",
    (
        "id number code net_amount vat_amount creditable_vat status "
        "red_locked element deductible selection purpose period in_progress"
    ),
)


@dataclasses.dataclass(slots=True)
class PlannedRow:
    """A wish with its invoice (None when unknown) and the refusal (or "")."""

    wish: WishRow
    facts: InvoiceFacts | None
    refusal: str = ""

    @property
    def creditable_vat(self):
        if self.wish.creditable_vat is not None:
            return self.wish.creditable_vat
        return self.facts.creditable_vat if self.facts else Decimal("0.00")


def key_of(number, code):
    """What an invoice is found by: a 20-digit number stands for itself, also on
    paper, where it comes with a code; 8 digits repeat and need theirs."""
    return (number, "" if len(number) == 20 else code or "")


def plan(operation_type, period, wishes, facts_by_key, foreign_keys=()):
    """Decide each row.

    :param str operation_type: one of the selecting operations
    :param str period: ``yyyyMM`` that the operation is for
    :param list wishes: of :class:`WishRow`
    :param dict facts_by_key: :func:`key_of` → :class:`InvoiceFacts`
    :param foreign_keys: keys in the pool of other taxpayers that the user sees
    :return: list of :class:`PlannedRow`, in the order of the wishes
    """
    seen = set()
    rows = []
    for wish in wishes:
        key = key_of(wish.number, wish.code)
        facts = facts_by_key.get(key)
        row = PlannedRow(wish, facts)
        if key in seen:
            row.refusal = "named_twice"
        elif facts is None:
            row.refusal = "other_taxpayer" if key in foreign_keys else "unknown_invoice"
        else:
            row.refusal = get_refusal(operation_type, period, row)
        seen.add(key)
        rows.append(row)
    return rows


def get_refusal(operation_type, period, row):
    """Why this invoice cannot be sent, as a code, or ""."""
    if row.facts.in_progress:
        return "in_progress"
    if operation_type.endswith("_revoke"):
        return _get_revoke_refusal(operation_type, period, row.facts)
    return _get_select_refusal(row) or _get_content_refusal(operation_type, row)


def _get_revoke_refusal(operation_type, period, facts):
    if facts.selection == "confirmed":
        return "confirmed"
    if facts.selection != "selected":
        return "not_selected"
    if facts.purpose != PURPOSE_BY_OPERATION[operation_type]:
        return "other_purpose"
    if facts.period != period:
        return "other_period"
    return ""


def _get_select_refusal(row):
    facts = row.facts
    if facts.selection == "confirmed":
        return "confirmed"
    if facts.selection == "selected":
        return "already_selected"
    if facts.status not in SELECTABLE_STATUSES:
        return facts.status if facts.status != "unknown" else "unknown_status"
    if facts.net_amount < 0:
        return "red_invoice"
    if facts.deductible == "no" or (
        facts.deductible == "element" and facts.element not in CREDITABLE_ELEMENTS
    ):
        return "type_not_supported"
    return ""


def _get_content_refusal(operation_type, row):
    wish, facts = row.wish, row.facts
    if wish.creditable_vat is not None and wish.creditable_vat < 0:
        return "creditable_vat_negative"
    if row.creditable_vat > facts.vat_amount:
        return "creditable_vat_above_vat"
    if operation_type == "exclude":
        if wish.reason not in NON_DEDUCTION_REASONS:
            return "reason_missing"
        if wish.reason == OTHER_REASON and not (wish.reason_text or "").strip():
            return "reason_text_missing"
        if len(wish.reason_text or "") > REASON_TEXT_LENGTH:
            return "reason_text_too_long"
    return ""
