from odoo import api, models
from odoo.tools import LazyTranslate

from odoo.addons.invoice_tax_service.models.right_items import RightItem

_lt = LazyTranslate(__name__)

KEEPER = "invoice_tax_license.group_license_keeper"


def _license(name, *methods, actions=()):
    return RightItem(
        name,
        KEEPER,
        tuple(f"invoice.tax.{method}" for method in methods),
        actions,
        of_owner=True,
        section=_lt("Licences"),
    )


# In the order of the matrix page.
ITEMS = {
    "license_authorise": _license(
        _lt("Authorise"),
        "license/action_authorise",
        "license/authorise",
        "license.wizard/action_confirm",
    ),
    "license_cancel": _license(
        _lt("Cancel Authorisation"),
        "license/action_cancel",
        "license/cancel",
        "license.wizard/action_confirm",
    ),
    "license_sync": _license(
        _lt("Synchronise Authorisation"), "license/action_sync_authorisation"
    ),
    "license_sync_cancel": _license(
        _lt("Synchronise Cancellation"), "license/action_sync_cancellation"
    ),
    "license_read": _license(_lt("Read Entitlements"), "license/action_read_back"),
    "license_serial": _license(
        _lt("Maintain Product Serial Numbers"),
        "license.serial.wizard/action_save",
        actions=("invoice_tax_license.invoice_tax_license_serial_wizard_action",),
    ),
}
# One of them lets somebody have the platform told.
TELLING_ITEMS = {
    "authorise": ("license_authorise", "license_sync"),
    "cancel": ("license_cancel", "license_sync_cancel"),
}
FREE_METHODS = (
    "invoice.tax.license/action_open_history",
    "invoice.tax.period/action_open_licenses",
    "invoice.tax.start/action_open_licenses",
    "invoice.tax.taxpayer/action_open_licenses",
)


class InvoiceTaxRight(models.Model):
    """The rights of the licences."""

    _inherit = "invoice.tax.right"

    @api.model
    def _get_items(self):
        # EXTENDS 'invoice_tax_service'
        return {**super()._get_items(), **ITEMS}

    @api.model
    def _get_free_methods(self):
        # EXTENDS 'invoice_tax_service'
        return (*super()._get_free_methods(), *FREE_METHODS)
