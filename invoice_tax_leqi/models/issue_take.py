from odoo import api, fields, models
from odoo.tools import SQL

from ..gateway.messages import UPLOAD_LIMIT
from .issue_words import china_date
from .issuing_task import NO_CHANNEL


class InvoiceTaxIssue(models.Model):
    """Numbers and quota for a bite of issues, in one short transaction.

    Entry point: :meth:`_take_bite`, called by the dispatcher that holds the lane.

    What must never happen: a number or quota taken for a taxpayer that may not issue
    any more; quota that stays taken without a number.
    """

    _inherit = "invoice.tax.issue"

    @api.model
    def _take_bite(self, lane, capabilities):
        """The next upload of this lane, with numbers and quota taken; not yet
        committed. Empty when none could be had."""
        issues = self._get_due_issues(lane)
        without = issues.filtered(lambda issue: not issue.number)
        ready = (issues - without) | without._take_numbers()
        uploads = self.env["invoice.tax.upload"].sudo()
        return uploads._create_for(lane, ready.sorted("id")) if ready else uploads

    @api.model
    def _get_due_issues(self, lane):
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT issue_id FROM (%s) waiting
                 WHERE lane_id = %s AND due_at <= %s
              ORDER BY due_at, issue_id LIMIT %s
                """,
                self._get_waiting_query(),
                lane.id,
                fields.Datetime.now(),
                min(lane.connection_id.bite_size, UPLOAD_LIMIT),
            )
        )
        issues = self.browse([issue_id for (issue_id,) in rows])
        narrow = [issue.bite_limit for issue in issues if issue.bite_limit]
        if not narrow:
            return issues
        # After a refusal as a whole: ever fewer at once, until the one is found.
        return issues.filtered("bite_limit")[: min(narrow)]

    def _take_numbers(self):
        """Those of these that got quota and a number; the others are held."""
        issues = self._hold_unserved()
        if not issues:
            return issues
        # One look at the clock: the number has to be of the year of this very moment.
        now = fields.Datetime.now()
        issues.write({"issued_at": now, "issued_on": china_date(now)})
        numbers = self.env["invoice.tax.number"].sudo()
        quota = self.env["invoice.tax.quota"].sudo()
        supply = numbers._reserve(issues)
        codes = quota._take(issues, supply)
        given = numbers._give(supply)
        ready = issues.filtered(lambda issue: not codes[issue])
        for issue in ready:
            issue.number = given[issue.id]
        for code, held in (issues - ready).grouped(lambda one: codes[one]).items():
            held._hold(code)
        ready._set_state("numbered", attempts=0)
        ready._note("numbered")
        return ready

    def _hold_unserved(self):
        """Hold those that may not be issued any more; asked with each bite, as they
        may have waited for quota, or for their form, for days.

        :return: the others
        """
        served = self
        who = self.grouped(lambda issue: (issue.taxpayer_id, issue.user_id))
        for (taxpayer, user), issues in who.items():
            reason = taxpayer._get_cannot_begin_reason(user)
            if not issues.lane_id.connection_id._can_issue():
                reason = NO_CHANNEL, ""
            if reason:
                issues._hold(*reason)
                served -= issues
        return served
