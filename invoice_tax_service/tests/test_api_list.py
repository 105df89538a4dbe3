from datetime import timedelta

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import OWN, SECOND
from .fake_bureau import PERIOD
from .test_api import BATCH_KEYS, ApiCase

HEAD_KEYS = BATCH_KEYS - {"lines", "lines_next"}


@tagged("post_install", "-at_install")
class TestApiList(ApiCase):
    """JSON-2 for programs: the list of batches, long ledgers page by page, and the
    answer to the question of the bureau."""

    def make(self, count, taxpayer=None):
        return [
            self.submit("deduct", self.add_invoices(1, taxpayer), taxpayer)
            for _position in range(count)
        ]

    def numbers(self, **arguments):
        answer = self.call("list_batches", **arguments)
        return [batch["batch_number"] for batch in answer["batches"]]

    # === LIST === #

    def test_row_O13_list(self):
        batches = self.make(3)
        answer = self.call("list_batches")
        self.assertEqual(set(answer), {"batches", "next"})
        self.assertEqual(answer["next"], "")
        for batch, told in zip(batches, answer["batches"], strict=True):
            self.assertEqual(set(told), HEAD_KEYS)
            whole = self.call("get_batch", batch_number=batch.batch_number)
            self.assertEqual({name: whole[name] for name in told}, told)
        self.assertRegex(told["submitted_at"], r"^\d{4}-\d\d-\d\dT[\d:]{8}Z$")

    def test_row_O13_list_page_by_page(self):
        batches = [batch.batch_number for batch in self.make(5)]
        found, after = [], ""
        for _page in range(3):
            answer = self.call("list_batches", limit=2, after=after)
            found += [batch["batch_number"] for batch in answer["batches"]]
            after = answer["next"]
        self.assertEqual(found, batches)
        self.assertEqual(after, "", "the last page names no next one")

    def test_row_O13_list_narrowed(self):
        second = self._new_taxpayer(SECOND, self.connection)
        self.open_period(second)
        [first] = self.make(1)
        self.dispatch()
        [other] = self.make(1, second)
        first, other = first.batch_number, other.batch_number
        created = self.operations().search([], limit=1).create_date
        for arguments, expected in (
            ({"tax_number": OWN}, [first]),
            ({"tax_number": f" {SECOND.lower()}"}, [other]),
            ({"period": PERIOD}, [first, other]),
            ({"period": "202609"}, []),
            ({"state": "success"}, [first]),
            ({"state": "waiting"}, [other]),
            ({"since": f"{created:%Y-%m-%dT%H:%M:%SZ}"}, [first, other]),
            ({"since": f"{created + timedelta(days=1):%Y-%m-%d}"}, []),
            ({"tax_number": OWN, "state": "waiting"}, []),
        ):
            with self.subTest(arguments):
                self.assertEqual(self.numbers(**arguments), expected)

    def test_row_O13_list_of_those_who_may(self):
        [batch] = self.make(1)
        response = self.post("list_batches", user=self.stranger)
        self.assertEqual(response.json(), {"batches": [], "next": ""})
        response = self.post("list_batches", user=self.viewer)
        self.assertEqual(
            [one["batch_number"] for one in response.json()["batches"]],
            [batch.batch_number],
        )

    @mute_logger("odoo.http")
    def test_row_O13_list_refused(self):
        self.make(1)
        for name, values in (
            ("limit", [0, -1, 501, "5", None, True, 1.5]),
            ("period", ["2026", "202613", "２０２６１０", 202610, ["202610"]]),
            ("state", ["done", 5, ["success"]]),
            ("since", ["2026", "gestern", 5, ["2026-01-01"], "2026-13-01"]),
            ("tax_number", [5, [OWN]]),
        ):
            for value in values:
                with self.subTest(f"{name}={value!r}"):
                    self.assertCode(
                        self.post("list_batches", **{name: value}), "invalid_argument"
                    )
        self.assertCode(self.post("list_batches", after="GX-0"), "batch_unknown")
        self.assertCode(
            self.post("list_batches", user=self.stranger, tax_number=OWN),
            "taxpayer_unknown",
        )

    # === LONG LEDGERS === #

    def test_row_O13_lines_page_by_page(self):
        invoices = self.add_invoices(5)
        batch = self.submit("deduct", invoices)
        numbers, after, answers = [], "", []
        for _page in range(3):
            answer = self.call(
                "get_batch",
                batch_number=batch.batch_number,
                lines_after=after,
                lines_limit=2,
            )
            numbers += [line["number"] for line in answer["lines"]]
            after = answer["lines_next"]
            answers.append(answer)
        self.assertEqual(numbers, invoices.mapped("number"))
        self.assertEqual(after, "")
        self.assertEqual({answer["total"] for answer in answers}, {5})
        whole = self.call("get_batch", batch_number=batch.batch_number)
        self.assertEqual(len(whole["lines"]), 5)
        self.assertEqual(whole["lines_next"], "")
        none = self.call("get_batch", batch_number=batch.batch_number, lines_limit=0)
        self.assertEqual(none["lines"], [])
        self.assertTrue(none["lines_next"], "there are lines, and none was given")

    @mute_logger("odoo.http")
    def test_row_O13_lines_refused(self):
        [batch] = self.make(1)
        for name, values in (
            ("lines_limit", [-1, 20001, "5", None, True]),
            ("lines_after", [5, None, "x", "１", "9" * 19, "-1"]),
        ):
            for value in values:
                with self.subTest(f"{name}={value!r}"):
                    self.assertCode(
                        self.post(
                            "get_batch",
                            batch_number=batch.batch_number,
                            **{name: value},
                        ),
                        "invalid_argument",
                    )

    # === FILING === #

    def sign(self, **values):
        return self.submit_batch(operation_type="sign", invoices=[], **values)

    @mute_logger("odoo.http")
    def test_row_O13_sign_answers_the_question_of_the_bureau(self):
        """Where the channel cannot tell, a program would never be able to sign."""
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        self.submit_table("statistics")
        self.dispatch()
        self.open_period(filed=None)
        self.assertCode(self.sign(), "filing_unknown")
        answer = self.sign(filing="unfinished").json()
        self.assertEqual(answer["filing"], "unfinished")
        self.assertCode(self.sign(), "request_number_conflict")
        again = self.sign(filing="unfinished").json()
        self.assertEqual(again["batch_number"], answer["batch_number"])
        self.dispatch()
        self.assertEqual(self.bureau.submissions[-1].filing, "unfinished")
        answer = self.call("get_batch", batch_number=answer["batch_number"])
        self.assertEqual(answer["state"], "success", answer)

    @mute_logger("odoo.http")
    def test_row_O13_sign_of_a_filed_period(self):
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        self.submit_table("statistics")
        self.dispatch()
        self.open_period(filed=None)
        answer = self.sign(filing="finished").json()
        self.dispatch()
        answer = self.call("get_batch", batch_number=answer["batch_number"])
        self.assertEqual((answer["state"], answer["code"]), ("failed", "period_filed"))

    @mute_logger("odoo.http")
    def test_row_O13_filing_where_nobody_asked(self):
        self.open_period(statistics_status="02")
        for filing in ("unsure", "x", 5, ["finished"]):
            self.assertCode(self.sign(filing=filing), "invalid_argument")
        self.assertCode(
            self.submit_batch(
                operation_type="statistics", invoices=[], filing="unfinished"
            ),
            "invalid_argument",
        )
        # The bureau tells that it is not filed: the caller is wrong, or knows more.
        self.assertCode(self.sign(filing="finished"), "invalid_argument")
        self.assertFalse(self.operations().search_count([]))
        answer = self.sign(filing="unfinished").json()
        self.assertEqual(answer["filing"], "")

    # === PERIOD === #

    @mute_logger("odoo.http")
    def test_row_O13_period_of_farm_and_booking(self):
        """Nothing at the bureau compares it, so any text would stay in the log."""
        number = self.add_invoices(1, type_code="10", element="12").number
        month = self.taxpayer._get_month()
        for operation_type, row in (
            ("farm_own", {"number": number}),
            ("booking", {"number": number, "booked_on": "2026-10-31"}),
        ):
            for position, period in enumerate(("209912", "200001", "２０２６１０")):
                with self.subTest(operation_type=operation_type, period=period):
                    response = self.submit_batch(
                        operation_type=operation_type,
                        period=period,
                        request_number=f"{operation_type}-{position}",
                        invoices=[row],
                    )
                    self.assertEqual(response.status_code, 422)
                    self.assertIn(
                        response.json()["context"]["code"],
                        ("period_not_open", "invalid_argument"),
                    )
            for period in (PERIOD, month):
                response = self.submit_batch(
                    operation_type=operation_type,
                    period=period,
                    request_number=f"{operation_type}-{period}",
                    invoices=[row],
                )
                self.assertEqual(response.json()["period"], period)
                self.dispatch()
