"""The sentences behind what the platform answers about an invoice or a number.

Those of quota and segments stand in ``leqi_reasons.py``; words that mean the same at
every platform are those of ``invoice_tax_service``.
"""

from odoo.tools import LazyTranslate

from odoo.addons.invoice_tax_service.models.words import register_reasons

_lt = LazyTranslate(__name__)

# code → (what happened, what to do); one sentence each.
PLATFORM_REASONS = {
    # Numbers
    "number_not_drawn": (
        _lt("The invoice number was not drawn by this taxpayer."),
        _lt("Refresh the segments; discard the number and issue the invoice again."),
    ),
    "number_conflict": (
        _lt("The platform holds another invoice with this number."),
        _lt("Compare both; discard the number here and issue this invoice again."),
    ),
    "number_discarded": (
        _lt("The invoice number was discarded."),
        _lt("Discard it here too and issue the invoice again, with a new number."),
    ),
    "number_uploaded": (
        _lt("The invoice was uploaded already, so its number cannot be discarded."),
        _lt("Ask the platform for the invoice; a red-letter invoice takes it back."),
    ),
    "number_length": (
        _lt("An invoice number has 20 digits."),
        _lt("Check the number."),
    ),
    "number_digits": (
        _lt("An invoice number holds digits only."),
        _lt("Check the number."),
    ),
    "number_region": (
        _lt("The region in the invoice number is unknown."),
        _lt("Check digits 3 and 4 of the number."),
    ),
    "number_future": (
        _lt("The invoice number is of a later year."),
        _lt("Check the number."),
    ),
    # Content of an invoice
    "duplicate": (
        _lt("The invoice was uploaded already, with the same content."),
        "",
    ),
    "amount_differs": (
        _lt("The total is not the sum of the lines."),
        _lt("Correct the amounts and issue the invoice again."),
    ),
    "vat_differs": (
        _lt("The VAT is not net amount by rate."),
        _lt("Correct the VAT of the lines and issue the invoice again."),
    ),
    "rate_unknown": (
        _lt("The tax rate is not in use."),
        _lt("Choose a tax with a lawful rate on every line."),
    ),
    "tax_class_invalid": (
        _lt("The tax class code is missing or has not 19 digits."),
        _lt("Enter the tax class code on the product."),
    ),
    "buyer_incomplete": (
        _lt("Name or tax number of the buyer is missing."),
        _lt("Complete the customer; a special invoice needs its tax number."),
    ),
    "issue_time_invalid": (
        _lt("The time of issue is missing or lies in the future."),
        _lt("Check the clock of the server and issue the invoice again."),
    ),
    "field_invalid": (
        _lt("A field of the invoice is missing or too long."),
        _lt("Correct what the platform names and issue the invoice again."),
    ),
    "month_summarised": (
        _lt("The month of issue is summarised and confirmed already."),
        _lt("Cancel the monthly summary, upload, and confirm it again."),
    ),
    # Red-letter
    "blue_not_found": (
        _lt("The platform does not know the blue invoice."),
        _lt("Upload the blue invoice first."),
    ),
    "red_exceeds_blue": (
        _lt("More would be taken back than is left of the blue invoice."),
        _lt("Compare with its red invoices and its confirmation forms."),
    ),
    "red_form_missing": (
        _lt("There is no usable red-letter confirmation form."),
        _lt("Apply for the form, and wait for the buyer where it has to confirm."),
    ),
    "red_form_differs": (
        _lt("The red invoice is not what its confirmation form says."),
        _lt("Issue exactly the amounts of the form, or apply for another."),
    ),
    "red_form_state": (
        _lt("The confirmation form cannot be changed in its state."),
        _lt("Read the form again."),
    ),
    # Monthly summary
    "summary_month_running": (
        _lt("A month is summarised when it is over."),
        _lt("Confirm it in the month that follows."),
    ),
    "summary_differs": (
        _lt("The platform counts other invoices in this month."),
        _lt("Compare the totals; upload what is missing and confirm again."),
    ),
    "summary_confirmed": (
        _lt("The month is summarised and confirmed already."),
        _lt("Cancel the confirmation first, if it has to be confirmed anew."),
    ),
    "summary_missing": (
        _lt("The month is not confirmed, so there is nothing to cancel."),
        "",
    ),
    "platform_error": (
        _lt("The platform had an error of its own."),
        _lt("It is tried again."),
    ),
}

register_reasons(PLATFORM_REASONS)
