"""Words for the entries of input VAT, see ``words.py``."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# code → (what happened, what to do); one sentence each.
ENTRY_REASONS = {
    "no_posting_right": (
        _lt("You have no right to post entries in this company."),
        _lt("Ask your administrator for the role Invoicing in accounting."),
    ),
    "entries_off": (
        _lt("The company does not book its certified input VAT."),
        _lt("Switch it on in the settings of accounting, under China Tax Service."),
    ),
    "entry_account_missing": (
        _lt("An account or the journal of input VAT is missing or archived."),
        _lt("Choose it in the settings of accounting, under China Tax Service."),
    ),
    "entry_refund": (
        _lt("What is confirmed for export refund is not deducted."),
        _lt("There is nothing to post."),
    ),
    "entry_cancelled": (
        _lt("The signature was revoked."),
        _lt("There is nothing to post."),
    ),
    "entry_posted": (
        _lt("The entry is posted already."),
        _lt("Open it; to post it anew, reverse it first."),
    ),
    "entry_current": (
        _lt("The entry is as it should be."),
        _lt("There is nothing to post."),
    ),
    "entry_busy": (
        _lt("The entry is being posted at this moment."),
        _lt("Look again in a moment."),
    ),
    "entry_empty": (
        _lt("No VAT is to be moved."),
        _lt("There is nothing to post."),
    ),
    "entry_differs": (
        _lt("The bureau confirmed other sums than those of the invoices in Odoo."),
        _lt(
            "Fetch from the bureau and post the entry then, or post it now with what "
            "Odoo knows."
        ),
    ),
    "entry_refused": (
        _lt("The entry could not be posted."),
        _lt("Put that right, then press Post Entry on the confirmation."),
    ),
    "transfer_nothing": (
        _lt("No VAT of this invoice is to be transferred out."),
        _lt("There is nothing to post."),
    ),
}
