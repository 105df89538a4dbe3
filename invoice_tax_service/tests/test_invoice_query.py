from lxml import etree

from .common import TaxServiceCase
from .fake_bureau import PERIOD


class TestInvoiceQuery(TaxServiceCase):
    """One invoice by its whole number, with all that has become of it."""

    def _query(self, user=None, **values):
        wizard = (
            self.env["invoice.tax.invoice.query"]
            .with_user(user or self.clerk)
            .create(values)
        )
        return wizard, wizard.action_query()

    def assertOpened(self, invoice, **values):
        _wizard, action = self._query(**values)
        self.assertEqual(action["res_model"], "invoice.tax.input.invoice")
        self.assertEqual(action["res_id"], invoice.id)
        self.assertEqual(action["views"][0][1], "form")

    def test_row_C12_by_number_or_code_and_number(self):
        data = self.bureau.add_invoice(
            self.taxpayer.tax_number, "02630221", code="4403192130", type_code="01"
        )
        paper, digital = self.merge([data]), self.add_invoices(1)
        self.assertOpened(digital, number=digital.number)
        self.assertOpened(digital, number=f" {digital.number[:4]} {digital.number[4:]}")
        self.assertOpened(paper, code="4403192130", number="02630221")
        self.assertOpened(
            paper, taxpayer_id=self.taxpayer.id, code="4403192130", number="02630221"
        )

    def test_row_C12_wrong_input_is_named(self):
        for code, values in (
            ("search_number", {"number": "123"}),
            ("search_number", {"number": "2644200000000000000X"}),
            ("search_code", {"number": "02630221"}),
            ("search_code", {"number": "02630221", "code": "440319213"}),
        ):
            with self.assertRefused(code):
                self._query(**values)

    def test_row_C12_unknown_number_is_said_and_can_be_fetched(self):
        number = "26442000000099999999"
        wizard, action = self._query(number=number)
        self.assertEqual(action["res_id"], wizard.id, "the page has gone")
        self.assertTrue(wizard.is_unknown)
        self.assertIn(number, wizard.answer)
        with self.assertRefused("taxpayer_missing"):
            wizard.action_fetch()
        wizard.taxpayer_id = self.taxpayer
        self.bureau.add_invoice(self.taxpayer.tax_number, number)
        wizard.action_fetch()
        self.dispatch()
        found = self.env["invoice.tax.input.invoice"].search([("number", "=", number)])
        self.assertOpened(found, number=number)
        wizard, _action = self._query(number="26442000000099999998")
        self.assertIn("last read", wizard.answer)

    def test_row_C12_invoices_of_other_companies_stay_theirs(self):
        invoice = self.add_invoices(1)
        wizard, _action = self._query(self.stranger, number=invoice.number)
        self.assertTrue(wizard.is_unknown)

    def test_row_C12_full_story(self):
        invoice, other = self.add_invoices(2)
        self.bureau.results[other.number] = "abnormal"
        first = self.submit("deduct", invoice | other)
        self.dispatch()
        revoked = self.submit("deduct_revoke", invoice)
        self.dispatch()
        second = self.submit("deduct", invoice)
        self.dispatch()
        self.submit_table("statistics")
        self.dispatch()
        self.submit_table("sign")
        self.dispatch()
        story = invoice.with_user(self.viewer)
        lines = story.operation_line_ids.sorted("id")
        self.assertEqual(lines.operation_id, first | revoked | second)
        self.assertEqual(lines.mapped("state"), ["success"] * 3)
        self.assertEqual(lines.user_id, self.clerk)
        self.assertEqual(set(lines.mapped("origin")), {"manual"})
        self.assertTrue(all(lines.mapped("answered_at")))
        self.assertEqual(story.confirmation_ids.mapped("state"), ["signed"])
        self.assertEqual(
            story.statistics_line_ids.mapped(lambda line: (line.block, line.row)),
            [("deduct", "special")],
        )
        self.assertFalse(story.has_late_answer)
        [line] = other.operation_line_ids
        self.assertEqual(line.state, "failed")
        self.assertTrue(line.result_text and line.advice)

    def test_row_C12_late_answer_stands_in_the_story(self):
        invoice = self.add_invoices(1)
        batch = self.submit("deduct", invoice)
        self.step()
        batch.action_void()
        self.assertFalse(invoice.has_late_answer)
        self.pass_time(600)
        self.dispatch()
        self.env.invalidate_all()
        self.assertTrue(batch.has_late_answer)
        self.assertTrue(invoice.with_user(self.viewer).has_late_answer)
        self.assertEqual(invoice.operation_line_ids.mapped("has_late_answer"), [True])

    def test_row_C12_page_tells_the_whole_story(self):
        view = self.env["invoice.tax.input.invoice"].with_user(self.viewer)
        arch = etree.fromstring(view.get_view(view_type="form")["arch"])
        pages = arch.xpath("//page/@name")
        self.assertEqual(pages, ["story", "confirmations", "bills"])
        shown = set(arch.xpath("//field[@name='operation_line_ids']//field/@name"))
        self.assertLessEqual(
            {
                *("create_date", "batch_number", "operation_type", "user_id"),
                *("state", "result_text", "advice", "raw_text", "has_late_answer"),
            },
            shown,
        )


class TestDeductionStatistics(TaxServiceCase):
    """What is deducted, not deducted and abnormal, by period and way."""

    def test_row_C11_pivot_by_period_kind_and_way(self):
        pool = self.env["invoice.tax.input.invoice"].with_user(self.viewer)
        arch = etree.fromstring(pool.get_view(view_type="pivot")["arch"])
        self.assertEqual(arch.get("display_quantity"), "1")
        by_type = {
            kind: arch.xpath(f"//field[@type='{kind}']/@name")
            for kind in ("row", "col", "measure")
        }
        self.assertEqual(
            by_type,
            {
                "row": ["period", "type_id"],
                "col": ["purpose", "selection"],
                "measure": ["net_amount", "creditable_vat"],
            },
        )
        self.add_invoices(2, selection="selected", purpose="deduct", period=PERIOD)
        self.add_invoices(1, selection="selected", purpose="exclude", period=PERIOD)
        rows = pool._read_group(
            [("period", "!=", False)],
            ["period", "purpose"],
            ["__count", "net_amount:sum", "creditable_vat:sum"],
        )
        self.assertEqual(
            rows, [(PERIOD, "deduct", 2, 200, 26), (PERIOD, "exclude", 1, 100, 13)]
        )

    def test_row_C11_abnormal_list_shows_what_to_transfer_out(self):
        values = {"selection": "confirmed", "purpose": "deduct", "period": PERIOD}
        sound = self.add_invoices(1, **values)
        bad = self.add_invoices(1, status="out_of_control", raw_status="1", **values)
        never = self.add_invoices(1, status="voided", raw_status="2")
        self.assertEqual(
            (sound | bad | never).mapped("vat_to_transfer"), [0.0, 13.0, 0.0]
        )
        view = self.env.ref(
            "invoice_tax_service.invoice_tax_input_invoice_view_list_abnormal"
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_tax_service.invoice_tax_input_invoice_action_abnormal"
        )
        self.assertEqual(action["views"][0], (view.id, "list"))
        self.assertIn("vat_to_transfer", view.arch)

    def test_row_C3_count_and_vat_by_way(self):
        period = self.taxpayer.current_period_id
        self.add_invoices(2, selection="selected", purpose="deduct", period=PERIOD)
        self.add_invoices(1, selection="confirmed", purpose="deduct", period=PERIOD)
        self.add_invoices(3, selection="selected", purpose="exclude", period=PERIOD)
        self.env.cr.execute(
            "UPDATE invoice_tax_input_invoice SET purpose = 'refund'"
            " WHERE id = (SELECT MAX(id) FROM invoice_tax_input_invoice)"
        )
        self.env.invalidate_all()
        self.assertRecordValues(
            period,
            [
                {
                    "selected_count": 3,
                    "selected_vat": 39.0,
                    "confirmed_count": 1,
                    "confirmed_vat": 13.0,
                    "excluded_count": 2,
                    "excluded_vat": 26.0,
                    "refund_count": 1,
                    "refund_vat": 13.0,
                }
            ],
        )

    def test_row_C3_sums_cost_one_statement_for_all_cards(self):
        periods = self.env["invoice.tax.period"].search([])
        self.assertGreater(len(periods), 1)
        periods.mapped("taxpayer_id.name")
        self.env.flush_all()
        with self.assertQueryCount(1):
            periods._fetch_sums()
