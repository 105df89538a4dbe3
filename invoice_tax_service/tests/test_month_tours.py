from datetime import timedelta
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from ..gateway.environment_check import OK, STEPS, CheckStep
from .common import MANAGER, SMALL
from .tours import ChineseTourMixin


@tagged("post_install", "-at_install")
class TestMonthTours(ChineseTourMixin, HttpCase):
    """The page "This Month" and the guided set-up, in a real browser, in Chinese."""

    def test_row_O12_next_step_by_next_step_through_the_month(self):
        today = self.taxpayer._get_today()
        self.open_period(deadline=today + timedelta(days=10))
        invoices = self.add_invoices(2)
        self.start("tax-month", "month")
        self.assertStands(invoices, "confirmed", "deduct")
        self.assertEqual(self.taxpayer.current_period_id.state, "signed")

    def test_row_X2_first_use_in_the_browser(self):
        company = self.env["res.company"].create({"name": "丁测试公司", "vat": SMALL})
        newcomer = self._new_user("tax_newcomer", MANAGER, company)
        newcomer.lang = "zh_CN"
        self._new_connection(company).sudo().address = "http://127.0.0.1:9"
        self.bureau.add_taxpayer(SMALL)
        self.bureau.add_invoice(SMALL, self.next_number())
        checked = [CheckStep(step, OK) for step in STEPS]
        lanes = self.registry["invoice.tax.lane"]
        self.startPatcher(
            patch.object(lanes, "_check_environment", lambda lane: checked)
        )
        self.start("tax-month", "start", newcomer)
        taxpayer = self.env["invoice.tax.taxpayer"].search(
            [("company_id", "=", company.id)]
        )
        self.assertEqual(taxpayer.tax_number, SMALL)
        self.assertEqual(taxpayer.input_invoice_count, 1)
