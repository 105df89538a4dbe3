"""The Leqi envelope: one address, encrypted JSON in and out.

Source: domain 3.1. The address is the host, or the whole way up to ``/invoke``
where that differs (the sandbox: ``…/access/newsandbox/v2/invoke``).
``access_signature`` is an HMAC-SHA256 of the encrypted body
with the entity's key (ours: the public material names the header only).
"""

import base64
import binascii
import hashlib
import hmac
import json

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .errors import (
    CredentialError,
    NotFoundError,
    OutcomeUnknownError,
    RefusedError,
    WaitError,
)
from .parsing import Fields, load_object
from .transport import Request, Transport

BLOCK_BITS = 128
PATH = "/access/v2/invoke"

# Error.Code of the platform (contract 1) → (class, internal code). A code that
# is not here says nothing about whether the work was done.
PLATFORM_ERRORS = {
    "DecryptFailed": (CredentialError, "encryption_key_refused"),
    "UnknownEntity": (CredentialError, "unknown_entity"),
    "HeaderMismatch": (CredentialError, "header_mismatch"),
    "NotServed": (RefusedError, "not_served"),
    "UnknownService": (RefusedError, "refused"),
    "MalformedRequest": (RefusedError, "invalid_argument"),
    "TooManyRequests": (WaitError, "too_many_requests"),
    "Maintenance": (WaitError, "maintenance"),
    "InternalError": (OutcomeUnknownError, "outcome_unknown"),
}
# ycdm with returncode 01 (contract 1) → refusal code.
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
    "NOT_FOUND": "not_served",
}
NOT_FOUND = "NOT_FOUND"


class Cipherer:
    """SM4-ECB with PKCS7 padding, base64.

    :param str key: 32 hex characters
    :raise CredentialError: ``encryption_key_invalid``
    """

    def __init__(self, key):
        try:
            self.key = bytes.fromhex(key)
        except ValueError:
            self.key = b""
        if len(self.key) != BLOCK_BITS // 8:
            raise CredentialError(
                "The encryption key is not 32 hex characters",
                code="encryption_key_invalid",
            )
        self.cipher = Cipher(algorithms.SM4(self.key), modes.ECB())

    def encrypt(self, text):
        """:rtype: bytes"""
        padder = padding.PKCS7(BLOCK_BITS).padder()
        plain = padder.update(text.encode()) + padder.finalize()
        encryptor = self.cipher.encryptor()
        return base64.b64encode(encryptor.update(plain) + encryptor.finalize())

    def decrypt(self, sealed):
        """:rtype: str; :raise ValueError: not encrypted with this key"""
        decryptor = self.cipher.decryptor()
        try:
            data = base64.b64decode(sealed, validate=True)
        except binascii.Error as exc:
            raise ValueError("not base64") from exc
        plain = decryptor.update(data) + decryptor.finalize()
        unpadder = padding.PKCS7(BLOCK_BITS).unpadder()
        return (unpadder.update(plain) + unpadder.finalize()).decode()

    def sign(self, body):
        """:rtype: str"""
        return hmac.new(self.key, body, hashlib.sha256).hexdigest()


class LeqiConnection:
    """Calls Leqi services, whatever they are for.

    :param str channel: name for the log and the record
    :param Credentials credentials: numbers of the entities and the key
    :param dict refusals: ``ycdm`` → internal code
    :param callable exchange: see :class:`transport.Transport`
    """

    def __init__(self, channel, credentials, *, refusals=None, exchange=None):
        self.credentials = credentials
        self.refusals = REFUSALS if refusals is None else refusals
        self.transport = Transport(
            channel,
            credentials,
            secrets=(credentials.encryption_key,),
            exchange=exchange,
        )

    def close(self):
        self.transport.close()

    def call(self, capability, service, payload, *, asks_back=False):
        """Ask one service.

        :param dict payload: the business JSON
        :param bool asks_back: it asks about a request or job sent before: "not
            found" means that this never came, and a refusal of the question
            says nothing about the work
        :rtype: Fields: the business answer, ``returncode`` 00
        :raise NotFoundError, RefusedError: ``returncode`` 01
        :raise GatewayError: as :meth:`transport.Transport.post`
        """
        with self.transport.masker.guard():
            try:
                answer = self._ask(capability, service, payload)
                return self._check_business(answer, asks_back)
            except RefusedError as exc:
                if asks_back:
                    raise OutcomeUnknownError(
                        exc.text, code=exc.code, raw_code=exc.raw_code
                    ) from exc
                raise

    def _ask(self, capability, service, payload):
        cipher = Cipherer(self.credentials.encryption_key)
        body = cipher.encrypt(json.dumps(payload, ensure_ascii=False))
        address = self.credentials.address.rstrip("/ ")
        folder = "" if address.endswith("/invoke") else PATH
        request = Request(
            operation=service,
            path=f"{folder}/{capability}/{service}",
            body=body,
            headers=self._headers(capability, service, cipher.sign(body)),
            readable=payload,
        )
        data = self.transport.post(
            request, lambda answer: open_envelope(answer, cipher, service)
        )
        return Fields(data, service)

    def _headers(self, capability, service, signature):
        return {
            "Content-Type": "text/plain; charset=utf-8",
            "nlbm": capability,
            "fwbm": service,
            "ylbm": self.credentials.use_case,
            "jrdwptbh": self.credentials.platform_number,
            "sydwptbh": self.credentials.using_number,
            "access_signature": signature,
            "sxcsbz": "Y" if self.credentials.sandbox else "N",
        }

    def _check_business(self, answer, asks_back):
        code = answer.code("returncode")
        if code == "00":
            return answer
        text = answer.message("returnmsg")
        reason = answer.code("ycdm", optional=True)
        if code != "01":
            raise OutcomeUnknownError(
                f"{answer.where}: unknown returncode {code}: {text}", raw_code=code
            )
        if reason == NOT_FOUND and asks_back:
            raise NotFoundError(text, raw_code=reason)
        raise RefusedError(
            text,
            code=self.refusals.get(reason, "refused"),
            raw_code=reason or code,
        )


def open_envelope(answer, cipher, service):
    """The business JSON of an answer.

    :param bytes answer:
    :rtype: dict
    :raise OutcomeUnknownError: not an envelope, or not decipherable
    :raise GatewayError: what ``Error`` says
    """
    envelope = load_object(answer, service)
    status = "200"
    if envelope.get("httpStatusCode") is not None:
        status = Fields(envelope, service).code("httpStatusCode")
    if status != "200":
        raise OutcomeUnknownError(
            f"{service}: httpStatusCode {status}", raw_code=status
        )
    body = envelope.get("body")
    if isinstance(body, str):
        body = load_object(body, service)
    response = Fields(body, service).fields("Response")
    if response.has("Error"):
        raise _platform_error(response.fields("Error"))
    data = response.data.get("Data")
    if isinstance(data, str) and data:
        try:
            data = cipher.decrypt(data)
        except ValueError as exc:
            raise OutcomeUnknownError(
                f"{service}: the answer cannot be decrypted", raw_code="Data"
            ) from exc
        return load_object(data, service)
    return Fields(data, f"{service}.Data").data


def _platform_error(error):
    """:rtype: GatewayError"""
    raw_code = error.code("Code")
    kind, code = PLATFORM_ERRORS.get(raw_code, (OutcomeUnknownError, None))
    text = error.message("Message")
    return kind(
        text or raw_code,
        code=code,
        raw_code=raw_code,
        wait=error.seconds("RetryAfter"),
    )
