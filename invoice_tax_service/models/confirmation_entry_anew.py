from collections import defaultdict

from odoo import models
from odoo.tools import SQL

from ..tools.money import to_decimal
from ..tools.notification import RELOAD, get_notification
from .confirmation_cover import NOTHING, TOLD
from .words import get_sentence


class InvoiceTaxConfirmation(models.Model):
    """An entry that was posted and no longer is what it should be, for invoices were
    read or bills posted after it: it is taken back and posted anew.

    Entry points: :meth:`action_repost_entry`, for a person decides it;
    :meth:`_get_late_bills_sql` names the bills that the entry could not know. Of an
    invoice the entry usually takes its VAT where it is deducted, and nothing where it
    is not; what it took otherwise stands on the row of the invoice.

    What must never happen: two entries that stand for one confirmation; an entry taken
    back and none posted; one that deducts something else than the bureau signed.
    """

    _inherit = "invoice.tax.confirmation"

    # === WHAT THE ENTRY IS === #

    def _get_entry_balances(self):
        """Pairs of account and Decimal in CNY, positive: debit."""
        released, deducted = self._fetch_entry_amounts()
        company = self.company_id
        return (
            (company.input_tax_account_id, deducted),
            (company.undeducted_tax_account_id, released - deducted),
            (company.uncertified_tax_account_id, -released),
        )

    def _is_entry_current(self):
        """Whether the posted entry is what would be posted now."""
        entry = self.entry_id.sudo()
        if entry.state != "posted":
            return False
        wanted, found = defaultdict(int), defaultdict(int)
        for account, balance in self._get_entry_balances():
            wanted[account.id] += to_decimal(balance)
        for item in entry.line_ids:
            found[item.account_id.id] += to_decimal(item.balance)
        return all(
            wanted[account_id] == found[account_id] for account_id in {*wanted, *found}
        )

    def _note_released(self):
        """Keep what the entry took otherwise than usual, set-wise."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE invoice_tax_confirmation_line line
                   SET released_vat = NULLIF(NULLIF(moved.held, 0), moved.usual)
                  FROM (%s) moved
                 WHERE line.confirmation_id = %s
                   AND line.input_invoice_id = moved.input_invoice_id
                   AND line.released_vat IS DISTINCT FROM
                       NULLIF(NULLIF(moved.held, 0), moved.usual)
                """,
                self._get_lines_sql(),
                self.id,
            )
        )
        self.env["invoice.tax.confirmation.line"].invalidate_model(["released_vat"])

    def _cover_anew(self):
        self.env.flush_all()
        taken = self.env.execute_query(
            SQL(
                """SELECT input_invoice_id, released_vat
                     FROM invoice_tax_confirmation_line
                    WHERE confirmation_id = ANY(%s) AND released_vat IS NOT NULL""",
                self.ids,
            )
        )
        result = super()._cover_anew()
        # The entry stands as it was posted.
        self.env.cr.execute(
            SQL(
                """
                UPDATE invoice_tax_confirmation_line line
                   SET released_vat = taken.vat
                  FROM UNNEST(%s::int[], %s::numeric[]) taken (invoice_id, vat)
                 WHERE line.confirmation_id = ANY(%s)
                   AND line.input_invoice_id = taken.invoice_id
                """,
                [invoice_id for invoice_id, _vat in taken],
                [vat for _invoice_id, vat in taken],
                self.ids,
            )
        )
        self.env["invoice.tax.confirmation.line"].invalidate_model(["released_vat"])
        return result

    # === WHAT IT COULD NOT KNOW === #

    def _get_late_bills_sql(self, mend):
        """SQL: invoices whose posted bill booked as to be certified what the entry has
        not taken from there, or does so no longer; rows as those of
        ``period._get_differences_sql``.

        :param str mend: the button that mends it; what the signature does not cover
            yet is taken over with it
        """
        return SQL(
            """
            SELECT 'bill_late', %(mend)s, purpose, input_invoice_id, bill_id, due,
                   taken, NULL::numeric, %(confirmation)s
              FROM (SELECT moved.*, COALESCE(NULLIF(held, 0), usual) AS due,
                           COALESCE(released_vat, usual) AS taken
                      FROM (%(lines)s) moved) moved
             WHERE due <> taken AND before_purpose IS NULL AND own_purpose = purpose
               AND (purpose = 'exclude' OR held IN (0, usual, creditable_vat))
            UNION ALL
            SELECT 'bill_late', 'repost_entry', invoice.purpose, invoice.id,
                   booked.bill_id, booked.held, 0, NULL::numeric, %(confirmation)s
              FROM invoice_tax_input_invoice invoice
        CROSS JOIN LATERAL (%(booked)s) booked
             WHERE %(is_last)s AND invoice.taxpayer_id = %(taxpayer)s
               AND invoice.period = %(period)s AND invoice.purpose = 'exclude'
               AND invoice.selection = 'confirmed' AND booked.held <> 0
               AND NOT EXISTS (
                   SELECT FROM invoice_tax_confirmation_line line
                    WHERE line.confirmation_id = %(confirmation)s
                      AND line.input_invoice_id = invoice.id)
            """,
            mend=mend,
            confirmation=self.id,
            lines=self._get_lines_sql(),
            booked=self._get_booked_sql(),
            is_last=self._is_last(),
            taxpayer=self.taxpayer_id.id,
            period=self.period_id.name,
        )

    def _is_last(self):
        """Whether it is the last one of its period, which covers all its invoices."""
        return self == self.period_id._get_signed()[-1:]

    # === POSTED ANEW === #

    def _repost_entry(self):
        """:return: the entry that was posted, none where it is as it should be
        :raise TaxServiceError: it cannot be posted
        """
        self.ensure_one()
        self._take_turn()
        reason = self._get_cannot_post_reason(anew=True)
        if reason:
            raise self._get_refusal(*reason)
        if self._is_last():
            self.sudo()._take_over()
        if self._is_entry_current():
            self._note_released()
            self._note_entry_settled()
            return self.env["account.move"]
        entry = self.entry_id
        if entry:
            text = self.env._("Posted anew: input VAT of %s", self.display_name)
            entry._reverse_tax_entry(self._get_entry_day(), text)
            self.invalidate_recordset(["entry_id"])
        # Of a signature that by now deducts nothing, nothing is left to post.
        if not entry or any(balance for _one, balance in self._get_entry_balances()):
            entry = self._create_entry()
        self._note_entry_settled()
        return entry

    def _take_over(self):
        """The rows are what the bureau's table says, with what it does not sum up.

        :raise TaxServiceError: the invoices in Odoo do not make up what was signed
        """
        table = self.period_id.statistics_ids[:1]
        # A bureau may tell that it was signed, and no table: then the sums that its
        # answer to the signature gave stand.
        if table.deduct_line_ids.filtered(lambda line: line.row == "total"):
            told = self.period_id._get_bureau_sums()["deduct"]
            self.write(dict(zip(TOLD, told, strict=True)))
        self._complete()
        own = self._fetch_sums().get(self.id, NOTHING)
        if own[2] != self._get_told()[2]:
            raise self._get_refusal("entry_differs", self.difference)
        self._cover_missing(self._get_purposes()[1:])

    # === ACTIONS === #

    def action_repost_entry(self):
        """Take back the entries of these and post them anew, with the user's own
        rights."""
        self.check_access("read")
        self.taxpayer_id._check_can("entry_post")
        posted = [confirmation._repost_entry() for confirmation in self]
        if any(posted):
            return self.action_open_entries()
        return get_notification(get_sentence(self.env, "entry_current"), RELOAD)
