"""The taxpayer's file at the bureau's web site: passwords, staff, credit history.

Source: contract of the simulated endpoints, section 6.6; manual 001, 1.1.4 and 1.12.
"""

import dataclasses

from . import messages
from .errors import CredentialError, RefusedError

PASSWORD_LENGTH = 8
CERTIFICATE, PLATFORM = "certificate", "platform"
# Kind of password → where the credentials keep it.
KEPT_AS = {CERTIFICATE: "certificate_password", PLATFORM: "platform_password"}


class RpaAccountMixin:
    """What an RPA client does beside its tasks; needs ``connection`` and
    ``tax_number``.

    No password and no answer may reach a log or a record: each goes to the
    connection as a secret.
    """

    def change_password(self, kind, old, new, *, enabled=True, question="", answer=""):
        """As in the interface. The client goes on with the new password, so that
        its next login is no wrong try."""
        if kind not in KEPT_AS:
            raise RefusedError(f"{kind} is no password", code="invalid_argument")
        new = new if enabled else ""
        if enabled and len(new) < PASSWORD_LENGTH:
            raise RefusedError("The new password is too short", code="password_short")
        payload = {"taxNo": self.tax_number, "kind": kind, "old": old, "new": new}
        if kind == PLATFORM:
            payload["enabled"] = enabled
            if enabled and (question or answer):
                payload.update(question=question, answer=answer)
        self.connection.call_without_login(
            "password", payload, secrets=(old, new, answer)
        )
        self._keep_password(KEPT_AS[kind], new)

    def recover_password(self, answer):
        payload = {"taxNo": self.tax_number, "answer": answer}
        try:
            self.connection.call_without_login("recover", payload, secrets=(answer,))
        except CredentialError as exc:
            if exc.code == "password_wrong":
                # The same code as at the login, but no password was asked for.
                exc.code = "answer_wrong"
            raise
        self._keep_password(KEPT_AS[PLATFORM], "")

    def _keep_password(self, name, value):
        self.connection.credentials = dataclasses.replace(
            self.connection.credentials, **{name: value}
        )

    def fetch_question(self):
        payload = {"taxNo": self.tax_number}
        data = self.connection.call_without_login("question", payload)
        return data.text("question", optional=True)

    def save_staff(self, staff):
        return self._ask_staff(staff=dataclasses.asdict(staff))

    def fetch_staff(self):
        return self._ask_staff()

    def _ask_staff(self, **what):
        payload = {"taxNo": self.tax_number, **what}
        data = self.connection.call("staff", payload).fields("staff")
        names = [field.name for field in dataclasses.fields(messages.Staff)]
        return messages.Staff(
            **{name: data.text(name, optional=True) for name in names}
        )

    def fetch_credit_history(self):
        data = self.connection.call("creditHistory", {"taxNo": self.tax_number})
        return [
            messages.CreditLevel(
                level=row.code("level"),
                active=row.flag("active"),
                valid_from=row.date("from", optional=True),
            )
            for row in data.rows("rows", optional=True)
        ]
