from odoo.exceptions import AccessError

from odoo.addons.invoice_tax_service.tests.common import OWN

from ..models.right import ITEMS
from .common import LicenseCase


class TestRights(LicenseCase):
    """Licences cost money: managers only, each in the own companies."""

    def test_row_P3_only_managers(self):
        one = self.license.with_user(self.clerk)
        for way in (
            one.authorise,
            one.cancel,
            one.action_authorise,
            one.action_cancel,
            one.action_sync_authorisation,
            one.action_sync_cancellation,
            one.action_read_back,
        ):
            with self.assertLicenseRefused("no_right"):
                way()
        with self.assertLicenseRefused("no_right"):
            one.browse().action_read_back()
        with self.assertRaises(AccessError):
            one.write({"auth_state": "authorised"})
        with self.assertRaises(AccessError):
            self.license.write({"auth_state": "authorised"})
        with self.assertRaises(AccessError):
            self.env["invoice.tax.license.wizard"].with_user(self.clerk).create(
                {"mode": "authorise"}
            )
        with self.assertRaises(AccessError):
            self.env["invoice.tax.license.serial.wizard"].with_user(self.clerk).create(
                {}
            )

    def test_row_P3_a_clerk_keeps_licences_as_well(self):
        """The form of a user offers one role; on the page Function Rights a manager
        gives the rights of a second one beside it."""
        rights = self.env["invoice.tax.right"].with_user(self.manager)
        for code in ITEMS:
            rights.set_right(self.company.id, code, self.clerk.id, True)
        wizards = self.env["invoice.tax.license.serial.wizard"].with_user(self.clerk)
        wizard = wizards.create({"company_id": self.company.id})
        wizard.line_ids.serial = "SN-CLERK"
        wizard.action_save()
        self.assertEqual(self.company._get_license_serial(self.group), "SN-CLERK")
        one = self.license.with_user(self.clerk)
        self.authorise(one)
        self.assertHeld(one)
        one.action_read_back()
        with self.assertLicenseRefused("no_right"):
            self.license.with_user(self.viewer).cancel()
        one.cancel()
        self.dispatch()
        self.assertHeld(one, False)

    def test_row_P1_nobody_sees_those_of_other_companies(self):
        connection = self._new_connection(self.other_company)
        foreign = self.get_license(self._new_taxpayer(OWN, connection))
        with self.assertRaises(AccessError):
            foreign.read(["auth_state"])
        with self.assertRaises(AccessError):
            foreign.authorise()
        found = self.env["invoice.tax.license"].with_user(self.manager).search([])
        self.assertNotIn(foreign.id, found.ids)
        wizards = self.env["invoice.tax.license.wizard"].with_user(self.manager)
        with self.assertRaises(AccessError):
            wizards.create({"mode": "authorise", "license_ids": [(6, 0, foreign.ids)]})

    def test_row_P1_viewers_see(self):
        one = self.license.with_user(self.viewer)
        self.assertEqual(one.read(["auth_state"])[0]["auth_state"], "unauthorised")
        self.assertFalse(one.event_ids)
        with self.assertRaises(AccessError):
            one.read(["register_code"])

    def test_row_P6_serial_numbers_of_the_own_company(self):
        wizard = (
            self.env["invoice.tax.license.serial.wizard"]
            .with_user(self.manager)
            .create({"company_id": self.company.id})
        )
        with self.assertLicenseRefused("no_right"):
            wizard.company_id = self.other_company
        # Rights may end while the page is open.
        self.manager.sudo().write(
            {
                "company_ids": [(6, 0, self.other_company.ids)],
                "company_id": self.other_company.id,
            }
        )
        with self.assertLicenseRefused("no_right"):
            wizard.action_save()

    def test_row_P6_serial_numbers_are_written_by_their_page_only(self):
        """It asks for the right, which a company may have taken from a manager."""
        values = {"company_id": self.company.id, "group_id": self.group.id}
        serials = self.env["invoice.tax.license.serial"]
        serial = serials.create({**values, "serial": "SN-1"}).with_user(self.manager)
        for write in (
            lambda: serial.write({"serial": "SN-2"}),
            serial.unlink,
            lambda: serial.create({**values, "serial": "SN-3"}),
        ):
            with self.assertRaises(AccessError):
                write()

    def test_row_P6_serial_numbers_of_other_companies_are_not_read(self):
        self.other_company.tax_license_kind = "temporary"
        self.env["invoice.tax.license.serial"].create(
            {
                "company_id": self.other_company.id,
                "group_id": self.group.id,
                "serial": "SN-FOREIGN",
            }
        )
        wizards = self.env["invoice.tax.license.serial.wizard"].with_user(self.manager)
        with self.assertLicenseRefused("no_right"):
            wizards.create({"company_id": self.other_company.id})
        names = {
            "company_id": {},
            "license_kind": {},
            "line_ids": {"fields": {"serial": {}}},
        }
        answer = wizards.onchange({"company_id": self.other_company.id}, [], names)
        self.assertNotIn("SN-FOREIGN", str(answer))
        self.assertNotIn("temporary", str(answer))
