from odoo.exceptions import AccessError, UserError
from odoo.models import MAGIC_COLUMNS
from odoo.tests import tagged

from ..gateway.errors import NotSentError
from ..models.taxpayer_guard import READ_BACK
from .common import MANAGER, OWN, SECOND, TaxServiceCase
from .fake_bureau import PERIOD

ADMINISTRATOR = f"{MANAGER},base.group_system"
ADDRESS = "https://tax.example.com"


class ConnectionCase(TaxServiceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._new_user("tax_administrator", ADMINISTRATOR)

    def assertKept(self, connection, code, **values):
        """Refused with this code and a sentence, and as it was."""
        names = list(values)
        before = connection.sudo().read(names)
        with self.subTest(values=values), self.assertRefused(code) as refusal:
            connection.write(values)
        self.assertIn(connection.name, refusal.sentence)
        self.assertEqual(connection.sudo().read(names), before)
        return refusal.sentence


@tagged("post_install", "-at_install")
class TestPlaceOfAConnection(ConnectionCase):
    """Where a connection leads is the system administrator's to say, and stays once
    something was said over it: a trial is not turned into production."""

    def use(self):
        self.taxpayer.action_fetch()
        self.dispatch()

    def test_row_C2_manager_does_not_choose_the_environment(self):
        connection = self.connection.with_user(self.manager)
        self.manager.sudo().company_ids |= self.other_company
        for values in (
            {"environment": "production"},
            {"environment": "test"},
            {"channel": "rpa"},
            {"company_id": self.other_company.id},
            {"address": ADDRESS},
        ):
            sentence = self.assertKept(connection, "no_right", **values)
            self.assertIn("administrator", sentence)
        # As the web client saves what it has shown, and what is the manager's.
        connection.write({"environment": "simulated", "name": "改名", "bite_size": 50})
        self.assertEqual(connection.bite_size, 50)
        self.assertTrue(connection.is_fixed)

    def test_row_C2_manager_makes_simulated_connections_only(self):
        connections = self.env["invoice.tax.connection"].with_user(self.manager)
        values = {"name": "新", "company_id": self.company.id}
        self.assertEqual(connections.create(values).environment, "simulated")
        for context, extra in (
            ({}, {"environment": "production"}),
            ({"default_environment": "production"}, {}),
            ({}, {"address": ADDRESS}),
            ({"default_address": ADDRESS}, {}),
        ):
            with (
                self.subTest(context=context, values=extra),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                connections.with_context(**context).create({**values, **extra})
        live = self._new_connection(
            self.company, environment="production", address=ADDRESS
        )
        copied = live.with_user(self.administrator).copy()
        self.assertEqual(copied.environment, "simulated")

    def test_row_C2_administrator_chooses_before_the_first_word(self):
        connection = self.connection.with_user(self.administrator)
        self.assertFalse(connection.is_fixed)
        connection.write({"environment": "production", "address": ADDRESS})
        self.assertEqual(connection.environment, "production")
        self.assertEqual(self.taxpayer.environment, "production")

    def test_row_C2_used_connection_stays_where_it_leads(self):
        self.use()
        for user in (self.administrator, None):
            connection = self.connection.with_user(user) if user else self.connection
            for values in (
                {"environment": "production"},
                {"environment": "test"},
                {"address": ADDRESS},
                {"channel": "rpa"},
                {"company_id": self.other_company.id},
            ):
                sentence = self.assertKept(connection, "connection_in_use", **values)
                self.assertIn("Make a new connection", sentence)
        connection = self.connection.with_user(self.administrator)
        self.assertTrue(connection.is_fixed)
        self.assertTrue(connection.is_address_fixed)
        connection.write({"environment": "simulated", "name": "改名"})

    def test_row_C2_planned_work_keeps_the_connection(self):
        """What waits was planned against what was read there."""
        self.submit("deduct", self.add_invoices(1))
        self.assertKept(
            self.connection.with_user(self.administrator),
            "connection_in_use",
            environment="production",
        )

    def test_row_C2_address_where_nobody_answers_can_be_put_right(self):
        self.bureau.trouble("taxpayer", NotSentError(), times=20)
        self.taxpayer.action_fetch()
        self.dispatch()
        connection = self.connection.with_user(self.administrator)
        self.assertFalse(connection.is_address_fixed)
        connection.address = ADDRESS
        self.assertEqual(connection.address, ADDRESS)
        # The answer may be on its way, and would be of the other environment.
        self.assertTrue(connection.is_fixed)
        self.assertKept(connection, "connection_in_use", environment="production")
        self.assertEqual(self.env["invoice.tax.fetch"].search_count([]), 1)

    def test_row_C2_company_stays_with_its_taxpayers(self):
        self.administrator.sudo().company_ids |= self.other_company
        self.assertKept(
            self.connection.with_user(self.administrator),
            "connection_in_use",
            company_id=self.other_company.id,
        )

    # === THE TAXPAYER === #

    def test_row_C2_taxpayer_of_a_trial_is_added_anew(self):
        self.bureau.add_invoice(OWN, self.next_number())
        self.use()
        live = self._new_connection(
            self.company, name="正式", environment="production", address=ADDRESS
        )
        taxpayer = self.taxpayer.with_user(self.manager)
        with self.assertRefused("taxpayer_in_use") as refusal:
            taxpayer.connection_id = live
        self.assertIn("Archive it", refusal.sentence)
        # Not by a way round either.
        taxpayer.connection_id = False
        with self.assertRefused("taxpayer_in_use"):
            taxpayer.connection_id = live
        taxpayer.active = False
        self.env.flush_all()
        anew = self._new_taxpayer(OWN, live)
        self.assertFalse(anew.input_invoice_count, "invoices of the trial are real")
        self.assertEqual(self.operations()._find_taxpayer(OWN), anew)

    def test_row_C2_taxpayer_that_never_spoke_moves(self):
        live = self._new_connection(
            self.company, environment="production", address=ADDRESS
        )
        self.taxpayer.with_user(self.manager).connection_id = live
        self.assertEqual(self.taxpayer.environment, "production")

    def test_row_C2_next_reading_starts_anew_in_another_environment(self):
        """As in a copied database, whose connections are made simulated."""
        self.bureau.add_invoice(OWN, self.next_number())
        self.use()
        self.use()
        self.assertTrue(self.bureau.asked[-1][0], "the second reading has a cursor")
        reading = self.env["invoice.tax.fetch"].search([], limit=1)
        self.assertEqual(reading.environment, "simulated")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE invoice_tax_connection SET environment = 'test' WHERE id = %s",
            [self.connection.id],
        )
        self.env.invalidate_all()
        self.use()
        cursor, _position, months = self.bureau.asked[-1]
        self.assertFalse(cursor, "what the other environment changed would be missed")
        self.assertTrue(months, "the first reading reads all months")

    # === PAPERS === #

    def test_row_C9_paper_shows_the_environment_of_the_signature(self):
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        self.submit_table("statistics")
        self.dispatch()
        self.submit_table("sign")
        self.dispatch()
        period = self.taxpayer.current_period_id
        confirmation = period.confirmation_ids
        self.assertEqual(confirmation.environment, "simulated")
        self.assertEqual(period.environment, "simulated")
        live = self._new_connection(
            self.company, environment="production", address=ADDRESS
        )
        # What an import or a hand in the database could do.
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE invoice_tax_taxpayer SET connection_id = %s WHERE id = %s",
            [live.id, self.taxpayer.id],
        )
        self.env.invalidate_all()
        self.assertEqual(period.taxpayer_id.environment, "production")
        for record, report in (
            (confirmation, "invoice_tax_confirmation_report"),
            (period.statistics_id, "invoice_tax_statistics_report"),
        ):
            html, _kind = self.env["ir.actions.report"]._render_qweb_html(
                f"invoice_tax_service.{report}", record.ids
            )
            self.assertIn("Simulated environment", html.decode(), report)
        live_period = self.env["invoice.tax.period"]._get_or_create(
            self._new_taxpayer(SECOND, live), PERIOD
        )
        self.assertEqual(live_period.environment, "production")


@tagged("post_install", "-at_install")
class TestLineOfOthers(ConnectionCase):
    """Over RPC nobody changes what belongs to the engine or to the bureau."""

    def test_row_C2_manager_cannot_write_a_line(self):
        other = self._new_taxpayer(SECOND, self.connection)
        lane = self.taxpayer.lane_id.with_user(self.manager)
        self.assertTrue(lane.has_access("read"))
        for name, field in lane._fields.items():
            if not field.store or field.compute or name in MAGIC_COLUMNS:
                continue
            value = {
                "taxpayer_id": other.id,
                "connection_id": self._new_connection(self.company).id,
            }.get(name, False)
            with self.subTest(name), self.assertRaises(AccessError):
                lane.write({name: value})
        for values in (
            {"lane_ids": [(1, lane.id, {"taxpayer_id": other.id})]},
            {"lane_ids": [(0, 0, {"connection_id": self.connection.id})]},
        ):
            for record in (self.taxpayer, self.connection):
                with (
                    self.subTest(record=record._name),
                    self.assertRaises(AccessError),
                    self.env.cr.savepoint(),
                ):
                    record.with_user(self.manager).write(values)
                    self.env.flush_all()
        with self.assertRaises(AccessError):
            lane.create({"taxpayer_id": other.id, "connection_id": self.connection.id})
        with self.assertRaises(AccessError):
            lane.unlink()

    def test_row_C2_manager_still_resumes(self):
        lane = self.taxpayer.lane_id.sudo()
        lane.write({"is_stopped": True, "trouble_code": "password_wrong"})
        lane.with_user(self.manager).action_resume()
        self.assertFalse(lane.is_stopped)
        with self.assertRefused("no_right"):
            lane.with_user(self.clerk).action_resume()

    def test_row_C13_what_the_bureau_says_is_not_written_by_people(self):
        taxpayer = self.taxpayer.with_user(self.manager)
        for name in READ_BACK:
            value = {"is_at_risk": True}.get(name, "A")
            if name.endswith("_at"):
                value = "2026-01-01 00:00:00"
            with self.subTest(name):
                with self.assertRefused("readonly"):
                    taxpayer.write({name: value})
                with self.assertRefused("readonly"):
                    taxpayer.with_context(**{f"default_{name}": value}).create(
                        {
                            "name": "新",
                            "tax_number": SECOND,
                            "company_id": self.company.id,
                        }
                    )
        taxpayer.write({"name": "改名", "staff_name": "张三"})
        self.taxpayer.action_fetch()
        self.dispatch()
        self.assertEqual(self.taxpayer.credit_level, "A")
