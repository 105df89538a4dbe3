import datetime

from lxml import etree

from odoo.tools.safe_eval import safe_eval

from .common import TaxServiceCase
from .fake_bureau import PERIOD

SELLER = "91310115MA1TE5T02F"


class TestPoolSearch(TaxServiceCase):
    """The page of selection is searched as the manual has it (001, 1.6): whole values
    only, and what no invoice can have is refused with the name of the field."""

    def setUp(self):
        super().setUp()
        data = self.bureau.add_invoice(
            self.taxpayer.tax_number,
            "02630221",
            code="4403192130",
            type_code="01",
            seller_tax_number="110105123456789",
        )
        self.paper = self.merge([data])
        self.digital = self.add_invoices(2)
        self.pool = self.env["invoice.tax.input.invoice"].with_user(self.clerk)
        self.arch = etree.fromstring(self.pool.get_view(view_type="search")["arch"])

    def _find(self, field, text):
        [domain] = self.arch.xpath(f"/search/field[@name='{field}']/@filter_domain")
        return self.pool.search(safe_eval(domain, {"self": text}))

    def _filter(self, *names):
        domain = []
        for name in names:
            [node] = self.arch.xpath(f"//filter[@name='{name}']")
            domain += safe_eval(node.get("domain"))
        return self.pool.search(domain)

    def test_row_C4_whole_values_are_found(self):
        self.assertEqual(self._find("searched_code", "4403192130"), self.paper)
        self.assertFalse(self._find("searched_code", "440319213012"))
        self.assertEqual(self._find("searched_number", " 02630221 "), self.paper)
        one = self.digital[0]
        self.assertEqual(self._find("searched_digital_number", one.number), one)
        for typed in (SELLER, SELLER.lower(), f" {SELLER[:9]} {SELLER[9:]}"):
            self.assertEqual(
                self._find("searched_seller_tax_number", typed), self.digital, typed
            )
        self.assertEqual(
            self._find("searched_seller_tax_number", "110105123456789"), self.paper
        )

    def test_row_C4_wrong_input_is_named_per_field(self):
        for field, code, texts in (
            (
                "searched_code",
                "search_code",
                ("440319213", "44031921301", "44031A2130"),
            ),
            ("searched_number", "search_number", ("0263022", self.digital[0].number)),
            (
                "searched_digital_number",
                "search_digital_number",
                ("02630221", self.digital[0].number[:19]),
            ),
            (
                "searched_seller_tax_number",
                "search_seller_tax_number",
                (SELLER[:14], SELLER[:16], f"{SELLER}1", f"{SELLER[:17]}-"),
            ),
        ):
            for text in texts:
                with self.assertRefused(code) as refusal:
                    self._find(field, text)
                self.assertIn(text, refusal.sentence)
                self.assertIn(str(len(text)), refusal.sentence)

    def test_row_C4_certification_and_selection(self):
        selected = self.add_invoices(
            1, selection="selected", purpose="deduct", period=PERIOD
        )
        confirmed = self.add_invoices(
            1, selection="confirmed", purpose="deduct", period=PERIOD
        )
        rest = self.paper | self.digital
        self.assertEqual(self._filter("not_certified"), rest | selected)
        self.assertEqual(self._filter("certified"), confirmed)
        self.assertEqual(self._filter("unselected"), rest)
        self.assertEqual(self._filter("selected"), selected)
        self.assertEqual(confirmed.mapped("is_certified"), [True])

    def test_row_C4_opens_with_what_is_not_selected_and_normal(self):
        voided = self.add_invoices(1, status="voided", raw_status="2")
        action = self.env.ref("invoice_tax_service.invoice_tax_input_invoice_action")
        prefix = "search_default_"
        names = [
            key.removeprefix(prefix)
            for key, value in safe_eval(action.context).items()
            if key.startswith(prefix) and value
        ]
        self.assertEqual(sorted(names), ["issued_lately", "normal", "unselected"])
        found = self._filter(*names)
        self.assertEqual(found, self.paper | self.digital)
        self.assertNotIn(voided, found)

    def test_row_C4_type_and_status_are_fields_of_the_search(self):
        fields = set(self.arch.xpath("/search/field/@name"))
        self.assertLessEqual({"type_id", "status", "selection"}, fields)
        self.assertTrue(self.arch.xpath("//filter[@name='issue_date'][@date]"))

    def test_row_C4_fifty_on_a_page(self):
        arch = etree.fromstring(self.pool.get_view(view_type="list")["arch"])
        self.assertEqual(arch.get("limit"), "50")

    def test_row_C12_not_due_yet(self):
        late = self.add_invoices(1, issue_date=datetime.date(2026, 11, 3))
        self.open_period(issue_date_to=datetime.date(2026, 10, 31))
        self.assertEqual(self._filter("not_due"), late)
        self.assertEqual((late | self.paper).mapped("is_not_due"), [True, False])
        self.assertEqual(
            self.pool.search([("is_not_due", "=", False)]), self.paper | self.digital
        )
        action = self.env.ref(
            "invoice_tax_service.invoice_tax_input_invoice_action_not_due"
        )
        self.assertEqual(self.pool.search(safe_eval(action.domain)), late)
        self.open_period(issue_date_to=datetime.date(2026, 11, 30))
        self.assertFalse(self._filter("not_due"))
