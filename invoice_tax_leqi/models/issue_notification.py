import uuid

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.invoice_tax_service.tools.notification import (
    RELOAD,
    get_notification,
    send_done,
)

from .issue_words import MOVING_STATES, SOON_CODES

# What a person looks at: the end of an issue request, or what holds it up.
TOLD_STATES = ("success", "failed", "held")
# So often is tried, within about a minute, what is to go on in a moment by itself.
SOON_ATTEMPTS = 5


class InvoiceTaxIssue(models.Model):
    """What a click on "issue", "retry" or "upload again" answers, and what is told
    once nothing of it moves any more.

    Each row is told of once. What is held goes on later without another message; a
    red invoice may wait for its buyer for days, holds up no message, and is told of
    when it is over.

    What must never happen: more than one message for one click, or none since two
    dispatchers have finished its last rows at the same moment.
    """

    _inherit = "invoice.tax.issue"

    click = fields.Char(
        readonly=True,
        copy=False,
        export_string_translation=False,
        help="The same on all that was asked for at once.",
    )
    told_user_id = fields.Many2one(
        "res.users",
        string="Person to Tell",
        readonly=True,
        copy=False,
        help="Who asked for it, and is told once all of the click is over; then empty.",
    )

    _click_idx = models.Index("(click, id) WHERE click IS NOT NULL")

    def _begin_click(self, click=""):
        """These are what the user has just asked for.

        :param str click: of which these are a part; none: they are all of one
        """
        # The clicks that these are taken out of: perhaps nothing else of them moved.
        left = self._get_untold()
        click = f"{click or uuid.uuid4().hex}:{self.env.uid}"
        self.write({"click": click, "told_user_id": self.env.uid})
        self._tell_operators(left)

    def _get_notification(self):
        """What a click on "issue" answers: the rows are written, the rest follows."""
        message = self.env._(
            "%(count)s invoices are being issued; numbers and states appear on them.",
            count=len(self),
        )
        return get_notification(message, RELOAD)

    def _set_state(self, state, code="", raw_code="", text="", **values):
        # EXTENDS 'invoice_tax_leqi'
        result = super()._set_state(state, code, raw_code, text, **values)
        if state not in MOVING_STATES:
            self._tell_operators(self._get_untold())
        return result

    def _get_untold(self):
        """Click → who is still to be told of it."""
        untold = self.filtered("told_user_id").grouped("click")
        return {click: issues.told_user_id for click, issues in untold.items()}

    @api.model
    def _tell_operators(self, untold):
        """Tell of each click of which nothing moves any more.

        :param dict untold: see :meth:`_get_untold`
        """
        for click, user in untold.items():
            told = self._close_click(click)
            told = told.filtered(lambda issue: issue.state in TOLD_STATES)
            if told:
                told._tell_operator(user)

    @api.model
    def _close_click(self, click):
        """What is to be told of a click: nothing while some of it moves, nor again."""
        self.env.flush_all()
        # All who end some of a click write the same row: of two at one moment the
        # second has to begin anew, and then sees what the first has ended.
        self.env.cr.execute(
            SQL(
                """
                UPDATE invoice_tax_issue SET write_date = %(now)s
                 WHERE id = (SELECT MIN(id) FROM invoice_tax_issue
                              WHERE click = %(click)s)
                """,
                now=fields.Datetime.now(),
                click=click,
            )
        )
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE invoice_tax_issue SET told_user_id = NULL
                 WHERE click = %(click)s AND told_user_id IS NOT NULL
                   AND state != 'form'
                   AND NOT EXISTS (
                       SELECT FROM invoice_tax_issue moving
                        WHERE moving.click = %(click)s AND (%(is_moving)s)
                              -- What was told of holds up nothing any more.
                          AND moving.told_user_id IS NOT NULL)
             RETURNING id
                """,
                click=click,
                is_moving=self._get_moving_condition(),
            )
        )
        self.invalidate_model(["told_user_id", "write_date"], flush=False)
        return self.browse(sorted(issue_id for (issue_id,) in rows))

    @api.model
    def _get_moving_condition(self):
        """SQL: on its way, or tried again in a moment. What was held, and is to be
        retried at once, has no attempts yet."""
        return SQL(
            """
            moving.state IN %(states)s
            OR moving.state = 'held' AND (
                COALESCE(moving.attempts, 0) = 0
                OR moving.result_code IN %(soon)s AND moving.attempts < %(attempts)s)
            """,
            states=MOVING_STATES,
            soon=SOON_CODES,
            attempts=SOON_ATTEMPTS,
        )

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
