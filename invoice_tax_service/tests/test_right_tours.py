from odoo.tests import HttpCase, new_test_user, tagged

from .common import ACCOUNTANT, MANAGER, SECOND
from .tours import ChineseTourMixin


@tagged("post_install", "-at_install")
class TestRightTours(ChineseTourMixin, HttpCase):
    """Row O11 in a browser: the same user in two companies, one of which hides buttons
    without right while the other shows them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        companies = cls.company | cls.other_company
        cls.other_company.is_hiding_tax_buttons = False
        cls.worker = new_test_user(
            cls.env,
            "tax_worker",
            groups=f"{ACCOUNTANT},invoice_tax_service.group_viewer",
            company_id=cls.company.id,
            company_ids=[(6, 0, companies.ids)],
            lang="zh_CN",
        )
        cls.manager.lang = "zh_CN"
        cls._new_user("tax_manager_b", MANAGER, cls.other_company)
        cls.other_taxpayer = cls._new_taxpayer(
            SECOND, cls._new_connection(cls.other_company)
        ).sudo()

    def test_row_O11_tour_on_and_off(self):
        self.env["invoice.tax.right"].create(
            {
                "company_id": self.company.id,
                "user_id": self.worker.id,
                "item": "exclude",
                "is_allowed": True,
            }
        )
        for taxpayer in (self.taxpayer, self.other_taxpayer):
            self.open_period(taxpayer)
            # Only where something is selected is there a table to be built.
            self.add_invoices(1, taxpayer)
            self.add_invoices(1, taxpayer).sudo().write(
                {"selection": "selected", "purpose": "deduct", "period": "202610"}
            )
        self.start("tax-invoices", "right_hidden", self.worker)

    def test_row_O11_tour_of_the_matrix(self):
        self.start("tax-rights", "right_matrix", self.manager)
        taxpayers = self.env["invoice.tax.taxpayer"]
        self.assertTrue(
            taxpayers.with_user(self.worker)._has_right("deduct", self.company)
        )
        self.assertFalse(self.company.is_hiding_tax_buttons)
        changes = self.env["invoice.tax.right.change"].search(
            [("company_id", "=", self.company.id)], order="id"
        )
        self.assertEqual(changes.mapped("kind"), ["given", "taken", "by_role", "shown"])
        self.assertEqual(changes.create_uid, self.manager)
