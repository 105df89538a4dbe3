from odoo import fields, models
from odoo.tools import SQL

from ..tools.money import AMOUNT_DIGITS
from ..tools.selection_plan import SELECTABLE_STATUSES
from .input_invoice_soundness import TABLE_PURPOSES

# Names of the sums, in the order of the statement.
SUMS = (
    "selected_count",
    "selected_vat",
    "confirmed_count",
    "confirmed_vat",
    "excluded_count",
    "excluded_vat",
    "refund_count",
    "refund_vat",
    "abnormal_count",
)


class InvoiceTaxPeriod(models.Model):
    """What the invoices in Odoo sum up to in a period, by way: a check beside the
    bureau's word. One statement for any number of periods (:meth:`_fetch_sums`)."""

    _inherit = "invoice.tax.period"

    selected_count = fields.Integer(compute="_compute_sums")
    selected_vat = fields.Float(
        string="Creditable VAT Selected", digits=AMOUNT_DIGITS, compute="_compute_sums"
    )
    confirmed_count = fields.Integer(compute="_compute_sums")
    confirmed_vat = fields.Float(
        string="Creditable VAT Confirmed", digits=AMOUNT_DIGITS, compute="_compute_sums"
    )
    excluded_count = fields.Integer(compute="_compute_sums")
    excluded_vat = fields.Float(
        string="VAT Not Deducted", digits=AMOUNT_DIGITS, compute="_compute_sums"
    )
    refund_count = fields.Integer(compute="_compute_sums")
    refund_vat = fields.Float(
        string="VAT for Refund", digits=AMOUNT_DIGITS, compute="_compute_sums"
    )
    abnormal_count = fields.Integer(compute="_compute_sums")

    def _compute_sums(self):
        sums = self._fetch_sums()
        for period in self:
            values = sums.get((period.taxpayer_id.id, period.name), (0,) * len(SUMS))
            for name, value in zip(SUMS, values, strict=True):
                period[name] = value

    def _fetch_sums(self):
        """Sums of the invoices of these periods, one statement for all.

        What is deducted counts with its creditable VAT, the other ways with the VAT
        of the invoice, as in the bureau's table.

        :return: ``{(taxpayer id, period): values in the order of SUMS}``
        """
        if not self:
            return {}
        self.env["invoice.tax.input.invoice"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT taxpayer_id, period,
                       COUNT(*) FILTER (WHERE purpose = 'deduct'),
                       COALESCE(SUM(creditable_vat)
                                FILTER (WHERE purpose = 'deduct'), 0),
                       COUNT(*) FILTER (WHERE selection = 'confirmed'
                                          AND purpose = 'deduct'),
                       COALESCE(SUM(creditable_vat)
                                FILTER (WHERE selection = 'confirmed'
                                          AND purpose = 'deduct'), 0),
                       COUNT(*) FILTER (WHERE purpose = 'exclude'),
                       COALESCE(SUM(vat_amount)
                                FILTER (WHERE purpose = 'exclude'), 0),
                       COUNT(*) FILTER (WHERE purpose = 'refund'),
                       COALESCE(SUM(vat_amount)
                                FILTER (WHERE purpose = 'refund'), 0),
                       COUNT(*) FILTER (WHERE selection = 'confirmed'
                                          AND purpose = ANY(%(purposes)s)
                                          AND status != ALL(%(sound)s))
                  FROM invoice_tax_input_invoice
                 WHERE taxpayer_id = ANY(%(taxpayers)s) AND period = ANY(%(periods)s)
              GROUP BY taxpayer_id, period
                """,
                taxpayers=self.taxpayer_id.ids,
                periods=self.mapped("name"),
                # As ``is_abnormal_after`` of the invoice has it.
                purposes=list(TABLE_PURPOSES),
                sound=list(SELECTABLE_STATUSES),
            )
        )
        return {row[:2]: row[2:] for row in rows}
