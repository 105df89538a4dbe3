from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import Form

from ..exceptions import TaxServiceError
from ..gateway.environment_check import NOT_OK, OK, STEPS, CheckStep
from .common import FOREIGN, MANAGER, SMALL, TaxServiceCase


class TestStart(TaxServiceCase):
    """The guided set-up: a newcomer is led from an empty company to the first fetch,
    can leave at any step and goes on there, and nothing is done twice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fresh = cls.env["res.company"].create(
            {"name": "丁测试公司", "vat": SMALL.lower()}
        )
        cls.newcomer = cls._new_user("tax_newcomer", MANAGER, cls.fresh)
        cls.of_fresh = cls._new_user(
            "tax_of_fresh", "invoice_tax_service.group_receiving_clerk", cls.fresh
        )

    def setUp(self):
        super().setUp()
        self.bureau.add_taxpayer(SMALL)
        # What is asked of the platform over HTTP is tested in test_environment_check.
        self.steps = [CheckStep(step, OK) for step in STEPS]
        lanes = self.registry["invoice.tax.lane"]
        self.patch(lanes, "_check_environment", lambda lane: self.steps)

    def open(self, user=None, **context):
        pages = self.env["invoice.tax.start"].with_user(user or self.newcomer)
        return Form(pages.with_context(**context)).save()

    def taxpayers(self):
        return self.env["invoice.tax.taxpayer"].search(
            [("company_id", "=", self.fresh.id)]
        )

    def connect(self, page, **values):
        """The connection as a newcomer makes it, and as the administrator ends it."""
        page.write({"choice": "new", "channel": self.connection.channel, **values})
        page.action_choose_connection()
        connection = page.kept_connection_id
        connection.sudo().address = "http://127.0.0.1:9"
        self.env.invalidate_all()
        return connection

    def test_row_X2_first_use_to_its_end(self):
        page = self.open()
        self.assertEqual(page.step, "taxpayer")
        self.assertEqual((page.name, page.tax_number), (self.fresh.name, SMALL))
        again = page.action_add_taxpayer()
        self.assertEqual(again["res_id"], page.id)
        self.assertEqual(page.step, "connection")
        self.connect(page)
        self.assertEqual(page.step, "check")
        page.action_check()
        self.assertEqual(page.check_line_ids.mapped("state"), ["ok"] * len(STEPS))
        self.assertEqual(page.step, "fetch")
        answer = page.action_fetch()
        self.assertEqual(answer["params"]["next"]["path"], "tax-month")
        self.assertIn("being read", page.progress)
        self.bureau.add_invoice(SMALL, self.next_number())
        self.dispatch()
        self.assertEqual(page.step, "done")
        self.assertEqual(len(self.taxpayers()), 1)
        self.assertEqual(self.taxpayers().input_invoice_count, 1)

    def test_row_X2_each_step_can_be_left(self):
        """Whoever opens the page next goes on where the last one stood."""
        self.open().action_add_taxpayer()
        page = self.open()
        self.assertEqual(page.step, "connection")
        self.connect(page)
        page = self.open()
        self.assertEqual(page.step, "check")
        page.action_check()
        # Looking again costs nothing, and much may have changed meanwhile.
        self.assertEqual(self.open().step, "check")
        page.action_fetch()
        self.assertEqual(self.open().step, "fetch")
        self.dispatch()
        self.assertEqual(self.open().step, "done")

    def test_row_X2_no_step_is_done_twice(self):
        first, second = self.open(), self.open()
        first.action_add_taxpayer()
        second.action_add_taxpayer()
        self.assertEqual(first.taxpayer_id, second.taxpayer_id)
        connection = self.connect(first)
        self.connect(second)
        self.assertEqual(second.kept_connection_id, connection)
        connections = self.env["invoice.tax.connection"].search(
            [("company_id", "=", self.fresh.id)]
        )
        self.assertEqual(connections, connection.with_env(connections.env))
        for page in (first, second):
            page.action_check()
            page.action_fetch()
        readings = self.env["invoice.tax.fetch"].search(
            [("taxpayer_id", "=", first.taxpayer_id.id)]
        )
        self.assertEqual(len(readings), 1)

    def test_existing_connection(self):
        connection = self._new_connection(self.fresh).with_user(self.newcomer)
        page = self.open()
        page.action_add_taxpayer()
        self.assertEqual((page.choice, page.connection_id), ("existing", connection))
        self.assertEqual(page.available_connection_ids, connection)
        page.action_choose_connection()
        self.assertEqual(page.kept_connection_id, connection)

    def test_wrong_number_is_said_at_once(self):
        page = self.open()
        page.tax_number = f"{SMALL[:-1]}1"
        with self.assertRaisesRegex(Exception, "is not a tax number"):
            page.action_add_taxpayer()
        page.tax_number = False
        with self.assertRaises(TaxServiceError) as caught:
            page.action_add_taxpayer()
        self.assertEqual(caught.exception.code, "taxpayer_missing")

    def test_what_is_not_right_is_shown_in_place(self):
        page = self.open()
        page.action_add_taxpayer()
        self.connect(page)
        self.steps = [
            CheckStep(step, NOT_OK if step == "login" else OK, "password_wrong")
            for step in STEPS
        ]
        page.action_check()
        self.assertEqual(page.step, "check")
        [line] = page.check_line_ids.filtered(lambda one: one.state == "not_ok")
        self.assertTrue(line.text, "what to do is missing")
        # A clock that differs stands against nothing.
        self.steps = [
            CheckStep(step, NOT_OK if step == "clock" else OK) for step in STEPS
        ]
        page.action_check()
        self.assertEqual(page.step, "fetch")

    def test_licence_is_asked_for_before_the_fetch(self):
        page = self.open()
        page.action_add_taxpayer()
        self.connect(page)
        page.action_check()
        reason = "There is no licence."
        with patch.object(
            self.registry["invoice.tax.taxpayer"],
            "_get_service_unavailable_reason",
            lambda taxpayer, group: reason,
        ):
            self.env.invalidate_all()
            self.assertEqual((page.step, page.hint), ("licence", reason))
            with self.assertRefused("service_unavailable"):
                page.action_fetch()
        self.env.invalidate_all()
        self.assertEqual(page.step, "fetch")

    def test_clerk_reads_whom_to_ask(self):
        page = self.open(self.of_fresh)
        self.assertEqual(page.step, "taxpayer")
        self.assertFalse(page.can_keep)
        self.assertIn(self.newcomer.name, page.hint)
        with self.assertRaises(TaxServiceError) as caught:
            page.action_add_taxpayer()
        self.assertEqual(caught.exception.code, "no_right")
        self.assertFalse(self.taxpayers())

    def test_address_is_for_the_system_administrator(self):
        administrator = self._new_user(
            "tax_administrator", f"{MANAGER},base.group_system", self.fresh
        )
        page = self.open()
        page.action_add_taxpayer()
        page.write({"choice": "new", "channel": self.connection.channel})
        page.action_choose_connection()
        self.env.invalidate_all()
        self.assertEqual(page.step, "address")
        self.assertFalse(page.can_keep)
        self.assertIn(administrator.name, page.hint)
        for action in (lambda: page.address, lambda: page.write({"address": "x"})):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                action()
        with self.assertRaises(TaxServiceError):
            page.action_keep_access()
        own = self.open(administrator)
        self.assertEqual((own.step, own.can_keep), ("address", True))
        own.write({"address": "http://127.0.0.1:9", "encryption_key": "0" * 32})
        # The web client saves in a request of its own.
        self.env.invalidate_all()
        own.action_keep_access()
        self.assertEqual(own.step, "check")
        connection = own.kept_connection_id.sudo()
        self.assertEqual(connection.address, "http://127.0.0.1:9")
        self.assertEqual(connection.encryption_key, "0" * 32)
        own.invalidate_recordset()
        self.assertFalse(own.encryption_key, "a secret is read back")

    def test_passwords_lead_back_to_the_page(self):
        page = self.open()
        page.action_add_taxpayer()
        self.connect(page)
        lanes = self.registry["invoice.tax.lane"]

        def compute(lanes):
            lanes.update({"has_passwords": True, "has_staff": False})

        with patch.object(lanes, "_compute_has_passwords", compute):
            self.env.invalidate_all()
            self.assertEqual(page.step, "passwords")
            action = page.action_enter_passwords()
            wizard = (
                self.env[action["res_model"]]
                .with_user(self.newcomer)
                .with_context(**action["context"])
                .create({"certificate_password": "12345678"})
            )
            with (
                patch.object(lanes, "_tell_passwords", lambda lane, **told: "kept"),
                patch.object(lanes, "_commit", lambda lane: None),
            ):
                answer = wizard.action_apply()
        self.assertEqual(answer["params"]["next"]["res_id"], page.id)

    def test_page_for_the_card_of_the_month(self):
        """Of the taxpayer of the card, whichever company comes first."""
        other = self._new_taxpayer(FOREIGN, self._new_connection(self.fresh))
        action = other.with_user(self.newcomer).action_month_start()
        page = self.open(**action["context"])
        self.assertEqual((page.taxpayer_id.id, page.company_id), (other.id, self.fresh))

    def test_page_is_of_its_user_and_company(self):
        page = self.open()
        with self.assertRaises(AccessError):
            page.with_user(self.stranger).read(["name"])
        pages = self.env["invoice.tax.start"].with_user(self.newcomer)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            pages.create({"taxpayer_id": self.taxpayer.id})
