from datetime import timedelta
from decimal import Decimal

from odoo.tools import html2plaintext

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError
from odoo.addons.invoice_tax_service.gateway.errors import OutcomeUnknownError

from .common import SECOND, LeqiCase


class TestQuota(LeqiCase):
    """The page 授信额度管理: figures read from the bureau, and their check."""

    def test_row_L1_menu_and_module(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        menu = self.env.ref("invoice_tax_leqi.menu_quota").with_context(lang="zh_CN")
        self.assertEqual(
            menu.complete_name.split("/")[-5:],
            ["发票服务", "基础资料", "乐企相关", "乐企信息", "授信额度管理"],
        )
        action = self.env.ref("invoice_tax_leqi.invoice_tax_quota_action")
        action = action.with_context(lang="zh_CN")
        self.assertIn("F17019", action.help)
        self.assertIn("合规管控", action.help)

    def test_words_of_every_task_belong_to_this_addon(self):
        """Those of another addon are translated before the fields here are there."""
        for model in self.env["invoice.tax.issuing.task"]._inherit_children:
            if self.env[model]._abstract:
                continue
            for name in ("state", "step"):
                for value, _label in self.env[model]._fields[name].selection:
                    table = model.replace(".", "_")
                    xml_id = f"invoice_tax_leqi.selection__{table}__{name}__{value}"
                    with self.subTest(xml_id):
                        self.assertTrue(self.env.ref(xml_id, raise_if_not_found=False))

    def test_row_L1_figures(self):
        self.leqi.open_month("1000000.00", "600000.00", other_used=Decimal("1000.01"))
        quota = self.read_quota()
        self.assertFigures(
            quota,
            monthly_quota="1000000.00",
            available="598999.99",
            downloaded="0.00",
            unused="0.00",
            free="0.00",
        )
        self.assertEqual(quota.month, "202611")
        self.assertEqual(quota.suspension, "running")
        self.assertEqual(quota.read_at, self.now)
        self.env["res.lang"]._activate_lang("zh_CN")
        names = ["suspension", "monthly_quota", "available", "downloaded", "unused"]
        labels = quota.with_context(lang="zh_CN").fields_get([*names, "month"])
        self.assertEqual(
            [labels[name]["string"] for name in [*names, "month"]],
            [
                "暂停授信标志",
                "本月授信额度",
                "可用剩余额度",
                "已下载额度",
                "已下载未使用额度",
                "属期",
            ],
        )

    def test_row_L1_formula_is_a_check_only(self):
        """Before filing the figures do not add up, and nothing is held up by it."""
        self.leqi.open_month("1000000.00", "600000.00")
        quota = self.read_quota()
        self.assertFalse(quota.is_formula_met)
        self.assertIn("-400,000.00", quota.formula)
        self.transfer("download", "600000.00")
        self.assertAsAtTheBureau(quota)
        self.leqi.month.limit = self.leqi.month.monthly
        self.now += timedelta(hours=1)
        self.read_quota()
        self.assertTrue(quota.is_formula_met)
        self.assertAsAtTheBureau(quota)

    def test_row_L1_usage_bar(self):
        quota = self.open_quota()
        self.take(self.new_issues("123456.78"))
        quota.invalidate_recordset()
        self.assertIn("width: 12.35%", quota.usage)
        self.assertIn("width: 67.65%", quota.usage)
        self.assertIn("width: 20.00%", quota.usage)
        legend = html2plaintext(quota.usage)
        for words in (
            "Uploaded 0.00",
            "Issued, Not Uploaded 123,456.78",
            "Free 676,543.22",
            "Not Downloaded 200,000.00",
        ):
            self.assertIn(words, legend)

    def test_row_L11_first_reading_and_corrections(self):
        """What differs at the bureau becomes a row; the sums stay right."""
        quota = self.open_quota()
        self.leqi.month.used += Decimal("0.03")
        self.leqi.month.other_used += Decimal("99.99")
        self.now += timedelta(hours=1)
        self.read_quota()
        self.assertAsAtTheBureau(quota)
        self.assertEqual(
            quota.move_ids.sorted("id").mapped("kind"),
            ["opening", "download", "correction"],
        )
        last = quota.move_ids.sorted("id")[-1]
        self.assertEqual((last.unused_change, last.available_change), (-0.03, -99.99))
        self.now += timedelta(hours=1)
        self.read_quota()
        self.assertEqual(len(quota.move_ids), 3, "nothing differed, and a row was made")

    def test_row_L11_upload_under_way_is_no_correction(self):
        """The bureau may have counted an upload whose answer is still to come."""
        quota = self.open_quota()
        issues = self.new_issues("100.00", "50.00")
        self.assertEqual(self.take(issues), ["", ""])
        self.leqi.upload("100.00")
        self.now += timedelta(hours=1)
        quotas = self.registry["invoice.tax.quota"]
        margin = (Decimal("-150.00"), Decimal("0.00"))
        self.patch(quotas, "_get_upload_margin", lambda *args: margin)
        self.read_quota()
        self.assertFigures(quota, unused="800000.00", taken="150.00")
        # Beyond what is under way it is a difference.
        self.leqi.upload("60.00")
        self.now += timedelta(hours=1)
        self.read_quota()
        self.assertFigures(quota, unused="799990.00", taken="150.00")
        self.env["invoice.tax.quota"].sudo()._note_uploaded(issues)
        self.assertAsAtTheBureau(quota)

    def test_vector_6_6_Q1_before_filing(self):
        self.leqi.open_month("1000000.00", "600000.00")
        self.assertFigures(self.read_quota(), available="600000.00")

    def test_vector_6_6_Q12_once_an_hour(self):
        quota = self.read_quota()
        self.assertEqual(quota.next_read_at, self.now + timedelta(hours=1))
        self.now += timedelta(minutes=59, seconds=59)
        with self.assertRaises(TaxServiceError) as caught:
            quota.action_read()
        self.assertEqual(caught.exception.code, "quota_query_too_soon")
        self.assertIn("10:00", str(caught.exception))
        self.assertEqual(self.leqi.count("read"), 1)
        self.now += timedelta(seconds=1)
        quota.action_read()
        self.dispatch()
        self.assertEqual(self.leqi.count("read"), 2)

    def test_row_L2_asked_by_somebody_else_within_the_hour(self):
        """The bureau's own refusal is obeyed: asked again when the hour is over."""
        self.leqi.asked_at["202611"] = self.now - timedelta(minutes=30)
        self.assertFalse(self.read_quota())
        [task] = self.of_issuer("invoice.tax.quota.task").search(
            [("taxpayer_id", "=", self.taxpayer.id)]
        )
        self.assertEqual((task.state, task.step), ("waiting", "queued"))
        self.assertEqual(task.result_code, "quota_query_too_soon")
        self.now += timedelta(minutes=31)
        self.dispatch()
        self.assertEqual(task.state, "success")
        self.assertTrue(self.get_quota())

    def test_row_L2_lost_answer_of_a_reading(self):
        self.leqi.trouble("read", OutcomeUnknownError())
        self.read_quota()
        self.now += timedelta(minutes=5)
        self.dispatch()
        self.assertAsAtTheBureau(self.get_quota())

    def test_row_L2_new_month_is_another_quota(self):
        old = self.open_quota()
        self.now += timedelta(days=21)
        self.leqi.open_month("500000.00")
        new = self.read_quota()
        self.assertEqual(new.month, "202612")
        self.assertAsAtTheBureau(new)
        self.assertFalse(old.is_current)
        with self.assertRaises(TaxServiceError) as caught:
            old.action_read()
        self.assertEqual(caught.exception.code, "quota_month_over")

    def test_row_L2_all_passes_over_those_that_may_not(self):
        other = self._new_taxpayer(SECOND, self.connection)
        self.close_gate(other)
        self.leqi.open_month("1000.00")
        quotas = self.of_issuer("invoice.tax.quota")
        answer = quotas.action_read()["params"]
        self.assertEqual(answer["type"], "warning")
        self.assertIn(other.name, answer["message"])
        self.assertIn("未授权", answer["message"])
        self.assertNotIn(self.taxpayer.name, answer["message"])
        tasks = self.of_issuer("invoice.tax.quota.task").search([])
        self.assertEqual(tasks.taxpayer_id, self.taxpayer)
        self.dispatch()
        self.assertEqual(self.get_quota().monthly_quota, 1000)
        self.close_gate(other, self.taxpayer)
        with self.assertRaises(TaxServiceError) as caught:
            quotas.action_read()
        self.assertEqual(caught.exception.code, "service_unavailable")
        self.assertIn(self.taxpayer.name, str(caught.exception))

    def test_row_L2_chosen_ones_without_those_that_may_not(self):
        self.leqi.open_month("1000.00")
        quotas = self.of_issuer("invoice.tax.quota")
        own = self.read_quota()
        other = self._new_taxpayer(SECOND, self.connection)
        own.sudo().copy({"taxpayer_id": other.id})
        both = quotas.search([])
        self.assertEqual(both.taxpayer_id, self.taxpayer | other)
        self.pass_time(3600)
        self.close_gate(other)
        answer = both.action_read()["params"]
        self.assertIn(other.name, answer["message"])
        tasks = self.of_issuer("invoice.tax.quota.task").search(
            [("step", "!=", "done")]
        )
        self.assertEqual(tasks.taxpayer_id, self.taxpayer)
        # Nor does one that was read just now hold up the others.
        self.dispatch()
        self.close_gate()
        answer = both.action_read()["params"]
        self.assertEqual(answer["type"], "warning")
        self.assertIn(self.taxpayer.name, answer["message"])

    def test_row_L2_chosen_one_that_may_not_is_refused(self):
        self.leqi.open_month("1000.00")
        quota = self.read_quota()
        self.pass_time(3600)
        self.close_gate(self.taxpayer)
        with self.assertRaises(TaxServiceError) as caught:
            quota.action_read()
        self.assertEqual(caught.exception.code, "service_unavailable")
