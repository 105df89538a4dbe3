import re
from decimal import Decimal
from itertools import chain, count

from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.tools import SQL

from ..exceptions import TaxServiceError
from ..tools.bill_lines import MissingRateError, UnclearRateError
from ..tools.notification import RELOAD, get_notification
from .words import get_sentence


class InvoiceTaxInputInvoice(models.Model):
    """The purchase tax that an invoice needs and the chart of accounts lacks: charts
    of ``l10n_cn`` have none of the rates that small sellers pay.

    Entry point: :meth:`action_make_purchase_taxes`. The tax is made as the nearest one
    of the company is: accounts, tags and names are its own, only the rate is another.

    What must never happen: two taxes for one rate; a tax made by who may not.
    """

    _inherit = "invoice.tax.input.invoice"

    is_purchase_tax_missing = fields.Boolean(compute="_compute_is_purchase_tax_missing")

    @api.depends("net_amount", "vat_amount", "purpose", "company_id")
    def _compute_is_purchase_tax_missing(self):
        taxes = {}
        for invoice in self:
            company = invoice.company_id
            if company not in taxes:
                taxes[company] = invoice._get_purchase_taxes()
            missing = invoice._get_missing_rate(taxes[company])
            # Where there is none at all, there is none to go by.
            invoice.is_purchase_tax_missing = bool(missing and taxes[company])

    def _get_missing_rate(self, taxes):
        """The rate in percent, as Decimal, for which there is no tax; or False.

        :param dict taxes: rate in percent → purchase tax
        """
        try:
            self._get_bill_lines(taxes)
        except MissingRateError as error:
            return error.rate
        except UnclearRateError:
            # No single tax would do.
            return False
        return False

    # === MADE === #

    def _make_purchase_taxes(self):
        """Those that draft bills of these need.

        :raise TaxServiceError: no right, no tax to go by, or no tax that would do
        """
        made = self.env["account.tax"]
        for invoice in self:
            taxes = invoice._get_purchase_taxes()
            rate = invoice._get_missing_rate(taxes)
            if not rate:
                continue
            code = invoice._get_cannot_make_tax_code(taxes)
            if code:
                raise TaxServiceError(get_sentence(self.env, code), code)
            made |= invoice._make_purchase_tax(rate, taxes)
        if not made:
            self._check_rates()
        return made

    def _check_rates(self):
        for invoice in self.filtered(lambda one: not one.has_bill):
            reason = invoice._get_rate_reason(invoice._get_purchase_taxes())
            if reason:
                raise TaxServiceError(reason[1], reason[0])

    def _get_cannot_make_tax_code(self, taxes):
        allowed = self.env["account.tax"].has_access("create")
        if not (allowed and self.company_id <= self.env.companies):
            return "no_tax_right"
        return False if taxes else "no_tax_to_copy"

    def _make_purchase_tax(self, rate, taxes):
        nearest = taxes[min(taxes, key=lambda one: (abs(one - rate), one))]
        # Two who do it at once: Odoo lets the second one begin again, and see it.
        self.env.cr.execute(
            SQL("UPDATE account_tax SET active = active WHERE id = %s", nearest.id)
        )
        rename = self._get_renaming(Decimal(str(nearest.amount)), rate)
        tax = nearest.with_company(self.company_id).copy(
            {
                "name": self._get_free_name(rename(nearest.name), rate),
                "amount": float(rate),
                "company_id": self.company_id.id,
                "tax_group_id": self._find_or_make_group(nearest, rename).id,
                # What the nearest stands for, or is put for, is of its own rate.
                "original_tax_ids": [],
                "replacing_tax_ids": [],
            }
        )
        self._rename_in_all(nearest, tax, rename, ("description", "invoice_label"))
        return tax

    @api.model
    def _get_renaming(self, before, after):
        """A function that puts one rate for another, as in ``VAT 6%``."""
        found = re.compile(rf"(?<![\d.]){before.normalize():f}(?:\.0+)?(?=\s*[%％])")
        return lambda text: text and found.sub(f"{after.normalize():f}", str(text))

    def _get_free_name(self, wanted, rate):
        """As the chart has it, or by the rate alone where the nearest names none."""
        text = f"{rate.normalize():f}%"
        name = wanted if text in wanted else text
        # Odoo wants it once in all branches, those that the user does not see, too.
        taxes = self.env["account.tax"].sudo()
        known = taxes.search(
            [
                ("company_id", "child_of", self.company_id.sudo().root_id.id),
                ("type_tax_use", "=", "purchase"),
            ]
        )
        taken = set(known.mapped("name"))
        longer = self.env._("%s, tax excluded", name)
        numbered = (f"{longer} ({number})" for number in count(2))
        names = chain((name, longer), numbered)
        return next(one for one in names if one not in taken)

    def _find_or_make_group(self, nearest, rename):
        """The group of the nearest; where that is named after its rate, bills would
        show the wrong one."""
        group = nearest.tax_group_id
        name = rename(group.name)
        if name == group.name:
            return group
        known = group.search(
            [
                *group._check_company_domain(self.company_id),
                ("name", "=", name),
                ("country_id", "=", group.country_id.id),
            ],
            limit=1,
        )
        if known:
            return known
        made = group.copy({"name": name, "company_id": self.company_id.id})
        self._rename_in_all(group, made, rename, ("name",))
        return made

    @api.model
    def _rename_in_all(self, source, record, rename, names):
        """In each language as the source has it there. By the columns themselves: the
        ORM would carry the words of one language over to the others."""
        source.flush_recordset(names)
        record.flush_recordset(names)
        columns = SQL(", ").join(map(SQL.identifier, names))
        table = SQL.identifier(source._table)
        [values] = self.env.execute_query(
            SQL("SELECT %s FROM %s WHERE id = %s", columns, table, source.id)
        )
        renamed = [
            Json({code: rename(text) for code, text in texts.items()})
            if texts
            else None
            for texts in values
        ]
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET (%s) = ROW(%s) WHERE id = %s",
                table,
                columns,
                SQL(", ").join(SQL("%s::jsonb", one) for one in renamed),
                record.id,
            )
        )
        record.invalidate_recordset(names)

    # === ACTIONS === #

    def action_make_purchase_taxes(self):
        """Make the purchase taxes that draft bills of these need, with the user's own
        rights; what is there already is not made again."""
        self.check_access("read")
        self.taxpayer_id._check_can("bill_make")
        made = self._make_purchase_taxes()
        sentence = self.env._("There is a purchase tax for each of these invoices.")
        if made:
            names = ", ".join(made.mapped("name"))
            sentence = self.env._("Purchase taxes created: %s", names)
        return get_notification(sentence, RELOAD, "success")
