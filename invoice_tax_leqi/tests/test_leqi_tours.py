from odoo.tests import HttpCase, tagged

from odoo.addons.invoice_tax_service.tests.tours import ChineseTourMixin

from .common import LeqiMixin


@tagged("post_install", "-at_install")
class TestLeqiTours(LeqiMixin, ChineseTourMixin, HttpCase):
    """The pages of quota and numbers in a real browser, in Chinese."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.issuer.lang = "zh_CN"

    def test_row_L1_L2_quota(self):
        self.start("tax-quota", "leqi_quota", self.issuer)
        quota = self.get_quota()
        self.assertFigures(quota, downloaded="700000.00", available="300000.00")
        self.assertEqual(
            quota.move_ids.sorted("id").mapped("kind"),
            ["opening", "download", "return"],
        )
        self.assertAsAtTheBureau(quota)

    def test_row_L5_L6_numbers(self):
        issue = self.new_issues("1.00")
        self.start("tax-segments", "leqi_numbers", self.issuer)
        number = self.env["invoice.tax.number"].search([("issue_id", "=", issue.id)])
        self.assertEqual(number.name, "26317000000000000002")
        self.assertEqual(number.state, "bound")
        self.assertEqual(number.segment_id.draw_id.user_id, self.issuer)
