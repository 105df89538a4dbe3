"""What happens once, when the addon is uninstalled."""

from .tools.uninstalling import prepare_removal

# Invoices and confirmed ones name invoice types, which are removed first.
_RESTRICTING = (
    ("invoice_tax_input_invoice", "type_id"),
    ("invoice_tax_confirmation_line", "type_id"),
)


def uninstall_hook(env):
    """Invoices with their types, and the settings, go without errors."""
    prepare_removal(env, "invoice_tax_service", _RESTRICTING)
