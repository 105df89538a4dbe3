from decimal import Decimal

from lxml import etree

from odoo import Command
from odoo.tests import Form
from odoo.tools.safe_eval import safe_eval

from ..models.words import get_sentence
from .common import FOREIGN, SECOND, TaxServiceCase, money
from .fake_bureau import PERIOD


class TestSelectionWizard(TaxServiceCase):
    """What is sent and what is not, and why, is shown before anything happens."""

    def _open(self, invoices, button):
        action = getattr(invoices, button)()
        self.assertEqual(action["res_model"], "invoice.tax.selection.wizard")
        return (
            self.env[action["res_model"]].with_user(self.clerk).browse(action["res_id"])
        )

    def _submit(self, wizard):
        action = wizard.action_submit()
        [link] = action["params"]["links"]
        batch = self.operations().search([("batch_number", "=", link["label"])])
        self.assertEqual((batch.user_id, batch.origin), (self.clerk, "manual"))
        return batch

    def test_row_C4_plan_shows_counts_and_reasons(self):
        good = self.add_invoices(3)
        voided = self.add_invoices(2, status="voided", raw_status="2")
        ordinary = self.add_invoices(1, type_code="86")
        taken = self.add_invoices(1, selection="selected", purpose="deduct")
        wizard = self._open(good | voided | ordinary | taken, "action_deduct")
        self.assertRecordValues(
            wizard,
            [
                {
                    "good_count": 3,
                    "refused_count": 4,
                    "net_amount": 300.0,
                    "creditable_vat": 39.0,
                    "period": PERIOD,
                }
            ],
        )
        self.assertEqual(
            {line.result_code: line.invoice_count for line in wizard.line_ids},
            {"voided": 2, "type_not_supported": 1, "already_selected": 1},
        )
        self.assertTrue(all(wizard.line_ids.mapped("reason")), "refused without a why")
        self.assertIn(
            voided[0].number,
            wizard.line_ids.filtered(lambda line: line.result_code == "voided").numbers,
        )
        self.assertFalse(self.operations().search([]), "looking has done something")

    def test_row_C4_deduct(self):
        invoices = self.add_invoices(2)
        rest = self.add_invoices(1, status="voided")
        batch = self._submit(self._open(invoices | rest, "action_deduct"))
        self.assertEqual((batch.state, batch.total_count), ("waiting", 2))
        self.assertEqual(
            (money(batch.vat_amount), money(batch.creditable_vat)),
            (Decimal("26.00"), Decimal("26.00")),
        )
        self.dispatch()
        self.assertEqual(batch.state, "success")
        self.assertStands(invoices, "selected", "deduct")
        self.assertEqual(set(invoices.mapped("period")), {PERIOD})
        self.assertTrue(all(invoices.mapped("selected_at")))

    def test_reasons_1_to_5(self):
        for reason in "12345":
            with self.subTest(reason=reason):
                invoices = self.add_invoices(1)
                wizard = self._open(invoices, "action_exclude")
                with Form(wizard) as form:
                    form.reason = reason
                    if reason == "5":
                        form.reason_text = "用于展览"
                self._submit(wizard)
                self.dispatch()
                self.assertStands(invoices, "selected", "exclude")
                self.assertEqual(invoices.reason, reason)
                [item] = self.bureau.submissions[-1].items
                self.assertEqual(
                    (item.reason, item.reason_text),
                    (reason, "用于展览" if reason == "5" else ""),
                )

    def test_vector_6_9_T10_reason_missing(self):
        wizard = self._open(self.add_invoices(1), "action_exclude")
        with self.assertRefused("reason_missing"):
            wizard.action_submit()
        wizard.reason = "5"
        for text in (False, "", "  "):
            wizard.reason_text = text
            with self.assertRefused("reason_text_missing"):
                wizard.action_submit()
        self.dispatch()
        self.assertFalse(self.bureau.events)

    def test_row_C4_revoke_both_kinds(self):
        for operation_type, wish in (("deduct", {}), ("exclude", {"reason": "3"})):
            with self.subTest(operation_type):
                invoices = self.add_invoices(2)
                self.submit(operation_type, invoices, **wish)
                self.dispatch()
                self.assertStands(invoices, "selected", operation_type)
                batch = self._submit(self._open(invoices, "action_revoke"))
                self.assertEqual(batch.operation_type, f"{operation_type}_revoke")
                self.dispatch()
                self.assertEqual(batch.state, "success")
                self.assertStands(invoices, "unselected")
                self.assertFalse(any(invoices.mapped("reason")))

    def test_mixed_purposes_are_refused(self):
        invoices = self.add_invoices(1, selection="selected", purpose="deduct")
        invoices |= self.add_invoices(1, selection="selected", purpose="exclude")
        with self.assertRefused("mixed_purposes"):
            invoices.action_revoke()

    def test_mixed_taxpayers_are_refused(self):
        second = self._new_taxpayer(SECOND, self.connection)
        self.open_period(second)
        invoices = self.add_invoices(1) | self.add_invoices(1, second)
        with self.assertRefused("mixed_taxpayers"):
            invoices.action_deduct()

    def test_nothing_to_send(self):
        wizard = self._open(self.add_invoices(1, status="voided"), "action_deduct")
        with self.assertRefused("nothing_to_send"):
            wizard.action_submit()

    def test_world_moved_between_look_and_click(self):
        invoices = self.add_invoices(2)
        wizard = self._open(invoices, "action_deduct")
        self.submit("deduct", invoices[0])
        batch = self._submit(wizard)
        self.assertEqual(batch.line_ids.input_invoice_id, invoices[1])


class TestRefusedRows(TaxServiceCase):
    """Each row is judged alone; the reason is a stable code with a sentence and an
    advice, and a refused row is never sent."""

    def assertRowRefused(self, code, wishes, operation_type="deduct"):
        self.assertEqual(self.plan_codes(operation_type, wishes)[-1], code)
        self.assertNotEqual(
            get_sentence(self.env(context={"lang": "en_US"}), code), code, "no sentence"
        )

    def test_vector_6_9_T8_creditable_above_vat(self):
        invoice = self.add_invoices(1)
        wish = self.wishes(invoice.number, creditable_vat=Decimal("13.01"))
        self.assertRowRefused("creditable_vat_above_vat", wish)
        rows = self.operations()._plan_selection(self.taxpayer, "deduct", PERIOD, wish)
        batch = self.operations()._submit_selection(
            self.taxpayer, "deduct", PERIOD, rows, "external"
        )
        self.dispatch()
        self.assertEqual((batch.state, batch.failed_count), ("failed", 1))
        self.assertFalse(self.bureau.events, "it was sent all the same")

    def test_creditable_up_to_the_cent(self):
        invoice = self.add_invoices(1)
        for amount in ("0", "0.01", "13.00"):
            wish = self.wishes(invoice.number, creditable_vat=Decimal(amount))
            self.assertEqual(self.plan_codes("deduct", wish), [""])
        wish = self.wishes(invoice.number, creditable_vat=Decimal("-0.01"))
        self.assertRowRefused("creditable_vat_negative", wish)

    def test_creditable_vat_of_the_batch_is_noted_on_each_invoice(self):
        invoices = self.add_invoices(3)
        wishes = [
            *self.wishes(invoices[0].number, creditable_vat=Decimal("5.05")),
            *self.wishes(invoices[1].number, creditable_vat=Decimal("0.00")),
            *self.wishes(invoices[2].number),
        ]
        operations = self.operations()
        rows = operations._plan_selection(self.taxpayer, "deduct", PERIOD, wishes)
        operations._submit_selection(self.taxpayer, "deduct", PERIOD, rows, "manual")
        self.dispatch()
        self.assertStands(invoices, "selected", "deduct")
        self.assertEqual(invoices.mapped("creditable_vat"), [5.05, 0.0, 13.0])

    def test_lowered_creditable_vat_is_sent(self):
        invoice = self.add_invoices(1)
        invoice.creditable_vat = 5.05
        self.submit("deduct", invoice)
        self.dispatch()
        [item] = self.bureau.submissions[0].items
        self.assertEqual(item.creditable_vat, Decimal("5.05"))
        self.assertEqual(str(item.creditable_vat), "5.05", "a binary float was sent")

    def test_unknown_number(self):
        self.assertRowRefused("unknown_invoice", self.wishes("26442000000099999999"))

    def test_invoice_of_another_taxpayer(self):
        foreign = self._new_taxpayer(FOREIGN, self.connection)
        self.open_period(foreign)
        invoice = self.add_invoices(1, foreign)
        self.assertRowRefused("other_taxpayer", self.wishes(invoice.number))

    def test_other_company_is_not_given_away(self):
        connection = self._new_connection(self.other_company)
        foreign = self._new_taxpayer(FOREIGN, connection).sudo()
        self.open_period(foreign)
        invoice = self.add_invoices(1, foreign).sudo()
        self.assertRowRefused("unknown_invoice", self.wishes(invoice.number))

    def test_named_twice(self):
        number = self.add_invoices(1).number
        self.assertEqual(
            self.plan_codes("deduct", self.wishes(number, number)), ["", "named_twice"]
        )

    def test_in_another_open_batch(self):
        invoice = self.add_invoices(1)
        self.submit("deduct", invoice)
        self.assertRowRefused("in_progress", self.wishes(invoice.number))

    def test_state_of_the_invoice(self):
        for code, values in (
            ("voided", {"status": "voided"}),
            ("red", {"status": "red"}),
            ("fully_red", {"status": "fully_red"}),
            ("abnormal", {"status": "abnormal"}),
            ("out_of_control", {"status": "out_of_control"}),
            ("unknown_status", {"status": "unknown"}),
            ("already_selected", {"selection": "selected", "purpose": "deduct"}),
            ("confirmed", {"selection": "confirmed", "purpose": "deduct"}),
            ("type_not_supported", {"type_code": "86"}),
            (
                "red_invoice",
                {"net_amount": Decimal("-1.00"), "vat_amount": Decimal("-0.13")},
            ),
        ):
            with self.subTest(code):
                invoice = self.add_invoices(1, **values)
                self.assertRowRefused(code, self.wishes(invoice.number))

    def test_revoking_what_is_not_so(self):
        for code, values in (
            ("not_selected", {}),
            ("confirmed", {"selection": "confirmed", "purpose": "deduct"}),
            ("other_purpose", {"selection": "selected", "purpose": "exclude"}),
            (
                "other_period",
                {"selection": "selected", "purpose": "deduct", "period": "202609"},
            ),
        ):
            with self.subTest(code):
                invoice = self.add_invoices(1, **values)
                self.assertRowRefused(
                    code, self.wishes(invoice.number), "deduct_revoke"
                )

    def test_eight_digits_need_their_code(self):
        [paper] = [
            self.bureau.add_invoice(
                self.taxpayer.tax_number, "02630221", code="4403192130", type_code="01"
            )
        ]
        self.merge([paper])
        self.assertRowRefused("unknown_invoice", self.wishes("02630221"))
        self.assertEqual(
            self.plan_codes("deduct", self.wishes("02630221", code="4403192130")), [""]
        )


class TestSearch(TaxServiceCase):
    """What a page shows is found when it is typed into the search."""

    def test_full_number_is_found(self):
        data = self.bureau.add_invoice(
            self.taxpayer.tax_number, "02630221", code="4403192130", type_code="01"
        )
        paper = self.merge([data])
        digital = self.add_invoices(1)
        pool = self.env["invoice.tax.input.invoice"].with_user(self.clerk)
        arch = etree.fromstring(pool.get_view(view_type="search")["arch"])
        [domain] = arch.xpath("//field[@name='number']/@filter_domain")
        for text, found in (
            (paper.full_number, paper),
            (paper.code, paper),
            (paper.number, paper),
            (digital.full_number, digital),
            ("9" * 20, pool),
        ):
            with self.subTest(text):
                self.assertEqual(pool.search(safe_eval(domain, {"self": text})), found)

    def test_selectable_means_the_same_everywhere(self):
        """The filter, the count on the card and the plan."""
        good = self.add_invoices(2)
        bad = self.add_invoices(1, status="voided")
        bad |= self.add_invoices(1, type_code="86")
        bad |= self.add_invoices(1, selection="selected", purpose="deduct")
        bad |= self.add_invoices(
            1, net_amount=Decimal("-1.00"), vat_amount=Decimal("-0.13")
        )
        found = good.search([("is_selectable", "=", True)], order="id")
        self.assertEqual(found, good)
        self.assertEqual((good | bad).filtered("is_selectable"), good)
        self.assertEqual(self.taxpayer.current_period_id.open_count, len(good))
        codes = self.plan_codes("deduct", (good | bad)._get_wishes())
        self.assertEqual([not code for code in codes], [True] * 2 + [False] * 4)


class TestAlreadyDone(TaxServiceCase):
    """ "Already done" is done, after comparing content; done otherwise is failed."""

    def _select_where_bureau_has(self, operation_type="deduct", **values):
        invoice = self.add_invoices(1)
        standing = {
            "selection": "selected",
            "purpose": "deduct",
            "period": PERIOD,
            **values,
        }
        self.bureau.change(self.taxpayer.tax_number, invoice.number, **standing)
        wish = {"reason": "1"} if operation_type == "exclude" else {}
        batch = self.submit(operation_type, invoice, **wish)
        self.dispatch()
        return batch, invoice

    def test_vector_6_9_T7_same_content_is_success(self):
        batch, invoice = self._select_where_bureau_has()
        self.assertEqual(batch.state, "success")
        self.assertEqual(batch.line_ids.result_code, "already")
        self.assertEqual(batch.line_ids.raw_text, "局端说明", "the message was lost")
        self.assertStands(invoice, "selected", "deduct")

    def test_vector_6_9_T7_selected_otherwise_is_failed(self):
        for values in (
            {"purpose": "exclude"},
            {"period": "202609"},
            {"creditable_vat": Decimal("12.99")},
        ):
            with self.subTest(values=values):
                batch, invoice = self._select_where_bureau_has(**values)
                self.assertEqual(batch.state, "failed", "success for something else")
                self.assertEqual(batch.line_ids.result_code, "selected_otherwise")
                self.assertEqual(invoice.selection, "unselected")

    def test_excluded_already(self):
        batch, invoice = self._select_where_bureau_has("exclude", purpose="exclude")
        self.assertEqual(batch.state, "success")
        self.assertStands(invoice, "selected", "exclude")

    def test_revoked_already_is_success(self):
        invoice = self.add_invoices(
            1, selection="selected", purpose="deduct", period=PERIOD
        )
        self.bureau.change(
            self.taxpayer.tax_number,
            invoice.number,
            selection="unselected",
            purpose=None,
            period="",
        )
        batch = self.submit("deduct_revoke", invoice)
        self.dispatch()
        self.assertEqual(
            (batch.state, batch.line_ids.result_code), ("success", "already")
        )
        self.assertStands(invoice, "unselected")


class TestCreditableVat(TaxServiceCase):
    """People may lower the creditable VAT before the selection, and nothing else."""

    def test_row_C4_creditable_vat_before_selection(self):
        invoice = self.add_invoices(1)
        invoice.write({"creditable_vat": 6.5})
        self.assertEqual(invoice.creditable_vat, 6.5)

    def test_nothing_else(self):
        invoice = self.add_invoices(1)
        for values in (
            {"number": "1" * 20},
            {"vat_amount": 26},
            {"selection": "selected"},
            {"creditable_vat": 1, "status": "normal"},
            {"company_id": self.other_company.id},
        ):
            with self.subTest(values=values), self.assertRefused("readonly"):
                invoice.write(values)

    def test_not_after_selection(self):
        invoice = self.add_invoices(1, selection="selected", purpose="deduct")
        with self.assertRefused("already_selected"):
            invoice.write({"creditable_vat": 1})

    def test_not_while_being_selected(self):
        invoice = self.add_invoices(1)
        self.submit("deduct", invoice)
        with self.assertRefused("already_selected"):
            invoice.write({"creditable_vat": 1})

    def test_not_above_the_vat(self):
        invoice = self.add_invoices(1)
        with self.assertRefused("creditable_vat_above_vat") as refusal:
            invoice.write({"creditable_vat": 13.01})
        self.assertIn(invoice.number, refusal.sentence)

    def test_nobody_creates_or_deletes(self):
        invoice = self.add_invoices(1)
        for user in (self.clerk, self.manager):
            self.assertFalse(invoice.with_user(user).has_access("create"))
            self.assertFalse(invoice.with_user(user).has_access("unlink"))


class TestBillRule(TaxServiceCase):
    """The scheduled rule selects what is booked on a posted bill and not yet
    selected, and skips a taxpayer for which it cannot be done now."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company_env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.company.ids}
        )
        company_env["account.chart.template"].try_loading(
            "generic_coa", company=cls.company, install_demo=False
        )
        cls.vendor = company_env["res.partner"].create({"name": "供应商"})
        cls.moves = company_env["account.move"]
        cls.taxpayer.sudo().is_selecting_by_bill = True

    def _bill(self, invoice, post=True):
        bill = self.moves.create(
            {
                "move_type": "in_invoice",
                "partner_id": self.vendor.id,
                "invoice_date": "2026-10-20",
                "ref": invoice.number,
                "input_invoice_number": invoice.number,
                "invoice_line_ids": [
                    Command.create({"name": "货物", "quantity": 1, "price_unit": 100})
                ],
            }
        )
        if post:
            bill.action_post()
        return bill

    def _run(self):
        with self.cron_environment() as env:
            env["invoice.tax.taxpayer"]._cron_select_by_bill()
            env.cr.rollback()
        return self.operations().search([])

    def test_posted_bills_only(self):
        booked, draft, unbooked = self.add_invoices(3)
        bill = self._bill(booked)
        self._bill(draft, post=False)
        batch = self._run()
        self.assertEqual(batch.origin, "automatic")
        self.assertEqual(batch.line_ids.input_invoice_id, booked)
        self.assertEqual(bill.tax_input_invoice_id, booked)
        self.assertEqual(booked.sudo().bill_ids, bill)
        self.dispatch()
        self.assertStands(booked, "selected", "deduct")
        self.assertStands(draft | unbooked, "unselected")
        self.assertEqual(self._run(), batch, "selected a second time")

    def test_bill_is_open_to_accountants_without_a_role(self):
        """Programs of others read whole bills; our field must not close them."""
        invoice = self.add_invoices(1)
        bill = self._bill(invoice)
        accountant = self._new_user("no_role", "account.group_account_invoice")
        self.env.invalidate_all()
        [values] = bill.with_user(accountant).read()
        self.assertNotIn("tax_input_invoice_id", values)
        self.assertEqual(values["input_invoice_number"], invoice.number)
        for user, shown in ((accountant, False), (self.viewer, True)):
            arch = bill.with_user(user).get_view(view_type="form")["arch"]
            self.assertEqual("tax_input_invoice_id" in arch, shown)
        self.assertEqual(bill.with_user(self.viewer).tax_input_invoice_id, invoice)

    def test_twenty_digits_are_found_with_or_without_code(self):
        invoice = self.add_invoices(1)
        bill = self._bill(invoice)
        for code in (False, "044002300111"):
            bill.input_invoice_code = code
            self.env.invalidate_all()
            self.assertEqual(bill.tax_input_invoice_id, invoice)
            self.assertEqual(invoice.sudo().bill_ids, bill)

    def test_skipped_while_it_cannot_be_done(self):
        self._bill(self.add_invoices(1))
        self.open_period(statistics_status="02")
        self.assertFalse(self._run())
        self.open_period(statistics_status="01")
        self.assertTrue(self._run())
