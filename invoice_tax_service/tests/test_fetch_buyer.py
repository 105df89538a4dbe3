from dataclasses import replace

from odoo.tests import tagged

from ..gateway.messages import InvoiceKey
from .common import OWN, SECOND, TaxServiceCase
from .fake_bureau import PERIOD


@tagged("post_install", "-at_install")
class TestBuyer(TaxServiceCase):
    """An invoice of another buyer is not taken for one of this taxpayer."""

    def put(self, **values):
        return self.bureau.add_invoice(OWN, self.next_number(), **values)

    def fetch(self):
        self.taxpayer.action_fetch()
        self.dispatch()
        return self.env["invoice.tax.fetch"].with_user(self.clerk).search([], limit=1)

    def pool(self):
        return self.env["invoice.tax.input.invoice"].with_user(self.clerk).search([])

    def test_row_C4_invoice_of_another_buyer_is_left_out_and_named(self):
        """Two sessions of one robot mixed up: that would be somebody else's VAT."""
        self.put()
        for buyer in ("", "110105MA0TE5T01", "000000MA0TE5T01", OWN.lower()):
            # Not told, as of a branch or a person; the old number of the taxpayer,
            # also from before it moved to another district.
            self.put(buyer_tax_number=buyer)
        foreign = self.put(buyer_tax_number=SECOND)
        fetch = self.fetch()
        self.assertEqual((fetch.state, fetch.read_count), ("success", 5))
        self.assertEqual(len(self.pool()), 5)
        self.assertNotIn(foreign.number, self.pool().mapped("number"))
        self.assertIn(foreign.number, fetch.unreadable)
        self.assertIn(SECOND, fetch.unreadable)
        self.assertTrue(fetch.cursor)

    def test_row_C4_invoice_of_another_buyer_proves_nothing(self):
        """How an invoice stands under another taxpayer is no answer for this one."""
        [invoice] = self.add_invoices(1)
        self.bureau.silent = {invoice.number}
        batch = self.submit("deduct", invoice)
        key = (OWN, InvoiceKey(invoice.number))
        held = self.bureau.invoices[key]
        self.bureau.invoices[key] = replace(
            held,
            buyer_tax_number=SECOND,
            selection="selected",
            purpose="deduct",
            period=PERIOD,
        )
        self.dispatch()
        self.pass_time(400)
        self.dispatch()
        self.assertEqual(batch.state, "failed")
        self.assertEqual(batch.line_ids.result_code, "no_answer")
