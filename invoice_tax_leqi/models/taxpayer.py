from odoo import api, fields, models

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError

# Service group of the licences that this addon belongs to.
ISSUING = "issuing"


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
        reason = self._get_service_unavailable_reason(ISSUING)
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

    def _raise_reason(self, code):
        """:raise TaxServiceError: always"""
        raise TaxServiceError(self._get_reason_pair(code)[1], code)

    @api.model
    def _get_day(self, moment):
        """The day it is at the bureau at a time in naive UTC."""
        return fields.Datetime.context_timestamp(
            self.with_context(tz="Asia/Shanghai"), moment
        ).date()
