import dataclasses

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError
from odoo.addons.invoice_tax_service.gateway.errors import (
    OutcomeUnknownError,
    RefusedError,
)

from ..models.upload import _to_invoice
from .issue_common import IssueCase


class TestWaysOut(IssueCase):
    """Discard, upload again, ask, withdraw; red invoices; the monthly summary."""

    def fail_one(self, result="field_invalid"):
        self.ready()
        self.leqi.results = {0: result}
        move = self.new_invoice()
        self.issue(move)
        return move

    # === LAWFUL WAYS OUT === #

    def test_row_L10_discard_and_issue_again(self):
        move = self.fail_one()
        spent = move.digital_invoice_number
        self.assertEqual(move.tax_issue_state, "failed")
        self.assertFalse(move.show_issue_button)
        self.assertFigures(self.get_quota(), taken="1000.00")
        move.action_issue_discard()
        self.dispatch()
        self.assertEqual(move.tax_issue_state, "discarded")
        self.assertIn(spent, self.leqi.discarded)
        self.assertFigures(self.get_quota(), taken="0.00", unused="800000.00")
        number = self.env["invoice.tax.number"].search([("name", "=", spent)])
        self.assertEqual(number.state, "discarded")
        self.issue(move)
        self.assertIn(move.digital_invoice_number, self.leqi.issued)
        self.assertNotEqual(move.digital_invoice_number, spent)
        self.assertEqual(len(self.issues_of(move)), 2)

    def test_row_L10_upload_again_with_the_same_number(self):
        move = self.fail_one()
        number = move.digital_invoice_number
        move.action_issue_upload_again()
        self.dispatch()
        self.assertIssued(move)
        self.assertEqual(move.digital_invoice_number, number)
        self.assertIn("reupload", self.steps_of(self.issues_of(move)))

    def test_row_L10_discard_of_what_the_platform_holds(self):
        """Wrongly called failed: it is found, compared, and is issued after all."""
        move = self.fail_one()
        issue = self.issues_of(move)
        self.leqi._keep(_to_invoice(issue.sudo()))
        issue.action_discard()
        self.dispatch()
        self.assertEqual(move.tax_issue_state, "success")
        self.assertFalse(self.leqi.discarded)

    def test_row_L10_discard_whose_answer_is_lost(self):
        move = self.fail_one()
        self.leqi.trouble("discard", OutcomeUnknownError("cut"), acted=True)
        move.action_issue_discard()
        self.dispatch()
        self.assertEqual(move.tax_issue_state, "discarded")
        self.assertEqual(len(self.leqi.discarded), 1)

    def test_row_L10_ask_about_what_failed(self):
        move = self.fail_one()
        self.issues_of(move).action_ask()
        self.dispatch()
        self.assertEqual(move.tax_issue_state, "failed")
        self.leqi._keep(_to_invoice(self.issues_of(move).sudo()))
        self.issues_of(move).action_ask()
        self.dispatch()
        self.assertEqual(move.tax_issue_state, "success")

    def hold_another(self, move):
        """The platform holds another invoice under the number of this one."""
        issue = self.issues_of(move).sudo()
        self.leqi._keep(_to_invoice(issue))
        held = self.leqi.issued[issue.number]
        self.leqi.issued[issue.number] = dataclasses.replace(
            held, net_amount=held.net_amount + 1
        )

    def assertGivenUpHere(self, move, code):
        """The number is spent, its quota free, and the invoice is issued anew."""
        spent = self.issues_of(move)
        self.assertEqual((spent.state, spent.result_code), ("discarded", code))
        self.assertEqual(spent.step_ids[-1:].code, code)
        number = self.env["invoice.tax.number"].search([("name", "=", spent.number)])
        self.assertEqual(number.state, "discarded")
        self.assertFigures(self.get_quota(), taken="0.00", unused="800000.00")
        self.issue(move)
        self.assertEqual(move.tax_issue_state, "success")
        self.assertNotEqual(move.digital_invoice_number, spent.number)
        self.assertFigures(self.get_quota(), taken="0.00", unused="799000.00")

    def test_row_L10_discard_of_a_number_with_another_invoice(self):
        """Nothing is discarded at the platform: what it holds is not ours."""
        move = self.fail_one("number_conflict")
        self.hold_another(move)
        self.assertIn("discard the number here", move.tax_issue_reason)
        move.action_issue_discard()
        self.dispatch()
        self.assertEqual(self.leqi.count("discard"), 0)
        self.assertGivenUpHere(move, "number_conflict")

    def test_row_L10_discard_that_meets_what_nobody_has_compared(self):
        """It may be our own invoice, told in other words: a person looks first."""
        move = self.fail_one()
        self.hold_another(move)
        move.action_issue_discard()
        self.dispatch()
        issue = self.issues_of(move)
        self.assertEqual(
            (issue.state, issue.result_code), ("failed", "number_conflict")
        )
        self.assertFigures(self.get_quota(), taken="1000.00")
        move.action_issue_discard()
        self.dispatch()
        self.assertEqual(self.leqi.count("discard"), 0)
        self.assertGivenUpHere(move, "number_conflict")

    def test_row_L10_discard_of_a_number_that_is_none_of_ours(self):
        move = self.fail_one("number_not_drawn")
        self.leqi.trouble("discard", RefusedError(code="number_not_drawn"))
        move.action_issue_discard()
        self.dispatch()
        self.assertEqual(self.leqi.count("read_issued"), 1)
        self.assertGivenUpHere(move, "number_not_drawn")

    def test_row_L10_asked_before_it_was_discarded(self):
        """The older question does not take the discard back."""
        move = self.fail_one("number_conflict")
        self.hold_another(move)
        issue = self.issues_of(move)
        issue.action_ask()
        issue.action_discard()
        self.step()
        self.assertEqual(issue.state, "discarding")
        self.step()
        self.assertEqual(issue.state, "discarded")

    def test_row_L10_month_is_confirmed_after_a_conflict(self):
        move = self.fail_one("number_conflict")
        self.hold_another(move)
        number = move.digital_invoice_number
        move.action_issue_discard()
        self.dispatch()
        del self.leqi.issued[number]
        self.now = self.now.replace(month=12, day=3)
        self.assertEqual(self.summarise("confirm").state, "success")

    def test_row_L10_retryable_goes_up_by_itself(self):
        move = self.fail_one("platform_error")
        number = move.digital_invoice_number
        self.assertEqual(move.tax_issue_state, "numbered")
        self.assertTrue(move.tax_issue_reason)
        self.pass_time(120)
        self.dispatch()
        self.assertIssued(move)
        self.assertEqual(move.digital_invoice_number, number)

    def test_row_L10_wrong_state_and_no_right(self):
        self.ready()
        move = self.new_invoice()
        self.issue(move)
        issue = self.issues_of(move)
        for action in ("discard", "upload_again", "withdraw", "ask", "retry"):
            with self.assertRaises(TaxServiceError) as caught:
                getattr(issue, f"action_{action}")()
            self.assertEqual(caught.exception.code, "issue_state")
        failed = self.new_invoice()
        self.leqi.results = {0: "field_invalid"}
        self.issue(failed)
        with self.assertRaises(TaxServiceError) as caught:
            self.issues_of(failed).with_user(self.viewer).action_discard()
        self.assertEqual(caught.exception.code, "no_right")

    def test_row_L10_every_step_with_its_time(self):
        self.ready()
        move = self.new_invoice()
        self.issue(move)
        issue = self.issues_of(move)
        self.assertEqual(
            self.steps_of(issue),
            ["requested", "numbered", "uploading", "accepted", "success"],
        )
        self.assertTrue(all(issue.step_ids.mapped("happened_at")))
        self.assertEqual(issue.step_ids.mapped("number"), [False, *[issue.number] * 4])

    def test_row_L10_read_back_of_quota_during_an_upload(self):
        """What is sent and not answered is no difference of the bureau's figures."""
        self.ready()
        self.leqi.unfinished = 1000
        move = self.new_invoice(1000.0)
        move.action_issue_digital_invoice()
        self.step(2)
        self.assertEqual(move.tax_issue_state, "accepted")
        self.now = self.now.replace(hour=9)
        self.of_issuer("invoice.tax.quota").action_read()
        self.dispatch()
        kinds = self.get_quota().move_ids.mapped("kind")
        self.assertNotIn("correction", kinds)
        self.leqi.unfinished = 0
        self.pass_time(120)
        self.dispatch()
        self.assertIssued(move)
        self.assertAsAtTheBureau(self.get_quota())

    # === RED INVOICES === #

    def issue_blue(self):
        self.ready()
        blue = self.new_invoice(1000.0)
        self.issue(blue)
        return blue

    def test_row_L9_red_invoice_with_its_form(self):
        blue = self.issue_blue()
        red = self.new_credit_note(blue, red_reason="sales_allowance")
        self.issue(red)
        self.assertIssued(blue, red)
        held = self.leqi.contents[red.digital_invoice_number]
        self.assertEqual(held.kind, "red")
        self.assertEqual(held.blue_number, blue.digital_invoice_number)
        self.assertEqual(held.red_reason, "sales_allowance")
        self.assertEqual(str(held.net_amount), "-1000.00")
        form = self.issues_of(red).red_form_id
        self.assertEqual(held.red_form_number, form.form_number)
        self.assertEqual(form.form_state, "free")
        self.assertAsAtTheBureau(self.get_quota())

    def test_row_L9_red_invoice_waits_for_the_buyer(self):
        blue = self.issue_blue()
        self.leqi.form_state = "waits_for_buyer"
        red = self.new_credit_note(blue)
        self.issue(red)
        self.assertEqual(red.tax_issue_state, "form")
        self.assertFalse(red.digital_invoice_number)
        form = self.issues_of(red).red_form_id
        self.leqi.change_form(form.form_uuid, "confirmed")
        self.pass_time(1000)
        self.dispatch()
        self.assertIssued(blue, red)

    def test_row_L9_form_that_nobody_confirms(self):
        """72 hours are over: no number was taken, and it can be issued again."""
        blue = self.issue_blue()
        self.leqi.form_state = "waits_for_buyer"
        red = self.new_credit_note(blue)
        self.issue(red)
        form = self.issues_of(red).red_form_id
        self.leqi.change_form(form.form_uuid, "expired")
        self.pass_time(1000)
        self.dispatch()
        self.assertEqual(red.tax_issue_state, "failed")
        self.assertIn("72", red.tax_issue_reason)
        self.assertFalse(red.digital_invoice_number)
        self.leqi.form_state = "free"
        self.issue(red)
        self.assertIssued(blue)
        self.assertEqual(red.tax_issue_state, "success")

    def test_row_L9_lost_form_is_not_asked_for_twice(self):
        blue = self.issue_blue()
        self.leqi.trouble("form", OutcomeUnknownError("cut"), acted=True)
        red = self.new_credit_note(blue)
        self.issue(red)
        self.assertIssued(blue, red)
        self.assertEqual(len(self.leqi.forms), 1)

    def test_row_L9_withdrawn_red_cancels_its_form(self):
        blue = self.issue_blue()
        self.leqi.form_state = "waits_for_buyer"
        red = self.new_credit_note(blue)
        self.issue(red)
        self.issues_of(red).action_withdraw()
        self.dispatch()
        [form] = self.leqi.forms.values()
        self.assertEqual(form.state, "cancelled")
        self.assertEqual(red.tax_issue_state, "withdrawn")

    def withdraw_lost_form(self, steps):
        """The wish is taken back after so many steps of a form whose call is lost.

        :return: the form
        """
        blue = self.issue_blue()
        self.leqi.trouble("form", OutcomeUnknownError("cut"))
        red = self.new_credit_note(blue).with_user(self.issuer)
        red.action_issue_digital_invoice()
        for _position in range(steps):
            self.step()
            self.pass_time(3)
        self.issues_of(red).action_withdraw()
        self.assertEqual(red.tax_issue_state, "withdrawn")
        return self.issues_of(red).red_form_id.sudo()

    def arrive(self, form):
        """The call that was lost arrives after all."""
        request = form._build_content()
        self.leqi.once(form.request_number, lambda: self.leqi.apply_form(request))

    def test_row_L9_withdrawn_before_the_form_is_sent(self):
        form = self.withdraw_lost_form(0)
        self.assertEqual((form.state, form.result_code), ("voided", "never_sent"))
        self.dispatch_for_long()
        self.assertEqual(self.leqi.count("form"), 0)

    def test_row_L9_withdrawn_while_the_form_is_unknown(self):
        """It is not sent for a wish that was taken back."""
        form = self.withdraw_lost_form(1)
        self.assertEqual(form.step, "unknown")
        self.dispatch_for_long()
        self.assertEqual((form.state, form.result_code), ("voided", "never_arrived"))
        self.assertEqual(self.leqi.count("form"), 1)

    def test_row_L9_withdrawn_form_that_arrives_later(self):
        """Asked for until its call has had the time to arrive, and cancelled."""
        for steps in (1, 2):
            with self.subTest(steps=steps):
                form = self.withdraw_lost_form(steps)
                self.arrive(form)
                self.dispatch_for_long()
                self.assertEqual((form.state, form.step), ("voided", "done"))
                held = self.leqi.forms[form.request_number]
                self.assertEqual(held.state, "cancelled")

    def test_row_L10_discarded_red_gives_its_form_back(self):
        """Else the old form would stand in the way of the next red invoice."""
        blue = self.issue_blue()
        red = self.new_credit_note(blue)
        self.leqi.results = {0: "red_form_differs"}
        self.issue(red)
        self.assertEqual(red.tax_issue_state, "failed")
        red.action_issue_discard()
        self.dispatch()
        self.assertEqual(red.tax_issue_state, "discarded")
        self.assertEqual(
            [form.state for form in self.leqi.forms.values()], ["cancelled"]
        )
        self.issue(red)
        self.assertIn(red.digital_invoice_number, self.leqi.issued)
        self.assertEqual(
            [form.state for form in self.leqi.forms.values()], ["cancelled", "free"]
        )

    def test_row_L9_what_a_red_invoice_lacks(self):
        self.ready()
        blue = self.new_invoice(1000.0)
        red = self.new_credit_note(blue)
        codes = [one.code for one in red._find_issue_problems()[red]]
        self.assertEqual(codes, ["blue_not_issued"])
        self.issue(blue)
        again = self.new_credit_note(blue)
        self.issue(red)
        codes = [one.code for one in again._find_issue_problems()[again]]
        self.assertEqual(codes, ["red_above_blue"])
        again.reversed_entry_id = False
        codes = [one.code for one in again._find_issue_problems()[again]]
        self.assertEqual(codes, ["blue_missing"])

    # === MONTHLY SUMMARY === #

    def summarise(self, action, month="202611"):
        wizard = self.of_issuer("invoice.tax.summary.wizard").create(
            {"taxpayer_id": self.taxpayer.id, "month": month, "action": action}
        )
        wizard.action_submit()
        self.dispatch()
        return self.of_issuer("invoice.tax.monthly.summary").search([], limit=1)

    def test_row_L10_month_is_confirmed_and_taken_back(self):
        blue = self.issue_blue()
        self.issue(self.new_credit_note(blue))
        self.now = self.now.replace(month=12, day=3)
        summary = self.summarise("confirm")
        self.assertEqual(summary.state, "success")
        self.assertEqual((summary.blue_count, summary.red_count), (1, 1))
        self.assertEqual((summary.blue_net, summary.red_net), (1000.0, -1000.0))
        self.assertIn("202611", self.leqi.summaries)
        self.assertEqual(self.summarise("cancel").state, "success")
        self.assertFalse(self.leqi.summaries)

    def test_row_L10_summary_that_differs(self):
        blue = self.issue_blue()
        del self.leqi.issued[blue.digital_invoice_number]
        self.now = self.now.replace(month=12, day=3)
        summary = self.summarise("confirm")
        self.assertEqual(summary.state, "failed")
        self.assertEqual(summary.result_code, "summary_differs")
        self.assertTrue(summary.has_platform_totals)
        self.assertEqual((summary.blue_count, summary.platform_blue_count), (1, 0))

    def test_row_L10_month_that_runs_or_is_open(self):
        move = self.fail_one()
        for month, code in (
            ("202611", "summary_month_running"),
            ("2026-1", "month_invalid"),
        ):
            with self.assertRaises(TaxServiceError) as caught:
                self.summarise("confirm", month)
            self.assertEqual(caught.exception.code, code)
        self.now = self.now.replace(month=12, day=3)
        with self.assertRaises(TaxServiceError) as caught:
            self.summarise("confirm")
        self.assertEqual(caught.exception.code, "month_open")
        move.action_issue_discard()
        self.dispatch()
        self.assertEqual(self.summarise("confirm").state, "success")
