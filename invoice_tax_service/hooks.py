"""What happens once, when the addon is uninstalled."""

from odoo.tools import SQL

# Invoices and confirmed ones name invoice types, which are removed first.
_RESTRICTING = (
    ("invoice_tax_input_invoice", "type_id"),
    ("invoice_tax_confirmation_line", "type_id"),
)


def uninstall_hook(env):
    """Let the records of the addon's files go before the tables that name them: what
    protects them in use would be reported as errors."""
    for table, column in _RESTRICTING:
        env.cr.execute(
            SQL(
                "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s",
                SQL.identifier(table),
                SQL.identifier(f"{table}_{column}_fkey"),
            )
        )
