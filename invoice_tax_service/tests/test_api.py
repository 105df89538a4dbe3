import datetime
import json
from datetime import timedelta
from urllib.parse import urljoin

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..gateway.operation_kinds import KINDS
from .common import (
    OWN,
    SELECTION_OPERATIONS,
    SMALL,
    TaxServiceMixin,
)
from .fake_bureau import PERIOD

BATCH_KEYS = {
    "batch_number",
    "tax_number",
    "operation_type",
    "period",
    "origin",
    "state",
    "request_number",
    "retry_of",
    "retried_by",
    "code",
    "description",
    "advice",
    "total",
    "succeeded",
    "failed",
    "voided",
    "open",
    "net_amount",
    "vat_amount",
    "creditable_vat",
    "lines",
    "lines_next",
    "submitted_at",
    "finished_at",
    "filing",
}
LINE_KEYS = {
    "number",
    "code",
    "state",
    "creditable_vat",
    "result_code",
    "result_text",
    "advice",
    "bureau_code",
    "bureau_text",
}


@tagged("post_install", "-at_install")
class ApiCase(TaxServiceMixin, HttpCase):
    """Calls of programs, each with the key of its user."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keys = {user: cls._make_key(user) for user in (cls.clerk, cls.viewer)}
        cls.keys[cls.stranger] = cls._make_key(cls.stranger)

    @classmethod
    def _make_key(cls, user):
        return (
            cls.env["res.users.apikeys"]
            .with_user(user)
            ._generate("rpc", "test", fields.Datetime.now() + timedelta(hours=6))
        )

    def post(self, method, user=None, key=None, **arguments):
        key = key or self.keys[user or self.clerk]
        return self.opener.post(
            urljoin(self.base_url(), f"/json/2/invoice.tax.operation/{method}"),
            data=json.dumps(arguments),
            headers={
                "Authorization": f"Bearer {key}",
                "Content-Type": "application/json",
            },
            timeout=30,
        )

    def call(self, method, **arguments):
        response = self.post(method, **arguments)
        self.assertEqual(response.status_code, 200, response.text[:500])
        return response.json()

    def submit_batch(self, **values):
        arguments = {
            "tax_number": OWN,
            "operation_type": "deduct",
            "period": PERIOD,
            "request_number": "ERP-1",
            "invoices": [{"number": "26442000000099999999"}],
        }
        return self.post("submit_batch", **{**arguments, **values})

    def assertCode(self, response, code, status=422):
        self.assertEqual(response.status_code, status, response.text[:500])
        body = response.json()
        self.assertEqual(body["context"]["code"], code, body["message"])
        self.assertTrue(body["message"], "a refusal without a sentence")
        self.assertNotIn("Traceback", body["message"])
        return body


@tagged("post_install", "-at_install")
class TestApi(ApiCase):
    """JSON-2 for programs: idempotent by tax number and request number, a stable
    code for every refusal, and never a server error for a bad argument."""

    # === THE GOOD WAY === #

    def test_row_O13_submit_and_get(self):
        invoices = self.add_invoices(3)
        first, second, third = invoices.mapped("number")
        answer = self.call(
            "submit_batch",
            tax_number=OWN,
            operation_type="deduct",
            period=PERIOD,
            request_number="ERP-1",
            invoices=[
                {"number": first},
                {"number": second, "creditable_vat": "5.05"},
                {"number": third, "creditable_vat": 7.5},
                {"number": "26442000000099999999"},
            ],
        )
        self.assertEqual(set(answer), BATCH_KEYS)
        self.assertEqual(
            {
                key: answer[key]
                for key in ("state", "total", "open", "failed", "origin")
            },
            {
                "state": "waiting",
                "total": 4,
                "open": 3,
                "failed": 1,
                "origin": "external",
            },
        )
        self.assertEqual(answer["request_number"], "ERP-1")
        self.dispatch()
        answer = self.call("get_batch", batch_number=answer["batch_number"])
        self.assertEqual(set(answer), BATCH_KEYS)
        self.assertEqual(
            [
                (line["number"], line["state"], line["creditable_vat"])
                for line in answer["lines"]
            ],
            [
                (first, "success", "13.00"),
                (second, "success", "5.05"),
                (third, "success", "7.50"),
                ("26442000000099999999", "failed", "0.00"),
            ],
        )
        for line in answer["lines"]:
            self.assertEqual(set(line), LINE_KEYS)
        self.assertEqual(answer["lines"][3]["result_code"], "unknown_invoice")
        self.assertTrue(answer["lines"][3]["advice"])
        self.assertEqual(
            (answer["state"], answer["succeeded"], answer["failed"], answer["open"]),
            ("failed", 3, 1, 0),
        )
        self.assertEqual(
            (answer["vat_amount"], answer["creditable_vat"]), ("39.00", "25.55")
        )
        batch = self.operations().search([("request_number", "=", "ERP-1")])
        self.assertEqual(batch.user_id, self.clerk)

    def test_exclude_and_table_operations(self):
        invoice = self.add_invoices(1)
        self.submit_batch(
            operation_type="exclude",
            invoices=[{"number": invoice.number, "reason": "5", "reason_text": "展览"}],
        )
        self.dispatch()
        self.assertStands(invoice, "selected", "exclude")
        for position, operation_type in enumerate(
            ("statistics", "sign", "sign_revoke")
        ):
            answer = self.call(
                "submit_batch",
                tax_number=OWN,
                operation_type=operation_type,
                period=PERIOD,
                request_number=f"T-{position}",
            )
            self.assertEqual(answer["lines"], [])
            self.dispatch()
            answer = self.call("get_batch", batch_number=answer["batch_number"])
            self.assertEqual(answer["state"], "success", answer)

    def test_row_O10_farm_and_booking(self):
        farm = self.add_invoices(3, type_code="10", element="12").mapped("number")
        answer = self.call(
            "submit_batch",
            tax_number=OWN,
            operation_type="farm_mixed",
            period=PERIOD,
            request_number="N-1",
            invoices=[
                {"number": farm[0], "farm_amount": "40.00"},
                {"number": farm[1], "farm_amount": "40.001"},
                {"number": farm[2]},
            ],
        )
        self.assertEqual(
            [line["result_code"] for line in answer["lines"]],
            ["", "farm_amount_invalid", "farm_amount_invalid"],
        )
        self.dispatch()
        answer = self.call("get_batch", batch_number=answer["batch_number"])
        self.assertEqual((answer["succeeded"], answer["failed"]), (1, 2))
        self.assertEqual(answer["lines"][0]["creditable_vat"], "3.60")
        answer = self.call(
            "submit_batch",
            tax_number=OWN,
            operation_type="booking",
            period=PERIOD,
            request_number="N-2",
            invoices=[
                {"number": farm[0], "booked_on": "2026-10-31"},
                {"number": farm[1], "booked_on": "31.10.2026"},
                {"number": farm[2], "booked_on": 20261031},
            ],
        )
        self.assertEqual(
            [line["result_code"] for line in answer["lines"]],
            ["", "booked_on_invalid", "booked_on_invalid"],
        )
        self.dispatch()
        [item] = self.bureau.submissions[-1].items
        self.assertEqual(item.booked_on, datetime.date(2026, 10, 31))

    @mute_logger("odoo.http")
    def test_row_O10_refund(self):
        number = self.add_invoices(1).number
        values = {"operation_type": "refund", "invoices": [{"number": number}]}
        self.assertCode(self.submit_batch(**values), "refund_month")
        month = self.taxpayer._get_month()
        answer = self.submit_batch(**values, period=month).json()
        self.dispatch()
        self.call(
            "submit_batch",
            tax_number=OWN,
            operation_type="refund_sign",
            period=month,
            request_number="R-2",
        )
        self.dispatch()
        answer = self.call("get_batch", batch_number=answer["batch_number"])
        self.assertEqual(answer["state"], "success")

    def test_sentences_in_the_callers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        response = self.submit_batch(tax_number="1", context={"lang": "zh_CN"})
        body = self.assertCode(response, "taxpayer_unknown")
        self.assertRegex(body["message"], "[\u4e00-\u9fff]")

    # === IDEMPOTENT === #

    def test_row_O13_repeat_gives_the_first_batch(self):
        number = self.add_invoices(1).number
        rows = [{"number": number, "creditable_vat": "1.00"}]
        first = self.submit_batch(invoices=rows).json()
        again = self.submit_batch(invoices=[dict(reversed(rows[0].items()))]).json()
        self.assertEqual(again, first, "the repeat is another batch")
        self.dispatch()
        late = self.submit_batch(invoices=rows).json()
        self.assertEqual(late["batch_number"], first["batch_number"])
        self.assertEqual(late["state"], "success")
        self.assertEqual(len(self.bureau.submissions), 1, "selected twice")

    def test_row_O13_other_content_is_refused(self):
        numbers = self.add_invoices(2).mapped("number")
        first = self.submit_batch(invoices=[{"number": numbers[0]}]).json()
        for values in (
            {"invoices": [{"number": numbers[1]}]},
            {"invoices": [{"number": number} for number in numbers]},
            {"invoices": [{"number": numbers[0], "creditable_vat": "1.00"}]},
            {
                "operation_type": "exclude",
                "invoices": [{"number": numbers[0], "reason": "1"}],
            },
        ):
            with self.subTest(values=values):
                body = self.assertCode(
                    self.submit_batch(**{"invoices": [], **values}),
                    "request_number_conflict",
                )
                self.assertEqual(
                    body["context"]["details"]["batch_number"], first["batch_number"]
                )
        self.assertEqual(self.operations().search_count([]), 1)

    def test_number_of_another_taxpayer_is_free(self):
        second = self._new_taxpayer("91310115MA1TE5T02F", self.connection)
        self.open_period(second)
        first = self.submit_batch(invoices=[{"number": self.add_invoices(1).number}])
        other = self.submit_batch(
            tax_number=second.tax_number,
            invoices=[{"number": self.add_invoices(1, second).number}],
        )
        self.assertEqual((first.status_code, other.status_code), (200, 200))
        self.assertNotEqual(first.json()["batch_number"], other.json()["batch_number"])

    # === BAD ARGUMENTS === #

    @mute_logger("odoo.http")
    def test_bad_arguments(self):
        row = {"number": "26442000000099999999"}
        for name, values in (
            ("operation_type", ["deducted", "", None, 5, ["deduct"]]),
            ("period", [202610, "2026-10", "20261", "abcdef", "", None, ["202610"]]),
            ("request_number", ["", "   ", None, 7, "x" * 101, ["a"], "a\x00b"]),
            (
                "invoices",
                [
                    "26442000000099999999",
                    {"number": "26442000000099999999"},
                    [],
                    None,
                    [None],
                    ["26442000000099999999"],
                    [{}],
                    [{"number": 26442000000099999999}],
                    [{"number": None}],
                    [{**row, "amount": "1.00"}],
                    [{**row, "number\x00": "1"}],
                ],
            ),
        ):
            for value in values:
                with self.subTest(f"{name}={value!r}"):
                    self.assertCode(
                        self.submit_batch(**{name: value}), "invalid_argument"
                    )
        with self.subTest("invoices for a table operation"):
            self.assertCode(
                self.submit_batch(operation_type="statistics"), "invalid_argument"
            )
        self.assertFalse(self.operations().search_count([]), "something was half-done")

    @mute_logger("odoo.http")
    def test_period_that_is_none(self):
        for period in ("202613", "202609", "000000", "２０２６１０", "²02610"):
            with self.subTest(period):
                response = self.submit_batch(period=period)
                self.assertEqual(response.status_code, 422)
                self.assertIn(
                    response.json()["context"]["code"],
                    ("invalid_argument", "period_not_open"),
                )

    @mute_logger("odoo.http")
    def test_unknown_tax_number(self):
        for number in ("91110105MA0TE5T018", "", None, 5, ["a"], "a\x00b", "x" * 5000):
            with self.subTest(str(number)[:30]):
                response = self.submit_batch(tax_number=number)
                self.assertEqual(response.status_code, 422, response.text[:300])
                self.assertIn(
                    response.json()["context"]["code"],
                    ("taxpayer_unknown", "invalid_argument"),
                )

    def test_tax_number_is_normalised(self):
        number = self.add_invoices(1).number
        answer = self.submit_batch(
            tax_number=f" {OWN.lower()} ", invoices=[{"number": number}]
        )
        self.assertEqual(answer.json()["tax_number"], OWN)

    @mute_logger("odoo.http")
    def test_too_many(self):
        rows = [{"number": f"{number:020d}"} for number in range(20001)]
        self.assertCode(self.submit_batch(invoices=rows), "invalid_argument")

    @mute_logger("odoo.http")
    def test_row_O13_bad_rows_are_refused_one_by_one(self):
        """One bad row never holds the others, whatever stands in it."""
        good = self.add_invoices(1).number
        number = self.next_number()
        rows = (
            ("number_invalid", {"number": "123"}),
            ("number_invalid", {"number": ""}),
            ("number_invalid", {"number": "２６４４２００００００００９９９９９９９"}),
            ("number_invalid", {"number": "1.23457E+19"}),
            ("number_invalid", {"number": "02630221"}),
            ("number_invalid", {"number": "02630221", "code": 4403192130}),
            ("number_invalid", {"number": "02630221", "code": {"a": 1}}),
            ("number_invalid", {"number": "9" * 5000}),
            ("creditable_vat_invalid", {"number": number, "creditable_vat": "1.001"}),
            ("creditable_vat_invalid", {"number": number, "creditable_vat": "abc"}),
            ("creditable_vat_invalid", {"number": number, "creditable_vat": True}),
            ("creditable_vat_invalid", {"number": number, "creditable_vat": [1]}),
            ("creditable_vat_invalid", {"number": number, "creditable_vat": "NaN"}),
            ("creditable_vat_invalid", {"number": number, "creditable_vat": "1E+999"}),
            ("reason_missing", {"number": number, "reason": "6"}),
            ("reason_missing", {"number": number, "reason": ["1"]}),
            ("unknown_invoice", {"number": number, "reason_text": ["x"]}),
        )
        response = self.submit_batch(
            invoices=[*(row for _code, row in rows), {"number": good}]
        )
        self.assertEqual(response.status_code, 200, response.text[:500])
        answer = response.json()
        self.assertEqual(
            [line["result_code"] for line in answer["lines"]],
            [*(code for code, _row in rows), ""],
        )
        self.assertEqual((answer["failed"], answer["open"]), (len(rows), 1))

    @mute_logger("odoo.http")
    def test_text_that_no_database_can_hold(self):
        good = self.add_invoices(1).number
        for row in (
            {"number": "2644\x00"},
            {"number": good, "code": "44\x00"},
            {"number": good, "reason": "\x00"},
            {"number": good, "reason_text": "a\x00b"},
            {"number": good, "reason_text": "a\ud800b"},
            {"number": good, "creditable_vat": "1\x00"},
        ):
            with self.subTest(row=repr(row)):
                response = self.submit_batch(
                    operation_type="exclude",
                    request_number=f"N-{row!r}"[:90],
                    invoices=[row],
                )
                self.assertIn(response.status_code, (200, 422), response.text[:300])
        for number in ("a\x00b", "a\ud800b"):
            with self.subTest(number=repr(number)):
                self.assertCode(
                    self.post("get_batch", batch_number=number), "batch_unknown"
                )

    # === WHY NOT === #

    @mute_logger("odoo.http")
    def test_reasons_of_the_operation(self):
        small = self._new_taxpayer(SMALL, self.connection, taxpayer_type="small_scale")
        self.open_period(small)
        for operation_type in SELECTION_OPERATIONS:
            if not KINDS[operation_type].is_barred_small_scale:
                continue
            self.assertCode(
                self.submit_batch(tax_number=SMALL, operation_type=operation_type),
                "small_scale",
            )
        self.open_period(statistics_status="02")
        self.assertCode(self.submit_batch(), "statistics_exist")
        self.open_period(statistics_status="01")
        self.assertCode(
            self.submit_batch(operation_type="sign", invoices=[]), "statistics_missing"
        )
        self.assertFalse(self.operations().search_count([]))

    @mute_logger("odoo.http")
    def test_get_unknown_batch(self):
        for number in ("GX-0", "", None, 5, ["a"], {"a": 1}):
            with self.subTest(number=number):
                self.assertCode(
                    self.post("get_batch", batch_number=number), "batch_unknown"
                )

    @mute_logger("odoo.http")
    def test_rights(self):
        invoice = self.add_invoices(1)
        batch = self.submit("deduct", invoice)
        self.assertCode(self.submit_batch(user=self.viewer), "no_right")
        self.assertCode(self.submit_batch(user=self.stranger), "taxpayer_unknown")
        self.assertCode(
            self.post("get_batch", user=self.stranger, batch_number=batch.batch_number),
            "batch_unknown",
        )
        seen = self.post("get_batch", user=self.viewer, batch_number=batch.batch_number)
        self.assertEqual(seen.status_code, 200)

    @mute_logger("odoo.http")
    def test_no_key(self):
        for key in ("wrong", "0" * 40):
            response = self.post("get_batch", key=key, batch_number="GX-0")
            self.assertIn(response.status_code, (401, 403))
        response = self.opener.post(
            urljoin(self.base_url(), "/json/2/invoice.tax.operation/submit_batch"),
            data="{}",
            headers={"Content-Type": "application/json"},
            timeout=30,
        )
        self.assertIn(response.status_code, (401, 403))

    @mute_logger("odoo.http")
    def test_inner_methods_are_not_served(self):
        """The engine's own methods are out of reach for programs."""
        for method in ("_submit_selection", "_refresh_from_lines", "_take_bite"):
            with self.subTest(method):
                response = self.post(method)
                self.assertIn(response.status_code, (403, 404, 422), response.text)
        for method, arguments in (
            ("create", {"vals_list": [{"period": PERIOD}]}),
            ("write", {"ids": [1], "vals": {"state": "success"}}),
            ("unlink", {"ids": [1]}),
        ):
            with self.subTest(method):
                self.assertIn(self.post(method, **arguments).status_code, (403, 404))
