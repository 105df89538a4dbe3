from datetime import date

from odoo.tests import Form

from odoo.addons.invoice_tax_service.gateway.errors import RefusedError

from .common import LicenseCase


class TestSerial(LicenseCase):
    """维护产品序列号: of issuing and of receiving, needed in five cases of six."""

    def open_wizard(self):
        wizards = self.env["invoice.tax.license.serial.wizard"]
        return wizards.with_user(self.manager).with_company(self.company)

    def save(self, kind, is_idc, **serials):
        wizard = self.open_wizard().create({"company_id": self.company.id})
        wizard.write({"license_kind": kind, "is_idc": is_idc})
        for line in wizard.line_ids:
            line.serial = serials.get(line.group_id.code, line.serial)
        wizard.action_save()
        return wizard

    def test_row_P6_six_cases_on_the_page(self):
        with Form(self.open_wizard()) as form:
            found = []
            for kind in ("formal", "temporary", "none"):
                for is_idc in (False, True):
                    form.license_kind, form.is_idc = kind, is_idc
                    found.append(form.is_serial_needed)
            form.license_kind = "formal"
        self.assertEqual(found, [False, True, True, True, True, True])

    def test_row_P6_one_for_each_service_group(self):
        self.save("temporary", False, issuing="SN-I", receiving=" SN-R ")
        issuing = self.env.ref("invoice_tax_license.service_group_issuing")
        self.assertEqual(self.company._get_license_serial(issuing), "SN-I")
        self.assertEqual(self.company._get_license_serial(self.group), "SN-R")
        self.assertTrue(self.company._is_serial_needed())
        # What is there is shown, and may be taken away.
        wizard = self.open_wizard().create({"company_id": self.company.id})
        self.assertEqual(wizard.line_ids.mapped("serial"), ["SN-I", "SN-R"])
        self.assertEqual(wizard.license_kind, "temporary")
        self.save("formal", False, issuing="")
        self.assertFalse(self.company._get_license_serial(issuing))

    def test_row_P6_it_is_sent_with_the_authorisation(self):
        self.save("temporary", True, receiving="SN-1")
        self.authorise()
        [call] = self.platform.sent
        self.assertEqual(
            (call.serial, call.license_kind, call.is_idc), ("SN-1", "temporary", True)
        )
        self.assertEqual(self.license.sync_state, "success")

    def test_row_P6_a_wrong_one_is_said(self):
        self.save("none", False, receiving="SN-WRONG")
        self.platform.before = [RefusedError("无效", code="serial_invalid")]
        # The reading of the entitlements comes before the authorisation.
        self.platform.before.insert(0, RefusedError("", code="invalid_argument"))
        self.authorise()
        self.assertEqual(self.license.failure_code, "serial_invalid")
        self.assertIn("confirmation mail", self.license.failure)

    def test_row_P6_validity_is_read_back(self):
        self.save("formal", False, receiving="SN-1")
        self.dispatch()
        serial = self.env["invoice.tax.license.serial"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(serial.valid_to, self.platform.serials[0].valid_to)
        self.assertIsInstance(serial.valid_to, date)
