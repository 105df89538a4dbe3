import contextlib
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError
from odoo.addons.invoice_tax_service.tests.common import TaxServiceMixin

from ..models import connection as connection_module
from .fake_platform import FakeEntitlementClient, FakePlatform

CHINA = timedelta(hours=8)


class LicenseMixin(TaxServiceMixin):
    """A company with a taxpayer at the fake bureau and at the fake entitlement
    platform; nobody is authorised. The gate of the licences is shut here, which the
    tests of the service leave open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Whoever else is in the database holds none of the tax numbers used here.
        cls.env["invoice.tax.license"].search([]).write({"auth_state": "unauthorised"})
        cls.env["invoice.tax.license.event"].search([]).unlink()
        cls.platform_connection = cls._new_connection(
            cls.company,
            name="权益平台",
            channel="entitlement",
            customer_number="CUST-TEST",
            entitlement_secret="secret",
        )
        cls.group = cls.env.ref("invoice_tax_license.service_group_receiving")
        cls.license = cls.get_license(cls.taxpayer)

    @classmethod
    def _open_gate(cls):
        """The gate of the licences is what is tested here."""

    def setUp(self):
        super().setUp()
        self.platform = FakePlatform()
        self.startPatcher(
            patch.object(FakeEntitlementClient, "platform", self.platform)
        )
        self.startPatcher(
            patch.object(connection_module, "EntitlementClient", FakeEntitlementClient)
        )
        self.startPatcher(
            patch.object(
                self.registry["invoice.tax.taxpayer"],
                "_get_today",
                lambda taxpayers: (self.now + CHINA).date(),
            )
        )
        today = (self.now + CHINA).date()
        self.platform.validity = (today, today + timedelta(days=364))

    @classmethod
    def get_license(cls, taxpayer, group="receiving"):
        found = taxpayer.sudo().license_ids.filtered(
            lambda one: one.group_id.code == group
        )
        return found.with_user(cls.manager)

    def new_licenses(self, count):
        """Licences of so many more taxpayers."""
        taxpayers = [
            self._new_taxpayer(f"11010500000{number:04d}", self.connection)
            for number in range(count)
        ]
        found = self.env["invoice.tax.license"].with_user(self.manager)
        for taxpayer in taxpayers:
            found |= self.get_license(taxpayer)
        return found

    def authorise(self, licenses=None):
        """Authorise, and have the platform told."""
        licenses = self.license if licenses is None else licenses
        refused = licenses.authorise()
        self.dispatch()
        return refused

    def talk(self, seconds=0):
        """Let time pass, and the dispatcher work."""
        self.now += timedelta(seconds=seconds)
        self.dispatch()

    def step_platform(self):
        """One step of the lane to the entitlement platform."""
        lane = self.taxpayer.sudo()._get_entitlement_lane()
        with self.cron_environment() as env:
            env["invoice.tax.lane"]._work_lane(lane.id, float("-inf"))
            env.cr.rollback()

    def requests_of_license(self, one=None):
        return (one or self.license).sudo().request_ids.sorted("id")

    def events(self, one=None):
        return (one or self.license).event_ids.sorted("id").mapped("kind")

    @contextlib.contextmanager
    def assertLicenseRefused(self, code, pattern=""):
        with self.assertRaises(TaxServiceError) as caught, self.env.cr.savepoint():
            yield caught
        self.assertEqual(caught.exception.code, code)
        self.assertRegex(str(caught.exception), pattern or r"\w \w")

    def assertHeld(self, one, is_held=True):
        key = (one.tax_number, one.group_id.code)
        self.assertEqual(key in self.platform.held, is_held)


@tagged("post_install", "-at_install")
class LicenseCase(LicenseMixin, TransactionCase):
    """Base of the tests without HTTP."""
