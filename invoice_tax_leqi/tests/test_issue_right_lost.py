from odoo.addons.invoice_tax_service.exceptions import TaxServiceError
from odoo.addons.invoice_tax_service.gateway.errors import OutcomeUnknownError

from .issue_common import IssueCase

CLERK = "invoice_tax_leqi.group_issuing_clerk"


class TestIssueRightLost(IssueCase):
    """Nothing is issued, drawn or moved for somebody who may not have it done any
    more; what Odoo does by itself needs nobody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = f"account.group_account_invoice,account.group_account_user,{CLERK}"
        cls.colleague = cls._new_user("issuing_colleague", groups)

    def lose(self):
        self.issuer.sudo().active = False

    def request(self):
        move = self.new_invoice()
        move.action_issue_digital_invoice()
        return move

    def test_row_O11_lost_right_before_the_number(self):
        self.ready()
        move = self.request()
        self.lose()
        self.dispatch()
        issue = self.issues_of(move).sudo()
        self.assertEqual((issue.state, issue.result_code), ("held", "right_lost"))
        self.assertFalse(issue.number)
        self.assertIn(self.issuer.sudo().name, move.sudo().tax_issue_reason)
        self.assertFigures(self.get_quota().sudo(), taken="0.00")
        self.dispatch_for_long()
        self.assertFalse(self.leqi.issued)
        issue.with_user(self.colleague).action_retry()
        self.assertEqual(issue.user_id, self.colleague)
        self.dispatch()
        self.assertEqual(issue.state, "success")

    def test_row_O11_lost_right_is_taken_over_by_nobody_without_it(self):
        """Who may retry, and not issue, does not issue in another name."""
        self.ready()
        issue = self.issues_of(self.request()).with_user(self.colleague)
        self.issuer.sudo().group_ids -= self.env.ref(CLERK)
        self.dispatch()
        rights = self.env["invoice.tax.right"].with_user(self.manager)
        rights.set_right(self.company.id, "issue", self.colleague.id, False)
        with self.assertRaises(TaxServiceError) as caught:
            issue.action_retry()
        self.assertEqual(caught.exception.code, "no_right")
        self.assertEqual(issue.sudo().user_id, self.issuer)

    def test_row_O11_lost_right_before_quota_and_draw(self):
        quota = self.open_quota("0")
        task = quota._submit_transfer("download", "100.00")
        draw = self.of_issuer("invoice.tax.draw")._ask_manual(self.taxpayer, 5)
        self.lose()
        self.dispatch()
        for one in (task.sudo(), draw.sudo()):
            self.assertEqual((one.state, one.result_code), ("failed", "right_lost"))
            self.assertIn(self.issuer.sudo().name, one.reason)
        self.assertEqual(self.leqi.count("download") + self.leqi.count("draw"), 0)

    def test_row_O11_lost_right_of_who_was_deleted(self):
        """Nobody is left who could be asked for: nothing is sent for him."""
        quota = self.open_quota("0")
        task = quota._submit_transfer("download", "100.00").sudo()
        # As the database does it: the operator of a task may be deleted.
        task.user_id = False
        self.dispatch()
        self.assertEqual((task.state, task.result_code), ("failed", "right_lost"))
        self.assertEqual(self.leqi.count("download"), 0)

    def test_row_O11_lost_right_before_a_transfer_is_sent_again(self):
        """The platform has not got it: it is not sent a second time for him."""
        quota = self.open_quota("0")
        self.leqi.trouble("download", OutcomeUnknownError("cut"), acted=False)
        task = quota._submit_transfer("download", "100.00").sudo()
        self.step()
        self.assertEqual(self.leqi.count("download"), 1)
        self.lose()
        # Asked for at once: the call may still be on its way.
        task.next_attempt_at = self.now
        for _position in range(3):
            self.step()
        self.assertTrue(task.arrives_by)
        self.dispatch_for_long()
        self.assertEqual(self.leqi.count("download"), 1)
        self.assertEqual((task.state, task.result_code), ("failed", "right_lost"))

    def test_row_O11_lost_right_while_a_draw_is_unknown(self):
        """What may have arrived is found out: its numbers are not lost."""
        self.leqi.trouble("draw", OutcomeUnknownError("cut"), acted=True)
        draw = self.of_issuer("invoice.tax.draw")._ask_manual(self.taxpayer, 5)
        self.step()
        self.lose()
        self.dispatch_for_long()
        self.assertEqual(draw.sudo().state, "success")
        self.assertEqual(len(draw.sudo().segment_ids.number_ids), 5)

    def test_row_O11_lost_right_of_nobody_where_odoo_draws(self):
        draw = self.env["invoice.tax.draw"]._ask_automatic(self.taxpayer.sudo(), 5)
        draw.sudo().user_id = self.issuer
        self.lose()
        self.dispatch()
        self.assertEqual(draw.sudo().state, "success")
