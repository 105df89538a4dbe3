import contextlib

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError

TAX_NUMBER = "91510100MA5TE5T07D"


@tagged("post_install", "-at_install")
class TestLicenseRace(BaseCase):
    """Two managers of two companies at the same moment, each on a connection of its
    own: what is written here is committed, and taken away at the end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.addClassCleanup(cls._clean)
        cls.ids = {"company": [], "connection": [], "taxpayer": [], "license": []}
        with cls.environment() as env:
            for name in ("甲竞争公司", "乙竞争公司"):
                cls._prepare(env, name)

    @classmethod
    def _prepare(cls, env, name):
        company = env["res.company"].create({"name": name})
        connection = env["invoice.tax.connection"].create(
            {"name": name, "company_id": company.id}
        )
        taxpayer = env["invoice.tax.taxpayer"].create(
            {
                "name": name,
                "tax_number": TAX_NUMBER,
                "company_id": company.id,
                "connection_id": connection.id,
            }
        )
        license_ = taxpayer.license_ids.filtered(
            lambda one: one.group_id.code == "receiving"
        )
        for key, record in (
            ("company", company),
            ("connection", connection),
            ("taxpayer", taxpayer),
            ("license", license_),
        ):
            cls.ids[key].append(record.id)

    @classmethod
    def _clean(cls):
        with cls.environment() as env:
            env["invoice.tax.license"].browse(cls.ids["license"]).write(
                {"auth_state": "unauthorised"}
            )
            env["invoice.tax.taxpayer"].browse(cls.ids["taxpayer"]).unlink()
            env["invoice.tax.connection"].browse(cls.ids["connection"]).unlink()
            env.cr.execute(
                "DELETE FROM invoice_tax_license_event WHERE company_id = ANY(%s)",
                [cls.ids["company"]],
            )
            env["res.company"].browse(cls.ids["company"]).unlink()

    @classmethod
    @contextlib.contextmanager
    def environment(cls):
        with cls.registry.cursor() as cursor:
            yield api.Environment(cursor, SUPERUSER_ID, {})

    def test_row_P3_one_tax_number_once_whoever_is_quicker(self):
        with self.environment() as first, self.environment() as second:
            one, other = (
                env["invoice.tax.license"].browse(license_id)
                for env, license_id in zip(
                    (first, second), self.ids["license"], strict=True
                )
            )
            # Both see that nobody is authorised.
            self.assertFalse(one._get_cannot_authorise_reason())
            self.assertFalse(other._get_cannot_authorise_reason())
            one.authorise()
            first.cr.commit()
            # What Odoo does with the call of a person.
            with (
                mute_logger("odoo.sql_db", "odoo.service.model"),
                self.assertRaises(TaxServiceError) as caught,
            ):
                retrying(other.authorise, second)
            self.assertEqual(caught.exception.code, "already_authorised")
            self.assertIn("another company", str(caught.exception))
        with self.environment() as env:
            licenses = env["invoice.tax.license"].browse(self.ids["license"])
            self.assertEqual(
                licenses.mapped("auth_state"), ["authorised", "unauthorised"]
            )
