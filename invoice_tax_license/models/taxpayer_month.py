from odoo import models

from odoo.addons.invoice_tax_service.models.words import RECEIVING

from ..gateway.entitlement import CHANNEL


class InvoiceTaxTaxpayer(models.Model):
    """The licences on the card of the month: when they end, and who receives nothing.

    What must never happen: a card that says otherwise than the gate
    (:meth:`_get_service_unavailable_reason`) does.
    """

    _inherit = "invoice.tax.taxpayer"

    def _find_unserved(self):
        """As the gate decides for one, for all of these at once."""
        # EXTENDS 'invoice_tax_service'
        own = self.sudo().license_ids.filtered(
            lambda one: one.group_id.code == RECEIVING
        )
        usable = own.filtered(lambda one: one._is_usable_now())
        lacking = own - usable
        # The entitlement is one of the tax number: another company may have it.
        elsewhere = lacking.search(
            [
                ("tax_number", "in", lacking.mapped("tax_number")),
                ("group_id", "in", lacking.group_id.ids),
                ("auth_state", "=", "authorised"),
                ("id", "not in", lacking.ids),
            ]
        ).filtered(lambda one: one._is_usable_now())
        numbers = set(elsewhere.mapped("tax_number"))
        usable |= lacking.filtered(lambda one: one.tax_number in numbers)
        served = set(usable.taxpayer_id.ids)
        return super()._find_unserved() | self.filtered(
            lambda taxpayer: taxpayer.id not in served
        )

    def _get_month_lanes(self):
        # EXTENDS 'invoice_tax_service'
        return super()._get_month_lanes() | self.lane_ids.filtered(
            lambda lane: lane.channel == CHANNEL
        )

    def _get_month_data(self):
        # EXTENDS 'invoice_tax_service'
        data = super()._get_month_data()
        for taxpayer in self:
            is_unserved = data[taxpayer.id]["step"] == "unserved"
            data[taxpayer.id]["licenses"] = [
                one._get_month_row()
                for one in taxpayer.license_ids
                if one.auth_state == "authorised"
                or (is_unserved and one.group_id.code == RECEIVING)
            ]
        return data
