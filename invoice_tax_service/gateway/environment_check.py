"""检测环境: what has to be right before a taxpayer can be served, step by step.

Manual 001, 1.1.6. Plain functions: no ORM, nothing is written, and no text that they
hand back holds a secret or the answer of the platform.
"""

import dataclasses
import datetime
import email.utils
import re
import ssl

import requests

from .errors import CredentialError, GatewayError, RefusedError
from .parsing import utc_now
from .rpa_account import PASSWORD_LENGTH
from .transport import Session, check_address

STEPS = ("address", "clock", "certificate", "login", "taxpayer")
OK, NOT_OK, NOT_CHECKED = "ok", "not_ok", "not_checked"
# Farther from the platform's clock, periods and deadlines are read wrongly.
CLOCK_LIMIT = 300  # seconds
# Passwords can be right all the same: the platform does not admit the taxpayer.
TAXPAYER_REFUSALS = ("not_eligible", "credit_level_missing", "not_served")
# Status of a registration that is in order (domain dictionary 1.11).
REGISTERED = "03"
_SM4_KEY = re.compile(r"[0-9A-Fa-f]{32}")


@dataclasses.dataclass(frozen=True)
class CheckStep:
    """One step: ``state`` is ok, not_ok or not_checked; ``code`` says why, in a word
    that the models translate; ``seconds`` how far the clocks are apart."""

    step: str
    state: str
    code: str = ""
    seconds: int = 0
    left: int | None = None
    until: datetime.datetime | None = None


def check_environment(credentials, environment, capabilities, open_client):
    """All steps in their order.

    :param messages.Credentials credentials:
    :param str environment: simulated, test or production
    :param messages.Capabilities capabilities: of the channel
    :param callable open_client: a client to log in with; None: a login must not be
        tried now, since a wrong one more would lock the account
    :rtype: list[CheckStep]
    """
    address, clock, trusted = _check_place(credentials)
    certificate = _check_certificate(credentials, environment, capabilities, trusted)
    steps = [address, clock, certificate]
    if address.state != OK:
        return [*steps, _skip("login"), _skip("taxpayer")]
    if certificate.state == NOT_OK:
        return [*steps, _skip("login", certificate.code), _skip("taxpayer")]
    if open_client is None:
        return [*steps, _skip("login", "check_line_stopped"), _skip("taxpayer")]
    return [*steps, *_check_login(open_client)]


def _skip(step, code="check_step_before"):
    return CheckStep(step, NOT_CHECKED, code)


def _check_place(credentials):
    """Address and clock from one question, and whether the platform's certificate is
    trusted (None: not found out)."""
    try:
        check_address(credentials.address.strip().rstrip("/"))
        status, date = _ask(credentials)
    except GatewayError as exc:
        return CheckStep("address", NOT_OK, exc.code), _skip("clock"), None
    except requests.exceptions.SSLError as exc:
        if not _is_untrusted(exc):
            return CheckStep("address", NOT_OK, "not_sent"), _skip("clock"), None
        return CheckStep("address", OK), _skip("clock", "certificate_refused"), False
    except (requests.exceptions.RequestException, OSError, UnicodeError, ValueError):
        return CheckStep("address", NOT_OK, "not_sent"), _skip("clock"), None
    if status in (502, 503, 504):
        address = CheckStep("address", NOT_OK, "check_no_service")
    else:
        address = CheckStep("address", OK)
    return address, _check_clock(date), True


def _ask(credentials):
    """Status and ``Date`` of the platform's front page; nothing secret is sent."""
    with Session() as http:
        http.trust_env = False
        with http.get(
            credentials.address.strip(),
            timeout=(credentials.connect_timeout, credentials.read_timeout),
            allow_redirects=False,
            stream=True,
        ) as response:
            return response.status_code, response.headers.get("Date", "")


def _is_untrusted(error):
    """Whether a certificate was refused, somewhere inside the error."""
    seen = []
    while isinstance(error, BaseException) and error not in seen:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        seen.append(error)
        inner = getattr(error, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((a for a in error.args if isinstance(a, BaseException)), None)
        error = inner
    return False


def _check_clock(date):
    try:
        there = email.utils.parsedate_to_datetime(date)
        if there.tzinfo is not None:
            there = there.astimezone(datetime.UTC).replace(tzinfo=None)
    except (TypeError, ValueError, OverflowError):
        return CheckStep("clock", NOT_CHECKED, "check_no_date")
    seconds = round((utc_now() - there).total_seconds())
    if abs(seconds) > CLOCK_LIMIT:
        return CheckStep("clock", NOT_OK, "check_clock_differs", seconds)
    return CheckStep("clock", OK, seconds=seconds)


def _check_certificate(credentials, environment, capabilities, trusted):
    if trusted is False:
        return CheckStep("certificate", NOT_OK, "certificate_refused")
    secure = credentials.address.strip().startswith("https://")
    if environment == "production" and not secure:
        return CheckStep("certificate", NOT_OK, "insecure_address")
    if capabilities.has_passwords:
        if not credentials.certificate_password:
            return CheckStep("certificate", NOT_OK, "check_password_missing")
        if len(credentials.certificate_password) < PASSWORD_LENGTH:
            return CheckStep("certificate", NOT_OK, "password_short")
    if capabilities.has_key and not _SM4_KEY.fullmatch(credentials.encryption_key):
        return CheckStep("certificate", NOT_OK, "encryption_key_invalid")
    if environment == "production" and trusted is None:
        return _skip("certificate")
    return CheckStep("certificate", OK)


def _check_login(open_client):
    """Login and taxpayer from one reading of the profile."""
    try:
        with open_client() as client:
            profile = client.fetch_taxpayer()
    except (CredentialError, RefusedError) as exc:
        told = {
            "left": getattr(exc, "left", None),
            "until": getattr(exc, "until", None),
        }
        if exc.code in TAXPAYER_REFUSALS:
            # Refused before any password was looked at.
            return [
                _skip("login", exc.code),
                CheckStep("taxpayer", NOT_OK, exc.code),
            ]
        if isinstance(exc, RefusedError):
            return [CheckStep("login", OK), CheckStep("taxpayer", NOT_OK, exc.code)]
        return [CheckStep("login", NOT_OK, exc.code, **told), _skip("taxpayer")]
    except GatewayError as exc:
        return [CheckStep("login", NOT_OK, exc.code), _skip("taxpayer")]
    if profile.status and profile.status != REGISTERED:
        return [
            CheckStep("login", OK),
            CheckStep("taxpayer", NOT_OK, "check_not_normal"),
        ]
    return [CheckStep("login", OK), CheckStep("taxpayer", OK)]
