from odoo import api, fields, models

from ..gateway.messages import UPLOAD_LIMIT
from .taxpayer import ISSUING


class InvoiceTaxIssue(models.Model):
    """Numbers and quota for a bite of issues, in one short transaction.

    Entry point: :meth:`_take_bite`, called by the dispatcher that holds the lane.
    """

    _inherit = "invoice.tax.issue"

    @api.model
    def _take_bite(self, lane, capabilities):
        """The next upload of this lane, with numbers and quota taken; not yet
        committed. Empty when none could be had."""
        issues = self._get_due_issues(lane)
        without = issues.filtered(lambda issue: not issue.number)
        if without and lane.taxpayer_id._get_service_unavailable_reason(ISSUING):
            # What has its number is finished; nothing new goes out.
            without._hold("service_unavailable")
            issues, without = issues - without, without.browse()
        ready = (issues - without) | without._take_numbers()
        uploads = self.env["invoice.tax.upload"].sudo()
        return uploads._create_for(lane, ready.sorted("id")) if ready else uploads

    @api.model
    def _get_due_issues(self, lane):
        domain = [
            ("lane_id", "=", lane.id),
            ("upload_id", "=", False),
            ("next_attempt_at", "<=", fields.Datetime.now()),
        ]
        if self._has_open_draw(lane):
            domain += [("state", "=", "numbered")]
        else:
            domain += [("state", "in", ("waiting", "held", "numbered"))]
        limit = min(lane.connection_id.bite_size, UPLOAD_LIMIT)
        issues = self.search(domain, order="next_attempt_at, id", limit=limit)
        narrow = [issue.bite_limit for issue in issues if issue.bite_limit]
        if not narrow:
            return issues
        # After a refusal as a whole: ever fewer at once, until the one is found.
        return issues.filtered("bite_limit")[: min(narrow)]

    @api.model
    def _has_open_draw(self, lane):
        draws = self.env["invoice.tax.draw"].sudo()
        domain = [("taxpayer_id", "=", lane.taxpayer_id.id), ("step", "!=", "done")]
        return bool(draws.search_count(domain, limit=1))

    def _take_numbers(self):
        """Those of these that got quota and a number; the others are held."""
        if not self:
            return self
        self.write(
            {"issued_at": fields.Datetime.now(), "issued_on": self._get_issue_date()}
        )
        quota = self.env["invoice.tax.quota"].sudo()
        codes = quota._take(self)
        paid = self.filtered(lambda issue: not codes[issue])
        numbers = self.env["invoice.tax.number"].sudo()._take(paid) if paid else {}
        for issue in paid.filtered(lambda issue: numbers[issue]):
            issue.number = numbers[issue]
        ready = paid.filtered("number")
        quota._release(paid - ready)
        (paid - ready)._hold("number_none")
        refused = self - paid
        for code, issues in refused.grouped(lambda issue: codes[issue]).items():
            issues._hold(code)
        ready._set_state("numbered", attempts=0)
        ready._note("numbered")
        return ready
