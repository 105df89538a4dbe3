from decimal import Decimal

from odoo import models
from odoo.fields import Command, Domain

from ..exceptions import TaxServiceError
from ..tools.bill_lines import BillLine, MissingRateError, RateError, get_lines
from ..tools.money import to_decimal
from ..tools.tax_number import normalize
from .words import get_sentence


class InvoiceTaxInputInvoice(models.Model):
    """Draft vendor bills made of input invoices: one bill of each.

    Entry point: :meth:`action_make_bills`; :meth:`_get_cannot_bill_reason` is the one
    function that says why not. VAT that can be deducted goes to a purchase tax of
    its rate, other VAT into the cost.

    What must never happen: a bill whose totals differ from the invoice by a cent; a
    second bill of one invoice.
    """

    _inherit = "invoice.tax.input.invoice"

    # === WHY NOT === #

    def _get_cannot_bill_reason(self, taxes=None):
        """Why no draft bill can be made of this invoice now.

        :param dict taxes: purchase taxes of the company, where they were read already
        :return: ``(code, sentence)`` or False
        """
        self.ensure_one()
        reason = self.taxpayer_id._get_missing_right_reason("bill_make")
        if reason:
            return "no_right", reason
        reason = self._get_missing_billing_reason(self.company_id)
        if reason:
            return "no_billing_right", reason
        code = self._get_cannot_bill_code()
        if code:
            return code, get_sentence(self.env, code)
        return self._get_rate_reason(
            self._get_purchase_taxes() if taxes is None else taxes
        )

    def _get_rate_reason(self, taxes):
        """Why the VAT cannot be put on these taxes: ``(code, sentence)`` or False."""
        try:
            self._get_bill_lines(taxes)
        except RateError as error:
            if not taxes:
                # There is none to make another after: Odoo offers no button.
                code = "no_tax_to_copy"
            elif isinstance(error, MissingRateError):
                rate = f"{error.rate.normalize():f}"
                text = self.env._("Rate: %(rate)s %%", rate=rate)
                sentence = get_sentence(self.env, "no_purchase_tax", text)
                return "no_purchase_tax", sentence
            else:
                code = "rate_unclear"
            return code, get_sentence(self.env, code)
        return False

    def _get_cannot_bill_code(self):
        if self.has_bill:
            return "has_bill"
        if self.suggested_bill_id:
            return "bill_suggested"
        if not self.is_sound:
            return "bill_unsound"
        if not self.gross_amount:
            return "bill_no_amount"
        if not (self.seller_tax_number or self.seller_name):
            return "no_seller"
        if not self._find_seller() and not self.env["res.partner"].has_access("create"):
            return "no_partner_right"
        journals = self.env["account.journal"].search_count(
            [
                *self.env["account.journal"]._check_company_domain(self.company_id),
                ("type", "=", "purchase"),
            ],
            limit=1,
        )
        return False if journals else "no_purchase_journal"

    # === SELLER === #

    def _find_seller(self):
        """The contact with the seller's tax number; by its name only where the
        contact has none."""
        partners = self.env["res.partner"]
        number = normalize(self.seller_tax_number)
        of_company = Domain(partners._check_company_domain(self.company_id))
        if number:
            found = partners.search(
                of_company & Domain("vat", "in", (number, f"CN{number}")),
                order="company_id, is_company desc, id",
                limit=1,
            )
            if found:
                return found.commercial_partner_id
        if not self.seller_name:
            return partners
        return partners.search(
            of_company
            & Domain("name", "=", self.seller_name)
            & Domain("vat", "=", False)
            & Domain("parent_id", "=", False),
            order="company_id, id",
            limit=1,
        )

    def _find_or_create_seller(self):
        partner = self._find_seller()
        number = normalize(self.seller_tax_number)
        # The bureau knows its own numbers; old ones have no check digit.
        partners = self.env["res.partner"].with_context(no_vat_validation=True)
        if not partner:
            return partners.create(
                {
                    "name": self.seller_name or number,
                    "vat": number,
                    "is_company": True,
                    "country_id": self.env.ref("base.cn").id,
                    "supplier_rank": 1,
                }
            )
        if number and not partner.vat and partner.has_access("write"):
            partners.browse(partner.id).vat = number
        return partner

    # === LINES === #

    def _is_vat_creditable(self):
        """Whether the VAT of the invoice goes to input VAT, not into the cost."""
        rules = self.env["invoice.tax.credit.rule"]
        open_to = rules._get_domain("deduct") | rules._get_domain("passenger")
        return self.purpose != "exclude" and bool(self.filtered_domain(open_to))

    def _get_purchase_taxes(self):
        """rate in percent → purchase tax of the company."""
        taxes = self.env["account.tax"].search(
            [
                *self.env["account.tax"]._check_company_domain(self.company_id),
                ("type_tax_use", "=", "purchase"),
                ("amount_type", "=", "percent"),
                ("amount", ">", 0),
                (
                    "country_id",
                    "=",
                    self.company_id.account_fiscal_country_id.id,
                ),
                # Those are of fiscal positions, which put them for others.
                ("original_tax_ids", "=", False),
            ]
        )
        by_rate = {}
        # The default tax of the company stands before others of its rate.
        for tax in self.company_id.account_purchase_tax_id | taxes:
            if tax in taxes and not tax.price_include:
                by_rate.setdefault(Decimal(str(tax.amount)).normalize(), tax)
        return by_rate

    def _get_bill_lines(self, taxes):
        """:param dict taxes: rate in percent → purchase tax
        :return list: of ``bill_lines.BillLine``, positive
        :raise RateError: no purchase tax of that rate
        """
        gross = abs(to_decimal(self.gross_amount))
        vat = abs(to_decimal(self.vat_amount))
        if not self._is_vat_creditable():
            return [BillLine(gross)]
        return get_lines(gross - vat, vat, list(taxes))

    # === BILLS === #

    def _make_bill(self, taxes):
        """One draft bill, or credit note, with the totals of this invoice.

        :param dict taxes: rate in percent → purchase tax
        :raise TaxServiceError: what was written is to be rolled back
        """
        self.ensure_one()
        reason = self._get_cannot_bill_reason(taxes)
        if reason:
            raise TaxServiceError(reason[1], reason[0])
        lines = self._get_bill_lines(taxes)
        moves = self.env["account.move"].with_company(self.company_id)
        bill = moves.create(self._get_bill_values(lines, taxes))
        self._settle_taxes(bill, lines, taxes)
        if (to_decimal(bill.amount_total), to_decimal(bill.amount_tax)) != (
            sum(line.net + line.vat for line in lines),
            sum(line.vat for line in lines),
        ):
            raise TaxServiceError(get_sentence(self.env, "bill_totals"), "bill_totals")
        if len(lines) > 1:
            bill.message_post(body=self._get_split_note())
        self.invalidate_recordset(["bill_ids", "bill_id", "has_bill"])
        return bill

    def _get_bill_values(self, lines, taxes):
        return {
            "move_type": "in_refund" if self.gross_amount < 0 else "in_invoice",
            "company_id": self.company_id.id,
            "partner_id": self._find_or_create_seller().id,
            "currency_id": self.env.ref("base.CNY").id,
            "invoice_date": self.issue_date,
            "ref": self.full_number,
            "input_invoice_number": self.number,
            "input_invoice_code": self.code,
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": f"{self.type_id.name} {self.full_number}",
                        "quantity": 1,
                        "price_unit": float(line.net),
                        "tax_ids": [
                            Command.set(taxes[line.rate].ids if line.rate else [])
                        ],
                    }
                )
                for line in lines
            ],
        }

    def _settle_taxes(self, bill, lines, taxes):
        """Give the tax lines the VAT of the invoice, which is rounded line by line."""
        for line in lines:
            tax_line = bill.line_ids.filtered(
                lambda one, line=line: line.rate and one.tax_line_id == taxes[line.rate]
            )
            wanted = bill.direction_sign * float(line.vat)
            if len(tax_line) == 1 and to_decimal(tax_line.amount_currency) != (
                to_decimal(wanted)
            ):
                tax_line.amount_currency = wanted

    def _get_split_note(self):
        return self.env._(
            "The VAT of invoice %(number)s is of no single rate. Net amount and VAT "
            "are those of the invoice; how they are shared between the rates is worked "
            "out from the totals: compare it with the invoice.",
            number=self.full_number,
        )

    # === ACTIONS === #

    def action_make_bills(self):
        """Make a draft vendor bill of each of these that has none, and open them.

        Each is made alone: one that cannot be holds no other, and all that cannot
        be are named at once.
        """
        taxes = {
            company: invoices[0]._get_purchase_taxes()
            for company, invoices in self.grouped("company_id").items()
        }
        bills = {}

        def make(invoice):
            bills[invoice] = invoice._make_bill(taxes[invoice.company_id])

        refusals = self._do_each(make, "no_bill_made")
        for invoice, _error in refusals:
            bills.pop(invoice, None)
        made = self.env["account.move"].union(*bills.values())
        action = made._get_records_action(
            name=self.env._("Draft Bills"),
            context={"default_move_type": made[:1].move_type},
        )
        if not refusals:
            return action
        title = self.env._(
            "%(made)s draft bills made, %(left)s invoices left out",
            made=len(made),
            left=len(refusals),
        )
        return self._get_refusals_notification(title, refusals, action)
