from odoo import api, fields, models

from ..exceptions import TaxServiceError
from ..gateway.operation_kinds import KINDS
from ..models.words import get_sentence
from ..tools.money import AMOUNT_DIGITS


class InvoiceTaxSelectionWizard(models.TransientModel):
    """What pre-selection and batch certification ask for, before they are sent: the
    tax period to wait for, and the sums that are signed."""

    _inherit = "invoice.tax.selection.wizard"

    later_period_id = fields.Many2one(
        "invoice.tax.period",
        string="Pre-selected For",
        domain="[('id', 'in', possible_period_ids)]",
    )
    possible_period_ids = fields.Many2many(
        "invoice.tax.period", compute="_compute_possible_period_ids", compute_sudo=False
    )
    waits = fields.Boolean(compute="_compute_kind")
    is_going_on = fields.Boolean(compute="_compute_kind")
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

    @api.depends("operation_type")
    def _compute_kind(self):
        for wizard in self:
            kind = KINDS.get(wizard.operation_type)
            wizard.waits = kind and kind.waits
            wizard.is_going_on = bool(kind and kind.further)
        return super()._compute_kind()

    @api.depends("taxpayer_id")
    def _compute_possible_period_ids(self):
        for wizard in self:
            current = wizard.taxpayer_id.current_period_id
            wizard.possible_period_ids = current.search(
                [
                    ("taxpayer_id", "=", wizard.taxpayer_id.id),
                    ("name", "in", current._get_later_names() if current else []),
                ]
            )

    @api.depends("good_count", "creditable_vat", "shown")
    def _compute_signed(self):
        """A signature takes all that is selected in the period, not these alone."""
        for wizard in self:
            shown = wizard.shown or {}
            wizard.signed_count = shown.get("selected_count", 0) + wizard.good_count
            wizard.signed_vat = (
                float(shown.get("selected_vat", 0)) + wizard.creditable_vat
            )

    @api.depends("later_period_id")
    def _compute_plan(self):
        return super()._compute_plan()

    def _get_period(self):
        return self.later_period_id.name or super()._get_period()
