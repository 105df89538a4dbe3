import datetime
import io
import json

import openpyxl
import psycopg2

from odoo import http
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError

from .common import SECOND, LeqiCase, LeqiMixin

FIRST = "26317000000000000001"


class TestNumber(LeqiCase):
    """发票号码列表: what issuing takes, what people bind, what the year end leaves."""

    def numbers(self, state=None):
        domain = [("taxpayer_id", "=", self.taxpayer.id)]
        if state:
            domain += [("state", "=", state)]
        return self.of_issuer("invoice.tax.number").search(domain, order="name")

    def assertBindRefused(self, code, number, issue):
        with self.assertRaises(TaxServiceError) as caught:
            number._bind(issue)
        self.assertEqual(caught.exception.code, code)

    def bind(self, number, issue):
        """What the wizard does, from the number's side."""
        action = number.action_open_bind()
        wizard = self.of_issuer(action["res_model"]).browse(action["res_id"])
        wizard.issue_id = issue
        wizard.action_bind()

    def test_vector_6_7_S2_issue_three(self):
        segment = self.draw(1000, "automatic").segment_ids
        taken = self.take_numbers(self.new_issues("1", "2", "3"))
        self.assertEqual(taken, [f"2631700000000000000{last}" for last in "123"])
        self.assertEqual(segment.remaining, 997)
        [following] = self.take_numbers(self.new_issues("4"))
        self.assertEqual(following, "26317000000000000004")

    def test_row_L7_same_number_when_asked_again(self):
        self.draw(10, "automatic")
        issues = self.new_issues("1", "2")
        self.assertEqual(self.take_numbers(issues), self.take_numbers(issues))
        self.env["invoice.tax.number"].sudo()._note_uploaded(issues)
        self.assertEqual(self.take_numbers(issues[0]), [FIRST])
        self.assertEqual(len(self.numbers("available")), 8)

    def test_row_L7_drawn_by_itself_when_none_is_left(self):
        self.company.leqi_draw_count = 4
        issues = self.new_issues(*"123456")
        self.assertEqual(self.take_numbers(issues), [""] * 6)
        self.assertEqual(self.take_numbers(issues), [""] * 6)
        self.dispatch()
        self.assertEqual(self.leqi.count("draw"), 1)
        taken = self.take_numbers(issues)
        self.assertEqual(len(set(taken)), 6)
        self.assertNotIn("", taken)
        segment = self.numbers().segment_id
        self.assertEqual((segment.mode, segment.count), ("automatic", 6))
        self.assertEqual(segment.draw_id.mode, "automatic")
        self.assertEqual(set(self.numbers().mapped("mode")), {"automatic"})
        # Some are left, not enough: those are given out, the rest is drawn.
        more = self.new_issues("7")
        self.take_numbers(more)
        self.dispatch()
        self.assertEqual(self.numbers().segment_id.sorted("id")[-1].count, 4)

    def test_vector_6_7_S5_manual_ones_stay(self):
        manual = self.draw(5).segment_ids
        issues = self.new_issues("1")
        self.assertEqual(self.take_numbers(issues), [""])
        self.dispatch()
        [number] = self.take_numbers(issues)
        self.assertNotIn(number, manual.number_ids.mapped("name"))
        self.assertEqual(set(manual.number_ids.mapped("state")), {"manual"})
        self.assertEqual(manual.remaining, 5)

    def test_row_L6_bound_number_is_issued(self):
        self.draw(10, "automatic")
        manual = self.draw(5).segment_ids.number_ids.sorted("name")[2]
        issues = self.new_issues("1", "2")
        self.bind(manual, issues[1])
        self.assertEqual((manual.state, manual.issue_id), ("bound", issues[1]))
        self.assertEqual(self.take_numbers(issues), [FIRST, manual.name])
        self.assertEqual(manual.state, "used")

    def test_row_L6_bound_number_without_quota_stays_bound(self):
        number = self.draw(1).segment_ids.number_ids
        issue = self.new_issues("1")
        self.bind(number, issue)
        supply = self.env["invoice.tax.number"].sudo()._reserve(issue)
        # There is no quota at all.
        codes = self.env["invoice.tax.quota"].sudo()._take(issue, supply)
        self.assertEqual(codes, {issue: "quota_unknown"})
        self.assertEqual(self.env["invoice.tax.number"].sudo()._give(supply), {})
        self.assertEqual((number.state, number.issue_id), ("bound", issue))

    def test_row_L6_numbers_follow_the_requests(self):
        """One that was held before comes later to a bite, and is the older one."""
        self.draw(10, "automatic")
        issues = self.new_issues("1", "2", "3")
        supply = self.env["invoice.tax.number"].sudo()._reserve(issues)
        for issue in reversed(issues):
            supply.serve(issue.id, issue.taxpayer_id.id, f"{issue.issued_on:%Y}")
        numbers = self.env["invoice.tax.number"].sudo()._give(supply)
        self.assertEqual(
            [numbers[issue.id] for issue in issues],
            [FIRST, f"{int(FIRST) + 1}", f"{int(FIRST) + 2}"],
        )

    def test_row_L6_bind_from_the_issue_request(self):
        number = self.draw(1).segment_ids.number_ids
        issue = self.new_issues("1")
        wizard = self.of_issuer("invoice.tax.bind.wizard").create(
            {"issue_id": issue.id, "is_from_issue": True}
        )
        self.assertEqual(wizard.taxpayer_id, self.taxpayer)
        wizard.number_id = number
        wizard.action_bind()
        self.assertEqual(number.issue_id, issue)

    def test_row_L6_unbind(self):
        number = self.draw(1).segment_ids.number_ids
        issues = self.new_issues("1", "2")
        self.bind(number, issues[0])
        number.action_unbind()
        self.assertEqual((number.state, number.issue_id.ids), ("manual", []))
        with self.assertRaises(TaxServiceError) as caught:
            number.action_unbind()
        self.assertEqual(caught.exception.code, "number_not_bound")
        self.bind(number, issues[1])
        self.take_numbers(issues[1])
        with self.assertRaises(TaxServiceError):
            number.action_unbind()
        self.assertEqual(number.state, "used")

    def test_vector_6_7_S6_bound_to_another_request(self):
        number, second = self.draw(2).segment_ids.number_ids.sorted("name")
        issues = self.new_issues("1", "2")
        self.bind(number, issues[0])
        self.assertBindRefused("number_bound", number, issues[1])
        self.assertBindRefused("issue_has_number", second, issues[0])
        self.assertEqual(number.issue_id, issues[0])

    def test_row_L6_request_that_is_over_keeps_no_number(self):
        number = self.draw(1).segment_ids.number_ids
        for state in ("withdrawn", "failed", "discarded"):
            issue = self.new_issues("1")
            issue.state = state
            with self.subTest(state):
                self.assertBindRefused("issue_state", number, issue)
        self.assertEqual(number.state, "manual")

    def test_row_L6_numbers_that_cannot_be_bound(self):
        automatic = self.draw(1, "automatic").segment_ids.number_ids
        manual = self.draw(1).segment_ids.number_ids
        issue = self.new_issues("1")
        other = self._new_taxpayer(SECOND, self.connection)
        self.assertBindRefused("number_not_manual", automatic, issue)
        foreign = self.new_issues("1", taxpayer=other)
        self.assertBindRefused("number_other_taxpayer", manual, foreign)
        self.now = datetime.datetime(2027, 1, 2, 1, 0)
        self.assertBindRefused("number_year", manual, issue)

    def test_vector_6_7_S7_year_end(self):
        self.draw(5, "automatic")
        kept = self.draw(3).segment_ids.number_ids.sorted("name")
        issues = self.new_issues("1", "2")
        self.take_numbers(issues[0])
        bound = self.new_issues("3")
        self.bind(kept[0], bound)
        self.now = datetime.datetime(2026, 12, 31, 16, 0)  # New Year's Day in China
        # Also before the cron has run: no number of the old year is issued.
        issues[1].issued_on = bound.issued_on = self.leqi.today
        self.assertEqual(self.take_numbers(issues[1] | bound), ["", ""])
        self.assertEqual(kept[0].state, "expired")
        self.run_daily()
        states = self.numbers().grouped("state")
        self.assertEqual(
            {state: len(found) for state, found in states.items()},
            {"used": 1, "expired": 7, "available": 5},
        )
        self.assertEqual(set(states["available"].mapped("year")), {"2027"})
        # Issued in the old year, uploaded in the new one.
        self.env["invoice.tax.number"].sudo()._note_uploaded(issues[0])
        self.assertEqual(self.numbers("uploaded").issue_id, issues[0])
        self.assertEqual(self.take_numbers(issues[1])[0][:2], "27")

    def test_row_L8_no_draw_for_a_year_that_is_over(self):
        issue = self.new_issues("1", issued_on=datetime.date(2025, 12, 31))
        self.assertEqual(self.take_numbers(issue), [""])
        self.dispatch()
        self.assertEqual(self.leqi.count("draw"), 0)

    def test_row_L8_discarded_is_never_given_out_again(self):
        self.draw(2, "automatic")
        issues = self.new_issues("1", "2", "3")
        self.take_numbers(issues[0])
        numbers = self.env["invoice.tax.number"].sudo()
        numbers._discard(issues[0])
        numbers._note_uploaded(issues[0])
        self.assertEqual(self.numbers("discarded").name, FIRST)
        self.assertEqual(self.take_numbers(issues[1:]), ["26317000000000000002", ""])
        # The same request may be issued anew, with another number.
        self.dispatch()
        self.assertNotIn(self.take_numbers(issues[0])[0], ("", FIRST))

    @mute_logger("odoo.sql_db")
    def test_vector_6_2_N7_N8_no_other_text_is_a_number(self):
        self.draw(1)
        values = self.numbers().sudo().copy_data()[0]
        values.update(
            segment_id=self.numbers().segment_id.id,
            taxpayer_id=self.taxpayer.id,
            company_id=self.company.id,
            mode="manual",
            year="2026",
            state="manual",
        )
        for name in (
            "2631700000000000000",
            "2631700000000000000A",
            "25317000000000000001",
        ):
            with self.subTest(name), self.assertRaises(psycopg2.errors.CheckViolation):
                with self.env.cr.savepoint():
                    self.env["invoice.tax.number"].create({**values, "name": name})
        with self.assertRaises(psycopg2.errors.UniqueViolation):
            with self.env.cr.savepoint():
                self.env["invoice.tax.number"].create({**values, "name": FIRST})


@tagged("post_install", "-at_install")
class TestNumberExport(LeqiMixin, HttpCase):
    """The list, downloaded as a workbook by Odoo's own export."""

    def test_vector_6_7_S9_identical_text(self):
        self.draw(3)
        self.issuer.group_ids |= self.env.ref("base.group_allow_export")
        self.env.flush_all()
        self.authenticate(self.issuer.login, self.issuer.login)
        data = {
            "model": "invoice.tax.number",
            "fields": [{"name": "name", "label": "发票号码", "type": "char"}],
            "ids": False,
            "domain": [("taxpayer_id", "=", self.taxpayer.id)],
            "groupby": [],
            "import_compat": False,
        }
        answer = self.url_open(
            "/web/export/xlsx",
            data={
                "data": json.dumps(data),
                "csrf_token": http.Request.csrf_token(self),
            },
        )
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        found = [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]
        self.assertEqual(found, [f"2631700000000000000{last}" for last in "123"])
