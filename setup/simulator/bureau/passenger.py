"""Passenger transport: tickets that may be credited, and how much of them."""

from ..money import part_of
from .words import PASSENGER

# Tickets that show their traveller and are credited at any time.
TICKETS = frozenset(("51", "61"))
# Ordinary invoices of a passenger service could be credited until this day.
ORDINARY = frozenset(("10", "82"))
ORDINARY_UNTIL = "2025-12-31"
TICKET_RATE, ORDINARY_RATE = 9, 3  # per cent, contained in the price


def fits(invoice) -> bool:
    """Whether an invoice is one of passenger transport that can be credited."""
    if invoice["type"] in TICKETS:
        return True
    return is_ordinary(invoice) and invoice["issue_date"] <= ORDINARY_UNTIL


def is_ordinary(invoice) -> bool:
    """Whether it is an ordinary invoice of a passenger service."""
    return invoice["type"] in ORDINARY and invoice["element"] == PASSENGER


def ceiling(invoice) -> int:
    """The most that can be credited: its VAT, or what the price contains."""
    if invoice["vat"]:
        return invoice["vat"]
    rate = TICKET_RATE if invoice["type"] in TICKETS else ORDINARY_RATE
    return part_of(invoice["net"] + invoice["vat"], rate, 100 + rate)
