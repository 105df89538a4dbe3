from odoo import api, fields, models


class InvoiceTaxShownMixin(models.AbstractModel):
    """A page that shows sums and asks before they are confirmed at the bureau.

    The sums are kept when the page opens. Where they have moved by the time of the
    click (:meth:`_get_moved_page`) nothing is sent: the page comes again, with those
    of now, and asks anew. The batch takes them along (``operation_again.py``).
    """

    _name = "invoice.tax.shown.mixin"
    _description = "Page of What Will Be Confirmed"

    shown = fields.Json(readonly=True)
    has_moved = fields.Boolean(readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        for wizard in wizards:
            wizard.shown = wizard._get_standing()
        return wizards

    def _get_standing(self):
        """What would be confirmed now, see ``invoice.tax.operation``."""
        raise NotImplementedError

    def _get_moved_page(self):
        """The page with the sums of now; nothing while they are those shown."""
        self.ensure_one()
        standing = self._get_standing()
        if standing == (self.shown or {}):
            return None
        self.write({"shown": standing, "has_moved": True})
        return self._get_action()
