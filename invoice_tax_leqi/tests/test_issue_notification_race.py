import threading
import time

from odoo import SUPERUSER_ID
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import tagged
from odoo.tools import mute_logger

from .race_common import PATIENCE, RaceCase


@tagged("post_install", "-at_install")
class TestIssueNotificationRace(RaceCase):
    """Two dispatchers that end the last two invoices of a click at the same moment."""

    def setUp(self):
        super().setUp()
        self.told = []
        self.patch(
            self.registry["invoice.tax.issue"],
            "_tell_operator",
            lambda issues, user: self.told.append((sorted(issues.ids), user.id)),
        )

    def each_order(self):
        """The two invoices of a new click, in the order in which they end."""
        for click, is_reversed in enumerate((False, True)):
            values = {
                "taxpayer_id": self.taxpayer_id,
                "kind": "blue",
                "state": "accepted",
                "click": f"race:{click}",
                "told_user_id": SUPERUSER_ID,
            }
            with self.environment() as env:
                ids = env["invoice.tax.issue"].create([values, values]).ids
            self.told.clear()
            with self.subTest(is_reversed=is_reversed):
                yield reversed(ids) if is_reversed else ids
                self.assertEqual(self.told, [(ids, SUPERUSER_ID)])

    def end(self, env, issue_id):
        env["invoice.tax.issue"].browse(issue_id)._set_state("success")
        env.flush_all()

    def wait_for_lock(self, pid):
        """Until that connection waits for somebody else."""
        stop_at = time.monotonic() + PATIENCE
        while time.monotonic() < stop_at:
            with self.environment() as env:
                env.cr.execute(
                    "SELECT wait_event_type FROM pg_stat_activity WHERE pid = %s", [pid]
                )
                if env.cr.fetchone() == ("Lock",):
                    return
            time.sleep(0.05)
        self.fail("it did not wait for the other")

    @mute_logger("odoo.sql_db")
    def test_row_X2_bulk_issuing_ended_by_two_is_told_once(self):
        """The second has looked before the first has committed, and writes then."""
        for first_id, second_id in self.each_order():
            with self.environment() as first, self.environment() as second:
                second["invoice.tax.issue"].search_count([])
                self.end(first, first_id)
                first.cr.commit()
                with self.assertRaises(PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
                    self.end(second, second_id)
                self.assertFalse(self.told)
                second.cr.rollback()
                # As the dispatcher does it.
                self.end(second, second_id)
                second.cr.commit()

    @mute_logger("odoo.sql_db")
    def test_row_X2_bulk_issuing_ended_by_two_while_one_commits(self):
        """The second writes, and waits, while the first has not committed."""
        for first_id, second_id in self.each_order():
            with self.environment() as first, self.environment() as second:
                second.cr.execute("SELECT pg_backend_pid()")
                [pid] = second.cr.fetchone()
                failed = []
                self.end(first, first_id)
                ending = threading.Thread(
                    target=self.end_quietly, args=(second, second_id, failed)
                )
                ending.start()
                self.wait_for_lock(pid)
                first.cr.commit()
                ending.join(PATIENCE)
                self.assertTrue(failed, "it did not look again")
                second.cr.rollback()
                self.end(second, second_id)
                second.cr.commit()

    def end_quietly(self, env, issue_id, failed):
        try:
            self.end(env, issue_id)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
            failed.append(error)
