from unittest.mock import patch

from .issue_common import IssueCase


class TestIssueNotification(IssueCase):
    """Who has invoices issued, hundreds of them, is told once when all is over."""

    def setUp(self):
        super().setUp()
        self.sent = []
        self.patch(
            self.registry["res.users"],
            "_bus_send",
            lambda user, kind, message, **options: (
                kind == "invoice_tax_service.done"
                and self.sent.append((user.id, message))
            ),
        )

    def assertToldOnce(self, issues, kind):
        [(user_id, message)] = self.sent
        self.assertEqual(user_id, issues.user_id.id)
        self.assertEqual((message["type"], message["sticky"]), kind)
        action = message["next"]
        self.assertEqual(action["res_model"], issues._name)
        if len(issues) == 1:
            self.assertEqual(action["res_id"], issues.id)
        else:
            found = issues.search(action["domain"])
            self.assertEqual(found.sorted("id"), issues.sorted("id"))
        self.sent.clear()
        return message["message"]

    def test_row_X2_bulk_issuing_ends_in_one_notification_with_a_link(self):
        self.ready()
        moves = [self.new_invoice() for _position in range(3)]
        action = self.of_issuer("account.move").union(*moves)
        action.action_issue_digital_invoice()
        self.assertFalse(self.sent, "told before anything was done")
        self.dispatch()
        self.assertIssued(*moves)
        text = self.assertToldOnce(self.issues_of(*moves), ("success", False))
        self.assertIn("3 invoices issued", text)

    def test_row_X2_bulk_issuing_says_what_failed(self):
        self.ready()
        self.leqi.results = {0: "field_invalid"}
        moves = [self.new_invoice() for _position in range(2)]
        self.issue(*moves)
        issues = self.issues_of(*moves)
        self.assertEqual(sorted(issues.mapped("state")), ["failed", "success"])
        text = self.assertToldOnce(issues, ("warning", True))
        self.assertIn("1 invoices issued, 1 not", text)
        self.assertIn(issues.filtered("result_code").description, text)

    def test_row_X2_bulk_issuing_of_one_leads_to_its_page(self):
        self.ready()
        move = self.new_invoice()
        self.issue(move)
        self.assertToldOnce(self.issues_of(move), ("success", False))

    # === IN BITES, WHICH ARE HELD IN BETWEEN === #

    def test_row_X2_bulk_issuing_that_waits_for_numbers(self):
        """None is left for the second bite, nor for the third: more are drawn."""
        self.connection.sudo().bite_size = 2
        self.ready(2)
        moves = [self.new_invoice() for _position in range(5)]
        self.issue(*moves)
        self.dispatch_for_long()
        self.assertIssued(*moves)
        self.assertGreater(self.leqi.count("draw"), 1)
        text = self.assertToldOnce(self.issues_of(*moves), ("success", False))
        self.assertIn("5 invoices issued", text)

    def test_row_X2_bulk_issuing_that_gets_no_numbers(self):
        """What goes on by itself in a moment, and does not, is told of all the same."""
        self.ready(0)
        move = self.new_invoice()
        with patch.object(
            self.registry["invoice.tax.draw"], "_ask_automatic", lambda *args: None
        ):
            self.issue(move)
            for _position in range(8):
                self.pass_time(20)
                self.dispatch()
            self.dispatch_for_long()
        text = self.assertToldOnce(self.issues_of(move), ("warning", True))
        self.assertIn("0 invoices issued, 1 not. There is no number left", text)

    def test_row_X2_bulk_issuing_that_is_held_goes_on_without_another_message(self):
        self.connection.sudo().bite_size = 1
        self.open_quota("1500.00")
        self.draw(20, "automatic")
        moves = [self.new_invoice(1000.0) for _position in range(3)]
        self.issue(*moves)
        text = self.assertToldOnce(self.issues_of(*moves), ("warning", True))
        self.assertIn("1 invoices issued, 2 not", text)
        self.transfer("download", "100000.00")
        self.dispatch_for_long()
        self.assertIssued(*moves)
        self.assertFalse(self.sent)

    def test_row_X2_bulk_issuing_retried_is_a_click_of_its_own(self):
        self.connection.sudo().bite_size = 1
        self.open_quota("500.00")
        self.draw(20, "automatic")
        moves = [self.new_invoice(1000.0) for _position in range(3)]
        self.issue(*moves)
        self.assertToldOnce(self.issues_of(*moves), ("warning", True))
        self.transfer("download", "100000.00")
        retried = self.issues_of(*moves[:2])
        retried.action_retry()
        self.dispatch()
        self.assertToldOnce(retried, ("success", False))
        self.dispatch_for_long()
        self.assertIssued(*moves)
        self.assertFalse(self.sent)

    def test_row_X2_bulk_issuing_of_which_the_rest_is_withdrawn(self):
        """It ends with what a person does, not with an answer."""
        self.ready()
        moves = [self.new_invoice() for _position in range(2)]
        self.of_issuer("account.move").union(*moves).action_issue_digital_invoice()
        done, last = self.issues_of(*moves)
        last.sudo().next_attempt_at = "2100-01-01 00:00:00"
        self.dispatch()
        self.assertFalse(self.sent)
        last.action_withdraw()
        text = self.assertToldOnce(done, ("success", False))
        self.assertIn("1 invoices issued", text)

    def test_row_X2_bulk_issuing_of_which_the_rest_is_asked_for_anew(self):
        """The first click is told of, although nothing of it ends any more."""
        self.ready()
        for state, action in (
            ("numbered", "action_upload_again"),
            ("held", "action_retry"),
        ):
            with self.subTest(state=state):
                self.sent.clear()
                moves = [self.new_invoice() for _position in range(2)]
                union = self.of_issuer("account.move").union(*moves)
                union.action_issue_digital_invoice()
                done, last = self.issues_of(*moves)
                last.sudo().next_attempt_at = "2100-01-01 00:00:00"
                self.dispatch()
                self.assertEqual(done.state, "success")
                # As an answer leaves it that is followed up in a moment.
                last.sudo()._set_state(state, "number_none", attempts=1)
                self.assertFalse(self.sent)
                getattr(last, action)()
                text = self.assertToldOnce(done, ("success", False))
                self.assertIn("1 invoices issued", text)
                self.assertFalse(done.sudo().told_user_id)
                self.dispatch_for_long()
                self.assertIssued(*moves)
                self.assertToldOnce(last, ("success", False))

    def test_row_X2_bulk_issuing_holds_up_no_message_for_a_buyer(self):
        """A red invoice that waits for its buyer is told of when it is over."""
        self.ready()
        blue = self.new_invoice()
        self.issue(blue)
        self.sent.clear()
        self.leqi.form_state = "waits_for_buyer"
        red, other = self.new_credit_note(blue), self.new_invoice()
        self.issue(red.with_user(self.issuer), other)
        self.assertToldOnce(self.issues_of(other), ("success", False))
        [form] = self.leqi.forms.values()
        self.leqi.change_form(form.uuid, "confirmed")
        self.dispatch_for_long()
        self.assertToldOnce(self.issues_of(red), ("success", False))
