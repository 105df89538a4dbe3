from odoo import api, fields, models

from ..tools.money import to_decimal


class InvoiceTaxTableWizard(models.TransientModel):
    """The sentences of the page before a signature, whole and in the manual's words
    (001, 1.8): what is signed, the how-manyeth it is, and the filing question."""

    _inherit = "invoice.tax.table.wizard"

    sentence = fields.Char(compute="_compute_words", compute_sudo=False)
    running_number = fields.Char(compute="_compute_words", compute_sudo=False)
    filing_question = fields.Char(compute="_compute_words", compute_sudo=False)

    @api.depends("period_id")
    @api.depends_context("lang")
    def _compute_words(self):
        for wizard in self:
            period = wizard.period_id
            standing = period.confirmation_ids.filtered(
                lambda one: (one.kind, one.state) == ("deduction", "signed")
            )
            wizard.sentence = self.env._(
                "Signing confirms these sums as the input VAT of %(taxpayer)s in tax "
                "period %(period)s. Sign only what you have checked.",
                taxpayer=period.taxpayer_id.display_name,
                period=period.name,
            )
            wizard.running_number = self.env._(
                "Confirmation no. %(ordinal)s of the period, to be submitted; so far "
                "%(count)s confirmations stand, with %(invoices)s invoices and "
                "VAT %(vat)s.",
                ordinal=period.confirmation_ids._get_next_ordinal(period, "deduction"),
                count=len(standing),
                invoices=sum(standing.mapped("invoice_count")),
                vat=sum(map(to_decimal, standing.mapped("vat_amount")), to_decimal(0)),
            )
            wizard.filing_question = self.env._(
                "Dear taxpayer: the filing result of tax period %(year)s-%(month)s is "
                "delayed. Please say whether the VAT filing of tax period "
                "%(year)s-%(month)s is finished!",
                year=(period.name or "")[:4],
                month=(period.name or "")[4:],
            )
