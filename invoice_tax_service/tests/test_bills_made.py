from decimal import Decimal

from odoo.exceptions import UserError
from odoo.tests import BaseCase
from odoo.tools import mute_logger

from ..tools.bill_lines import MissingRateError, UnclearRateError, get_lines
from .bill_common import SELLER, BillCase, TwoCompanies
from .common import FOREIGN

RATES = [Decimal(13), Decimal(9), Decimal(6)]


class TestBillLines(BaseCase):
    """Lines add up to the totals of the invoice, whatever the rate is."""

    def lines(self, net, vat):
        return [
            (str(line.net), str(line.vat), str(line.rate))
            for line in get_lines(Decimal(net), Decimal(vat), RATES)
        ]

    def test_row_C14_one_rate(self):
        self.assertEqual(self.lines("100.00", "13.00"), [("100.00", "13.00", "13")])
        # Rounded line by line, so some cents beside.
        self.assertEqual(self.lines("999.99", "90.03"), [("999.99", "90.03", "9")])
        self.assertEqual(self.lines("50.00", "0"), [("50.00", "0", "0")])

    def test_row_C14_two_rates_share_the_net_amount(self):
        self.assertEqual(
            self.lines("300.00", "31.00"),
            [("100.00", "13.00", "13"), ("200.00", "18.00", "9")],
        )
        for net, vat in (("1000.00", "101.37"), ("77.77", "5.55"), ("9.99", "1.11")):
            lines = get_lines(Decimal(net), Decimal(vat), RATES)
            self.assertEqual(sum(line.net for line in lines), Decimal(net))
            self.assertEqual(sum(line.vat for line in lines), Decimal(vat))

    def test_row_C14_rate_without_a_tax(self):
        for net, vat, rate in (("1000.00", "30.00", "3"), ("100.00", "17.00", "17")):
            with self.assertRaises(MissingRateError) as caught:
                get_lines(Decimal(net), Decimal(vat), RATES)
            self.assertEqual(caught.exception.rate, Decimal(rate))

    def test_row_C14_rounding_of_many_lines_is_no_second_rate(self):
        for net, vat in (
            ("10000.00", "1300.10"),
            ("10000.00", "1299.90"),
            # A hundred lines of 2.99.
            ("299.00", "39.00"),
        ):
            self.assertEqual(self.lines(net, vat), [(net, vat, "13")])
        # Freight in an invoice of goods is a second rate.
        self.assertEqual(
            self.lines("2525.00", "327.25"),
            [("2500.00", "325.00", "13"), ("25.00", "2.25", "9")],
        )
        # A few cents of VAT on much that bears none.
        self.assertEqual(
            self.lines("5000.00", "0.05"),
            [("0.83", "0.05", "6"), ("4999.17", "0.00", "0")],
        )

    def test_row_C14_more_than_rounding_above_the_highest_rate(self):
        """17 and 13 %, as before 2019, mixed; or more than the cents of any lines."""
        for net, vat in (
            ("1000.00", "162.00"),
            ("1000.00", "150.00"),
            ("1000.00", "131.00"),
            ("900000.00", "117001.28"),
            ("0.00", "5.00"),
        ):
            with self.subTest(net=net, vat=vat), self.assertRaises(UnclearRateError):
                get_lines(Decimal(net), Decimal(vat), RATES)
        with self.assertRaises(UnclearRateError):
            get_lines(Decimal(5000), Decimal("0.05"), [])

    def test_row_C14_rate_at_hand_is_never_missing(self):
        for net in (Decimal(one) for one in ("0.03", "299", "1000", "10000", "987654")):
            for step in range(1, 400):
                vat = (net * step / 2000).quantize(Decimal("0.01"))
                rates = [*RATES]
                try:
                    lines = get_lines(net, vat, rates)
                except UnclearRateError:
                    continue
                except MissingRateError as error:
                    self.assertNotIn(error.rate, rates)
                    # With it, there is a bill.
                    lines = get_lines(net, vat, [*rates, error.rate])
                self.assertEqual(sum(line.net for line in lines), net)
                self.assertEqual(sum(line.vat for line in lines), vat)


class TestDraftBills(BillCase):
    """A draft bill has the totals of its invoice to the cent, or is not made."""

    def make(self, invoice):
        action = self.pool(invoice).action_make_bills()
        self.assertEqual(action["res_model"], "account.move")
        return self.moves().browse(action["res_id"])

    def test_row_C14_draft_bill_of_an_invoice(self):
        invoice = self.add_invoices(1)
        bill = self.make(invoice)
        self.assertEqual((bill.state, bill.move_type), ("draft", "in_invoice"))
        self.assertEqual(bill.company_id, self.company)
        self.assertEqual(bill.currency_id.name, "CNY")
        self.assertEqual(bill.partner_id, self.vendor)
        self.assertEqual(bill.invoice_date, invoice.issue_date)
        self.assertEqual(bill.input_invoice_number, invoice.number)
        tax = bill.invoice_line_ids.tax_ids
        self.assertEqual((tax.amount, tax.type_tax_use), (13.0, "purchase"))
        self.assertEqual(tax.company_id, self.company)
        self.assertTotals(bill, invoice)
        self.assertEqual(self.pool(invoice).bill_id, bill)
        bill.action_post()
        self.assertTotals(bill, invoice)

    def test_row_C14_totals_to_the_cent(self):
        for net, vat in (
            (999.99, 129.97),
            (3333.33, 199.96),
            (0.07, 0.01),
            (1, 0.14),
            # The VAT of many lines, each rounded.
            (10000, 1300.1),
            (10000, 1299.9),
            (299, 39),
            (5000, 0.05),
        ):
            with self.subTest(net=net, vat=vat):
                invoice = self.add_invoices(
                    1, net_amount=net, vat_amount=vat, gross_amount=round(net + vat, 2)
                )
                bill = self.make(invoice)
                self.assertTotals(bill, invoice)
                bill.action_post()
                self.assertTotals(bill, invoice)

    def test_row_C14_several_rates(self):
        invoice = self.add_invoices(
            1, net_amount=1000, vat_amount=101.37, gross_amount=1101.37
        )
        bill = self.make(invoice)
        self.assertEqual(
            sorted(bill.invoice_line_ids.tax_ids.mapped("amount")), [9, 13]
        )
        self.assertTotals(bill, invoice)
        self.assertIn(
            "no single rate", " ".join(bill.message_ids.mapped("body")), "not said"
        )

    def test_row_C14_rate_without_a_tax_is_named(self):
        invoice = self.add_invoices(
            1, net_amount=1000, vat_amount=30, gross_amount=1030
        )
        with self.assertRefused("no_purchase_tax") as refusal:
            self.pool(invoice).action_make_bills()
        self.assertIn("3 %", refusal.sentence)
        self.company.account_purchase_tax_id.copy({"amount": 3, "name": "3%"})
        self.assertTotals(self.make(invoice), invoice)

    def test_row_C14_vat_that_is_not_deductible_is_cost(self):
        ordinary = self.add_invoices(1, type_code="82")
        excluded = self.add_invoices(1, purpose="exclude", selection="selected")
        for invoice in (ordinary, excluded):
            bill = self.make(invoice)
            self.assertEqual((bill.amount_total, bill.amount_tax), (113.0, 0.0))

    def test_row_C14_credit_note_of_a_red_letter_invoice(self):
        invoice = self.add_invoices(
            1, net_amount=-100, vat_amount=-13, gross_amount=-113
        )
        note = self.make(invoice)
        self.assertEqual(note.move_type, "in_refund")
        self.assertTotals(note, invoice)
        self.assertEqual(self.pool(invoice).bill_id, note)

    def test_row_C14_seller_is_found_by_tax_number_or_created(self):
        prefixed = self.env["res.partner"].create(
            {"name": "有国别", "vat": f"CN{FOREIGN}", "is_company": True}
        )
        known = self.add_invoices(1, seller_tax_number=FOREIGN)
        self.assertEqual(self.make(known).partner_id, prefixed)
        new = self.add_invoices(
            2, seller_tax_number="91330108MA2TE5T040", seller_name="新销方"
        )
        partners = [self.make(invoice).partner_id for invoice in new]
        self.assertEqual(partners[0], partners[1], "created twice")
        self.assertEqual(
            (partners[0].vat, partners[0].name, partners[0].is_company),
            ("91330108MA2TE5T040", "新销方", True),
        )

    def test_row_C14_seller_known_by_name_gets_the_tax_number(self):
        named = self.env["res.partner"].create({"name": "只有名称"})
        invoice = self.add_invoices(
            1, seller_tax_number=FOREIGN, seller_name="只有名称"
        )
        self.assertEqual(self.make(invoice).partner_id, named)
        self.assertEqual(named.vat, FOREIGN)

    def test_row_C14_contact_rights_are_odoos_own(self):
        user = self._new_user(
            "no_contacts",
            "account.group_account_invoice,invoice_tax_service.group_viewer",
        )
        new = self.add_invoices(1, seller_tax_number=FOREIGN, seller_name="新销方")
        with self.assertRefused("no_partner_right"):
            self.pool(new, user).action_make_bills()
        known = self.add_invoices(1)
        action = self.pool(known, user).action_make_bills()
        self.assertEqual(self.moves().browse(action["res_id"]).partner_id, self.vendor)

    def test_row_C14_no_second_bill_of_an_invoice(self):
        invoice = self.add_invoices(1)
        self.make(invoice)
        with self.assertRefused("has_bill"):
            self.pool(invoice).action_make_bills()
        suggested = self.add_invoices(1, gross_amount=226, net_amount=200)
        self.bill(200, invoice_date="2026-09-01")
        with self.assertRefused("bill_suggested"):
            self.pool(suggested).action_make_bills()
        voided = self.add_invoices(1, status="voided")
        with self.assertRefused("bill_unsound"):
            self.pool(voided).action_make_bills()

    def test_row_C14_many_at_once_name_those_left_out(self):
        good = self.add_invoices(3)
        voided = self.add_invoices(1, status="voided")
        odd = self.add_invoices(1, net_amount=1000, vat_amount=30, gross_amount=1030)
        answer = self.pool(good | voided | odd).action_make_bills()
        for invoice in good:
            self.assertTotals(self.pool(invoice).bill_id, invoice)
        message = answer["params"]["message"]
        for invoice in voided | odd:
            self.assertFalse(self.pool(invoice).bill_id)
            self.assertIn(invoice.number, message)
        opened = answer["params"]["next"]
        self.assertEqual(
            self.moves().search(opened["domain"]), self.pool(good).bill_ids.sorted()
        )

    def test_row_C14_what_odoo_has_against_one_holds_no_other(self):
        """One seller has the account of customers: Odoo refuses that bill."""
        wrong = self.vendor.with_company(self.company).property_account_receivable_id
        self.env["res.partner"].create(
            {"name": "科目不符的供应商", "vat": FOREIGN, "is_company": True}
        ).with_company(self.company).property_account_payable_id = wrong
        good = self.add_invoices(2)
        bad = self.add_invoices(1, seller_tax_number=FOREIGN)
        answer = self.pool(good[0] | bad | good[1]).action_make_bills()
        for invoice in good:
            self.assertTotals(self.pool(invoice).bill_id, invoice)
        self.assertFalse(self.pool(bad).bill_id)
        self.assertIn(bad.number, answer["params"]["message"])
        self.assertIn(wrong.code, answer["params"]["message"])
        with self.assertRaises(UserError):
            self.pool(bad).action_make_bills()

    def test_row_C14_many_refused_name_each_reason(self):
        one, other = (
            self.add_invoices(
                1, net_amount=1000, vat_amount=vat, gross_amount=1000 + vat
            )
            for vat in (30, 50)
        )
        with self.assertRefused("no_purchase_tax") as refusal:
            self.pool(one | other).action_make_bills()
        for word in (one.number, "3 %", other.number, "5 %"):
            self.assertIn(word, refusal.sentence)

    def test_row_C14_what_many_are_refused_for_is_said_once(self):
        wrong = self.add_invoices(5, net_amount=1000, vat_amount=30, gross_amount=1030)
        action = self.pool(self.add_invoices(1) | wrong).action_make_bills()
        [said] = action["params"]["message"].splitlines()
        self.assertEqual(said.count("3 %"), 1)
        self.assertIn("and 2 more", said)

    def test_row_C14_company_without_books(self):
        connection = self._new_connection(self.other_company)
        self._new_taxpayer(FOREIGN, connection)
        taxpayer = self.env["invoice.tax.taxpayer"].search(
            [("tax_number", "=", FOREIGN)]
        )
        self.bureau.add_taxpayer(FOREIGN)
        invoice = self.add_invoices(1, taxpayer)
        user = self._new_user(
            "no_books",
            "account.group_account_user,invoice_tax_service.group_viewer",
            self.other_company,
        )
        with self.assertRefused("no_purchase_journal"):
            self.pool(invoice, user).action_make_bills()


class TestDraftBillCompanies(TwoCompanies):
    """Bills are made in the books of the company that the invoice belongs to."""

    def test_row_C14_each_in_its_own_company(self):
        own = self.add_invoices(1)
        self.bureau.add_taxpayer(self.other_taxpayer.tax_number)
        foreign = self.add_invoices(1, self.other_taxpayer, seller_tax_number=SELLER)
        both = self.pool(own | foreign, self.both).with_context(
            allowed_company_ids=(self.company | self.other_company).ids
        )
        both.action_make_bills()
        self.assertMadeIn(both, self.company | self.other_company)

    def test_row_C14_what_the_database_refuses_in_one_holds_no_other(self):
        """A company without an account for expenses: the line has none."""
        self.other_company.sudo().expense_account_id = False
        self.env["account.journal"].search(
            [("company_id", "=", self.other_company.id), ("type", "=", "purchase")]
        ).default_account_id = False
        own = self.add_invoices(1)
        self.bureau.add_taxpayer(self.other_taxpayer.tax_number)
        foreign = self.add_invoices(1, self.other_taxpayer, seller_tax_number=SELLER)
        both = self.pool(foreign | own, self.both).with_context(
            allowed_company_ids=(self.company | self.other_company).ids
        )
        with mute_logger("odoo.sql_db"):
            answer = both.action_make_bills()
        self.assertMadeIn(both[1], self.company)
        self.assertFalse(both[0].bill_id)
        self.assertIn(both[0].number, answer["params"]["message"])

    def assertMadeIn(self, invoices, companies):
        for invoice, company in zip(invoices, companies, strict=True):
            bill = invoice.bill_id
            self.assertEqual(bill.company_id, company)
            self.assertEqual(bill.invoice_line_ids.tax_ids.company_id, company)
            self.assertEqual(bill.journal_id.company_id, company)
            self.assertTotals(bill, invoice)
