from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..gateway.operation_kinds import KINDS, WAITING_OPERATIONS
from ..tools.money import to_decimal
from ..tools.selection_plan import PlannedRow, key_of
from .operation import OPEN_STATES


class InvoiceTaxOperation(models.Model):
    """Pre-selection: a deduction for a tax period that is not open yet.

    The batch is held (``is_held``) until the reading of the bureau shows its period
    as the current one (:meth:`_settle_held`); then it goes out as a deduction, over
    the connection of that day, each bite decided anew (:meth:`_plan_anew`). Taking it
    back sends nothing: the waiting lines are voided, under a
    batch of its own that says who did it.

    What must never happen: a pre-selection sent for another period than its own; one
    that waits for a period that has gone by.
    """

    _inherit = "invoice.tax.operation"

    @api.model
    def _plan_selection(self, taxpayer, operation_type, period, wishes, facts=None):
        kind = KINDS[operation_type]
        if kind.is_local:
            return self._plan_take_back(taxpayer, period, wishes)
        rows = super()._plan_selection(
            taxpayer, kind.sent_as or operation_type, period, wishes, facts
        )
        self._name_preselected(rows)
        return rows

    @api.model
    def _name_preselected(self, rows):
        """What stands in the way may wait for months, so it is called by its name."""
        busy = [row for row in rows if row.refusal == "in_progress"]
        waiting = self._fetch_preselected(row.facts.id for row in busy)
        for row in busy:
            if row.facts.id in waiting:
                row.refusal = "preselected"

    @api.model
    def _plan_take_back(self, taxpayer, period, wishes):
        facts = self._fetch_facts(taxpayer, wishes)
        periods = self._fetch_preselected(one.id for one in facts.values())
        rows, seen = [], set()
        for wish in wishes:
            key = key_of(wish.number, wish.code)
            row = PlannedRow(wish, facts.get(key))
            waits_for = row.facts and periods.get(row.facts.id)
            if key in seen:
                row.refusal = "named_twice"
            elif not row.facts:
                row.refusal = "unknown_invoice"
            elif not waits_for:
                row.refusal = "not_preselected"
            elif waits_for != period:
                row.refusal = "other_period"
            seen.add(key)
            rows.append(row)
        return rows

    @api.model
    def _fetch_preselected(self, invoice_ids):
        """``invoice id → period`` of invoices that wait for their tax period."""
        ids = list(invoice_ids)
        if not ids:
            return {}
        self.env.flush_all()
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT line.input_invoice_id, line.period
                      FROM invoice_tax_operation_line line
                     WHERE line.input_invoice_id = ANY(%s) AND line.state = 'waiting'
                       AND line.request_id IS NULL
                       AND line.operation_type IN %s
                    """,
                    ids,
                    WAITING_OPERATIONS,
                )
            )
        )

    # === SUBMITTING === #

    @api.model
    def _submit_selection(
        self, taxpayer, operation_type, period, rows, origin, **values
    ):
        if not KINDS[operation_type].is_local:
            return super()._submit_selection(
                taxpayer, operation_type, period, rows, origin, **values
            )
        operation = self._create_batch(taxpayer, operation_type, period, origin, values)
        taken = self._take_back(operation, rows)
        for row in rows:
            if not row.refusal and row.facts.id not in taken:
                row.refusal = "not_preselected"
        lines = self.env["invoice.tax.operation.line"].sudo()
        lines._create_lines(operation, lines._get_entries(rows))
        lines.search(
            [("operation_id", "=", operation.id), ("state", "=", "waiting")]
        ).write(
            {
                "state": "success",
                "result_code": "ok",
                "selection_after": "unselected",
                "answered_at": fields.Datetime.now(),
            }
        )
        operation._refresh_from_lines()
        return operation.sudo(False)

    @api.model
    def _take_back(self, operation, rows):
        """Void the waiting lines of these rows.

        A dispatcher that takes one of them at this moment collides with this, and
        one of the two looks again.

        :return: ids of the invoices that were taken back
        """
        self.env.flush_all()
        taken = self.env.execute_query(
            SQL(
                """
                UPDATE invoice_tax_operation_line
                   SET state = 'voided', write_date = %s
                 WHERE input_invoice_id = ANY(%s) AND period = %s
                   AND operation_type IN %s
                   AND state = 'waiting' AND request_id IS NULL
             RETURNING operation_id, input_invoice_id
                """,
                fields.Datetime.now(),
                [row.facts.id for row in rows if not row.refusal],
                operation.period,
                WAITING_OPERATIONS,
            )
        )
        self.env.invalidate_all(flush=False)
        emptied = {operation_id for operation_id, _invoice_id in taken}
        self.sudo().browse(sorted(emptied))._refresh_from_lines()
        return {invoice_id for _operation_id, invoice_id in taken}

    # === THE PERIOD OPENS === #

    @api.model
    def _settle_held(self, taxpayer, current):
        """The bureau works on this period now: send what waited for it, fail what
        waited for an earlier one, and hold again what a roll-back left behind.

        :param str current: ``yyyyMM``
        """
        waiting = self.sudo().search(
            [
                ("taxpayer_id", "=", taxpayer.id),
                ("operation_type", "in", WAITING_OPERATIONS),
                ("state", "in", OPEN_STATES),
            ]
        )
        for operation in waiting:
            if operation.is_held != (operation.period > current):
                operation.is_held = operation.period > current
        released = waiting.filtered(lambda operation: not operation.is_held)
        released._take_lane_of_the_day()
        released.filtered(lambda operation: operation.period < current)._stop(
            "preselect_passed"
        )
        if released:
            self.env["invoice.tax.lane"]._wake()

    def _take_lane_of_the_day(self):
        """The taxpayer may have another connection than when the batch was written;
        what was sent already is asked for where it was sent."""
        for operation in self:
            lane = operation.taxpayer_id.lane_id
            if lane and operation.lane_id != lane:
                operation.lane_id = lane

    def _get_lines_to_send(self, lane, capabilities):
        lines = super()._get_lines_to_send(lane, capabilities)
        if not KINDS[self.operation_type].waits:
            return lines
        good = self._plan_anew(lines)
        while lines and not good:
            lines = super()._get_lines_to_send(lane, capabilities)
            good = self._plan_anew(lines)
        return good

    def _plan_anew(self, lines):
        """Decide these lines by what is known of their invoices now; they were planned
        when their period was not open, perhaps by other rules.

        :return: the lines that can be sent; the others have failed
        """
        if not lines:
            return lines
        wishes = [wish for wish, _refusal in lines._get_wishes()]
        facts = {
            # Each is in progress in this very batch, and an index says: in no other.
            key: one._replace(in_progress=False)
            for key, one in self._fetch_facts(self.taxpayer_id, wishes).items()
        }
        rows = self._plan_selection(
            self.taxpayer_id, self.operation_type, self.period, wishes, facts
        )
        refused = defaultdict(list)
        difference = Decimal("0.00")
        for line, row in zip(lines, rows, strict=True):
            if row.refusal:
                refused[row.refusal].append(line.id)
                continue
            change = row.creditable_vat - to_decimal(line.creditable_vat)
            if change:
                line.creditable_vat = row.creditable_vat
                difference += change
        for code, ids in refused.items():
            self._fail_lines(lines.browse(ids), code)
        failed = sum(map(len, refused.values()))
        self._count_planned_anew(failed, difference)
        return lines.filtered(lambda line: line.state == "waiting")

    def _count_planned_anew(self, failed, difference):
        """Note in the counters what has changed in the ledger."""
        if not failed and not difference:
            return
        self.write(
            {
                "failed_count": self.failed_count + failed,
                "open_count": self.open_count - failed,
                "creditable_vat": to_decimal(self.creditable_vat) + difference,
            }
        )
        if not self.open_count:
            self._set_state(self._get_state_from_counts())

    def _describe(self):
        if self.is_held and self.state == "waiting":
            return self.env._(
                "Waits until tax period %(period)s opens.", period=self.period
            )
        return super()._describe()

    def _get_sent_notification(self):
        action = super()._get_sent_notification()
        if self.is_held:
            action["params"]["message"] = self.env._(
                "Batch %%s waits until tax period %(period)s opens.",
                period=self.period,
            )
        elif KINDS[self.operation_type].is_local:
            action["params"]["message"] = self.env._(
                "The pre-selection was taken back, see batch %s."
            )
        return action
