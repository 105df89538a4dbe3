import datetime
from decimal import Decimal

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ..models.words import get_advice
from ..tools.credit import get_farm_vat, get_passenger_vat, get_vat, split_gross
from ..tools.money import to_decimal
from .common import TaxServiceCase
from .fake_bureau import PERIOD

TODAY = datetime.date(2026, 11, 20)


def money(text):
    return Decimal(text)


@tagged("post_install", "-at_install")
class TestTaxRules(TaxServiceCase):
    def value(self, kind, day=TODAY, company=None):
        return self.env["invoice.tax.rule"]._get_value(
            kind, day, company or self.env.company
        )

    def test_row_C5_issue_days_are_dated(self):
        for day, days in (
            (datetime.date(2016, 8, 1), 180),
            (datetime.date(2017, 6, 30), 180),
            (datetime.date(2017, 7, 1), 360),
            (datetime.date(2020, 2, 29), 360),
            (datetime.date(2020, 3, 1), 0),
            (TODAY, 0),
        ):
            with self.subTest(day=day):
                self.assertEqual(self.value("issue_days", day), days)
        self.assertIsNone(self.value("issue_days", datetime.date(2010, 1, 1)))

    def test_names_are_words(self):
        rule = self.env["invoice.tax.rule"].search(
            [("kind", "=", "issue_days")], limit=1
        )
        self.assertNotIn("issue_days", rule.display_name)
        self.assertIn("Days", rule.display_name)

    def test_a_company_has_its_own_value(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env["invoice.tax.rule"].create(
            {
                "kind": "farm_rate",
                "value": 10,
                "valid_from": "2026-01-01",
                "company_id": other.id,
                "source": "test",
            }
        )
        self.assertEqual(self.value("farm_rate", company=other), 10)
        self.assertEqual(self.value("farm_rate"), 9)

    def test_one_value_a_day(self):
        with (
            self.assertRaisesRegex(ValidationError, "End that rule"),
            self.env.cr.savepoint(),
        ):
            self.env["invoice.tax.rule"].create(
                {
                    "kind": "farm_rate",
                    "value": 8,
                    "valid_from": "2027-01-01",
                    "source": "test",
                }
            )
        present = self.env.ref("invoice_tax_service.tax_rule_farm_rate_2026")
        present.valid_to = "2026-12-31"
        self.env["invoice.tax.rule"].create(
            {
                "kind": "farm_rate",
                "value": 8,
                "valid_from": "2027-01-01",
                "source": "test",
            }
        )
        self.assertEqual(self.value("farm_rate", datetime.date(2027, 1, 1)), 8)

    def test_only_managers_change_rules(self):
        rule = self.env.ref("invoice_tax_service.tax_rule_farm_rate_2026")
        with self.assertRaises(AccessError):
            rule.with_user(self.clerk).value = 1

    def test_elements_are_codes(self):
        rule = self.env.ref("invoice_tax_service.credit_rule_farm")
        with self.assertRaisesRegex(ValidationError, "two digits"):
            rule.elements = "12,x"

    def test_uses_by_type_element_and_date(self):
        allowed = {
            use: self.env["invoice.tax.credit.rule"]._get_allowed(use)
            for use in ("deduct", "exclude", "refund", "passenger")
        }
        day, before = TODAY, datetime.date(2025, 12, 31)
        for use, code, element, date, answer in (
            ("deduct", "81", "", day, True),
            ("refund", "81", "", day, True),
            ("refund", "03", "", day, False),
            ("deduct", "82", "", day, False),
            ("deduct", "82", "12", day, True),
            ("exclude", "82", "08", day, True),
            ("deduct", "82", "09", before, False),
            ("passenger", "82", "09", before, True),
            ("passenger", "82", "09", day, False),
            ("passenger", "51", "", day, True),
            ("deduct", "86", "", day, False),
        ):
            with self.subTest(use=use, code=code, element=element, date=date):
                self.assertIs(allowed[use](code, element, date), answer)

    # === VECTORS 6.4 === #

    def test_vector_6_4_M1_M4_vat_of_a_net_amount(self):
        self.assertEqual(get_vat(money("9962.26"), 6), money("597.74"))
        self.assertEqual(money("9962.26") + money("597.74"), money("10560.00"))
        self.assertEqual(get_vat(money("978.22"), 1), money("9.78"))
        self.assertEqual(money("978.22") + money("9.78"), money("988.00"))

    def test_vector_6_4_M2_M3_sums_of_lines(self):
        self.assertEqual(money("36.86") + money("1.11"), money("37.97"))
        net = money("30.75") + money("-9.52")
        vat = money("0.92") + money("-0.29")
        self.assertEqual(
            (net, vat, net + vat), (money("21.23"), money("0.63"), money("21.86"))
        )

    def test_vector_6_4_M5_rail_ticket(self):
        rate = self.value("passenger_electronic_rate")
        vat = get_passenger_vat(money("41.00"), money("0.00"), rate)
        self.assertEqual((vat, money("41.00") - vat), (money("3.39"), money("37.61")))
        self.assertEqual(
            get_passenger_vat(money("41.00"), money("3.38"), rate), money("3.38")
        )

    def test_vector_6_4_M6_road_ticket(self):
        rate = self.value("passenger_other_rate")
        self.assertEqual(
            get_passenger_vat(money("103.00"), money("0.00"), rate), money("3.00")
        )

    def test_vector_6_4_M7_bridge_toll(self):
        rate = self.value("bridge_toll_rate")
        self.assertEqual(split_gross(money("105.00"), rate)[1], money("5.00"))

    def test_vector_6_4_M8_farm_purchase(self):
        rate = self.value("farm_rate")
        for method, expected in (
            ("own", "900.00"),
            ("bought", "0.00"),
            ("mixed", "360.00"),
            ("face_amount", "900.00"),
            ("face_tax", "12.00"),
        ):
            with self.subTest(method=method):
                vat = get_farm_vat(
                    method, money("10000.00"), money("12.00"), money("4000.00"), rate
                )
                self.assertEqual(vat, money(expected))

    def test_vector_6_4_M9_farm_special_invoice_of_a_small_scale_taxpayer(self):
        rate = self.value("farm_rate")
        amount, face = money("10000.00"), money("300.00")
        self.assertEqual(
            get_farm_vat("face_amount", amount, face, None, rate), money("900.00")
        )
        self.assertEqual(get_farm_vat("face_tax", amount, face, None, rate), face)

    def test_vector_6_4_M10_M11_net_of_a_gross_amount(self):
        self.assertEqual(
            split_gross(money("113000.00"), 13), (money("100000.00"), money("13000.00"))
        )
        self.assertEqual(
            split_gross(money("9540.00"), 6), (money("9000.00"), money("540.00"))
        )

    def test_vector_6_4_M13_foreign_currency(self):
        dollar = self.env.ref("base.USD")
        yuan = self.env.ref("base.CNY")
        company = self.env["res.company"].create(
            {"name": "Yuan", "currency_id": yuan.id}
        )
        self.env["res.currency.rate"].create(
            {
                "currency_id": dollar.id,
                "company_id": company.id,
                "name": TODAY,
                "inverse_company_rate": 7.1234,
            }
        )
        amount = dollar._convert(1000.0, yuan, company, TODAY)
        self.assertEqual(to_decimal(amount), money("7123.40"))


# Purpose by type (domain dictionary 4.1): types, element, deduct, exclude, refund.
MATRIX = (
    ("01 08 81 85", "", True, True, True),
    ("03 83 87", "", True, True, False),
    ("14 8208", "", True, True, False),
    ("17", "", True, True, True),
    ("30", "", True, True, False),
    ("51 61", "", True, True, False),
    ("04 10 82", "12", True, True, False),
    ("04 10 82", "16", True, True, False),
    ("04 10 82", "20", True, True, False),
    ("04 10 82", "08", True, True, False),
    ("10 82", "09", False, True, False),
    ("04 10 11 82 15 84 86 88", "", False, False, False),
    ("9999", "", False, False, False),
)


class TestMatrix(TaxServiceCase):
    """Which types are open to which purpose, as the planning decides."""

    def test_row_O10_purpose_by_type(self):
        month = self.taxpayer._get_month()
        for types, element, *allowed in MATRIX:
            for type_code in types.split():
                invoice = self.add_invoices(1, type_code=type_code, element=element)
                for purpose, is_allowed in zip(
                    ("deduct", "exclude", "refund"), allowed, strict=True
                ):
                    [row] = self.operations()._plan_selection(
                        self.taxpayer,
                        purpose,
                        month if purpose == "refund" else PERIOD,
                        invoice._get_wishes(reason="1"),
                    )
                    with self.subTest(type_code, element=element, purpose=purpose):
                        self.assertEqual(
                            row.refusal, "" if is_allowed else "type_not_supported"
                        )

    def test_row_O10_passenger_until_2025(self):
        for day, refusal in (
            (datetime.date(2025, 12, 31), ""),
            (datetime.date(2026, 1, 1), "type_not_supported"),
        ):
            invoice = self.add_invoices(1, type_code="82", element="09", issue_date=day)
            [row] = self.operations()._plan_selection(
                self.taxpayer, "passenger", PERIOD, invoice._get_wishes()
            )
            self.assertEqual(row.refusal, refusal, day)

    def test_row_C7_each_type_has_its_row(self):
        for type_code, row in (("30", "withholding"), ("8208", "toll")):
            invoice = self.add_invoices(1, type_code=type_code)
            self.assertTrue(invoice.type_id.is_known)
            self.assertEqual(invoice._get_table_row(), row)

    def test_row_C5_advice_leads_to_the_rules(self):
        """What decides is named, and is where the advice says."""
        self.env["res.lang"]._activate_lang("zh_CN")
        menu = self.env.ref("invoice_tax_service.menu_credit_rule")
        for lang in ("en_US", "zh_CN"):
            env = self.env(context={"lang": lang})
            self.assertIn(
                menu.with_env(env).name, get_advice(env, "type_not_supported")
            )
        rule = self.env.ref("invoice_tax_service.credit_rule_motor")
        invoice = self.add_invoices(1, type_code="03")
        self.assertTrue(invoice.is_selectable)
        rule.may_deduct = False
        invoice.invalidate_recordset()
        self.assertFalse(invoice.is_selectable)
