from odoo.tests import HttpCase, tagged

from odoo.addons.invoice_tax_service.tests.tours import TourMixin

from .common import LicenseMixin


@tagged("post_install", "-at_install")
class TestLicenseTours(TourMixin, LicenseMixin, HttpCase):
    """The pages of the licences in a real browser, in Chinese."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.manager.lang = cls.clerk.lang = "zh_CN"

    def start(self, path, name, user):
        self.env.flush_all()
        self.start_tour(f"/odoo/{path}", f"tax_license_{name}", login=user.login)
        self.env.invalidate_all()

    def test_row_P3_P4_authorise_and_cancel_in_chinese(self):
        self.company._ask_entitlements()
        self.dispatch()
        self.start("tax-licenses", "authorise", self.manager)
        self.assertEqual(self.license.auth_state, "unauthorised")
        self.assertEqual(self.license.sync_state, "success")
        self.assertTrue(self.license.lock_until)
        self.assertEqual(
            [kind for kind, *_key in self.platform.calls], ["authorise", "cancel"]
        )

    def test_row_P6_serial_numbers_in_chinese(self):
        self.start("tax-licenses", "serial", self.manager)
        self.assertEqual(self.company._get_license_serial(self.group), "SN-R-0001")
        self.assertEqual(self.company.tax_license_kind, "temporary")

    def test_row_P7_refusal_leads_to_the_licences(self):
        self.add_invoices(1)
        self.start("tax-invoices", "refusal", self.clerk)
