"""What happens once, when the addon is installed or uninstalled."""

from odoo.addons.invoice_tax_service.tools.uninstalling import prepare_removal

from .gateway.entitlement import CHANNEL

# Licences and their history name service groups, which are removed first.
_RESTRICTING = (
    ("invoice_tax_license", "group_id"),
    ("invoice_tax_license_event", "group_id"),
)


def post_init_hook(env):
    """Taxpayers that are there already get their licences, none of them authorised."""
    taxpayers = env["invoice.tax.taxpayer"]
    taxpayers.search([("active", "in", (True, False))])._ensure_licenses()


def uninstall_hook(env):
    """Licences with their groups, the lines to the platform, and the settings, go
    without errors."""
    _remove_lines(env)
    prepare_removal(env, "invoice_tax_license", _RESTRICTING)


def _remove_lines(env):
    """Nobody knows the channel any more: each page that asks what its lines can do
    would fail."""
    connections = env["invoice.tax.connection"].with_context(active_test=False)
    connections = connections.search([("channel", "=", CHANNEL)])
    connections.lane_ids.unlink()
    connections.unlink()
