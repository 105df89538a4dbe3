from decimal import Decimal

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from ..gateway.messages import SELECTION_OPERATIONS, TABLE_OPERATIONS
from ..models.words import get_sentence
from .common import FOREIGN, SECOND, SMALL, TaxServiceCase, money
from .fake_bureau import PERIOD

SMALL_SCALE_TEXT = "小规模纳税人不支持抵扣类勾选"


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

    def test_plan_shows_counts_and_reasons(self):
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

    def test_deduct(self):
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

    def test_vector_6_9_t10_reason_missing(self):
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

    def test_revoke_both_kinds(self):
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

    def test_vector_6_9_t8_creditable_above_vat(self):
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

    def test_vector_6_9_t7_same_content_is_success(self):
        batch, invoice = self._select_where_bureau_has()
        self.assertEqual(batch.state, "success")
        self.assertEqual(batch.line_ids.result_code, "already")
        self.assertEqual(batch.line_ids.raw_text, "局端说明", "the message was lost")
        self.assertStands(invoice, "selected", "deduct")

    def test_vector_6_9_t7_selected_otherwise_is_failed(self):
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


class TestWhyNot(TaxServiceCase):
    """One function says why not; buttons, plan and method ask it."""

    def test_vector_6_9_t9_statistics_exist(self):
        invoices = self.add_invoices(1)
        for status in ("02", "03", "04", "05", "25"):
            self.open_period(statistics_status=status)
            for operation_type in SELECTION_OPERATIONS:
                with (
                    self.subTest(status=status, operation_type=operation_type),
                    self.assertRefused("statistics_exist") as refusal,
                ):
                    self.submit(operation_type, invoices)
                self.assertIn("Revoke statistics first", refusal.sentence)
            with self.assertRefused("statistics_exist"):
                invoices.action_deduct()

    def test_vector_6_9_t4_small_scale_each_operation(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        small = self._new_taxpayer(SMALL, self.connection, taxpayer_type="small_scale")
        self.open_period(small)
        invoices = self.add_invoices(1, small)
        chinese = small.with_context(lang="zh_CN")
        for operation_type in SELECTION_OPERATIONS + TABLE_OPERATIONS:
            with self.subTest(operation_type):
                code, sentence = chinese._get_cannot_operate_reason(
                    operation_type, PERIOD
                )
                self.assertEqual(code, "small_scale")
                self.assertTrue(
                    sentence.startswith(SMALL_SCALE_TEXT),
                    f"not the words of the manual: {sentence}",
                )
                operations = self.operations().with_context(lang="zh_CN")
                with self.assertRefused("small_scale") as refusal:
                    if operation_type in TABLE_OPERATIONS:
                        operations._submit_table(
                            chinese, operation_type, PERIOD, "manual"
                        )
                    else:
                        operations._submit_selection(
                            chinese, operation_type, PERIOD, [], "manual"
                        )
                self.assertIn(SMALL_SCALE_TEXT, refusal.sentence)
        for button in ("action_deduct", "action_exclude", "action_revoke"):
            with self.subTest(button), self.assertRefused("small_scale"):
                getattr(invoices, button)()

    def test_period_not_open(self):
        invoices = self.add_invoices(1)
        operations = self.operations()
        rows = operations._plan_selection(
            self.taxpayer, "deduct", "202609", invoices._get_wishes()
        )
        for period in ("202609", "202611", "2026", "", False):
            with self.subTest(period=period), self.assertRefused("period_not_open"):
                operations._submit_selection(
                    self.taxpayer, "deduct", period, rows, "manual"
                )

    def test_period_unknown(self):
        second = self._new_taxpayer(SECOND, self.connection)
        invoices = self.add_invoices(1, second)
        with self.assertRefused("period_unknown"):
            invoices.action_deduct()

    def test_period_filed(self):
        invoices = self.add_invoices(1)
        self.open_period(filed=True)
        with self.assertRefused("period_filed"):
            invoices.action_deduct()

    def test_no_connection(self):
        second = self._new_taxpayer(SECOND, self.connection)
        invoices = self.add_invoices(1, second)
        second.sudo().connection_id = False
        with self.assertRefused("no_connection"):
            invoices.action_deduct()
        with self.assertRefused("no_connection"):
            second.action_fetch()

    def test_licence_hook(self):
        invoices = self.add_invoices(1)
        self.patch(
            self.registry["invoice.tax.taxpayer"],
            "_get_service_unavailable_reason",
            lambda taxpayer, group: f"no licence for {group}",
        )
        with self.assertRefused("service_unavailable") as refusal:
            invoices.action_deduct()
        self.assertIn("receiving", refusal.sentence)

    def test_what_the_channel_cannot(self):
        with self.assertRefused("not_supported"):
            self.operations()._submit_selection(
                self.taxpayer, "certify", PERIOD, [], "manual"
            )


class TestRights(TaxServiceCase):
    """Hiding a button is comfort, not security: every method checks itself, and
    nobody sees or touches what belongs to a company he is not in."""

    def test_viewer_sees_and_cannot(self):
        invoices = self.add_invoices(1)
        batch = self.submit("deduct", invoices)
        self.dispatch()
        seen = invoices.with_user(self.viewer)
        self.assertEqual(seen.number, invoices.number)
        self.assertEqual(batch.with_user(self.viewer).success_count, 1)
        for call in (
            seen.action_deduct,
            seen.action_exclude,
            seen.action_revoke,
            batch.with_user(self.viewer).action_void,
            batch.with_user(self.viewer).action_fetch_result,
            self.taxpayer.with_user(self.viewer).action_fetch,
            self.taxpayer.with_user(self.viewer).action_resume,
            self.taxpayer.current_period_id.with_user(
                self.viewer
            ).action_build_statistics,
            self.taxpayer.current_period_id.with_user(self.viewer).action_sign,
        ):
            with self.subTest(call.__name__), self.assertRefused("no_right"):
                call()

    def test_viewer_cannot_by_method(self):
        viewer = self.operations(self.viewer)
        taxpayer = self.taxpayer.with_user(self.viewer)
        with self.assertRefused("no_right"):
            viewer._submit_selection(taxpayer, "deduct", PERIOD, [], "manual")
        with self.assertRefused("no_right"):
            viewer.submit_batch(
                taxpayer.tax_number, "deduct", PERIOD, "a", [{"number": "2" * 20}]
            )
        for model in ("selection", "import", "table"):
            with self.assertRaises(AccessError):
                self.env[f"invoice.tax.{model}.wizard"].with_user(self.viewer).create(
                    {}
                )
        with self.assertRaises(UserError):
            self.add_invoices(1).with_user(self.viewer).write({"creditable_vat": 1})

    def test_other_company_sees_nothing(self):
        invoices = self.add_invoices(1)
        batch = self.submit("deduct", invoices)
        self.step(3)
        self.submit_table("statistics")
        self.dispatch()
        for model in (
            "taxpayer",
            "connection",
            "lane",
            "request",
            "fetch",
            "operation",
            "operation.line",
            "input.invoice",
            "period",
            "statistics",
            "statistics.line",
        ):
            model = self.env[f"invoice.tax.{model}"]
            own = [("company_id", "=", self.company.id)]
            with self.subTest(model._name):
                self.assertTrue(model.sudo().search_count(own), "nothing to be seen")
                self.assertFalse(
                    model.with_user(self.stranger).search_count([]),
                    "a company's rows are open to another",
                )
        for record in (invoices, batch, batch.line_ids, self.taxpayer):
            with self.subTest(record._name), self.assertRaises(AccessError):
                record.with_user(self.stranger).read(["display_name"])

    def test_other_company_cannot_act(self):
        invoices = self.add_invoices(1).with_user(self.stranger)
        batch = self.submit("deduct", self.add_invoices(1)).with_user(self.stranger)
        for call in (
            invoices.action_deduct,
            invoices.action_export,
            batch.action_void,
            batch.action_fetch_result,
            batch.action_export,
            self.taxpayer.with_user(self.stranger).action_fetch,
        ):
            with (
                self.subTest(call.__name__),
                self.assertRaises(UserError),
            ):
                call()
        with self.assertRaises(AccessError):
            self.operations(self.stranger)._submit_selection(
                self.taxpayer.with_user(self.stranger), "deduct", PERIOD, [], "manual"
            )
        with self.assertRefused("taxpayer_unknown"):
            self.operations(self.stranger).submit_batch(
                self.taxpayer.tax_number, "deduct", PERIOD, "a", [{"number": "2" * 20}]
            )
        with self.assertRefused("batch_unknown"):
            self.operations(self.stranger).get_batch(batch.sudo().batch_number)

    def test_pages_of_others_are_closed(self):
        """Odoo keeps nobody out of transient rows: an uploaded workbook would be
        open to every clerk of every company."""
        invoices = self.add_invoices(1, status="voided")
        wizard = invoices.action_deduct()
        exports = self.env["invoice.tax.export"].with_user(self.clerk)
        upload = self.env["invoice.tax.import.wizard"].with_user(self.clerk)
        for record in (
            self.env[wizard["res_model"]].browse(wizard["res_id"]),
            self.env[wizard["res_model"]].browse(wizard["res_id"]).line_ids,
            upload.create({"taxpayer_id": self.taxpayer.id, "workbook": b"eA=="}),
            exports.create({"res_model": invoices._name, "res_ids": invoices.ids}),
        ):
            with self.subTest(record._name):
                self.assertTrue(record.with_user(self.clerk).has_access("read"))
                for user in (self.stranger, self.manager):
                    self.assertFalse(record.with_user(user).has_access("read"))
                    self.assertFalse(record.with_user(user).search_count([]))

    def test_secrets_are_for_the_system_only(self):
        for user in (self.clerk, self.manager):
            connection = self.connection.with_user(user)
            for name in ("address", "encryption_key", "platform_number"):
                with self.assertRaises(AccessError):
                    connection.read([name])
            with self.assertRaises(AccessError):
                self.taxpayer.sudo().lane_id.with_user(user).read(
                    ["certificate_password"]
                )


class TestCreditableVat(TaxServiceCase):
    """People may lower the creditable VAT before the selection, and nothing else."""

    def test_before_selection(self):
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

    def test_skipped_while_it_cannot_be_done(self):
        self._bill(self.add_invoices(1))
        self.open_period(statistics_status="02")
        self.assertFalse(self._run())
        self.open_period(statistics_status="01")
        self.assertTrue(self._run())
