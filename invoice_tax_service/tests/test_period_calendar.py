from odoo.tests import tagged

from ..gateway.messages import RollBack
from .common import SECOND, TaxServiceCase
from .fake_bureau import PERIOD

NEXT = "202611"


@tagged("post_install", "-at_install")
class TestMonthCards(TaxServiceCase):
    """A card for each period of the year: past, current, future."""

    def cards(self, taxpayer=None):
        periods = self.env["invoice.tax.period"].search(
            [("taxpayer_id", "=", (taxpayer or self.taxpayer).id)], order="name"
        )
        return {period.name: (period.card, period.state) for period in periods}

    def test_row_C3_cards_of_the_year(self):
        cards = self.cards()
        self.assertEqual(list(cards), [f"2026{month:02d}" for month in range(1, 13)])
        self.assertEqual(
            {name: card for name, (card, _state) in cards.items()},
            {
                **{f"2026{month:02d}": "past" for month in range(1, 10)},
                PERIOD: "current",
                **{f"2026{month:02d}": "future" for month in (11, 12)},
            },
        )
        self.assertEqual(cards["202612"], ("future", "future"))

    def test_row_C3_cards_of_a_quarter_filer(self):
        taxpayer = self._new_taxpayer(SECOND, self.connection)
        taxpayer.sudo().filing_frequency = "quarter"
        self.open_period(taxpayer, period="202609", next_period="202612")
        self.assertEqual(
            self.cards(taxpayer),
            {
                "202603": ("past", "closed"),
                "202606": ("past", "closed"),
                "202609": ("current", "open"),
                "202612": ("future", "future"),
            },
        )
        self.assertEqual(self.cards()[PERIOD], ("current", "open"), "not its own")

    def test_row_C10_the_next_period_opens(self):
        self.open_period(period=NEXT, next_period="202612")
        cards = self.cards()
        self.assertEqual(cards[PERIOD], ("past", "closed"))
        self.assertEqual(cards[NEXT], ("current", "open"))
        self.assertEqual(cards["202612"], ("future", "future"))

    def test_row_C3_the_next_year_gets_its_cards(self):
        self.open_period(period="202612", next_period="202701")
        self.open_period(period="202701", next_period="202702")
        cards = self.cards()
        self.assertEqual(len(cards), 24)
        self.assertEqual(cards["202712"][0], "future")
        self.assertEqual(cards["202612"][0], "past")

    def test_row_C3_two_taxpayers_in_different_states(self):
        taxpayer = self._new_taxpayer(SECOND, self.connection)
        other = self.open_period(taxpayer, statistics_status="05")
        own = self.taxpayer.current_period_id
        self.assertEqual((own.state, other.state), ("open", "signed"))
        self.assertTrue(own.can_build and not own.can_revoke_sign)
        self.assertTrue(other.can_revoke_sign and not other.can_build)
        [invoice] = self.add_invoices(1)
        batch = self.submit("deduct", invoice)
        self.dispatch()
        self.assertEqual(batch.state, "success")

    def test_row_C10_the_bureau_moved_on_meanwhile(self):
        [invoice] = self.add_invoices(1)
        batch = self.submit("deduct", invoice)
        self.bureau.change_period(
            self.taxpayer.tax_number, period=NEXT, next_period="202612"
        )
        self.bureau.results[invoice.number] = "date_out_of_range"
        self.dispatch()
        self.assertEqual((batch.state, batch.failed_count), ("failed", 1))
        self.assertTrue(batch.line_ids.advice)
        self.taxpayer.action_fetch()
        self.dispatch()
        self.assertEqual(self.taxpayer.current_period_id.name, NEXT)
        with self.assertRefused("period_not_open"):
            self.submit("deduct", invoice)

    def test_row_C8_why_a_table_cannot_be_signed(self):
        for status, word in (("03", "filing day"), ("25", "generate"), ("04", "Look")):
            with self.subTest(status):
                period = self.open_period(statistics_status=status)
                self.assertFalse(period.can_sign)
                self.assertIn(word, period.sign_hint)
        self.assertFalse(self.open_period(statistics_status="02").sign_hint)


@tagged("post_install", "-at_install")
class TestFilingQuestion(TaxServiceCase):
    """Where the channel cannot tell the filing state, who signs is asked; each of
    the three answers does what the manual says (001, 1.8 no. 7)."""

    def setUp(self):
        super().setUp()
        self.invoices = self.add_invoices(2)
        self.submit("deduct", self.invoices)
        self.submit_table("statistics")
        self.dispatch()
        self.pass_time(5)
        self.dispatch()
        self.period = self.open_period(filed=None)
        self.assertEqual(self.period.statistics_status, "02")

    def sign(self, answer=False):
        action = self.period.action_sign()
        wizard = (
            self.env[action["res_model"]].with_user(self.clerk).browse(action["res_id"])
        )
        wizard.filing = answer
        result = wizard.action_sign()
        for _run in range(3):
            self.dispatch()
            self.pass_time(5)
        return result, self.operations().search([], limit=1)

    def test_row_C8_unfinished_signs(self):
        _result, batch = self.sign("unfinished")
        self.assertEqual((batch.operation_type, batch.state), ("sign", "success"))
        self.assertEqual(batch.filing, "unfinished")
        self.assertEqual(self.bureau.submissions[-1].filing, "unfinished")
        self.assertStands(self.invoices, "confirmed", "deduct")

    def test_row_C8_finished_is_refused_and_moves_on(self):
        _result, batch = self.sign("finished")
        self.assertEqual((batch.state, batch.result_code), ("failed", "period_filed"))
        self.assertTrue(batch.description and batch.advice)
        self.assertStands(self.invoices, "unselected")
        current = self.taxpayer.current_period_id
        self.assertEqual((current.name, current.state), (NEXT, "open"))
        self.assertFalse(self.env["invoice.tax.confirmation"].search([]))

    def test_row_C8_unsure_sends_nothing(self):
        result, batch = self.sign("unsure")
        self.assertEqual(batch.operation_type, "statistics")
        self.assertIn(PERIOD, result["params"]["message"])
        self.assertStands(self.invoices, "selected", "deduct")
        self.assertEqual(self.period.statistics_status, "02")

    def test_row_C8_no_answer_is_refused(self):
        with self.assertRefused("filing_unknown"):
            self.sign()
        with self.assertRefused("filing_unknown"):
            self.submit_table("sign")

    def test_row_C8_not_asked_where_the_channel_tells(self):
        self.open_period(filed=False)
        _result, batch = self.sign()
        self.assertEqual((batch.state, batch.filing), ("success", False))


@tagged("post_install", "-at_install")
class TestRollBack(TaxServiceCase):
    """Back to the period before, only when all four conditions hold."""

    def jump(self, **conditions):
        values = {
            "not_confirmed": True,
            "not_filed": True,
            "by_answer": True,
            "in_window": True,
        }
        return self.open_period(
            period=NEXT,
            next_period="202612",
            roll_back=RollBack(PERIOD, **{**values, **conditions}),
        )

    def test_row_C10_rolled_back(self):
        period = self.jump()
        [invoice] = self.add_invoices(1)
        self.bureau.change(
            self.taxpayer.tax_number,
            invoice.number,
            selection="selected",
            purpose="deduct",
            period=NEXT,
        )
        self.taxpayer.action_fetch()
        self.dispatch()
        self.assertTrue(period.can_roll_back)
        action = period.action_roll_back()
        wizard = (
            self.env[action["res_model"]].with_user(self.clerk).browse(action["res_id"])
        )
        self.assertEqual((wizard.roll_back_to, wizard.selected_count), (PERIOD, 1))
        wizard.action_roll_back()
        for _run in range(3):
            self.dispatch()
            self.pass_time(5)
        batch = self.operations().search([], limit=1)
        self.assertEqual(
            (batch.operation_type, batch.period, batch.state),
            ("roll_back", PERIOD, "success"),
        )
        current = self.taxpayer.current_period_id
        self.assertEqual((current.name, current.state), (PERIOD, "open"))
        self.assertEqual((period.card, period.state), ("future", "future"))
        self.assertStands(invoice, "unselected")
        self.assertFalse(current.can_roll_back)

    def test_row_C10_each_condition_stands_in_the_way(self):
        for condition, name in (
            ("not_confirmed", "is_not_confirmed_since"),
            ("not_filed", "is_not_filed_before"),
            ("by_answer", "is_jump_by_answer"),
            ("in_window", "is_in_filing_window"),
        ):
            with self.subTest(condition):
                period = self.jump(**{condition: False})
                self.assertFalse(period[name])
                self.assertFalse(period.can_roll_back)
                with self.assertRefused("roll_back_not_possible"):
                    period.action_roll_back()
                with self.assertRefused("roll_back_not_possible"):
                    self.operations()._submit_table(
                        self.taxpayer, "roll_back", PERIOD, "manual"
                    )

    def test_row_C10_without_a_jump(self):
        period = self.taxpayer.current_period_id
        self.assertFalse(period.can_roll_back)
        with self.assertRefused("roll_back_not_possible"):
            period.action_roll_back()

    def test_viewers_do_not_roll_back(self):
        period = self.jump().with_user(self.viewer)
        # The button is left out by the view, or says what is missing.
        self.assertTrue(period.can_roll_back)
        with self.assertRefused("no_right"):
            period.action_roll_back()
