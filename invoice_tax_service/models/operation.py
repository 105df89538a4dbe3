import hashlib
import json
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL, clean_context

from ..exceptions import TaxServiceError
from ..gateway.operation_kinds import KINDS, TABLE_OPERATIONS
from ..tools.money import AMOUNT_DIGITS
from ..tools.selection_plan import InvoiceFacts, key_of, plan
from .words import (
    FILINGS,
    OPERATION_TYPES,
    ORIGINS,
    TASK_STATES,
    get_advice,
    get_reason,
    get_sentence,
    join_sentences,
)

OPEN_STATES = ("waiting", "processing")


class InvoiceTaxOperation(models.Model):
    """One batch of the tax bureau operation log: what somebody wanted to have
    done at the bureau, with how many invoices, by which way, and what came of it.

    Entry points: :meth:`_submit_selection` and :meth:`_submit_table` for buttons,
    workbooks and crons; :meth:`submit_batch` and :meth:`get_batch` (in
    ``operation_api.py``) for programs. All ask
    :meth:`taxpayer._get_cannot_operate_reason` first, and what has waited or goes on
    by itself asks again (``operation_again.py``). The dispatcher takes bites of the
    waiting lines (``operation_dispatch.py``) and sends each as one
    ``invoice.tax.request``.

    What must never happen: an invoice in two open batches (a partial unique index
    on the lines stands against it); counters that do not add up (a constraint
    stands against it); a batch changed from outside (nobody but the engine has
    write access).
    """

    _name = "invoice.tax.operation"
    _description = "Tax Bureau Operation Log"
    _order = "id desc"
    _rec_name = "batch_number"
    _check_company_auto = True

    batch_number = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self._default_batch_number(),
    )
    taxpayer_id = fields.Many2one(
        "invoice.tax.taxpayer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    lane_id = fields.Many2one(
        "invoice.tax.lane",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    channel = fields.Selection(related="lane_id.connection_id.channel")
    operation_type = fields.Selection(OPERATION_TYPES, required=True, readonly=True)
    period = fields.Char(
        string="Deduction Tax Period",
        required=True,
        readonly=True,
        index=True,
        help="yyyyMM; the calendar month where it is bound to no tax period.",
    )
    bound_to = fields.Char(compute="_compute_bound_to")
    origin = fields.Selection(
        ORIGINS, required=True, readonly=True, string="Operation Mode"
    )
    is_asynchronous = fields.Boolean(
        default=True, readonly=True, string="Asynchronous", help="Sent by a dispatcher."
    )
    user_id = fields.Many2one(
        "res.users",
        readonly=True,
        default=lambda self: self.env.user,
        string="Operator",
    )
    request_number = fields.Char(
        readonly=True,
        copy=False,
        help="The caller's own number; the same number is the same batch.",
    )
    content_digest = fields.Char(readonly=True, copy=False)
    filing = fields.Selection(
        FILINGS,
        readonly=True,
        string="Filing, as Answered",
        help="What the taxpayer said where the channel cannot tell.",
    )
    # state       when                                          →
    # waiting     nothing was sent yet                          processing
    # processing  some lines are sent or waiting                success, failed, voided
    # success     all lines succeeded (or the table is done)
    # failed      at least one line failed                      processing (asked again)
    # voided      a person gave up waiting; a late answer is recorded only
    state = fields.Selection(
        TASK_STATES,
        default="waiting",
        required=True,
        readonly=True,
        index=True,
        string="Processing State",
    )
    result_code = fields.Char(readonly=True)
    result_text = fields.Char(readonly=True)
    description = fields.Char(compute="_compute_description")
    advice = fields.Char(compute="_compute_description")
    line_ids = fields.One2many(
        "invoice.tax.operation.line", "operation_id", string="Ledger", readonly=True
    )
    request_ids = fields.One2many(
        "invoice.tax.request", "operation_id", string="Requests", readonly=True
    )
    exchange_ids = fields.One2many(
        "invoice.tax.exchange",
        "operation_id",
        readonly=True,
        groups="base.group_system",
    )
    total_count = fields.Integer(readonly=True, string="Total Invoices")
    success_count = fields.Integer(readonly=True, string="Succeeded")
    failed_count = fields.Integer(readonly=True, string="Failed Invoices")
    voided_count = fields.Integer(readonly=True, string="Voided Invoices")
    open_count = fields.Integer(readonly=True, string="Open Invoices")
    net_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    vat_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True, string="Invoice VAT")
    creditable_vat = fields.Float(
        string="Creditable VAT", digits=AMOUNT_DIGITS, readonly=True
    )
    finished_at = fields.Datetime(readonly=True)
    is_held = fields.Boolean(
        readonly=True, copy=False, help="Waits until its tax period opens."
    )
    next_step = fields.Selection(
        OPERATION_TYPES,
        readonly=True,
        copy=False,
        help="What is sent next, when the invoices are through.",
    )
    last_step = fields.Selection(
        OPERATION_TYPES,
        readonly=True,
        copy=False,
        help="Which of the following steps was the last to succeed.",
    )
    has_late_answer = fields.Boolean(
        readonly=True, help="The bureau answered after the batch was voided."
    )

    _batch_number_uniq = models.Constraint(
        "UNIQUE(batch_number)", "A batch number is given once."
    )
    _counts_add_up = models.Constraint(
        "CHECK (total_count = success_count + failed_count + voided_count + open_count"
        " AND LEAST(success_count, failed_count, voided_count, open_count) >= 0)",
        "Total = succeeded + failed + voided + open.",
    )
    _request_number_uniq = models.UniqueIndex(
        "(taxpayer_id, request_number) WHERE request_number IS NOT NULL",
        "A request number of a taxpayer is used once.",
    )
    _open_table_uniq = models.UniqueIndex(
        "(taxpayer_id, operation_type) WHERE state IN ('waiting', 'processing') AND"
        f" operation_type IN {TABLE_OPERATIONS}",
        "The same is being done already.",
    )

    @api.model
    def _default_batch_number(self):
        return self.env["ir.sequence"].sudo().next_by_code("invoice.tax.operation")

    @api.depends("operation_type")
    def _compute_bound_to(self):
        for operation in self:
            operation.bound_to = KINDS[operation.operation_type].bound_to

    @api.depends("result_code", "result_text", "state", "open_count")
    @api.depends_context("lang")
    def _compute_description(self):
        for operation in self:
            operation.description = operation._describe()
            operation.advice = get_advice(self.env, operation.result_code)

    def _describe(self):
        if self.result_code:
            reason, text = self._get_reason(), self.result_text
            # Some bureaus send the very sentence that stands here.
            return join_sentences(self.env, (reason, text if text != reason else ""))
        if self.operation_type in TABLE_OPERATIONS:
            return ""
        return self.env._(
            "%(success)s succeeded, %(failed)s failed, %(open)s open",
            success=self.success_count,
            failed=self.failed_count,
            open=self.open_count,
        )

    def _get_reason(self):
        """What happened, in the manual's own words where they name the period."""
        if (
            self.result_code == "period_filed"
            and KINDS[self.operation_type].subject == "table"
        ):
            return self.env._(
                "This confirmation did not succeed: the filing of tax period "
                "%(year)s-%(month)s is finished; select and certify the invoices of "
                "this batch in the next period!",
                year=self.period[:4],
                month=self.period[4:],
            )
        return get_reason(self.env, self.result_code)

    # === PLANNING === #

    @api.model
    def _plan_selection(self, taxpayer, operation_type, period, wishes, facts=None):
        """Decide each wish against what is known of its invoice.

        :param list wishes: of ``selection_plan.WishRow``
        :param dict facts: from :meth:`_fetch_facts`, when they are read already
        :return: list of ``selection_plan.PlannedRow``
        """
        if facts is None:
            facts = self._fetch_facts(taxpayer, wishes)
        rules = self._get_plan_rules(taxpayer, operation_type, period)
        rows = plan(operation_type, period, wishes, facts, rules)
        missing = [row.wish for row in rows if row.refusal == "unknown_invoice"]
        if missing:
            foreign = self._fetch_foreign_keys(taxpayer, missing)
            rows = plan(operation_type, period, wishes, facts, rules, foreign)
        return rows

    @api.model
    def _fetch_facts(self, taxpayer, wishes):
        """``key_of(…) → InvoiceFacts``, set-wise: one statement for all.

        With EXISTS the database reads the open lines of all batches for each call;
        the scalar query keeps it at one look into the index for each invoice.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT invoice.id, invoice.number, COALESCE(invoice.code, ''),
                       COALESCE(invoice.net_amount, 0)::text,
                       COALESCE(invoice.vat_amount, 0)::text,
                       COALESCE(invoice.gross_amount, 0)::text,
                       COALESCE(invoice.creditable_vat, 0)::text,
                       invoice.farm_amount::text, kind.code, invoice.issue_date,
                       invoice.status, invoice.is_red_locked, invoice.element,
                       invoice.farm_method, invoice.booked_on,
                       invoice.selection, invoice.purpose, invoice.period,
                       (SELECT line.id FROM invoice_tax_operation_line line
                         WHERE line.input_invoice_id = invoice.id
                           AND line.state IN ('waiting', 'processing')
                         LIMIT 1) IS NOT NULL
                  FROM invoice_tax_input_invoice invoice
                  JOIN invoice_tax_invoice_type kind ON kind.id = invoice.type_id
                 WHERE invoice.taxpayer_id = %s
                   AND invoice.number = ANY(%s)
                """,
                taxpayer.id,
                [wish.number for wish in wishes],
            )
        )
        # As text: the driver would make binary floats of numeric columns.
        return {
            key_of(row[1], row[2]): InvoiceFacts(
                *row[:3],
                *map(Decimal, row[3:7]),
                Decimal(row[7] or 0) or None,
                *row[8:],
            )
            for row in rows
        }

    @api.model
    def _fetch_foreign_keys(self, taxpayer, wishes):
        """Keys among the wishes that other taxpayers hold and the user may see."""
        invoices = self.env["invoice.tax.input.invoice"].search_fetch(
            [
                ("taxpayer_id", "!=", taxpayer.id),
                ("number", "in", [wish.number for wish in wishes]),
            ],
            ["number", "code"],
        )
        return {key_of(invoice.number, invoice.code) for invoice in invoices}

    # === SUBMITTING === #

    @api.model
    def _submit_selection(
        self, taxpayer, operation_type, period, rows, origin, **values
    ):
        """Write a batch with its ledger and wake the dispatchers.

        Rows with a refusal become failed lines; the others wait to be sent.

        :param list rows: of ``selection_plan.PlannedRow``
        :param str origin: a key of ``words.ORIGINS``
        :param values: further values of the batch (request number …)
        :return: the batch
        :raise TaxServiceError: the operation cannot be done now
        """
        entries = self.env["invoice.tax.operation.line"]._get_entries(rows)
        return self._submit_entries(
            taxpayer, operation_type, period, entries, origin, **values
        )

    @api.model
    def _submit_entries(
        self, taxpayer, operation_type, period, entries, origin, **values
    ):
        """Like :meth:`_submit_selection`, for rows that are ledger entries already.

        :param list entries: of ``invoice.tax.operation.line._get_entries``
        """
        operation = self._create_batch(taxpayer, operation_type, period, origin, values)
        self.env["invoice.tax.operation.line"].sudo()._create_lines(operation, entries)
        operation._refresh_from_lines()
        self.env["invoice.tax.lane"]._wake()
        return operation.sudo(False)

    @api.model
    def _submit_table(self, taxpayer, operation_type, period, origin, **values):
        """Write one of the operations on the statistics table.

        :return: the batch
        :raise TaxServiceError: the operation cannot be done now
        """
        code = self._get_filing_code(taxpayer, operation_type, values.get("filing"))
        if code:
            raise TaxServiceError(get_sentence(self.env, code), code)
        if KINDS[operation_type].is_final:
            # Also for programs, which are shown nothing: what they ask for is this.
            values.setdefault("shown", self._get_standing(taxpayer, operation_type))
        operation = self._create_batch(taxpayer, operation_type, period, origin, values)
        self.env["invoice.tax.lane"]._wake()
        return operation.sudo(False)

    @api.model
    def _create_batch(self, taxpayer, operation_type, period, origin, values):
        taxpayer._check_can_operate(operation_type, period, origin)
        # Defaults of whoever calls (``default_state`` …) have no say in what is done.
        clean = self.sudo().with_context(clean_context(self.env.context))
        return clean.create(
            {
                "taxpayer_id": taxpayer.id,
                "company_id": taxpayer.company_id.id,
                "lane_id": taxpayer.sudo().lane_id.id,
                "operation_type": operation_type,
                "period": period,
                "origin": origin,
                "user_id": self.env.uid,
                "is_held": KINDS[operation_type].waits,
                **values,
            }
        )

    # === RESULTS === #

    def _set_state(self, state, result_code=None, result_text=""):
        """Change the state, and note when it is over."""
        for operation in self:
            values = {"state": state}
            if result_code is not None:
                values["result_code"] = result_code or False
                values["result_text"] = (result_text or "")[:1000] or False
            over = state not in OPEN_STATES
            if over and operation.state in OPEN_STATES:
                values["finished_at"] = fields.Datetime.now()
            operation.write(values)
            if "finished_at" in values:
                operation._notify_operator()

    def _apply_table_result(self, request, code, text):
        """A request about the table was answered; here it was the only one."""
        self._set_state(request.state, code, text)

    # === ACTIONS === #

    def action_open_ledger(self):
        """The ledger of these batches."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_tax_service.invoice_tax_operation_line_action"
        )
        action["domain"] = [("operation_id", "in", self.ids)]
        action["display_name"] = self.env._(
            "Ledger of %s", ", ".join(self.mapped("batch_number")[:3])
        )
        action["context"] = {"create": False}
        return action

    def action_fetch_taxpayer(self):
        """Read from the bureau how the invoices of these batches stand now."""
        return self.taxpayer_id.action_fetch()

    def action_fetch_result(self):
        """Ask the bureau at once for batches that are processing or failed."""
        self.taxpayer_id._check_can("fetch_result")
        wrong = self.filtered(lambda op: op.state not in ("processing", "failed"))
        if wrong:
            raise TaxServiceError(
                self.env._(
                    "Batch %(number)s is neither processing nor failed; "
                    "choose only such.",
                    number=wrong[0].batch_number,
                ),
                "wrong_state",
            )
        nothing = self.sudo().filtered(lambda operation: not operation.request_ids)
        if nothing:
            raise TaxServiceError(
                self.env._(
                    "Nothing of batch %(number)s was sent, so there is nothing to ask "
                    "the bureau for; its ledger says why.",
                    number=nothing[0].batch_number,
                ),
                "nothing_sent",
            )
        for operation in self.sudo():
            operation.request_ids._ask_again()
        self.env["invoice.tax.lane"]._wake()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "The bureau is asked about %(count)s batches; the log shows what "
                    "it answers.",
                    count=len(self),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_void(self):
        """Give up waiting for batches that are processing, 500 at most.

        What the bureau answers later is recorded on the lines, never applied.
        """
        self.taxpayer_id._check_can("void")
        if len(self) > 500:
            raise TaxServiceError(
                self.env._("At most 500 batches can be voided in one go."), "too_many"
            )
        wrong = self.filtered(lambda op: op.state != "processing")
        if wrong:
            raise TaxServiceError(
                self.env._(
                    "Batch %(number)s is not processing; only such can be voided.",
                    number=wrong[0].batch_number,
                ),
                "wrong_state",
            )
        self.sudo()._void()

    def action_discard(self):
        """Take back batches of which nothing has been sent yet."""
        self.taxpayer_id._check_can("discard")
        wrong = self.filtered(lambda op: op.state != "waiting" or op.request_ids)
        if wrong:
            raise TaxServiceError(wrong[0]._get_cannot_discard(), "wrong_state")
        self.sudo()._void()

    def _get_cannot_discard(self):
        if self.state in OPEN_STATES:
            return self.env._(
                "Batch %(number)s is on its way already; void it instead.",
                number=self.batch_number,
            )
        states = dict(self._fields["state"]._description_selection(self.env))
        return self.env._(
            "Batch %(number)s is over (%(state)s); there is nothing to discard.",
            number=self.batch_number,
            state=states[self.state],
        )

    def _get_sent_notification(self):
        """Tell the user that the batch is on its way, with a link to it."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Batch %s is being sent to the tax bureau."),
                "links": [
                    {
                        "label": self.batch_number,
                        "url": f"/odoo/tax-operations/{self.id}",
                    }
                ],
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # === HELPERS === #

    @api.model
    def _get_digest(self, content):
        """One text for one content, whatever the order of its keys."""
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()
