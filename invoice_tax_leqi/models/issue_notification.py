from odoo import models

from odoo.addons.invoice_tax_service.tools.notification import (
    RELOAD,
    get_notification,
    send_done,
)

from .issue_words import MOVING_STATES

# What a person looks at: the end of an issue request, or what holds it up.
TOLD_STATES = ("success", "failed", "held")


class InvoiceTaxIssue(models.Model):
    """What a click on "issue" answers, and what is told once all of it is over.

    Those of one click were written at one moment by one person. What must never
    happen: hundreds of messages for one click.
    """

    _inherit = "invoice.tax.issue"

    def _get_notification(self):
        """What a click on "issue" answers: the rows are written, the rest follows."""
        message = self.env._(
            "%(count)s invoices are being issued; numbers and states appear on them.",
            count=len(self),
        )
        return get_notification(message, RELOAD)

    def _set_state(self, state, code="", raw_code="", text="", **values):
        # EXTENDS 'invoice_tax_leqi'
        news = self.filtered(lambda issue: issue.state != state)
        result = super()._set_state(state, code, raw_code, text, **values)
        if state in TOLD_STATES and news:
            news._tell_operators()
        return result

    def _tell_operators(self):
        """Tell of each click of which nothing moves any more."""
        for (user, moment), issues in self.grouped(
            lambda issue: (issue.user_id, issue.create_date)
        ).items():
            of_click = [("user_id", "=", user.id), ("create_date", "=", moment)]
            moving = [*of_click, ("state", "in", MOVING_STATES)]
            if user and not self.search_count(moving, limit=1):
                told = self.search([*of_click, ("state", "in", TOLD_STATES)])
                (told or issues)._tell_operator(user)

    def _tell_operator(self, user):
        issues = self.with_context(lang=user.lang)
        done = issues.filtered(lambda issue: issue.state == "success")
        left = issues - done
        message = issues.env._("%(done)s invoices issued.", done=len(done))
        if left:
            message = issues.env._(
                "%(done)s invoices issued, %(left)s not. %(reason)s",
                done=len(done),
                left=len(left),
                reason=left[0].description or "",
            )
        send_done(
            self,
            user,
            issues.env._("Issuing of Digital Invoices"),
            message,
            "warning" if left else "success",
            is_sticky=bool(left),
        )
