"""A channel with passwords and staff, as the bureau's web site has them."""

import contextlib
from dataclasses import replace
from types import SimpleNamespace
from unittest.mock import patch

from ..exceptions import TaxServiceError
from ..gateway import bureau as gateway_bureau
from ..gateway.errors import CredentialError, RefusedError
from ..gateway.messages import Staff
from .common import SECOND, TaxServiceCase
from .fake_bureau import FakeClient

CERTIFICATE, PLATFORM = "cert-geheim-1", "plat-geheim-2"
NEW, ANSWER, QUESTION = "neues-geheim-3", "antwort-geheim-4", "宠物的名字"
SECRETS = (CERTIFICATE, PLATFORM, NEW, ANSWER, "falsch-geheim-5", "token-geheim-6")
TRIES = 10


class FakeAccount:
    """Passwords as they hold at the bureau."""

    def __init__(self):
        self.certificate, self.platform = CERTIFICATE, PLATFORM
        self.question, self.answer = QUESTION, ANSWER
        self.wrong = 0
        self.refusal = None  # error of every login
        self.staff = Staff()
        self.logins = []  # (certificate password, platform password)

    def refuse(self, code):
        self.wrong += 1
        raise CredentialError("说明", code=code, left=max(0, TRIES - self.wrong))

    def check(self, certificate, platform):
        if self.refusal:
            raise self.refusal
        if certificate != self.certificate:
            self.refuse("password_wrong")
        if self.platform and platform != self.platform:
            if platform:
                self.refuse("platform_password_wrong")
            raise CredentialError("", code="platform_password_wrong", left=TRIES)


class FakeAccountClient(FakeClient):
    channel = "fake_account"
    label = "Fake channel with passwords"
    capabilities = replace(FakeClient.capabilities, has_passwords=True, has_staff=True)
    account = None

    def _log_in(self):
        passwords = (
            self.credentials.certificate_password,
            self.credentials.platform_password,
        )
        self.account.logins.append(passwords)
        with self.bureau.call("login"):
            self.account.check(*passwords)
        self.session.token = "token-geheim-6"

    def fetch_taxpayer(self):
        self._log_in()
        return super().fetch_taxpayer()

    def change_password(self, kind, old, new, *, enabled=True, question="", answer=""):
        account = self.account
        with self.bureau.call("password"):
            held = getattr(account, kind)
            if held and old != held:
                prefix = "platform_" if kind == "platform" else ""
                account.refuse(f"{prefix}password_wrong")
            setattr(account, kind, new if enabled else "")
            if question or not enabled:
                account.question, account.answer = question, answer

    def recover_password(self, answer):
        with self.bureau.call("recover"):
            if answer != self.account.answer:
                self.account.refuse("answer_wrong")
            self.account.platform = self.account.question = self.account.answer = ""

    def fetch_question(self):
        with self.bureau.call("question"):
            return self.account.question

    def save_staff(self, staff):
        self._log_in()
        with self.bureau.call("staff"):
            self.account.staff = staff
        return staff

    def fetch_staff(self):
        self._log_in()
        return self.account.staff

    def fetch_credit_history(self):
        if self.bureau.credit_history is None:
            raise RefusedError(code="not_supported")
        return super().fetch_credit_history()


# Only the tests that ask for it see the channel.
gateway_bureau._registry.pop(FakeAccountClient.channel)


class AccountCase(TaxServiceCase):
    """A taxpayer on a channel with passwords, both of them entered."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.dict(
                gateway_bureau._registry,
                {FakeAccountClient.channel: FakeAccountClient},
            )
        )
        cls.site = cls._new_connection(cls.company, channel="fake_account")
        cls.member = cls._new_taxpayer(SECOND, cls.site)
        cls.lane = cls.member.sudo().lane_id
        cls.lane.write(
            {"certificate_password": CERTIFICATE, "platform_password": PLATFORM}
        )

    def setUp(self):
        super().setUp()
        self.bureau.add_taxpayer(SECOND)
        self.account = FakeAccount()
        self.startPatcher(patch.object(FakeAccountClient, "account", self.account))

    @contextlib.contextmanager
    def as_user(self, user=None):
        """An environment that may commit, as a request of this user has it."""
        with self.cron_environment() as env:
            user = user or self.manager
            yield env(user=user.id, context={"lang": user.lang, "tz": user.tz})

    def press(self, user=None, button="action_apply", **values):
        """Type into the password page and press its button, as the browser does."""
        with self.as_user(user) as env:
            wizards = env["invoice.tax.password.wizard"]
            [saved] = wizards.web_save(
                {"lane_id": self.lane.id, **values},
                {name: {} for name in wizards._fields if name != "put_aside"},
            )
            wizard = wizards.browse(saved["id"])
            answer = getattr(wizard, button)()
            return answer, saved, wizard.id

    @contextlib.contextmanager
    def assertTold(self, code):
        """A refusal with this code; what was committed before it stays.

        ``assertRefused`` would take it back.
        """
        told = SimpleNamespace(sentence="")
        try:
            yield told
        except TaxServiceError as error:
            self.assertEqual(error.code, code)
            told.sentence = str(error)
        else:
            self.fail(f"{code} was not refused")
        self.env.invalidate_all()

    def assertKept(self, certificate, platform):
        self.env.invalidate_all()
        self.assertRecordValues(
            self.lane,
            [{"certificate_password": certificate, "platform_password": platform}],
        )
