import datetime

from .common import OWN, TaxServiceCase
from .fake_bureau import PERIOD

NEXT = "202611"


class TestPreselect(TaxServiceCase):
    """A deduction for a tax period that is not open yet waits until it is."""

    def preselect(self, invoices, period=NEXT):
        wizard = self.open_wizard(invoices, "action_preselect")
        wizard.later_period_id = self.env["invoice.tax.period"]._get_or_create(
            self.taxpayer, period
        )
        return self.send(wizard)

    def open_wizard(self, invoices, button):
        action = getattr(invoices, button)()
        return (
            self.env[action["res_model"]].with_user(self.clerk).browse(action["res_id"])
        )

    def send(self, wizard):
        before = self.operations().search([])
        wizard.action_submit()
        return self.operations().search([]) - before

    def move_to(self, period, next_period):
        return self.open_period(period=period, next_period=next_period)

    def test_row_O10_preselect_waits_and_goes_out(self):
        invoices = self.add_invoices(3)
        batch = self.preselect(invoices)
        self.assertRecordValues(
            batch,
            [
                {
                    "operation_type": "preselect",
                    "period": NEXT,
                    "state": "waiting",
                    "open_count": 3,
                    "is_held": True,
                }
            ],
        )
        self.assertIn(NEXT, batch.description)
        self.dispatch()
        self.assertFalse(self.bureau.submissions, "sent before its period opened")
        self.move_to(NEXT, "202612")
        self.dispatch()
        [submission] = self.bureau.submissions
        self.assertEqual(
            (submission.operation_type, submission.period), ("deduct", NEXT)
        )
        self.assertEqual((batch.state, batch.success_count), ("success", 3))
        self.assertStands(invoices, "selected", "deduct")
        self.assertEqual(set(invoices.mapped("period")), {NEXT})

    def test_row_O10_preselect_shows_in_the_pool(self):
        invoices = self.add_invoices(2)
        self.preselect(invoices[0])
        self.assertEqual(invoices.mapped("is_preselected"), [True, False])
        self.assertEqual(invoices[0].preselected_period, NEXT)
        model = invoices.browse()
        self.assertEqual(
            model.search([("is_preselected", "=", True)]) & invoices, invoices[0]
        )
        self.assertEqual(
            model.search([("is_preselected", "=", False)]) & invoices, invoices[1]
        )
        self.assertEqual(
            self.plan_codes("deduct", invoices._get_wishes()), ["preselected", ""]
        )

    def test_row_O10_preselect_holds_up_nobody(self):
        self.preselect(self.add_invoices(1))
        other = self.add_invoices(1)
        self.submit("deduct", other)
        table = self.submit_table("statistics")
        self.dispatch()
        self.assertStands(other, "selected", "deduct")
        self.assertEqual(table.state, "success", "a table waits for a later period")

    def test_row_O10_preselect_periods(self):
        invoices = self.add_invoices(1)
        for period in (PERIOD, "202609", "202702"):
            with self.subTest(period), self.assertRefused("preselect_period"):
                self.operations()._submit_selection(
                    self.taxpayer, "preselect", period, [], "manual"
                )
        self.move_to("202612", "202701")
        batch = self.preselect(invoices, "202701")
        self.assertEqual(batch.period, "202701")
        self.dispatch()
        self.assertFalse(self.bureau.submissions)

    def test_row_O10_preselect_of_a_quarter_filer_with_export_refunds(self):
        """A refund makes a card of its calendar month, which never opens."""
        self.taxpayer.sudo().filing_frequency = "quarter"
        current = self.move_to("202609", "202612")
        self.env["invoice.tax.period"]._get_or_create(self.taxpayer, "202611")
        self.assertEqual(current._get_later_names(), ["202612"])
        invoices = self.add_invoices(1, issue_date=datetime.date(2026, 9, 12))
        wizard = self.open_wizard(invoices, "action_preselect")
        self.assertEqual(wizard.later_period_id.name, "202612")
        self.assertEqual(wizard.possible_period_ids.mapped("name"), ["202612"])
        with self.assertRefused("preselect_period"):
            self.operations()._submit_selection(
                self.taxpayer, "preselect", "202611", [], "manual"
            )
        batch = self.send(wizard)
        self.move_to("202612", "202703")
        self.dispatch()
        self.assertEqual(batch.state, "success")

    def test_row_O10_preselect_of_a_period_that_went_by(self):
        invoices = self.add_invoices(2)
        batch = self.preselect(invoices)
        self.move_to("202612", "202701")
        self.assertRecordValues(batch, [{"state": "failed", "failed_count": 2}])
        line = batch.line_ids[0]
        self.assertEqual(line.result_code, "preselect_passed")
        self.assertTrue(line.result_text and line.advice)
        self.dispatch()
        self.assertFalse(self.bureau.submissions)
        batch.action_retry()
        self.assertRecordValues(
            batch.retried_by_ids, [{"operation_type": "deduct", "period": "202612"}]
        )

    def test_row_O10_preselect_after_a_roll_back(self):
        batch = self.preselect(self.add_invoices(1))
        self.taxpayer.sudo().lane_id.is_stopped = True
        self.move_to(NEXT, "202612")
        self.assertFalse(batch.is_held)
        self.move_to(PERIOD, NEXT)
        self.assertTrue(batch.is_held, "it would be refused, and lost")

    def test_row_O10_preselect_revoke(self):
        invoices = self.add_invoices(3)
        batch = self.preselect(invoices)
        log = self.send(self.open_wizard(invoices[:2], "action_preselect_revoke"))
        self.assertRecordValues(
            log,
            [
                {
                    "operation_type": "preselect_revoke",
                    "state": "success",
                    "total_count": 2,
                    "success_count": 2,
                    "period": NEXT,
                }
            ],
        )
        self.assertEqual(log.line_ids.input_invoice_id, invoices[:2])
        self.assertRecordValues(
            batch, [{"state": "waiting", "voided_count": 2, "open_count": 1}]
        )
        self.assertEqual(invoices.mapped("is_preselected"), [False, False, True])
        self.move_to(NEXT, "202612")
        self.dispatch()
        self.assertEqual(len(self.bureau.submissions), 1)
        self.assertEqual(
            [item.number for item in self.bureau.submissions[0].items],
            [invoices[2].number],
        )
        self.assertEqual((batch.state, batch.success_count), ("success", 1))

    def test_row_O10_preselect_revoke_refusals(self):
        invoices = self.add_invoices(2)
        batch = self.preselect(invoices[0])
        operations = self.operations()
        plan = operations._plan_selection(
            self.taxpayer,
            "preselect_revoke",
            "202612",
            [*invoices._get_wishes(), *self.wishes("26442000000099999999")],
        )
        self.assertEqual(
            [row.refusal for row in plan],
            ["other_period", "not_preselected", "unknown_invoice"],
        )
        # On its way already: nothing is taken back.
        rows = operations._plan_selection(
            self.taxpayer, "preselect_revoke", NEXT, invoices[0]._get_wishes()
        )
        self.move_to(NEXT, "202612")
        self.bureau.unfinished = 1
        self.step(2)
        log = operations._submit_selection(
            self.taxpayer, "preselect_revoke", NEXT, rows, "manual"
        )
        self.assertEqual(
            (log.state, log.line_ids.result_code), ("failed", "not_preselected")
        )
        self.assertEqual(batch.state, "processing")

    def test_row_O10_preselect_by_program(self):
        number = self.add_invoices(1).number
        answer = self.operations().submit_batch(
            OWN, "preselect", NEXT, "P-1", [{"number": number}]
        )
        self.assertEqual((answer["state"], answer["open"]), ("waiting", 1))
        answer = self.operations().submit_batch(
            OWN, "preselect_revoke", NEXT, "P-2", [{"number": number}]
        )
        self.assertEqual((answer["state"], answer["succeeded"]), ("success", 1))
        batch = self.operations().search([("request_number", "=", "P-1")])
        self.assertEqual(batch.state, "voided")

    def test_row_O10_preselect_rights(self):
        invoices = self.add_invoices(1)
        for button in ("action_preselect", "action_certify"):
            with self.assertRefused("no_right"):
                getattr(invoices.with_user(self.viewer), button)()
