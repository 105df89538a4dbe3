import threading
from contextlib import ExitStack
from unittest.mock import patch

import psycopg2

from odoo.service import server
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..cron_worker import post_load
from ..gateway.errors import (
    NotFoundError,
    OutcomeUnknownError,
)
from ..gateway.messages import Capabilities
from ..gateway.parsing import Fields
from .common import OWN, SECOND, Killed, TaxServiceCase
from .fake_bureau import FakeClient


class TestExchanges(TaxServiceCase):
    """What was said is written down, whatever it is, and holds up nobody."""

    def test_nul_in_an_answer(self):
        second = self._new_taxpayer(SECOND, self.connection)
        self.open_period(second)
        batches = self.submit("deduct", self.add_invoices(1))
        batches |= self.submit("deduct", self.add_invoices(1, second), second)
        record = {
            "channel": "fake",
            "operation": "submit",
            "started_at": self.now,
            "milliseconds": 1,
            "status": 200,
            "request": "a\0b",
            "response": "<html>\0</html>",
            "error_text": "\0broken",
        }
        talk = FakeClient.__init__

        def listen(client, *args, exchange=None):
            talk(client, *args)
            if client.tax_number == OWN:
                exchange(dict(record))

        with patch.object(FakeClient, "__init__", listen):
            self.dispatch()
        self.assertEqual(set(batches.mapped("state")), {"success"})
        self.assertFalse(self.taxpayer.lane_id.trouble_code, "it stopped its lane")
        exchange = self.env["invoice.tax.exchange"].search(
            [("lane_id", "=", self.taxpayer.lane_id.id)], limit=1
        )
        self.assertRecordValues(
            exchange,
            [
                {
                    "request_text": "ab",
                    "response_text": "<html></html>",
                    "error_text": "broken",
                }
            ],
        )

    def test_nul_in_a_text_of_the_bureau(self):
        answer = Fields({"name": "甲\0公司 "}, "answer")
        self.assertEqual(answer.text("name"), "甲公司")


class TestBites(TaxServiceCase):
    """A batch is sent in bites of at most 100, or of what the connection says."""

    def _sizes(self):
        return [len(submission.items) for submission in self.bureau.submissions]

    def test_row_C4_at_most_100_in_one_bite(self):
        batch = self.submit("deduct", self.add_invoices(250))
        self.dispatch()
        self.pass_time(60)
        self.dispatch()
        self.assertEqual(self._sizes(), [100, 100, 50])
        self.assertEqual((batch.state, batch.success_count), ("success", 250))
        self.assertEqual(set(self.bureau.acted.values()), {1})

    def test_bite_size_of_the_connection(self):
        self.connection.bite_size = 30
        self.submit("deduct", self.add_invoices(70))
        self.dispatch()
        self.assertEqual(self._sizes(), [30, 30, 10])

    def test_bite_size_of_the_channel(self):
        self.submit("deduct", self.add_invoices(12))
        capabilities = Capabilities(idempotent=True, bite_size=5)
        with patch.object(FakeClient, "capabilities", capabilities):
            self.dispatch()
        self.assertEqual(self._sizes(), [5, 5, 2])

    def test_bite_size_range(self):
        for size in (0, 101):
            with (
                self.subTest(size=size),
                self.assertRaises(psycopg2.errors.CheckViolation),
                mute_logger("odoo.sql_db"),
            ):
                self.connection.bite_size = size
                self.env.flush_all()

    def test_resend_has_the_same_content(self):
        self.submit("deduct", self.add_invoices(3))
        self.bureau.trouble("submit", OutcomeUnknownError("cut"), acted=True)
        self.bureau.trouble("find", NotFoundError())
        self.dispatch()
        self.pass_time(60)
        self.dispatch()
        first, second = self.bureau.submissions
        self.assertEqual(first, second, "another content under the same number")


class TestOrder(TaxServiceCase):
    """Table operations stand behind everything open before them, and selecting
    stands behind an open table operation: the bureau would refuse it."""

    def test_statistics_wait_for_open_batches(self):
        batch = self.submit("deduct", self.add_invoices(1))
        table = self.submit_table("statistics")
        self.bureau.poll_after = 30
        self.dispatch()
        self.assertEqual(self.bureau.words(), ["submit"])
        self.assertEqual((batch.state, table.state), ("processing", "waiting"))
        self.pass_time(31)
        self.dispatch()
        self.pass_time(31)
        self.dispatch()
        self.assertEqual((batch.state, table.state), ("success", "success"))
        self.assertEqual(
            [one.operation_type for one in self.bureau.submissions],
            ["deduct", "statistics"],
        )

    def test_selecting_waits_for_an_open_table_operation(self):
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        invoices = self.add_invoices(1)
        table = self.submit_table("statistics")
        later = self.submit("deduct", invoices)
        self.bureau.poll_after = 30
        self.dispatch()
        self.assertEqual((table.state, later.state), ("processing", "waiting"))
        self.assertEqual(len(self.bureau.submissions), 2)
        self.pass_time(31)
        self.dispatch()
        self.assertEqual(table.state, "success")
        self.assertEqual(
            self.bureau.submissions[2].operation_type, "deduct", "it never came"
        )

    def test_oldest_batch_first(self):
        batches = [self.submit("deduct", self.add_invoices(1)) for _time in range(3)]
        self.dispatch()
        self.assertEqual(
            [one.items[0].number for one in self.bureau.submissions],
            [batch.line_ids.number for batch in batches],
        )

    def test_same_table_operation_is_open_once(self):
        self.submit("deduct", self.add_invoices(1))
        self.submit_table("statistics")
        with self.assertRaises(Exception) as caught, mute_logger("odoo.sql_db"):
            self.submit_table("statistics")
            self.env.flush_all()
        self.assertTrue(
            getattr(caught.exception, "code", "") == "same_open"
            or isinstance(caught.exception, psycopg2.errors.UniqueViolation),
            caught.exception,
        )


class TestConstraints(TaxServiceCase):
    """What must never happen is kept by the database itself."""

    def test_counts_add_up(self):
        batch = self.submit("deduct", self.add_invoices(2)).sudo()
        for values in ({"success_count": 1}, {"total_count": 3}, {"open_count": -1}):
            with (
                self.subTest(values=values),
                self.assertRaises(psycopg2.errors.CheckViolation),
                mute_logger("odoo.sql_db"),
            ):
                batch.write(values)
                batch.flush_recordset()

    def test_invoice_in_one_open_batch_only(self):
        invoice = self.add_invoices(1)
        operations = self.operations()
        rows = operations._plan_selection(
            self.taxpayer, "deduct", "202610", invoice._get_wishes()
        )
        operations._submit_selection(self.taxpayer, "deduct", "202610", rows, "manual")
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
        ):
            # Planned before the other batch was there.
            operations._submit_selection(
                self.taxpayer, "deduct", "202610", rows, "manual"
            )

    def test_request_number_is_given_once(self):
        batch = self.submit("deduct", self.add_invoices(1))
        self.step()
        request = self.requests_of(batch)
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
        ):
            request.copy({"request_number": request.request_number})
            self.env.flush_all()

    def test_nobody_changes_a_batch_from_outside(self):
        batch = self.submit("deduct", self.add_invoices(1))
        for record in (batch, batch.line_ids):
            for user in (self.clerk, self.manager):
                self.assertFalse(record.with_user(user).has_access("write"))
                self.assertFalse(record.with_user(user).has_access("unlink"))
                self.assertFalse(record.with_user(user).has_access("create"))


class TestRounds(TaxServiceCase):
    """Several dispatchers go round the same lanes."""

    def test_lane_that_another_dispatcher_has_served_is_left_alone(self):
        self.submit("deduct", self.add_invoices(1))
        lanes = self.env["invoice.tax.lane"]
        due = lanes._get_due_lane_ids()
        self.dispatch()  # the other one
        with (
            patch.object(type(lanes), "_get_due_lane_ids", self._make_look(due)),
            patch.object(type(lanes), "_converse") as converse,
        ):
            self.dispatch()
        converse.assert_not_called()

    def _make_look(self, due):
        """The first look at all lanes is one from before."""
        look, looks = self.registry["invoice.tax.lane"]._get_due_lane_ids, [due]

        def look_late(lanes, lane_id=None):
            if lane_id is None and looks:
                return looks.pop()
            return look(lanes, lane_id)

        return look_late

    def test_due_lane_among_others(self):
        second = self._new_taxpayer(SECOND, self.connection)
        self.open_period(second)
        self.submit("deduct", self.add_invoices(1, second), second)
        lanes, due = self.env["invoice.tax.lane"], second.lane_id.id
        self.assertEqual(lanes._get_due_lane_ids(due), [due])
        self.assertEqual(lanes._get_due_lane_ids(self.taxpayer.lane_id.id), [])


class TestCron(TaxServiceCase):
    """The dispatcher runs as a scheduled action, as the scheduler calls it."""

    def test_through_the_scheduler(self):
        batch = self.submit("deduct", self.add_invoices(3))
        cron = self.env.ref("invoice_tax_service.ir_cron_dispatch_1")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(batch.state, "success")

    def test_death_while_talking_is_not_held_against_it(self):
        """Odoo skips a cron for a minute that died three times without progress."""
        cron = self.env.ref("invoice_tax_service.ir_cron_dispatch_1")
        runs = self.env["ir.cron.progress"].sudo()
        runs.create({"cron_id": cron.id, "timed_out_counter": 2})
        self.submit("deduct", self.add_invoices(1))
        counted = []

        def look():
            self.env.invalidate_all()
            run = runs.search([("cron_id", "=", cron.id)], order="id desc", limit=1)
            counted.append(run.timed_out_counter)

        self.bureau.trouble("submit", look)
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(counted, [0], "the next death would make it wait")

    def test_cron_workers_look_more_often_than_once_a_minute(self):
        with (
            patch.object(server, "SLEEP_INTERVAL", 60),
            patch.object(server.WorkerCron, "start", server.WorkerCron.start),
        ):
            post_load()
            self.assertLessEqual(server.SLEEP_INTERVAL, 20)

    def test_submitting_wakes_the_dispatchers(self):
        triggers = self.env["ir.cron.trigger"].sudo()
        triggers.search([]).unlink()
        self.submit("deduct", self.add_invoices(1))
        self.assertIn(
            self.env.ref("invoice_tax_service.ir_cron_dispatch_1"),
            triggers.search([]).cron_id,
            "it waits for the next minute",
        )

    def test_number_of_dispatchers_is_a_setting(self):
        settings = self.env["res.config.settings"]
        crons = settings._get_dispatchers()
        for wanted in (4, 1, 2):
            settings.create({"tax_service_dispatchers": wanted}).set_values()
            self.assertEqual(len(crons.filtered("active")), wanted)
            self.assertEqual(settings.get_values()["tax_service_dispatchers"], wanted)


@tagged("post_install", "-at_install")
class TestLaneLock(TransactionCase):
    """One conversation of a lane at a time; the lock dies with its holder."""

    def test_second_holder_gets_nothing(self):
        lanes = self.env["invoice.tax.lane"]
        with lanes._hold(-7) as first, lanes._hold(-7) as second:
            self.assertTrue(first)
            self.assertFalse(second, "two conversations of one lane at once")

    def test_other_lane_is_free(self):
        lanes = self.env["invoice.tax.lane"]
        with lanes._hold(-7), lanes._hold(-8) as other:
            self.assertTrue(other)

    def test_lock_dies_with_its_holder(self):
        lanes = self.env["invoice.tax.lane"]
        with ExitStack() as stack, self.assertRaises(Killed):
            stack.enter_context(lanes._hold(-7))
            raise Killed
        with lanes._hold(-7) as held:
            self.assertTrue(held, "a dead worker blocks its lane for ever")

    def test_contention_of_two_threads(self):
        lanes = self.env["invoice.tax.lane"]
        answers = []

        def other():
            with lanes._hold(-7) as held:
                answers.append(held)

        with lanes._hold(-7):
            thread = threading.Thread(target=other)
            thread.start()
            thread.join(10)
        self.assertEqual(answers, [False])

    def test_one_number_over_one_channel_is_one_conversation(self):
        """Two companies may serve one number: their sessions would log each other
        out at the bureau."""
        lanes = {
            (company, number, channel): self._new_lane(company, number, channel)
            for company, number, channel in (
                ("甲", OWN, "rpa"),
                ("乙", OWN, "rpa"),
                ("丙", OWN, "leqi"),
                ("丁", SECOND, "rpa"),
            )
        }
        mine, same, other_channel, other_number = lanes.values()
        with mine._hold(mine.id) as held:
            self.assertTrue(held)
            for lane, free in (
                (same, False),
                (other_channel, True),
                (other_number, True),
            ):
                with lane._hold(lane.id) as second:
                    self.assertEqual(bool(second), free, lane.taxpayer_id.company_id)

    def _new_lane(self, company_name, tax_number, channel):
        company = self.env["res.company"].create({"name": company_name})
        connection = self.env["invoice.tax.connection"].create(
            {"name": channel, "company_id": company.id, "channel": channel}
        )
        taxpayer = self.env["invoice.tax.taxpayer"].create(
            {
                "name": company_name,
                "tax_number": tax_number,
                "company_id": company.id,
                "connection_id": connection.id,
            }
        )
        return taxpayer.lane_id
