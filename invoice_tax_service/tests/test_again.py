from unittest.mock import patch

from .common import CLERK, OWN, TaxServiceCase, money
from .fake_bureau import PERIOD

NEXT = "202611"
NO_LICENCE = "The licence has ended on 2026-10-31."


class AgainCase(TaxServiceCase):
    """What waits or goes on by itself is asked again before it is sent."""

    def sent(self):
        return [one.operation_type for one in self.bureau.submissions]

    def preselect(self, invoices, **wish):
        operations = self.operations()
        rows = operations._plan_selection(
            self.taxpayer, "preselect", NEXT, invoices._get_wishes(**wish)
        )
        return operations._submit_selection(
            self.taxpayer, "preselect", NEXT, rows, "manual"
        )

    def move_to(self, period, next_period):
        return self.open_period(period=period, next_period=next_period)

    def end_licence(self):
        """As the licence addon says it."""
        self.startPatcher(
            patch.object(
                self.registry["invoice.tax.taxpayer"],
                "_get_service_unavailable_reason",
                lambda taxpayer, service_group: NO_LICENCE,
            )
        )

    def assertStopped(self, batch, code, text=""):
        self.assertEqual((batch.state, batch.result_code), ("failed", code))
        self.assertIn(text, batch.description)
        self.assertTrue(batch.description)
        self.assertFalse(batch.open_count)


class TestHeldAgain(AgainCase):
    """A pre-selection that has waited for months."""

    def test_row_O10_preselect_without_licence_by_then(self):
        batch = self.preselect(self.add_invoices(2))
        self.end_licence()
        self.move_to(NEXT, "202612")
        self.dispatch()
        self.assertStopped(batch, "service_unavailable", NO_LICENCE)
        self.assertEqual(
            set(batch.line_ids.mapped("result_code")), {"service_unavailable"}
        )
        self.assertFalse(self.sent())

    def test_row_O10_preselect_small_scale_by_then(self):
        batch = self.preselect(self.add_invoices(1))
        self.taxpayer.sudo().taxpayer_type = "small_scale"
        self.move_to(NEXT, "202612")
        self.dispatch()
        self.assertStopped(batch, "small_scale", "Small-scale")
        self.assertTrue(batch.advice)
        self.assertFalse(self.sent())

    def test_row_O10_preselect_by_somebody_without_right_by_then(self):
        batch = self.preselect(self.add_invoices(1))
        self.move_to(NEXT, "202612")
        self.clerk.sudo().write(
            {"group_ids": [(3, self.env.ref(group).id) for group in CLERK.split(",")]}
        )
        self.dispatch()
        batch = batch.sudo()
        self.assertEqual((batch.state, batch.result_code), ("failed", "right_lost"))
        self.assertFalse(self.sent())

    def test_row_O10_preselect_is_planned_anew(self):
        sound, voided, locked = self.add_invoices(3)
        batch = self.preselect(sound | voided | locked)
        voided.sudo().status = "voided"
        locked.sudo().is_red_locked = True
        self.move_to(NEXT, "202612")
        self.dispatch()
        self.assertRecordValues(
            batch,
            [
                {
                    "state": "failed",
                    "total_count": 3,
                    "success_count": 1,
                    "failed_count": 2,
                    "open_count": 0,
                }
            ],
        )
        self.assertEqual(
            batch.line_ids.sorted("id").mapped("result_code"),
            ["ok", "voided", "red_locked"],
        )
        [submission] = self.bureau.submissions
        self.assertEqual([item.number for item in submission.items], [sound.number])

    def test_row_O10_preselect_of_nothing_that_is_good_by_then(self):
        self.connection.bite_size = 2
        invoices = self.add_invoices(5)
        batch = self.preselect(invoices)
        later = self.add_invoices(1)
        invoices.sudo().write({"status": "voided"})
        self.move_to(NEXT, "202612")
        operations = self.operations()
        rows = operations._plan_selection(
            self.taxpayer, "deduct", NEXT, later._get_wishes()
        )
        behind = operations._submit_selection(
            self.taxpayer, "deduct", NEXT, rows, "manual"
        )
        self.dispatch()
        self.assertEqual((batch.state, batch.failed_count), ("failed", 5))
        self.assertEqual(behind.state, "success", "it holds up what comes behind it")

    def test_row_O10_preselect_takes_the_creditable_vat_of_the_day(self):
        own, asked = self.add_invoices(2)
        first = self.preselect(own)
        second = self.preselect(asked, creditable_vat=money(5))
        (own | asked).sudo().creditable_vat = 7.0
        self.move_to(NEXT, "202612")
        self.dispatch()
        amounts = {
            item.number: item.creditable_vat
            for one in self.bureau.submissions
            for item in one.items
        }
        self.assertEqual(amounts, {own.number: money(7), asked.number: money(5)})
        self.assertEqual((first.creditable_vat, second.creditable_vat), (7.0, 5.0))

    def test_row_O10_preselect_queries_do_not_grow(self):
        few, many = (self.preselect(self.add_invoices(count)) for count in (10, 100))
        self.move_to(NEXT, "202612")
        counts = []
        for _batch in (few, many):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.step(2)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual((few.state, many.state), ("success", "success"))
        self.assertLessEqual(counts[1], counts[0], "queries grow with the invoices")

    # === THE CONNECTION === #

    def change_connection(self):
        other = self._new_connection(self.company, name="另一通道")
        self.taxpayer.sudo().connection_id = other
        return other

    def test_row_O10_preselect_goes_out_over_the_connection_of_the_day(self):
        batch = self.preselect(self.add_invoices(1))
        before = batch.sudo().lane_id
        other = self.change_connection()
        self.move_to(NEXT, "202612")
        self.dispatch()
        lane = self.requests_of(batch).lane_id
        self.assertNotEqual(lane, before, "sent to where the taxpayer has left")
        self.assertEqual(lane.connection_id, other)
        self.assertEqual(batch.state, "success")

    def test_row_O12_connection_stays_while_something_is_on_its_way(self):
        batch = self.submit("deduct", self.add_invoices(1))
        with self.assertRefused("connection_in_use") as refusal:
            self.taxpayer.with_user(self.manager).connection_id = self._new_connection(
                self.company, name="另一通道"
            )
        self.assertIn(batch.batch_number, refusal.sentence)
        batch.action_discard()
        self.change_connection()


class TestCertifyAgain(AgainCase):
    """A certification goes on by itself, but not blindly."""

    def certify(self):
        return self.submit("certify", self.add_invoices(2))

    def test_row_O10_certify_asks_before_the_first_step(self):
        batch = self.certify()
        self.step(2)
        self.assertEqual(batch.next_step, "statistics")
        self.end_licence()
        self.dispatch()
        self.assertStopped(batch, "service_unavailable", NO_LICENCE)
        self.assertEqual(self.sent(), ["deduct"])
        self.dispatch()
        self.assertEqual(self.sent(), ["deduct"], "it goes on after all")

    def test_row_O10_certify_asks_before_it_signs(self):
        for change, code in (
            (lambda: self.open_period(period=NEXT), "period_not_open"),
            (lambda: self.open_period(filed=None), "filing_unknown"),
            (lambda: self.open_period(filed=True), "period_filed"),
            (lambda: self.open_period(statistics_status="03"), "sign_222"),
            (
                lambda: self.taxpayer.sudo().write({"taxpayer_type": "small_scale"}),
                "small_scale",
            ),
        ):
            with self.subTest(code):
                batch = self.certify()
                self.step(4)
                self.assertEqual(
                    (batch.last_step, batch.next_step), ("statistics", "sign")
                )
                change()
                self.dispatch()
                self.assertStopped(batch, code, "not signed")
                self.assertNotIn("sign", self.sent())
                self.taxpayer.sudo().taxpayer_type = "general"
                self.open_period(period=PERIOD, filed=False, statistics_status="01")

    def test_row_O10_certify_is_not_stopped_by_what_stands_behind_it(self):
        batch = self.certify()
        behind = self.submit_table("statistics")
        self.dispatch()
        self.assertEqual(batch.state, "success", batch.description)
        self.assertEqual(self.sent()[:3], ["deduct", "statistics", "sign"])
        self.assertNotIn(behind.state, ("waiting", "processing"))

    def test_ordinary_batches_are_not_asked_again(self):
        """Asked once, when it is submitted: the dispatcher does not pay for it."""
        batch = self.submit("deduct", self.add_invoices(1))
        with patch.object(
            self.registry["invoice.tax.taxpayer"],
            "_get_cannot_operate_reason",
            side_effect=AssertionError("asked again"),
        ):
            self.dispatch()
        self.assertEqual(batch.state, "success")
        self.assertEqual(self.bureau.acted[OWN, batch.line_ids.number], 1)
