from odoo.modules.neutralize import get_neutralization_queries
from odoo.tools import file_open

from .common import TaxServiceCase


class TestNeutralize(TaxServiceCase):
    """A copied database talks to nobody: no address, no secret, no session."""

    def setUp(self):
        super().setUp()
        self.connection.write(
            {
                "environment": "production",
                "address": "https://tax.example.com",
                "encryption_key": "0123456789abcdef0123456789abcdef",
                "platform_number": "P-1",
            }
        )
        self.lane = self.taxpayer.lane_id.sudo()
        self.lane.write(
            {
                "certificate_password": "geheim-1",
                "platform_password": "geheim-2",
                "session_token": "geheim-3",
            }
        )
        self.env["invoice.tax.password.wizard"].create(
            {"lane_id": self.lane.id, "certificate_password": "geheim-4"}
        )
        self.env.flush_all()

    def test_addresses_and_secrets_are_gone(self):
        with file_open("invoice_tax_service/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertRecordValues(
            self.connection,
            [{"environment": "simulated", "address": False, "encryption_key": False}],
        )
        self.assertRecordValues(
            self.lane,
            [
                {
                    "certificate_password": False,
                    "platform_password": False,
                    "session_token": False,
                    "is_stopped": True,
                }
            ],
        )
        for table in ("connection", "lane", "exchange", "password_wizard"):
            self.env.cr.execute(
                f"SELECT row_to_json(t)::text FROM invoice_tax_{table} t"
            )
            for (text,) in self.env.cr.fetchall():
                self.assertNotIn("geheim", text)
                self.assertNotIn("tax.example.com", text)

    def test_nothing_is_sent_afterwards(self):
        self.submit("deduct", self.add_invoices(1))
        with file_open("invoice_tax_service/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.dispatch()
        self.assertFalse(self.bureau.events, "the copy has talked to the bureau")

    def test_odoo_finds_the_script(self):
        queries = "".join(get_neutralization_queries(["invoice_tax_service"]))
        self.assertIn("invoice_tax_connection", queries)
