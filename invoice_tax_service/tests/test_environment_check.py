import datetime
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from ..gateway import environment_check
from ..gateway.errors import CredentialError, NotSentError, RefusedError
from .common import TaxServiceMixin
from .fake_account import CERTIFICATE, NEW, SECRETS, AccountCase

PAGES = ("flow", "questions", "manual")


class TestEnvironmentCheck(AccountCase):
    """检测环境: each step ok, not ok or not checked, and what to do."""

    def setUp(self):
        super().setUp()
        self.site.address = "http://127.0.0.1:9"
        self.date = datetime.datetime.now(datetime.UTC)
        self.startPatcher(patch.object(environment_check, "_ask", self._ask))

    def _ask(self, credentials):
        return 200, self.date.strftime("%a, %d %b %Y %H:%M:%S GMT")

    def check(self, record=None, user=None):
        record = record or self.member
        with self.as_user(user or self.clerk) as env:
            action = env[record._name].browse(record.id).action_check_environment()
            check = env[action["res_model"]].browse(action["res_id"])
            found = {
                line["step"]: (line["state"], line["text"] or "")
                for line in check.line_ids.read(["step", "state", "text"])
            }
        self.assertEqual(list(found), list(environment_check.STEPS))
        for secret in SECRETS:
            self.assertNotIn(secret, repr(found))
        return found

    def states(self, *arguments, **values):
        return [state for state, _text in self.check(*arguments, **values).values()]

    def test_row_C2_all_is_well(self):
        self.assertEqual(self.states(), ["ok"] * 5)
        self.assertEqual(self.states(self.site, self.manager), ["ok"] * 5)
        self.assertEqual(self.account.logins[0][0], CERTIFICATE)
        self.env.invalidate_all()
        self.assertEqual(
            self.lane.session_token, "token-geheim-6", "the older one ended"
        )

    def test_row_C2_clock(self):
        self.date -= datetime.timedelta(minutes=7)
        state, text = self.check()["clock"]
        self.assertEqual(state, "not_ok")
        self.assertIn("7 minutes", text)
        self.date += datetime.timedelta(minutes=3)
        self.assertEqual(self.check()["clock"][0], "ok")

    def test_row_C2_address(self):
        with patch.object(environment_check, "_ask", side_effect=OSError):
            found = self.check()
        self.assertEqual(found["address"][0], "not_ok")
        self.assertIn("could not be reached", found["address"][1])
        self.assertEqual(found["login"][0], "not_checked")
        self.assertFalse(self.account.logins)

    def test_row_C2_password_missing_or_short(self):
        for password, word in ((False, "not entered"), ("7-signs", "shorter")):
            self.lane.certificate_password = password
            with self.subTest(password=password):
                found = self.check()
                self.assertEqual(found["certificate"][0], "not_ok")
                self.assertIn(word, found["certificate"][1])
                self.assertEqual(found["login"][0], "not_checked")
        self.assertFalse(self.account.logins)

    def test_row_C2_login_and_taxpayer(self):
        for error, states, word in (
            (
                CredentialError(code="password_wrong", left=4),
                ("not_ok", "not_checked"),
                "Tries left before it is locked until the next day: 4",
            ),
            (
                CredentialError(code="not_eligible"),
                ("not_checked", "not_ok"),
                "Ask the tax bureau",
            ),
            (
                CredentialError(code="credit_level_missing"),
                ("not_checked", "not_ok"),
                "credit level",
            ),
            (
                RefusedError(code="not_served"),
                ("not_checked", "not_ok"),
                "does not serve",
            ),
            (NotSentError(), ("not_ok", "not_checked"), "could not be reached"),
        ):
            self.account.refusal = error
            self.lane.write({"is_stopped": False, "trouble_code": False})
            with self.subTest(error.code):
                found = self.check()
                self.assertEqual(
                    (found["login"][0], found["taxpayer"][0]), states, found
                )
                self.assertIn(word, repr(found))

    def test_row_C2_registration_that_is_not_normal(self):
        self.bureau.add_taxpayer(self.member.tax_number, status="07")
        state, text = self.check()["taxpayer"]
        self.assertEqual(state, "not_ok")
        self.assertIn("not normal", text)

    def test_row_C2_stopped_lane_is_not_tried(self):
        """Each press of the button would be a wrong try."""
        self.lane.write({"is_stopped": True, "trouble_code": "password_wrong"})
        self.assertEqual(self.check()["login"][0], "not_checked")
        self.assertFalse(self.account.logins)

    def test_row_C2_pressed_again_and_again_does_not_lock_the_account(self):
        """The password was changed at the bureau; ten wrong tries lock it."""
        self.account.certificate = "anders-geheim"
        self.assertEqual(self.check()["login"][0], "not_ok")
        self.assertRecordValues(
            self.lane, [{"is_stopped": True, "trouble_code": "password_wrong"}]
        )
        for _press in range(11):
            self.assertEqual(self.check()["login"][0], "not_checked")
        self.assertEqual(self.account.wrong, 1, "tries are used up")
        # And the way on: who knows the password enters it.
        self.account.certificate = NEW
        self.press(mode="tell", certificate_password=NEW)
        self.env.invalidate_all()
        self.assertFalse(self.lane.is_stopped)
        self.assertEqual(self.states(), ["ok"] * 5)

    def test_row_C2_trouble_on_the_way_stops_nothing(self):
        self.account.refusal = NotSentError()
        self.check()
        self.assertFalse(self.lane.is_stopped)

    def test_row_C2_in_production(self):
        credentials = self.site._get_credentials(self.lane)
        capabilities = self.site._get_capabilities()
        for environment, code in (("production", "insecure_address"), ("test", "")):
            steps = environment_check.check_environment(
                credentials, environment, capabilities, None
            )
            self.assertEqual(steps[2].code, code)

    def test_row_C2_without_taxpayer(self):
        connection = self._new_connection(
            self.company, channel="fake", address="http://127.0.0.1:9"
        )
        found = self.check(connection, self.manager)
        self.assertIn("No taxpayer", found["login"][1])

    def test_row_C2_rights(self):
        with self.assertTold("no_right"):
            self.check(user=self.viewer)
        with self.assertTold("no_right"):
            self.check(self.site, self.clerk)
        self.held.add(self.lane.id)
        with self.assertTold("line_in_use"):
            self.check()

    def test_row_C2_only_for_who_asked(self):
        action = None
        with self.as_user(self.clerk) as env:
            action = env[self.member._name].browse(self.member.id)
            action = action.action_check_environment()
        check = self.env[action["res_model"]].browse(action["res_id"])
        self.assertTrue(check.with_user(self.clerk).has_access("read"))
        for user in (self.manager, self.stranger):
            self.assertFalse(check.with_user(user).has_access("read"))
            self.assertFalse(check.line_ids.with_user(user).search_count([]))


@tagged("post_install", "-at_install")
class TestHelpPages(TaxServiceMixin, HttpCase):
    """流程指引, 常见问题 and 操作手册 are there for those who may see the service."""

    def test_row_C2_help_pages(self):
        self.authenticate(self.viewer.login, self.viewer.login)
        for page in PAGES:
            with self.subTest(page):
                answer = self.url_open(f"/invoice_tax_service/help/{page}")
                self.assertEqual(answer.status_code, 200)
                self.assertIn("nav-link active", answer.text)
                for path in set(
                    part.split('"')[0] for part in answer.text.split('href="/odoo/')[1:]
                ):
                    self.assertTrue(
                        self.env["ir.actions.act_window"].search_count(
                            [("path", "=", path)]
                        ),
                        f"{path} leads nowhere",
                    )
        self.assertEqual(self.url_open("/invoice_tax_service/help/x").status_code, 404)

    def test_row_C2_help_menu(self):
        menu = self.env.ref("invoice_tax_service.menu_help")
        self.assertEqual(
            [one.action.url.rsplit("/", 1)[1] for one in menu.child_id], list(PAGES)
        )

    def test_row_C2_help_pages_need_the_role(self):
        user = self._new_user("tax_nobody", "base.group_user")
        self.authenticate(user.login, user.login)
        answer = self.url_open("/invoice_tax_service/help/flow")
        self.assertEqual(answer.status_code, 404)
