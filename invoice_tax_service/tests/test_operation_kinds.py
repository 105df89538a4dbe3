import datetime
from datetime import timedelta
from decimal import Decimal

from lxml import etree

from odoo.tests import Form

from ..gateway.operation_kinds import FARM_OPERATIONS, KINDS
from ..models.words import get_sentence
from .common import OWN, SMALL, TaxServiceCase, money
from .fake_bureau import PERIOD

FARM = {"type_code": "10", "element": "12", "vat_amount": Decimal("1.00")}
FARM_SPECIAL = {"type_code": "81", "element": "20", "vat_amount": Decimal("3.00")}


class KindsCase(TaxServiceCase):
    """What the tests of the further operations have in common."""

    def do(self, operation_type, invoices, period=None, **wish):
        """Plan, submit and have it done; the batch."""
        operations = self.operations()
        period = period or self.taxpayer._get_period_for(operation_type)
        rows = operations._plan_selection(
            self.taxpayer, operation_type, period, invoices._get_wishes(**wish)
        )
        batch = operations._submit_selection(
            self.taxpayer, operation_type, period, rows, "manual"
        )
        self.dispatch()
        return batch

    def assertDone(self, batch, code="ok"):
        self.assertEqual(batch.state, "success", batch.line_ids.mapped("result_code"))
        self.assertEqual(set(batch.line_ids.mapped("result_code")), {code})

    def assertPlanned(self, operation_type, invoices, code, **wish):
        rows = self.operations()._plan_selection(
            self.taxpayer,
            operation_type,
            self.taxpayer._get_period_for(operation_type),
            invoices._get_wishes(**wish),
        )
        self.assertEqual({row.refusal for row in rows}, {code})

    def reason_for(self, operation_type, taxpayer=None):
        taxpayer = taxpayer or self.taxpayer
        reason = taxpayer._get_cannot_operate_reason(
            operation_type, taxpayer._get_period_for(operation_type)
        )
        return reason and reason[0]

    def at_bureau(self, invoice):
        return next(
            data
            for (_owner, key), data in self.bureau.invoices.items()
            if key.number == invoice.number
        )


class TestSmallScale(KindsCase):
    def test_row_O8_small_scale(self):
        small = self._new_taxpayer(SMALL, self.connection, taxpayer_type="small_scale")
        self.open_period(small)
        sentence = get_sentence(self.taxpayer.env, "small_scale")
        for key in dict(
            small.env["invoice.tax.operation"]._fields["operation_type"].selection
        ):
            with self.subTest(key):
                period = small._get_period_for(key)
                reason = small._get_cannot_operate_reason(key, period)
                if key == "booking":
                    self.assertFalse(reason)
                else:
                    self.assertEqual(reason, ("small_scale", sentence))
        self.assertEqual(
            sum(kind.is_barred_small_scale for kind in KINDS.values()),
            len(KINDS) - 1,
        )


class TestRefund(KindsCase):
    """Export refund: the running month of the calendar, and a way of its own."""

    def setUp(self):
        super().setUp()
        self.month = self.taxpayer._get_month()

    def test_row_O10_refund(self):
        invoices = self.add_invoices(2)
        batch = self.do("refund", invoices)
        self.assertDone(batch)
        self.assertEqual(batch.period, self.month)
        self.assertNotEqual(self.month, PERIOD)
        self.assertStands(invoices, "selected", "refund")
        self.assertEqual(set(invoices.mapped("period")), {self.month})
        self.assertPlanned("refund", invoices, "already_selected")
        self.assertPlanned("deduct_revoke", invoices, "other_purpose")
        self.assertDone(self.do("refund_revoke", invoices))
        self.assertStands(invoices, "unselected")
        self.assertPlanned("refund_revoke", invoices, "not_selected")

    def test_row_O10_refund_already_at_the_bureau(self):
        [first, second] = self.add_invoices(2)
        standing = {"selection": "selected", "period": self.month}
        self.bureau.change(OWN, first.number, purpose="refund", **standing)
        self.bureau.change(OWN, second.number, purpose="deduct", **standing)
        batch = self.do("refund", first | second)
        self.assertEqual(
            batch.line_ids.sorted("id").mapped("result_code"),
            ["already", "selected_otherwise"],
        )
        self.assertEqual((first.selection, first.purpose), ("selected", "refund"))
        self.assertEqual(second.selection, "unselected")

    def test_row_O10_refund_of_the_whole_vat(self):
        [invoice] = self.add_invoices(1)
        invoice.creditable_vat = money("6.50")
        self.assertDone(self.do("refund", invoice))
        self.assertEqual(money(invoice.creditable_vat), money("13.00"))
        self.assertEqual(
            invoice.creditable_vat, float(self.at_bureau(invoice).creditable_vat)
        )

    def test_row_O10_refund_only_of_the_types_of_the_rule(self):
        self.assertPlanned("refund", self.add_invoices(1, type_code="17"), "")
        for type_code in ("83", "14", "51"):
            invoices = self.add_invoices(1, type_code=type_code)
            self.assertPlanned("refund", invoices, "type_not_supported")

    def test_vector_6_9_T12_refund_in_another_month(self):
        invoices = self.add_invoices(1)
        with self.assertRefused("refund_month"):
            self.do("refund", invoices, period=PERIOD)
        with self.assertRefused("refund_month"):
            self.operations()._submit_table(
                self.taxpayer, "refund_sign", PERIOD, "manual"
            )
        self.assertFalse(self.bureau.submissions)

    def test_row_O10_refund_while_a_statistics_table_stands(self):
        self.open_period(statistics_status="02")
        self.assertEqual(self.reason_for("deduct"), "statistics_exist")
        self.assertEqual(self.reason_for("passenger"), "statistics_exist")
        self.assertFalse(self.reason_for("refund"))
        self.assertDone(self.do("refund", self.add_invoices(1)))

    def test_row_O10_refund_sign(self):
        with self.assertRefused("nothing_refunded"):
            self.taxpayer.action_confirm_refund()
        invoices = self.add_invoices(2)
        deducted = self.add_invoices(1)
        self.do("refund", invoices)
        self.do("deduct", deducted)
        action = self.taxpayer.action_confirm_refund()
        wizard = self.env[action["res_model"]].with_user(self.clerk)
        wizard = wizard.browse(action["res_id"])
        self.assertEqual(
            (wizard.period, wizard.invoice_count, wizard.net_amount, wizard.vat_amount),
            (self.month, 2, 200.0, 26.0),
        )
        wizard.action_confirm()
        self.dispatch()
        batch = self.operations().search([("operation_type", "=", "refund_sign")])
        self.assertEqual(batch.state, "success")
        self.assertStands(invoices, "confirmed", "refund")
        self.assertStands(deducted, "selected", "deduct")
        confirmation = self.env["invoice.tax.confirmation"].search(
            [("operation_id", "=", batch.id)]
        )
        self.assertEqual(
            (
                confirmation.kind,
                confirmation.ordinal,
                confirmation.invoice_count,
                money(confirmation.net_amount),
                money(confirmation.vat_amount),
            ),
            ("refund", 1, 2, money(200), money(26)),
        )
        self.assertEqual(confirmation.line_ids.input_invoice_id, invoices.sudo())
        self.assertPlanned("refund_revoke", invoices, "refund_confirmed")
        later = self.add_invoices(1)
        self.do("refund", later)
        # What was confirmed before is not shown and not confirmed again.
        action = self.taxpayer.action_confirm_refund()
        wizard = self.env[action["res_model"]].with_user(self.clerk)
        wizard = wizard.browse(action["res_id"])
        self.assertEqual((wizard.invoice_count, wizard.vat_amount), (1, 13.0))
        wizard.action_confirm()
        self.dispatch()
        second = later.confirmation_id
        self.assertEqual((second.ordinal, second.invoice_count), (2, 1))
        self.assertEqual(invoices.confirmation_id, confirmation)

    def test_row_O10_refund_sign_refused(self):
        self.do("refund", self.add_invoices(1))
        self.bureau.refusal = "nothing_selected"
        batch = self.operations()._submit_table(
            self.taxpayer, "refund_sign", self.month, "manual"
        )
        with self.assertRefused("same_open"):
            self.operations()._submit_table(
                self.taxpayer, "refund_sign", self.month, "manual"
            )
        self.dispatch()
        self.assertEqual(
            (batch.state, batch.result_code), ("failed", "nothing_selected")
        )
        self.assertFalse(
            self.env["invoice.tax.confirmation"].search([("kind", "=", "refund")])
        )

    def test_row_O10_confirmed_refund_cannot_be_revoked(self):
        invoices = self.add_invoices(1)
        self.do("refund", invoices)
        self.bureau.change(OWN, invoices.number, selection="confirmed")
        batch = self.do("refund_revoke", invoices)
        self.assertEqual(batch.line_ids.result_code, "refund_confirmed")
        self.assertIn("export refund", batch.line_ids.result_text)
        self.assertTrue(batch.line_ids.advice)

    def test_row_O10_refund_is_in_no_sum_of_the_deduction(self):
        invoices = self.add_invoices(1)
        self.bureau.change(
            OWN,
            invoices.number,
            selection="selected",
            purpose="refund",
            period=PERIOD,
        )
        self.merge([self.at_bureau(invoices)])
        period = self.taxpayer.current_period_id
        self.assertEqual((period.selected_count, period.excluded_count), (0, 0))
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        self.submit_table("statistics")
        self.dispatch()
        self.submit_table("sign")
        self.dispatch()
        self.assertEqual(invoices.selection, "selected")
        self.assertFalse(invoices.confirmation_id)

    def test_row_O10_refund_late_answer_is_not_applied(self):
        invoices = self.add_invoices(1)
        self.bureau.poll_after = 60
        batch = self.do("refund", invoices)
        self.assertEqual(batch.state, "processing")
        batch.action_void()
        self.assertEqual(batch.state, "voided")
        self.pass_time(120)
        self.dispatch()
        self.assertTrue(batch.has_late_answer)
        self.assertEqual(batch.line_ids.state, "voided")


class TestPassenger(KindsCase):
    def ticket(self, **values):
        return self.add_invoices(
            1,
            **{
                "type_code": "51",
                "net_amount": Decimal("109.00"),
                "vat_amount": Decimal("0.00"),
                "gross_amount": Decimal("109.00"),
                "creditable_vat": Decimal("0.00"),
                **values,
            },
        )

    def test_row_O10_passenger(self):
        ticket = self.ticket()
        batch = self.do("passenger", ticket)
        self.assertDone(batch)
        self.assertStands(ticket, "selected", "deduct")
        self.assertEqual(money(ticket.creditable_vat), money("9.00"))
        self.assertPlanned("passenger", ticket, "already_selected")
        self.assertDone(self.do("deduct_revoke", ticket))
        self.assertStands(ticket, "unselected")

    def test_vector_6_9_T8_passenger_above_what_the_fare_holds(self):
        ticket = self.ticket()
        wish = {"creditable_vat": Decimal("9.01")}
        self.assertPlanned("passenger", ticket, "creditable_vat_above_vat", **wish)
        self.assertPlanned("passenger", ticket, "", creditable_vat=Decimal("9.00"))
        self.assertPlanned(
            "deduct", ticket, "creditable_vat_above_vat", creditable_vat=Decimal("0.01")
        )
        ticket.creditable_vat = 9.00
        with self.assertRefused("creditable_vat_above_vat"):
            ticket.creditable_vat = 9.01

    def test_row_O10_C5_passenger_by_the_date_of_the_rule(self):
        values = {"type_code": "82", "element": "09"}
        before = self.ticket(issue_date=datetime.date(2025, 12, 31), **values)
        after = self.ticket(issue_date=datetime.date(2026, 1, 1), **values)
        self.assertPlanned("passenger", before, "")
        self.assertPlanned("passenger", after, "type_not_supported")
        self.assertPlanned("passenger", self.add_invoices(1), "type_not_supported")
        self.do("passenger", before)
        self.assertEqual(money(before.creditable_vat), money("3.17"))


class TestFarm(KindsCase):
    """The five treatments: before the selection, and at any time."""

    def test_row_O10_farm_own(self):
        invoices = self.add_invoices(2, **FARM)
        self.assertTrue(all(invoices.mapped("is_farm_open")))
        batch = self.do("farm_own", invoices)
        self.assertDone(batch)
        self.assertEqual(set(invoices.mapped("farm_method")), {"own"})
        self.assertEqual(set(map(money, invoices.mapped("creditable_vat"))), {money(9)})
        self.assertFalse(any(invoices.mapped("is_farm_open")))
        self.assertStands(invoices, "unselected")
        self.assertPlanned("farm_own", invoices, "farm_already")
        self.merge([self.at_bureau(invoice) for invoice in invoices])
        self.assertEqual(set(map(money, invoices.mapped("creditable_vat"))), {money(9)})
        self.assertDone(self.do("deduct", invoices))
        self.assertEqual(money(self.at_bureau(invoices[0]).creditable_vat), money(9))
        self.assertPlanned("farm_face_tax", invoices, "already_selected")

    def test_row_O10_farm_bought(self):
        invoices = self.add_invoices(1, **FARM)
        self.assertDone(self.do("farm_bought", invoices))
        self.assertEqual(money(invoices.creditable_vat), money(0))
        for operation_type in ("deduct", "exclude"):
            self.assertPlanned(operation_type, invoices, "farm_bought", reason="1")
        self.assertFalse(invoices.is_selectable)
        self.assertDone(self.do("farm_own", invoices))
        self.assertPlanned("deduct", invoices, "")
        self.assertTrue(invoices.is_selectable)

    def test_row_O10_farm_mixed(self):
        invoices = self.add_invoices(1, **FARM)
        for amount in (None, Decimal("0.00"), Decimal("100.01"), Decimal("-1.00")):
            wish = {"farm_amount": amount}
            self.assertPlanned("farm_mixed", invoices, "farm_amount_invalid", **wish)
        self.assertDone(self.do("farm_mixed", invoices, farm_amount=Decimal("40.00")))
        [item] = self.bureau.submissions[-1].items
        self.assertEqual(item.farm_amount, Decimal("40.00"))
        self.assertEqual(
            (invoices.farm_method, money(invoices.farm_amount)), ("mixed", money(40))
        )
        self.assertEqual(money(invoices.creditable_vat), money("3.60"))
        wish = {"farm_amount": Decimal("40.00")}
        self.assertPlanned("farm_mixed", invoices, "farm_already", **wish)
        self.assertPlanned("farm_mixed", invoices, "", farm_amount=Decimal("50.00"))

    def test_row_O10_farm_face_amount(self):
        invoices = self.add_invoices(1, **FARM_SPECIAL)
        self.assertDone(self.do("farm_face_amount", invoices))
        self.assertEqual(money(invoices.creditable_vat), money(9))
        self.assertPlanned("deduct", invoices, "")

    def test_row_O10_farm_face_tax(self):
        invoices = self.add_invoices(1, **FARM_SPECIAL)
        self.assertDone(self.do("farm_face_tax", invoices))
        self.assertEqual(money(invoices.creditable_vat), money(3))

    def test_row_O10_farm_only_of_farm_products(self):
        other = self.add_invoices(1)
        ordinary = self.add_invoices(1, **FARM)
        special = self.add_invoices(1, **FARM_SPECIAL)
        for key in FARM_OPERATIONS:
            wish = {"farm_amount": Decimal("1.00")}
            by_face = key.startswith("farm_face")
            self.assertPlanned(key, other, "farm_not_possible", **wish)
            self.assertPlanned(
                key, ordinary, "farm_not_possible" if by_face else "", **wish
            )
            self.assertPlanned(
                key, special, "" if by_face else "farm_not_possible", **wish
            )

    def test_row_O10_farm_at_any_time(self):
        invoices = self.add_invoices(1, **FARM)
        self.open_period(statistics_status="02")
        self.assertFalse(self.reason_for("farm_own"))
        self.assertDone(self.do("farm_own", invoices))

    def test_row_O10_farm_already_at_the_bureau(self):
        [same, other] = self.add_invoices(2, **FARM)
        treated = {"farm_method": "own", "creditable_vat": Decimal("9.00")}
        self.bureau.change(OWN, same.number, **treated)
        self.bureau.change(OWN, other.number, selection="selected", purpose="deduct")
        batch = self.do("farm_own", same | other)
        self.assertEqual(
            batch.line_ids.sorted("id").mapped("result_code"),
            ["read_back", "farm_otherwise"],
        )
        self.assertEqual((same.farm_method, same.creditable_vat), ("own", 9.0))
        self.assertFalse(other.farm_method)

    def test_row_O10_farm_refused_by_the_bureau(self):
        invoices = self.add_invoices(1, **FARM)
        self.bureau.results[invoices.number] = "type_not_supported"
        batch = self.do("farm_own", invoices)
        self.assertEqual((batch.state, batch.failed_count), ("failed", 1))
        self.assertFalse(invoices.farm_method)

    def test_row_O10_farm_answer_is_missing(self):
        invoices = self.add_invoices(1, **FARM)
        self.bureau.silent.add(invoices.number)
        self.assertDone(self.do("farm_own", invoices), "read_back")
        self.assertEqual((invoices.farm_method, invoices.creditable_vat), ("own", 9.0))

    def test_row_O10_farm_late_answer_is_not_applied(self):
        invoices = self.add_invoices(1, **FARM)
        self.bureau.poll_after = 60
        batch = self.do("farm_own", invoices)
        batch.action_void()
        self.pass_time(120)
        self.dispatch()
        self.assertTrue(batch.has_late_answer)
        self.assertEqual(batch.line_ids.state, "voided")

    def test_row_O10_farm_unknown_treatment_is_kept_apart(self):
        invoices = self.add_invoices(1, **FARM, farm_method="7")
        self.assertEqual(invoices.farm_method, "unknown")
        self.assertPlanned("deduct", invoices, "")

    def test_row_O10_farm_page(self):
        invoices = self.add_invoices(1, **FARM)
        action = invoices.action_farm()
        wizard = self.env[action["res_model"]].with_user(self.clerk)
        wizard = wizard.browse(action["res_id"])
        with Form(wizard) as form:
            form.farm_kind = "farm_mixed"
            self.assertEqual(form.good_count, 0)
            form.farm_amount = 30
            self.assertEqual((form.good_count, form.creditable_vat), (1, 2.7))
        wizard.action_submit()
        batch = self.operations().search([], limit=1)
        self.assertEqual(batch.operation_type, "farm_mixed")
        self.dispatch()
        self.assertEqual((invoices.farm_method, invoices.farm_amount), ("mixed", 30.0))
        two = self.add_invoices(2, **FARM)
        wizard = wizard.browse(two.action_farm()["res_id"])
        wizard.write({"farm_kind": "farm_mixed", "farm_amount": 30})
        with self.assertRefused("farm_one_by_one"):
            wizard.action_submit()


class TestBooking(KindsCase):
    def test_row_O10_booking(self):
        invoices = self.add_invoices(2)
        batch = self.do("booking", invoices)
        self.assertDone(batch)
        today = self.taxpayer._get_today()
        self.assertEqual(set(invoices.mapped("booked_on")), {today})
        self.assertEqual(self.at_bureau(invoices[0]).booked_on, today)
        self.assertStands(invoices, "unselected")
        self.assertPlanned("booking", invoices, "booked_already")

    def test_row_O10_booking_on_a_day(self):
        invoices = self.add_invoices(1)
        wizard = self.env["invoice.tax.selection.wizard"].with_user(self.clerk)
        wizard = wizard.browse(invoices.action_book()["res_id"])
        with Form(wizard) as form:
            form.booked_on = "2026-10-31"
        wizard.action_submit()
        self.dispatch()
        self.assertEqual(invoices.booked_on, datetime.date(2026, 10, 31))

    def test_row_O10_booking_of_whatever_is_not_void(self):
        self.open_period(statistics_status="05")
        self.assertFalse(self.reason_for("booking"))
        for values in ({"status": "red"}, {"selection": "confirmed"}):
            self.assertPlanned("booking", self.add_invoices(1, **values), "")
        void = self.add_invoices(1, status="voided")
        self.assertPlanned("booking", void, "voided")

    def test_row_O10_booking_already_at_the_bureau(self):
        [same, other] = self.add_invoices(2)
        today = self.taxpayer._get_today()
        self.bureau.change(OWN, same.number, booked_on=today)
        self.bureau.change(OWN, other.number, booked_on=today - timedelta(days=1))
        batch = self.do("booking", same | other)
        self.assertEqual(
            batch.line_ids.sorted("id").mapped("result_code"),
            ["read_back", "booked_otherwise"],
        )
        self.assertEqual(same.booked_on, today)


class TestPeriods(KindsCase):
    """What the period of an operation means, by what it is bound to."""

    def test_row_O10_period_by_what_it_is_bound_to(self):
        month = self.taxpayer._get_month()
        self.assertNotEqual(month, PERIOD)
        wanted = {"deduction": PERIOD, "later": PERIOD, "month": month, "": month}
        for key, kind in KINDS.items():
            with self.subTest(key):
                period = self.taxpayer._get_period_for(key)
                self.assertEqual(period, wanted[kind.bound_to])

    def test_row_O10_farm_and_booking_stand_under_the_month_of_the_calendar(self):
        for batch in (
            self.do("farm_own", self.add_invoices(1, **FARM)),
            self.do("booking", self.add_invoices(1)),
        ):
            self.assertDone(batch)
            self.assertEqual(batch.period, self.taxpayer._get_month())
            shown = Form(batch, "invoice_tax_service.invoice_tax_operation_view_form")
            self.assertEqual(shown.bound_to, "")
        arch = etree.fromstring(batch.get_view(view_type="form")["arch"])
        labels = {
            node.get("string"): node.get("invisible")
            for node in arch.xpath("//group/field[@name='period']")
        }
        self.assertEqual(
            labels,
            {
                None: "bound_to not in ('deduction', 'later')",
                "Month": "bound_to in ('deduction', 'later')",
            },
        )

    def test_row_O10_what_waits_is_said_by_its_kind(self):
        waits = [key for key, kind in KINDS.items() if kind.waits]
        self.assertEqual(waits, ["preselect"])
        for key in ("preselect", "preselect_revoke"):
            self.assertEqual(KINDS[key].bound_to, "later")


class TestIssueDates(KindsCase):
    def test_row_C5_outside_of_what_the_bureau_lets_select(self):
        for day in (datetime.date(2016, 12, 31), datetime.date(2026, 11, 1)):
            invoices = self.add_invoices(1, issue_date=day)
            code = "date_out_of_range" if day.year == 2026 else "type_not_supported"
            self.assertPlanned("deduct", invoices, code)
            self.assertFalse(invoices.is_selectable)
        edge = self.add_invoices(1, issue_date=datetime.date(2026, 10, 31))
        self.assertPlanned("deduct", edge, "")
        self.assertTrue(edge.is_selectable)

    def test_row_C5_days_of_the_rule(self):
        today = self.taxpayer._get_today()
        rule = self.env["invoice.tax.rule"]
        self.open_period(issue_date_from=None, issue_date_to=None)
        young = self.add_invoices(1, issue_date=today - timedelta(days=360))
        old = self.add_invoices(1, issue_date=today - timedelta(days=361))
        self.assertPlanned("deduct", young | old, "")
        rule.create(
            {
                "kind": "issue_days",
                "value": 360,
                "valid_from": "2020-03-01",
                "company_id": self.company.id,
                "source": "试验",
            }
        )
        self.env.invalidate_all()
        self.assertEqual((young | old).filtered("is_selectable"), young)
        self.assertPlanned("deduct", young, "")
        self.assertPlanned("deduct", old, "date_out_of_range")
