from odoo import api, fields, models

from odoo.addons.invoice_tax_service.gateway.errors import RepeatTooSoonError
from odoo.addons.invoice_tax_service.tools.money import AMOUNT_DIGITS, to_decimal

from ..gateway.messages import QuotaData, QuotaReceipt
from .quota_ledger import Entry

QUOTA_KINDS = [
    ("read", "Synchronization"),
    ("download", "Download"),
    ("return", "Return"),
    ("validity", "Validity Adjustment"),
]
OPEN_STATES = ("waiting", "processing")


class InvoiceTaxQuotaTask(models.Model):
    """One thing said to the bureau about quota: read, download, return, validity.

    Written by people (``invoice.tax.quota``) and by the daily cron; sent by the
    dispatcher. A download or return whose answer was lost is asked for by its request
    number; until that is known nothing else about this quota is sent.

    What must never happen: quota downloaded twice for one wish; more given back than
    is free, or issued on what is on its way back.
    """

    _name = "invoice.tax.quota.task"
    _description = "Leqi Quota Request"
    _inherit = "invoice.tax.leqi.task"
    _order = "id desc"
    _rec_name = "kind"

    kind = fields.Selection(QUOTA_KINDS, required=True, readonly=True)
    quota_id = fields.Many2one(
        "invoice.tax.quota",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    month = fields.Char(string="Quota Period", size=6, readonly=True)
    amount = fields.Float(string="Quota Amount", digits=AMOUNT_DIGITS, readonly=True)
    is_download_next = fields.Boolean(
        readonly=True, help="The daily share is downloaded of what is read."
    )

    _read_uniq = models.UniqueIndex(
        "(taxpayer_id) WHERE kind = 'read' AND step != 'done'",
        "The bureau is asked for the quota already.",
    )
    _transfer_uniq = models.UniqueIndex(
        "(taxpayer_id) WHERE kind IN ('download', 'return') AND step != 'done'",
        "A download or return of quota of this taxpayer is under way.",
    )
    _open_idx = models.Index("(lane_id, next_attempt_at) WHERE step != 'done'")

    @api.model
    def _has_open_transfer(self, taxpayer):
        return bool(
            self.sudo().search_count(
                [
                    ("taxpayer_id", "=", taxpayer.id),
                    ("kind", "in", ("download", "return")),
                    ("step", "!=", "done"),
                ],
                limit=1,
            )
        )

    @api.model
    def _ask_read(self, taxpayers, origin, **values):
        """Have the quota of taxpayers read; what is asked for already is not asked
        for twice."""
        taxpayers._check_can("quota_read")
        tasks = self.sudo().browse()
        for taxpayer in taxpayers:
            open_task = self.sudo().search(
                [
                    ("taxpayer_id", "=", taxpayer.id),
                    ("kind", "=", "read"),
                    ("step", "!=", "done"),
                ]
            )
            if open_task:
                open_task.next_attempt_at = fields.Datetime.now()
            tasks |= open_task or self._submit(taxpayer, origin, kind="read", **values)
        self.env["invoice.tax.lane"]._wake()
        return tasks

    # === WHAT IS SENT === #

    def _build_content(self):
        return self.kind, to_decimal(self.amount), self.month

    def _call_send(self, client, content):
        kind, amount, month = content
        issuing = client.issuing
        if kind == "read":
            return issuing.fetch_quota()
        if kind == "validity":
            return issuing.adjust_validity(month)
        if kind == "download":
            return issuing.download_quota(amount, self.request_number)
        return issuing.return_quota(amount, self.request_number)

    def _call_find(self, client, content):
        # A reading, and the adjustment of the validity, change nothing a second time.
        if self.kind in ("read", "validity"):
            return self._call_send(client, content)
        return client.issuing.find_transfer(self.request_number)

    def _mark_sending(self):
        # EXTENDS 'invoice.tax.task.mixin': since this was asked for, invoices may have
        # been issued on what is to be given back.
        if self.kind == "return" and self._is_too_much():
            self._mark_done("failed", "quota_unused_short")
            return
        super()._mark_sending()

    def _is_too_much(self):
        standing = self.quota_id._lock()[self.quota_id.id]
        # What is being returned is this very amount, when it is sent again.
        return to_decimal(self.amount) > standing.free + standing.in_return

    def _is_on_its_way(self):
        """Whether the bureau may be carrying it out, or may do so yet."""
        return self.step not in ("queued", "done") or (
            self.step == "queued" and self.arrives_by
        )

    # === WHAT CAME BACK === #

    def _apply_answer(self, answer):
        # Done first: what comes back is no longer on its way when it is counted.
        self._mark_done("success")
        if isinstance(answer, QuotaData):
            self._apply_read(answer)
        elif isinstance(answer, QuotaReceipt):
            self._apply_receipt(answer)
        else:
            self._apply_validity(answer)

    def _apply_read(self, data):
        quota = self.env["invoice.tax.quota"]._get_or_create(
            self.taxpayer_id, data.month
        )
        self.write({"quota_id": quota.id, "month": data.month})
        quota._apply_read(data, self)
        if self.is_download_next:
            self._download_share(quota)
        quota._warn()

    @api.model
    def _download_share(self, quota):
        amount = quota._get_share_to_download()
        if amount and not quota._get_transfer_problem("download", amount):
            self._submit_quietly(
                quota.taxpayer_id,
                kind="download",
                amount=float(amount),
                quota_id=quota.id,
                month=quota.month,
            )

    def _apply_receipt(self, receipt):
        quota = self.env["invoice.tax.quota"]._get_or_create(
            self.taxpayer_id, receipt.month
        )
        self.write({"quota_id": quota.id, "month": receipt.month})
        if not self._is_counted():
            amount = receipt.amount if self.kind == "download" else -receipt.amount
            quota._post(
                [
                    Entry(
                        quota.id,
                        self.kind,
                        downloaded=amount,
                        unused=amount,
                        available=-amount,
                        task_id=self.id,
                    )
                ],
                quota._lock().values(),
            )
        if receipt.validity:
            quota._apply_validity(receipt.validity)

    def _is_counted(self):
        return bool(
            self.env["invoice.tax.quota.move"].search_count(
                [("task_id", "=", self.id)], limit=1
            )
        )

    def _apply_validity(self, validity):
        self.quota_id._apply_validity(validity)
        self.quota_id._warn()

    def _apply_send_error(self, error):
        # EXTENDS 'invoice.tax.task.mixin'
        if self._wait_for_the_hour(error):
            return None
        return super()._apply_send_error(error)

    def _apply_ask_error(self, error, step):
        # EXTENDS 'invoice.tax.task.mixin'
        if self._wait_for_the_hour(error):
            return None
        return super()._apply_ask_error(error, step)

    def _wait_for_the_hour(self, error):
        """A question that came too soon is asked again when the bureau answers it."""
        if self.kind != "read" or not isinstance(error, RepeatTooSoonError):
            return False
        due_at = self._get_time_after(error.wait)
        self.write(
            {
                "state": "waiting",
                "step": "queued",
                "next_attempt_at": due_at,
                "result_code": error.code,
                "raw_code": error.raw_code or False,
                "raw_text": False,
            }
        )
        current = self.env["invoice.tax.quota"].search(
            [("taxpayer_id", "=", self.taxpayer_id.id), ("is_current", "=", True)]
        )
        current.next_read_at = due_at
        return True
