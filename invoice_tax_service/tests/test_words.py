import datetime

from lxml import etree

from odoo.tools.safe_eval import safe_eval

from ..gateway.errors import RepeatTooSoonError
from ..models.reasons import REASONS
from ..models.words import STATISTICS_STATUSES, get_advice, get_reason
from .common import TaxServiceCase
from .fake_bureau import PERIOD

POOL = "invoice.tax.input.invoice"


class WordsCase(TaxServiceCase):
    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang("zh_CN")
        self.chinese = self.env(context={"lang": "zh_CN"})


class TestButtons(WordsCase):
    """A button says what it has done, or by name why not."""

    def test_row_O5_says_how_many_are_asked(self):
        batch = self.submit("deduct", self.add_invoices(1))
        self.step()
        self.assertEqual(batch.state, "processing")
        action = batch.action_fetch_result()
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn("1", action["params"]["message"])

    def test_row_O5_nothing_was_sent(self):
        rows = self.operations()._plan_selection(
            self.taxpayer, "deduct", PERIOD, self.wishes("9" * 20)
        )
        batch = self.operations()._submit_selection(
            self.taxpayer, "deduct", PERIOD, rows, "manual"
        )
        self.assertEqual((batch.state, batch.request_ids.ids), ("failed", []))
        with self.assertRefused("nothing_sent") as refusal:
            batch.action_fetch_result()
        self.assertIn(batch.batch_number, refusal.sentence)

    def test_discard_says_the_state(self):
        batch = self.submit("deduct", self.add_invoices(1))
        self.step()
        with self.assertRefused("wrong_state") as refusal:
            batch.action_discard()
        self.assertIn("void it", refusal.sentence)
        self.dispatch()
        self.assertEqual(batch.state, "success")
        with self.assertRefused("wrong_state") as refusal:
            batch.action_discard()
        self.assertNotIn("void it", refusal.sentence)
        self.assertIn("Success", refusal.sentence)

    def test_a_late_answer_is_said_to_be_where_it_is(self):
        view = self.operations().get_view(view_type="form")
        [note] = etree.fromstring(view["arch"]).xpath(
            "//div[@invisible='not has_late_answer']"
        )
        self.assertEqual(
            {span.get("invisible"): span.text.split()[-1] for span in note},
            {"not total_count": "ledger", "total_count": "Story"},
        )

    def test_a_waiting_request_is_not_told_to_be_tried_again(self):
        batch = self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", RepeatTooSoonError(wait=180))
        self.dispatch()
        code = self.requests_of(batch).result_code
        self.assertEqual(code, "repeat_waits")
        sentence = get_reason(self.chinese, code) + get_advice(self.chinese, code)
        self.assertNotIn("请3分钟后再重试", sentence)
        self.assertIn("自动", sentence)
        # The button's sentence is the manual's, and promises nothing.
        self.assertEqual(get_advice(self.chinese, "repeat_too_soon"), "")


class TestWordsOfTheManual(WordsCase):
    """Sentences of the manuals to the letter, and no advice that leads nowhere."""

    def test_row_C8_filing_question_and_running_number(self):
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        self.submit_table("statistics")
        self.dispatch()
        self.submit_table("sign")
        self.dispatch()
        self.submit_table("sign_revoke")
        self.dispatch()
        action = self.taxpayer.current_period_id.action_sign()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        chinese = wizard.with_user(self.clerk).with_context(lang="zh_CN")
        self.assertEqual(
            chinese.filing_question,
            "尊敬的纳税人：因获取您税款所属期2026年10月的申报结果信息有延迟，"
            "请您选择是否已完成税款所属期2026年10月的增值税申报工作！",
        )
        self.assertIn("第2次确认", chinese.running_number)
        self.assertIn("待提交", chinese.running_number)
        self.assertIn(PERIOD, chinese.sentence)
        states = dict(
            self.chinese["invoice.tax.confirmation"]
            ._fields["state"]
            ._description_selection(self.chinese)
        )
        self.assertEqual(states["signed"], "已提交")

    def test_row_C8_answered_that_it_is_filed(self):
        self.open_period(statistics_status="02", filed=None)
        action = self.taxpayer.current_period_id.action_sign()
        wizard = self.env[action["res_model"]].with_user(self.clerk)
        wizard = wizard.browse(action["res_id"])
        wizard.filing = "finished"
        wizard.action_sign()
        self.dispatch()
        batch = self.operations().search([], limit=1)
        self.assertEqual(batch.result_code, "period_filed")
        sentence = (
            "本次确认不成功，原因：您税款所属期2026年10月的申报工作已完成，"
            "本批次发票请您在下期进行勾选认证操作！"
        )
        chinese = batch.with_context(lang="zh_CN")
        self.assertIn(sentence, chinese.description)
        # The bureau of the manual sends it itself: said once.
        batch.sudo().result_text = sentence
        self.env.invalidate_all()
        self.assertEqual(chinese.description, sentence)

    def test_row_C8_selected_and_not_confirmed(self):
        invoices = self.add_invoices(3)
        self.submit("deduct", invoices[:2])
        self.dispatch()
        action = self.env.ref(
            "invoice_tax_service.invoice_tax_input_invoice_action_unconfirmed"
        )
        pool = self.env[POOL].with_user(self.viewer)
        self.assertEqual(
            pool.search(safe_eval(action.domain), order="id"), invoices[:2]
        )
        self.assertEqual(action.with_context(lang="zh_CN").name, "已勾选未确认")

    def test_row_C7_each_status_that_forbids_has_advice(self):
        self.open_period(statistics_status="02")
        period = self.taxpayer.current_period_id
        for status, _label in STATISTICS_STATUSES:
            self.open_period(statistics_status=status)
            period.invalidate_recordset()
            reason = self.taxpayer._get_cannot_operate_reason("sign", PERIOD)
            with self.subTest(status):
                self.assertEqual(bool(reason), status != "02", reason)
                if reason:
                    code, sentence = reason[:2]
                    self.assertTrue(REASONS[code][1], f"{code} has no advice")
                    self.assertIn(get_advice(period.env, code), sentence)

    def test_preselected_for_the_same_period_too(self):
        sentence = get_reason(self.chinese, "preselected")
        self.assertNotIn("其他", sentence)
        self.assertIn("等待税款所属期开启", sentence)

    def test_red_is_the_name_of_a_red_letter_invoice(self):
        label = dict(
            self.chinese[POOL]._fields["status"]._description_selection(self.chinese)
        )["red"]
        self.assertEqual(label, "红字发票")
        self.assertIn(label, get_reason(self.chinese, "red"))


class TestPoolPages(WordsCase):
    """What the lists of the pool open with."""

    def _search_view(self):
        view = self.env[POOL].with_user(self.clerk).get_view(view_type="search")
        return etree.fromstring(view["arch"])

    def _domain(self, name):
        [node] = self._search_view().xpath(f"//filter[@name='{name}']")
        return safe_eval(node.get("domain"))

    def test_row_C4_issue_dates_are_preset(self):
        today = self.taxpayer._get_today()
        lately = self.add_invoices(1, issue_date=today - datetime.timedelta(days=700))
        self.add_invoices(1, issue_date=today - datetime.timedelta(days=800))
        action = self.env.ref("invoice_tax_service.invoice_tax_input_invoice_action")
        context = safe_eval(action.context)
        self.assertTrue(context["search_default_issued_lately"])
        pool = self.env[POOL].with_user(self.clerk)
        self.assertEqual(pool.search(self._domain("issued_lately")), lately)

    def test_row_C4_confirmation_date(self):
        self.assertTrue(self._search_view().xpath("//filter[@date='confirmed_at']"))
        invoices = self.add_invoices(2)
        self.submit("deduct", invoices[0])
        self.submit_table("statistics")
        self.dispatch()
        self.submit_table("sign")
        self.dispatch()
        pool = self.env[POOL].with_user(self.clerk)
        for days, found in ((-1, invoices[0]), (1, pool)):
            day = self.now + datetime.timedelta(days=days)
            self.assertEqual(pool.search([("confirmed_at", ">=", day)]), found)

    def test_row_C11_what_is_confirmed_is_summed_up(self):
        deducted, excluded, selected, refunded = self.add_invoices(4)
        for invoice, purpose, selection in (
            (deducted, "deduct", "confirmed"),
            (excluded, "exclude", "confirmed"),
            (selected, "deduct", "selected"),
            (refunded, "refund", "confirmed"),
        ):
            invoice.sudo().write(
                {"purpose": purpose, "selection": selection, "period": PERIOD}
            )
        action = self.env.ref(
            "invoice_tax_service.invoice_tax_input_invoice_action_pivot"
        )
        domain = safe_eval(action.domain)
        pool = self.env[POOL].with_user(self.viewer)
        for name, value in safe_eval(action.context).items():
            self.assertEqual(value, 1)
            domain += self._domain(name.removeprefix("search_default_"))
        self.assertEqual(pool.search(domain, order="id"), deducted | excluded)
        view = pool.get_view(view_type="pivot")
        columns = etree.fromstring(view["arch"]).xpath("//field[@type='col']/@name")
        self.assertEqual(columns, ["purpose", "selection"])

    def test_preselected_column_can_be_had(self):
        view = self.env[POOL].with_user(self.clerk).get_view(view_type="list")
        [field] = etree.fromstring(view["arch"]).xpath(
            "//field[@name='preselected_period']"
        )
        self.assertEqual(field.get("optional"), "hide")


class TestBureauDay(WordsCase):
    """It is the day of the bureau that counts, wherever the user sits."""

    def test_row_C3_days_are_those_of_the_bureau(self):
        """Whatever the hour, one of these two places has another date than China."""
        today = self.taxpayer._get_today()
        period = self.open_period(
            deadline=today + datetime.timedelta(days=3), issue_date_to=None
        )
        levels = self.env["invoice.tax.credit.level"]
        for level, zone in (("A", "Etc/GMT+12"), ("C", "Pacific/Kiritimati")):
            self.clerk.tz = zone
            abroad = period.with_context(tz=zone, lang="en_US")
            abroad.invalidate_recordset()
            self.assertEqual(abroad.days_left, "3 days left", zone)
            wizard = (
                self.env["invoice.tax.download.wizard"]
                .with_user(self.clerk)
                .with_context(tz=zone)
                .create({"taxpayer_id": self.taxpayer.id})
            )
            self.assertEqual(wizard.issue_date_to, today, zone)
            taxpayer = self.taxpayer.sudo().with_context(tz=zone)
            taxpayer.credit_level = level
            levels.with_context(tz=zone)._note(taxpayer)
            last = levels.search([("level", "=", level)], order="id desc", limit=1)
            self.assertEqual(last.valid_from, today, zone)
            self.assertIn(f"{today:%Y%m}", taxpayer._get_months_to_fetch()[-2])


class TestKeptFiles(WordsCase):
    """Uploaded files are kept for the days of the setting."""

    def _import(self, days):
        record = self.env["invoice.tax.import"].create(
            {
                "taxpayer_id": self.taxpayer.id,
                "company_id": self.company.id,
                "filename": "勾选.xlsx",
                "workbook": "YQ==",
                "row_count": 1,
            }
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE invoice_tax_import SET create_date = %s WHERE id = %s",
            (self.now - datetime.timedelta(days=days), record.id),
        )
        record.invalidate_recordset()
        return record

    def _keep(self, days):
        self.env["res.config.settings"].create(
            {"tax_service_workbook_days": days}
        ).execute()

    def test_row_C6_files_are_dropped_after_the_days_of_the_setting(self):
        old, young = self._import(40), self._import(20)
        self._keep(0)
        self.env["invoice.tax.import"]._clean_workbooks()
        self.assertTrue(old.workbook, "0 keeps them for good")
        self._keep(30)
        self.assertEqual(
            self.env["res.config.settings"].create({}).tax_service_workbook_days, 30
        )
        self.env["invoice.tax.import"]._clean_workbooks()
        self.assertFalse(old.workbook)
        self.assertEqual(old.row_count, 1, "what came of it is gone too")
        self.assertTrue(young.workbook)
        with self.assertRefused("file_not_kept"):
            old.with_user(self.clerk).action_download_errors()
