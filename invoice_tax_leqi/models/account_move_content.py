from collections import namedtuple
from decimal import Decimal

from odoo import api, models

from odoo.addons.invoice_tax_service.models.words import get_sentence
from odoo.addons.invoice_tax_service.tools import tax_number as tax_numbers
from odoo.addons.invoice_tax_service.tools.money import to_decimal

from ..tools.digital_lines import RawLine, build_lines, to_cents
from .product import TAX_CLASS_LENGTH

# What is missing: code of the reason, the record where it is mended, more to say.
Problem = namedtuple("Problem", "code record text", defaults=("",))
# Reasons of the taxpayer bring a sentence of their own.
OWN_SENTENCES = (
    "no_right",
    "no_connection",
    "channel_cannot_issue",
    "service_unavailable",
)
REMARK_LENGTH = 200
NAME_LENGTH = 100


class AccountMove(models.Model):
    """What goes into a digital invoice, and what is missing for it.

    Entry points: :meth:`_find_issue_problems` and :meth:`_get_issue_values`; both
    only read.
    """

    _inherit = "account.move"

    # === WHAT IS MISSING === #

    def _find_issue_problems(self):
        """Everything that stands against issuing these, all of it at once.

        :return: dict of move → list of :class:`Problem`
        """
        issuers = self.env["invoice.tax.taxpayer"]._get_issuers(self.company_id)
        of_company = {
            company: self._find_company_problem(company, issuer)
            for company, issuer in issuers.items()
        }
        self.invoice_line_ids.product_id.product_tmpl_id.fetch(["tax_class_code"])
        tolerances = self._get_vat_tolerances()
        problems = {
            move: of_company[move.company_id]
            + move._find_own_problems(tolerances[move.company_id])
            for move in self
        }
        for move, problem in self._find_number_problems(issuers):
            problems[move].append(problem)
        # Of those that could be issued: what is refused anyway uses nothing up.
        sound = self.filtered(lambda move: not problems[move])
        for move, problem in sound._find_red_sum_problems():
            problems[move].append(problem)
        return problems

    @api.model
    def _find_company_problem(self, company, issuer):
        if company.currency_id.name != "CNY":
            return [Problem("not_cny", company)]
        if not issuer:
            return [Problem("no_issuing_taxpayer", company)]
        reason = issuer._get_cannot_issue_reason("issue")
        return [Problem(reason[0], issuer, reason[1])] if reason else []

    def _find_own_problems(self, tolerance):
        if self.move_type not in ("out_invoice", "out_refund"):
            return [Problem("not_sales", self)]
        if self.state != "posted":
            return [Problem("not_posted", self)]
        if self._has_live_issue():
            return [Problem("issuing_already", self)]
        problems = self._find_buyer_problems() + self._find_line_problems(tolerance)
        if self.move_type == "out_refund":
            problems += self._find_red_problems()
        return problems

    def _find_buyer_problems(self):
        partner = self.commercial_partner_id
        if not (partner.name or "").strip():
            return [Problem("buyer_name_missing", partner or self)]
        number = tax_numbers.normalize(partner.vat)
        if not number:
            is_special = self._get_digital_invoice_type() == "special"
            return [Problem("buyer_number_missing", partner)] if is_special else []
        is_valid = tax_numbers.is_valid(number) or not partner.is_company
        return [] if is_valid else [Problem("buyer_number_invalid", partner, number)]

    def _find_line_problems(self, tolerance):
        problems = []
        lines = self._get_lines_to_issue()
        for line in lines:
            where = line.product_id.product_tmpl_id or self
            name = line.product_id.display_name or line.name or ""
            if len(line._get_tax_class_code()) != TAX_CLASS_LENGTH:
                problems.append(Problem("line_class_missing", where, name))
            code = _find_rate_problem(line.tax_ids)
            if code:
                problems.append(Problem(code, self, name))
        if problems:
            return problems
        _lines, wrong = self._build_lines(lines, tolerance)
        return [
            Problem(code, self, "" if place is None else lines[place].name or "")
            for code, place in wrong
        ]

    def _find_red_problems(self):
        blue = self.reversed_entry_id.sudo().tax_issue_id
        if not self.reversed_entry_id or (blue and blue.kind != "blue"):
            return [Problem("blue_missing", self)]
        if blue.state != "success":
            return [Problem("blue_not_issued", self.reversed_entry_id)]
        return []

    def _find_red_sum_problems(self):
        """Of credit notes of one blue invoice as many pass as it holds, the others of
        this selection counted: pairs of credit note and problem."""
        credit_notes = self.filtered(lambda move: move.move_type == "out_refund")
        by_blue = credit_notes.sorted("id").grouped("reversed_entry_id")
        for invoice, credit_notes in by_blue.items():
            blue = invoice.sudo().tax_issue_id
            if blue.kind != "blue" or blue.state != "success":
                continue
            left = to_decimal(blue.gross_amount) + sum(
                to_decimal(issue.gross_amount)
                for issue in blue.red_issue_ids
                if issue._is_live()
            )
            for credit_note in credit_notes:
                own = to_decimal(abs(credit_note.amount_total_signed))
                if own > left:
                    yield credit_note, Problem("red_above_blue", invoice)
                else:
                    left -= own

    def _find_number_problems(self, issuers):
        """Numbers chosen by hand that cannot be given: pairs of invoice and problem.

        :param dict issuers: company → taxpayer
        """
        choosing = self.filtered(
            lambda move: move.sudo().bound_number_id and not move._has_live_issue()
        )
        by_number = choosing.grouped(lambda move: move.sudo().bound_number_id)
        for number, moves in by_number.items():
            for move in moves:
                if move._is_number_left_over(number):
                    continue
                request = self.env["invoice.tax.issue"].new(
                    {"taxpayer_id": issuers[move.company_id].id, "state": "waiting"}
                )
                code = number._get_cannot_bind_code(request.sudo())
                if not code and len(moves) > 1:
                    code = "number_chosen_twice"
                if code:
                    yield move, Problem(code, move, number.name)

    @api.model
    def _say_problem(self, problem):
        """What is missing, and what to do, for people."""
        if problem.code in OWN_SENTENCES:
            return problem.text
        sentence = get_sentence(self.env, problem.code)
        return f"{problem.text}: {sentence}" if problem.text else sentence

    # === WHAT IS ISSUED === #

    def _get_lines_to_issue(self):
        lines = self.invoice_line_ids
        wanted = lines.filtered(
            lambda line: line.display_type == "product" and line.balance
        ).sorted(lambda line: (line.sequence, line.id))
        # Those of all invoices at once, or each would be read by itself.
        return wanted.with_prefetch(lines._prefetch_ids)

    def _get_vat_tolerances(self):
        """Company → CNY by which the VAT of one line may be off its rate now."""
        rules = self.env["invoice.tax.rule"]
        today = self.env["invoice.tax.issue"]._get_issue_date()
        return {
            company: rules._get_value("line_vat_tolerance", today, company) or 0
            for company in self.company_id
        }

    def _build_lines(self, lines, tolerance):
        """:return: lines of the digital invoice and problems, as ``build_lines``"""
        sign = -1 if self.move_type == "out_refund" else 1
        vat_amount = sign * to_decimal(abs(self.amount_tax_signed))
        raw_lines = [line._get_raw_line(sign) for line in lines]
        return build_lines(raw_lines, vat_amount, tolerance, sign)

    def _get_issue_values(self, issuer, tolerance):
        """The values of an issue request; nothing is missing any more."""
        self.ensure_one()
        lines, _problems = self._build_lines(self._get_lines_to_issue(), tolerance)
        net = sum(Decimal(line["net_amount"]) for line in lines)
        vat = sum(Decimal(line["vat_amount"]) for line in lines)
        buyer = self._get_buyer()
        return {
            "name": self.name,
            "move_id": self.id,
            "taxpayer_id": issuer.id,
            "kind": "red" if self.move_type == "out_refund" else "blue",
            "invoice_type": self._get_digital_invoice_type(),
            "buyer_name": buyer["name"],
            "buyer_tax_number": buyer["tax_number"] or False,
            "net_amount": net,
            "vat_amount": vat,
            "gross_amount": net + vat,
            "content": {
                "seller": self._get_seller(issuer),
                "buyer": buyer,
                "lines": lines,
                "issuer": self.env.user.name[:NAME_LENGTH],
                "remark": self._get_issue_remark(),
            },
            **self._get_red_values(),
        }

    def _get_red_values(self):
        if self.move_type != "out_refund":
            return {}
        blue = self.reversed_entry_id.sudo().tax_issue_id
        return {
            "blue_issue_id": blue.id,
            "blue_number": blue.number,
            "blue_issued_on": blue.issued_on,
            "red_reason": self.red_reason,
            "state": "form",
        }

    def _get_seller(self, issuer):
        partner = self.company_id.partner_id
        return {
            **_party(partner),
            "name": issuer.bureau_name or issuer.name,
            "tax_number": issuer.tax_number,
        }

    def _get_buyer(self):
        return _party(self.commercial_partner_id)

    def _get_issue_remark(self):
        """Reference of the buyer, and the amount where it is not in CNY: a digital
        invoice carries CNY only."""
        parts = [self.ref or ""] if self.move_type == "out_invoice" else []
        if self.currency_id != self.company_currency_id:
            parts.append(
                f"{self.currency_id.name} {self.amount_total:.2f} "
                f"({1 / (self.invoice_currency_rate or 1):.4f})"
            )
        return " ".join(filter(None, parts))[:REMARK_LENGTH]


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _get_raw_line(self, sign):
        """What the books say of this line, in CNY; negative when red."""
        self.ensure_one()
        product = self.product_id
        net = -to_decimal(self.balance)
        full = None
        if self.discount and self.discount < 100:
            full = to_cents(net / (1 - Decimal(str(self.discount)) / 100))
        name = (product.name or self.name or "").splitlines() or [""]
        return RawLine(
            name=name[0][:NAME_LENGTH],
            tax_class_code=self._get_tax_class_code(),
            net_amount=net,
            full_amount=full,
            tax_rate=_get_rate(self.tax_ids),
            quantity=sign * Decimal(str(self.quantity)) if self.quantity else None,
            unit=self.product_uom_id.name or "",
            specification=(product.default_code or "")[:40],
        )


def _find_rate_problem(taxes):
    if not taxes:
        return "rate_missing"
    if len(taxes) > 1 or taxes.amount_type != "percent" or taxes.amount < 0:
        return "rate_several"
    return ""


def _get_rate(taxes):
    """13 per cent → 0.13."""
    return (Decimal(str(taxes.amount)) / 100).normalize() + 0


def _party(partner):
    bank = partner.bank_ids[:1].sudo()
    address = " ".join(
        filter(
            None,
            (partner.state_id.name, partner.city, partner.street, partner.street2),
        )
    )
    return {
        "name": (partner.name or "")[:NAME_LENGTH],
        "tax_number": tax_numbers.normalize(partner.vat) or "",
        "address": address[:NAME_LENGTH],
        "phone": (partner.phone or "")[:40],
        "bank": (bank.bank_id.name or "")[:NAME_LENGTH],
        "account": bank.acc_number or "",
    }
