import base64
import json
from datetime import timedelta
from urllib.parse import urljoin

from odoo import Command, fields
from odoo.tests import HttpCase, tagged

from .common import OWN, TaxServiceMixin
from .fake_bureau import PERIOD
from .workbooks import xlsx


@tagged("post_install", "-at_install")
class TestOrigins(TaxServiceMixin, HttpCase):
    """A log row for each of the four doors, with the door it came through: recorded
    there, never guessed from the user."""

    def test_row_O2_button(self):
        invoice = self.add_invoices(1)
        action = invoice.action_deduct()
        wizard = self.env[action["res_model"]].with_user(self.clerk)
        wizard.browse(action["res_id"]).action_submit()
        self.assertCameThrough("manual", invoice, self.clerk)

    def test_row_O2_button_on_a_table(self):
        self.open_period().action_build_statistics()
        self.assertCameThrough("manual", None, self.clerk)

    def test_row_O2_workbook(self):
        invoice = self.add_invoices(1)
        wizard = (
            self.env["invoice.tax.import.wizard"]
            .with_user(self.clerk)
            .create(
                {
                    "taxpayer_id": self.taxpayer.id,
                    "workbook": base64.b64encode(
                        xlsx((invoice.number, None, None, None, "是"))
                    ),
                    "filename": "勾选.xlsx",
                }
            )
        )
        wizard.action_check()
        wizard.action_submit()
        self.assertCameThrough("excel", invoice, self.clerk)

    def test_row_O2_scheduled_action(self):
        company_env = self.env(
            context={**self.env.context, "allowed_company_ids": self.company.ids}
        )
        company_env["account.chart.template"].try_loading(
            "generic_coa", company=self.company, install_demo=False
        )
        self.taxpayer.sudo().is_selecting_by_bill = True
        invoice = self.add_invoices(1)
        line = Command.create({"name": "货物", "quantity": 1, "price_unit": 100})
        bill = company_env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": company_env["res.partner"].create({"name": "供应商"}).id,
                "invoice_date": "2026-10-20",
                "input_invoice_number": invoice.number,
                "invoice_line_ids": [line],
            }
        )
        bill.action_post()
        with self.cron_environment() as env:
            cron = env.ref("invoice_tax_service.ir_cron_select_by_bill")
            cron.ir_actions_server_id.run()
            env.cr.rollback()
        self.assertCameThrough("automatic", invoice)

    def test_row_O2_json_2(self):
        """The same person through the external interface is not "manual"."""
        invoice = self.add_invoices(1)
        key = (
            self.env["res.users.apikeys"]
            .with_user(self.clerk)
            ._generate("rpc", "test", fields.Datetime.now() + timedelta(hours=6))
        )
        response = self.opener.post(
            urljoin(self.base_url(), "/json/2/invoice.tax.operation/submit_batch"),
            data=json.dumps(
                {
                    "tax_number": OWN,
                    "operation_type": "deduct",
                    "period": PERIOD,
                    "request_number": "ERP-1",
                    "invoices": [{"number": invoice.number}],
                }
            ),
            headers={
                "Authorization": f"Bearer {key}",
                "Content-Type": "application/json",
            },
            timeout=30,
        )
        self.assertEqual(response.status_code, 200, response.text[:500])
        self.env.invalidate_all()
        self.assertCameThrough("external", invoice, self.clerk)

    def assertCameThrough(self, origin, invoice=None, user=None):
        batch = self.operations(self.viewer).search([])
        self.assertEqual(len(batch), 1, "one batch, one row in the log")
        self.assertEqual(batch.origin, origin)
        if invoice:
            self.assertEqual(batch.line_ids.input_invoice_id, invoice)
        if user:
            self.assertEqual(batch.user_id, user)
