import datetime
from dataclasses import replace
from decimal import Decimal
from unittest.mock import patch

import psycopg2.errors

from odoo.tools import mute_logger

from ..gateway.errors import CredentialError, NotFoundError, NotSentError, WaitError
from ..gateway.messages import InvoiceKey
from ..models import fetch as fetch_module
from ..models.fetch import READ_ATTEMPTS
from .common import OWN, SECOND, Killed, TaxServiceCase
from .fake_bureau import PERIOD


class TestFetch(TaxServiceCase):
    """The pool is read page by page, each page committed with the position of the
    next; a later reading gets only what changed; what is not understood is kept
    as it came."""

    def _put(self, count, **values):
        return [
            self.bureau.add_invoice(
                self.taxpayer.tax_number, self.next_number(), **values
            )
            for _position in range(count)
        ]

    def _fetch(self):
        self.taxpayer.action_fetch()
        self.dispatch()
        return self.env["invoice.tax.fetch"].with_user(self.clerk).search([], limit=1)

    def test_name_of_a_reading(self):
        reading = self._fetch()
        self.assertEqual(reading.display_name, f"Input Invoices · {self.taxpayer.name}")

    def _pool(self):
        return (
            self.env["invoice.tax.input.invoice"]
            .with_user(self.clerk)
            .search([], order="number")
        )

    # === UPSERT === #

    def test_new_changed_unchanged(self):
        data = self._put(3)
        fetch = self._fetch()
        self.assertRecordValues(
            fetch,
            [
                {
                    "state": "success",
                    "read_count": 3,
                    "created_count": 3,
                    "changed_count": 0,
                }
            ],
        )
        before = {invoice.id: invoice.write_date for invoice in self._pool()}
        self.bureau.change(self.taxpayer.tax_number, data[0].number, status="voided")
        self.bureau.put(self.taxpayer.tax_number, data[1])
        self._put(1)
        fetch = self._fetch()
        self.assertEqual(
            (fetch.read_count, fetch.created_count, fetch.changed_count), (3, 1, 1)
        )
        pool = self._pool()
        self.assertEqual(len(pool), 4, "an invoice stands there twice")
        self.assertEqual(pool[0].status, "voided")
        self.assertEqual(pool[1].write_date, before[pool[1].id], "written for nothing")

    def test_all_that_the_bureau_says_is_kept(self):
        self._put(
            1,
            net_amount=Decimal("1234567.89"),
            vat_amount=Decimal("160493.83"),
            gross_amount=Decimal("1395061.72"),
            creditable_vat=Decimal("100.07"),
            selection="selected",
            purpose="exclude",
            period=PERIOD,
            reason="5",
            reason_text="展览",
            selected_at=datetime.datetime(2026, 11, 3, 2, 1),
            red_locked=True,
            element="08",
        )
        self._fetch()
        self.assertRecordValues(
            self._pool(),
            [
                {
                    "net_amount": 1234567.89,
                    "vat_amount": 160493.83,
                    "gross_amount": 1395061.72,
                    "creditable_vat": 100.07,
                    "selection": "selected",
                    "purpose": "exclude",
                    "period": PERIOD,
                    "reason": "5",
                    "reason_text": "展览",
                    "selected_at": datetime.datetime(2026, 11, 3, 2, 1),
                    "is_red_locked": True,
                    "element": "08",
                    "issue_date": datetime.date(2026, 10, 12),
                    "seller_name": "合成供应商有限公司",
                    "company_id": self.company.id,
                }
            ],
        )

    def test_same_number_with_another_code(self):
        for code in ("4403192130", "4403192131"):
            self.bureau.add_invoice(
                self.taxpayer.tax_number, "02630221", code=code, type_code="01"
            )
        self._fetch()
        self.assertEqual(
            sorted(self._pool().mapped("full_number")),
            ["4403192130 02630221", "4403192131 02630221"],
        )
        found = self._pool().search([("full_number", "=", "4403192130 02630221")])
        self.assertEqual(found.code, "4403192130")

    def test_twenty_digits_stand_once_with_or_without_code(self):
        """One channel tells a code of a digital paper invoice, the other not."""
        number, code = self.next_number(), "044002300111"
        with_code = self.bureau.add_invoice(OWN, number, code=code)
        without = replace(with_code, code="", seller_name="改名")
        self.merge([with_code])
        self.merge([without])
        invoice = self._pool()
        self.assertEqual(len(invoice), 1, "its VAT is counted twice")
        self.assertEqual(invoice.seller_name, "改名")
        self.merge([without, with_code])
        self.assertEqual(self._pool(), invoice, "twice out of one page")
        for wish in (self.wishes(number), self.wishes(number, code=code)):
            self.assertEqual(self.plan_codes("deduct", wish), [""])
        self.env["invoice.tax.input.invoice"]._mark_red_locked(
            self.taxpayer, [InvoiceKey(number)]
        )
        self.assertTrue(invoice.is_red_locked, "locked under its other name")

    def test_lowered_creditable_vat_survives_a_reading(self):
        [data] = self._put(1)
        self._fetch()
        invoice = self._pool()
        invoice.creditable_vat = 5
        self.env.flush_all()
        self.bureau.put(OWN, replace(data, seller_name="新名"))
        fetch = self._fetch()
        self.assertEqual((invoice.seller_name, fetch.changed_count), ("新名", 1))
        self.assertEqual(invoice.creditable_vat, 5, "selected with all of it")
        self.bureau.put(OWN, replace(data, seller_name="新名"))
        self.assertEqual(self._fetch().changed_count, 0, "written for nothing")
        self.bureau.change(
            OWN,
            invoice.number,
            selection="selected",
            purpose="deduct",
            period=PERIOD,
            creditable_vat=Decimal("12.00"),
        )
        self._fetch()
        self.assertEqual(invoice.creditable_vat, 12, "the bureau has the last word")

    def test_bad_amount_of_the_bureau_does_not_hold_the_page(self):
        self._put(1)
        [bad] = self._put(1, creditable_vat=Decimal("-1.00"))
        self._put(1)
        fetch = self._fetch()
        self.assertEqual((fetch.state, fetch.created_count), ("success", 3))
        bad = self._pool().filtered(lambda invoice: invoice.number == bad.number)
        self.assertEqual(bad.creditable_vat, -1, "not as the bureau says it")
        self.assertEqual(
            self.plan_codes("deduct", bad._get_wishes()), ["creditable_vat_negative"]
        )

    @mute_logger("odoo.addons.invoice_tax_service.models.lane")
    def test_error_inside_odoo_is_given_up(self):
        self._put(1)
        pool = self.registry["invoice.tax.input.invoice"]
        with patch.object(pool, "_merge", side_effect=ZeroDivisionError("bug")):
            self.taxpayer.action_fetch()
            for _time in range(READ_ATTEMPTS + 2):
                self.dispatch()
                self.pass_time(400)
        fetch = self.env["invoice.tax.fetch"].search([])
        self.assertRecordValues(
            fetch, [{"state": "failed", "result_code": "internal_error"}]
        )
        self.assertEqual(self.bureau.words().count("page"), READ_ATTEMPTS + 1)
        self.assertEqual(self._fetch().state, "success", "the next one begins anew")

    def test_texts_are_kept_to_the_letter(self):
        """Quotes, backslashes and what PostgreSQL takes for an empty value."""
        texts = ['say "so"', "back\\slash\\", "{a,b}", "NULL", "it's %s\n", "”"]
        numbers = [self._put(1, seller_name=text)[0].number for text in texts]
        self._fetch()
        pool = self._pool()
        self.assertEqual(pool.mapped("number"), numbers)
        self.assertEqual([invoice.seller_name for invoice in pool], texts)

    def test_unknown_type_is_kept_raw_and_shown(self):
        self._put(1, type_code="X9", type_known=False)
        self._fetch()
        invoice = self._pool()
        self.assertEqual((invoice.type_id.code, invoice.type_id.name), ("X9", "X9"))
        self.assertFalse(invoice.type_id.is_known)
        self._put(1, type_code="X9", type_known=False)
        self._fetch()
        self.assertEqual(len(self._pool().type_id), 1)

    def test_unknown_status_is_kept_raw_and_not_selected(self):
        self._put(1, status="unknown", raw_status="77")
        self._fetch()
        invoice = self._pool()
        self.assertEqual((invoice.status, invoice.raw_status), ("unknown", "77"))
        self.assertEqual(
            self.plan_codes("deduct", invoice._get_wishes()), ["unknown_status"]
        )

    def test_unknown_purpose_is_kept_raw(self):
        self._put(1, selection="selected", purpose="unknown", raw_purpose="42")
        self._fetch()
        invoice = self._pool()
        self.assertEqual((invoice.purpose, invoice.raw_purpose), ("unknown", "42"))

    def test_unreadable_rows_are_named(self):
        self._put(1)
        self.bureau.unreadable = ("row 2: no number",)
        fetch = self._fetch()
        self.assertEqual((fetch.state, fetch.read_count), ("success", 1))
        self.assertIn("row 2", fetch.unreadable)

    # === PAGES === #

    def test_killed_between_pages_goes_on_where_it_stood(self):
        self.bureau.page_size = 2
        self._put(5)
        self.taxpayer.action_fetch()
        self.bureau.trouble("page", lambda: None, times=1)
        self.bureau.trouble("page", Killed())
        self.dispatch_and_die()
        fetch = self.env["invoice.tax.fetch"].search([])
        self.assertEqual((fetch.position, fetch.page_count), ("2", 1))
        self.assertFalse(fetch.cursor, "changes would be missed")
        self.assertEqual(len(self._pool()), 2, "the first page is lost")
        self.dispatch()
        self.assertEqual(
            [position for _cursor, position, _months in self.bureau.asked],
            [None, "2", "4"],
            "it began again",
        )
        self.assertEqual((fetch.state, fetch.created_count), ("success", 5))

    def _read_one_page_in_a_step(self):
        """The time of every step is over when its first page has come."""
        self.startPatcher(patch.object(fetch_module, "STEP_SECONDS", 0))
        self.bureau.page_size = 2

    def _asked_positions(self):
        return [position for _cursor, position, _months in self.bureau.asked]

    def test_time_over_leaves_the_rest_to_the_next_step(self):
        self._read_one_page_in_a_step()
        self._put(5)
        self.taxpayer.action_fetch()
        self.step()
        fetch = self.env["invoice.tax.fetch"].search([])
        self.assertEqual(self._asked_positions(), [None], "read on without time")
        self.assertEqual((fetch.position, fetch.state), ("2", "processing"))
        self.assertFalse(fetch.cursor, "changes would be missed")
        self.step(2)
        self.assertEqual(self._asked_positions(), [None, "2", "4"])
        self.assertEqual((fetch.page_count, fetch.created_count), (3, 5))
        self.assertTrue(fetch.cursor)

    def test_work_of_people_comes_between_two_steps(self):
        self._read_one_page_in_a_step()
        self._put(3)
        self.taxpayer.action_fetch()
        self.step()
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        words = self.bureau.words()
        self.assertLess(words.index("submit"), len(words) - 1)
        self.assertEqual(words[words.index("page") + 1], "submit")

    def test_trouble_with_a_later_page_keeps_those_before(self):
        self.bureau.page_size = 2
        self._put(5)
        self.taxpayer.action_fetch()
        self.bureau.trouble("page", lambda: None, times=2)
        self.bureau.trouble("page", NotSentError("refused"))
        self.step()
        fetch = self.env["invoice.tax.fetch"].search([])
        self.assertRecordValues(
            fetch,
            [
                {
                    "position": "4",
                    "page_count": 2,
                    "created_count": 4,
                    "attempts": 1,
                    "result_code": "not_sent",
                    "cursor": False,
                }
            ],
        )
        self.assertEqual(len(self._pool()), 4, "pages before the trouble are lost")
        self.pass_time(400)
        self.dispatch()
        self.assertEqual(self._asked_positions(), [None, "2", "4"])
        self.assertEqual((fetch.state, len(self._pool())), ("success", 5))

    def test_wait_asked_for_with_a_later_page_is_obeyed(self):
        self.bureau.page_size = 2
        self._put(3)
        self.taxpayer.action_fetch()
        self.bureau.trouble("page", lambda: None)
        self.bureau.trouble("page", WaitError(wait=60))
        self.step()
        self.assertGreater(self.taxpayer.lane_id.paused_until, self.now)
        self.dispatch()
        self.assertEqual(self.bureau.words().count("page"), 2, "asked while it waits")
        self.pass_time(90)
        self.dispatch()
        self.assertEqual(self.env["invoice.tax.fetch"].search([]).state, "success")
        self.assertEqual(len(self._pool()), 3)

    def test_killed_while_writing_reads_those_pages_again(self):
        self.bureau.page_size = 2
        self._put(5)
        self.taxpayer.action_fetch()
        pool = self.registry["invoice.tax.input.invoice"]
        merge, taken = pool._merge, []

        def merge_until_killed(model, taxpayer, invoices):
            taken.append(len(invoices))
            if sum(taken) > 2:
                raise Killed
            return merge(model, taxpayer, invoices)

        self.startPatcher(patch.object(fetch_module, "STEP_SECONDS", 0))
        with patch.object(pool, "_merge", merge_until_killed):
            self.dispatch_and_die()
        fetch = self.env["invoice.tax.fetch"].search([])
        self.assertEqual((fetch.position, fetch.created_count), ("2", 2))
        self.assertFalse(fetch.cursor, "changes would be missed")
        self.dispatch()
        self.assertEqual(self._asked_positions(), [None, "2", "2", "4"])
        self.assertEqual((fetch.state, len(self._pool())), ("success", 5))

    @mute_logger("odoo.sql_db")
    def test_conflict_while_writing_loses_no_page(self):
        self.bureau.page_size = 2
        self._put(5)
        pool = self.registry["invoice.tax.input.invoice"]
        merge, conflicts = pool._merge, [psycopg2.errors.SerializationFailure()]

        def merge_after_conflict(model, taxpayer, invoices):
            if conflicts:
                raise conflicts.pop()
            return merge(model, taxpayer, invoices)

        with patch.object(pool, "_merge", merge_after_conflict):
            fetch = self._fetch()
        self.assertEqual((fetch.state, fetch.created_count), ("success", 5))
        self.assertEqual(self._asked_positions(), [None, "2", "4"], "asked again")

    def test_forgotten_reading_begins_again(self):
        self._read_one_page_in_a_step()
        self._put(3)
        self.taxpayer.action_fetch()
        self.step()
        self.bureau.trouble("page", NotFoundError())
        self.step()
        self.pass_time(60)
        self.dispatch()
        self.assertEqual(
            [position for _cursor, position, _months in self.bureau.asked],
            [None, None, "2"],
        )
        self.assertEqual(self.env["invoice.tax.fetch"].search([]).state, "success")
        self.assertEqual(len(self._pool()), 3)

    def test_only_the_first_reads_everything(self):
        self._put(3)
        first = self._fetch()
        self.assertTrue(first.cursor)
        self._fetch()
        (cursor, _position, months), (again, _position, no_months) = self.bureau.asked
        self.assertEqual((cursor, bool(months)), ("", True))
        self.assertEqual((again, no_months), (first.cursor, ()))
        self.assertEqual(months, tuple(sorted(months)), "not the oldest month first")

    def test_cursor_of_a_failed_reading_is_not_used(self):
        self._put(2)
        first = self._fetch()
        self.bureau.trouble("page", NotSentError("refused"), times=20)
        self.taxpayer.action_fetch()
        for _time in range(12):
            self.dispatch()
            self.pass_time(400)
        failed = self.env["invoice.tax.fetch"].search([], limit=1)
        self.assertEqual((failed.state, failed.cursor), ("failed", False))
        self.assertTrue(failed.description)
        self.bureau.script.clear()
        self._fetch()
        self.assertEqual(self.bureau.asked[-1][0], first.cursor)

    def test_cursor_is_of_its_channel(self):
        self._put(1)
        fetch = self._fetch()
        fetch.sudo().channel = "leqi"
        self._fetch()
        self.assertEqual(self.bureau.asked[-1][0], "", "a cursor of another channel")

    def test_wait_of_the_bureau_is_no_failure(self):
        self._put(1)
        self.bureau.trouble("page", WaitError(wait=60, code="job_running"), times=20)
        self.taxpayer.action_fetch()
        for _time in range(21):
            self.dispatch()
            self.pass_time(61)
        self.dispatch()
        fetch = self.env["invoice.tax.fetch"].search([], limit=1)
        self.assertEqual(fetch.state, "success", "patience was taken for failure")

    def test_credentials_stop_reading(self):
        self.taxpayer.action_fetch()
        self.bureau.trouble("taxpayer", CredentialError("no"))
        self.dispatch()
        self.pass_time(3600)
        self.dispatch()
        self.assertEqual(self.bureau.words(), ["taxpayer"])
        self.taxpayer.with_user(self.manager).action_resume()
        self.dispatch()
        self.assertEqual(self.env["invoice.tax.fetch"].search([]).state, "success")

    # === WHAT ELSE IS READ === #

    def test_profile_is_read_back(self):
        self.bureau.add_taxpayer(
            self.taxpayer.tax_number,
            taxpayer_type="small_scale",
            filing_frequency="quarter",
            credit_level="M",
            risk=True,
        )
        self._fetch()
        self.assertRecordValues(
            self.taxpayer,
            [
                {
                    "taxpayer_type": "small_scale",
                    "filing_frequency": "quarter",
                    "credit_level": "M",
                    "is_at_risk": True,
                    "bureau_name": "合成测试有限公司",
                    "authority": "国家税务总局测试税务局",
                    "profile_synced_at": self.now,
                }
            ],
        )

    def test_first_fetch_finds_the_period(self):
        second = self._new_taxpayer(SECOND, self.connection)
        self.bureau.add_taxpayer(SECOND, name="乙")
        self.assertFalse(second.current_period_id)
        second.action_fetch()
        self.dispatch()
        self.assertEqual(second.current_period_id.name, PERIOD)

    def test_asked_twice_is_read_once(self):
        self.taxpayer.action_fetch()
        self.taxpayer.action_fetch()
        self.assertEqual(self.env["invoice.tax.fetch"].search_count([]), 1)

    def test_asked_by_two_at_once_is_read_once(self):
        fetches = self.env["invoice.tax.fetch"]
        first = fetches._ask(self.taxpayer, "pool")
        with (
            patch.object(self.registry[fetches._name], "search") as search,
            self.assertNoLogs("odoo.sql_db", "ERROR"),
        ):
            # The other has not committed when this one looks.
            search.return_value = fetches
            self.assertFalse(fetches._ask(self.taxpayer, "pool"))
        self.assertEqual(fetches.search([]), first, "asked twice")
        self.dispatch()
        self.assertEqual(first.state, "success")

    def test_reading_stands_behind_sending(self):
        self.taxpayer.action_fetch()
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        self.assertEqual(self.bureau.words()[0], "submit", "people wait for a reading")

    def test_cron_asks_for_every_company(self):
        other = self._new_taxpayer(SECOND, self._new_connection(self.other_company))
        idle = self._new_taxpayer(
            "91440300MA5TE5T031", self.connection, connection_id=False
        )
        with self.cron_environment() as env:
            env["invoice.tax.fetch"]._cron_fetch()
            env["ir.cron"]._commit_progress()
        mine = [("taxpayer_id", "in", (self.taxpayer | other | idle).ids)]
        fetches = self.env["invoice.tax.fetch"].search(mine, order="id")
        self.assertEqual(fetches.taxpayer_id, self.taxpayer.sudo() | other.sudo())
        self.assertEqual(fetches.company_id, self.company | self.other_company)
        self.assertEqual(set(fetches.mapped("origin")), {"automatic"})
