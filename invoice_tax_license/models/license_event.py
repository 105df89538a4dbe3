from odoo import api, fields, models

from odoo.addons.invoice_tax_service.models.words import get_sentence

EVENT_KINDS = [
    ("authorised", "Authorised"),
    ("refused", "Authorisation Failed"),
    ("cancelled", "Cancelled"),
    ("synced", "Authorisation Synchronised"),
    ("cancel_synced", "Cancellation Synchronised"),
    ("sync_failed", "Synchronisation Failed"),
    ("validity", "Validity Changed"),
]


class InvoiceTaxLicenseEvent(models.Model):
    """What happened to a licence: a history that outlives it.

    The lock after a cancellation is counted from here, so nobody writes or deletes
    these rows; tax number and group are kept in the row itself.
    """

    _name = "invoice.tax.license.event"
    _description = "History of a Licence"
    _order = "happened_at desc, id desc"
    _rec_name = "taxpayer_name"

    license_id = fields.Many2one(
        "invoice.tax.license", readonly=True, index=True, ondelete="set null"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    taxpayer_name = fields.Char(readonly=True, string="Taxpayer")
    tax_number = fields.Char(required=True, readonly=True, index=True)
    group_id = fields.Many2one(
        "invoice.tax.service.group",
        string="Service Group",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    kind = fields.Selection(EVENT_KINDS, required=True, readonly=True, string="Event")
    happened_at = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now, string="Time"
    )
    user_id = fields.Many2one("res.users", readonly=True, string="By")
    result_code = fields.Char(readonly=True)
    result_text = fields.Char(readonly=True)
    description = fields.Char(compute="_compute_description")

    @api.depends("result_code", "result_text")
    @api.depends_context("lang")
    def _compute_description(self):
        for event in self:
            event.description = (
                get_sentence(self.env, event.result_code, event.result_text)
                if event.result_code
                else event.result_text
            )
