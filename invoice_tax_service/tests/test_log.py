from lxml import etree

from odoo.tools.safe_eval import safe_eval

from .common import SECOND, TaxServiceCase
from .fake_bureau import PERIOD

LOG = "invoice.tax.operation"


class TestLog(TaxServiceCase):
    """The operation log of the manual (000): where it stands, and what it shows."""

    def _arch(self, view_type, model=LOG):
        view = self.env[model].with_user(self.viewer).get_view(view_type=view_type)
        return etree.fromstring(view["arch"])

    def _mixed(self):
        """A batch with two that succeed, one that fails, and one in progress."""
        invoices = self.add_invoices(3)
        self.bureau.results[invoices[2].number] = "abnormal"
        batch = self.submit("deduct", invoices)
        self.dispatch()
        return batch

    def test_row_O1_where_the_log_stands(self):
        menu = self.env.ref("invoice_tax_service.menu_operation")
        names = []
        while menu:
            names.insert(0, menu.get_external_id()[menu.id])
            menu = menu.parent_id
        prefix = "invoice_tax_service.menu_"
        self.assertEqual(
            names[-4:],
            [
                f"{prefix}{name}"
                for name in (
                    *("tax_service", "receiving"),
                    *("input_deduction", "operation"),
                )
            ],
        )
        self.assertEqual(names[0], "account.menu_finance")
        visible = self.env["ir.ui.menu"].with_user(self.viewer)._visible_menu_ids()
        self.assertIn(self.env.ref(names[-1]).id, visible)

    def test_row_O1_names_and_module_code(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        chinese = self.env(context={"lang": "zh_CN"})
        action = chinese.ref("invoice_tax_service.invoice_tax_operation_action")
        self.assertEqual(action.res_model, LOG)
        self.assertEqual(action.name, "税局用票操作日志")
        self.assertIn("F18008", action.help)
        self.assertIn("勾选认证日志", action.help)
        menu = chinese.ref("invoice_tax_service.menu_operation")
        names = []
        while menu.parent_id:
            names.insert(0, menu.name)
            menu = menu.parent_id
        self.assertEqual(
            names, ["发票服务", "收票管理", "进项抵扣", "税局用票操作日志"]
        )

    def test_row_O3_fields_of_the_manual(self):
        shown = set(self._arch("list").xpath("//list/field/@name"))
        manual = {
            *("operation_type", "state", "description", "total_count"),
            *("success_count", "failed_count", "period", "is_asynchronous"),
            *("origin", "vat_amount", "creditable_vat"),
        }
        ours = {
            *("batch_number", "taxpayer_id", "company_id", "user_id"),
            *("create_date", "finished_at"),
        }
        # The company stands there for who has more than one.
        self.assertLessEqual((manual | ours) - {"company_id"}, shown)
        hidden = set(self._arch("list").xpath("//list/field[@optional='hide']/@name"))
        self.assertFalse(manual & hidden, "fields of the manual to be looked for")
        states = dict(self.env[LOG]._fields["state"].selection)
        self.assertEqual(
            list(states), ["waiting", "processing", "success", "failed", "voided"]
        )
        origins = dict(self.env[LOG]._fields["origin"].selection)
        self.assertEqual(list(origins), ["manual", "excel", "automatic", "external"])

    def test_row_O3_values_of_a_batch(self):
        batch = self._mixed().with_user(self.viewer)
        self.assertRecordValues(
            batch,
            [
                {
                    "operation_type": "deduct",
                    "state": "failed",
                    "total_count": 3,
                    "success_count": 2,
                    "failed_count": 1,
                    "period": PERIOD,
                    "is_asynchronous": True,
                    "origin": "manual",
                    "vat_amount": 39.0,
                    "creditable_vat": 39.0,
                    "taxpayer_id": self.taxpayer.id,
                    "company_id": self.company.id,
                    "user_id": self.clerk.id,
                }
            ],
        )
        self.assertIn("2", batch.description)
        self.assertTrue(batch.batch_number and batch.create_date and batch.finished_at)

    def test_row_O4_the_number_opens_the_ledger_of_the_batch(self):
        other = self.submit("deduct", self.add_invoices(1))
        batch = self._mixed()
        action = batch.with_user(self.viewer).action_open_ledger()
        ledger = self.env[action["res_model"]].with_user(self.viewer)
        lines = ledger.search(action["domain"], order="id")
        self.assertEqual(lines, batch.line_ids.sorted("id"))
        self.assertNotIn(other.line_ids, lines)
        self.assertIn(batch.batch_number, action["display_name"])
        done, _second, failed = lines
        self.assertEqual(
            (done.net_amount, done.vat_amount, done.creditable_vat), (100, 13, 13)
        )
        self.assertEqual(
            (done.selection_before, done.selection_after), ("unselected", "selected")
        )
        self.assertEqual(failed.result_code, "abnormal")
        self.assertTrue(failed.result_text and failed.advice)
        shown = set(self._arch("list", ledger._name).xpath("//list/field/@name"))
        self.assertLessEqual(
            {
                *("net_amount", "vat_amount", "creditable_vat"),
                *("selection_before", "selection_after"),
                *("result_text", "advice", "raw_code", "raw_text"),
            },
            shown,
        )

    def test_row_O12_three_counters_by_copies_net_and_vat(self):
        batch = self._mixed()
        self.assertEqual(self._counters(batch), [2, 200, 26, 1, 100, 13, 0, 0, 0])
        waiting = self.submit("deduct", self.add_invoices(2))
        self.assertEqual(self._counters(waiting), [0, 0, 0, 0, 0, 0, 2, 200, 26])
        self.dispatch()
        self.assertEqual(self._counters(waiting), [2, 200, 26, 0, 0, 0, 0, 0, 0])

    def _counters(self, batch):
        return [
            batch[f"{part}_{name}"]
            for part in ("success", "failed", "open")
            for name in ("count", "net", "vat")
        ]

    def test_row_O12_all_states_in_one_batch(self):
        batch = self.submit("deduct", self.add_invoices(4))
        states = ("success", "failed", "voided", "waiting")
        for line, state in zip(batch.sudo().line_ids, states, strict=True):
            line.state = state
        batch.sudo()._refresh_from_lines()
        self.assertEqual(self._counters(batch), [1, 100, 13] * 3)

    def test_row_O12_counters_of_many_cost_two_statements(self):
        batches = self._mixed()
        for _position in range(3):
            batches |= self._mixed()
        open_one = self.submit("deduct", self.add_invoices(2))
        open_one.sudo().line_ids[0].state = "failed"
        open_one.sudo()._refresh_from_lines()
        batches |= open_one
        self.env.flush_all()
        self.env.invalidate_all()
        batches.mapped("net_amount")
        with self.assertQueryCount(2):
            sums = batches._fetch_parts()
        self.assertEqual(len(sums), len(batches))

    def test_row_O12_search_group_pivot_graph(self):
        action = self.env.ref("invoice_tax_service.invoice_tax_operation_action")
        self.assertLessEqual({"pivot", "graph"}, set(action.view_mode.split(",")))
        contexts = self._arch("search").xpath("//group/filter/@context")
        groups = {safe_eval(context)["group_by"] for context in contexts}
        self.assertLessEqual(
            {"operation_type", "state", "period", "origin", "create_date:day"}, groups
        )
        for kind in ("pivot", "graph"):
            names = set(self._arch(kind).xpath(f"//{kind}/field/@name"))
            self.assertLessEqual(
                {"total_count", "net_amount", "vat_amount", "creditable_vat"}, names
            )
        self._mixed()
        groups = (
            self.env[LOG]
            .with_user(self.viewer)
            ._read_group(
                [("taxpayer_id", "=", self.taxpayer.id)],
                ["operation_type", "state"],
                ["total_count:sum", "net_amount:sum", "creditable_vat:sum"],
            )
        )
        self.assertEqual(groups, [("deduct", "failed", 3, 300, 39)])


class TestTaskOverview(TaxServiceCase):
    """Open tasks, the oldest, the next call, pauses with their reason, and what
    failed today, of each taxpayer on one page."""

    def setUp(self):
        super().setUp()
        self.lane = self.taxpayer.lane_id.with_user(self.viewer)

    def test_row_O12_nothing_to_do(self):
        self.assertRecordValues(
            self.lane,
            [
                {
                    "open_task_count": 0,
                    "open_invoice_count": 0,
                    "oldest_open_at": False,
                    "next_call_at": False,
                    "failed_today_count": 0,
                }
            ],
        )

    def test_row_O12_open_oldest_and_next_call(self):
        first = self.submit("deduct", self.add_invoices(2))
        self.submit("deduct", self.add_invoices(1))
        self.env.invalidate_all()
        self.assertEqual(self.lane.open_task_count, 2)
        self.assertEqual(self.lane.open_invoice_count, 3)
        self.assertEqual(self.lane.oldest_open_at, first.create_date)
        self.assertEqual(self.lane.next_call_at, self.now)
        self.assertEqual(self.lane.search([("open_task_count", ">", 0)]), self.lane)
        self.dispatch()
        self.assertEqual(self.lane.open_task_count, 0)
        self.assertFalse(self.lane.search([("open_task_count", ">", 0)]))

    def test_row_O12_paused_and_stopped(self):
        self.submit("deduct", self.add_invoices(1))
        until = self.now.replace(year=self.now.year + 1)
        self.lane.sudo().write({"paused_until": until, "trouble_code": "unavailable"})
        self.env.invalidate_all()
        self.assertEqual(self.lane.next_call_at, until)
        self.assertTrue(self.lane.trouble)
        self.lane.sudo().is_stopped = True
        self.env.invalidate_all()
        self.assertFalse(self.lane.next_call_at, "nobody will call")

    def test_row_O12_failures_of_today(self):
        invoices = self.add_invoices(2)
        for invoice in invoices:
            self.bureau.results[invoice.number] = "abnormal"
            self.submit("deduct", invoice)
        self.dispatch()
        self.assertEqual(self.lane.failed_today_count, 2)
        action = self.lane.action_open_failed()
        self.assertEqual(action["context"]["search_default_failed"], 1)
        self.env.cr.execute(
            "UPDATE invoice_tax_operation SET finished_at = finished_at - INTERVAL"
            " '1 day' WHERE state = 'failed'"
        )
        self.env.invalidate_all()
        self.assertEqual(self.lane.failed_today_count, 0)

    def test_row_O12_two_taxpayers_side_by_side(self):
        second = self._new_taxpayer(SECOND, self.connection)
        self.open_period(second)
        self.submit("deduct", self.add_invoices(1))
        lanes = self.lane | second.lane_id.with_user(self.viewer)
        self.env.invalidate_all()
        self.assertEqual(lanes.mapped("open_task_count"), [1, 0])
        self.assertFalse(
            lanes.with_user(self.stranger).search([("id", "in", lanes.ids)])
        )
