"""One HTTP connection to one platform, shared by all channels.

It decides one thing only: whether the request may have arrived. What an answer
means is the channel's business.
"""

import contextlib
import dataclasses
import datetime
import email.utils
import ipaddress
import json
import logging
import re
import ssl
import time

import requests
import urllib3.exceptions

from .errors import (
    CredentialError,
    GatewayError,
    NotSentError,
    OutcomeUnknownError,
    WaitError,
)
from .parsing import utc_now

_logger = logging.getLogger(__name__)

ANSWER_LIMIT = 20 * 1024 * 1024  # bytes, unpacked
RECORD_LIMIT = 64 * 1024  # characters of each side kept in an exchange record
RECORD_ROWS = 100  # of each list in a record: a bite is kept whole, a page is not
MASK_MARGIN = 4 * 1024  # longer than any secret
CHUNK = 64 * 1024
MASK = "***"
SECRET_FIELDS = frozenset(
    (
        "certpassword",
        "platformpassword",
        "password",
        "token",
        "x-token",
        "access_signature",
        "encryptionkey",
        # of a change of password, and of its recovery
        "old",
        "new",
        "answer",
    )
)
_ADDRESS = re.compile(
    r"(https?)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?"
    r"(/[A-Za-z0-9._~/-]*)?"
)
_UNUSABLE_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidHeader,
    UnicodeError,
)
# Raised before anything is sent, since no answer is asked where it leads.
_ADDRESS_REFUSED = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    urllib3.exceptions.LocationValueError,
)


@dataclasses.dataclass(frozen=True)
class Request:
    """What is sent: ``readable`` is the same in plain words, for the record."""

    operation: str
    path: str
    body: bytes
    headers: dict
    readable: object


# A field whose name says that its value is secret, empty values left alone.
_SECRET_VALUE = re.compile(
    rf'("(?:{"|".join(map(re.escape, sorted(SECRET_FIELDS)))})"\s*:\s*)'
    r'(?!""|null)(?:"(?:[^"\\]|\\.)*"|[^\s",}}\]]+)',
    re.IGNORECASE,
)


class Masker:
    """Takes secrets out of what people may read.

    :param iterable secrets: values that must never be seen
    """

    def __init__(self, secrets=()):
        self.forms = []
        for secret in secrets:
            self.add(secret)

    def add(self, secret):
        """Shorter ones are only masked by the name of their field."""
        if secret and len(secret) >= 4:
            # As it is, and as JSON writes it; the longest first, for one secret
            # may be a part of another.
            forms = {*self.forms, secret}
            forms |= {json.dumps(secret, ensure_ascii=flag)[1:-1] for flag in (0, 1)}
            self.forms = sorted(forms, key=len, reverse=True)

    def text(self, text):
        for form in self.forms:
            text = text.replace(form, MASK)
        return text

    @contextlib.contextmanager
    def guard(self):
        """An error that leaves this block tells no secret."""
        try:
            yield
        except GatewayError as exc:
            exc.text = self.text(exc.text)
            exc.raw_code = self.text(exc.raw_code)
            exc.args = (exc.text,)
            raise

    def dump(self, value):
        """Text without secrets, of at most ``RECORD_LIMIT`` characters.

        JSON is masked as text, in one pass: answers hold a hundred rows.
        """
        if isinstance(value, bytes):
            text = value[: RECORD_LIMIT * 4].decode("utf-8", "replace")
        elif isinstance(value, str):
            text = value
        else:
            text = _write(value)
        size = len(text)
        # Masked is what is kept and a little more, so that a secret at the edge is
        # whole when it is looked for.
        text = self.text(text[: RECORD_LIMIT + MASK_MARGIN])
        text = _SECRET_VALUE.sub(rf'\1"{MASK}"', text)
        if size > RECORD_LIMIT:
            text = f"{text[:RECORD_LIMIT]}… ({size})"
        return text


def _write(value):
    try:
        return json.dumps(_shorten(value), ensure_ascii=False)
    except RecursionError:
        # It can be read one level deeper than it can be written.
        return "… (too deep to be kept)"


def _shorten(value):
    """The same with long lists cut; their last element says how long they were."""
    if isinstance(value, dict):
        return {
            name: _shorten(inner) if isinstance(inner, dict | list) else inner
            for name, inner in value.items()
        }
    if not isinstance(value, list):
        return value
    kept = list(map(_shorten, value[:RECORD_ROWS]))
    return kept if len(kept) == len(value) else [*kept, f"… ({len(value)})"]


class Session(requests.Session):
    """Knows no redirects: the library looks at where one leads, and reads its whole
    body into memory, even when it is told not to follow it."""

    def get_redirect_target(self, resp):
        return None


class Transport:
    """Keeps one connection open and sends each request exactly once.

    :param str channel: for the log and the record
    :param Credentials credentials: address and timeouts in seconds
    :param iterable secrets: values to be masked
    :param callable exchange: called after each request with a dict: channel,
        operation, started_at (naive UTC), milliseconds, status (HTTP, 0 when
        none), request, response (masked text), error (class name or empty),
        error_text. What it raises is logged and goes no further.
    """

    def __init__(self, channel, credentials, *, secrets=(), exchange=None):
        self.channel = channel
        self.address = credentials.address.strip().rstrip("/")
        self.timeouts = (credentials.connect_timeout, credentials.read_timeout)
        self.masker = Masker(secrets)
        self.exchange = exchange
        self.https_only = credentials.https_only
        self.http = Session()
        self.http.trust_env = False  # a proxy would see, and cut, every request
        self.http.headers["User-Agent"] = "invoice_tax_service"

    def close(self):
        self.http.close()

    def post(self, request, open_answer):
        """Send once and hand back what ``open_answer`` makes of the body.

        :param Request request:
        :param callable open_answer: bytes → JSON value; may raise GatewayError
        :raise NotSentError: no connection came about
        :raise OutcomeUnknownError: bytes may have left and no answer came that
            could be understood
        :raise WaitError: HTTP 429, or 503 that says how long to wait
        :raise CredentialError: ``insecure_address``, ``invalid_address``
        """
        record = {
            "channel": self.channel,
            "operation": request.operation,
            "started_at": utc_now(),
            "status": 0,
            "error": "",
            "error_text": "",
        }
        seen = {"request": request.readable, "response": ""}
        started = time.monotonic()
        try:
            check_address(self.address, self.https_only)
            body = self._exchange(request, record, seen)
            seen["response"] = open_answer(body)
            return seen["response"]
        except GatewayError as exc:
            text = self.masker.text(exc.text)
            record.update(error=type(exc).__name__, error_text=text)
            raise
        finally:
            record["milliseconds"] = int((time.monotonic() - started) * 1000)
            self._report(record, seen)

    def _exchange(self, request, record, seen):
        """The body of an answer that the channel may try to understand."""
        deadline = time.monotonic() + sum(self.timeouts) * 3
        prepared = self._prepare(request)
        try:
            with self.http.send(
                prepared,
                timeout=self.timeouts,
                allow_redirects=False,
                stream=True,
            ) as response:
                record["status"] = response.status_code
                body = seen["response"] = _read(response, deadline)
                _check_status(response)
                return body
        except (
            requests.exceptions.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
        ) as exc:
            raise _translate(exc) from exc

    def _prepare(self, request):
        """What is sent, made whole beforehand: an answer with headers that make no
        sense raises the same errors, and then it may have been acted on.

        :raise CredentialError: ``invalid_address``
        """
        try:
            for value in request.headers.values():
                value.encode("latin-1")
            return self.http.prepare_request(
                requests.Request(
                    "POST",
                    self.address + request.path,
                    headers=request.headers,
                    data=request.body,
                )
            )
        except _UNUSABLE_ADDRESS as exc:
            raise CredentialError(
                f"The address or a header cannot be used: {type(exc).__name__}",
                code="invalid_address",
            ) from exc

    def _report(self, record, seen):
        _logger.info(
            "%s %s: HTTP %s in %s ms %s",
            self.channel,
            record["operation"],
            record["status"] or "-",
            record["milliseconds"],
            record["error"],
        )
        if self.exchange is None:
            return
        try:
            record.update({side: self.masker.dump(seen[side]) for side in seen})
            self.exchange(record)
        except Exception:
            # The work at the bureau is done or not, whatever becomes of the record.
            _logger.exception("An exchange record could not be kept")


def check_address(address, https_only=False):
    """Plain HTTP only to this machine itself, where the simulator runs.

    :param bool https_only: not even there, as in production
    :raise CredentialError: ``insecure_address`` or ``invalid_address``
    """
    match = _ADDRESS.fullmatch(address)
    if not match:
        raise CredentialError(
            "The address is not a plain http(s) address", code="invalid_address"
        )
    scheme, host = match.group(1), match.group(2).strip("[]")
    if scheme == "http" and (https_only or not _is_loopback(host)):
        raise CredentialError(
            "Only https may be used in production and outside this machine",
            code="insecure_address",
        )


def _is_loopback(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _read(response, deadline):
    parts, size = [], 0
    for chunk in _chunks(response):
        size += len(chunk)
        if size > ANSWER_LIMIT:
            raise OutcomeUnknownError("The answer is too large")
        if time.monotonic() > deadline:
            raise OutcomeUnknownError("The answer did not end")
        parts.append(chunk)
    return b"".join(parts)


def _chunks(response):
    """What has come so far, unpacked, without waiting for a full chunk."""
    read = getattr(response.raw, "read1", None)  # since urllib3 2
    if read is None:
        yield from response.iter_content(CHUNK)
        return
    while chunk := read(CHUNK, decode_content=True):
        yield chunk


def _check_status(response):
    status = response.status_code
    wait = _retry_after(response.headers.get("Retry-After", ""))
    if status == 429 or (status == 503 and wait is not None):
        raise WaitError(
            f"HTTP {status}: the platform asks to wait",
            code="too_many_requests" if status == 429 else "maintenance",
            raw_code=f"HTTP {status}",
            wait=wait or 0,
        )
    if 300 <= status < 400 or status >= 500:
        raise OutcomeUnknownError(f"HTTP {status}", raw_code=f"HTTP {status}")


def _retry_after(text):
    """Seconds, from seconds or an HTTP date; None when it says nothing."""
    if re.fullmatch(r"[0-9]{1,7}", text):
        return float(text)
    try:
        when = email.utils.parsedate_to_datetime(text)
        if when.tzinfo is None:
            when = when.replace(tzinfo=datetime.UTC)
        return max(0.0, (when - datetime.datetime.now(datetime.UTC)).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None


def _translate(exc):
    """Not sent only where the connection itself never came about.

    A kept connection that the server had closed while idle looks exactly like
    one cut after the work was done: unknown.
    """
    if isinstance(exc, _ADDRESS_REFUSED):
        return CredentialError(
            f"The address cannot be used: {type(exc).__name__}", code="invalid_address"
        )
    causes = _causes(exc)
    kind = type(causes[-1]).__name__
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return NotSentError(
            "The platform's certificate is not trusted", code="certificate_refused"
        )
    if any(
        isinstance(
            cause,
            requests.exceptions.ConnectTimeout
            | urllib3.exceptions.ConnectTimeoutError
            | urllib3.exceptions.NewConnectionError,
        )
        for cause in causes
    ):
        return NotSentError(f"No connection: {kind}")
    return OutcomeUnknownError(f"The connection broke: {kind}")


def _causes(exc):
    """The exception and what is wrapped in it, outermost first."""
    causes = []
    while isinstance(exc, BaseException) and exc not in causes:
        causes.append(exc)
        inner = getattr(exc, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((a for a in exc.args if isinstance(a, BaseException)), None)
        exc = inner
    return causes
