"""What happens once, when the addon is installed or uninstalled."""

from odoo.tools import SQL

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
