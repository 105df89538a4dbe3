import contextlib
import logging
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError

from ..gateway.errors import CredentialError, NotSentError, OutcomeUnknownError
from .fake_account import (
    ANSWER,
    CERTIFICATE,
    NEW,
    PLATFORM,
    QUESTION,
    SECRETS,
    AccountCase,
)

WRONG = "falsch-geheim-5"
LOST = OutcomeUnknownError("cut")


class TestTell(AccountCase):
    """Passwords told to Odoo are tried once; wrong ones are not kept."""

    def setUp(self):
        super().setUp()
        self.lane.write({"is_stopped": True, "trouble_code": "password_wrong"})

    def test_row_C1_right_passwords_let_the_lane_go_on(self):
        self.account.certificate = NEW
        self.member.action_fetch()
        answer, _saved, _id = self.press(mode="tell", certificate_password=NEW)
        self.assertIn("accepted", answer["params"]["message"])
        self.assertKept(NEW, PLATFORM)
        self.assertFalse(self.lane.is_stopped)
        self.dispatch()
        fetch = self.env["invoice.tax.fetch"].search([("lane_id", "=", self.lane.id)])
        self.assertEqual(fetch.state, "success")

    def test_row_C1_wrong_ones_are_told_with_the_tries_left(self):
        for values, code in (
            ({"certificate_password": WRONG}, "password_wrong"),
            ({"platform_password": WRONG}, "platform_password_wrong"),
        ):
            with self.subTest(code), self.assertTold(code) as refusal:
                self.press(mode="tell", **values)
            self.assertIn(str(10 - self.account.wrong), refusal.sentence)
            self.assertKept(CERTIFICATE, PLATFORM)
            self.assertTrue(self.lane.is_stopped)

    def test_row_C1_too_short_is_no_try(self):
        with self.assertTold("password_short"):
            self.press(mode="tell", certificate_password="7-signs")
        with self.assertTold("password_empty"):
            self.press(mode="tell")
        self.assertFalse(self.account.logins)

    def test_row_C1_locked_until_the_next_day_is_waited_for(self):
        until = self.now.replace(microsecond=0) + timedelta(hours=5)
        self.account.refusal = CredentialError(
            code="login_locked", wait=5 * 3600, until=until
        )
        answer, _saved, _id = self.press(mode="tell", certificate_password=NEW)
        message = answer["params"]["message"]
        self.assertIn("Locked until", message)
        local = fields.Datetime.context_timestamp(
            self.env.user.with_context(tz="Asia/Shanghai"), until
        )
        self.assertIn(f":{local.minute:02d}", message)
        self.assertKept(NEW, PLATFORM)
        self.assertFalse(self.lane.is_stopped)
        self.assertGreaterEqual(self.lane.paused_until, until)

    def test_row_C1_what_is_not_the_passwords_is_told(self):
        for code in ("not_eligible", "credit_level_missing"):
            self.account.refusal = CredentialError(code=code)
            with self.subTest(code):
                answer, _saved, _id = self.press(mode="tell", certificate_password=NEW)
                self.assertIn("Ask the tax bureau", answer["params"]["message"])
                self.env.invalidate_all()
                self.assertTrue(self.lane.is_stopped)
        self.account.refusal = NotSentError()
        self.press(mode="tell", certificate_password=CERTIFICATE)
        self.assertKept(CERTIFICATE, PLATFORM)
        self.assertFalse(self.lane.is_stopped, "it is tried again by itself")

    def test_row_C1_platform_password_that_is_no_more(self):
        self.account.platform = ""
        self.press(mode="tell", is_platform_used=False)
        self.assertKept(CERTIFICATE, False)
        self.assertEqual(self.account.logins, [(CERTIFICATE, "")])


class TestChange(AccountCase):
    """A change at the bureau: the valid password is never lost."""

    def change(self, kind="certificate", old=CERTIFICATE, new=NEW, **values):
        return self.press(
            mode="change",
            kind=kind,
            old_password=old,
            new_password=new,
            new_password_again=new,
            **values,
        )

    def assertSettled(self):
        self.env.invalidate_all()
        self.assertRecordValues(
            self.lane,
            [{"pending_kind": False, "pending_password": False, "is_stopped": False}],
        )

    def test_row_C1_changed_and_kept(self):
        self.change()
        self.assertEqual(self.account.certificate, NEW)
        self.assertKept(NEW, PLATFORM)
        self.change("platform", PLATFORM, question="颜色", answer=ANSWER)
        self.assertEqual((self.account.platform, self.account.question), (NEW, "颜色"))
        self.assertKept(NEW, NEW)
        self.change("platform", NEW, "", is_enabled=False)
        self.assertKept(NEW, False)
        self.assertEqual(self.account.platform, "")
        self.assertSettled()

    def test_row_C1_refused_before_anything_is_sent(self):
        for code, values in (
            ("new_password_short", {"new": "7-signs"}),
            ("password_empty", {"new": ""}),
            ("password_differs", {"new_password_again": WRONG}),
            (
                "question_incomplete",
                {"kind": "platform", "old": PLATFORM, "question": QUESTION},
            ),
        ):
            with self.subTest(code), self.assertTold(code):
                again = values.pop("new_password_again", None)
                if again:
                    self.press(
                        mode="change",
                        kind="certificate",
                        old_password=CERTIFICATE,
                        new_password=NEW,
                        new_password_again=again,
                    )
                else:
                    self.change(**values)
        self.assertFalse(self.bureau.events)

    def test_row_C1_wrong_old_one_changes_nothing(self):
        with self.assertTold("password_wrong") as refusal:
            self.change(old=WRONG)
        self.assertIn("9", refusal.sentence)
        self.assertKept(CERTIFICATE, PLATFORM)
        self.assertSettled()

    def test_row_C1_lost_answer_is_found_out_by_a_login(self):
        for kind, old in (("certificate", CERTIFICATE), ("platform", PLATFORM)):
            for acted in (True, False):
                with self.subTest(kind=kind, acted=acted):
                    self.account.__init__()
                    self.lane.write(
                        {
                            "certificate_password": CERTIFICATE,
                            "platform_password": PLATFORM,
                        }
                    )
                    self.bureau.trouble("password", LOST, acted=acted)
                    if acted:
                        self.change(kind, old)
                    else:
                        with self.assertTold("password_unchanged"):
                            self.change(kind, old)
                    held = (self.account.certificate, self.account.platform)
                    self.assertKept(*held)
                    self.assertSettled()

    def test_row_C1_first_platform_password_with_a_lost_answer(self):
        """Any password logs in where none is set, so a login without one tells."""
        for acted in (True, False):
            with self.subTest(acted=acted):
                self.account.platform = ""
                self.lane.platform_password = False
                self.bureau.trouble("password", LOST, acted=acted)
                if acted:
                    self.change("platform", "")
                else:
                    with self.assertTold("password_unchanged"):
                        self.change("platform", "")
                self.assertKept(CERTIFICATE, NEW if acted else False)
                self.assertEqual(self.account.wrong, 0, "a try was spent")
                self.assertSettled()

    def test_row_C1_still_unknown_keeps_both_and_tries_no_login(self):
        self.bureau.trouble("password", LOST, acted=True)
        self.bureau.trouble("login", NotSentError(code="login_unanswered"))
        self.member.action_fetch()
        with self.assertTold("password_unknown"):
            self.change()
        self.assertKept(CERTIFICATE, PLATFORM)
        self.assertRecordValues(
            self.lane,
            [
                {
                    "pending_kind": "certificate",
                    "pending_password": NEW,
                    "is_stopped": True,
                }
            ],
        )
        logins = len(self.account.logins)
        self.dispatch()
        with self.assertTold("password_unknown"):
            self.change()
        self.assertEqual(len(self.account.logins), logins, "a try was spent")
        with self.as_user() as env:
            env["invoice.tax.taxpayer"].browse(self.member.id).action_resume()
        self.assertKept(NEW, PLATFORM)
        self.assertSettled()

    def test_row_C1_recovered_by_the_question(self):
        self.lane.write({"is_stopped": True, "trouble_code": "platform_password_wrong"})
        answer, _saved, wizard_id = self.press(
            mode="recover", button="action_ask_question"
        )
        self.assertEqual(answer["res_id"], wizard_id)
        wizard = self.env["invoice.tax.password.wizard"].browse(wizard_id)
        self.assertEqual(wizard.bureau_question, QUESTION)
        with self.assertTold("answer_wrong") as refusal:
            self.press(mode="recover", answer=WRONG)
        self.assertIn("9", refusal.sentence)
        self.press(mode="recover", answer=ANSWER)
        self.assertEqual(self.account.platform, "")
        self.assertKept(CERTIFICATE, False)
        self.assertSettled()

    def test_row_C1_recovery_with_a_lost_answer(self):
        for acted in (True, False):
            with self.subTest(acted=acted):
                self.account.__init__()
                self.lane.platform_password = PLATFORM
                self.bureau.trouble("recover", LOST, acted=acted)
                if acted:
                    self.press(mode="recover", answer=ANSWER)
                else:
                    with self.assertTold("password_unchanged"):
                        self.press(mode="recover", answer=ANSWER)
                self.assertKept(CERTIFICATE, False if acted else PLATFORM)

    def test_row_C1_no_question(self):
        self.account.question = ""
        with self.assertTold("question_missing"):
            self.press(mode="recover", button="action_ask_question")

    def test_row_C1_line_in_use(self):
        self.held.add(self.lane.id)
        with self.assertTold("line_in_use") as refusal:
            self.change()
        self.assertIn("Try again in a moment", refusal.sentence)
        self.assertFalse(self.bureau.events)

    def test_row_C1_channel_without_passwords(self):
        with self.as_user() as env:
            lane = env["invoice.tax.lane"].browse(self.taxpayer.sudo().lane_id.id)
            with self.assertTold("passwords_not_used"):
                lane.action_open_passwords()

    def test_row_C1_managers_only(self):
        for user in (self.clerk, self.viewer, self.stranger):
            with self.subTest(user.login):
                with self.assertRaises(UserError):
                    self.press(user=user, mode="tell", certificate_password=NEW)
                lane = self.lane.with_user(user)
                for call in (
                    lane.action_open_passwords,
                    lambda lane=lane: lane._tell_passwords(platform_password=NEW),
                    lambda lane=lane: lane._change_password("certificate", "", NEW),
                    lambda lane=lane: lane._recover_password(ANSWER),
                    lane._fetch_question,
                    self.member.with_user(user).action_open_passwords,
                ):
                    with self.assertRaises(UserError):
                        call()
        self.assertFalse(self.bureau.events)


class TestSecrets(AccountCase):
    """No secret leaves the line: not by reading, exporting, copying or logging."""

    def assertClean(self, value, where):
        text = repr(value)
        for secret in SECRETS:
            self.assertNotIn(secret, text, f"{where} holds a secret")

    @contextlib.contextmanager
    def _listen(self):
        """All that is logged from INFO on; a run of tests may have logging off."""
        lines = []

        def handle(_logger, record):
            lines.append(record.getMessage())

        def is_enabled(_logger, level):
            return level >= logging.INFO

        with (
            patch.object(logging.Logger, "isEnabledFor", is_enabled),
            patch.object(logging.Logger, "handle", handle),
        ):
            yield lines

    def test_row_C1_no_secret_is_seen(self):
        with self._listen() as lines:
            logging.getLogger("odoo.addons").info("there is at least this line")
            _answer, saved, wizard_id = self.press(
                mode="change",
                kind="platform",
                old_password=PLATFORM,
                new_password=NEW,
                new_password_again=NEW,
                question=QUESTION,
                answer=ANSWER,
            )
            with self.assertTold("password_wrong") as refusal:
                self.press(mode="tell", certificate_password=WRONG)
        self.assertTrue(lines, "nothing was listened to")
        self.assertClean(lines, "the log")
        self.assertClean(saved, "what the browser got back")
        self.assertClean(refusal.sentence, "the message")
        wizard = self.env["invoice.tax.password.wizard"].browse(wizard_id)
        self.assertFalse(wizard.put_aside, "kept longer than needed")
        messages = self.member.sudo().message_ids
        self.assertClean(messages.mapped("body"), "the chatter")
        exchanges = self.env["invoice.tax.exchange"].search([])
        self.assertClean(exchanges.read(), "the exchange")

    def test_row_C1_typed_is_not_read_back(self):
        with self.as_user() as env:
            wizards = env["invoice.tax.password.wizard"]
            wizard = wizards.create(
                {"lane_id": self.lane.id, "certificate_password": NEW}
            )
            names = [name for name in wizards._fields if name != "put_aside"]
            specification = {name: {} for name in names}
            self.assertClean(wizard.web_read(specification), "the page")
            typed = {"lane_id": self.lane.id, "new_password": NEW}
            shown = wizards.onchange(typed, ["new_password"], specification)
            self.assertClean(shown, "the onchange")
            with self.assertRaises(AccessError):
                wizard.read(["put_aside"])

    def test_row_C1_lane_shows_no_secret(self):
        self.manager.sudo().group_ids += self.env.ref("base.group_allow_export")
        lane = self.lane.with_user(self.manager)
        self.lane.sudo().write({"session_token": "token-geheim-6"})
        secret = ["certificate_password", "platform_password", "session_token"]
        secret.append("pending_password")
        for name in secret:
            with self.subTest(name):
                for call in (
                    lambda name=name: lane.read([name]),
                    lambda name=name: lane.export_data([name]),
                    lambda name=name: lane.web_read({name: {}}),
                ):
                    with self.assertRaises(AccessError):
                        call()
                self.assertFalse(lane.sudo()._fields[name].exportable)
                self.assertNotIn(name, lane.sudo().copy_data()[0])
        self.assertClean(lane.read(), "the line")
        self.assertClean(self.member.with_user(self.manager).read(), "the taxpayer")
        self.assertClean(
            self.env["invoice.tax.lane"].get_view(view_type="form")["arch"], "the view"
        )
        arch = self.env["invoice.tax.lane"].get_view(view_type="form")["arch"]
        for name in secret:
            self.assertNotIn(f'name="{name}"', arch, "sent to the browser")

    # === TYPED AND LEFT === #

    def test_row_C13_typed_and_left_is_forgotten(self):
        """The page was closed, or the browser died, before the button."""
        with self.as_user() as env:
            wizard = env["invoice.tax.password.wizard"].create(
                {"lane_id": self.lane.id, "certificate_password": CERTIFICATE}
            )
            left = wizard.id
        wizard = self.env["invoice.tax.password.wizard"].browse(left)
        cron = self.env.ref("invoice_tax_service.ir_cron_forget_passwords")
        trigger = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertTrue(trigger, "nobody forgets it before the night")
        self.assertLessEqual(trigger[:1].call_at, self.now + timedelta(minutes=6))
        self._forget()
        self.assertTrue(wizard.put_aside, "the button is still to come")
        self.pass_time(6 * 60)
        self._forget()
        self.assertFalse(wizard.put_aside)

    def _forget(self):
        with self.cron_environment() as env:
            env["invoice.tax.password.wizard"]._cron_forget()
