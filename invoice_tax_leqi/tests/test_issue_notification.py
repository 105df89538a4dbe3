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
