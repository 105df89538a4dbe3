import calendar
import logging
from decimal import Decimal

from odoo import api, models
from odoo.tools.misc import format_date

from odoo.addons.invoice_tax_service.tools.money import to_decimal

from .taxpayer import ISSUING

_logger = logging.getLogger(__name__)

SUSPENDED = "invoice_tax_leqi.mail_activity_type_suspended"
LOW = "invoice_tax_leqi.mail_activity_type_quota_low"
VALIDITY = "invoice_tax_leqi.mail_activity_type_validity"


class InvoiceTaxQuota(models.Model):
    """What is done every day, and warnings: an activity on the taxpayer for whoever
    has to act, changed while the cause lasts and taken away when it is gone."""

    _inherit = "invoice.tax.quota"

    def _warn(self):
        for quota in self.filtered("is_current"):
            taxpayer = quota.taxpayer_id
            if taxpayer.is_issuing:
                user = taxpayer._get_user_to_warn()
                reader = quota.with_context(lang=user.lang)
                taxpayer._remind(SUSPENDED, reader._get_suspended_note(), user)
                taxpayer._remind(LOW, reader._get_low_note(), user)
                taxpayer._remind(VALIDITY, reader._get_validity_note(), user)

    def _get_suspended_note(self):
        return self.is_suspended and self.env._(
            "The bureau has suspended the quota of %(name)s: nothing can be downloaded "
            "or issued. Ask the tax bureau why.",
            name=self.taxpayer_id.name,
        )

    def _get_low_note(self):
        share = Decimal(str(self.company_id.leqi_quota_low_share)) / 100
        left = self._get_free() + to_decimal(self.available)
        if left >= to_decimal(self.monthly_quota) * share:
            return False
        return self.env._(
            "%(name)s can invoice another %(left)s in %(month)s (free %(free)s, to be "
            "downloaded %(available)s). Ask the tax bureau for more quota in time.",
            name=self.taxpayer_id.name,
            left=self._format(left),
            month=self.month,
            free=self._format(self._get_free()),
            available=self._format(self.available),
        )

    def _get_validity_note(self):
        if not self.valid_to or self._get_free() <= 0:
            return False
        today = self.taxpayer_id._get_today()
        ends_before_month = f"{self.valid_to:%Y%m}" < self.month or (
            self.valid_to.day < self._get_last_day()
        )
        if not ends_before_month or self.days_left > self.company_id.leqi_validity_days:
            return False
        words = {
            "name": self.taxpayer_id.name,
            "day": format_date(self.env, self.valid_to),
            "free": self._format(self._get_free()),
        }
        if self.valid_to < today:
            return self.env._(
                "The quota of %(name)s was valid until %(day)s (free %(free)s): file "
                "the tax return, then adjust the validity.",
                **words,
            )
        return self.env._(
            "The quota of %(name)s is valid until %(day)s (free %(free)s): file the "
            "tax return, then adjust the validity.",
            **words,
        )

    def _get_last_day(self):
        year, month = int(self.month[:4]), int(self.month[4:])
        return calendar.monthrange(year, month)[1]

    # === CRON === #

    @api.model
    def _cron_daily(self):
        """Let expire what is over, read each quota and download its share, warn.

        Taxpayer by taxpayer, so that one does not stop the others; those without
        licence are passed over.
        """
        # Issuing takes quota and numbers too: it waits for one of them at a time.
        for model in (self, self.env["invoice.tax.number"]):
            model._expire()
            self.env["ir.cron"]._commit_progress()
        taxpayers = self.env["invoice.tax.taxpayer"].search([("is_issuing", "=", True)])
        taxpayers = taxpayers._filter_served(ISSUING)
        # That some are passed over is told once, whatever becomes of the others.
        self.env["ir.cron"]._commit_progress()
        for taxpayer in taxpayers:
            try:
                taxpayer.with_company(taxpayer.company_id)._work_daily()
            except Exception:  # noqa: BLE001 - one taxpayer must not stop the others
                self.env.cr.rollback()
                _logger.exception("The day's work on quota failed for %s", taxpayer)
            self.env["ir.cron"]._commit_progress(1)
