from lxml import etree
from stdnum.cn import uscc

from odoo.tools.safe_eval import safe_eval

from ..gateway.messages import RollBack
from .common import TaxServiceCase


class QueriesCase(TaxServiceCase):
    """A list of 80 rows needs as many queries as a list of 10."""

    def setUp(self):
        super().setUp()
        self.invoices = self.add_invoices(80)

    def _read(self, model, limit, view=None):
        """One page of the list view as the web client reads it."""
        model = self.env[model].with_user(self.clerk)
        view_id = view and self.env.ref(f"invoice_tax_service.{view}").id
        arch = etree.fromstring(model.get_view(view_id, "list")["arch"])
        shown = {
            node.get("name"): not node.get("column_invisible")
            for node in arch.iter("field")
        }
        fields = model.fields_get(shown, attributes=["type"])
        specification = {
            name: {"fields": {"display_name": {}} if is_shown else {}}
            if fields[name]["type"] in ("many2one", "one2many", "many2many")
            else {}
            for name, is_shown in shown.items()
        }
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        page = model.web_search_read([], specification, limit=limit, count_limit=10_001)
        self.assertEqual(len(page["records"]), limit, "too few rows to tell")
        return self.env.cr.sql_log_count - before

    def _check(self, model, view=None):
        self._read(model, 10, view)  # what is cached for good is not of the rows
        few, many = self._read(model, 10, view), self._read(model, 80, view)
        self.assertEqual(few, many, f"{model}: queries grow with the rows")


class TestBatchQueries(QueriesCase):
    """Lists that show batches, or depend on them: some done, some open."""

    def setUp(self):
        super().setUp()
        for invoice in self.invoices[:60]:
            self.submit("deduct", invoice)
        self.dispatch()
        for invoice in self.invoices[60:]:
            self.submit("deduct", invoice)
        self.env.flush_all()

    def test_log(self):
        self._check("invoice.tax.operation")

    def test_ledger(self):
        self._check("invoice.tax.operation.line")

    def test_row_O12_log_with_batches_of_all_kinds(self):
        """Sums by state of mixed batches are read for the whole page at once."""
        batches = self.operations().search([])
        for position, batch in enumerate(batches.sudo()):
            two = self.add_invoices(2)
            batch.line_ids._create_lines(
                batch,
                batch.line_ids._get_entries(
                    self.operations()._plan_selection(
                        self.taxpayer, "deduct", batch.period, two._get_wishes()
                    )
                ),
            )
            batch.invalidate_recordset()
            batch.line_ids[1].state = ("failed", "success", "voided")[position % 3]
            batch._refresh_from_lines()
        self._check("invoice.tax.operation")

    def test_input_invoices(self):
        self._check("invoice.tax.input.invoice")

    def test_row_C11_abnormal_invoices(self):
        self._check(
            "invoice.tax.input.invoice", "invoice_tax_input_invoice_view_list_abnormal"
        )

    def test_row_O12_task_overview(self):
        # One lane for each connection of a taxpayer.
        connections = self.env["invoice.tax.connection"].create(
            [
                {
                    "name": f"假通道 {number}",
                    "company_id": self.company.id,
                    "channel": self.connection.channel,
                }
                for number in range(80)
            ]
        )
        lanes = self.env["invoice.tax.lane"].create(
            [
                {"taxpayer_id": self.taxpayer.id, "connection_id": connection.id}
                for connection in connections
            ]
        )
        batches = self.operations().search([]).sudo()
        for lane, batch in zip(lanes, batches, strict=False):
            batch.lane_id = lane
        self._check("invoice.tax.lane", "invoice_tax_lane_view_list_overview")

    def test_ledger_is_read_once(self):
        """The record rule asks for nothing that the list did not read."""
        ledger = self.env["invoice.tax.operation.line"].with_user(self.clerk)
        self._read(ledger._name, 10)
        statements = []
        execute = self.env.cr.execute

        def note(query, *args, **kwargs):
            statements.append(getattr(query, "code", query))
            return execute(query, *args, **kwargs)

        self.patch(self.env.cr, "execute", note)
        self._read(ledger._name, 10)
        reading = [
            statement
            for statement in statements
            if 'SELECT "invoice_tax_operation_line"."id"' in statement
        ]
        self.assertEqual(len(reading), 1, "the rows of a page are read twice")


class TestQueries(QueriesCase):
    """Lists that show nothing of batches."""

    def test_row_C3_period_cards(self):
        periods = self.env["invoice.tax.period"].sudo()
        for month in range(80):
            name = f"{2010 + month // 12}{month % 12 + 1:02d}"
            periods._get_or_create(self.taxpayer.sudo(), name)
        self._check("invoice.tax.period")

    def _read_cards(self, limit):
        """One page of the month cards as the web client reads it."""
        model = self.env["invoice.tax.period"].with_user(self.clerk)
        arch = etree.fromstring(model.get_view(view_type="kanban")["arch"])
        names = {node.get("name") for node in arch.iter("field")}
        fields = model.fields_get(names, attributes=["type"])
        specification = {
            name: {"fields": {"display_name": {}}}
            if fields[name]["type"] == "many2one"
            else {}
            for name in names
        }
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        page = model.web_search_read(
            [("is_current", "=", True)], specification, limit=limit
        )
        self.assertEqual(len(page["records"]), limit, "too few cards to tell")
        self.assertTrue(all(card["can_build"] for card in page["records"]))
        return self.env.cr.sql_log_count - before

    def test_row_C3_month_cards_of_many_taxpayers(self):
        for number in range(79):
            body = f"91110105MAF{number:05d}X"
            other = self._new_taxpayer(
                body + uscc.calc_check_digit(body), self.connection
            )
            self.open_period(
                other, roll_back=RollBack("202609", True, True, True, True)
            )
        self.env.flush_all()
        self._read_cards(10)
        few, many = self._read_cards(10), self._read_cards(80)
        self.assertLessEqual(many, few, "queries grow with the taxpayers")

    def test_statistics(self):
        periods = self.env["invoice.tax.period"].sudo()
        for month in range(80):
            name = f"{2010 + month // 12}{month % 12 + 1:02d}"
            period = periods._get_or_create(self.taxpayer.sudo(), name)
            self.env["invoice.tax.statistics"].sudo().create(
                {
                    "period_id": period.id,
                    "line_ids": [
                        (0, 0, {"block": block, "row": "total", "invoice_count": month})
                        for block in ("deduct", "exclude")
                    ],
                }
            )
        self._check("invoice.tax.statistics")
        self._check("invoice.tax.statistics.line")

    def test_readings(self):
        self.env["invoice.tax.fetch"].sudo().create(
            [
                {
                    "lane_id": self.taxpayer.lane_id.id,
                    "taxpayer_id": self.taxpayer.id,
                    "company_id": self.company.id,
                    "kind": "pool",
                    "origin": "automatic",
                    "state": "success",
                    "step": "done",
                    "read_count": number,
                }
                for number in range(80)
            ]
        )
        self._check("invoice.tax.fetch")


class TestOrder(TaxServiceCase):
    """The ledger shows the newest batch first, its rows as they were given."""

    def test_newest_batch_stands_first(self):
        invoices = self.add_invoices(4)
        first = self.submit("deduct", invoices[:2])
        second = self.submit("deduct", invoices[2:])
        ledger = self.env["invoice.tax.operation.line"].with_user(self.clerk)
        lines = ledger.search([("operation_id", "in", (first | second).ids)])
        self.assertEqual(
            lines.ids,
            second.line_ids.sorted("id").ids + first.line_ids.sorted("id").ids,
        )
        self.assertEqual(lines.sorted().ids, lines.ids)


class TestNumberSearch(TaxServiceCase):
    """Numbers are found as people type and paste them, in each of the lists."""

    def setUp(self):
        super().setUp()
        data = self.bureau.add_invoice(
            self.taxpayer.tax_number, "02630221", code="4403192130", type_code="01"
        )
        self.paper = self.merge([data])
        self.digital = self.add_invoices(3)
        self.batch = self.submit("deduct", self.paper | self.digital)

    def _find(self, model, field, text):
        model = self.env[model].with_user(self.clerk)
        arch = etree.fromstring(model.get_view(view_type="search")["arch"])
        [domain] = arch.xpath(f"/search/field[@name='{field}']/@filter_domain")
        return model.search(safe_eval(domain, {"self": text}), order="id")

    def _check(self, text, *found):
        invoices = self.paper.browse([invoice.id for invoice in found]).sorted("id")
        self.assertEqual(self._find(invoices._name, "number", text), invoices, text)
        lines = self._find("invoice.tax.operation.line", "number", text)
        self.assertEqual(lines.input_invoice_id.sorted("id"), invoices, text)
        log = self._find("invoice.tax.operation", "line_ids", text)
        self.assertEqual(log, self.batch if found else log.browse(), text)

    def test_whole_numbers(self):
        one, two, _three = self.digital
        self._check(one.number, one)
        self._check(f" {one.number} ", one)
        self._check("02630221", self.paper)
        self._check("4403192130 02630221", self.paper)
        self._check("4403192131 02630221")
        self._check(f"{one.number}\n{two.number}", one, two)
        self._check(f"{one.number}{two.number}", one, two)
        groups = (one.number[start : start + 4] for start in range(0, 20, 4))
        self._check(" ".join(groups), one)
        self._check(f"4403192130 {one.number}", one)
        self._check(f"{one.number}，{two.number}", one, two)
        self._check(f"4403192130 02630221, {one.number}", self.paper, one)
        self._check(f"{'9' * 20} {one.number}", one)
        self._check("9" * 20)

    def test_parts_of_a_number(self):
        self._check("0263", self.paper)
        self._check(self.digital[0].number[:12], *self.digital)
        # What no number begins with is looked for inside of them.
        self._check(self.digital[1].number[-4:], self.digital[1])
        self._check("4403192130", self.paper)
        self._check("no such number")

    def test_numbers_of_other_companies_stay_theirs(self):
        pool = self.env["invoice.tax.input.invoice"].with_user(self.stranger)
        for text in (self.digital[0].number, self.digital[0].number[:12]):
            self.assertFalse(pool.search([("full_number", "ilike", text)]))

    def test_without_those(self):
        pool = self.env["invoice.tax.input.invoice"].with_user(self.clerk)
        one = self.digital[0]
        others = pool.search([("full_number", "not ilike", one.number)])
        self.assertEqual(others, pool.search([]) - one)
        written = ("4403192130 02630221", one.number)
        self.assertEqual(
            pool.search([("full_number", "in", written)], order="id"), self.paper | one
        )

    def test_beginning_of_a_period(self):
        for model in ("operation", "operation.line"):
            found = self._find(f"invoice.tax.{model}", "period", self.batch.period[:4])
            self.assertTrue(found)
            self.assertFalse(self._find(f"invoice.tax.{model}", "period", "1999"))


class TestBiteQueries(TaxServiceCase):
    """A bite of 100 invoices needs as many queries as one of 10, from the
    submission to the last result."""

    def _dispatch(self, operation_type, invoices):
        batch = self.submit(operation_type, invoices)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.dispatch()
        self.assertNotIn(batch.state, ("waiting", "processing"))
        return self.env.cr.sql_log_count - before

    def _check(self, operation_type, few, many):
        self._dispatch(operation_type, self.add_invoices(1))  # what is cached for good
        self.assertEqual(
            self._dispatch(operation_type, few),
            self._dispatch(operation_type, many),
            f"{operation_type}: queries grow with the invoices",
        )

    def test_equal_results(self):
        few, many = self.add_invoices(10), self.add_invoices(100)
        self._check("deduct", few, many)
        self.assertStands(many, "selected", "deduct")

    def test_different_results(self):
        few, many = self.add_invoices(10), self.add_invoices(100)
        failing = few[::2] + many[::2]
        for invoice in failing:
            self.bureau.results[invoice.number] = "abnormal"
        self._check("deduct", few, many)
        self.assertStands(many - failing, "selected", "deduct")
        self.assertStands(many & failing, "unselected")

    def test_results_that_are_read_back(self):
        few, many = self.add_invoices(10), self.add_invoices(100)
        self.bureau.silent.update((few + many).mapped("number"))
        self._check("deduct", few, many)
