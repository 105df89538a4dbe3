from odoo import api, fields, models

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError

# Service group of the licences that this addon belongs to.
ISSUING = "issuing"
# So many different reasons are told at once.
SENTENCES = 5


class InvoiceTaxTaxpayer(models.Model):
    """What a taxpayer needs in order to issue.

    Entry point: :meth:`_get_cannot_issue_reason`, the one function that says why
    nothing can be said to Leqi about issuing now, asked by button, wizard and cron.
    """

    _inherit = "invoice.tax.taxpayer"

    is_issuing = fields.Boolean(
        string="Issues through Leqi",
        tracking=True,
        help="Its quota is downloaded every day, and warnings are given. Leave it off "
        "where invoices are issued at the tax bureau: what is downloaded to Leqi "
        "cannot be issued there.",
    )
    quota_ids = fields.One2many("invoice.tax.quota", "taxpayer_id")

    @api.model
    def _get_identity_models(self):
        # EXTENDS 'invoice_tax_service'
        return [
            *super()._get_identity_models(),
            "invoice.tax.quota.task",
            "invoice.tax.draw",
        ]

    def _get_cannot_issue_reason(self, item="issue"):
        """Why this cannot be done for this taxpayer now.

        :param str item: the right item that it needs
        :return: ``(code, sentence)`` or False
        """
        self.ensure_one()
        reason = self._get_missing_right_reason(item)
        if reason:
            return "no_right", reason
        if not self.lane_id:
            return self._get_reason_pair("no_connection")
        if not self.sudo().connection_id._can_issue():
            return self._get_reason_pair("channel_cannot_issue")
        return self._get_service_unavailable_pair(ISSUING)

    def _check_can_issue(self, item="issue"):
        """:param str item: the right item that it needs
        :raise TaxServiceError: it cannot be done for one of these; the refusal
        leads to where that is mended, if that is known"""
        for taxpayer in self:
            reason = taxpayer._get_cannot_issue_reason(item)
            if reason:
                raise taxpayer._get_refusal(*reason)

    def _get_cannot_begin_reason(self, user, item="issue"):
        """Why the dispatcher may begin nothing new for this taxpayer, said to who
        asked for it: his right, or the licence, may end while a request waits.

        :param str item: the right item that it needs; none: Odoo wants it by itself
        :return: ``(code, further text)`` or False
        """
        # For that user: the dispatcher has neither language nor time zone.
        taxpayer = self.with_context(lang=user.lang, tz=user.tz or "Asia/Shanghai")
        reason = item and taxpayer._get_lost_right_reason(user, item)
        if reason:
            return reason
        reason = taxpayer._get_service_unavailable_reason(ISSUING)
        return ("service_unavailable", reason) if reason else False

    @api.model
    def _find_issuing(self):
        """The taxpayers of the chosen companies whose channel issues.

        :raise TaxServiceError: there is none
        """
        taxpayers = self.search(
            [
                ("company_id", "in", self.env.companies._get_tax_companies().ids),
                ("lane_id", "!=", False),
            ]
        )
        taxpayers = taxpayers.filtered(
            lambda taxpayer: taxpayer.sudo().connection_id._can_issue()
        )
        if not taxpayers:
            self._raise_reason("channel_cannot_issue")
        return taxpayers

    def _find_ready(self, item):
        """These, or all that issue where there are none, without those for whom
        nothing can be asked now.

        :param str item: the right item that it needs
        :return: them, and reason by taxpayer of those that were passed over
        :raise TaxServiceError: none is left
        """
        found = self or self._find_issuing()
        reasons = {}
        for taxpayer in found:
            reason = taxpayer._get_cannot_issue_reason(item)
            if reason:
                reasons[taxpayer] = reason
        if len(reasons) == len(found):
            code = reasons[found[0]][0]
            raise found._get_refusal(code, self._list_sentences(reasons))
        return found.filtered(lambda taxpayer: taxpayer not in reasons), reasons

    @api.model
    def _list_sentences(self, reasons):
        """What stands against these, each sentence once."""
        sentences = dict.fromkeys(sentence for _code, sentence in reasons.values())
        return "\n".join(list(sentences)[:SENTENCES])

    @api.model
    def _say_passed_over(self, message, reasons):
        """The message, and who is left out of it and why."""
        if not reasons:
            return message
        return self.env._(
            "%(message)s Passed over: %(names)s. %(reason)s",
            message=message,
            names=", ".join(taxpayer.name for taxpayer in reasons),
            reason=self._list_sentences(reasons),
        )

    def _raise_reason(self, code):
        """:raise TaxServiceError: always"""
        raise TaxServiceError(self._get_reason_pair(code)[1], code)

    @api.model
    def _get_day(self, moment):
        """The day it is at the bureau at a time in naive UTC."""
        return fields.Datetime.context_timestamp(
            self.with_context(tz="Asia/Shanghai"), moment
        ).date()
