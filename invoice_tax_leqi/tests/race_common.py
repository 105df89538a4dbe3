import contextlib

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name

TAX_NUMBER = "91510100MA5TE5T07D"
# Seconds; who waits for the other cursor of the same test would wait for ever.
PATIENCE = 20


class RaceCase(BaseCase):
    """Two who do something at the same moment, each on a connection of its own: what
    is written here is committed, and taken away at the end.

    :cvar tables: what the tests write for the taxpayer, in the order in which it goes
    """

    tables = ("issue",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.environment() as env:
            connection = env["invoice.tax.connection"].create({"name": "竞争测试"})
            taxpayer = env["invoice.tax.taxpayer"].create(
                {
                    "name": "竞争测试企业",
                    "tax_number": TAX_NUMBER,
                    "connection_id": connection.id,
                }
            )
            # Nobody talks to the bureau for it meanwhile.
            taxpayer.lane_id.is_stopped = True
            cls.taxpayer_id, cls.connection_id = taxpayer.id, connection.id
        cls.addClassCleanup(cls._clean)

    @classmethod
    def _clean(cls):
        with cls.environment() as env:
            for table in (*cls.tables, "lane"):
                cls._delete(env, table)
            env["invoice.tax.taxpayer"].browse(cls.taxpayer_id).unlink()
            env["invoice.tax.connection"].browse(cls.connection_id).unlink()

    @classmethod
    def _delete(cls, env, table):
        env.cr.execute(
            f"DELETE FROM invoice_tax_{table} WHERE taxpayer_id = %s", [cls.taxpayer_id]
        )

    @classmethod
    @contextlib.contextmanager
    def environment(cls):
        with cls.registry.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
            yield api.Environment(cursor, SUPERUSER_ID, {})
