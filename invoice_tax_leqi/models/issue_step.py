from odoo import api, fields, models

from odoo.addons.invoice_tax_service.models.words import get_sentence

from .issue_words import ISSUE_STEPS


class InvoiceTaxIssueStep(models.Model):
    """One step in the story of one issue request, with its time.

    Entry point: ``invoice.tax.issue._note``. Rows are only added: they say of every
    number where it went.
    """

    _name = "invoice.tax.issue.step"
    _description = "Step of an Issue Request"
    _order = "id"
    _rec_name = "step"

    issue_id = fields.Many2one(
        "invoice.tax.issue",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    happened_at = fields.Datetime(required=True, readonly=True, string="Time")
    step = fields.Selection(ISSUE_STEPS, required=True, readonly=True)
    number = fields.Char(size=20, readonly=True, string="Digital Invoice Number")
    upload_id = fields.Many2one(
        "invoice.tax.upload", readonly=True, index="btree_not_null"
    )
    request_number = fields.Char(related="upload_id.request_number")
    code = fields.Char(readonly=True)
    text = fields.Char(readonly=True)
    description = fields.Char(compute="_compute_description")

    @api.depends("code", "text")
    @api.depends_context("lang")
    def _compute_description(self):
        for step in self:
            step.description = get_sentence(self.env, step.code, step.text)
