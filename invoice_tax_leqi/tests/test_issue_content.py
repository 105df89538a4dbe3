from decimal import Decimal

from odoo.tests import BaseCase, tagged

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError
from odoo.addons.invoice_tax_service.gateway.errors import OutcomeUnknownError

from ..gateway.digital_number import find_number_problem
from ..tools.digital_lines import RawLine, build_lines
from .issue_common import IssueCase

TOLERANCE = Decimal("0.06")


def raw(net, rate, **values):
    return RawLine("物品", Decimal(net), Decimal(rate), "1" * 19, **values)


def sums(lines):
    return tuple(
        str(sum(Decimal(line[name]) for line in lines))
        for name in ("net_amount", "vat_amount")
    )


@tagged("post_install", "-at_install")
class TestDigitalLines(BaseCase):
    """The lines of a digital invoice from those of the books."""

    def assertSums(self, raw_lines, net, vat, vat_amount=None, sign=1):
        lines, problems = build_lines(
            raw_lines, vat_amount and Decimal(vat_amount), TOLERANCE, sign
        )
        self.assertEqual(problems, [])
        self.assertEqual(sums(lines), (net, vat))
        return lines

    def test_vector_6_4_M1_rounding_half_up(self):
        self.assertSums([raw("9962.26", "0.06")], "9962.26", "597.74")

    def test_vector_6_4_M3_discount_line(self):
        """30.75 with a discount of 9.52: net 21.23, VAT 0.63."""
        lines = self.assertSums(
            [raw("30.75", "0.03"), raw("-9.52", "0.03")], "21.23", "0.63"
        )
        self.assertEqual([line["nature"] for line in lines], ["discounted", "discount"])
        self.assertEqual([line["vat_amount"] for line in lines], ["0.92", "-0.29"])
        self.assertIsNone(lines[1]["quantity"])

    def test_vector_6_4_M4_one_per_cent(self):
        self.assertSums([raw("978.22", "0.01")], "978.22", "9.78")

    def test_vector_6_4_M10_M11_from_gross(self):
        self.assertSums([raw("100000.00", "0.13")], "100000.00", "13000.00")
        self.assertSums([raw("9000.00", "0.06")], "9000.00", "540.00")

    def test_row_L9_discount_of_the_line_itself(self):
        lines = self.assertSums(
            [raw("90.00", "0.13", full_amount=Decimal("100.00"))], "90.00", "11.70"
        )
        self.assertEqual([line["net_amount"] for line in lines], ["100.00", "-10.00"])

    def test_row_L9_cents_of_the_books_are_spread(self):
        """Books that round the sum: three lines of 0.35 at 13 % are 0.14, not 0.15."""
        raw_lines = [raw("0.35", "0.13") for _position in range(3)]
        lines = self.assertSums(raw_lines, "1.05", "0.14", vat_amount="0.14")
        self.assertEqual(
            sorted(line["vat_amount"] for line in lines), ["0.04", "0.05", "0.05"]
        )

    def test_row_L9_vat_far_off_is_refused(self):
        lines = [raw("100.00", "0.13")]
        _lines, problems = build_lines(lines, Decimal("13.07"), TOLERANCE)
        self.assertEqual(problems, [("vat_off_books", None)])
        _lines, problems = build_lines(lines, Decimal("13.06"), TOLERANCE)
        self.assertEqual(problems, [])

    def test_row_L9_negative_line_without_a_partner(self):
        for raw_lines in (
            [raw("-1.00", "0.13")],
            [raw("10.00", "0.06"), raw("-1.00", "0.13")],
            [raw("10.00", "0.13"), raw("-10.01", "0.13")],
        ):
            _lines, problems = build_lines(raw_lines, None, TOLERANCE)
            self.assertIn(
                ("negative_line", len(raw_lines) - 1), problems, "a lone negative line"
            )

    def test_row_L9_price_gives_the_amount_for_large_quantities(self):
        lines = self.assertSums(
            [raw("333.33", "0.13", quantity=Decimal("123456"))], "333.33", "43.33"
        )
        price = Decimal(lines[0]["unit_price"])
        product = (price * 123456).quantize(Decimal("0.01"))
        self.assertLessEqual(abs(product - Decimal("333.33")), Decimal("0.01"))

    def test_row_L9_red_lines_are_negative(self):
        lines = self.assertSums(
            [raw("-30.75", "0.03"), raw("9.52", "0.03")], "-21.23", "-0.63", sign=-1
        )
        self.assertEqual([line["nature"] for line in lines], ["discounted", "discount"])


class TestIssueContent(IssueCase):
    """What is missing is said, all of it, before anything is taken."""

    def problems_of(self, move):
        move = move.with_user(self.issuer)
        return [problem.code for problem in move._find_issue_problems()[move]]

    def test_row_L9_everything_missing_at_once(self):
        self.ready()
        self.buyer.vat = False
        self.product.tax_class_code = False
        good = self.new_invoice(partner_id=self.person.id)
        good.invoice_line_ids.tax_class_code = "1" * 19
        bad = self.new_invoice({"price_unit": 10.0, "rate": None})
        bad.digital_invoice_type = "special"
        self.assertEqual(
            self.problems_of(bad),
            ["buyer_number_missing", "line_class_missing", "rate_missing"],
        )
        self.assertEqual(self.problems_of(good), [])
        action = self.issue(good, bad)
        self.assertEqual(action["res_model"], "invoice.tax.issue.wizard")
        self.assertNothingTaken()
        wizard = self.of_issuer(action["res_model"]).browse(action["res_id"])
        self.assertEqual((wizard.good_count, wizard.refused_count), (1, 1))
        self.assertEqual(
            wizard.line_ids.mapped("res_model"),
            ["res.partner", "product.template", "account.move"],
        )
        for line in wizard.line_ids:
            opened = line.action_open()
            self.assertEqual(opened["res_model"], line.res_model)
            self.assertRegex(line.description, r"\w+ \w+")
        wizard.action_issue()
        self.dispatch()
        self.assertIssued(good)
        self.assertFalse(self.issues_of(bad))

    def test_row_L9_mended_and_checked_again(self):
        self.ready()
        self.product.tax_class_code = False
        move = self.new_invoice()
        action = self.issue(move)
        wizard = self.of_issuer(action["res_model"]).browse(action["res_id"])
        with self.assertRaises(TaxServiceError) as caught:
            wizard.action_issue()
        self.assertEqual(caught.exception.code, "nothing_to_issue")
        self.product.tax_class_code = "1" * 19
        wizard.action_check_again()
        self.dispatch()
        self.assertIssued(move)

    def test_row_L9_reasons_of_the_invoice(self):
        draft = self.new_invoice(post=False)
        self.assertEqual(self.problems_of(draft), ["not_posted"])
        self.buyer.vat = "91310115MA1TE5T029"
        self.assertEqual(self.problems_of(self.new_invoice()), ["buyer_number_invalid"])
        two_rates = self.new_invoice()
        self.buyer.vat = "91310115MA1TE5T02F"
        two_rates.button_draft()
        two_rates.invoice_line_ids.tax_ids = self.taxes[13] | self.taxes[6]
        two_rates.action_post()
        self.assertEqual(self.problems_of(two_rates), ["rate_several"])
        self.other_company.currency_id = self.env.ref("base.EUR")
        [problem] = draft._find_company_problem(self.other_company, self.taxpayer)
        self.assertEqual(problem.code, "not_cny")

    def test_row_L9_taxpayer_of_the_company(self):
        move = self.new_invoice()
        self.company.vat = False
        self.assertEqual(self.problems_of(move), [])
        self._new_taxpayer("91310115MA1TE5T02F", self.connection)
        self.assertEqual(self.problems_of(move), ["no_issuing_taxpayer"])
        self.company.vat = self.taxpayer.tax_number
        self.assertEqual(self.problems_of(move), [])

    def test_row_L9_class_code_of_the_category(self):
        self.product.tax_class_code = False
        parent = self.env["product.category"].create(
            {"name": "上级", "tax_class_code": "2" * 19}
        )
        self.product.categ_id = self.env["product.category"].create(
            {"name": "下级", "parent_id": parent.id}
        )
        move = self.new_invoice()
        self.assertEqual(self.problems_of(move), [])
        line = move.invoice_line_ids
        self.assertEqual(line._get_tax_class_code(), "2" * 19)
        line.tax_class_code = "3" * 19
        self.assertEqual(line._get_tax_class_code(), "3" * 19)

    def test_row_L9_only_with_the_right(self):
        move = self.new_invoice()
        reason = move.with_user(self.viewer)._find_issue_problems()[move]
        self.assertEqual([problem.code for problem in reason], ["no_right"])
        with self.assertRaises(TaxServiceError) as caught:
            move.with_user(self.viewer).action_issue_digital_invoice()
        self.assertEqual(caught.exception.code, "no_right")
        self.assertTrue(move.with_user(self.issuer).show_issue_button)

    def test_vector_6_4_M13_foreign_currency(self):
        """USD 1,000.00 at 7.1234: 7,123.40 CNY, and the dollars in the remark."""
        usd = self.env.ref("base.USD")
        usd.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": usd.id,
                "name": "2026-11-01",
                "inverse_company_rate": 7.1234,
                "company_id": self.company.id,
            }
        )
        self.ready()
        move = self.new_invoice(1000.0, currency_id=usd.id)
        self.issue(move)
        self.assertIssued(move)
        held = self.leqi.contents[move.digital_invoice_number]
        self.assertEqual(str(held.net_amount), "7123.40")
        self.assertIn("USD 1130.00 (7.1234)", held.remark)
        self.assertFigures(self.get_quota(), unused="792876.60")

    def test_vector_6_4_M1_M4_through_the_books(self):
        self.ready()
        first = self.new_invoice({"price_unit": 9962.26, "rate": 6})
        second = self.new_invoice({"price_unit": 978.22, "rate": 1})
        self.issue(first, second)
        self.assertIssued(first, second)
        gross = [
            str(self.leqi.contents[move.digital_invoice_number].gross_amount)
            for move in (first, second)
        ]
        self.assertEqual(gross, ["10560.00", "988.00"])

    # === NUMBERS === #

    def test_row_L9_tolerance_is_a_dated_rule(self):
        """The platform may change it: no constant, and each day has its own."""
        move = self.new_invoice(100.0, post=False)
        [tax_line] = move.line_ids.filtered("tax_line_id")
        # As somebody corrects the VAT of the books by two cents.
        tax_line.amount_currency -= 0.02
        move.action_post()
        self.assertEqual(move.amount_tax, 13.02)
        self.assertEqual(move._find_issue_problems()[move], [])
        rule = self.env.ref("invoice_tax_leqi.tax_rule_line_vat_tolerance")
        rule.valid_to = "2026-11-09"
        later = rule.copy(
            {"value": 0.01, "valid_from": "2026-11-10", "valid_to": False}
        )
        codes = [one.code for one in move._find_issue_problems()[move]]
        self.assertEqual(codes, ["vat_off_books"])
        later.value = 0.02
        self.assertEqual(move._find_issue_problems()[move], [])

    def test_row_L9_numbers_follow_the_invoices(self):
        """Chosen in the list, the newest first: the first one gets the lowest."""
        self.ready()
        moves = [self.new_invoice(10.0 + position) for position in range(3)]
        self.issue(*reversed(moves))
        self.assertIssued(*moves)
        numbers = [move.digital_invoice_number for move in moves]
        self.assertEqual(numbers, sorted(numbers))

    def test_vector_6_2_N6_N11_number_of_the_year(self):
        self.ready()
        move = self.new_invoice()
        self.issue(move)
        number = move.digital_invoice_number
        self.assertEqual(
            find_number_problem(number, self.issues_of(move).issued_on), ""
        )
        self.assertEqual(number[:2], "26")

    def test_vector_6_2_N12_issued_before_uploaded_after_new_year(self):
        """Issued on 31 December, confirmed in January: the number stays."""
        self.now = self.now.replace(month=12, day=31, hour=12)
        self.leqi.is_filed = True
        self.ready()
        self.leqi.trouble("upload", OutcomeUnknownError("cut"))
        self.leqi.trouble("find_upload", OutcomeUnknownError("cut"))
        move = self.new_invoice()
        self.issue(move)
        number = move.digital_invoice_number
        self.assertEqual(number[:2], "26")
        self.now = self.now.replace(year=2027, month=1, day=2)
        self.dispatch()
        self.assertIssued(move)
        self.assertEqual(move.digital_invoice_number, number)
        self.assertEqual(f"{self.issues_of(move).issued_on:%Y}", "2026")

    # === CUT NUMBERS === #

    def test_row_L9_cut_fapiao_is_listed(self):
        self.ready()
        if "fapiao" not in self.env["account.move"]._fields:
            self.assertEqual(self.env["account.move"]._find_cut_ids(), [])
            return
        issued, cut, paper = (self.new_invoice() for _position in range(3))
        self.issue(issued)
        issued.fapiao = issued.digital_invoice_number[:8]
        cut.fapiao = "26327000"
        paper.fapiao = "11404542"
        found = self.env["account.move"].search(
            [("has_cut_fapiao", "=", True), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(found, issued | cut)
        self.assertFalse(paper.has_cut_fapiao)
