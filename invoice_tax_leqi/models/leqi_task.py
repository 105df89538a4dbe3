from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, clean_context

from odoo.addons.invoice_tax_service.models.words import ORIGINS, get_sentence

from .right import TASK_ITEMS


class InvoiceTaxLeqiTask(models.AbstractModel):
    """One thing said to Leqi about issuing: quota or numbers.

    Those of one taxpayer and model follow each other: while the outcome of one is
    open, the next is not sent. So a lost draw is asked for before the next draw, and
    no figure is read while it may or may not hold a download.
    """

    _name = "invoice.tax.leqi.task"
    _description = "Task Sent to Leqi"
    _inherit = "invoice.tax.issuing.task"
    _is_beginning = True

    origin = fields.Selection(ORIGINS, required=True, readonly=True, default="manual")
    user_id = fields.Many2one(
        "res.users",
        string="Operator",
        readonly=True,
        default=lambda self: self.env.user,
    )
    environment = fields.Selection(related="taxpayer_id.environment")
    reason = fields.Char(compute="_compute_reason", string="Description")

    @api.depends("result_code", "raw_text")
    @api.depends_context("lang")
    def _compute_reason(self):
        for task in self:
            task.reason = get_sentence(self.env, task.result_code, task.raw_text)

    # === WRITING DOWN WHAT IS WANTED === #

    @api.model
    def _submit(self, taxpayer, origin, **values):
        """Write a task; the user's right, licence and channel are checked here.

        :raise TaxServiceError: it cannot be done now
        """
        taxpayer._check_can_issue(TASK_ITEMS[values["kind"]])
        task = self.sudo().create(
            self._get_task_values(taxpayer, origin=origin, **values)
        )
        self.env["invoice.tax.lane"]._wake()
        return task

    @api.model
    def _submit_quietly(self, taxpayer, **values):
        """The same for what Odoo wants by itself: nothing when it cannot be done, or
        when it was asked for already (the unique indexes of the heirs say so)."""
        tasks = self.sudo()
        if taxpayer.sudo()._get_cannot_issue_reason():
            return tasks.browse()
        now = self.env.cr.now()
        # Defaults of whoever calls (``default_state`` …) have no say in what is asked.
        clean = tasks.with_context(clean_context(self.env.context))
        values = clean._add_missing_default_values(
            {
                **self._get_task_values(taxpayer, origin="automatic", **values),
                "create_uid": self.env.uid,
                "create_date": now,
                "write_uid": self.env.uid,
                "write_date": now,
            }
        )
        rows = self.env.execute_query(
            SQL(
                "INSERT INTO %s (%s) VALUES (%s) ON CONFLICT DO NOTHING RETURNING id",
                SQL.identifier(self._table),
                SQL(", ").join(map(SQL.identifier, values)),
                SQL(", ").join(SQL("%s", value) for value in values.values()),
            )
        )
        self.env["invoice.tax.lane"]._wake()
        return tasks.browse([task_id for (task_id,) in rows])

    @api.model
    def _get_task_values(self, taxpayer, **values):
        return {
            "lane_id": taxpayer.sudo().lane_id.id,
            "taxpayer_id": taxpayer.id,
            "company_id": taxpayer.company_id.id,
            "next_attempt_at": fields.Datetime.now(),
            **values,
        }

    # === DISPATCHER === #

    def _get_requester(self):
        # EXTENDS 'invoice.tax.issuing.task'
        return self.user_id

    def _get_right_item(self):
        # EXTENDS 'invoice.tax.issuing.task'
        return "" if self.origin == "automatic" else TASK_ITEMS[self.kind]

    def _work(self, client):
        # EXTENDS 'invoice.tax.task.mixin'
        if self.step == "queued" and self._get_open_before():
            self._settle(self._wait_for_earlier)
            return
        super()._work(client)

    def _get_open_before(self):
        """A task of this taxpayer whose outcome is open, or may be yet: the platform
        did not know it, but a call may still arrive.

        Of two such ones the earlier does not wait for the later.
        """
        arriving = Domain("step", "=", "queued") & Domain("arrives_by", "!=", False)
        if self.arrives_by:
            arriving &= Domain("id", "<", self.id)
        return self.search(
            Domain("taxpayer_id", "=", self.taxpayer_id.id)
            & Domain("id", "!=", self.id)
            & (Domain("step", "not in", ("queued", "done")) | arriving),
            order="next_attempt_at",
            limit=1,
        )

    def _wait_for_earlier(self):
        soon = fields.Datetime.now() + timedelta(seconds=1)
        earlier = self._get_open_before()
        self.next_attempt_at = max(earlier.next_attempt_at or soon, soon)

    # === ACTIONS === #

    def action_ask_now(self):
        """Have the dispatcher go on at once."""
        self.check_access("read")
        for task in self:
            task.taxpayer_id._check_can(TASK_ITEMS[task.kind])
        self.sudo().filtered(lambda task: task.step != "done").write(
            {"next_attempt_at": fields.Datetime.now()}
        )
        self.env["invoice.tax.lane"]._wake()
