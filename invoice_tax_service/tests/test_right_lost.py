from ..gateway.errors import NotSentError, OutcomeUnknownError
from .common import CLERK
from .fake_bureau import PERIOD
from .test_again import AgainCase

CLERK_GROUP = "invoice_tax_service.group_receiving_clerk"


class TestRightLost(AgainCase):
    """Nothing is sent for somebody who may not have it done any more."""

    def setUp(self):
        super().setUp()
        self.colleague = self._new_user("tax_colleague", CLERK)

    # === HOW A RIGHT IS LOST === #

    def by_role(self):
        self.clerk.sudo().group_ids -= self.env.ref(CLERK_GROUP)

    def by_company(self):
        self.env["invoice.tax.right"].with_user(self.manager).set_right(
            self.company.id, "deduct", self.clerk.id, False
        )

    def by_leaving_the_company(self):
        other = self.other_company
        self.clerk.sudo().write(
            {"company_id": other.id, "company_ids": [(6, 0, other.ids)]}
        )

    def by_being_archived(self):
        self.clerk.sudo().active = False

    def give_back(self):
        company = self.company
        self.clerk.sudo().write(
            {
                "active": True,
                "group_ids": [(4, self.env.ref(CLERK_GROUP).id)],
                "company_ids": [(4, company.id)],
                "company_id": company.id,
            }
        )
        self.env["invoice.tax.right"].sudo().search([]).unlink()

    # === WHAT BECOMES OF WHAT WAITS === #

    def test_row_O11_lost_right_sends_nothing(self):
        for lose, words in (
            (self.by_role, "has lost the right in 甲测试公司: Deduction Selection"),
            (self.by_company, "has lost the right in 甲测试公司: Deduction Selection"),
            (self.by_leaving_the_company, "does not work in 甲测试公司 any more"),
            (self.by_being_archived, "is not a user any more"),
        ):
            with self.subTest(lose.__name__):
                batch = self.submit("deduct", self.add_invoices(2))
                lose()
                self.dispatch()
                batch = batch.with_user(self.manager)
                self.assertStopped(batch, "right_lost", words)
                self.assertIn(self.clerk.sudo().name, batch.description)
                self.assertIn("take it over", batch.advice)
                self.assertEqual(
                    set(batch.line_ids.mapped("result_code")), {"right_lost"}
                )
                self.assertFalse(self.bureau.events, "something was said")
                self.give_back()

    def test_row_O11_lost_right_of_a_table(self):
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        batch = self.submit_table("statistics")
        self.by_role()
        self.dispatch()
        self.assertStopped(batch.with_user(self.manager), "right_lost", "has lost")
        self.assertEqual(self.sent(), ["deduct"])

    def test_row_O11_lost_right_between_the_steps_of_a_certification(self):
        batch = self.submit("certify", self.add_invoices(2))
        self.step(2)
        self.by_being_archived()
        self.dispatch()
        self.assertStopped(batch.with_user(self.manager), "right_lost", "not built")
        self.assertEqual(self.sent(), ["deduct"])

    def test_row_O11_lost_right_is_taken_over_by_a_colleague(self):
        invoices = self.add_invoices(2)
        batch = self.submit("deduct", invoices)
        self.by_being_archived()
        self.dispatch()
        batch.with_user(self.colleague).action_retry()
        self.dispatch()
        retry = batch.sudo().retried_by_ids
        self.assertEqual((retry.user_id, retry.state), (self.colleague, "success"))
        self.assertStands(invoices.with_user(self.manager), "selected", "deduct")

    def test_row_O11_lost_right_of_one_holds_up_no_other(self):
        batch = self.submit("deduct", self.add_invoices(1))
        operations = self.operations(self.colleague)
        rows = operations._plan_selection(
            self.taxpayer.with_user(self.colleague),
            "deduct",
            PERIOD,
            self.add_invoices(1)._get_wishes(),
        )
        behind = operations._submit_selection(
            self.taxpayer.with_user(self.colleague), "deduct", PERIOD, rows, "manual"
        )
        self.by_role()
        self.dispatch()
        self.assertEqual(batch.sudo().state, "failed")
        self.assertEqual(behind.state, "success")

    def test_row_O11_lost_right_needs_no_person_where_odoo_asks(self):
        operations = self.env["invoice.tax.operation"].sudo()
        rows = operations._plan_selection(
            self.taxpayer.sudo(), "deduct", PERIOD, self.add_invoices(1)._get_wishes()
        )
        with self.cron_environment() as env:
            batch = env["invoice.tax.operation"]._submit_selection(
                env["invoice.tax.taxpayer"].browse(self.taxpayer.id),
                "deduct",
                PERIOD,
                rows,
                "automatic",
            )
            batch_id = batch.id
        self.dispatch()
        self.assertEqual(operations.browse(batch_id).state, "success")

    # === WHAT WAS SENT === #

    def test_row_O11_lost_right_asks_for_what_was_sent(self):
        """The outcome is unknown: it is found out, and written down."""
        invoices = self.add_invoices(2)
        batch = self.submit("deduct", invoices)
        self.bureau.trouble("submit", OutcomeUnknownError("cut"), acted=True)
        self.step()
        self.by_role()
        self.dispatch()
        self.assertEqual(batch.sudo().state, "success")
        self.assertEqual(len(self.bureau.submissions), 1, "sent again")
        self.assertStands(invoices.with_user(self.manager), "selected", "deduct")

    def test_row_O11_lost_right_while_the_line_is_down(self):
        """What surely never left is not sent when the line is up again."""
        batch = self.submit("deduct", self.add_invoices(2))
        self.bureau.trouble("submit", NotSentError("refused"))
        self.step()
        self.assertEqual(self.requests_of(batch).step, "queued")
        self.by_being_archived()
        self.pass_time(900)
        self.dispatch()
        self.assertStopped(batch.with_user(self.manager), "right_lost")
        self.assertFalse(self.bureau.submissions)

    def test_row_O11_lost_right_while_a_call_may_still_arrive(self):
        """Unknown at the bureau, but perhaps on its way: nothing is sent again, and
        the bureau is asked once more when it must have arrived."""
        batch = self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", OutcomeUnknownError("cut"), acted=False)
        self.step()
        self.by_role()
        self.dispatch()
        request = self.requests_of(batch)
        self.assertEqual((request.step, batch.sudo().state), ("queued", "processing"))
        self.assertEqual(request.next_attempt_at, request.arrives_by)
        self.pass_time(3600)
        self.dispatch()
        self.assertStopped(batch.with_user(self.manager), "right_lost")
        self.assertFalse(self.bureau.acted)
