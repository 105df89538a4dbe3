import datetime
from unittest.mock import patch

from lxml import etree

from odoo.exceptions import UserError

from ..exceptions import TaxServicePageError
from .bill_common import TAX_ONLY, BillCase, TwoCompanies

LATER = datetime.date(2026, 11, 3)


class TestMatching(BillCase):
    """An invoice finds its bill where nothing else can be meant; elsewhere it is
    suggested and a person says so."""

    def assertMatched(self, bill, invoice):
        self.env.invalidate_all()
        self.assertEqual(bill.with_user(self.viewer).tax_input_invoice_id, invoice)
        self.assertEqual(self.pool(invoice, self.viewer).bill_id, bill)

    def assertSuggested(self, invoice, bill):
        self.env.invalidate_all()
        self.assertFalse(self.pool(invoice).bill_id)
        self.assertEqual(self.pool(invoice).suggested_bill_id, bill)

    def test_row_C14_number_in_the_reference(self):
        invoices = self.add_invoices(3)
        first, second, third = invoices
        bills = [
            self.bill(77, ref=first.number),
            self.bill(77, ref=f"发票 {second.number} 合同 12"),
            self.bill(77, ref=f"{third.number[:10]} {third.number[10:]}"),
        ]
        self.assertEqual(self.match(), 3)
        for bill, invoice in zip(bills, invoices, strict=True):
            self.assertMatched(bill, invoice)
        self.assertEqual(self.match(), 0, "matched a second time")

    def test_row_C14_code_and_number(self):
        invoice = self.add_paper("00012345", "044002300111")
        other = self.add_paper("00012345", "3300231130", gross_amount=226)
        bill = self.bill(77, ref="044002300111-00012345")
        joined = self.bill(78, ref="330023113000012345")
        self.match()
        self.assertMatched(bill, invoice)
        self.assertMatched(joined, other)
        self.assertEqual(bill.input_invoice_code, "044002300111")

    def test_row_C14_eight_digits_alone_are_sure_with_seller_and_amount_only(self):
        invoice = self.add_paper("00012345", "044002300111", net_amount=100)
        same = self.bill(100, input_invoice_number="00012345")
        self.match()
        self.assertMatched(same, invoice)
        self.assertEqual(same.input_invoice_code, "044002300111")
        self.add_paper("00012346", "044002300111")
        odd = self.bill(55, ref="号码 00012346")
        self.match()
        self.assertFalse(odd.input_invoice_number, "8 digits are no proof")
        self.assertEqual(
            odd.with_user(self.bookkeeper).suggested_input_invoice_id.number, "00012346"
        )

    def test_row_C14_seller_and_gross_amount_of_one_day(self):
        invoice = self.add_invoices(1)
        bill = self.bill()
        foreign = self.bill(
            partner_id=self.env["res.partner"].create({"name": "他"}).id
        )
        self.match()
        self.assertMatched(bill, invoice)
        self.assertFalse(foreign.input_invoice_number)

    def test_row_C14_suggested_where_unsure(self):
        """Of another day, or two that could be meant: nothing is written."""
        late = self.add_invoices(1, issue_date=LATER)
        bill = self.bill()
        self.assertEqual(self.match(), 0)
        self.assertSuggested(late, bill)
        self.assertEqual(
            bill.with_user(self.bookkeeper).suggested_input_invoice_id, late
        )
        twin = self.add_invoices(1)
        third = self.add_invoices(1)
        self.assertEqual(self.match(), 0)
        for invoice in (twin, third):
            self.assertSuggested(invoice, bill)
        # Of the same day before the one of weeks later.
        self.assertIn(
            bill.with_user(self.bookkeeper).suggested_input_invoice_id, twin | third
        )

    def test_row_C14_one_click_confirms_the_suggestion(self):
        invoice = self.add_invoices(1, issue_date=LATER)
        bill = self.bill()
        self.pool(invoice).action_confirm_bill()
        self.assertMatched(bill, invoice)
        self.assertEqual(bill.input_invoice_number, invoice.number)
        second = self.add_invoices(1, issue_date=LATER)
        from_bill = self.bill()
        from_bill.action_confirm_input_invoice()
        self.assertMatched(from_bill, second)

    def test_row_C14_one_that_cannot_be_confirmed_holds_no_other(self):
        invoices = self.add_invoices(1, issue_date=LATER) | self.add_invoices(
            1, issue_date=LATER, gross_amount=226
        )
        bills = [self.bill(100), self.bill(200)]
        write = self.registry["account.move"].write
        trouble = "another addon"

        def refuse_one(moves, values):
            if "input_invoice_number" in values and moves.id == bills[0].id:
                raise UserError(trouble)
            return write(moves, values)

        with patch.object(self.registry["account.move"], "write", refuse_one):
            answer = self.pool(invoices).action_confirm_bill()
        self.assertMatched(bills[1], invoices[1])
        self.assertFalse(bills[0].input_invoice_number)
        for word in (invoices[0].number, "another addon"):
            self.assertIn(word, answer["params"]["message"])

    def test_row_C14_old_bills_are_not_read_for_a_new_invoice(self):
        """A number that stands in a bill of long before is not that of the invoice."""
        invoice = self.add_paper("00012345", "044002300111", gross_amount=113)
        old = self.bill(ref="合同 00012345", invoice_date="2025-12-01")
        self.assertFalse(self.pool(invoice).suggested_bill_id)
        self.assertFalse(old.suggested_input_invoice_id)
        old.invoice_date = "2026-09-01"
        self.assertSuggested(invoice, old)

    def test_row_C14_what_was_rejected_is_not_suggested_again(self):
        invoice = self.add_invoices(1, issue_date=LATER)
        bill = self.bill()
        self.pool(invoice).action_reject_bill()
        self.assertFalse(self.pool(invoice).suggested_bill_id)
        self.assertEqual(self.match(), 0)
        other = self.add_invoices(1, issue_date=LATER)
        self.assertSuggested(other, bill)
        bill.action_reject_input_invoice()
        self.assertFalse(self.pool(other).suggested_bill_id)

    def test_row_C14_a_match_taken_back_stays_so(self):
        invoice = self.add_invoices(1)
        bill = self.bill()
        self.match()
        bill.input_invoice_number = False
        self.assertEqual(self.match(), 0)
        self.assertFalse(bill.input_invoice_number)
        bill.input_invoice_number = invoice.number
        self.assertMatched(bill, invoice)

    def test_row_C14_filter_of_invoices_without_bill(self):
        booked, cancelled, free = self.add_invoices(3, gross_amount=999)
        self.bill(input_invoice_number=booked.number)
        self.bill(input_invoice_number=cancelled.number).button_cancel()
        found = self.pool(free).search(
            [("has_bill", "=", False), ("taxpayer_id", "=", self.taxpayer.id)]
        )
        self.assertEqual(found, self.pool(cancelled | free))
        self.assertEqual(
            self.pool(free).search([("has_bill", "=", True)]), self.pool(booked)
        )

    def test_row_C14_filter_of_suggested_bills(self):
        invoice, _other = (
            self.add_invoices(1, issue_date=LATER),
            self.add_invoices(1, gross_amount=999),
        )
        self.bill()
        self.assertEqual(
            self.pool(invoice).search([("has_suggested_bill", "=", True)]),
            self.pool(invoice),
        )

    def test_row_C14_after_each_reading(self):
        invoice = self.add_invoices(1)
        bill = self.bill()
        self.env["invoice.tax.fetch"]._ask(self.taxpayer, "pool")
        self.dispatch()
        self.assertMatched(bill, invoice)

    def test_row_C14_by_hand(self):
        invoice = self.add_invoices(1)
        bill = self.bill()
        answer = self.pool(invoice, self.clerk).action_match_bills()
        self.assertIn("1", answer["params"]["message"])
        self.assertMatched(bill, invoice)
        with self.assertRefused("no_right"):
            self.pool(invoice, self.viewer).action_match_bills()

    def test_row_C14_a_thousand_invoices_cost_the_statements_of_one(self):
        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.match()
            return self.env.cr.sql_log_count - before

        self.add_invoices(1)
        self.bill()
        few = count()
        data = [
            self.bureau.add_invoice(
                self.taxpayer.tax_number, self.next_number(), gross_amount=5000 + number
            )
            for number in range(1000)
        ]
        self.merge(data)
        for number in range(10):
            self.bill(77, ref=data[number].number)
        self.env.flush_all()
        self.assertLessEqual(count(), few)

    def test_row_C14_bill_shows_its_invoice(self):
        invoice = self.add_invoices(1)
        bill = self.bill(input_invoice_number=invoice.number)
        invoice.sudo().write(
            {"selection": "selected", "purpose": "deduct", "period": "202610"}
        )
        seen = bill.with_user(self.viewer)
        self.assertEqual(
            (
                seen.input_invoice_number,
                seen.input_invoice_type_id,
                seen.input_invoice_status,
                seen.input_invoice_selection,
                seen.input_invoice_period,
                seen.input_invoice_purpose,
            ),
            (invoice.number, invoice.type_id, "normal", "selected", "202610", "deduct"),
        )
        view = self.env.ref("account.view_in_invoice_bill_tree")
        for view_id, view_type in ((view.id, "list"), (None, "form")):
            arch = self.moves(self.viewer).get_view(view_id, view_type)["arch"]
            for name in ("number", "type_id", "status", "period", "purpose"):
                self.assertIn(f"input_invoice_{name}", arch)


class TestOtherNumber(BillCase):
    """Odoo's own field for 8 characters is not taken for the number of an invoice."""

    def test_row_C14_field_of_eight_digits_says_so(self):
        for view_type in ("form", "list"):
            arch = self.moves().get_view(None, view_type)["arch"]
            [node] = etree.fromstring(arch).iterfind(".//field[@name='fapiao']")
            self.assertEqual(node.get("string"), "Fapiao Number (8 Digits)")


class TestMatchingCompanies(TwoCompanies):
    """Nothing is matched, suggested or stopped across companies."""

    def test_row_C14_bill_of_another_company_is_not_its(self):
        invoice = self.add_invoices(1, issue_date=LATER)
        foreign = (
            self.env["account.move"]
            .with_user(self.stranger)
            .create(
                {
                    "move_type": "in_invoice",
                    "partner_id": self.vendor.id,
                    "invoice_date": "2026-10-12",
                    "ref": invoice.number,
                    "invoice_line_ids": [
                        (0, 0, {"name": "货物", "quantity": 1, "price_unit": 100})
                    ],
                }
            )
        )
        env = self.env["invoice.tax.input.invoice"].sudo()
        env._match_bills(self.taxpayer.sudo() | self.other_taxpayer.sudo())
        self.env.invalidate_all()
        self.assertFalse(foreign.input_invoice_number)
        both = self.pool(invoice, self.both).with_context(
            allowed_company_ids=(self.company | self.other_company).ids
        )
        self.assertFalse(both.bill_id or both.suggested_bill_id)
        foreign.action_post()
        self.assertFalse(foreign.input_invoice_number)

    def test_row_C14_same_number_in_two_companies_is_no_duplicate(self):
        number = self.add_invoices(1).number
        self.bill(input_invoice_number=number, post=True)
        other = (
            self.env["account.move"]
            .with_user(self.stranger)
            .create(
                {
                    "move_type": "in_invoice",
                    "partner_id": self.vendor.id,
                    "invoice_date": "2026-10-12",
                    "input_invoice_number": number,
                    "invoice_line_ids": [
                        (0, 0, {"name": "货物", "quantity": 1, "price_unit": 100})
                    ],
                }
            )
        )
        other.action_post()
        self.assertEqual(other.state, "posted")


class TestBookedOnce(BillCase):
    """One invoice is booked on one posted bill."""

    def setUp(self):
        super().setUp()
        self.invoice = self.add_invoices(1)
        self.first = self.bill(input_invoice_number=self.invoice.number, post=True)

    def test_row_C14_second_bill_of_an_invoice_is_stopped(self):
        second = self.bill(99, input_invoice_number=self.invoice.number)
        self.assertEqual(second.booked_twice_with_id, self.first)
        with self.assertRefused("booked_twice") as refusal:
            second.action_post()
        self.assertEqual(second.state, "draft")
        for word in (self.invoice.number, self.first.name):
            self.assertIn(word, refusal.sentence)

    def test_row_C14_the_refusal_leads_to_the_other_bill(self):
        second = self.bill(99, input_invoice_number=self.invoice.number)
        with self.assertRaises(TaxServicePageError) as caught:
            second.action_post()
        _message, action, label, _context = caught.exception.args
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("account.move", self.first.id)
        )
        self.assertTrue(label)

    def test_row_C14_number_in_the_reference_is_stopped_too(self):
        with self.assertRefused("booked_twice"):
            self.bill(99, ref=f"发票 {self.invoice.number}", post=True)

    def test_row_C14_matching_books_no_invoice_a_second_time(self):
        """Posted before the invoice was read, so nothing stopped them then."""
        self.first.input_invoice_number = False
        second, third = (self.bill(99, post=True) for _once in range(2))
        (second | third).ref = f"发票 {self.invoice.number}"
        self.match()
        self.assertFalse(
            second.input_invoice_number or third.input_invoice_number,
            "either could be meant",
        )
        self.assertIn(self.pool(self.invoice).suggested_bill_id, second | third)
        self.first.input_invoice_number = self.invoice.number
        third.button_draft()
        third.button_cancel()
        self.match()
        self.assertFalse(second.input_invoice_number, "booked twice")
        self.first.button_draft()
        self.match()
        self.assertEqual(second.input_invoice_number, self.invoice.number)

    def test_row_C14_two_posted_at_once_and_a_number_written_later(self):
        number = self.add_invoices(1).number
        two = self.bill(input_invoice_number=number) | self.bill(
            input_invoice_number=number
        )
        with self.assertRefused("booked_twice"):
            two.action_post()
        posted = self.bill(98, post=True)
        with self.assertRefused("booked_twice"):
            posted.input_invoice_number = self.invoice.number

    def test_row_C14_credit_notes_and_cancelled_bills_do_not_count(self):
        note = self.bill(
            99,
            move_type="in_refund",
            input_invoice_number=self.invoice.number,
            post=True,
        )
        self.assertEqual(note.state, "posted")
        self.first.button_draft()
        self.first.button_cancel()
        again = self.bill(input_invoice_number=self.invoice.number, post=True)
        self.assertEqual(again.state, "posted")

    def test_row_C14_a_reversed_bill_may_be_booked_anew(self):
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.bookkeeper)
            .with_context(active_model="account.move", active_ids=self.first.ids)
            .create({"journal_id": self.first.journal_id.id})
        )
        wizard.refund_moves()
        wizard.new_move_ids.action_post()
        (self.first | wizard.new_move_ids).line_ids.filtered(
            lambda line: (
                line.account_id.account_type == "liability_payable"
                and not line.reconciled
            )
        ).reconcile()
        self.assertEqual(self.first.payment_state, "reversed")
        again = self.bill(input_invoice_number=self.invoice.number, post=True)
        self.assertEqual(again.state, "posted")

    def test_row_C14_paper_numbers_repeat_under_other_codes(self):
        for code in ("044002300111", "044002300112"):
            bill = self.bill(
                input_invoice_number="00012345", input_invoice_code=code, post=True
            )
            self.assertEqual(bill.state, "posted")
        with self.assertRefused("booked_twice"):
            self.bill(
                input_invoice_number="00012345",
                input_invoice_code="044002300112",
                post=True,
            )


class TestBillRights(BillCase):
    """Bills are changed by Odoo's own right, whatever role the tax service gives."""

    def test_row_C14_clerk_without_billing_right_reads_why(self):
        clerk = self._new_user("tax_only", TAX_ONLY)
        invoice = self.add_invoices(1, issue_date=LATER)
        bill = self.bill()
        own = self.pool(invoice, clerk)
        self.assertEqual(own.suggested_bill_id.id, bill.id, "he may look")
        for act in (
            own.action_make_bills,
            own.action_confirm_bill,
            own.action_reject_bill,
            bill.with_user(clerk).action_confirm_input_invoice,
            bill.with_user(clerk).action_reject_input_invoice,
        ):
            with self.assertRefused("no_billing_right") as refusal:
                act()
            self.assertIn("vendor bills", refusal.sentence)
        self.assertFalse(bill.input_invoice_number)
