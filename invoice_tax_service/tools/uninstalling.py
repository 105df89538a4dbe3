"""What an addon has to do itself when it is uninstalled; called by its hook."""

from odoo.tools import SQL


def prepare_removal(env, addon, restricting=()):
    """Let go what Odoo would refuse to remove, or would leave behind.

    Odoo removes the records of the addon's files before the tables that name them:
    what protects them in use would be reported as errors. The settings that were
    saved have no external identifier, so Odoo does not know whose they are.

    :param restricting: tables and columns of the addon that go with it, and that
        refuse the removal of the records they name
    """
    for table, column in restricting:
        env.cr.execute(
            SQL(
                "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s",
                SQL.identifier(table),
                SQL.identifier(f"{table}_{column}_fkey"),
            )
        )
    env["ir.config_parameter"].search([("key", "=like", f"{addon}.%")]).unlink()
    # What was told to browsers is kept for a day, and nothing listens to it any more.
    env["bus.bus"].search([("message", "=like", f'%"{addon}.%')]).unlink()
