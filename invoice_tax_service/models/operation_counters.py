from odoo import fields, models
from odoo.tools import SQL

from ..tools.money import AMOUNT_DIGITS, to_decimal

# Counters of a batch → states of the lines that they sum up.
_PARTS = {
    "success": ("success",),
    "failed": ("failed",),
    "open": ("waiting", "processing"),
}


class InvoiceTaxOperation(models.Model):
    """Three counters (succeeded, failed, open) by copies, net amount and VAT.

    :meth:`_refresh_from_lines` is the only place that sets them, from the ledger.
    """

    _inherit = "invoice.tax.operation"

    success_net = fields.Float(
        string="Succeeded: Net Amount", digits=AMOUNT_DIGITS, readonly=True
    )
    success_vat = fields.Float(
        string="Succeeded: VAT", digits=AMOUNT_DIGITS, readonly=True
    )
    failed_net = fields.Float(
        string="Failed: Net Amount", digits=AMOUNT_DIGITS, readonly=True
    )
    failed_vat = fields.Float(string="Failed: VAT", digits=AMOUNT_DIGITS, readonly=True)
    open_net = fields.Float(
        string="Open: Net Amount", digits=AMOUNT_DIGITS, readonly=True
    )
    open_vat = fields.Float(string="Open: VAT", digits=AMOUNT_DIGITS, readonly=True)

    def _refresh_from_lines(self):
        """Counters, sums and state from the ledger."""
        self.env.flush_all()
        for operation in self:
            operation.write(operation._fetch_counters())
            operation._set_state(operation._get_state_from_counts())

    def _fetch_counters(self):
        """What the ledger of this batch sums up to, in one statement; amounts as
        :class:`decimal.Decimal` in CNY."""
        self.ensure_one()
        counts = {"total_count": SQL("COUNT(*)")}
        sums = {
            name: SQL("SUM(%s)", SQL.identifier(name))
            for name in ("net_amount", "vat_amount", "creditable_vat")
        }
        for part, states in {**_PARTS, "voided": ("voided",)}.items():
            condition = SQL("FILTER (WHERE state IN %s)", states)
            counts[f"{part}_count"] = SQL("COUNT(*) %s", condition)
            if part in _PARTS:
                sums[f"{part}_net"] = SQL("SUM(net_amount) %s", condition)
                sums[f"{part}_vat"] = SQL("SUM(vat_amount) %s", condition)
        [row] = self.env.execute_query(
            SQL(
                "SELECT %s FROM invoice_tax_operation_line WHERE operation_id = %s",
                SQL(", ").join([*counts.values(), *sums.values()]),
                self.id,
            )
        )
        values = dict(zip([*counts, *sums], row, strict=True))
        return {
            name: to_decimal(value or 0) if name in sums else value
            for name, value in values.items()
        }

    def init(self):
        """Batches from before there were sums by state get theirs."""
        super().init()
        self.env.cr.execute(
            """
            WITH part AS (
                 SELECT operation_id, net_amount AS net, vat_amount AS vat,
                        CASE WHEN state IN ('success', 'failed', 'voided') THEN state
                             ELSE 'open' END AS name
                   FROM invoice_tax_operation_line
                  WHERE operation_id IN (
                        SELECT id FROM invoice_tax_operation
                         WHERE success_net IS NULL AND total_count > 0)),
                 summed AS (
                 SELECT operation_id,
                        SUM(net) FILTER (WHERE name = 'success') AS success_net,
                        SUM(vat) FILTER (WHERE name = 'success') AS success_vat,
                        SUM(net) FILTER (WHERE name = 'failed') AS failed_net,
                        SUM(vat) FILTER (WHERE name = 'failed') AS failed_vat,
                        SUM(net) FILTER (WHERE name = 'open') AS open_net,
                        SUM(vat) FILTER (WHERE name = 'open') AS open_vat
                   FROM part GROUP BY operation_id)
            UPDATE invoice_tax_operation operation
               SET success_net = COALESCE(summed.success_net, 0),
                   success_vat = COALESCE(summed.success_vat, 0),
                   failed_net = COALESCE(summed.failed_net, 0),
                   failed_vat = COALESCE(summed.failed_vat, 0),
                   open_net = COALESCE(summed.open_net, 0),
                   open_vat = COALESCE(summed.open_vat, 0)
              FROM summed
             WHERE summed.operation_id = operation.id
            """
        )
