from odoo import api, fields, models

from ..exceptions import TaxServiceError
from ..models.words import get_sentence
from ..tools.money import AMOUNT_DIGITS


class InvoiceTaxSelectionWizard(models.TransientModel):
    """What pre-selection and batch certification ask for, before they are sent: the
    tax period to wait for, and the sums that are signed."""

    _inherit = "invoice.tax.selection.wizard"

    later_period_id = fields.Many2one(
        "invoice.tax.period",
        string="Pre-selected For",
        domain="[('taxpayer_id', '=', taxpayer_id), ('is_future', '=', True)]",
    )
    signed_count = fields.Integer(
        compute="_compute_signed", compute_sudo=False, string="Invoices Signed"
    )
    signed_vat = fields.Float(
        compute="_compute_signed",
        compute_sudo=False,
        digits=AMOUNT_DIGITS,
        string="Creditable VAT Signed",
    )

    @api.constrains("later_period_id")
    def _check_later_period(self):
        for wizard in self.sudo(False):
            later = wizard.later_period_id
            later.check_access("read")
            if later and later.taxpayer_id != wizard.taxpayer_id:
                raise TaxServiceError(
                    get_sentence(self.env, "preselect_period"), "preselect_period"
                )

    @api.depends("good_count", "creditable_vat", "taxpayer_id", "operation_type")
    def _compute_signed(self):
        """A signature takes all that is selected in the period, not these alone."""
        for wizard in self:
            period = wizard.taxpayer_id.current_period_id
            wizard.signed_count = period.selected_count + wizard.good_count
            wizard.signed_vat = period.selected_vat + wizard.creditable_vat

    @api.depends("later_period_id")
    def _compute_plan(self):
        return super()._compute_plan()

    def _get_period(self):
        return self.later_period_id.name or super()._get_period()
