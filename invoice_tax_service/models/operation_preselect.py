from odoo import api, fields, models
from odoo.tools import SQL

from ..exceptions import TaxServiceError
from ..gateway.operation_kinds import KINDS
from ..tools.selection_plan import PlannedRow, key_of
from .operation import OPEN_STATES
from .words import get_sentence


class InvoiceTaxOperation(models.Model):
    """Pre-selection: a deduction for a tax period that is not open yet.

    The batch is held (``is_held``) until the reading of the bureau shows its period
    as the current one (:meth:`_settle_held`); then it goes out as a deduction like
    any other. Taking it back sends nothing: the waiting lines are voided, under a
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
                       AND line.operation_type = 'preselect'
                    """,
                    ids,
                )
            )
        )

    # === SUBMITTING === #

    @api.model
    def _create_batch(self, taxpayer, operation_type, period, origin, values):
        if operation_type == "preselect":
            values = {**values, "is_held": True}
        return super()._create_batch(taxpayer, operation_type, period, origin, values)

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
                   AND operation_type = 'preselect'
                   AND state = 'waiting' AND request_id IS NULL
             RETURNING operation_id, input_invoice_id
                """,
                fields.Datetime.now(),
                [row.facts.id for row in rows if not row.refusal],
                operation.period,
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
                ("operation_type", "=", "preselect"),
                ("state", "in", OPEN_STATES),
            ]
        )
        for operation in waiting:
            if operation.is_held != (operation.period > current):
                operation.is_held = operation.period > current
        late = waiting.filtered(lambda operation: operation.period < current)
        if late:
            late._fail_unsent("preselect_passed")
        if waiting.filtered(lambda operation: not operation.is_held):
            self.env["invoice.tax.lane"]._wake()

    def _fail_unsent(self, code):
        """Fail what of these batches has not been sent."""
        self.env["invoice.tax.operation.line"].search(
            [
                ("operation_id", "in", self.ids),
                ("state", "=", "waiting"),
                ("request_id", "=", False),
            ]
        ).write(
            {
                "state": "failed",
                "result_code": code,
                "answered_at": fields.Datetime.now(),
            }
        )
        self._refresh_from_lines()

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


class InvoiceTaxTaxpayer(models.Model):
    """Which tax periods can be pre-selected for."""

    _inherit = "invoice.tax.taxpayer"

    def _get_cannot_in_period_reason(self, operation_type, period):
        if operation_type not in ("preselect", "preselect_revoke"):
            return super()._get_cannot_in_period_reason(operation_type, period)
        current = self.current_period_id
        if not current:
            return self._get_reason_pair("period_unknown")
        # What waits may be taken back whatever has become of its period.
        if operation_type == "preselect" and period not in current._get_later_names():
            return self._get_reason_pair("preselect_period")
        return False


class InvoiceTaxPeriod(models.Model):
    """Later periods, and what happens to what waits for them."""

    _inherit = "invoice.tax.period"

    def _get_later_names(self):
        """Periods that are not open yet: the next one and the rest of the year."""
        self.ensure_one()
        later = self.search(
            [
                ("taxpayer_id", "=", self.taxpayer_id.id),
                ("name", ">", self.name),
                ("year", "=", self.year),
            ]
        )
        return sorted({*later.mapped("name"), *filter(None, [self.next_period])})

    def _apply_bureau_data(self, data, table):
        result = super()._apply_bureau_data(data, table)
        self.env["invoice.tax.operation"]._settle_held(self.taxpayer_id, self.name)
        return result


class InvoiceTaxInputInvoice(models.Model):
    """Pre-selected invoices in the pool."""

    _inherit = "invoice.tax.input.invoice"

    preselected_period = fields.Char(
        compute="_compute_is_in_progress",
        string="Pre-selected For",
        help="The invoice waits for this tax period to open.",
    )
    is_preselected = fields.Boolean(
        compute="_compute_is_in_progress", search="_search_is_preselected"
    )

    @api.depends("operation_line_ids.state")
    def _compute_is_in_progress(self):
        # One look at the lines for all three; in place of the one it extends.
        lines = self.env["invoice.tax.operation.line"].search_fetch(
            [("input_invoice_id", "in", self.ids), ("state", "in", OPEN_STATES)],
            ["input_invoice_id", "operation_type", "period"],
        )
        by_invoice = {line.input_invoice_id.id: line for line in lines}
        for invoice in self:
            line = by_invoice.get(invoice.id)
            invoice.is_in_progress = bool(line)
            waits = line and line.operation_type == "preselect"
            invoice.is_preselected = bool(waits)
            invoice.preselected_period = waits and line.period

    def _search_is_preselected(self, operator, value):
        if operator != "in":
            return NotImplemented
        lines = (
            self.env["invoice.tax.operation.line"]
            .sudo()
            ._search(
                [("state", "in", OPEN_STATES), ("operation_type", "=", "preselect")]
            )
        )
        return [("id", "in", lines.subselect("input_invoice_id"))]

    def action_preselect(self):
        """Select for a tax period that is not open yet."""
        current = self.taxpayer_id[:1].current_period_id
        names = current and current._get_later_names()
        if not names:
            raise TaxServiceError(
                get_sentence(self.env, "preselect_period"), "preselect_period"
            )
        # The next one may be in another year, which has no cards yet.
        later = self.env["invoice.tax.period"]._get_or_create(
            self.taxpayer_id[:1], names[0]
        )
        if not later.is_future:
            later.is_future = True
        return self._open_selection_wizard(
            "preselect", later.name, later_period_id=later.id
        )

    def action_preselect_revoke(self):
        """Take back pre-selections that wait for their tax period."""
        names = set(filter(None, self.mapped("preselected_period")))
        if len(names) > 1:
            raise TaxServiceError(
                self.env._("Choose invoices pre-selected for one tax period."),
                "mixed_periods",
            )
        period = self.env["invoice.tax.period"].search(
            [
                ("taxpayer_id", "in", self.taxpayer_id.ids),
                ("name", "in", list(names)),
            ],
            limit=1,
        )
        return self._open_selection_wizard(
            "preselect_revoke", period.name, later_period_id=period.id
        )
