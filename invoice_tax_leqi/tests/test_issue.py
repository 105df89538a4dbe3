from unittest.mock import patch

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError
from odoo.addons.invoice_tax_service.gateway.errors import (
    NotSentError,
    OutcomeUnknownError,
)
from odoo.addons.invoice_tax_service.tests.common import Killed

from ..gateway.leqi_codes import UPLOAD_RESULTS
from .issue_common import IssueCase


class TestIssue(IssueCase):
    """From the button on the invoice to the number that the platform confirmed."""

    # === THE WAY THROUGH === #

    def test_row_L9_blue_invoice(self):
        self.ready()
        move = self.new_invoice(1000.0)
        self.issue(move)
        self.assertIssued(move)
        self.assertEqual(len(move.digital_invoice_number), 20)
        self.assertEqual(move.tax_issue_state, "success")
        self.assertEqual(move.tax_issued_at, self.issues_of(move).issued_at)
        held = self.leqi.contents[move.digital_invoice_number]
        self.assertEqual(held.invoice_type, "special")
        self.assertEqual(held.buyer.tax_number, self.buyer.vat)
        self.assertEqual(held.seller.tax_number, self.taxpayer.tax_number)
        self.assertEqual(str(held.net_amount), "1000.00")
        self.assertEqual(str(held.vat_amount), "130.00")
        self.assertFigures(self.get_quota(), taken="0.00", unused="799000.00")
        self.assertAsAtTheBureau(self.get_quota())

    def test_row_L9_a_click_only_writes_rows(self):
        """Two hundred at once, and not one word to the platform."""
        self.ready(0)
        moves = self.env["account.move"].union(
            *(self.new_invoice(10.0) for _position in range(3))
        )
        said = len(self.leqi.events)
        action = moves.with_user(self.issuer).action_issue_digital_invoice()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(len(self.leqi.events), said)
        issues = self.issues_of(*moves)
        self.assertEqual(set(issues.mapped("state")), {"waiting"})
        self.assertFalse(any(issues.mapped("number")))
        self.assertEqual(self.get_quota().taken, 0.0)

    def test_row_L9_many_at_once_in_bites(self):
        self.ready(0)
        self.connection.sudo().bite_size = 2
        moves = [self.new_invoice(10.0 + position) for position in range(5)]
        self.issue(*moves)
        self.pass_time(60)
        self.dispatch()
        self.assertIssued(*moves)
        self.assertEqual(self.leqi.count("upload"), 3)
        self.assertEqual(self.leqi.count("draw"), 1)

    def test_row_L9_twice_is_refused(self):
        self.ready()
        move = self.new_invoice()
        self.issue(move)
        action = self.issue(move)
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(wizard.line_ids.mapped("code"), ["issuing_already"])
        self.assertEqual(len(self.issues_of(move)), 1)

    def test_row_L9_issued_invoice_stays_as_it_is(self):
        self.ready()
        move = self.new_invoice()
        self.issue(move)
        with self.assertRaises(TaxServiceError) as caught:
            move.button_draft()
        self.assertEqual(caught.exception.code, "issued_locked")
        with self.assertRaises(TaxServiceError):
            move.button_cancel()

    # === OUTCOMES === #

    def test_row_L10_lost_answer_is_asked_for(self):
        """The platform did it; its answer was lost: not sent again."""
        self.ready()
        self.leqi.trouble("upload", OutcomeUnknownError("cut"), acted=True)
        move = self.new_invoice()
        self.issue(move)
        self.assertIssued(move)
        self.assertEqual(self.leqi.count("upload"), 1)
        self.assertGreaterEqual(self.leqi.count("find_upload"), 1)
        self.assertIn("unclear", self.steps_of(self.issues_of(move)))

    def test_row_L10_never_arrived_is_sent_again(self):
        self.ready()
        self.leqi.trouble("upload", OutcomeUnknownError("cut"))
        move = self.new_invoice()
        self.issue(move)
        self.assertIssued(move)
        sent = [number for word, number in self.leqi.events if word == "upload"]
        self.assertEqual(len(sent), 2)
        self.assertEqual(len(set(sent)), 1, "resent under another request number")

    def test_row_L10_nothing_left_the_house(self):
        self.ready()
        self.leqi.trouble("upload", NotSentError("refused"), times=2)
        move = self.new_invoice()
        self.issue(move)
        self.pass_time(30)
        self.dispatch()
        self.assertIssued(move)

    def test_row_L10_worker_dies_while_sending(self):
        self.ready()
        self.leqi.trouble("upload", Killed(), acted=True)
        move = self.new_invoice()
        move.action_issue_digital_invoice()
        self.dispatch_and_die()
        issue = self.issues_of(move)
        self.assertEqual(issue.state, "uploading")
        self.assertTrue(issue.number)
        self.dispatch()
        self.assertIssued(move)
        self.assertEqual(self.leqi.count("upload"), 1)

    def test_row_L10_polled_until_done(self):
        self.ready()
        self.leqi.unfinished = 3
        move = self.new_invoice()
        self.issue(move)
        self.assertIssued(move)
        self.assertEqual(self.leqi.count("poll_upload"), 4)

    def test_row_L10_duplicate_is_success_after_comparison(self):
        self.ready()
        same, other = self.new_invoice(10.0), self.new_invoice(20.0)
        self.leqi.results = {0: "duplicate", 1: "duplicate"}
        take = self.leqi._take

        def hold_first(position, invoice):
            # The first one is held as it was sent, the second one is another.
            self.leqi._keep(invoice)
            if position:
                held = self.leqi.issued[invoice.number]
                self.leqi.issued[invoice.number] = type(held)(
                    **{**vars(held), "net_amount": held.net_amount + 1}
                )
            return take(position, invoice)

        with patch.object(self.leqi, "_take", hold_first):
            self.issue(same, other)
        self.assertEqual(self.leqi.count("read_issued"), 1)
        self.assertEqual(same.tax_issue_state, "success")
        self.assertEqual(self.issues_of(same).result_code, "duplicate")
        self.assertEqual(other.tax_issue_state, "failed")
        self.assertEqual(self.issues_of(other).result_code, "number_conflict")

    def test_row_L10_left_out_is_read_back(self):
        self.ready()
        self.leqi.silent = {0}
        moves = [self.new_invoice(10.0), self.new_invoice(20.0)]
        self.issue(*moves)
        self.assertIssued(*moves)
        self.assertEqual(self.issues_of(moves[0]).result_code, "read_back")

    def test_row_L10_not_held_goes_up_again(self):
        """Called a duplicate of what nobody holds: the same number, once more."""
        self.ready()
        self.leqi.results = {0: "duplicate"}
        move = self.new_invoice()
        self.issue(move)
        number = move.digital_invoice_number
        self.assertEqual(move.tax_issue_state, "numbered")
        self.pass_time(120)
        self.dispatch()
        self.assertIssued(move)
        self.assertEqual(move.digital_invoice_number, number)

    def test_row_L10_one_bad_invoice_holds_no_other(self):
        self.ready()
        self.leqi.results = {1: "buyer_incomplete"}
        moves = [self.new_invoice(10.0 + position) for position in range(3)]
        self.issue(*moves)
        self.assertIssued(moves[0], moves[2])
        self.assertEqual(moves[1].tax_issue_state, "failed")
        self.assertIn("buyer", moves[1].tax_issue_reason)

    def test_row_L10_refused_as_a_whole_is_halved(self):
        """One of eight makes the platform refuse all: seven get through."""
        self.ready()
        moves = [self.new_invoice(10.0 + position) for position in range(8)]
        bad = moves[5].name
        moves[5].invoice_line_ids.name = bad
        self.leqi.whole_refusal = lambda invoices: any(
            str(invoice.net_amount) == "15.00" for invoice in invoices
        )
        self.issue(*moves)
        self.pass_time(60)
        self.dispatch()
        good = [move for move in moves if move != moves[5]]
        self.assertIssued(*good)
        self.assertEqual(moves[5].tax_issue_state, "failed")
        self.assertEqual(self.issues_of(moves[5]).result_code, "invalid_argument")

    def test_row_L10_every_result_has_a_sentence(self):
        issues = self.new_issues("1.00")
        for code in UPLOAD_RESULTS.values():
            issues.result_code = code
            if code != "ok":
                self.assertNotEqual(issues.description, code, f"{code} has no words")

    # === QUOTA AND NUMBERS === #

    def test_row_L9_short_quota_holds_only_the_large_one(self):
        self.open_quota("1000.00")
        self.draw(20, "automatic")
        large, small = self.new_invoice(5000.0), self.new_invoice(100.0)
        self.issue(large, small)
        self.assertIssued(small)
        self.assertEqual(large.tax_issue_state, "held")
        self.assertEqual(self.issues_of(large).result_code, "quota_short")
        self.assertFalse(large.digital_invoice_number)
        self.transfer("download", "100000.00")
        self.issues_of(large).action_retry()
        self.dispatch()
        self.assertIssued(large)

    def test_row_L9_numbers_are_drawn_when_none_is_left(self):
        self.ready(0)
        move = self.new_invoice()
        self.issue(move)
        self.assertIssued(move)
        self.assertEqual(self.leqi.count("draw"), 1)

    def test_row_L9_number_drawn_by_hand(self):
        self.ready()
        self.draw(2, "manual")
        number = self.of_issuer("invoice.tax.number").search(
            [("state", "=", "manual"), ("taxpayer_id", "=", self.taxpayer.id)], limit=1
        )
        move = self.new_invoice()
        move.bound_number_id = number
        self.issue(move)
        self.assertIssued(move)
        self.assertEqual(move.digital_invoice_number, number.name)

    def test_row_L9_withdrawn_gives_back_its_number(self):
        self.ready()
        self.draw(1, "manual")
        number = self.of_issuer("invoice.tax.number").search(
            [("state", "=", "manual"), ("taxpayer_id", "=", self.taxpayer.id)]
        )
        move = self.new_invoice()
        move.bound_number_id = number
        move.action_issue_digital_invoice()
        self.assertEqual(number.state, "bound")
        self.issues_of(move).action_withdraw()
        self.assertEqual(number.state, "manual")
        self.assertEqual(move.tax_issue_state, "withdrawn")
        self.assertTrue(move.show_issue_button)
        self.dispatch()
        self.assertFalse(self.leqi.issued)
