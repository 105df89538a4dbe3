from odoo import api, models
from odoo.tools import SQL

from ..gateway.operation_kinds import BARRIER_OPERATIONS, TABLE_OPERATIONS


class InvoiceTaxOperation(models.Model):
    """What the dispatcher takes from the batches: which of them may be sent now
    (:meth:`_get_waiting_query`), and the next bite of a lane (:meth:`_take_bite`).

    What must never happen: a line in two requests; a table built while selections
    that were asked for before it are still open.
    """

    _inherit = "invoice.tax.operation"

    _waiting_idx = models.Index(
        "(lane_id, id) WHERE state IN ('waiting', 'processing')"
    )

    @api.model
    def _get_waiting_query(self):
        """SQL of ``(lane_id, due_at, operation_id)`` of batches of which something
        can be sent.

        Operations that build or change a table stand behind everything that is open
        before them, and the others behind such ones, since the bureau would refuse
        them while the table is built. What waits for its tax period holds nobody up.

        Not EXISTS for the lines: PostgreSQL may hash all waiting ones for it, and
        one batch can have 200,000.
        """
        return SQL(
            """
            SELECT operation.lane_id, operation.create_date AS due_at,
                   operation.id AS operation_id
              FROM invoice_tax_operation operation
             WHERE operation.state IN ('waiting', 'processing')
               AND operation.is_held IS NOT TRUE
               AND CASE WHEN operation.operation_type IN %(tables)s
                   THEN operation.state = 'waiting'
                   ELSE operation.next_step IS NOT NULL
                        OR (SELECT TRUE FROM invoice_tax_operation_line line
                             WHERE line.operation_id = operation.id
                               AND line.state = 'waiting'
                               AND line.request_id IS NULL
                             LIMIT 1)
                   END
               AND NOT EXISTS (
                   SELECT FROM invoice_tax_operation before
                    WHERE before.taxpayer_id = operation.taxpayer_id
                      AND before.id < operation.id
                      AND before.state IN ('waiting', 'processing')
                      AND before.is_held IS NOT TRUE
                      AND (operation.operation_type IN %(barriers)s
                           OR before.operation_type IN %(barriers)s))
            """,
            tables=TABLE_OPERATIONS,
            barriers=BARRIER_OPERATIONS,
        )

    @api.model
    def _take_bite(self, lane, capabilities):
        """The next request of this lane, made from the oldest batch of which
        something can be sent; not yet committed. Empty when there is none."""
        while operation := self._get_oldest_waiting(lane):
            request = operation._make_request(lane, capabilities)
            if request:
                return request
            # It cannot be sent any more, and has failed: the next one.
        return self.env["invoice.tax.request"]

    @api.model
    def _get_oldest_waiting(self, lane):
        self.env.flush_all()
        [(operation_id,)] = self.env.execute_query(
            SQL(
                "SELECT MIN(operation_id) FROM (%s) waiting WHERE lane_id = %s",
                self._get_waiting_query(),
                lane.id,
            )
        )
        return self.browse(operation_id or ())

    def _make_request(self, lane, capabilities):
        """The next request of this batch. Empty when there is nothing left to send,
        since what was left has failed: a batch that stays as it is would be taken
        again and again."""
        reason = self._get_cannot_send_reason()
        if reason:
            self._stop(*reason)
            return self.env["invoice.tax.request"]
        return self._create_request(lane, capabilities)

    def _create_request(self, lane, capabilities):
        requests = self.env["invoice.tax.request"]
        if self.operation_type in TABLE_OPERATIONS:
            return requests._create_for(self)
        lines = self._get_lines_to_send(lane, capabilities)
        return requests._create_for(self, lines) if lines else requests

    def _get_lines_to_send(self, lane, capabilities):
        return self.env["invoice.tax.operation.line"].search(
            [
                ("operation_id", "=", self.id),
                ("state", "=", "waiting"),
                ("request_id", "=", False),
            ],
            order="id",
            limit=min(lane.connection_id.bite_size, capabilities.bite_size),
        )
