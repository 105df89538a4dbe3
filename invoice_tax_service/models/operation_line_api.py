from odoo import models

from ..tools.money import to_decimal
from .words import get_advice, get_reason


class InvoiceTaxOperationLine(models.Model):
    """Ledger lines as the external interface answers them."""

    _inherit = "invoice.tax.operation.line"

    def _get_api_lines(self):
        return [
            {
                "number": line.number,
                "code": line.code or "",
                "state": line.state,
                "creditable_vat": str(to_decimal(line.creditable_vat)),
                "result_code": line.result_code or "",
                "result_text": get_reason(self.env, line.result_code),
                "advice": get_advice(self.env, line.result_code),
                "bureau_code": line.raw_code or "",
                "bureau_text": line.raw_text or "",
            }
            for line in self
        ]
