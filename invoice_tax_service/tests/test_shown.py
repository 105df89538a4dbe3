import base64

from .common import OWN, TaxServiceCase, money
from .fake_bureau import PERIOD
from .workbooks import xlsx

NEXT = "202611"


class ShownCase(TaxServiceCase):
    """What is sent is what was shown."""

    def page(self, action):
        return (
            self.env[action["res_model"]].with_user(self.clerk).browse(action["res_id"])
        )

    def batches(self, operation_type):
        return self.operations().search([("operation_type", "=", operation_type)])

    def assertAskedAgain(self, answer, page):
        """The page came again, with a word on why, and nothing was sent."""
        self.assertEqual(answer["res_model"], page._name)
        self.assertEqual(answer["res_id"], page.id)
        self.assertTrue(page.has_moved, "it asks again without a word")

    def move_to_next_period(self):
        self.open_period(period=NEXT, next_period="202612")


class TestRefundShown(ShownCase):
    """A refund confirmation, which nothing takes back, takes in what was shown."""

    def setUp(self):
        super().setUp()
        self.month = self.taxpayer._get_month()

    def select(self, invoices):
        operations = self.operations()
        rows = operations._plan_selection(
            self.taxpayer, "refund", self.month, invoices._get_wishes()
        )
        return operations._submit_selection(
            self.taxpayer, "refund", self.month, rows, "manual"
        )

    def selected(self, count):
        invoices = self.add_invoices(count)
        self.select(invoices)
        self.dispatch()
        return invoices

    def confirmed(self):
        return [one.operation_type for one in self.bureau.submissions].count(
            "refund_sign"
        )

    def test_row_O10_refund_sign_not_while_selections_are_open(self):
        self.selected(1)
        open_batch = self.select(self.add_invoices(1))
        with self.assertRefused("refund_open"):
            self.taxpayer.action_confirm_refund()
        with self.assertRefused("refund_open"):
            self.operations().submit_batch(OWN, "refund_sign", self.month, "R-1")
        self.dispatch()
        self.assertEqual(open_batch.state, "success")
        page = self.page(self.taxpayer.action_confirm_refund())
        self.assertEqual(page.invoice_count, 2)
        # Submitted between the look and the click.
        self.select(self.add_invoices(1))
        with self.assertRefused("refund_open"):
            page.action_confirm()

    def test_row_O10_refund_sign_asks_again_when_the_sums_moved(self):
        self.selected(2)
        page = self.page(self.taxpayer.action_confirm_refund())
        self.selected(1)
        self.assertEqual((page.invoice_count, page.vat_amount), (2, 26.0))
        self.assertAskedAgain(page.action_confirm(), page)
        self.assertFalse(self.batches("refund_sign"))
        self.assertEqual((page.invoice_count, page.vat_amount), (3, 39.0))
        page.action_confirm()
        self.dispatch()
        self.assertEqual(self.batches("refund_sign").state, "success")

    def test_row_O10_refund_sign_is_compared_before_it_is_sent(self):
        self.selected(2)
        self.page(self.taxpayer.action_confirm_refund()).action_confirm()
        batch = self.batches("refund_sign")
        # Selected at the bureau itself, and read before the batch goes out.
        invoice = self.add_invoices(1)
        self.merge(
            [
                self.bureau.change(
                    OWN,
                    invoice.number,
                    selection="selected",
                    purpose="refund",
                    period=self.month,
                )
            ]
        )
        self.dispatch()
        self.assertEqual((batch.state, batch.result_code), ("failed", "sums_moved"))
        self.assertTrue(batch.description and batch.advice)
        self.assertFalse(self.confirmed(), "more was confirmed than was shown")

    def test_row_O10_O13_refund_sign_by_program_is_compared_too(self):
        self.selected(1)
        operations = self.operations()
        operations.submit_batch(OWN, "refund_sign", self.month, "R-1")
        [invoice] = self.taxpayer.env["invoice.tax.input.invoice"].search(
            [("purpose", "=", "refund")]
        )
        invoice.sudo().vat_amount = 12.0
        self.dispatch()
        batch = self.batches("refund_sign")
        self.assertEqual((batch.state, batch.result_code), ("failed", "sums_moved"))
        self.assertFalse(self.confirmed())

    def test_row_O10_refund_sign_of_another_month_or_of_nothing(self):
        invoices = self.selected(1)
        page = self.page(self.taxpayer.action_confirm_refund())
        page.sudo().period = "202601"
        with self.assertRefused("refund_month"):
            page.action_confirm()
        invoices.sudo().write({"selection": "unselected", "purpose": False})
        for ask in (
            self.taxpayer.action_confirm_refund,
            lambda: self.operations().submit_batch(
                OWN, "refund_sign", self.month, "R-1"
            ),
        ):
            with self.assertRefused("nothing_refunded"):
                ask()


class TestPeriodShown(ShownCase):
    """A page sends for the tax period that it showed."""

    def test_row_C4_C10_period_moved_while_the_page_was_open(self):
        page = self.page(self.add_invoices(1).action_deduct())
        self.assertEqual(page.period, PERIOD)
        self.move_to_next_period()
        page.invalidate_recordset()
        self.assertEqual(page.period, PERIOD, "it shows another one now")
        with self.assertRefused("period_not_open"):
            page.action_submit()

    def test_row_C6_C10_period_moved_after_the_check_of_the_workbook(self):
        content = xlsx((self.add_invoices(1).number, None, None, None, "是"))
        page = (
            self.env["invoice.tax.import.wizard"]
            .with_user(self.clerk)
            .create(
                {
                    "taxpayer_id": self.taxpayer.id,
                    "workbook": base64.b64encode(content),
                    "filename": "勾选.xlsx",
                }
            )
        )
        page.action_check()
        self.assertEqual(page.period, PERIOD)
        self.move_to_next_period()
        page.invalidate_recordset()
        self.assertEqual(page.period, PERIOD)
        with self.assertRefused("period_not_open"):
            page.action_submit()
        page.action_check()
        page.action_submit()
        self.assertEqual(self.batches("deduct").period, NEXT)


class TestTableShown(ShownCase):
    """A signature is on the table that was shown."""

    def setUp(self):
        super().setUp()
        self.period = self.taxpayer.current_period_id
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        self.do("statistics")

    def do(self, operation_type):
        self.submit_table(operation_type)
        self.dispatch()
        self.pass_time(5)
        self.dispatch()

    def build_anew(self):
        self.do("statistics_revoke")
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        self.do("statistics")

    def signed(self):
        return "sign" in [one.operation_type for one in self.bureau.submissions]

    def test_row_C8_table_was_built_anew_while_the_page_was_open(self):
        page = self.page(self.period.action_sign())
        self.build_anew()
        self.assertAskedAgain(page.action_sign(), page)
        self.assertFalse(self.batches("sign"))
        page.action_sign()
        self.dispatch()
        self.assertEqual(self.batches("sign").state, "success")
        self.assertEqual(money(self.period.confirmed_vat), money(26))

    def test_row_C8_table_of_another_time_is_another_table(self):
        page = self.page(self.period.action_sign())
        table = self.period.statistics_id.sudo()
        table.built_at = self.now
        self.assertAskedAgain(page.action_sign(), page)

    def test_row_C8_table_is_compared_before_it_is_sent(self):
        page = self.page(self.period.action_sign())
        page.action_sign()
        self.period.statistics_id.sudo().line_ids[0].vat_amount = 999
        self.dispatch()
        batch = self.batches("sign")
        self.assertEqual((batch.state, batch.result_code), ("failed", "sums_moved"))
        self.assertFalse(self.signed())


class TestCertifyShown(ShownCase):
    """Batch certification signs all of the period: the sums that were shown."""

    def sent(self):
        return [one.operation_type for one in self.bureau.submissions]

    def test_row_O10_certify_asks_again_when_more_is_selected(self):
        page = self.page(self.add_invoices(1).action_certify())
        self.assertEqual((page.signed_count, page.signed_vat), (1, 13.0))
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        self.assertAskedAgain(page.action_submit(), page)
        self.assertFalse(self.batches("certify"))
        self.assertEqual((page.signed_count, page.signed_vat), (2, 26.0))
        page.action_submit()
        self.dispatch()
        self.assertEqual(self.batches("certify").state, "success")

    def test_row_O10_certify_what_was_open_when_it_was_shown(self):
        self.submit("deduct", self.add_invoices(1))
        page = self.page(self.add_invoices(1).action_certify())
        page.action_submit()
        self.dispatch()
        batch = self.batches("certify")
        self.assertEqual((batch.state, batch.result_code), ("failed", "sums_moved"))
        self.assertEqual(self.sent(), ["deduct"])

    def test_row_O10_certify_is_compared_before_each_step(self):
        page = self.page(self.add_invoices(2).action_certify())
        page.action_submit()
        self.step(2)
        batch = self.batches("certify")
        self.assertEqual(batch.next_step, "statistics")
        invoice = self.add_invoices(1)
        self.merge(
            [
                self.bureau.change(
                    OWN,
                    invoice.number,
                    selection="selected",
                    purpose="deduct",
                    period=PERIOD,
                )
            ]
        )
        self.dispatch()
        self.assertEqual((batch.state, batch.result_code), ("failed", "sums_moved"))
        self.assertIn("not built", batch.description)
        self.assertEqual(self.sent(), ["deduct"])
