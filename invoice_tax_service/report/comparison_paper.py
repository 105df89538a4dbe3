from odoo import api, models


class InvoiceTaxComparisonPaper(models.AbstractModel):
    """What the working paper of a comparison is rendered from, whatever the way to it:
    its address can be called without the button.

    What must never happen: a paper for who may not print, or of what was not compared.
    """

    _name = "report.invoice_tax_service.invoice_tax_comparison_document"
    _description = "Working Paper of a Comparison"

    @api.model
    def _get_report_values(self, docids, data=None):
        pages = self.env["invoice.tax.comparison"].browse(docids)
        pages.check_access("read")
        pages.period_id.taxpayer_id._check_can("print")
        pages._check_compared()
        return {"doc_ids": pages.ids, "doc_model": pages._name, "docs": pages}
