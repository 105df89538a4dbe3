import datetime
from decimal import Decimal

from odoo.tests import tagged

from ..tools import invoice_number, number_search
from .common import TaxServiceCase

TODAY = datetime.date(2026, 11, 20)


@tagged("post_install", "-at_install")
class TestInvoiceNumber(TaxServiceCase):
    """What a number says of itself, and which pairs of code and number there are."""

    def problem(self, number, issue_date=None):
        return invoice_number.get_problem(number, issue_date, TODAY)

    def test_vector_6_2_N1_N2_N3_N4_N5_N6_right_numbers(self):
        for number in (
            "26127000000315704511",
            "26327000001162103916",
            "25427000000134934316",
            "24952000000010211653",
            "24952000000110579895",
            "26317000000000000001",
        ):
            with self.subTest(number):
                self.assertEqual(self.problem(number), "")

    def test_vector_6_2_N7_N8_length_and_letters(self):
        self.assertEqual(self.problem("2631700000000000000"), "number_length")
        self.assertEqual(self.problem("263170000000000000011"), "number_length")
        self.assertEqual(self.problem("2631700000000000000A"), "number_digits")
        self.assertEqual(
            self.problem("２６３１７０００００００００００００００１"), "number_length"
        )

    def test_vector_6_2_N9_region(self):
        self.assertEqual(self.problem("26007000000000000001"), "number_region")

    def test_vector_6_2_N10_N11_N12_year(self):
        self.assertEqual(self.problem("99317000000000000001"), "number_year")
        number = "25317000000000000001"
        issued = datetime.date(2026, 1, 5)
        self.assertEqual(self.problem(number, issued), "number_year")
        # Issued in its year, whenever it is uploaded.
        self.assertEqual(self.problem(number, datetime.date(2025, 12, 31)), "")

    def test_vector_6_2_N13_before_the_pilot(self):
        number = "20317000000000000001"
        self.assertEqual(self.problem(number), "", "worth a look, no more")
        self.assertTrue(invoice_number.is_before_the_pilot(number))
        self.assertFalse(invoice_number.is_before_the_pilot("21317000000000000001"))

    def test_row_C12_an_impossible_number_is_named(self):
        query = (
            self.env["invoice.tax.invoice.query"]
            .with_user(self.clerk)
            .create({"number": "26007000000000000001"})
        )
        query.action_query()
        self.assertIn("region", query.answer)

    def test_vector_6_3_O1_O2_O3_O4_O5_O6_O7_O8_pairs(self):
        operations = self.operations()
        for code, number in (
            ("3300222133", "36762501"),
            ("3300232130", "02630221"),
            ("3100111130", "11404542"),
            ("4300171130", "02550485"),
            ("044001500111", "81966722"),
            ("5100172130", "08946106"),
            ("033002100512", "12345678"),
            ("1233421122", "91110010"),
        ):
            with self.subTest(code=code, number=number):
                self.assertTrue(operations._is_invoice_number(number, code))
                typed = number_search.parse(f"{code} {number}")
                self.assertEqual(typed.keys, ((number, code),), "a zero was lost")
                [row] = operations._plan_selection(
                    self.taxpayer,
                    "deduct",
                    self.taxpayer.current_period_id.name,
                    self.wishes(number, code=code),
                )
                self.assertEqual(row.wish.number, number)

    def test_vector_6_3_O9_wrong_lengths(self):
        operations = self.operations()
        for code, number in (
            ("123456789", "12345678"),
            ("12345678901", "12345678"),
            ("1234567890", "1234567"),
        ):
            with self.subTest(code=code, number=number):
                self.assertFalse(operations._is_invoice_number(number, code))

    def test_vector_6_4_M12_creditable_vat_within_the_vat(self):
        [invoice] = self.add_invoices(1, vat_amount=Decimal("100.00"))
        for amount, refusal in (
            ("100.01", "creditable_vat_above_vat"),
            ("-0.01", "creditable_vat_negative"),
            ("0.00", ""),
            ("100.00", ""),
        ):
            with self.subTest(amount):
                wishes = self.wishes(invoice.number, creditable_vat=Decimal(amount))
                self.assertEqual(self.plan_codes("deduct", wishes), [refusal])
