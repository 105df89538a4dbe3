import datetime
from decimal import Decimal
from unittest.mock import patch

from odoo import fields
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..gateway.messages import SegmentData
from ..models.quota_ledger import Entry
from .common import take_numbers
from .race_common import RaceCase

# A region there is not: no other test draws these.
FIRST = "26997000000000000001"
SECOND = "26997000000000000002"


def _serve_all(_taxpayer, _group):
    """Whatever an addon of licences says: it has its own tests."""
    return False


@tagged("post_install", "-at_install")
class TestNumberRace(RaceCase):
    """Two who take numbers and quota at the same moment."""

    tables = ("quota_move", "quota_task", "quota", "number", "segment", "draw", "issue")

    @classmethod
    def _delete(cls, env, table):
        if table == "quota_move":
            env.cr.execute(
                "DELETE FROM invoice_tax_quota_move WHERE quota_id IN"
                " (SELECT id FROM invoice_tax_quota WHERE taxpayer_id = %s)",
                [cls.taxpayer_id],
            )
            return
        # EXTENDS RaceCase
        super()._delete(env, table)

    def prepare(self, numbers, downloaded, amounts):
        """So many numbers, so much quota, and issue requests by net amount.

        :return: their ids
        """
        with self.environment() as env:
            for table in ("quota_move", "quota", "number", "segment", "issue"):
                self._delete(env, table)
            taxpayer = env["invoice.tax.taxpayer"].browse(self.taxpayer_id)
            if numbers:
                last = str(int(FIRST) + numbers - 1)
                data = SegmentData(FIRST, last, numbers)
                env["invoice.tax.segment"]._create_from(taxpayer, data, "automatic")
            quota = env["invoice.tax.quota"]._get_or_create(taxpayer, "202611")
            amount = Decimal(downloaded)
            entry = Entry(quota.id, "opening", downloaded=amount, unused=amount)
            quota._post([entry], quota._lock().values())
            issues = env["invoice.tax.issue"].create(
                [
                    {
                        "taxpayer_id": taxpayer.id,
                        "kind": "blue",
                        "issued_on": "2026-11-10",
                        "net_amount": amount,
                    }
                    for amount in amounts
                ]
            )
            return issues.ids

    def take(self, env, issue_ids):
        issues = env["invoice.tax.issue"].browse(issue_ids)
        supply = env["invoice.tax.number"]._reserve(issues)
        codes = env["invoice.tax.quota"]._take(issues, supply)
        numbers = env["invoice.tax.number"]._give(supply)
        return [codes[issue] or numbers[issue.id] for issue in issues]

    def take_at_once(self, first_ids, second_ids):
        """Both begin before either has committed; who is told to begin anew does so.

        :return: what each got, and whether the second had to begin anew
        """
        with self.environment() as first, self.environment() as second:
            # Both see the world as it is now.
            for env in (first, second):
                env["invoice.tax.number"].search_count([])
            got = self.take(first, first_ids)
            first.cr.commit()
            try:
                with mute_logger("odoo.sql_db"):
                    other = self.take(second, second_ids)
                return got, other, False
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                second.cr.rollback()
                return got, self.take(second, second_ids), True

    def test_vector_6_7_S8_last_number(self):
        one, two = self.prepare(1, "100.00", [1, 1])
        got, other, is_anew = self.take_at_once([one], [two])
        self.assertEqual(got, [FIRST])
        self.assertEqual(other, ["number_none"], "the last number was given out twice")
        self.assertTrue(is_anew, "it saw what was not so any more")

    def test_row_L11_number_that_another_is_just_taking(self):
        """No quota is taken, and the invoice waits."""
        [one] = self.prepare(1, "100.00", [60])
        taxpayers = self.registry["invoice.tax.taxpayer"]
        noon = datetime.datetime(2026, 11, 10, 4, 0)
        with (
            self.environment() as first,
            self.environment() as second,
            patch.object(taxpayers, "_get_service_unavailable_reason", _serve_all),
            patch.object(fields.Datetime, "now", staticmethod(lambda *args: noon)),
        ):
            first.cr.execute(
                "SELECT FROM invoice_tax_number WHERE name = %s FOR UPDATE", [FIRST]
            )
            issue = second["invoice.tax.issue"].browse(one)
            self.assertFalse(issue._take_numbers())
            self.assertEqual((issue.state, issue.result_code), ("held", "number_none"))
            moves = second["invoice.tax.quota.move"].search([("issue_id", "=", one)])
            self.assertFalse(moves)

    def test_vector_6_7_S8_numbers_skip_what_is_locked(self):
        """While the first has not committed, the second passes over its number."""
        one, two = self.prepare(2, "100.00", [1, 1])
        with self.environment() as first, self.environment() as second:
            got = take_numbers(first["invoice.tax.issue"].browse(one))
            other = take_numbers(second["invoice.tax.issue"].browse(two))
            self.assertEqual(got, {one: FIRST})
            self.assertEqual(other, {two: SECOND})

    def test_row_L4_last_cent_of_the_quota(self):
        one, two = self.prepare(2, "100.00", [60, 60])
        with self.environment() as first, self.environment() as second:
            issues = [env["invoice.tax.issue"].browse(two) for env in (first, second)]
            issues[0] = first["invoice.tax.issue"].browse(one)
            # Each has its number before either takes quota.
            supplies = [
                issue.env["invoice.tax.number"]._reserve(issue) for issue in issues
            ]
            codes = first["invoice.tax.quota"]._take(issues[0], supplies[0])
            self.assertEqual(codes, {issues[0]: ""})
            first["invoice.tax.number"]._give(supplies[0])
            first.cr.commit()
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(PG_CONCURRENCY_EXCEPTIONS_TO_RETRY),
            ):
                second["invoice.tax.quota"]._take(issues[1], supplies[1])
            second.cr.rollback()
            got = self.take(second, [two])
            self.assertEqual(got, ["quota_short"], "issued beyond the quota")
        with self.environment() as env:
            quota = env["invoice.tax.quota"].search(
                [("taxpayer_id", "=", self.taxpayer_id)]
            )
            self.assertEqual((quota.taken, quota.free), (60.0, 40.0))
            self.assertEqual(sum(quota.move_ids.mapped("taken_change")), 60.0)

    def test_row_L6_number_bound_while_the_dispatcher_is_at_it(self):
        """It does not see the binding, and may not give a second number."""
        [one] = self.prepare(2, "100.00", [1])
        with self.environment() as first, self.environment() as second:
            second["invoice.tax.number"].search_count([])
            number = first["invoice.tax.number"].search([("name", "=", FIRST)])
            number.write({"state": "manual", "mode": "manual"})
            with patch.object(
                self.registry["invoice.tax.taxpayer"],
                "_get_service_unavailable_reason",
                _serve_all,
            ):
                number._bind(first["invoice.tax.issue"].browse(one))
            first.cr.commit()
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(PG_CONCURRENCY_EXCEPTIONS_TO_RETRY),
            ):
                second["invoice.tax.issue"].browse(
                    one
                ).issued_at = fields.Datetime.now()
                second.flush_all()

    def test_row_L4_all_or_nothing(self):
        """Quota and numbers go together: who dies between them has taken neither."""
        [one] = self.prepare(1, "100.00", [60])
        with self.environment() as env:
            self.assertEqual(self.take(env, [one]), [FIRST])
            env.cr.rollback()
        with self.environment() as env:
            self.assertEqual(self.take(env, [one]), [FIRST])
            self.assertEqual(
                len(env["invoice.tax.quota.move"].search([("issue_id", "=", one)])), 1
            )
