import dataclasses
import datetime

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError
from odoo.addons.invoice_tax_service.gateway.errors import (
    NotSentError,
    OutcomeUnknownError,
)

from ..gateway.messages import SegmentData
from .common import SECOND, LeqiCase

FIRST = "26317000000000000001"


class TestSegment(LeqiCase):
    """预赋码: segments drawn by hand and by themselves, and the platform's list."""

    def segments(self):
        return self.of_issuer("invoice.tax.segment").search(
            [("taxpayer_id", "=", self.taxpayer.id)], order="id"
        )

    def draw_by_wizard(self, count):
        action = self.of_issuer("invoice.tax.segment").action_open_draw()
        wizard = self.of_issuer(action["res_model"]).create({"count": count})
        self.assertEqual(wizard.taxpayer_id, self.taxpayer)
        wizard.action_draw()
        self.dispatch()

    def refresh(self):
        self.of_issuer("invoice.tax.segment").action_refresh()
        self.dispatch()

    def test_vector_6_7_S1_draw(self):
        self.draw_by_wizard(1000)
        segment = self.segments()
        self.assertEqual(segment.first_number, FIRST)
        self.assertEqual(segment.last_number, "26317000000000001000")
        self.assertEqual((segment.count, segment.remaining), (1000, 1000))
        numbers = segment.number_ids.sorted("name").mapped("name")
        self.assertEqual(len(set(numbers)), 1000)
        self.assertEqual((numbers[0], numbers[-1]), (FIRST, segment.last_number))
        self.assertTrue(all(isinstance(name, str) for name in numbers))

    def test_row_L5_columns_in_the_words_of_the_manual(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        names = ["first_number", "last_number", "count", "remaining", "mode"]
        segments = self.of_issuer("invoice.tax.segment").with_context(lang="zh_CN")
        labels = segments.fields_get(names)
        self.assertEqual(
            [labels[name]["string"] for name in names],
            ["发票起始号码", "发票终止号码", "领用数量", "剩余数量", "领用方式"],
        )
        menus = self.env["ir.ui.menu"].with_context(lang="zh_CN")
        for name, label in (("segment", "预赋码"), ("number", "发票号码列表")):
            menu = menus.browse(self.env.ref(f"invoice_tax_leqi.menu_{name}").id)
            self.assertEqual(menu.name, label)
            self.assertEqual(menu.parent_id.name, "乐企信息")

    def test_row_L5_filter_by_organisation_and_creation_date(self):
        self.draw(3)
        segments = self.of_issuer("invoice.tax.segment")
        created = self.segments().create_date
        arch = segments.get_view(view_type="search")["arch"]
        self.assertIn('name="taxpayer_id"', arch)
        self.assertIn('date="create_date"', arch)
        for domain, count in (
            ([("taxpayer_id", "ilike", self.taxpayer.name)], 1),
            ([("create_date", ">", created + datetime.timedelta(1))], 0),
            # Somewhere inside of it.
            ([("first_number", "<=", FIRST), ("last_number", ">=", FIRST)], 1),
        ):
            own = [("taxpayer_id", "=", self.taxpayer.id)]
            self.assertEqual(segments.search_count(own + domain), count)

    def test_row_L5_refresh_lists_what_was_drawn_elsewhere(self):
        self.draw(2)
        self.leqi.draw(5, "of another system")
        self.refresh()
        own, other = self.segments()
        self.assertEqual((other.mode, other.remaining), ("elsewhere", 5))
        self.assertFalse(other.number_ids, "numbers of another system may be in use")
        self.assertEqual(own.platform_read_at, self.now)
        self.leqi.segments[1] = dataclasses.replace(self.leqi.segments[1], remaining=4)
        self.refresh()
        self.assertEqual(self.segments(), own | other)
        self.assertEqual(other.remaining, 4)
        draw = self.of_issuer("invoice.tax.draw").search(
            [("kind", "=", "refresh"), ("taxpayer_id", "=", self.taxpayer.id)]
        )
        self.assertEqual(draw.mapped("state"), ["success"] * 2)
        self.assertEqual(draw.sorted("id").mapped("found_count"), [1, 0])

    def test_row_L5_refresh_when_nothing_can_issue(self):
        segments = self.env["invoice.tax.segment"].with_user(self.stranger)
        with self.assertRaises(TaxServiceError) as caught:
            segments.action_refresh()
        self.assertEqual(caught.exception.code, "channel_cannot_issue")

    def test_row_L5_refresh_passes_over_those_that_may_not(self):
        other = self._new_taxpayer(SECOND, self.connection)
        self.close_gate(other)
        segments = self.of_issuer("invoice.tax.segment")
        answer = segments.action_refresh()["params"]
        self.assertEqual(answer["type"], "warning")
        self.assertIn(f"{other.name} 未授权", answer["message"])
        draws = self.of_issuer("invoice.tax.draw").search([])
        self.assertEqual(draws.taxpayer_id, self.taxpayer)
        self.close_gate(other, self.taxpayer)
        with self.assertRaises(TaxServiceError) as caught:
            segments.action_refresh()
        self.assertEqual(caught.exception.code, "service_unavailable")

    def test_vector_6_7_S3_counts(self):
        for count in (1001, 0, -1):
            with self.assertRaises(TaxServiceError) as caught:
                self.draw(count)
            self.assertEqual(caught.exception.code, "draw_count")
        self.assertEqual(self.leqi.count("draw"), 0)
        self.assertEqual(self.draw(1000).state, "success")

    def test_vector_6_7_S4_answers_that_are_not_sound(self):
        self.draw(10)
        sound = SegmentData(
            first_number="26317000000000000011",
            last_number="26317000000000000020",
            count=10,
        )
        for code, values in (
            ("segment_reversed", {"last_number": "26317000000000000002"}),
            ("segment_count", {"count": 11}),
            ("segment_number", {"first_number": "2631700000000000001A"}),
            ("segment_prefix", {"last_number": "26327000000000000020"}),
            (
                "segment_year",
                {
                    "first_number": "25317000000000000011",
                    "last_number": "25317000000000000020",
                },
            ),
            (
                "segment_overlap",
                {"first_number": "26317000000000000010", "count": 11},
            ),
        ):
            with self.subTest(code):
                self.leqi.next_segment = dataclasses.replace(sound, **values)
                draw = self.draw(10)
                self.assertEqual((draw.state, draw.result_code), ("failed", code))
                self.assertIn(self.leqi.next_segment.first_number, draw.reason)
        self.assertEqual(len(self.segments()), 1)
        self.leqi.next_segment = sound
        self.assertEqual(self.draw(10).state, "success")

    def test_row_L6_manual_draw(self):
        self.draw_by_wizard(12)
        segment = self.segments()
        self.assertEqual(
            (segment.mode, segment.draw_id.user_id), ("manual", self.issuer)
        )
        self.assertEqual(set(segment.number_ids.mapped("state")), {"manual"})
        action = segment.action_open_numbers()
        numbers = self.of_issuer(action["res_model"]).search(action["domain"])
        self.assertEqual(len(numbers), 12)

    def test_row_L6_lost_draw_is_asked_for_before_the_next(self):
        """No number is lost, and none is drawn in place of those that may be ours."""
        self.leqi.trouble("draw", OutcomeUnknownError(), acted=True)
        self.leqi.trouble("find_draw", OutcomeUnknownError(), times=2)
        lost = self.draw(10)
        self.assertEqual(lost.step, "unknown")
        following = self.draw(20)
        self.assertEqual(self.leqi.count("draw"), 1, "drawn before the first was found")
        self.pass_time(60)
        self.dispatch()
        self.pass_time(60)
        self.dispatch()
        words = [word for word, _number in self.leqi.events]
        self.assertEqual(words, ["draw"] + ["find_draw"] * 3 + ["draw"])
        self.assertEqual(lost.segment_ids.count, 10)
        self.assertEqual(following.segment_ids.first_number, "26317000000000000011")

    def test_row_L6_draw_that_never_arrived(self):
        self.leqi.trouble("draw", OutcomeUnknownError())
        draw = self.draw(10)
        self.pass_time(60)
        self.dispatch()
        self.assertEqual(draw.state, "success")
        self.assertEqual(self.leqi.next_serial, 11, "drawn twice")

    def test_row_L6_draw_that_could_not_be_sent(self):
        self.leqi.trouble("draw", NotSentError())
        draw = self.draw(10)
        self.pass_time(60)
        self.dispatch()
        self.assertEqual(draw.state, "success")
        self.assertEqual(len(draw.segment_ids.number_ids), 10)

    def test_row_L6_failed_draw_gets_its_numbers_by_a_refresh(self):
        """The platform described it wrongly first, and rightly later."""
        self.leqi.next_segment = SegmentData(FIRST, "26317000000000000005", 4)
        draw = self.draw(5)
        self.assertEqual(draw.state, "failed")
        self.leqi.segments.append(
            SegmentData(FIRST, "26317000000000000005", 5, draw.request_number)
        )
        self.refresh()
        self.assertEqual((draw.state, draw.segment_ids.count), ("success", 5))
        self.assertEqual(draw.segment_ids.mode, "manual")

    def test_row_L8_draw_of_new_years_eve(self):
        """Sent in the old year and answered in the new one: of the old year it is,
        and its numbers are lost with that year."""
        self.now = datetime.datetime(2026, 12, 31, 15, 59)
        self.leqi.trouble("draw", OutcomeUnknownError(), acted=True)
        draw = self.draw(5)
        self.now = datetime.datetime(2026, 12, 31, 16, 5)
        self.dispatch()
        self.assertEqual(draw.state, "success")
        self.assertEqual(draw.segment_ids.year, "2026")
        self.run_daily()
        self.assertEqual(set(draw.segment_ids.number_ids.mapped("state")), {"expired"})
        self.assertEqual(draw.segment_ids.remaining, 0)
        self.assertEqual(self.draw(5).segment_ids.year, "2027")
