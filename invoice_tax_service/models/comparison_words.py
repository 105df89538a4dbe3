"""Words for the comparison of bureau, Odoo and books, see ``words.py``."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# The blocks of a statistics table, then what is confirmed by the month, then what the
# ledger alone holds.
BLOCKS = [
    ("deduct", "Deduct"),
    ("exclude", "Do Not Deduct"),
    ("refund", "Refund"),
    ("ledger", "General Ledger"),
]
MEASURES = {
    "count": _lt("Invoice Count"),
    "net": _lt("Net Amount"),
    "creditable": _lt("Creditable VAT"),
    "vat": _lt("VAT"),
    "bill_vat": _lt("VAT on Vendor Bills"),
    "gross": _lt("Gross Amount"),
    "transferred": _lt("Input VAT Transferred Out"),
    "uncertified": _lt("Input VAT to Be Certified, Balance"),
}
# What can differ, in the order of the page.
DIFFERENCES = [
    ("missing_in_odoo", "More at the Bureau than in Odoo"),
    ("table_stale", "Not in the Statistics Table"),
    ("entry_missing", "Signed, No Entry"),
    ("entry_left", "Signature Revoked, Entry Stands"),
    ("entry_stale", "Entry Older than the Invoices"),
    ("bill_late", "Bill Posted or Changed after the Entry"),
    ("entry_differs", "Other Entries on Input VAT"),
    ("transfer_missing", "Abnormal, Not Transferred Out"),
    ("no_bill", "No Vendor Bill"),
    ("bill_suggested", "Vendor Bill Suggested"),
    ("bill_draft", "Vendor Bill Not Posted"),
    ("bill_reversed", "Vendor Bill Reversed"),
    ("amounts_differ", "Amounts of the Bill Differ"),
    ("vat_elsewhere", "VAT Booked on Another Account"),
    ("bill_unknown", "Tax Invoice of the Bill Not in Odoo"),
    ("refund_unconfirmed", "Refund Not Confirmed"),
    ("table_missing", "No Statistics Table"),
    ("not_selected", "Booked, Not Selected"),
    ("bill_unlinked", "Booked without Tax Invoice"),
]
# Nothing is wrong with these, they are still to come: a month may well end with them.
OPEN_KINDS = (
    "refund_unconfirmed",
    "table_missing",
    "not_selected",
    "bill_unlinked",
)
# On which side it is missing.
LACKING = {
    "missing_in_odoo": "odoo",
    "table_stale": "bureau",
    "entry_missing": "books",
    "entry_stale": "books",
    "bill_late": "books",
    "transfer_missing": "books",
    "no_bill": "books",
    "bill_suggested": "books",
    "bill_draft": "books",
    "bill_reversed": "books",
    "bill_unknown": "odoo",
    "refund_unconfirmed": "bureau",
    "table_missing": "bureau",
    "not_selected": "bureau",
    "bill_unlinked": "odoo",
}
SIDES = [("bureau", "Bureau"), ("odoo", "Odoo"), ("books", "Company Books")]
# The one button that mends it.
MENDS = [
    ("fetch", "Fetch from the Bureau"),
    ("build", "Generate Statistics Table"),
    ("rebuild", "Revoke Statistics Table"),
    ("confirm_refund", "Confirm Export Refund Statistics Table"),
    ("post_entry", "Post Entry"),
    ("repost_entry", "Reverse and Post Anew"),
    ("transfer", "Transfer Out"),
    ("make_bill", "Make Vendor Bill"),
    ("confirm_bill", "Yes, This One"),
    ("deduct", "Select for Deduction"),
    ("open_bill", "Open Bill"),
    ("open_invoice", "Open Invoice"),
    ("open_items", "Open Journal Items"),
    ("open_entries", "Open Entries"),
]
# code → (what happened, what to do); one sentence each.
COMPARISON_REASONS = {
    "comparison_companies": (
        _lt("Other companies work under this tax number, too, and their books count."),
        _lt(
            "Switch on all of them at the top right, or ask somebody who may see them."
        ),
    ),
    "comparison_period": (
        _lt("There is no tax period yet that could be compared."),
        _lt("Fetch from the bureau first."),
    ),
    "comparison_none": (
        _lt("The tax period that is chosen has not been compared yet."),
        _lt("Click Compare first."),
    ),
    "comparison_pair": (
        _lt(
            "Nothing was confirmed: by now another bill or invoice is suggested than "
            "the line showed."
        ),
        _lt("The lines have been worked out anew; look at them once more."),
    ),
}
