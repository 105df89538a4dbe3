from ..gateway.errors import OutcomeUnknownError
from .common import OWN, Killed, TaxServiceCase


class TestCertify(TaxServiceCase):
    """Batch certification: select, build, sign, each only after the one before."""

    def certify(self, invoices):
        return self.submit("certify", invoices)

    def sent(self):
        return [one.operation_type for one in self.bureau.submissions]

    def test_row_O10_certify(self):
        invoices = self.add_invoices(3)
        batch = self.certify(invoices)
        self.dispatch()
        self.assertEqual(self.sent(), ["deduct", "statistics", "sign"])
        self.assertRecordValues(
            batch,
            [
                {
                    "state": "success",
                    "total_count": 3,
                    "success_count": 3,
                    "last_step": "sign",
                }
            ],
        )
        self.assertStands(invoices, "confirmed", "deduct")
        self.assertEqual(len(self.taxpayer.current_period_id.confirmation_ids), 1)
        self.assertEqual(
            self.requests_of(batch).mapped("operation_type"),
            ["deduct", "statistics", "sign"],
        )

    def test_row_O10_certify_asks_with_the_sums(self):
        before = self.add_invoices(2)
        self.submit("deduct", before)
        self.dispatch()
        action = self.add_invoices(1).action_certify()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        wizard = wizard.with_user(self.clerk)
        self.assertEqual((wizard.good_count, wizard.creditable_vat), (1, 13.0))
        self.assertEqual((wizard.signed_count, wizard.signed_vat), (3, 39.0))
        wizard.action_submit()
        self.dispatch()
        self.assertStands(before, "confirmed", "deduct")

    def test_row_O10_certify_several_bites(self):
        self.connection.bite_size = 2
        batch = self.certify(self.add_invoices(5))
        self.dispatch()
        self.assertEqual(self.sent(), ["deduct"] * 3 + ["statistics", "sign"])
        self.assertEqual(batch.state, "success")

    def test_row_O10_certify_failed_lines_do_not_stop_the_rest(self):
        invoices = self.add_invoices(3)
        self.bureau.results[invoices[0].number] = "abnormal"
        batch = self.certify(invoices)
        self.dispatch()
        self.assertEqual(self.sent(), ["deduct", "statistics", "sign"])
        self.assertEqual((batch.state, batch.failed_count), ("failed", 1))
        self.assertEqual(batch.last_step, "sign")
        self.assertStands(invoices[1:], "confirmed", "deduct")

    def test_row_O10_certify_nothing_selected(self):
        invoices = self.add_invoices(2)
        for invoice in invoices:
            self.bureau.results[invoice.number] = "abnormal"
        batch = self.certify(invoices)
        self.dispatch()
        self.assertEqual(self.sent(), ["deduct"], "a table of nothing was asked for")
        self.assertEqual((batch.state, batch.result_code), ("failed", "certify_none"))

    def test_row_O10_certify_stops_where_it_fails(self):
        self.bureau.sign_code = "222"
        batch = self.certify(self.add_invoices(2))
        self.dispatch()
        self.assertEqual(self.sent(), ["deduct", "statistics", "sign"])
        self.assertRecordValues(
            batch,
            [
                {
                    "state": "failed",
                    "result_code": "sign_222",
                    "success_count": 2,
                    "last_step": "statistics",
                }
            ],
        )
        self.assertIn("built, but not signed", batch.description)
        self.assertTrue(batch.advice)
        self.assertEqual(self.taxpayer.current_period_id.state, "statistics")
        self.dispatch()
        self.assertEqual(self.sent().count("sign"), 1, "signed again by itself")

    def test_row_O10_certify_stops_at_the_table(self):
        def refuse():
            self.bureau.refusal = "nothing_selected"

        invoices = self.add_invoices(1)
        batch = self.certify(invoices)
        self.step(2)
        self.assertEqual(batch.success_count, 1)
        refuse()
        self.dispatch()
        self.assertEqual(self.sent(), ["deduct", "statistics"])
        self.assertEqual(
            (batch.state, batch.result_code), ("failed", "nothing_selected")
        )
        self.assertIn("not built", batch.description)
        self.assertStands(invoices, "selected", "deduct")

    def test_row_O10_certify_lost_answers_are_asked_for(self):
        invoices = self.add_invoices(2)
        self.bureau.trouble("submit", OutcomeUnknownError("cut"), acted=True, times=3)
        batch = self.certify(invoices)
        for _run in range(4):
            self.dispatch()
            self.pass_time(120)
        self.assertEqual(self.sent(), ["deduct", "statistics", "sign"])
        self.assertEqual(batch.state, "success")
        self.assertStands(invoices, "confirmed", "deduct")

    def test_row_O10_certify_killed_while_signing(self):
        invoices = self.add_invoices(1)
        batch = self.certify(invoices)
        self.step(4)
        self.assertEqual(self.sent(), ["deduct", "statistics"])
        self.bureau.trouble("submit", Killed(), acted=True)
        self.dispatch_and_die()
        self.pass_time(120)
        self.dispatch()
        self.assertEqual(self.sent().count("sign"), 1, "signed twice")
        self.assertEqual(batch.state, "success")
        self.assertStands(invoices, "confirmed", "deduct")

    def test_row_O10_certify_voided_sends_no_more(self):
        batch = self.certify(self.add_invoices(1))
        self.step(2)
        self.assertEqual((batch.state, batch.next_step), ("processing", "statistics"))
        batch.action_void()
        self.dispatch()
        self.assertEqual(self.sent(), ["deduct"])
        self.assertEqual(batch.state, "voided")

    def test_row_O10_certify_late_success_does_not_sign(self):
        """Told that it had stopped; asked again, it turns out that the table stands."""
        batch = self.certify(self.add_invoices(1))
        self.step(2)
        self.bureau.refusal = "nothing_selected"
        self.step(2)
        self.assertEqual(batch.state, "failed")
        self.bureau.refusal = ""
        request = self.requests_of(batch)[-1]
        self.bureau.requests[request.request_number] = self.bureau._work_table(
            self.bureau.submissions[-1], request.platform_reference
        )
        batch.action_fetch_result()
        self.dispatch()
        self.assertEqual(self.sent(), ["deduct", "statistics"])
        self.assertEqual((batch.state, batch.result_code), ("failed", "certify_late"))

    def test_row_O10_certify_order(self):
        """It stands behind what is open, and what comes later behind it."""
        first = self.submit("deduct", self.add_invoices(1))
        batch = self.certify(self.add_invoices(1))
        later = self.submit("deduct", self.add_invoices(1))
        self.step(2)
        self.assertEqual(first.state, "success")
        self.step(6)
        self.assertEqual(batch.state, "success")
        self.assertEqual(later.state, "waiting")
        self.assertEqual(self.sent(), ["deduct", "deduct", "statistics", "sign"])

    def test_row_O10_certify_why_not(self):
        invoices = self.add_invoices(2)
        self.open_period(filed=None)
        with self.assertRefused("filing_unknown"):
            invoices.action_certify()
        self.open_period(filed=False)
        self.certify(invoices[0])
        with self.assertRefused("same_open"):
            invoices[1].action_certify()
        self.dispatch()
        with self.assertRefused("statistics_exist"):
            invoices[1].action_certify()

    def test_row_O10_certify_by_program(self):
        number = self.add_invoices(1).number
        answer = self.operations().submit_batch(
            OWN, "certify", "202610", "C-1", [{"number": number}]
        )
        self.assertEqual(answer["state"], "waiting")
        self.dispatch()
        answer = self.operations().get_batch(answer["batch_number"])
        self.assertEqual((answer["state"], answer["succeeded"]), ("success", 1))
