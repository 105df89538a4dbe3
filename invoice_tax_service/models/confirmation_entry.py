import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import LockError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..exceptions import TaxServiceError
from .input_invoice_bills import REFUSALS
from .words import get_sentence

_logger = logging.getLogger(__name__)

CRON = "invoice_tax_service.ir_cron_post_entries"
# What somebody else is at is tried again so soon, without a person.
BUSY_WAIT = timedelta(minutes=1)


class InvoiceTaxConfirmation(models.Model):
    """The entry that moves the VAT of a signature from input VAT to be certified to
    input VAT; reversed when the signature is revoked.

    Entry points: a signature asks for its entry (:meth:`_ask_for_entry`), the
    scheduled action posts or reverses what was asked for; :meth:`action_post_entry`
    is the button. :meth:`_get_cannot_post_reason` is the one function that says why
    not. Amounts: ``confirmation_amounts.py``.

    What must never happen: a signature that fails or waits because of an entry; two
    entries of one confirmation; an entry where the company does not want any.
    """

    _inherit = "invoice.tax.confirmation"

    entry_id = fields.Many2one(
        "account.move",
        compute="_compute_entry_id",
        help="The entry of this confirmation that stands.",
    )
    can_post_entry = fields.Boolean(compute="_compute_entry_id")
    has_entries = fields.Boolean(compute="_compute_entry_id")
    is_entry_due = fields.Boolean(
        readonly=True,
        help="The entry is still to be posted, or to be reversed.",
        export_string_translation=False,
    )
    entry_problem_code = fields.Char(readonly=True, export_string_translation=False)
    entry_problem_text = fields.Char(readonly=True, export_string_translation=False)
    entry_problem = fields.Char(
        compute="_compute_entry_problem", string="Why There Is No Entry"
    )

    @api.depends("state", "is_entry_due")
    def _compute_entry_id(self):
        moves = self.env["account.move"]
        standing = moves._find_standing("tax_confirmation_id", self)
        # Whether one may read the entries or not, they are there.
        with_entries = moves.sudo()._read_group(
            [("tax_confirmation_id", "in", self.ids)], ["tax_confirmation_id"]
        )
        with_entries = {confirmation.id for (confirmation,) in with_entries}
        for confirmation in self:
            entry = standing.get(confirmation._origin)
            confirmation.entry_id = entry
            confirmation.has_entries = confirmation._origin.id in with_entries
            confirmation.can_post_entry = (
                confirmation.state == "signed"
                and confirmation.kind == "deduction"
                and confirmation.company_id.sudo().is_input_tax_booked
                and (not entry or entry.sudo().state == "draft")
            )

    @api.depends("entry_problem_code", "entry_problem_text")
    @api.depends_context("lang")
    def _compute_entry_problem(self):
        for confirmation in self:
            code = confirmation.entry_problem_code
            confirmation.entry_problem = code and get_sentence(
                self.env, code, confirmation.entry_problem_text
            )

    # === ASKED FOR === #

    @api.model
    def _confirm(self, period, operation, progress, asked_at=None):
        confirmation = super()._confirm(period, operation, progress, asked_at)
        confirmation._ask_for_entry()
        return confirmation

    @api.model
    def _read_back(self, period, table):
        known = self._get_standing(period, "deduction")
        result = super()._read_back(period, table)
        standing = self._get_standing(period, "deduction")
        # What stood before was asked for when it was signed, if it was wanted then.
        (standing - known | standing.filtered("is_entry_due"))._ask_for_entry()
        return result

    @api.model
    def _cancel(self, period, is_read=False):
        signed = self._get_standing(period, "deduction")
        result = super()._cancel(period, is_read)
        signed._ask_for_entry()
        return result

    def _ask_for_entry(self):
        """Have the books follow soon, in a transaction of their own."""
        moves = self.env["account.move"]
        standing = moves._find_standing("tax_confirmation_id", self)
        for confirmation in self:
            has_entry = confirmation in standing
            is_wanted = (
                confirmation.state == "signed"
                and confirmation.kind == "deduction"
                and confirmation.company_id.is_input_tax_booked
            )
            # What was said of one that is revoked now is taken away, too.
            confirmation.is_entry_due = is_wanted != has_entry or bool(
                confirmation.entry_problem_code
            )
        due = self.filtered("is_entry_due")
        # Sums that differ are read again first: the reading asks again.
        if due.filtered(lambda one: one.state != "signed" or not one.difference):
            self._trigger_entries()

    @api.model
    def _trigger_entries(self, wait=None):
        """:param timedelta wait: how long not before, none: at once"""
        # Not even a scheduled action that somebody deleted may fail a signature.
        cron = self.env.ref(CRON, raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger(at=wait and fields.Datetime.now() + wait)

    # === WHY NOT === #

    def _get_cannot_post_reason(self, anew=False):
        """Why the entry of this confirmation cannot be posted now.

        :param bool anew: instead of the one that stands
        :return: ``(code, text)`` or False; the text is empty where the code says all
        """
        self.ensure_one()
        reason = self.taxpayer_id._get_missing_right_reason("entry_post")
        if reason:
            return "no_right", reason
        code = self._get_cannot_post_code(anew)
        if code:
            return code, ""
        return self.company_id._get_cannot_post_reason()

    def _get_cannot_post_code(self, anew):
        if self.kind != "deduction":
            return "entry_refund"
        if self.state != "signed":
            return "entry_cancelled"
        if not anew and self.entry_id.sudo().state == "posted":
            return "entry_posted"
        return False

    # === POSTED === #

    def _post_entry(self):
        """:raise TaxServiceError: it cannot be posted"""
        self.ensure_one()
        self._take_turn()
        reason = self._get_cannot_post_reason()
        if reason:
            raise self._get_refusal(*reason)
        entry = self.entry_id
        if entry:
            entry._post(soft=False)
        else:
            entry = self._create_entry()
        self._note_entry_settled()
        return entry

    @api.model
    def _get_refusal(self, code, text=""):
        sentence = text if code == "no_right" else get_sentence(self.env, code, text)
        return TaxServiceError(sentence, code, text=text)

    def _take_turn(self):
        """:raise TaxServiceError: somebody else is at this entry now"""
        if not self.sudo().try_lock_for_update(allow_referencing=True):
            raise self._get_refusal("entry_busy")
        self.invalidate_recordset(["entry_id"])

    def _create_entry(self):
        balances = self._get_entry_balances()
        if not any(balance for _account, balance in balances):
            raise self._get_refusal("entry_empty")
        text = self.env._("Input VAT of %s", self.display_name)
        entry = self.env["account.move"]._post_tax_entry(
            self.company_id,
            self._get_entry_day(),
            text,
            balances,
            tax_entry_kind="certified",
            tax_confirmation_id=self.id,
        )
        self._note_released()
        for note in self._get_entry_notes():
            entry.message_post(body=note)
        return entry

    def _get_entry_notes(self):
        """What an accountant has to know of the entry."""
        notes = [self.difference] if self.difference else []
        account = self.company_id.uncertified_tax_account_id.display_name
        for is_posted, (count, vat, ids) in sorted(self._find_unbooked().items()):
            invoices = self.env["invoice.tax.input.invoice"].sudo().browse(ids)
            facts = {
                "count": count,
                "vat": vat,
                "account": account,
                "numbers": ", ".join(invoices.mapped("full_number")),
            }
            if is_posted:
                text = self.env._(
                    "Bills of %(count)s invoices with VAT %(vat)s are posted, but did "
                    "not book it on %(account)s; correct the bills: %(numbers)s"
                )
            else:
                text = self.env._(
                    "%(count)s invoices with VAT %(vat)s have no posted bill; "
                    "%(account)s is less by that until they have: %(numbers)s"
                )
            more = self.env._("and %(count)s more", count=count - len(ids))
            notes.append(text % facts + (f" {more}" if count > len(ids) else ""))
        return notes

    def _reverse_entry(self):
        """The signature was revoked."""
        self.ensure_one()
        self._take_turn()
        if self.entry_id:
            text = self.env._("Revoked: input VAT of %s", self.display_name)
            self.entry_id._reverse_tax_entry(self._get_entry_day(), text)
        self._note_entry_settled()

    def _note_entry_settled(self):
        # Nobody writes on confirmations; whoever may post the entry settles it.
        self.sudo().write(
            {
                "is_entry_due": False,
                "entry_problem_code": False,
                "entry_problem_text": False,
            }
        )
        self.invalidate_recordset(["entry_id", "can_post_entry", "has_entries"])
        self.taxpayer_id.sudo()._tell_entry_problems()

    # === SCHEDULED === #

    @api.model
    def _cron_post_entries(self):
        """Post and reverse what was asked for, each alone."""
        due = self.search([("is_entry_due", "=", True)], order="id")
        for confirmation in due:
            # As the system, which has no accounting role to be missing, but with only
            # the books of this one company at hand.
            confirmation._in_own_books()._try_to_settle()
            self.env["ir.cron"]._commit_progress(1)
        self.env["invoice.tax.input.invoice"]._reverse_transfers()

    def _in_own_books(self):
        """In the company's books and its language, for what is written there."""
        person = self.company_id._get_tax_person(self.user_id)
        return self.with_context(
            allowed_company_ids=self.company_id.ids,
            lang=person.lang or self.env.lang,
        )

    def _try_to_settle(self):
        try:
            with self.env.cr.savepoint():
                self._settle_entry()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # Somebody else is at it; the next run sees what became of it.
            self.env.cr.rollback()
            self._trigger_entries(BUSY_WAIT)
        except LockError:
            self._trigger_entries(BUSY_WAIT)
        except TaxServiceError as error:
            if error.code == "entry_busy":
                self._trigger_entries(BUSY_WAIT)
                return
            text = error.context["details"].get("text")
            self._note_entry_problem(error.code, text)
        except REFUSALS as error:
            refusal = self.env["invoice.tax.input.invoice"]._as_refusal(error)
            self._note_entry_problem("entry_refused", str(refusal))
        except Exception as error:  # noqa: BLE001 - told, and tried again
            _logger.exception("Entry of %s", self)
            self._note_entry_problem("entry_refused", str(error))

    def _settle_entry(self):
        """What the books lack of this confirmation."""
        if self.state == "cancelled":
            return self._reverse_entry()
        wanted = self.company_id.is_input_tax_booked
        if self.entry_id.state == "posted" or not wanted:
            return self._note_entry_settled()
        reason = self._get_cannot_post_reason()
        if reason:
            raise self._get_refusal(*reason)
        if not any(self._fetch_entry_amounts()):
            return self._note_entry_settled()
        if self.difference:
            # A person may post it all the same; nobody else decides that.
            raise self._get_refusal("entry_differs", self.difference)
        return self._post_entry()

    def _note_entry_problem(self, code, text):
        self.write({"entry_problem_code": code, "entry_problem_text": text or False})
        try:
            with self.env.cr.savepoint():
                self.taxpayer_id._tell_entry_problems()
        except REFUSALS:
            # It stands on the confirmation; the others are not held up by it.
            _logger.exception("Activity on %s", self.taxpayer_id)

    # === ACTIONS === #

    def action_post_entry(self):
        """Post the entries of these, with the user's own rights."""
        self.check_access("read")
        self.taxpayer_id._check_can("entry_post")
        for confirmation in self:
            confirmation._post_entry()
        return self.action_open_entries()

    def action_open_entries(self):
        """The entry and its reversals."""
        self.check_access("read")
        entries = self.env["account.move"].search(
            [("tax_confirmation_id", "in", self.ids)]
        )
        return entries._get_records_action(name=self.env._("Entries of Input VAT"))
