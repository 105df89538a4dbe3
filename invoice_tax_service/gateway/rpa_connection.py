"""The robot service's form of question and answer, and its login.

Source: contract of the simulated endpoints, section 2; domain 3.5.
"""

import datetime
import json

from .errors import (
    LONGEST_WAIT,
    CredentialError,
    NotFoundError,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
    RepeatTooSoonError,
    WaitError,
)
from .parsing import Fields, load_object, utc_now
from .transport import Request, Transport

PATH = "/rpa/v1"
TOKEN_MARGIN = 30  # seconds before its end at which a token is no longer used
REPEAT_TEXT = "相同的任务重复请求过于频繁"  # domain 2.3

# Answer codes (contract 2). A code that is not here, and 9999, says nothing
# about whether the work was done.
OK = "0000"
SESSION_ENDED = ("4001", "4003")
NOT_FOUND = "4040"
# Refusal code of an answer code whose data.reason says no more.
REFUSED = {"1002": "invalid_argument", "4040": "not_served", "4090": "refused"}
TOO_OFTEN = "4290"
MAINTENANCE = "5030"
SYSTEM_ERROR = "9999"
LOGIN_REFUSALS = {
    "4101": "password_short",
    "4102": "password_wrong",
    "4103": "login_locked",
    "4104": "platform_password_wrong",
    "4105": "not_eligible",
    "4106": "credit_level_missing",
}
# data.reason (contract 2) → refusal code.
REFUSALS = {
    "SERIAL_CONFLICT": "request_number_conflict",
    "PERIOD_NOT_OPEN": "period_not_open",
    "STATISTICS_EXIST": "statistics_exist",
    "STATISTICS_MISSING": "statistics_missing",
    "NOTHING_SELECTED": "nothing_selected",
    "ALREADY_CONFIRMED": "already_confirmed",
    "PERIOD_FILED": "period_filed",
    "FILING_UNKNOWN": "filing_unknown",
    "ROLL_BACK_NOT_POSSIBLE": "roll_back_not_possible",
    "SMALL_SCALE": "small_scale",
    "TOO_MANY_ITEMS": "too_many_items",
    "INVALID_ARGUMENT": "invalid_argument",
}


class RpaConnection:
    """One taxpayer's login and the calls made with it.

    :param str channel: name for the log and the record
    :param Credentials credentials: address and passwords
    :param str tax_number: whose login it is
    :param Session session: token and its end, changed in place
    :param callable exchange: see :class:`transport.Transport`
    """

    def __init__(self, channel, credentials, tax_number, session, *, exchange=None):
        self.credentials = credentials
        self.tax_number = tax_number
        self.session = session
        self.transport = Transport(
            channel,
            credentials,
            secrets=(
                credentials.certificate_password,
                credentials.platform_password,
                session.token,
            ),
            exchange=exchange,
        )

    def close(self):
        self.transport.close()

    def call(self, operation, payload, *, asks_back=False):
        """Ask one operation, logging in before or, once, in between.

        A request that met an ended session was not acted on: it may go again.

        :param bool asks_back: it asks about a task sent before: "not found"
            means that this never came, and a refusal of the question says
            nothing about the work
        :rtype: Fields: ``data``
        :raise WaitError: ``session_lost``, the new session ended at once
        """
        with self.transport.masker.guard():
            answer = self._call_in_session(operation, payload)
            return _check_answer(answer, asks_back)

    def call_without_login(self, operation, payload, *, secrets=()):
        """Ask an operation that is there for those who cannot log in.

        :param tuple secrets: values in the payload that must never be seen
        :rtype: Fields: ``data``
        :raise CredentialError: a password or an answer was not accepted
        """
        for secret in secrets:
            self.transport.masker.add(secret)
        with self.transport.masker.guard():
            answer = self._post(operation, payload)
            if answer.code("code") in LOGIN_REFUSALS:
                raise _credential_error(answer)
            return _check_answer(answer)

    def _call_in_session(self, operation, payload):
        new_login = not self._has_session()
        if new_login:
            self._login()
        answer = self._post(operation, payload, self.session.token)
        if answer.code("code") in SESSION_ENDED:
            self._forget_session()
            if not new_login:
                self._login()
                answer = self._post(operation, payload, self.session.token)
        if answer.code("code") in SESSION_ENDED:
            self._forget_session()
            raise WaitError(
                answer.message("message"),
                code="session_lost",
                raw_code=answer.code("code"),
            )
        return answer

    def _has_session(self):
        session = self.session
        margin = datetime.timedelta(seconds=TOKEN_MARGIN)
        return bool(
            session.token
            and session.expires_at
            and session.expires_at - margin > utc_now()
        )

    def _forget_session(self):
        self.session.token = ""
        self.session.expires_at = None

    def _login(self):
        """Get a new token.

        :raise NotSentError: also when the login's own outcome is unknown: the
            work that it was for has not been sent
        :raise CredentialError: refused
        """
        self._forget_session()
        payload = {
            "taxNo": self.tax_number,
            "certPassword": self.credentials.certificate_password,
        }
        if self.credentials.platform_password:
            payload["platformPassword"] = self.credentials.platform_password
        try:
            answer = self._post("login", payload)
            _check_login(answer)
            data = _check_answer(answer)
            token, lifetime = data.text("token"), data.seconds("expiresIn")
            if not (token.isascii() and token.isprintable() and token.strip()):
                # It has to stand in a header of every further call.
                raise OutcomeUnknownError("The login was answered without a token")
        except OutcomeUnknownError as exc:
            raise NotSentError(
                exc.text, code="login_unanswered", raw_code=exc.raw_code
            ) from exc
        self.transport.masker.add(token)
        self.session.token = token
        self.session.expires_at = utc_now() + datetime.timedelta(seconds=lifetime)

    def _post(self, operation, payload, token=""):
        """:rtype: Fields: the whole answer, whatever its code"""
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if token:
            headers["X-Token"] = token
        request = Request(
            operation=operation,
            path=f"{PATH}/{operation}",
            body=json.dumps(payload, ensure_ascii=False).encode(),
            headers=headers,
            readable=payload,
        )
        answer = self.transport.post(request, lambda body: load_object(body, operation))
        return Fields(answer, operation)


def _check_login(answer):
    """Every refusal of a login stops the lane, also one that is not understood:
    more tries would lock the account.

    :raise CredentialError: a code of :data:`LOGIN_REFUSALS`, or ``login_refused``
    """
    raw_code = answer.code("code")
    if raw_code in (OK, MAINTENANCE, TOO_OFTEN, SYSTEM_ERROR):
        return
    raise _credential_error(answer)


def _credential_error(answer):
    """With what is told of the tries left and of the end of a lock.

    :rtype: CredentialError
    """
    details = answer.data.get("data")
    details = Fields(details if isinstance(details, dict) else {}, answer.where)
    raw_code = answer.code("code")
    until = _read_or_none(details, "time", "until")
    if until:
        # A day beyond the calendar could be told to nobody.
        longest = datetime.timedelta(seconds=LONGEST_WAIT)
        until = min(until, utc_now() + longest)
    return CredentialError(
        str(answer.data.get("message") or ""),
        code=LOGIN_REFUSALS.get(raw_code, "login_refused"),
        raw_code=raw_code,
        wait=max(0, (until - utc_now()).total_seconds()) if until else 0,
        left=_read_or_none(details, "count", "left"),
        until=until,
    )


def _read_or_none(details, reader, name):
    """A field that only says more; one that cannot be read says nothing."""
    try:
        return getattr(details, reader)(name) if details.has(name) else None
    except OutcomeUnknownError:
        return None


def _check_answer(answer, asks_back=False):
    """``data`` of a good answer.

    :rtype: Fields
    """
    raw_code = answer.code("code")
    if raw_code == OK:
        return answer.fields("data")
    text = answer.message("message")
    details = answer.data.get("data")
    details = Fields(details if isinstance(details, dict) else {}, answer.where)
    if raw_code == NOT_FOUND and asks_back:
        raise NotFoundError(text, raw_code=raw_code)
    if raw_code in REFUSED:
        reason = details.code("reason", optional=True)
        kind = OutcomeUnknownError if asks_back else RefusedError
        raise kind(
            text,
            code=REFUSALS.get(reason, REFUSED[raw_code]),
            raw_code=reason or raw_code,
        )
    wait = details.seconds("wait")
    if raw_code == MAINTENANCE:
        raise WaitError(text, code="maintenance", raw_code=raw_code, wait=wait)
    if raw_code == TOO_OFTEN:
        if answer.where == "submit" and REPEAT_TEXT in text:
            raise RepeatTooSoonError(text, raw_code=raw_code, wait=wait)
        raise WaitError(text, code="too_many_requests", raw_code=raw_code, wait=wait)
    raise OutcomeUnknownError(
        f"{answer.where}: code {raw_code}: {text}", raw_code=raw_code
    )
