from odoo import fields, models
from odoo.tools import SQL

from ..tools.money import to_decimal
from .operation import OPEN_STATES


class InvoiceTaxOperation(models.Model):
    """Counters, sums and state of a batch, from its ledger.

    Entry points: :meth:`_refresh_from_lines` counts the whole ledger, when a batch is
    written or voided; :meth:`_refresh_from_request` counts one request only, so that
    an answer costs the same in a batch of 200,000 as in one of 100. Both give the
    same figures, for a line only changes with its request or with the whole batch.

    What must never happen: counters that do not add up (a constraint stands against
    it, and the row of the batch is written with each change, so two changes at once
    collide).
    """

    _inherit = "invoice.tax.operation"

    def _refresh_from_lines(self):
        """Everything from the whole ledger."""
        self.env.flush_all()
        for operation in self:
            [(total, success, failed, voided, net, vat, creditable)] = (
                self.env.execute_query(
                    SQL(
                        """
                        SELECT COUNT(*), COUNT(*) FILTER (WHERE state = 'success'),
                               COUNT(*) FILTER (WHERE state = 'failed'),
                               COUNT(*) FILTER (WHERE state = 'voided'),
                               COALESCE(SUM(net_amount), 0),
                               COALESCE(SUM(vat_amount), 0),
                               COALESCE(SUM(creditable_vat), 0)
                          FROM invoice_tax_operation_line WHERE operation_id = %s
                        """,
                        operation.id,
                    )
                )
            )
            operation._count_requests()
            operation.write(
                {
                    "total_count": total,
                    "success_count": success,
                    "failed_count": failed,
                    "voided_count": voided,
                    "open_count": total - success - failed - voided,
                    "net_amount": to_decimal(net),
                    "vat_amount": to_decimal(vat),
                    "creditable_vat": to_decimal(creditable),
                }
            )
            operation._set_state(operation._get_state_from_counts())

    def _count_requests(self):
        """Note on each request what of it is counted already."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE invoice_tax_request request
                   SET success_count = counted.success,
                       failed_count = counted.failed,
                       voided_count = counted.voided
                  FROM (SELECT request_id,
                               COUNT(*) FILTER (WHERE state = 'success') AS success,
                               COUNT(*) FILTER (WHERE state = 'failed') AS failed,
                               COUNT(*) FILTER (WHERE state = 'voided') AS voided
                          FROM invoice_tax_operation_line
                         WHERE operation_id = %s AND request_id IS NOT NULL
                      GROUP BY request_id) counted
                 WHERE request.id = counted.request_id
                   AND (request.success_count, request.failed_count,
                        request.voided_count)
                       IS DISTINCT FROM
                       (counted.success, counted.failed, counted.voided)
                """,
                self.id,
            )
        )
        self.env["invoice.tax.request"].invalidate_model(
            ["success_count", "failed_count", "voided_count"], flush=False
        )

    def _refresh_from_request(self, request):
        """What one request has changed since it was counted."""
        self.ensure_one()
        self.env.flush_all()
        [(success, failed, voided)] = self.env.execute_query(
            SQL(
                """
                SELECT COUNT(*) FILTER (WHERE state = 'success'),
                       COUNT(*) FILTER (WHERE state = 'failed'),
                       COUNT(*) FILTER (WHERE state = 'voided')
                  FROM invoice_tax_operation_line WHERE request_id = %s
                """,
                request.id,
            )
        )
        success_count = self.success_count + success - request.success_count
        failed_count = self.failed_count + failed - request.failed_count
        voided_count = self.voided_count + voided - request.voided_count
        request.write(
            {"success_count": success, "failed_count": failed, "voided_count": voided}
        )
        self.write(
            {
                "success_count": success_count,
                "failed_count": failed_count,
                "voided_count": voided_count,
                "open_count": self.total_count
                - success_count
                - failed_count
                - voided_count,
            }
        )
        self._set_state(self._get_state_from_counts())

    def _get_state_from_counts(self):
        if self.state == "voided":
            return "voided"
        if self.open_count:
            requests = self.env["invoice.tax.request"]
            sent = requests.search_count([("operation_id", "=", self.id)], limit=1)
            return "processing" if sent else "waiting"
        if self.failed_count:
            return "failed"
        # A pre-selection may be taken back in part; the rest has succeeded.
        return "voided" if self.voided_count and not self.success_count else "success"

    def _void(self):
        """Close what is open; a dispatcher that has a bite in its hands collides
        with this and looks again."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE invoice_tax_operation_line
                   SET state = 'voided', write_date = %s
                 WHERE operation_id = ANY(%s) AND state IN %s
                """,
                fields.Datetime.now(),
                self.ids,
                OPEN_STATES,
            )
        )
        self.env.invalidate_all(flush=False)
        self._set_state("voided")
        self.write({"is_held": False, "next_step": False})
        self.env["invoice.tax.request"].search(
            [("operation_id", "in", self.ids), ("step", "!=", "done")]
        ).write({"state": "voided"})
        self._refresh_from_lines()
