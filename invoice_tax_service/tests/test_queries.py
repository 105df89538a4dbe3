from lxml import etree

from .common import TaxServiceCase


class TestQueries(TaxServiceCase):
    """A list of 80 rows needs as many queries as a list of 10."""

    def setUp(self):
        super().setUp()
        invoices = self.add_invoices(80)
        for invoice in invoices[:60]:
            self.submit("deduct", invoice)
        self.dispatch()
        for invoice in invoices[60:]:
            self.submit("deduct", invoice)
        self.env.flush_all()

    def _read(self, model, limit):
        """One page of the list view as the web client reads it."""
        model = self.env[model].with_user(self.clerk)
        arch = etree.fromstring(model.get_view(view_type="list")["arch"])
        names = {node.get("name") for node in arch.iter("field")}
        fields = model.fields_get(names, attributes=["type"])
        specification = {
            name: {"fields": {"display_name": {}}}
            if fields[name]["type"] in ("many2one", "one2many", "many2many")
            else {}
            for name in names
        }
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        page = model.web_search_read([], specification, limit=limit)
        self.assertEqual(len(page["records"]), limit, "too few rows to tell")
        return self.env.cr.sql_log_count - before

    def _check(self, model):
        self._read(model, 10)  # what is cached for good is not of the rows
        few, many = self._read(model, 10), self._read(model, 80)
        self.assertEqual(few, many, f"{model}: queries grow with the rows")

    def test_log(self):
        self._check("invoice.tax.operation")

    def test_ledger(self):
        self._check("invoice.tax.operation.line")

    def test_input_invoices(self):
        self._check("invoice.tax.input.invoice")


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
