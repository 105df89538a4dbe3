"""The sentences behind the codes of quota and numbers."""

from odoo.tools import LazyTranslate

from odoo.addons.invoice_tax_service.models.words import register_reasons

_lt = LazyTranslate(__name__)

# code → (what happened, what to do); one sentence each.
LEQI_REASONS = {
    "channel_cannot_issue": (
        _lt("The connection of this taxpayer cannot issue invoices."),
        _lt("Choose a Leqi connection on the taxpayer."),
    ),
    # Quota
    "quota_unknown": (
        _lt("The quota of this month is not known yet."),
        _lt("The bureau is being asked; try again in a moment."),
    ),
    "quota_short": (
        _lt("The free quota is not enough."),
        _lt("Download quota, or ask the tax bureau for more."),
    ),
    "quota_available_short": (
        _lt("The amount is above the available remaining quota."),
        _lt("Enter at most what is available, or synchronize first."),
    ),
    "quota_unused_short": (
        _lt(
            "The amount is above the free quota: what is issued and not uploaded has "
            "to stay."
        ),
        _lt("Enter at most what is free."),
    ),
    "quota_suspended": (
        _lt("The bureau has suspended the quota of this taxpayer."),
        _lt("Ask the tax bureau why; nothing can be downloaded or issued until then."),
    ),
    "quota_invalid_date": (
        _lt("The quota is not within its validity."),
        _lt("File the tax return first, or adjust the validity of the quota."),
    ),
    "quota_not_filed": (
        _lt("The tax return of the last period is not filed yet."),
        _lt("File it first; then the validity can be adjusted."),
    ),
    "quota_month_over": (
        _lt("The month of this quota is over; quota is not carried over."),
        _lt("Use the quota of the running month."),
    ),
    "quota_amount_invalid": (
        _lt("The amount is not above zero with at most two decimals."),
        _lt("Enter an amount in yuan, like 1000.00."),
    ),
    "quota_transfer_open": (
        _lt("A download or return of quota of this taxpayer is under way."),
        _lt("Wait until it is answered."),
    ),
    "quota_query_too_soon": (
        _lt("The bureau answers a question about quota once an hour."),
        _lt("It is asked again by itself when the hour is over."),
    ),
    "choose_one_quota": (
        _lt("Choose one row."),
        _lt("Tick the taxpayer and month that this is for."),
    ),
    "taxpayer_not_normal": (
        _lt("The bureau does not list this taxpayer as normal."),
        _lt("Ask the tax bureau to restore the registration."),
    ),
    # Numbers
    "draw_count": (
        _lt("One draw has 1 to 1,000 numbers."),
        _lt("Enter a count from 1 to 1,000."),
    ),
    "segment_number": (
        _lt("The platform answered a segment whose ends are not 20 digits."),
        _lt("Nothing was split; ask Leqi about this segment."),
    ),
    "segment_reversed": (
        _lt("The platform answered a segment that ends before it begins."),
        _lt("Nothing was split; ask Leqi about this segment."),
    ),
    "segment_prefix": (
        _lt("The platform answered a segment over two years, regions or channels."),
        _lt("Nothing was split; ask Leqi about this segment."),
    ),
    "segment_count": (
        _lt("The platform answered a segment whose count does not fit its ends."),
        _lt("Nothing was split; ask Leqi about this segment."),
    ),
    "segment_year": (
        _lt("The platform answered a segment of another year."),
        _lt("Nothing was split; ask Leqi about this segment."),
    ),
    "segment_overlap": (
        _lt("The platform answered a segment that overlaps an earlier one."),
        _lt("Nothing was split; ask Leqi about this segment."),
    ),
    "number_other_taxpayer": (
        _lt("The number belongs to another taxpayer."),
        _lt("Choose a number of the taxpayer that issues."),
    ),
    "number_bound": (
        _lt("The number is bound to an issue request already."),
        _lt("Unbind it there first, or choose another number."),
    ),
    "number_not_manual": (
        _lt("The number is not for manual use, or was used."),
        _lt("Choose a number drawn by hand that is not used yet."),
    ),
    "number_not_bound": (
        _lt("The number is not bound:"),
        _lt("There is nothing to unbind."),
    ),
    "number_year": (
        _lt("A number can be issued in its own year only."),
        _lt("Choose a number of this year."),
    ),
    "number_changed": (
        _lt("Somebody else has just changed this number."),
        _lt("Look at it again."),
    ),
    "issue_has_number": (
        _lt("This issue request has a number already."),
        _lt("Unbind that number first."),
    ),
    "choose_one_number": (
        _lt("Choose one number."),
        _lt("Tick the number that is to be bound."),
    ),
}

register_reasons(LEQI_REASONS)
