from datetime import timedelta

from odoo import api, fields, models

from ..gateway.storable import storable

KEEP_DAYS = 30
# Characters kept of each side; enough for a bite of 100 invoices.
KEEP_CHARACTERS = 20000


class InvoiceTaxExchange(models.Model):
    """What was said on the wire, masked by the client: for the system group, to
    find out what happened when a platform and Odoo disagree.

    Entry point: :meth:`_save`, by the lane after it talked. Rows are thrown away
    after 30 days.

    What must never happen: a secret in here (the clients mask them before).
    """

    _name = "invoice.tax.exchange"
    _description = "Exchange with a Tax Platform"
    _order = "id desc"
    _rec_name = "operation"

    lane_id = fields.Many2one(
        "invoice.tax.lane", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    request_id = fields.Many2one(
        "invoice.tax.request",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    operation_id = fields.Many2one(
        related="request_id.operation_id", store=True, index="btree_not_null"
    )
    channel = fields.Char(readonly=True)
    operation = fields.Char(readonly=True, string="Service")
    started_at = fields.Datetime(readonly=True)
    milliseconds = fields.Integer(readonly=True)
    status = fields.Char(readonly=True, help="HTTP status, empty without an answer.")
    request_text = fields.Text(readonly=True)
    response_text = fields.Text(readonly=True)
    error_text = fields.Char(readonly=True)

    @api.model
    def _save(self, lane, task, records):
        """Write down what was said.

        :param task: the request or reading it was said for
        :param list records: as the client made them
        """
        is_request = task._name == "invoice.tax.request"
        self.sudo().create(
            [
                {
                    "lane_id": lane.id,
                    "company_id": lane.company_id.id,
                    "request_id": is_request and task.id,
                    # Told here, or it would take a second write to fill it.
                    "operation_id": is_request and task.operation_id.id,
                    "channel": record["channel"],
                    "operation": record["operation"],
                    "started_at": record["started_at"].replace(microsecond=0),
                    "milliseconds": record["milliseconds"],
                    "status": str(record["status"] or ""),
                    "request_text": self._clean(record["request"])[:KEEP_CHARACTERS],
                    "response_text": self._clean(record["response"])[:KEEP_CHARACTERS],
                    "error_text": self._clean(record["error_text"])[:500],
                }
                for record in records
            ]
        )

    @api.model
    def _clean(self, text):
        # A broken answer may well hold what PostgreSQL does not.
        return storable(text or "")

    @api.autovacuum
    def _gc_exchanges(self):
        old = fields.Datetime.now() - timedelta(days=KEEP_DAYS)
        rows = self.search([("create_date", "<", old)], limit=5000)
        rows.unlink()
        return len(rows), len(rows) == 5000
