import json
from datetime import timedelta

from lxml import etree
from stdnum.cn import uscc

from ..gateway.errors import WaitError
from .common import SMALL, TaxServiceCase
from .fake_bureau import PERIOD


class MonthCase(TaxServiceCase):
    """Cards of the page "This Month", read as the web client reads them."""

    def setUp(self):
        super().setUp()
        today = self.taxpayer._get_today()
        self.period = self.open_period(deadline=today + timedelta(days=10))

    def get_arch(self):
        model = self.env["invoice.tax.taxpayer"].with_user(self.clerk)
        view = self.env.ref("invoice_tax_service.invoice_tax_month_view_kanban")
        return etree.fromstring(model.get_view(view.id, "kanban")["arch"])

    def read_cards(self, user=None, limit=80):
        model = self.env["invoice.tax.taxpayer"].with_user(user or self.clerk)
        names = {node.get("name") for node in self.get_arch().iter("field")}
        specification = {
            name: {"fields": {"display_name": {}}}
            if model._fields[name].type == "many2one"
            else {}
            for name in names
        }
        self.env.flush_all()
        self.env.invalidate_all()
        return model.web_search_read([], specification, limit=limit)["records"]

    def read_card(self, taxpayer=None, user=None):
        taxpayer = taxpayer or self.taxpayer
        [row] = [row for row in self.read_cards(user) if row["id"] == taxpayer.id]
        return {
            **json.loads(row["month_card"]),
            "graph": json.loads(row["month_graph"]),
        }

    def press(self, taxpayer=None):
        """Press the one button that the card shows."""
        taxpayer = (taxpayer or self.taxpayer).with_user(self.clerk)
        step = self.read_card(taxpayer)["step"]
        buttons = [
            node.get("name")
            for node in self.get_arch().iter("button")
            if f"'{step}'" in node.get("t-if", "")
        ]
        self.assertEqual(len(buttons), 1, f"{step} needs one button")
        return getattr(taxpayer, buttons[0])()


class TestMonthCard(MonthCase):
    """What the card shows, to whom, and at what price."""

    def test_row_O12_figures_of_the_month(self):
        invoices = self.add_invoices(5, vat_amount=130, creditable_vat=130)
        self.submit("deduct", invoices[:2])
        self.dispatch()
        card = self.read_card()
        self.assertEqual(card["open"], {"count": 3, "vat": "390.00"})
        self.assertEqual(card["selected"], {"count": 2, "vat": "260.00"})
        period = card["period"]
        self.assertEqual(period["name"], PERIOD)
        self.assertEqual(period["days_left"], "10 days left")
        self.assertFalse(period["is_urgent"] or period["has_table"])
        [graph] = card["graph"]
        self.assertEqual(graph["values"][-1]["value"], 260.0)
        self.assertEqual(graph["values"][-1]["type"], "future")

    def test_row_O12_red_near_the_deadline_only_where_someone_must_act(self):
        self.add_invoices(1)
        today = self.taxpayer._get_today()
        for days, is_urgent in ((4, False), (3, True), (-1, True)):
            with self.subTest(days):
                self.open_period(deadline=today + timedelta(days=days))
                self.assertEqual(self.read_card()["period"]["is_urgent"], is_urgent)
        self.open_period(statistics_status="05")
        self.assertFalse(self.read_card()["period"]["is_urgent"])

    def test_row_O12_two_companies(self):
        other = self._new_taxpayer(
            SMALL, self._new_connection(self.other_company)
        ).with_user(self.stranger)
        self.open_period(other)
        self.add_invoices(2)
        self.add_invoices(4, other)
        own = [row["id"] for row in self.read_cards()]
        self.assertIn(self.taxpayer.id, own)
        self.assertNotIn(other.id, own)
        self.assertEqual(self.read_card()["open"]["count"], 2)
        theirs = [row["id"] for row in self.read_cards(self.stranger)]
        self.assertEqual(theirs, other.ids)

    def test_row_O12_failed_tasks_are_shown_until_retried(self):
        [invoice] = self.add_invoices(1)
        self.bureau.results[invoice.number] = "abnormal"
        batch = self.submit("deduct", invoice)
        self.dispatch()
        self.assertEqual(batch.state, "failed")
        self.assertEqual(self.read_card()["tasks"]["failed"], 1)
        action = self.taxpayer.action_month_failed()
        self.assertTrue(action["context"]["search_default_failed"])
        self.pass_time(8 * 24 * 3600)
        self.assertEqual(self.read_card()["tasks"]["failed"], 0)

    def test_row_O12_paused_line_with_the_next_call(self):
        lane = self.taxpayer.sudo().lane_id
        self.assertFalse(self.read_card()["lanes"])
        [invoice] = self.add_invoices(1)
        self.submit("deduct", invoice)
        lane.write(
            {
                "paused_until": self.now + timedelta(hours=1),
                "trouble_code": WaitError.code,
            }
        )
        [shown] = self.read_card()["lanes"]
        self.assertFalse(shown["is_stopped"])
        self.assertTrue(shown["trouble"])
        moment = self.now + timedelta(hours=9)  # as a clock in China shows it
        self.assertEqual(shown["next_call"], f"{moment:%m-%d %H:%M}")
        self.pass_time(3601)
        self.assertFalse(self.read_card()["lanes"])

    def test_row_O12_as_many_queries_for_20_taxpayers_as_for_2(self):
        self.add_invoices(2)
        for number in range(19):
            body = f"91110105MAF{number:05d}X"
            other = self._new_taxpayer(
                body + uscc.calc_check_digit(body), self.connection
            )
            self.open_period(other, statistics_status=("01", "02", "05")[number % 3])
            [invoice] = self.add_invoices(1, other)
            if not number % 3:
                self.submit("deduct", invoice, other)

        def count(limit):
            before = self.env.cr.sql_log_count
            self.assertEqual(len(self.read_cards(limit=limit)), limit)
            return self.env.cr.sql_log_count - before

        count(20)  # what is cached for good is not of the cards
        few, many = count(2), count(20)
        self.assertLessEqual(many, few, "queries grow with the taxpayers")

    def test_row_X2_progress_of_what_is_under_way(self):
        """A long job goes on while its person is elsewhere, and the card shows how
        far it is."""
        self.assertFalse(self.read_card()["tasks"]["count"])
        invoices = self.add_invoices(250)
        self.submit("deduct", invoices)
        self.step(2)
        tasks = self.read_card()["tasks"]
        self.assertEqual((tasks["count"], tasks["total"]), (1, 250))
        self.assertTrue(0 < tasks["done"] < 250, tasks)
        self.assertEqual(tasks["share"], round(tasks["done"] / 2.5))
        self.assertTrue(tasks["oldest"])
        action = self.taxpayer.action_month_tasks()
        self.assertTrue(action["context"]["search_default_open"])
        self.dispatch()
        self.assertFalse(self.read_card()["tasks"]["count"])


class TestLongJobs(MonthCase):
    """Who asked for something is told of its end, with a way to it."""

    def setUp(self):
        super().setUp()
        self.sent = []
        users = self.registry["res.users"]
        self.patch(
            users,
            "_bus_send",
            lambda user, kind, message, **options: self.sent.append(
                (user, kind, message)
            ),
        )

    def assertTold(self, record):
        [(user, kind, message)] = self.sent
        self.assertEqual((user, kind), (self.clerk, "invoice_tax_service.done"))
        self.assertTrue(message["title"] and message["message"])
        self.assertEqual(message["next"]["res_model"], record._name)
        self.assertEqual(message["next"]["res_id"], record.id)
        # The person may open what the link leads to.
        self.assertTrue(record.with_user(user).read(["display_name"]))
        self.sent.clear()

    def test_row_X2_batch_ends_in_a_notification_with_a_link(self):
        batch = self.submit("deduct", self.add_invoices(2))
        self.assertFalse(self.sent)
        self.dispatch()
        self.assertTold(batch)
        [invoice] = self.add_invoices(1)
        self.bureau.results[invoice.number] = "abnormal"
        failed = self.submit("deduct", invoice)
        self.dispatch()
        self.assertTrue(self.sent[0][2]["sticky"])
        self.assertTold(failed)

    def test_row_X2_certification_and_table_end_in_a_notification_with_a_link(self):
        invoices = self.add_invoices(2)
        for operation_type in ("statistics", "sign"):
            if operation_type == "statistics":
                self.submit("deduct", invoices)
                self.dispatch()
                self.sent.clear()
            batch = self.submit_table(operation_type)
            self.dispatch()
            self.assertEqual(batch.state, "success", batch.result_code)
            self.assertTold(batch)

    def test_row_X2_workbook_ends_in_a_notification_with_a_link(self):
        operations = self.operations()
        rows = operations._plan_selection(
            self.taxpayer, "deduct", PERIOD, self.add_invoices(2)._get_wishes()
        )
        batch = operations._submit_selection(
            self.taxpayer, "deduct", PERIOD, rows, "excel"
        )
        self.dispatch()
        self.assertTold(batch)

    def test_row_X2_reading_ends_in_a_notification_with_a_link(self):
        self.taxpayer.action_fetch()
        self.assertFalse(self.sent)
        self.dispatch()
        reading = self.env["invoice.tax.fetch"].search(
            [("taxpayer_id", "=", self.taxpayer.id), ("origin", "=", "manual")]
        )
        self.assertTold(reading)

    def test_row_X2_what_odoo_wants_by_itself_tells_nobody(self):
        self.env["invoice.tax.fetch"]._ask(self.taxpayer, "pool")
        self.dispatch()
        self.assertFalse(self.sent)


class TestMonthStep(MonthCase):
    """The one next step for each state, and that its button does it."""

    def assertStep(self, step, hint="", **values):
        card = self.read_card(**values)
        self.assertEqual(card["step"], step, card["hint"])
        self.assertIn(hint, card["hint"])

    def test_row_O12_next_step_through_the_month(self):
        invoices = self.add_invoices(2)
        self.assertStep("select")
        action = self.press()
        self.assertTrue(action["context"]["search_default_selectable"])
        self.submit("deduct", invoices)
        self.assertStep("wait", "worked on")
        self.dispatch()
        self.assertStep("statistics")
        self.press()
        self.assertStep("wait")
        self.dispatch()
        self.pass_time(5)
        self.dispatch()
        self.assertStep("sign")
        action = self.press()
        wizard = self.env[action["res_model"]].with_user(self.clerk)
        wizard = wizard.browse(action["res_id"])
        wizard.action_sign()
        self.dispatch()
        self.pass_time(5)
        self.dispatch()
        self.assertStep("signed")
        self.open_period(statistics_status="05", filed=True)
        self.assertStep("filed")

    def test_row_O12_next_step_without_connection_and_stopped(self):
        taxpayer = self._new_taxpayer(SMALL, self.connection)
        taxpayer.sudo().connection_id = False
        self.assertStep("connect", "connection", taxpayer=taxpayer)
        context = self.press(taxpayer)["context"]
        self.assertEqual(context["default_taxpayer_id"], taxpayer.id)
        self.taxpayer.sudo().lane_id.is_stopped = True
        self.assertStep("resume")
        self.assertTrue(self.read_card()["lanes"][0]["is_stopped"])

    def test_row_O12_next_step_fetch(self):
        taxpayer = self._new_taxpayer(SMALL, self.connection)
        self.assertStep("connect", "leads nowhere", taxpayer=taxpayer)
        self.connection.sudo().address = "http://127.0.0.1:9"
        self.assertStep("fetch", "not read yet", taxpayer=taxpayer)
        self.press(taxpayer)
        self.assertStep("wait", "being read", taxpayer=taxpayer)
        reading = self.env["invoice.tax.fetch"].search(
            [("taxpayer_id", "=", taxpayer.id)]
        )
        reading.read_count = 1200
        self.assertStep("wait", "1,200 invoices so far", taxpayer=taxpayer)
        self.assertStep("wait", "No invoice")
        self.pass_time(25 * 3600)
        self.assertStep("fetch", "last read")

    def test_row_O12_next_step_of_small_scale_taxpayers(self):
        taxpayer = self._new_taxpayer(
            SMALL, self.connection, taxpayer_type="small_scale"
        )
        self.open_period(taxpayer)
        self.add_invoices(1, taxpayer)
        self.assertStep("wait", "Small-scale", taxpayer=taxpayer)
        self.assertFalse(self.read_card(taxpayer)["is_selecting"])

    def test_row_O12_next_step_of_a_table_that_cannot_be_signed(self):
        for status, step in (("03", "wait"), ("04", "table"), ("25", "table")):
            with self.subTest(status):
                self.open_period(statistics_status=status)
                self.assertStep(step)
                self.assertTrue(self.read_card()["hint"])
        self.assertEqual(self.press()["res_model"], "invoice.tax.statistics")
        self.open_period(statistics_status="21")
        self.assertStep("wait")

    def test_row_O12_next_step_near_the_deadline(self):
        """What is left for a later month does not stand in the way of this one."""
        invoices = self.add_invoices(3)
        self.submit("deduct", invoices[:1])
        self.dispatch()
        self.assertStep("select")
        today = self.taxpayer._get_today()
        self.open_period(deadline=today + timedelta(days=3))
        self.assertStep("statistics")

    def test_row_O12_who_only_looks_gets_no_button(self):
        invoices = self.add_invoices(1)
        self.assertFalse(self.read_card(user=self.viewer)["can_operate"])
        self.submit("deduct", invoices)
        self.dispatch()
        with self.assertRefused("no_right"):
            self.taxpayer.with_user(self.viewer).action_month_statistics()

    def test_row_O12_month_is_the_first_page(self):
        root = self.env.ref("invoice_tax_service.menu_tax_service")
        first = root.child_id.sorted("sequence")[0]
        self.assertEqual(
            first.action,
            self.env.ref("invoice_tax_service.invoice_tax_month_action"),
        )
