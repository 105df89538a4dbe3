import datetime
from unittest.mock import patch

from odoo import fields

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError
from odoo.addons.invoice_tax_service.gateway.errors import (
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
)

from ..models import connection as connection_module
from ..models.issue_words import china_date
from .issue_common import IssueCase

ENDED = "许可授权已到期"


class TestIssueWaiting(IssueCase):
    """What waits for quota, a number, its form or the lane: asked again before it
    goes on, held up by nothing that does not concern it, and leaving no rows."""

    def setUp(self):
        super().setUp()
        self.ended = False
        self.patch(
            self.registry["invoice.tax.taxpayer"],
            "_get_service_unavailable_reason",
            lambda _taxpayer, group: group == "issuing" and self.ended,
        )

    def request(self, *prices, **values):
        """Press the button; the dispatcher has not looked yet."""
        moves = [self.new_invoice(price, **values) for price in prices]
        for move in moves:
            move.action_issue_digital_invoice()
        return moves

    def assertHeld(self, code, *moves):
        issues = self.issues_of(*moves)
        self.assertEqual(set(issues.mapped("state")), {"held"})
        self.assertEqual(set(issues.mapped("result_code")), {code})
        self.assertFalse(any(issues.mapped("number")))

    # === THE LICENCE === #

    def test_row_L9_licence_that_ends_before_the_number(self):
        self.ready()
        [move] = self.request(1000.0)
        self.ended = ENDED
        self.dispatch()
        self.assertHeld("service_unavailable", move)
        self.assertIn(ENDED, move.tax_issue_reason)
        self.assertFigures(self.get_quota(), taken="0.00")
        with self.assertRaises(TaxServiceError) as caught:
            self.issues_of(move).action_retry()
        self.assertEqual(caught.exception.code, "service_unavailable")
        self.dispatch_for_long()
        self.assertFalse(self.leqi.issued)
        self.assertEqual(self.steps_of(self.issues_of(move)), ["requested", "held"])
        self.ended = False
        self.issues_of(move).action_retry()
        self.dispatch()
        self.assertIssued(move)

    def test_row_L9_licence_that_ends_after_the_number(self):
        """What was numbered has to arrive, or to be given up."""
        self.ready()
        self.leqi.trouble("upload", NotSentError("refused"))
        self.leqi.results = {1: "field_invalid"}
        moves = self.request(1000.0, 2000.0)
        self.step()
        self.ended = ENDED
        self.dispatch_for_long()
        self.assertIssued(moves[0])
        self.issues_of(moves[1]).action_discard()
        self.dispatch()
        self.assertEqual(moves[1].tax_issue_state, "discarded")

    def test_row_L9_licence_that_ends_before_the_form(self):
        self.ready()
        blue = self.new_invoice(1000.0)
        self.issue(blue)
        red = self.new_credit_note(blue)
        red.with_user(self.issuer).action_issue_digital_invoice()
        self.ended = ENDED
        self.dispatch()
        self.assertEqual(red.tax_issue_state, "failed")
        self.assertIn(ENDED, red.tax_issue_reason)
        self.assertEqual(self.leqi.count("form"), 0)
        self.ended = False
        self.issue(red)
        self.assertIssued(blue)
        self.assertEqual(red.tax_issue_state, "success")

    def test_row_L2_L6_licence_that_ends_before_quota_and_draw(self):
        quota = self.open_quota("0")
        task = quota._submit_transfer("download", "100.00")
        draw = self.of_issuer("invoice.tax.draw")._ask_manual(self.taxpayer, 5)
        self.ended = ENDED
        self.dispatch()
        for one in (task, draw):
            self.assertEqual(
                (one.state, one.result_code), ("failed", "service_unavailable")
            )
            self.assertIn(ENDED, one.reason)
        self.assertEqual(self.leqi.count("download") + self.leqi.count("draw"), 0)

    def test_row_L6_licence_that_ends_while_a_draw_is_unknown(self):
        """What may have arrived is found out: its numbers are not lost."""
        self.leqi.trouble("draw", OutcomeUnknownError("cut"), acted=True)
        draw = self.of_issuer("invoice.tax.draw")._ask_manual(self.taxpayer, 5)
        self.step()
        self.ended = ENDED
        self.dispatch_for_long()
        self.assertEqual(draw.state, "success")
        self.assertEqual(len(draw.segment_ids.number_ids), 5)

    # === THE CHANNEL === #

    def without_channel(self):
        return patch.dict(connection_module.ISSUING_CLIENTS, clear=True)

    def test_row_L10_channel_that_cannot_issue_any_more(self):
        """What was sent stays as unknown as it was, and says why."""
        self.ready()
        self.leqi.unfinished = 1
        [sent] = self.request(1000.0)
        self.step(2)
        self.assertEqual(sent.tax_issue_state, "accepted")
        [waiting] = self.request(2000.0)
        said = len(self.leqi.events)
        with self.without_channel():
            self.dispatch_for_long()
        self.assertEqual(len(self.leqi.events), said)
        self.assertEqual(sent.tax_issue_state, "accepted")
        self.assertIn("cannot issue", sent.tax_issue_reason)
        steps = self.issues_of(sent).step_ids.filtered("code")
        self.assertEqual(steps.mapped("code"), ["channel_cannot_issue"])
        self.assertHeld("channel_cannot_issue", waiting)
        self.assertFalse(self.taxpayer.sudo().lane_id.trouble_code)
        self.dispatch_for_long()
        self.assertIssued(sent, waiting)

    def test_row_L2_channel_that_cannot_issue_is_told_before_sending(self):
        quota = self.open_quota("0")
        task = quota._submit_transfer("download", "100.00")
        self.leqi.trouble("download", OutcomeUnknownError("cut"), acted=True)
        self.step()
        draw = self.of_issuer("invoice.tax.draw")._ask_manual(self.taxpayer, 5)
        with self.without_channel():
            self.dispatch_for_long()
        self.assertEqual(
            (draw.state, draw.result_code), ("failed", "channel_cannot_issue")
        )
        self.assertEqual((task.step, task.state), ("unknown", "processing"))
        self.dispatch_for_long()
        self.assertEqual(task.state, "success")
        self.assertAsAtTheBureau(quota)

    # === DRAWS === #

    def leave_open(self, word, draw):
        """One step of a draw, whose outcome nobody knows then."""
        self.leqi.trouble(word, OutcomeUnknownError("cut"), times=2)
        self.step()
        self.assertEqual(draw.step, "unknown")
        return draw

    def test_row_L9_open_refresh_holds_nothing_up(self):
        self.ready()
        self.of_issuer("invoice.tax.segment").action_refresh()
        refresh = self.env["invoice.tax.draw"].search([("kind", "=", "refresh")])
        self.leave_open("segments", refresh)
        [move] = self.request(1000.0)
        self.step(3)
        self.assertIssued(move)
        self.assertEqual(refresh.step, "unknown")

    def test_row_L9_open_draw_by_hand_holds_nothing_up(self):
        self.ready()
        draw = self.of_issuer("invoice.tax.draw")._ask_manual(self.taxpayer, 5)
        self.leave_open("draw", draw)
        [move] = self.request(1000.0)
        self.step(3)
        self.assertIssued(move)
        self.assertEqual(draw.step, "unknown")

    def test_row_L9_open_automatic_draw_holds_up_only_who_needs_it(self):
        self.ready(0)
        number = self.draw(1).segment_ids.number_ids
        [without] = self.request(1000.0)
        self.step()
        draw = self.env["invoice.tax.draw"].search([("mode", "=", "automatic")])
        self.leave_open("draw", draw)
        self.assertHeld("number_none", without)
        attempts = self.issues_of(without).attempts
        [bound] = self.request(10.0, bound_number_id=number.id)
        self.now += datetime.timedelta(seconds=1)
        self.issues_of(without).sudo().next_attempt_at = self.now
        self.step(3)
        self.assertIssued(bound)
        self.assertEqual(bound.digital_invoice_number, number.name)
        self.assertEqual(draw.step, "unknown")
        self.assertEqual(
            self.issues_of(without).attempts, attempts, "tried without a number"
        )
        self.dispatch_for_long()
        self.assertIssued(bound, without)

    # === NUMBERS === #

    def test_row_L11_no_movement_without_a_number(self):
        """Retried for hours, and nothing is taken that is given back."""
        self.ready(0)
        self.leqi.trouble("draw", RefusedError("没有号码"), times=1000)
        moves = self.request(10.0, 20.0)
        for _position in range(4):
            self.dispatch_for_long()
        self.assertHeld("number_none", *moves)
        issues = self.issues_of(*moves)
        self.assertGreater(min(issues.mapped("attempts")), 10)
        quota = self.get_quota()
        self.assertEqual(set(quota.move_ids.mapped("kind")), {"opening", "download"})
        self.assertFigures(quota, taken="0.00")
        self.leqi.script.clear()
        issues.action_retry()
        self.dispatch_for_long()
        self.assertIssued(*moves)
        self.assertAsAtTheBureau(quota)

    def test_row_L11_last_numbers_go_to_who_can_pay(self):
        self.open_quota("1000.00")
        self.draw(2, "automatic")
        self.leqi.trouble("draw", RefusedError("没有号码"), times=1000)
        large, first, second, third = self.request(5000.0, 10.0, 20.0, 30.0)
        self.dispatch()
        self.assertIssued(first, second)
        self.assertHeld("quota_short", large)
        self.assertHeld("number_none", third)
        kinds = self.get_quota().move_ids.mapped("kind")
        self.assertEqual((kinds.count("take"), kinds.count("release")), (2, 0))
        self.assertAsAtTheBureau(self.get_quota())

    def test_row_L9_number_and_date_of_one_moment(self):
        """The year ends between two looks at the clock."""
        self.now = datetime.datetime(2026, 12, 31, 15, 0)
        self.leqi.is_filed = True
        self.ready()
        [move] = self.request(1000.0)
        issue = self.issues_of(move).sudo()
        midnight = datetime.datetime(2026, 12, 31, 16, 0)
        looks = [midnight - datetime.timedelta(seconds=1)]
        clock = staticmethod(lambda *args: looks.pop() if looks else midnight)
        with patch.object(fields.Datetime, "now", clock):
            self.assertEqual(issue._take_numbers(), issue)
        self.assertEqual(issue.issued_on, china_date(issue.issued_at))
        self.assertEqual(issue.number[:2], f"{issue.issued_on:%y}")

    # === SENT BACK === #

    def test_row_L10_sent_back_ever_more_seldom(self):
        """A day of refusals leaves a few rows, and a person needs not wait."""
        self.ready()
        [move] = self.request(1000.0)
        issue = self.issues_of(move)
        with patch.object(self.leqi, "_judge", lambda _invoice: "month_summarised"):
            end = self.now + datetime.timedelta(days=1)
            while self.now < end and self.leqi.count("upload") < 50:
                self.now = max(self.now, issue.next_attempt_at)
                self.dispatch()
        self.assertLess(self.leqi.count("upload"), 20)
        self.assertEqual(issue.state, "numbered")
        self.assertGreater(issue.next_attempt_at, self.now)
        issue.action_upload_again()
        self.dispatch()
        self.assertIssued(move)
