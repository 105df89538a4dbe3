from odoo import models

NUMBERS = "invoice_tax_leqi.mail_activity_type_numbers"
# Days before the year end from which numbers are counted.
YEAR_END_DAYS = 15


class InvoiceTaxTaxpayer(models.Model):
    """The day's work for one taxpayer, and the activities by which it warns."""

    _inherit = "invoice.tax.taxpayer"

    def _work_daily(self):
        """Read the quota, and download the share of what is available then."""
        self._warn_numbers()
        quota = self.quota_ids.filtered("is_current")
        quota._warn()
        is_downloading = self.company_id.leqi_is_downloading
        tasks = self.env["invoice.tax.quota.task"]
        if not quota._is_read_too_soon():
            tasks._submit_quietly(self, kind="read", is_download_next=is_downloading)
        elif is_downloading:
            tasks._download_share(quota)

    def _warn_numbers(self):
        """Near the year end: what is left expires, and little of it is left."""
        today = self._get_today()
        days = (today.replace(month=12, day=31) - today).days
        counts = dict(
            self.env["invoice.tax.number"]
            .sudo()
            ._read_group(
                [
                    ("segment_id.taxpayer_id", "=", self.id),
                    ("year", "=", f"{today:%Y}"),
                    ("state", "in", ("available", "manual", "bound")),
                ],
                ["state"],
                ["__count"],
            )
        )
        available = counts.get("available", 0)
        kept = counts.get("manual", 0) + counts.get("bound", 0)
        is_low = available < self.company_id.leqi_number_mark
        user = self._get_user_to_warn()
        reader = self.with_context(lang=user.lang)
        is_near = days <= YEAR_END_DAYS and (is_low or kept)
        note = is_near and reader.env._(
            "%(name)s has %(available)s invoice numbers left for %(year)s, and "
            "%(kept)s for manual use. They expire on 31 December: use what is bound, "
            "and draw no more than this year needs.",
            name=self.name,
            available=available,
            kept=kept,
            year=f"{today:%Y}",
        )
        self._remind(NUMBERS, note, user)

    def _get_user_to_warn(self):
        """Who is chosen in the settings, else a manager of this company."""
        chosen = self.company_id.leqi_warning_user_id
        managers = self.env.ref("invoice_tax_service.group_manager").sudo().all_user_ids
        return (
            chosen
            or managers.filtered(
                lambda user: user.active and self.company_id in user.company_ids
            ).sorted("id", reverse=True)[:1]
            or self.env.ref("base.user_admin")
        )
