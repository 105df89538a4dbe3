from markupsafe import Markup

from odoo import models

ENTRY = "invoice_tax_service.mail_activity_type_entry"


class InvoiceTaxTaxpayer(models.Model):
    """Activities on a taxpayer: one of each type, which says what stands now.

    Entry points: :meth:`_remind`, :meth:`_tell_entry_problems`.
    """

    _inherit = "invoice.tax.taxpayer"

    def _remind(self, activity_type, note, user):
        """Keep one activity of this type with this note; without a note, none.

        :param str activity_type: xml id
        :param user: for whom, where there is none yet
        """
        taxpayer = self.sudo()
        kind = self.env.ref(activity_type, raise_if_not_found=False)
        if not kind:
            # An administrator has deleted the type: nobody wants to be told.
            return
        if not note:
            taxpayer.activity_unlink([activity_type])
            return
        activity = taxpayer.activity_ids.filtered(
            lambda one: one.activity_type_id == kind
        )[:1]
        note = Markup("<p>%s</p>") % note
        if not activity:
            taxpayer.activity_schedule(activity_type, note=note, user_id=user.id)
        elif activity.note != note:
            activity.note = note

    def _tell_entry_problems(self):
        """Which confirmations have no entry, and what is to be done about it."""
        for taxpayer in self:
            stuck = self.env["invoice.tax.confirmation"].search(
                [
                    ("taxpayer_id", "=", taxpayer.id),
                    ("entry_problem_code", "!=", False),
                ],
                order="id",
            )
            person = taxpayer.company_id._get_tax_person(stuck.user_id)
            reader = stuck.with_context(lang=person.lang or self.env.lang)
            lines = [f"{one.display_name}: {one.entry_problem}" for one in reader]
            note = Markup("<br/>").join(lines)
            taxpayer._remind(ENTRY, note, person)
