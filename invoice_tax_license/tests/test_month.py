import json
from datetime import timedelta

from lxml import etree
from stdnum.cn import uscc

from .common import LicenseCase


class TestMonth(LicenseCase):
    """The licences on the card of the month."""

    def read_cards(self, taxpayers):
        self.env.flush_all()
        self.env.invalidate_all()
        rows = taxpayers.with_user(self.clerk).read(["month_card"])
        return [json.loads(row["month_card"]) for row in rows]

    def read_card(self):
        [card] = self.read_cards(self.taxpayer)
        return card

    def test_row_O12_who_has_no_licence_is_led_to_it(self):
        self.open_period()
        card = self.read_card()
        self.assertEqual(card["step"], "unserved")
        [row] = card["licenses"]
        self.assertTrue(row["is_trouble"] and not row["is_authorised"])
        action = self.taxpayer.with_user(self.clerk).action_open_licenses()
        self.assertEqual(action["res_model"], "invoice.tax.license")
        view = self.env.ref("invoice_tax_service.invoice_tax_month_view_kanban")
        arch = self.env["invoice.tax.taxpayer"].get_view(view.id, "kanban")["arch"]
        [button] = etree.fromstring(arch).xpath(
            "//button[@t-if=\"step == 'unserved'\"]"
        )
        self.assertEqual(button.get("name"), "action_open_licenses")

    def test_row_O12_licence_end_on_the_card(self):
        self.authorise()
        self.open_period()
        today = self.taxpayer._get_today()
        for days, is_ending, is_trouble, step in (
            (31, False, False, "wait"),
            (30, True, False, "wait"),
            (-1, False, True, "unserved"),
        ):
            with self.subTest(days):
                self.license.sudo().valid_to = today + timedelta(days=days)
                card = self.read_card()
                [row] = card["licenses"]
                self.assertEqual(row["days"], days)
                self.assertEqual(row["is_ending"], is_ending)
                self.assertEqual(row["is_trouble"], is_trouble)
                self.assertEqual(card["step"], step)

    def test_row_O12_card_says_what_the_gate_says(self):
        """For each way in which a licence may stand, and for all at once."""
        licenses = self.new_licenses(5)
        self.authorise(licenses[:4])
        today = self.taxpayer._get_today()
        licenses[1].sudo().valid_to = today - timedelta(days=1)
        licenses[2].sudo().sync_state = "failed"
        licenses[3].sudo().valid_from = today + timedelta(days=1)
        taxpayers = licenses.taxpayer_id | self.taxpayer
        unserved = taxpayers._find_unserved()
        for taxpayer in taxpayers:
            reason = taxpayer._get_service_unavailable_reason("receiving")
            self.assertEqual(bool(reason), taxpayer in unserved, reason)
        self.assertEqual(taxpayers - unserved, licenses[0].taxpayer_id)

    def test_row_O12_entitlement_of_another_company_serves(self):
        self.authorise()
        other = self._new_taxpayer(
            self.taxpayer.tax_number, self._new_connection(self.other_company)
        ).with_user(self.stranger)
        self.assertFalse(other._get_service_unavailable_reason("receiving"))
        self.assertFalse(other._find_unserved())

    def test_row_O12_as_many_queries_for_20_taxpayers_as_for_2(self):
        taxpayers = self.taxpayer
        for number in range(19):
            body = f"91110105MAF{number:05d}X"
            taxpayers |= self._new_taxpayer(
                body + uscc.calc_check_digit(body), self.connection
            )
        for taxpayer in taxpayers[:10]:
            self.get_license(taxpayer).sudo().write(
                {"auth_state": "authorised", "sync_state": "success"}
            )
        # Of both kinds in both.
        some = taxpayers[:1] | taxpayers[10:11]

        def count(cards):
            before = self.env.cr.sql_log_count
            self.assertEqual(len(self.read_cards(cards)), len(cards))
            return self.env.cr.sql_log_count - before

        count(taxpayers)
        self.assertLessEqual(count(taxpayers), count(some))
