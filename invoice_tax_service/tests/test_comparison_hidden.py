from datetime import date

from .entry_common import EntryCase
from .test_comparison import ComparisonCase


class HiddenCase(ComparisonCase):
    """Bills that a record rule of the house hides from an accountant."""

    def hide(self, bill, **permissions):
        """As an administrator keeps a bill from all but who made it."""
        self.env["ir.rule"].create(
            {
                "name": "机密账单",
                "model_id": self.env["ir.model"]._get_id("account.move"),
                "domain_force": f"['|', ('id', '!=', {bill.id}),"
                " ('create_uid', '=', user.id)]",
                **permissions,
            }
        )


class TestHidden(HiddenCase):
    """Bills that a record rule of the house hides from an accountant, or lets him only
    read: the comparison neither names nor offers them (C16)."""

    def bill_of_day(self, day):
        return self.bill(
            post=True, user=self.bookkeeper, invoice_date=day, date=day
        ).with_user(self.mender)

    def test_row_C16_hidden_bill_is_not_suggested(self):
        [invoice] = self.add_selected(1, issue_date=date(2026, 10, 5))
        self.read_table()
        nearer = self.bill_of_day("2026-10-04")
        other = self.bill_of_day("2026-10-01")
        self.hide(nearer)
        page = self.compare()
        self.assertFalse(page.line_ids.filtered(lambda one: one.bill_id == nearer))
        self.assertNotIn(nearer.sudo().name, page.line_ids.mapped("name"))
        [line] = page.line_ids.filtered(lambda one: one.mend == "confirm_bill")
        self.assertEqual((line.kind, line.bill_id), ("bill_suggested", other))
        self.press(line)
        self.assertEqual(other.input_invoice_number, invoice.number)
        # Whoever may see it is offered the nearer one, as before.
        self.assertFalse(nearer.sudo().input_invoice_number)

    def test_row_C16_hidden_bill_leaves_no_trace(self):
        self.add_selected(1, issue_date=date(2026, 10, 5))
        self.read_table()
        bill = self.bill_of_day("2026-10-04")
        self.assertEqual(self.compare(user=self.bookkeeper).line_ids.bill_id, bill)
        self.hide(bill)
        [line] = self.compare().line_ids
        self.assertEqual((line.kind, line.mend), ("no_bill", "make_bill"))
        self.assertFalse(line.bill_id)
        self.press(line)

    def test_row_C16_hidden_bill_of_an_invoice(self):
        [invoice] = self.add_selected(1)
        self.read_table()
        bill = self.bill(
            101, user=self.bookkeeper, post=True, input_invoice_number=invoice.number
        )
        self.hide(bill)
        [line] = self.compare().line_ids
        self.assertEqual((line.kind, line.mend), ("amounts_differ", "open_invoice"))
        self.assertFalse(line.bill_id or line.books_vat or line.gross_difference)
        self.assertEqual(self.press(line)["res_id"], invoice.id)

    def test_row_C16_bill_that_may_only_be_read_is_opened(self):
        [invoice] = self.add_selected(1, issue_date=date(2026, 10, 5))
        self.read_table()
        bill = self.bill_of_day("2026-10-04")
        self.hide(bill, perm_read=False)
        [line] = self.compare().line_ids
        self.assertEqual((line.kind, line.mend), ("bill_suggested", "open_bill"))
        self.assertEqual(self.press(line)["res_id"], bill.id)
        # One that no invoice of the period lacks is opened, too.
        self.change(invoice, selection="unselected", purpose=None, period="")
        self.read_table("01")
        [line] = self.compare().line_ids
        self.assertEqual((line.kind, line.mend), ("bill_unlinked", "open_bill"))
        self.assertFalse(line.input_invoice_id)


class TestHiddenLate(EntryCase, HiddenCase):
    """A hidden bill that was posted after the entry: what it booked is not told."""

    def test_row_C16_hidden_bill_posted_later(self):
        excluded = self.add_invoices(1)
        self.submit("deduct", self.add_booked(1))
        self.submit("exclude", excluded, reason="3")
        self.sign()
        self.run_cron()
        bill = self.bill(
            user=self.bookkeeper, input_invoice_number=excluded.number, post=True
        )
        [line] = self.compare().line_ids
        self.assertEqual((line.kind, line.bill_id.id), ("bill_late", bill.id))
        self.assertEqual(line.own_vat, 13)
        self.hide(bill)
        [line] = self.compare().line_ids
        self.assertEqual((line.kind, line.mend), ("bill_late", "repost_entry"))
        self.assertEqual(line.input_invoice_id.id, excluded.id)
        self.assertFalse(line.bill_id or line.own_vat or line.books_vat)
