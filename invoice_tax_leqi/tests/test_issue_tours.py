from odoo.tests import HttpCase, tagged

from odoo.addons.invoice_tax_service.tests.tours import ChineseTourMixin

from .issue_common import IssueMixin


@tagged("post_install", "-at_install")
class TestIssueTours(IssueMixin, ChineseTourMixin, HttpCase):
    """Issuing from the list of customer invoices, in a real browser and in Chinese."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.issuer.lang = "zh_CN"

    def test_row_L9_L10_issuing(self):
        self.ready()
        good = self.new_invoice(1000.0)
        bad = self.new_invoice(500.0, partner_id=self.person.id)
        bad.digital_invoice_type = "special"
        action = self.env.ref("account.action_move_out_invoice")
        self.start(f"action-{action.id}", "leqi_issuing", self.issuer)
        self.assertIssued(good)
        self.assertFalse(self.issues_of(bad))
