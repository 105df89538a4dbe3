from odoo import fields, models
from odoo.fields import Domain

from ..tools.money import to_decimal


class InvoiceTaxTaxpayer(models.Model):
    """Export refunds of the running month, and the page that confirms them.

    What must never happen: more confirmed than was shown, for nothing takes a
    confirmation back. So it is refused while selections for refund are open, and
    what it would take in (:meth:`_get_refund_sums`) is compared before it is sent.
    """

    _inherit = "invoice.tax.taxpayer"

    refund_count = fields.Integer(compute="_compute_refund_count")

    def _get_refund_domain(self):
        """Input invoices that the next refund confirmation takes in."""
        return Domain(
            [
                ("taxpayer_id", "in", self.ids),
                ("purpose", "=", "refund"),
                ("selection", "=", "selected"),
                ("period", "=", self._get_month()),
            ]
        )

    def _compute_refund_count(self):
        counts = dict(
            self.env["invoice.tax.input.invoice"]._read_group(
                self._get_refund_domain(), ["taxpayer_id"], ["__count"]
            )
        )
        for taxpayer in self:
            taxpayer.refund_count = counts.get(taxpayer, 0)

    def _get_refund_sums(self):
        """What a refund confirmation would take in now.

        :return: ``{"count", "net_amount", "vat_amount"}``, amounts as text in CNY
        """
        self.ensure_one()
        [(count, net, vat)] = self.env["invoice.tax.input.invoice"]._read_group(
            self._get_refund_domain(),
            aggregates=["__count", "net_amount:sum", "vat_amount:sum"],
        )
        return {
            "count": count,
            "net_amount": str(to_decimal(net or 0)),
            "vat_amount": str(to_decimal(vat or 0)),
        }

    def action_confirm_refund(self):
        """Show the sums of what is selected for export refund, and ask."""
        self.ensure_one()
        self._check_can_operate("refund_sign", self._get_month())
        wizard = self.env["invoice.tax.refund.wizard"].create({"taxpayer_id": self.id})
        return wizard._get_action()
