from odoo import fields, models


class InvoiceTaxOperation(models.Model):
    """Batches that were made of a workbook: those of the latest one stand out in the
    log until somebody opens one of them (manual 001, 1.7 no. 5)."""

    _inherit = "invoice.tax.operation"

    import_id = fields.Many2one(
        "invoice.tax.import",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        string="Workbook Import",
    )
    # The mark stands with the import: dispatchers write the batch at any time.
    is_latest_import = fields.Boolean(related="import_id.is_latest")

    def action_open_ledger(self):
        self.note_opened()
        return super().action_open_ledger()

    def note_opened(self):
        """Called by the page of a batch: it is no longer new to the operator."""
        self.check_access("read")
        self.sudo().import_id.filtered("is_latest").is_latest = False
