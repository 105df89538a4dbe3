import json

from stdnum.cn import uscc

from odoo.tests import TransactionCase, tagged

from .common import SECOND, LeqiMixin


@tagged("post_install", "-at_install")
class TestMonth(LeqiMixin, TransactionCase):
    """Quota, numbers and issue requests on the card of the month."""

    def read_cards(self, taxpayers):
        self.env.flush_all()
        self.env.invalidate_all()
        rows = taxpayers.with_user(self.issuer).read(["month_card"])
        return [json.loads(row["month_card"]) for row in rows]

    def read_card(self, taxpayer=None):
        [card] = self.read_cards(taxpayer or self.taxpayer)
        return card["issuing"]

    def test_row_O12_quota_left_with_a_bar(self):
        self.assertFalse(self.read_card()["quota"])
        quota = self.open_quota("800000.00")
        shown = self.read_card()["quota"]
        self.assertEqual(shown["free"], "800,000.00")
        self.assertEqual(shown["monthly"], "1,000,000.00")
        self.assertEqual([part["share"] for part in shown["parts"]], [80.0, 20.0])
        # What stands below the bar, beside the colours.
        self.assertEqual(
            [part["title"] for part in shown["parts"]],
            ["Free 800,000.00", "Not Downloaded 200,000.00"],
        )
        self.assertFalse(shown["notes"])
        quota.sudo().is_suspended = True
        self.assertEqual(len(self.read_card()["quota"]["notes"]), 1)
        action = self.taxpayer.action_month_quota()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), quota)

    def test_row_O12_numbers_left(self):
        self.draw(20, "manual")
        self.draw(30, "automatic")
        numbers = self.read_card()["numbers"]
        self.assertEqual(numbers, {"available": 30, "kept": 20})

    def test_row_O12_issue_requests_under_way_and_stuck(self):
        issues = self.new_issues("100.00", "200.00", "300.00")
        issues[0].state = "failed"
        card = self.read_card()
        self.assertEqual((card["open"], card["stuck"]), (2, 1))
        action = self.taxpayer.action_month_stuck()
        found = self.of_issuer(action["res_model"]).search(action["domain"])
        self.assertEqual(found.ids, issues[0].ids)
        action = self.taxpayer.action_month_issues()
        found = self.of_issuer(action["res_model"]).search(action["domain"])
        self.assertEqual(set(found.ids), set(issues[1:].ids))

    def test_row_O12_two_companies_and_who_does_not_issue(self):
        self.open_quota()
        plain = self._new_taxpayer(SECOND, self.connection)
        self.assertFalse(self.read_card(plain))
        other = self._new_taxpayer(SECOND, self.other_connection)
        other.sudo().is_issuing = True
        card = json.loads(other.with_user(self.stranger).month_card)
        self.assertFalse(card["issuing"]["quota"])

    def test_row_O12_as_many_queries_for_20_taxpayers_as_for_2(self):
        self.open_quota()
        quotas = self.env["invoice.tax.quota"].sudo()
        taxpayers = self.taxpayer
        for number in range(19):
            body = f"91110105MAF{number:05d}X"
            other = self._new_taxpayer(
                body + uscc.calc_check_digit(body), self.connection, is_issuing=True
            )
            quotas._get_or_create(other.sudo(), self.taxpayer._get_month())
            taxpayers |= other

        def count(cards):
            before = self.env.cr.sql_log_count
            self.assertEqual(len(self.read_cards(cards)), len(cards))
            return self.env.cr.sql_log_count - before

        count(taxpayers)
        self.assertLessEqual(count(taxpayers), count(taxpayers[:2]))
