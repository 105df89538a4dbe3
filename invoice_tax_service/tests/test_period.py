import datetime
from decimal import Decimal

from lxml import etree

from odoo.tools.safe_eval import safe_eval

from ..gateway.messages import AbnormalInvoice, InvoiceKey, TableRow
from ..models.words import get_advice
from .common import OWN, TaxServiceCase, money
from .fake_bureau import PERIOD


class TestStatistics(TaxServiceCase):
    """The bureau builds the table; Odoo shows it, shows where it differs, and
    never has a row of its own making in it."""

    def setUp(self):
        super().setUp()
        self.period = self.taxpayer.current_period_id

    def _select(self, deducted=2, excluded=1):
        invoices = self.add_invoices(deducted)
        self.submit("deduct", invoices)
        if excluded:
            self.submit("exclude", self.add_invoices(excluded), reason="2")
        self.dispatch()
        return invoices

    def _do(self, button):
        getattr(self.period, button)()
        self.dispatch()
        return self.operations().search([], limit=1)

    def test_row_C7_built(self):
        self._select()
        batch = self._do("action_build_statistics")
        self.assertEqual((batch.operation_type, batch.state), ("statistics", "success"))
        self.assertRecordValues(
            self.period, [{"state": "statistics", "statistics_status": "02"}]
        )
        table = self.period.statistics_id
        total = table.deduct_line_ids.filtered(lambda line: line.row == "total")
        self.assertEqual(
            (total.invoice_count, money(total.vat_amount)), (2, Decimal("26.00"))
        )
        total = table.exclude_line_ids.filtered(lambda line: line.row == "total")
        self.assertEqual(total.invoice_count, 1, "the two blocks were mixed")
        self.assertFalse(table.difference)
        self.assertFalse(self.period.can_build)
        self.assertTrue(self.period.can_revoke and self.period.can_sign)

    def test_built_twice_has_one_table(self):
        self._select()
        self._do("action_build_statistics")
        self._do("action_revoke_statistics")
        self._do("action_build_statistics")
        self.assertEqual(len(self.period.statistics_ids), 1)
        self.assertEqual(len(self.period.statistics_id.line_ids), 4)

    def test_row_C7_revoked(self):
        invoices = self._select()
        self._do("action_build_statistics")
        batch = self._do("action_revoke_statistics")
        self.assertEqual(batch.state, "success")
        self.assertRecordValues(
            self.period, [{"state": "open", "statistics_status": "01"}]
        )
        self.assertFalse(self.period.statistics_id)
        self.assertStands(invoices, "selected", "deduct")
        self.assertTrue(self.period.can_build)

    def test_nothing_selected(self):
        self.bureau.refusal = "nothing_selected"
        batch = self._do("action_build_statistics")
        self.assertEqual(
            (batch.state, batch.result_code), ("failed", "nothing_selected")
        )
        self.assertTrue(batch.description and batch.advice)
        self.assertEqual(self.period.state, "open")

    def test_difference_is_shown_and_not_mended(self):
        invoices = self._select()
        self.bureau.change(
            self.taxpayer.tax_number,
            invoices[0].number,
            selection="unselected",
            purpose=None,
            period="",
        )
        self._do("action_build_statistics")
        table = self.period.statistics_id
        self.assertEqual((table.deduct_count, table.local_count), (1, 2))
        for part in ("13.00", "26.00"):
            self.assertIn(part, table.difference)

    def test_row_C7_unknown_row_is_kept_raw(self):
        data = self.bureau.table(self.taxpayer.tax_number)
        row = TableRow("99", 1, Decimal("1.00"), Decimal("0.13"))
        self.env["invoice.tax.statistics"]._apply_table(
            self.period, type(data)("02", None, (row,), (), ())
        )
        [line] = self.period.statistics_id.line_ids
        self.assertEqual((line.row, line.raw_row), ("other", "99"))

    def test_table_with_abnormal_invoices_is_read(self):
        self._select()
        data = self.bureau.table(self.taxpayer.tax_number)
        abnormal = AbnormalInvoice(
            InvoiceKey("2" * 20), "voided", Decimal("1.00"), Decimal("0.13")
        )
        self.env["invoice.tax.statistics"]._apply_table(
            self.period,
            type(data)("02", data.built_at, data.deduct, data.exclude, (abnormal,)),
        )
        self.assertEqual(len(self.period.statistics_id.line_ids), 4)

    def test_why_not(self):
        for status, refused in (
            ("01", {"statistics_revoke", "sign", "sign_revoke"}),
            ("02", {"statistics", "sign_revoke"}),
            ("05", {"statistics", "statistics_revoke", "sign"}),
        ):
            self.open_period(statistics_status=status)
            for operation_type in (
                "statistics",
                "statistics_revoke",
                "sign",
                "sign_revoke",
            ):
                with self.subTest(status=status, operation_type=operation_type):
                    reason = self.taxpayer._get_cannot_operate_reason(
                        operation_type, PERIOD
                    )
                    self.assertEqual(bool(reason), operation_type in refused, reason)

    def test_past_period_refuses_everything(self):
        self.open_period(period="202611")
        for button in (
            "action_build_statistics",
            "action_revoke_statistics",
            "action_sign",
            "action_revoke_signature",
        ):
            with self.subTest(button), self.assertRefused("period_not_open"):
                getattr(self.period, button)()


class TestSignature(TaxServiceCase):
    """A signature confirms what was selected, once; each code of the bureau has
    its sentence and its advice."""

    def setUp(self):
        super().setUp()
        self.period = self.taxpayer.current_period_id
        self.invoices = self.add_invoices(3)
        self.submit("deduct", self.invoices[:2])
        self.submit("exclude", self.invoices[2], reason="1")
        self.submit_table("statistics")
        self.dispatch()
        self.pass_time(5)
        self.dispatch()
        self.assertEqual(self.period.statistics_status, "02")

    def _sign(self):
        action = self.period.action_sign()
        wizard = (
            self.env[action["res_model"]].with_user(self.clerk).browse(action["res_id"])
        )
        self.assertEqual(len(wizard.deduct_line_ids), 2, "signed without the sums")
        wizard.action_sign()
        self.dispatch()
        return self.operations().search([], limit=1)

    def test_signed(self):
        batch = self._sign()
        self.assertEqual((batch.operation_type, batch.state), ("sign", "success"))
        self.assertRecordValues(
            self.period, [{"state": "signed", "statistics_status": "05"}]
        )
        confirmation = self.period.confirmation_ids
        self.assertRecordValues(
            confirmation,
            [
                {
                    "ordinal": 1,
                    "state": "signed",
                    "sign_code": "200",
                    "invoice_count": 2,
                    "net_amount": 200.0,
                    "vat_amount": 26.0,
                    "operation_id": batch.id,
                    "user_id": self.clerk.id,
                }
            ],
        )
        self.assertEqual(confirmation.line_ids.input_invoice_id, self.invoices)
        self.assertStands(self.invoices[:2], "confirmed", "deduct")
        self.assertStands(self.invoices[2], "confirmed", "exclude")
        self.assertEqual(
            (self.period.confirmed_count, money(self.period.confirmed_vat)),
            (2, Decimal("26.00")),
        )

    def test_dead_between_answer_and_commit_confirms_once(self):
        self._sign()
        operation = self.operations().search([], limit=1).sudo()
        progress = next(
            one for one in self.bureau.requests.values() if one.sign_code == "200"
        )
        self.env["invoice.tax.confirmation"]._confirm(
            self.period.sudo(), operation, progress
        )
        self.assertEqual(len(self.period.confirmation_ids), 1)

    def test_signature_revoked(self):
        self._sign()
        self.period.action_revoke_signature()
        self.dispatch()
        self.assertEqual(self.period.state, "statistics")
        self.assertEqual(self.period.confirmation_ids.state, "cancelled")
        self.assertTrue(self.period.confirmation_ids.cancelled_at)
        self.assertStands(self.invoices[:2], "selected", "deduct")
        self._sign()
        self.assertEqual(
            self.period.confirmation_ids.sorted("id").mapped("state"),
            ["cancelled", "signed"],
        )

    def test_history_keeps_its_invoices(self):
        """A cancelled confirmation tells what it had covered, for good."""
        self._sign()
        self.period.action_revoke_signature()
        self.dispatch()
        self._sign()
        cancelled, signed = self.period.confirmation_ids.sorted("id")
        self.assertEqual((cancelled.state, signed.state), ("cancelled", "signed"))
        for confirmation in (cancelled, signed):
            self.assertEqual(confirmation.line_ids.input_invoice_id, self.invoices)
            self.assertEqual(confirmation.invoice_count, 2)
            action = confirmation.with_user(self.clerk).action_open_input_invoices()
            self.assertEqual(
                self.invoices.search(action["domain"], order="id"), self.invoices
            )
        self.assertEqual(self.invoices.confirmation_id, signed)

    def test_signature_of_what_was_selected_elsewhere(self):
        """A signature moves invoices of which Odoo does not know the selection:
        the pool is read after it."""
        elsewhere = self.add_invoices(1)
        self.bureau.change(
            OWN, elsewhere.number, selection="selected", purpose="deduct", period=PERIOD
        )
        self._sign()
        self.pass_time(5)
        self.dispatch()
        self.assertStands(elsewhere, "confirmed", "deduct")

    def test_revoked_signature_that_was_made_elsewhere(self):
        for invoice in self.invoices:
            self.merge([self.bureau.change(OWN, invoice.number, selection="confirmed")])
        self.open_period(statistics_status="05")
        self.assertEqual(set(self.invoices.mapped("selection")), {"confirmed"})
        self.period.action_revoke_signature()
        self.dispatch()
        self.pass_time(5)
        self.dispatch()
        self.assertStands(self.invoices[:2], "selected", "deduct")
        self.assertStands(self.invoices[2], "selected", "exclude")

    def test_not_sent_while_the_bureau_will_not_have_it_signed(self):
        sent = len(self.bureau.submissions)
        for status, code in (
            ("03", "sign_222"),
            ("04", "cannot_sign"),
            ("25", "sign_333"),
        ):
            with self.subTest(status=status):
                self.open_period(statistics_status=status)
                self.period.invalidate_recordset()
                self.assertFalse(self.period.can_sign, "a button that cannot work")
                self.assertTrue(self.period.can_revoke, "no way out")
                with self.assertRefused(code):
                    self.period.action_sign()
                with self.assertRefused(code):
                    self.submit_table("sign")
        self.open_period(statistics_status="02")
        self.period.invalidate_recordset()
        self.assertTrue(self.period.can_sign)
        self.dispatch()
        self.assertEqual(len(self.bureau.submissions), sent)

    def test_code_222_too_early(self):
        self._assert_sign_code("222", "filing")

    def test_code_333_data_differ(self):
        self._assert_sign_code("333", "generate")

    def test_code_444_red_locked(self):
        self.bureau.locked = [InvoiceKey(self.invoices[0].number)]
        self._assert_sign_code("444", "Revoke")
        self.assertEqual(
            self.invoices.mapped("is_red_locked"),
            [True, False, False],
            "which invoice is it?",
        )

    def test_row_C8_444_names_the_invoice_and_keeps_it_from_being_selected(self):
        locked = self.invoices[0]
        self.bureau.locked = [InvoiceKey(locked.number)]
        self.bureau.sign_code = "444"
        batch = self._sign()
        self.assertIn(locked.number, batch.description, "which invoice is it?")
        self.assertEqual(batch.red_locked_count, 1)
        action = batch.action_open_red_locked()
        self.assertEqual(self.invoices.search(action["domain"]), locked)
        # As the advice says: revoke the table and the selection.
        self.submit_table("statistics_revoke")
        self.dispatch()
        self.submit("deduct_revoke", locked)
        self.dispatch()
        self.assertStands(locked, "unselected")
        self.assertFalse(locked.is_selectable, "the next “select all” takes it again")
        self.assertNotIn(locked, self.invoices.search([("is_selectable", "=", True)]))
        for operation_type in ("deduct", "exclude", "passenger", "preselect"):
            wishes = locked._get_wishes(reason="1")
            codes = self.plan_codes(operation_type, wishes)
            self.assertEqual(codes, ["red_locked"], operation_type)
        arch = etree.fromstring(self.invoices.get_view(view_type="search")["arch"])
        [domain] = arch.xpath("//filter[@name='red_locked']/@domain")
        self.assertEqual(self.invoices.search(safe_eval(domain)), locked)

    def _assert_sign_code(self, code, advice):
        self.bureau.sign_code = code
        batch = self._sign()
        self.assertEqual((batch.state, batch.result_code), ("failed", f"sign_{code}"))
        self.assertIn("签名未成功", batch.description)
        self.assertIn(advice, batch.advice)
        self.assertEqual(self.period.statistics_status, "02")
        self.assertFalse(self.period.confirmation_ids)
        self.assertEqual(set(self.invoices.mapped("selection")), {"selected"})

    def test_voided_signature_is_read_back(self):
        self.bureau.unfinished = 1
        self.bureau.poll_after = 30
        batch = self._sign()
        batch.action_void()
        self.pass_time(31)
        self.dispatch()
        self.pass_time(31)
        self.dispatch()
        self.assertEqual(batch.state, "voided")
        self.assertTrue(batch.has_late_answer)
        self.assertEqual(
            self.period.statistics_status, "05", "the bureau is the authority"
        )


class TestBureauMoves(TaxServiceCase):
    """The bureau says which period is open; what it leaves is filed or closed."""

    def _fetch_period(self):
        self.env["invoice.tax.fetch"]._ask(self.taxpayer, "period")
        self.dispatch()

    def _move(self):
        self.bureau.change_period(
            self.taxpayer.tax_number,
            period="202611",
            next_period="202612",
            statistics_status="01",
            signed_at=None,
        )
        self._fetch_period()

    def test_next_period_opens(self):
        period = self.taxpayer.current_period_id
        self._move()
        self.assertEqual(self.taxpayer.current_period_id.name, "202611")
        self.assertEqual((period.is_current, period.state), (False, "closed"))
        self.assertEqual(period.card, "past")

    def test_row_C3_signed_period_that_is_left_is_not_called_filed(self):
        """Whether it is filed only the bureau says; a deadline that has passed or a
        period that was moved by hand says nothing of it."""
        period = self.open_period(statistics_status="05")
        self._move()
        self.assertEqual((period.state, period.is_filed), ("signed", False))
        self.assertEqual(period.card, "past")

    def test_row_C3_filed_by_the_bureaus_word(self):
        period = self.open_period(statistics_status="05", filed=True)
        self.bureau.change_period(OWN, filed=False)
        self._move()
        self.assertEqual((period.state, period.is_filed), ("filed", True))

    def test_unsigned_selection_falls_back(self):
        invoice = self.add_invoices(1)
        self.submit("deduct", invoice)
        self.dispatch()
        self.bureau.change(
            self.taxpayer.tax_number,
            invoice.number,
            selection="unselected",
            purpose=None,
            period="",
        )
        self._move()
        self.pass_time(5)
        self.dispatch()
        self.assertStands(invoice, "unselected")

    def test_one_current_period(self):
        self._move()
        self._fetch_period()
        self.assertEqual(len(self.taxpayer.period_ids.filtered("is_current")), 1)

    def test_read_back_with_its_date(self):
        period = self.taxpayer.current_period_id
        self.pass_time(3600)
        self.bureau.change_period(
            self.taxpayer.tax_number, deadline=datetime.date(2026, 11, 18)
        )
        self._fetch_period()
        self.assertEqual(period.deadline, datetime.date(2026, 11, 18))
        self.assertEqual(period.synced_at, self.now, "of when is what is shown?")

    def test_row_C7_every_status_of_the_bureau(self):
        period = self.taxpayer.current_period_id
        for status, state in (
            ("01", "open"),
            ("02", "statistics"),
            ("03", "statistics"),
            ("04", "statistics"),
            ("05", "signed"),
            ("21", "open"),
            ("22", "open"),
            ("23", "open"),
            ("24", "open"),
            ("25", "statistics"),
        ):
            with self.subTest(status=status):
                self.bureau.change_period(
                    self.taxpayer.tax_number, statistics_status=status
                )
                self._fetch_period()
                self.assertEqual(
                    (period.statistics_status, period.state), (status, state)
                )

    def test_row_C7_what_each_status_locks(self):
        """While the bureau builds or certifies nothing may be changed; each has a
        sentence and an advice of its own."""
        asked = ("deduct", "statistics", "statistics_revoke", "sign", "sign_revoke")
        missing = "statistics_missing"
        for status, codes in (
            ("01", ("", "", missing, missing, "not_signed")),
            ("21", ("statistics_running",) * 5),
            ("22", ("", "", "nothing_selected", "nothing_selected", "not_signed")),
            ("23", ("", "reregistered", "reregistered", "reregistered", "not_signed")),
            ("24", ("certification_running",) * 5),
        ):
            period = self.open_period(statistics_status=status)
            for operation_type, code in zip(asked, codes, strict=True):
                with self.subTest(status=status, operation_type=operation_type):
                    reason = self.taxpayer._get_cannot_operate_reason(
                        operation_type, PERIOD
                    )
                    self.assertEqual(reason and reason[0] or "", code)
                    if code:
                        advice = get_advice(self.taxpayer.env, code)
                        self.assertTrue(advice and advice in reason[1])
            [banner] = period.get_banner(self.taxpayer.ids)
            self.assertEqual(banner["locked"], bool(codes[0]), status)
            self.assertEqual(bool(period.sign_hint), status in ("21", "23", "24"))

    def test_row_C7_looks_again_soon_while_the_bureau_is_at_work(self):
        period = self.taxpayer.current_period_id
        for status in ("21", "24"):
            with self.subTest(status):
                self.bureau.change_period(OWN, statistics_status=status)
                self._fetch_period()
                self.assertEqual(period.statistics_status, status)
                self.bureau.change_period(OWN, statistics_status="02")
                self.dispatch()
                self.assertEqual(period.statistics_status, status, "asked at once")
                self.pass_time(61)
                self.dispatch()
                self.assertEqual(period.statistics_status, "02")
        open_readings = self.env["invoice.tax.fetch"].search(
            [("taxpayer_id", "=", self.taxpayer.id), ("step", "!=", "done")]
        )
        self.assertFalse(open_readings, "it never stops asking")

    def test_row_C4_header_shows_period_deadline_and_issue_dates(self):
        [banner] = (
            self.env["invoice.tax.period"]
            .with_user(self.clerk)
            .with_context(lang="en_US")
            .get_banner(self.taxpayer.ids)
        )
        self.assertEqual(banner["name"], PERIOD)
        self.assertEqual(banner["deadline"], "11/16/2026")
        self.assertEqual(banner["issue_dates"], "01/01/2017 – 10/31/2026")
        self.assertEqual(banner["status"], "Not generated")
        self.assertFalse(banner["locked"])
        self.assertFalse(
            self.env["invoice.tax.period"]
            .with_user(self.stranger)
            .get_banner(self.taxpayer.ids)
        )
