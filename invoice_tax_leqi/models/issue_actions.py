from odoo import fields, models

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError
from odoo.addons.invoice_tax_service.models.words import get_sentence


class InvoiceTaxIssue(models.Model):
    """What a person may do with an issue request: the lawful ways out.

    Every public method checks the right and the state itself; nothing here talks to
    the platform, that is left to the dispatcher. Whoever has no licence may find out,
    take back and give up, and sends nothing again.
    """

    _inherit = "invoice.tax.issue"

    def _check_action(self, field_name, item):
        """:return: the requests to write on
        :raise TaxServiceError: no right, or one of them is in another state
        """
        self.check_access("read")
        self.taxpayer_id._check_can(item)
        for issue in self:
            if not issue[field_name]:
                sentence = get_sentence(self.env, "issue_state")
                raise TaxServiceError(
                    f"{issue.display_name}: {sentence}", "issue_state"
                )
        return self.sudo()

    def action_ask(self):
        """Ask the platform now how these stand."""
        issues = self._check_action("can_ask", "issue_ask")
        sent = issues.filtered(lambda issue: issue.state != "failed")
        sent.upload_id.filtered(lambda upload: upload.step != "done").write(
            {"next_attempt_at": fields.Datetime.now()}
        )
        self.env["invoice.tax.issue.task"]._ask_for(issues - sent, "ask")
        issues._note("asked")
        self.env["invoice.tax.lane"].sudo()._wake()

    def action_upload_again(self):
        """Send these up again, with the numbers they have."""
        self.taxpayer_id._check_can_issue("issue_upload_again")
        issues = self._check_action("can_upload", "issue_upload_again")
        issues._set_state(
            "numbered",
            upload_id=False,
            attempts=0,
            bite_limit=0,
            answered_at=False,
            next_attempt_at=fields.Datetime.now(),
        )
        issues._note("reupload")
        issues._begin_click()
        self.env["invoice.tax.lane"].sudo()._wake()

    def action_retry(self):
        """Try at once to take quota and numbers for what was held."""
        self.taxpayer_id._check_can_issue("issue_retry")
        issues = self._check_action("can_retry", "issue_retry")
        issues._take_over()
        issues._begin_click()
        issues.write({"attempts": 0, "next_attempt_at": fields.Datetime.now()})
        self.env["invoice.tax.lane"].sudo()._wake()

    def _take_over(self):
        """Those of somebody who may not issue any more are issued for the user.

        :raise TaxServiceError: who may not issue either
        """
        ownerless = self.filtered(
            lambda issue: issue.taxpayer_id._get_lost_right_reason(
                issue.user_id, "issue"
            )
        )
        ownerless.sudo(False).taxpayer_id._check_can("issue")
        ownerless.user_id = self.env.user

    def action_discard(self):
        """Give up the numbers of invoices that the platform never took."""
        issues = self._check_action("can_discard", "issue_discard")
        # Only what a person has compared is given up against what the platform holds.
        conflicts = issues.filtered(lambda one: one.result_code == "number_conflict")
        issues._set_state("discarding", upload_id=False)
        issues._note("discarding")
        reason = self.env._("The invoice was not taken")
        self.env["invoice.tax.issue.task"]._ask_for(
            issues, "discard", reason, conflicts
        )

    def _set_discarded(self, code="", raw_code="", text=""):
        """The platform has given the number up: so have we, and its quota is free.

        :param str code: why it was given up without the platform
        """
        now = fields.Datetime.now()
        self._set_state("discarded", code, raw_code, text, answered_at=now)
        self._note("discarded", code, text)
        self.env["invoice.tax.quota"].sudo()._release(self)
        self.env["invoice.tax.number"].sudo()._discard(self)
        # A form that nothing is issued by would stand in the way of the next one.
        with_form = self.filtered(lambda issue: issue.red_form_id.form_uuid)
        self.env["invoice.tax.issue.task"]._ask_for(with_form, "cancel_form")

    def action_withdraw(self):
        """Take the wish back; no number was taken for these."""
        issues = self._check_action("can_withdraw", "issue_withdraw")
        issues._set_state("withdrawn", answered_at=fields.Datetime.now())
        issues._note("withdrawn")
        numbers = self.env["invoice.tax.number"].sudo()
        numbers.search([("issue_id", "in", issues.ids), ("state", "=", "bound")]).write(
            {"state": "manual", "issue_id": False}
        )
        issues.red_form_id._void()

    def action_open_bind(self):
        """Ask which number drawn by hand is kept for this request."""
        self.ensure_one()
        self._check_action("can_withdraw", "number_bind")
        wizard = self.env["invoice.tax.bind.wizard"].create(
            {"issue_id": self.id, "is_from_issue": True}
        )
        return wizard._get_action()

    def action_open_move(self):
        """The customer invoice of this request."""
        self.ensure_one()
        return self.move_id._get_records_action()
