from datetime import date
from decimal import Decimal

from .fake_bureau import PERIOD
from .test_comparison import ComparisonCase


class TestMended(ComparisonCase):
    """Each kind of difference is found, and after its one button the page agrees."""

    def test_row_C16_each_difference_mended_missing_in_odoo(self):
        self.book(self.add_selected(1))
        number = self.next_number()
        self.bureau.add_invoice(
            self.taxpayer.tax_number,
            number,
            selection="selected",
            purpose="exclude",
            reason="3",
            period=PERIOD,
        )
        self.read_table()
        line = self.assertDiffers(
            "missing_in_odoo", "fetch", lacking="odoo", block="exclude", bureau_vat=13
        )
        self.press(line)
        self.dispatch()
        self.assertTrue(
            self.env["invoice.tax.input.invoice"].search([("number", "=", number)])
        )
        # What has come is not booked yet.
        line = self.assertDiffers("no_bill", "make_bill", lacking="books")
        self.press(line)
        self.post_made()
        self.assertAgrees()

    def post_made(self):
        self.env["account.move"].with_user(self.mender).search(
            [("state", "=", "draft"), ("company_id", "=", self.company.id)]
        ).action_post()

    def test_row_C16_each_difference_mended_table_stale(self):
        self.book(self.add_selected(1))
        self.read_table()
        # Selected elsewhere, after the bureau has built its table.
        self.book(self.add_selected(1))
        line = self.assertDiffers("table_stale", "rebuild", lacking="bureau")
        self.assertEqual((line.bureau_vat, line.own_vat), (13, 26))
        self.press(line)
        self.dispatch()
        line = self.assertDiffers("table_missing", "build")
        self.press(line)
        self.dispatch()
        page = self.assertAgrees()
        self.assertEqual(self.figure(page, "deduct", "count"), (2, 2, 2))

    def test_row_C16_each_difference_mended_table_stale_and_signed(self):
        """A signed table is not revoked by one click: Odoo reads once more."""
        self.book(self.add_selected(1))
        self.read_table("05")
        self.book(self.add_selected(1))
        self.assertDiffers("table_stale", "fetch")

    def test_row_C16_each_difference_mended_no_bill(self):
        [invoice] = self.add_selected(1)
        self.read_table()
        line = self.assertDiffers("no_bill", "make_bill", own_vat=13, lacking="books")
        action = self.press(line)
        self.assertEqual(action["res_model"], "account.move")
        line = self.assertDiffers("bill_draft", "open_bill", lacking="books")
        action = self.press(line)
        bill = self.env["account.move"].with_user(self.mender).browse(action["res_id"])
        self.assertEqual(bill, self.pool(invoice, self.mender).bill_id)
        bill.action_post()
        self.assertAgrees()

    def test_row_C16_each_difference_mended_no_bill_of_an_unsound_invoice(self):
        self.add_selected(1, status="out_of_control")
        self.read_table()
        line = self.assertDiffers("no_bill", "open_invoice")
        self.assertEqual(self.press(line)["res_id"], line.input_invoice_id.id)

    def test_row_C16_each_difference_mended_bill_suggested(self):
        [invoice] = self.add_selected(1)
        self.read_table()
        bill = self.bill(post=True, invoice_date="2026-10-01", date="2026-10-01")
        line = self.assertDiffers("bill_suggested", "confirm_bill", bill_id=bill)
        self.press(line)
        self.assertEqual(bill.input_invoice_number, invoice.number)
        self.assertAgrees()

    def assertPairRefused(self, line):
        page = line.comparison_id
        action = self.press(line)
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn("Nothing was confirmed", action["params"]["message"])
        # The page shows what is suggested now.
        self.env.invalidate_all()
        self.assertFalse(line.exists())
        return page.line_ids.filtered(lambda one: one.mend == "confirm_bill")

    def test_row_C16_yes_this_one_is_the_bill_of_the_line(self):
        [invoice] = self.add_selected(1, issue_date=date(2026, 10, 5))
        self.read_table()
        shown = self.bill(post=True, invoice_date="2026-10-01", date="2026-10-01")
        line = self.assertDiffers("bill_suggested", "confirm_bill", bill_id=shown)
        nearer = self.bill(post=True, invoice_date="2026-10-04", date="2026-10-04")
        self.env.invalidate_all()
        anew = self.assertPairRefused(line)
        self.assertFalse((shown | nearer).filtered("input_invoice_number"))
        line = anew.filtered(lambda one: one.kind == "bill_suggested")
        self.assertEqual(line.bill_id, nearer)
        self.press(line)
        self.assertEqual(nearer.input_invoice_number, invoice.number)
        self.assertFalse(shown.input_invoice_number)

    def test_row_C16_yes_this_one_is_the_invoice_of_the_line(self):
        bill = self.bill(post=True, invoice_date="2026-10-05", date="2026-10-05")
        [shown] = self.add_invoices(1, issue_date=date(2026, 10, 1))
        line = self.assertDiffers("bill_unlinked", "confirm_bill", bill_id=bill)
        self.assertEqual(line.input_invoice_id, shown)
        [nearer] = self.add_invoices(1, issue_date=date(2026, 10, 4))
        self.env.invalidate_all()
        line = self.assertPairRefused(line)
        self.assertFalse(bill.input_invoice_number)
        self.assertEqual(line.input_invoice_id, nearer)
        self.press(line)
        self.assertEqual(bill.input_invoice_number, nearer.number)

    def test_row_C16_each_difference_mended_bill_reversed(self):
        invoices = self.add_selected(1)
        bill = self.book(invoices)
        self.read_table()
        day = {"date": "2026-10-20", "invoice_date": "2026-10-20"}
        bill._reverse_moves([day], cancel=True)
        line = self.assertDiffers("bill_reversed", "open_bill", bill_id=bill)
        self.assertEqual(self.press(line)["res_id"], bill.id)
        # What was reversed is taken off the bill, which books it no more.
        bill.input_invoice_number = False
        line = self.assertDiffers("no_bill", "make_bill")
        self.press(line)
        self.post_made()
        self.assertAgrees()

    def test_row_C16_each_difference_mended_amounts_differ(self):
        [invoice] = self.add_selected(1)
        bill = self.bill(101, post=True, input_invoice_number=invoice.number)
        self.read_table()
        line = self.assertDiffers(
            "amounts_differ",
            "open_bill",
            own_vat=13,
            books_vat=13.13,
            gross_difference=1.13,
            lacking=False,
        )
        self.assertEqual(line.action_open_invoice()["res_id"], invoice.id)
        self.assertEqual(self.press(line)["res_id"], bill.id)
        bill.button_draft()
        bill.invoice_line_ids.price_unit = 100
        bill.action_post()
        self.assertAgrees()

    def test_row_C16_amounts_of_a_bill_that_books_what_is_credited(self):
        """Farm products and tickets: the VAT on the bill may be what is credited."""
        [invoice] = self.add_selected(
            1, vat_amount=0, gross_amount=Decimal(100), creditable_vat=Decimal(9)
        )
        bill = self.bill_with_credit(invoice)
        bill.action_post()
        self.assertEqual((bill.amount_total, bill.amount_tax), (100, 9))
        self.read_table()
        page = self.assertAgrees()
        self.assertEqual(
            self.figure(page, "deduct", "bill_vat"), (None, "9.00", "9.00")
        )

    def test_row_C16_each_difference_mended_booked_and_not_selected(self):
        invoices = self.add_invoices(1)
        self.book(invoices)
        line = self.assertDiffers(
            "not_selected", "deduct", lacking="bureau", own_vat=13, books_vat=13
        )
        self.assertEqual(line.comparison_id.verdict, "agreed", "it is only open")
        action = self.press(line)
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.mender)
            .browse(action["res_id"])
        )
        wizard.action_submit()
        self.dispatch()
        self.assertStands(invoices, "selected", "deduct")
        self.read_table()
        self.assertFalse(self.assertAgrees().line_ids)

    def test_row_C16_bill_of_a_later_month_is_not_of_this_one(self):
        [invoice] = self.add_invoices(1)
        self.bill(
            post=True,
            input_invoice_number=invoice.number,
            invoice_date="2026-11-02",
            date="2026-11-02",
        )
        self.assertFalse(self.assertAgrees().line_ids)

    def test_row_C16_each_difference_mended_bill_of_an_unknown_invoice(self):
        number = self.next_number()
        bill = self.bill(post=True, input_invoice_number=number)
        line = self.assertDiffers(
            "bill_unknown",
            "fetch",
            lacking="odoo",
            bill_id=bill,
            books_vat=13,
            name=f"{bill.name} {number}",
        )
        self.bureau.add_invoice(
            self.taxpayer.tax_number,
            number,
            selection="selected",
            purpose="deduct",
            period=PERIOD,
        )
        self.press(line)
        self.dispatch()
        self.read_table()
        page = self.assertAgrees()
        self.assertEqual(self.figure(page, "deduct", "count"), (1, 1, 1))

    def test_row_C16_each_difference_mended_bill_without_tax_invoice(self):
        bill = self.bill(post=True)
        line = self.assertDiffers(
            "bill_unlinked", "open_bill", lacking="odoo", name=bill.name
        )
        self.assertEqual(self.press(line)["res_id"], bill.id)
        # An invoice that looks like it has come, and is not selected.
        [invoice] = self.add_invoices(1, issue_date=date(2026, 10, 1))
        line = self.assertDiffers("bill_unlinked", "confirm_bill")
        self.assertEqual(line.input_invoice_id, invoice)
        self.press(line)
        self.assertEqual(bill.input_invoice_number, invoice.number)
        self.assertDiffers("not_selected", "deduct")

    def test_row_C16_each_difference_mended_refund(self):
        month = self.taxpayer._get_month()
        period = self.env["invoice.tax.period"]._get_or_create(self.taxpayer, month)
        self.period = period
        invoices = self.add_invoices(
            2, selection="selected", purpose="refund", period=month
        )
        self.book(invoices)
        line = self.assertDiffers(
            "refund_unconfirmed", "confirm_refund", own_vat=26, lacking="bureau"
        )
        action = self.press(line)
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.mender)
            .browse(action["res_id"])
        )
        wizard.action_confirm()
        self.dispatch()
        page = self.assertAgrees()
        self.assertEqual(self.figure(page, "refund", "count"), (2, 2, 2))
        self.assertEqual(self.figure(page, "refund", "vat"), ("26.00", "26.00", None))
