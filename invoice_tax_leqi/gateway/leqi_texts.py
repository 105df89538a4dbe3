"""What the codes of issuing mean to a person: reason, and what to do.

English here, as every source string; the Chinese stands in the addon's translation.
Plain text, so that this folder needs no Odoo: the models wrap it for translation.
Codes that :mod:`invoice_tax_service` has a text for already are not listed again.
"""


def _lt(text):
    """Marks a text for the export of terms; translated where it is shown."""
    return text


# code → (reason, advice)
TEXTS = {
    # === quota === #
    "quota_suspended": (
        _lt("Granting of quota is suspended at the tax bureau."),
        _lt("Contact the tax bureau; nothing can be downloaded or issued until then."),
    ),
    "quota_short": (
        _lt("The quota is not sufficient."),
        _lt("Download quota, or apply for more at the tax bureau, then try again."),
    ),
    "quota_unused_short": (
        _lt("More was to be returned than is downloaded and unused."),
        _lt("Synchronise the quota and return at most what is unused."),
    ),
    "quota_invalid_date": (
        _lt("The quota is not within its validity."),
        _lt("File the last period first, or adjust the validity of the quota."),
    ),
    "quota_month_over": (
        _lt("Quota must not be used across months."),
        _lt("Synchronise the quota and work with the running month."),
    ),
    "quota_not_filed": (
        _lt("The validity can only be adjusted after the period was filed."),
        _lt("File the last period and adjust the validity then."),
    ),
    "quota_query_too_soon": (
        _lt("The quota can be synchronised once an hour."),
        _lt("It is synchronised again when the hour is over."),
    ),
    "taxpayer_not_normal": (
        _lt("The taxpayer's registration is not in normal state."),
        _lt("Clear the state of the registration with the tax bureau."),
    ),
    # === numbers === #
    "number_not_drawn": (
        _lt("The invoice number was not drawn by this taxpayer."),
        _lt("Refresh the segments; issue the invoice with another number."),
    ),
    "number_conflict": (
        _lt("The platform holds another invoice with this number."),
        _lt("Compare both invoices; issue this one with a new number."),
    ),
    "number_discarded": (
        _lt("The invoice number was discarded."),
        _lt("Issue the invoice with a new number."),
    ),
    "number_uploaded": (
        _lt("The invoice was uploaded already, so its number cannot be discarded."),
        _lt("Ask the platform for the invoice; a red-letter invoice takes it back."),
    ),
    "number_year": (
        _lt("The year of the invoice number is not the year of issue."),
        _lt("Draw numbers of the year of issue and issue the invoice again."),
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
    "segment_number": (
        _lt("The platform answered a segment whose numbers have not 20 digits."),
        _lt("Nothing was taken over; refresh the segments or ask the platform."),
    ),
    "segment_reversed": (
        _lt("The platform answered a segment that ends before it starts."),
        _lt("Nothing was taken over; refresh the segments or ask the platform."),
    ),
    "segment_prefix": (
        _lt("The platform answered a segment across years, regions or channels."),
        _lt("Nothing was taken over; refresh the segments or ask the platform."),
    ),
    "segment_count": (
        _lt("The platform answered a segment of another size."),
        _lt("Nothing was taken over; refresh the segments or ask the platform."),
    ),
    "segment_year": (
        _lt("The platform answered a segment of another year."),
        _lt("Nothing was taken over; refresh the segments or ask the platform."),
    ),
    # === content of an invoice === #
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
    # === red-letter === #
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
    # === monthly summary === #
    "summary_month_running": (
        _lt("A month is summarised when it is over."),
        _lt("Confirm it in the month that follows."),
    ),
    "summary_differs": (
        _lt("The platform counts other invoices in this month."),
        _lt("Compare the totals; upload what is missing and confirm again."),
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
