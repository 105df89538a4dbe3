"""Words of issuing: states, steps, kinds."""

from odoo.tools import LazyTranslate

from odoo.addons.invoice_tax_service.gateway.parsing import CHINA_TIME
from odoo.addons.invoice_tax_service.models.words import register_reasons

_lt = LazyTranslate(__name__)

KINDS = [("blue", "Blue"), ("red", "Red")]
INVOICE_TYPES = [("special", "Special Invoice"), ("ordinary", "Ordinary Invoice")]
RED_REASONS = [
    ("wrong_issue", "Wrong Issue"),
    ("goods_returned", "Goods Returned"),
    ("service_stopped", "Service Stopped"),
    ("sales_allowance", "Sales Allowance"),
]
# In brackets the state of the platform's own issuing tasks (domain 1.10).
ISSUE_STATES = [
    ("form", "Waiting for the Confirmation Form"),
    ("waiting", "Waiting for a Number"),  # 1
    ("held", "Numbering Failed"),  # 2
    ("numbered", "Numbered, Not Uploaded"),  # 3
    ("uploading", "Uploading"),
    ("unclear", "Outcome Unclear"),  # 6
    ("accepted", "Upload Accepted"),  # 4
    ("success", "Issued"),  # 0, 7, and 9 after comparison
    ("failed", "Issuing Failed"),  # 5, 8
    ("discarding", "Discarding the Number"),
    ("discarded", "Number Discarded"),  # -1
    ("withdrawn", "Withdrawn"),  # -1
]
# No number was taken yet, and it may still be.
UNNUMBERED_STATES = ("form", "waiting", "held")
# The upload speaks for these.
SENT_STATES = ("numbered", "uploading", "unclear", "accepted")
# On its way, and over in moments; a form may wait for the buyer for days.
MOVING_STATES = ("waiting", *SENT_STATES)
# Held for what Odoo is just asking the platform for.
SOON_CODES = ("number_none", "quota_unknown")
# Something is still to happen by itself.
OPEN_STATES = (*UNNUMBERED_STATES, *SENT_STATES, "discarding")
RED_FORM_STATES = [
    ("free", "Needs No Confirmation"),
    ("waits_for_buyer", "Waits for the Buyer"),
    ("waits_for_seller", "Waits for the Seller"),
    ("confirmed", "Confirmed"),
    ("refused_by_buyer", "Refused by the Buyer"),
    ("refused_by_seller", "Refused by the Seller"),
    ("expired", "Expired Unconfirmed"),
    ("cancelled", "Cancelled"),
    ("cancelled_later", "Cancelled after Confirmation"),
    ("void_abnormal", "Void: Abnormal Invoice"),
    ("unknown", "Unknown"),
]
ISSUE_STEPS = [
    ("requested", "Issuing requested"),
    ("form", "Confirmation form applied for"),
    ("form_usable", "Confirmation form can be used"),
    ("held", "No quota or number"),
    ("numbered", "Number and quota taken"),
    ("uploading", "Upload sent"),
    ("unclear", "Outcome unclear, asking"),
    ("accepted", "Upload accepted"),
    ("returned", "Not taken, goes up again"),
    ("success", "Confirmed by the platform"),
    ("failed", "Failed"),
    ("reupload", "Upload asked for again"),
    ("asked", "Platform asked"),
    ("discarding", "Discarding asked for"),
    ("discarded", "Number discarded"),
    ("withdrawn", "Withdrawn"),
]

# code → (what happened, what to do); one sentence each.
ISSUE_REASONS = {
    "not_posted": (
        _lt("The invoice is not posted."),
        _lt("Confirm it first."),
    ),
    "not_sales": (
        _lt("Only customer invoices and credit notes are issued."),
        "",
    ),
    "no_issuing_taxpayer": (
        _lt("No taxpayer issues for this company."),
        _lt(
            "Add a taxpayer with the tax number of the company; with several of them "
            "the tax number of the company says which."
        ),
    ),
    "nothing_to_issue": (
        _lt("None of these invoices can be issued."),
        _lt("See what each of them lacks."),
    ),
    "issuing_already": (
        _lt("The invoice is issued already, or on its way."),
        _lt("See the issue request."),
    ),
    "issue_not_written": (
        _lt("Something went wrong here, and the invoice is not issued."),
        _lt("Issue it from the invoice; the server log holds the details."),
    ),
    "not_cny": (
        _lt("The books of the company are not kept in CNY."),
        _lt("Digital invoices are issued in CNY only."),
    ),
    "buyer_name_missing": (
        _lt("The name of the buyer is missing."),
        _lt("Enter it on the customer."),
    ),
    "buyer_number_missing": (
        _lt("A special invoice needs the tax number of the buyer."),
        _lt("Enter it on the customer, or issue an ordinary invoice."),
    ),
    "buyer_number_invalid": (
        _lt("The tax number of the buyer is not valid."),
        _lt("Compare it with the customer's business licence."),
    ),
    "no_lines": (
        _lt("The invoice has no line with an amount."),
        _lt("Nothing can be issued for it."),
    ),
    "line_class_missing": (
        _lt("The tax class code is missing or has not 19 digits."),
        _lt("Enter it on the product, its category, or the line."),
    ),
    "rate_missing": (
        _lt("A line has no tax rate."),
        _lt("Set one tax on every line; 0 % is a tax too."),
    ),
    "rate_several": (
        _lt("A line has more than one tax, or one that is no percentage."),
        _lt("Set one tax in per cent on every line."),
    ),
    "negative_line": (
        _lt("A negative line is no discount of the line before it."),
        _lt(
            "Put it behind a line with the same rate and a larger amount, or make a "
            "credit note of it."
        ),
    ),
    "vat_off_books": (
        _lt("The VAT of the invoice is not its lines by their rates."),
        _lt("Correct the taxes of the invoice."),
    ),
    "blue_missing": (
        _lt("A red invoice needs the blue one it takes back."),
        _lt("Make the credit note from the invoice."),
    ),
    "blue_not_issued": (
        _lt("The blue invoice is not issued yet."),
        _lt("Issue the invoice first, or wait until it is confirmed."),
    ),
    "red_above_blue": (
        _lt("More would be taken back than is left of the blue invoice."),
        _lt("Compare with the other credit notes of the invoice."),
    ),
    "number_chosen_twice": (
        _lt("Several of these invoices name the same number drawn by hand."),
        _lt("Leave it on one of them, and choose other numbers for the others."),
    ),
    "number_none": (
        _lt("There is no number left; more are being drawn."),
        _lt("It goes on by itself; numbers drawn by hand have to be bound."),
    ),
    "not_taken": (
        _lt("The platform does not hold the invoice."),
        _lt("Upload it again, or discard its number."),
    ),
    "red_form_refused": (
        _lt("The confirmation form was refused."),
        _lt("Clear it with the buyer, then issue the credit note again."),
    ),
    "red_form_expired": (
        _lt("Nobody confirmed the form within 72 hours."),
        _lt("Tell the buyer, then issue the credit note again."),
    ),
    "red_form_cancelled": (
        _lt("The confirmation form was cancelled."),
        _lt("Issue the credit note again if it is still wanted."),
    ),
    "issue_state": (
        _lt("The issue request is in a state in which this cannot be done."),
        _lt("Look at its steps."),
    ),
    "issued_locked": (
        _lt("The invoice is issued, or on its way, and cannot be changed."),
        _lt(
            "Make a credit note; before a number is taken the request can be withdrawn."
        ),
    ),
    "month_invalid": (
        _lt("A month is written as year and month, like 202610."),
        "",
    ),
    "month_open": (
        _lt("Issue requests of this month are not over yet."),
        _lt("Wait for them, upload them again, or discard their numbers."),
    ),
    "summary_open": (
        _lt("A monthly summary of this month is being worked on."),
        _lt("Wait until it is answered."),
    ),
}

register_reasons(ISSUE_REASONS)


def china_date(moment):
    """The day it is in China at a moment given in naive UTC."""
    return (moment + CHINA_TIME.utcoffset(None)).date()
