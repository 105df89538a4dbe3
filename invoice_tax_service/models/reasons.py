"""The sentences behind the stable codes; looked up by ``words.py``."""

from odoo.tools import LazyTranslate

from .account_words import ACCOUNT_REASONS
from .bill_words import BILL_REASONS
from .comparison_words import COMPARISON_REASONS
from .entry_words import ENTRY_REASONS

_lt = LazyTranslate(__name__)

# code → (what happened, what to do); one sentence each.
REASONS = {
    # Of one invoice, before sending
    "unknown_invoice": (
        _lt("The invoice is not among the input invoices of this taxpayer."),
        _lt(
            "Check the number, or fetch the input invoices; new ones arrive a day "
            "after they were issued."
        ),
    ),
    "other_taxpayer": (
        _lt("The invoice belongs to another taxpayer."),
        _lt("Select it under the taxpayer it was issued to."),
    ),
    "named_twice": (
        _lt("The invoice is named more than once."),
        _lt("Keep one row per invoice."),
    ),
    "in_progress": (
        _lt("The invoice is in another batch that is still being worked on."),
        _lt("Wait for that batch, or void it."),
    ),
    "already_selected": (
        _lt("The invoice is selected already."),
        _lt("Nothing to do; to change it, revoke the selection first."),
    ),
    "confirmed": (
        _lt("The invoice is confirmed by a signature."),
        _lt("Revoke the signature and the statistics table first."),
    ),
    "other_purpose": (
        _lt("The invoice is selected for another purpose."),
        _lt("Use the revoke button of that purpose."),
    ),
    "other_period": (
        _lt("The invoice is selected in another tax period."),
        _lt("Fetch the input invoices, then try again."),
    ),
    "unknown_status": (
        _lt("The bureau reports an invoice status that is not known here."),
        _lt("Look the invoice up at the tax bureau."),
    ),
    "refund_confirmed": (
        _lt("The invoice is confirmed for export refund, which cannot be revoked."),
        _lt("Nothing to do here; the tax bureau can say whether it can be changed."),
    ),
    "red_locked": (
        _lt("The invoice is locked by a red-letter form."),
        _lt("Have the seller finish or withdraw the form, then fetch the invoices."),
    ),
    "farm_not_possible": (
        _lt("This invoice cannot be treated as a farm product invoice in this way."),
        _lt(
            "Own-grown or not: ordinary invoices of farm products; by face amount or "
            "face VAT: special invoices of farm products."
        ),
    ),
    "farm_amount_invalid": (
        _lt("The own-grown part is not above 0.00 and within the net amount."),
        _lt("Enter the part of the net amount that the seller grew."),
    ),
    "farm_already": (
        _lt("The invoice is treated in this way already."),
        _lt("Nothing to do."),
    ),
    "farm_bought": (
        _lt(
            "The invoice is treated as farm products that are not own-grown, so it "
            "cannot be selected."
        ),
        _lt("If that was a mistake, treat it anew first."),
    ),
    "farm_otherwise": (
        _lt("The invoice stands at the bureau with another treatment, or selected."),
        _lt("Fetch the input invoices, then look at it again."),
    ),
    "booked_already": (
        _lt("The invoice is booked already."),
        _lt("Nothing to do."),
    ),
    "booked_otherwise": (
        _lt("The invoice is booked at the bureau on another date."),
        _lt("Fetch the input invoices to see it."),
    ),
    "booked_on_invalid": (
        _lt("The booking date is not a date of the form yyyy-MM-dd."),
        _lt("Write it like 2026-10-31, or leave it out for today."),
    ),
    "creditable_vat_negative": (
        _lt("The creditable VAT is negative."),
        _lt("Enter an amount from 0.00 to the VAT of the invoice."),
    ),
    "creditable_vat_above_vat": (
        _lt("The creditable VAT is above the VAT of the invoice."),
        _lt("Enter an amount from 0.00 to the VAT of the invoice."),
    ),
    "creditable_vat_invalid": (
        _lt("The creditable VAT is not an amount with two decimals."),
        _lt("Enter an amount from 0.00 to the VAT of the invoice."),
    ),
    "reason_missing": (
        _lt("A non-deduction selection needs a reason from 1 to 5."),
        _lt("Choose the reason."),
    ),
    "reason_text_missing": (
        _lt("Reason 5 (other) needs a text."),
        _lt("Write down why the invoice is not deducted."),
    ),
    "reason_text_too_long": (
        _lt("The explanation of the non-deduction is too long."),
        _lt("Write it in at most 200 characters."),
    ),
    "preselected": (
        _lt("The invoice is pre-selected and waits for its tax period to open."),
        _lt("Revoke the pre-selection first."),
    ),
    "not_preselected": (
        _lt("The invoice is not pre-selected, or is being sent already."),
        _lt("Look at its history; revoke the selection once it is done."),
    ),
    "preselect_passed": (
        _lt("The tax period went by before the pre-selection could be sent."),
        _lt("Select the invoice in the current tax period."),
    ),
    "number_region": (
        _lt("The digits 3 and 4 of the number name no region."),
        _lt("Compare the number with the invoice, digit by digit."),
    ),
    "number_year": (
        _lt("The number begins with a year in which the invoice cannot be issued."),
        _lt("Compare the number with the invoice, digit by digit."),
    ),
    "number_invalid": (
        _lt("This is not an invoice number."),
        _lt("Give 20 digits, or 8 digits with the invoice code."),
    ),
    # Of one invoice, from the bureau
    "ok": (_lt("Done."), ""),
    "already": (_lt("It already stood as asked for at the bureau."), ""),
    "read_back": (_lt("Done, as read back from the bureau."), ""),
    "not_selected": (
        _lt("The invoice is not selected."),
        _lt("Nothing to revoke; fetch the input invoices to see how it stands."),
    ),
    "not_found": (
        _lt("The bureau does not know the invoice."),
        _lt("Try again a day after it was issued."),
    ),
    "abnormal": (
        _lt("The invoice is an abnormal voucher."),
        _lt("Clear it with the seller or the bureau; it cannot be deducted now."),
    ),
    "selection_abnormal": (
        _lt("The bureau could not select the invoice."),
        _lt("Try again; if it stays, look at it in the tax bureau."),
    ),
    "selected_otherwise": (
        _lt("The invoice is selected at the bureau in another way."),
        _lt("Fetch the input invoices; revoke that selection before you change it."),
    ),
    "date_out_of_range": (
        _lt("The issue date is outside the selectable range."),
        _lt("Select it in the period that allows this date."),
    ),
    "voided": (
        _lt("The invoice is voided."),
        _lt("Ask the seller for a new invoice."),
    ),
    "red": (
        _lt("A red-letter invoice cannot be selected."),
        _lt("Nothing to do; it reduces the blue invoice."),
    ),
    "red_invoice": (
        _lt("A red-letter invoice cannot be selected."),
        _lt("Nothing to do; it reduces the blue invoice."),
    ),
    "fully_red": (
        _lt("The invoice is fully red-lettered."),
        _lt("Ask the seller for a new invoice."),
    ),
    "out_of_control": (
        _lt("The invoice is out of control."),
        _lt("Ask the seller and the bureau; it must not be deducted."),
    ),
    "type_not_supported": (
        _lt("This type of invoice cannot be selected."),
        _lt("See Master Data, Tax Rules, Creditable Invoice Types."),
    ),
    "no_answer": (
        _lt(
            "The bureau answered for the batch, but not for this invoice, and the "
            "invoice does not stand as asked for."
        ),
        _lt("Try again."),
    ),
    "unknown": (
        _lt("The bureau answered with a code that is not known here."),
        _lt("The text of the bureau is shown beside it."),
    ),
    # Of a whole operation
    "no_right": (
        _lt("You have no right to do this in this company."),
        _lt("Ask your tax service manager for it."),
    ),
    "right_lost": (
        _lt("What was not sent by then stays unsent: the right to it is gone."),
        _lt(
            "Somebody who has the right can take it over: by retrying it, or by "
            "asking for it anew."
        ),
    ),
    "no_connection": (
        _lt("The taxpayer has no connection to the tax bureau."),
        _lt("Choose the connection on the taxpayer's page."),
    ),
    "service_unavailable": (
        _lt("The service is not available for this taxpayer."),
        "",
    ),
    "not_supported": (
        _lt("This channel cannot do this."),
        _lt("Use another connection."),
    ),
    "small_scale": (
        # The manual's own words; the translation is to the letter (000, 手工重试).
        _lt("Small-scale taxpayers do not support selection for deduction"),
        _lt("If this is wrong, correct the taxpayer type on the taxpayer's page."),
    ),
    "period_unknown": (
        _lt("The current tax period of the taxpayer is not known yet."),
        _lt("Fetch from the bureau first."),
    ),
    "period_not_open": (
        _lt("This tax period is not open at the bureau."),
        _lt("Use the current tax period; fetch from the bureau to see it."),
    ),
    "nothing_refunded": (
        _lt("No invoice is selected for export refund in this month."),
        _lt("Select invoices for export refund first."),
    ),
    "refund_open": (
        _lt("Selections for export refund are still being worked on."),
        _lt("Wait until they are done, then look at the sums and confirm them."),
    ),
    "refund_month": (
        _lt("Export refunds are selected and confirmed in the running month only."),
        _lt("Use the running month of the calendar."),
    ),
    "filing_unknown": (
        _lt("The bureau cannot tell yet whether this tax period is filed."),
        _lt("Answer the question when you sign: not finished, finished or not sure."),
    ),
    "roll_back_not_possible": (
        _lt("The tax period cannot be rolled back."),
        _lt("The card of the period shows which of the four conditions is not met."),
    ),
    "period_filed": (
        _lt("The return of this tax period is filed."),
        _lt("Go on in the next period."),
    ),
    "statistics_exist": (
        _lt("A statistics table stands, so selection is locked."),
        _lt("Revoke statistics first."),
    ),
    "statistics_running": (
        _lt("The bureau is building the statistics table."),
        _lt("Wait until it stands; the period is read again by itself."),
    ),
    "certification_running": (
        _lt("The bureau is certifying the statistics table."),
        _lt("Wait until it is done; the period is read again by itself."),
    ),
    "reregistered": (
        _lt("A re-registered taxpayer has no statistics table."),
        _lt("Ask the tax bureau how the input VAT of this taxpayer is settled."),
    ),
    "sums_moved": (
        _lt("What would be confirmed is not what was shown, so nothing was sent."),
        _lt("Open the page again, look at the sums and confirm those."),
    ),
    "statistics_missing": (
        _lt("There is no statistics table."),
        _lt("Generate it first."),
    ),
    "nothing_selected": (
        _lt("No invoice is selected in this period."),
        _lt("Select invoices first."),
    ),
    "already_confirmed": (
        _lt("The statistics table is signed."),
        _lt("Revoke the signature first."),
    ),
    "not_signed": (
        _lt("The statistics table is not signed."),
        _lt("There is no signature to revoke."),
    ),
    "retry_unknown": (
        _lt("The bureau is being asked what became of the batch."),
        _lt("Wait for its answer; nothing is retried whose outcome is unknown."),
    ),
    "preselect_period": (
        _lt("Pre-selection is for a tax period that is not open yet."),
        _lt("Choose the next tax period or a later one of the year."),
    ),
    "certify_none": (
        _lt("No invoice could be selected, so nothing was built and signed."),
        _lt("The ledger says why for each invoice."),
    ),
    "certify_late": (
        _lt("The bureau did it after all, when the certification had stopped."),
        _lt("Go on with the statistics table on the page of the tax period."),
    ),
    "same_open": (
        _lt("The same is being done already."),
        _lt("Wait for it."),
    ),
    "nothing_to_send": (
        _lt("None of the invoices can be sent."),
        _lt("Each of them says why."),
    ),
    "request_number_conflict": (
        _lt("The request number was used for other content."),
        _lt("Use a new request number."),
    ),
    "too_many_items": (
        _lt("The request is too large for the platform."),
        _lt("Lower the bite size on the connection."),
    ),
    "invalid_argument": (
        _lt("The platform did not accept the request."),
        _lt("The text of the platform is shown beside it."),
    ),
    "not_served": (
        _lt("The connection does not serve this taxpayer."),
        _lt("Check the platform numbers on the connection."),
    ),
    "refused": (
        _lt("The platform refused."),
        _lt("The text of the platform is shown beside it."),
    ),
    "cannot_sign": (
        _lt("The bureau does not let this statistics table be confirmed."),
        _lt("Look at the table in the tax bureau."),
    ),
    # Signature codes (domain dictionary 1.7)
    "sign_222": (
        _lt("The filing day is not reached, so it cannot be signed yet."),
        _lt("Sign when the filing window of this period is open."),
    ),
    "sign_333": (
        _lt("The data differ from the statistics table."),
        _lt("Revoke the statistics table, generate it again, then sign."),
    ),
    "sign_444": (
        _lt("A selected invoice is locked by a red-letter form."),
        _lt(
            "Revoke the statistics table and the selection of the invoices named, "
            "then generate and sign again."
        ),
    ),
    # Of the line to the platform
    "not_sent": (
        _lt("The platform could not be reached."),
        _lt("It is tried again by itself."),
    ),
    "outcome_unknown": (
        _lt("The answer did not arrive."),
        _lt("The platform is asked what became of it; nothing is sent twice."),
    ),
    "wait": (_lt("The platform asks to wait."), _lt("It goes on by itself.")),
    "repeat_too_soon": (
        # The manual's own words; the translation is to the letter (000, 手工重试).
        _lt("The same task was requested too often, please try again in 3 minutes."),
        "",
    ),
    "repeat_waits": (
        _lt("The platform takes the same task once in three minutes."),
        _lt("It goes on by itself after the wait."),
    ),
    "never_arrived": (_lt("The platform never received it."), ""),
    "never_sent": (_lt("It was voided before it was sent."), ""),
    "credential_refused": (
        _lt("The platform refused the credentials."),
        _lt("Correct them on the connection or the taxpayer, then resume."),
    ),
    "password_short": (
        _lt("The certificate password is shorter than 8 characters."),
        _lt("Enter the right one on the taxpayer's page; the line then goes on."),
    ),
    "password_wrong": (
        _lt(
            "The certificate password is wrong; ten wrong ones lock the login until "
            "the next day."
        ),
        _lt("Enter the right one on the taxpayer's page; the line then goes on."),
    ),
    "platform_password_wrong": (
        _lt("The platform password is missing or wrong."),
        _lt("Enter it on the taxpayer's page, or recover it by its question."),
    ),
    "login_locked": (
        _lt("The login is locked after ten wrong passwords."),
        _lt("Try again tomorrow, or have the tax bureau unlock it."),
    ),
    "not_eligible": (
        _lt("The bureau does not admit this taxpayer to the platform."),
        _lt("Ask the tax bureau to check the taxpayer's file."),
    ),
    "credit_level_missing": (
        _lt("The bureau has no credit level for this taxpayer."),
        _lt("Ask the tax bureau to add it to the taxpayer's file."),
    ),
    "insecure_address": (
        _lt("The address is not secure: plain HTTP goes to this machine only."),
        _lt("Use an https address."),
    ),
    "invalid_address": (
        _lt("The address of the connection is missing or not an address."),
        _lt("Ask the system administrator to correct it, then resume."),
    ),
    "encryption_key_invalid": (
        _lt("The encryption key is not 32 hexadecimal characters."),
        _lt("Ask the system administrator to correct it, then resume."),
    ),
    "encryption_key_refused": (
        _lt("The platform could not decrypt what was sent."),
        _lt("Ask the system administrator to check the encryption key, then resume."),
    ),
    "unknown_entity": (
        _lt("The platform does not know the platform number of the connection."),
        _lt("Ask the system administrator to check it, then resume."),
    ),
    "header_mismatch": (
        _lt("The platform numbers of the connection do not fit each other."),
        _lt("Ask the system administrator to check them, then resume."),
    ),
    "login_refused": (
        _lt("The platform refused the login."),
        _lt("Have the system administrator check the passwords, then resume."),
    ),
    "certificate_refused": (
        _lt("The certificate of the platform is not trusted."),
        _lt("Ask the system administrator to check the address."),
    ),
    "login_unanswered": (
        _lt("The platform did not answer the login."),
        _lt("It is tried again by itself."),
    ),
    "session_lost": (
        _lt("The platform ended the session."),
        _lt("It logs in again by itself."),
    ),
    "too_many_requests": (
        _lt("The platform says that it is asked too often."),
        _lt("It goes on by itself after the wait."),
    ),
    "maintenance": (
        _lt("The platform is under maintenance."),
        _lt("It goes on by itself after the maintenance."),
    ),
    "job_running": (
        _lt("The bureau is still preparing the list."),
        _lt("It goes on by itself."),
    ),
    "position_unreadable": (
        _lt("The reading could not go on where it stood."),
        _lt("It begins again by itself."),
    ),
    "internal_error": (
        _lt("Something went wrong here, nothing was lost."),
        _lt("It is tried again by itself; the server log holds the details."),
    ),
    **ACCOUNT_REASONS,
    **BILL_REASONS,
    **COMPARISON_REASONS,
    **ENTRY_REASONS,
}
