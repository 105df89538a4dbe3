from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.money import AMOUNT_DIGITS, to_decimal

_NOTHING = (Decimal(), Decimal())


class InvoiceTaxOperation(models.Model):
    """Three counters (succeeded, failed, open) by copies, net amount and VAT.

    The copies are kept with the batch; the amounts are put together when somebody
    looks, for all batches at once and from the smaller parts of the mixed ones only,
    so that a page of the log does not read whole ledgers.
    """

    _inherit = "invoice.tax.operation"

    success_net = fields.Float(
        string="Succeeded: Net Amount", digits=AMOUNT_DIGITS, compute="_compute_parts"
    )
    success_vat = fields.Float(
        string="Succeeded: VAT", digits=AMOUNT_DIGITS, compute="_compute_parts"
    )
    failed_net = fields.Float(
        string="Failed: Net Amount", digits=AMOUNT_DIGITS, compute="_compute_parts"
    )
    failed_vat = fields.Float(
        string="Failed: VAT", digits=AMOUNT_DIGITS, compute="_compute_parts"
    )
    open_net = fields.Float(
        string="Open: Net Amount", digits=AMOUNT_DIGITS, compute="_compute_parts"
    )
    open_vat = fields.Float(
        string="Open: VAT", digits=AMOUNT_DIGITS, compute="_compute_parts"
    )

    @api.depends(
        "success_count",
        "failed_count",
        "open_count",
        "voided_count",
        "net_amount",
        "vat_amount",
    )
    def _compute_parts(self):
        mixed = self.filtered(lambda operation: len(operation._get_parts()) > 1)
        sums = mixed._fetch_parts()
        for operation in self:
            parts = operation._get_parts()
            total = (
                to_decimal(operation.net_amount),
                to_decimal(operation.vat_amount),
            )
            if len(parts) == 1:
                of_batch = dict.fromkeys(parts, total)
            else:
                of_batch = sums[operation.id]
                others = list(of_batch.values())
                of_batch["success"] = tuple(
                    whole - sum(other[position] for other in others)
                    for position, whole in enumerate(total)
                )
            for part in ("success", "failed", "open"):
                net, vat = of_batch.get(part, _NOTHING)
                operation[f"{part}_net"], operation[f"{part}_vat"] = net, vat

    def _get_parts(self):
        """What the lines of this batch have come to."""
        return [
            part
            for part in ("success", "failed", "open", "voided")
            if self[f"{part}_count"]
        ]

    def _fetch_parts(self):
        """Sums of what did not succeed: two statements at most, each over an index
        that holds these lines.

        :return: ``{batch id: {part: (net, VAT)}}``, amounts as
            :class:`decimal.Decimal` in CNY
        """
        sums = defaultdict(dict)
        failed = self.filtered("failed_count")
        unfinished = self.filtered(lambda batch: batch.open_count or batch.voided_count)
        self.env["invoice.tax.operation.line"].flush_model()
        for batches, condition in (
            (failed, SQL("state = 'failed'")),
            (unfinished, SQL("state IN ('waiting', 'processing', 'voided')")),
        ):
            if not batches:
                continue
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT operation_id,
                           CASE WHEN state IN ('failed', 'voided') THEN state
                                ELSE 'open' END,
                           COALESCE(SUM(net_amount), 0)::text,
                           COALESCE(SUM(vat_amount), 0)::text
                      FROM invoice_tax_operation_line
                     WHERE operation_id = ANY(%s) AND %s
                  GROUP BY 1, 2
                    """,
                    batches.ids,
                    condition,
                )
            )
            for operation_id, part, net, vat in rows:
                sums[operation_id][part] = (Decimal(net), Decimal(vat))
        return sums
