from odoo import fields, models

from odoo.addons.invoice_tax_service.tools.money import AMOUNT_DIGITS

MOVE_KINDS = [
    ("opening", "First Reading"),
    ("download", "Download"),
    ("return", "Return"),
    ("take", "Issued"),
    ("upload", "Uploaded"),
    ("release", "Released"),
    ("red", "Given Back by a Red Invoice"),
    ("expiry", "Expiry"),
    ("correction", "Correction by Reading"),
]


class InvoiceTaxQuotaMove(models.Model):
    """One change of a quota. A quota's figures are the sums of its moves, to the cent.

    Written by ``invoice.tax.quota._post`` only, in one statement with the figures.

    What must never happen: a row that is changed or deleted; one download counted
    twice.
    """

    _name = "invoice.tax.quota.move"
    _description = "Leqi Quota Movement"
    _order = "id desc"
    _rec_name = "kind"
    # Who did it stands on the request and on the issue request.
    _log_access = False

    quota_id = fields.Many2one(
        "invoice.tax.quota",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    # Not stored: two foreign keys less to be checked for each invoice.
    taxpayer_id = fields.Many2one(related="quota_id.taxpayer_id")
    company_id = fields.Many2one(related="quota_id.company_id")
    month = fields.Char(related="quota_id.month")
    moved_at = fields.Datetime(string="Time", readonly=True, required=True)
    kind = fields.Selection(MOVE_KINDS, required=True, readonly=True)
    downloaded_change = fields.Float(
        string="Downloaded", digits=AMOUNT_DIGITS, readonly=True, required=True
    )
    unused_change = fields.Float(
        string="Unused", digits=AMOUNT_DIGITS, readonly=True, required=True
    )
    taken_change = fields.Float(
        string="Issued, Not Uploaded",
        digits=AMOUNT_DIGITS,
        readonly=True,
        required=True,
    )
    available_change = fields.Float(
        string="Available Quota", digits=AMOUNT_DIGITS, readonly=True, required=True
    )
    unused_after = fields.Float(digits=AMOUNT_DIGITS, readonly=True, aggregator=None)
    free_after = fields.Float(digits=AMOUNT_DIGITS, readonly=True, aggregator=None)
    issue_id = fields.Many2one(
        "invoice.tax.issue",
        string="Issue Request",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    task_id = fields.Many2one(
        "invoice.tax.quota.task",
        string="Request",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    # What each kind may change, so that no program can write a row that is none.
    _kind_changes = models.Constraint(
        """CHECK (CASE kind
        WHEN 'download' THEN downloaded_change > 0
            AND unused_change = downloaded_change
            AND available_change = -downloaded_change AND taken_change = 0
        WHEN 'return' THEN downloaded_change < 0
            AND unused_change = downloaded_change
            AND available_change = -downloaded_change AND taken_change = 0
        WHEN 'take' THEN taken_change > 0 AND unused_change = 0
            AND downloaded_change = 0 AND available_change = 0
        WHEN 'upload' THEN taken_change < 0 AND unused_change = taken_change
            AND downloaded_change = 0 AND available_change = 0
        WHEN 'release' THEN taken_change < 0 AND unused_change = 0
            AND downloaded_change = 0 AND available_change = 0
        WHEN 'red' THEN unused_change > 0 AND taken_change = 0
            AND downloaded_change = 0 AND available_change = 0
        WHEN 'expiry' THEN unused_change < 0 AND taken_change = 0
            AND downloaded_change = 0 AND available_change = 0
        ELSE taken_change = 0 END)""",
        "This is no change that a quota can have.",
    )
    _transfer_uniq = models.UniqueIndex(
        "(task_id) WHERE kind IN ('download', 'return')",
        "This transfer of quota is counted already.",
    )
    _red_uniq = models.UniqueIndex(
        "(issue_id) WHERE kind = 'red'",
        "This red invoice has given its quota back already.",
    )
