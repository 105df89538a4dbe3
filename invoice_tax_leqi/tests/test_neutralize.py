from odoo.modules.neutralize import get_neutralization_queries

from .common import LeqiCase


class TestNeutralize(LeqiCase):
    """A copied database draws no quota and no numbers."""

    def neutralize(self):
        self.env.flush_all()
        for query in get_neutralization_queries(
            ["invoice_tax_service", "invoice_tax_leqi"]
        ):
            self.env.cr.execute(query)
        self.env.invalidate_all()

    def test_nothing_is_asked_of_leqi_afterwards(self):
        self.taxpayer.company_id.sudo().leqi_is_downloading = True
        self.neutralize()
        with self.cron_environment() as env:
            env["invoice.tax.quota"]._cron_daily()
        self.dispatch()
        self.assertFalse(self.leqi.events, "the copy has talked to Leqi")
        self.assertFalse(self.connection.sudo().address)
        self.assertFalse(self.connection.sudo().encryption_key)
        self.assertTrue(self.taxpayer.sudo().lane_id.is_stopped)

    def test_nothing_begins_by_itself(self):
        self.neutralize()
        companies = self.env["res.company"].sudo().search([])
        self.assertNotIn(True, companies.mapped("leqi_is_downloading"))
        crons = self.env["ir.cron"].sudo().with_context(active_test=False)
        own = crons.search([("code", "=", "model._cron_daily()")])
        self.assertTrue(own)
        self.assertNotIn(True, own.mapped("active"))
