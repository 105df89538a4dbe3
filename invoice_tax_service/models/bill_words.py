"""Words for the vendor bills of input invoices, see ``words.py``."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# code → (what happened, what to do); one sentence each.
BILL_REASONS = {
    "no_billing_right": (
        _lt("You have no right to make or change vendor bills in this company."),
        _lt("Ask your administrator for the role Invoicing in accounting."),
    ),
    "has_bill": (
        _lt("The invoice has a vendor bill already."),
        _lt("Open it from the invoice."),
    ),
    "bill_suggested": (
        _lt("A vendor bill of this seller looks like the one of this invoice."),
        _lt("Confirm it on the invoice, or say that it is another one."),
    ),
    "bill_unsound": (
        _lt("The invoice is no longer sound, so no bill is made of it."),
        _lt("Ask the seller for another invoice."),
    ),
    "bill_no_amount": (
        _lt("The invoice has no amount."),
        _lt("Fetch the input invoices; if that stays so, look it up at the bureau."),
    ),
    "no_seller": (
        _lt("The invoice names no seller."),
        _lt("Make the vendor bill by hand."),
    ),
    "no_partner_right": (
        _lt("The seller is not among the contacts, and you may not create contacts."),
        _lt("Have the contact created with its tax number, then try again."),
    ),
    "no_purchase_journal": (
        _lt("The company has no purchase journal."),
        _lt("Install the Chinese chart of accounts in the settings of accounting."),
    ),
    "no_purchase_tax": (
        _lt("The company has no purchase tax of the rate on this invoice."),
        _lt("Click Create Purchase Tax on the page of the invoice."),
    ),
    "rate_unclear": (
        _lt("The VAT is above the purchase taxes and of no single rate."),
        _lt(
            "Create the purchase taxes of the rates on the invoice, or make the "
            "vendor bill by hand."
        ),
    ),
    "no_tax_right": (
        _lt("You may not create taxes in this company."),
        _lt("Ask somebody with the role Administrator in accounting to click it."),
    ),
    "no_tax_to_copy": (
        _lt("The company has no purchase tax that a new one could be made after."),
        _lt("Install the Chinese chart of accounts in the settings of accounting."),
    ),
    "bill_totals": (
        _lt("The bill would not have the totals of the invoice."),
        _lt("Make the vendor bill by hand."),
    ),
}
