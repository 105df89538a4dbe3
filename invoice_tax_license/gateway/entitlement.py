"""The entitlement platform: who may use which service.

Source: contract of the simulated endpoints, section 7. A client knows no ORM; it
never sends anything twice by itself, and raises only the errors of the service's
gateway.
"""

import dataclasses
import datetime
import hashlib
import hmac
import json
import time

from odoo.addons.invoice_tax_service.gateway.errors import (
    CredentialError,
    NotFoundError,
    OutcomeUnknownError,
    RefusedError,
    WaitError,
)
from odoo.addons.invoice_tax_service.gateway.messages import Capabilities
from odoo.addons.invoice_tax_service.gateway.parsing import (
    CHINA_TIME,
    Fields,
    load_object,
)
from odoo.addons.invoice_tax_service.gateway.transport import Request, Transport

CHANNEL = "entitlement"
PATH = "/entitlement/v1"
OK = "0000"
NOT_FOUND = "4040"
WAITS = {"4290": "too_many_requests", "5030": "maintenance"}
CREDENTIALS = {"2001": "customer_unknown", "2002": "signature_refused"}
REFUSALS = {
    "1002": "invalid_argument",
    "3001": "no_entitlement_left",
    "3002": "serial_missing",
    "3003": "serial_invalid",
    "3004": "license_locked",
    "3005": "license_elsewhere",
    "3006": "request_number_conflict",
    "4040": "invalid_argument",
}
STATUSES = {"none": "none", "authorised": "authorised", "cancelled": "cancelled"}


@dataclasses.dataclass(frozen=True)
class Credentials:
    """How to reach the platform; never logged, never stored here."""

    address: str
    customer: str = ""
    secret: str = dataclasses.field(default="", repr=False)
    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    https_only: bool = False  # in production


@dataclasses.dataclass(frozen=True)
class LicenseCall:
    """What is asked of the platform for one tax number and service group."""

    kind: str  # authorise, cancel, status or customer
    request_number: str
    tax_number: str = ""
    name: str = ""
    service_group: str = ""
    serial: str = ""
    license_kind: str = "formal"
    is_idc: bool = False
    cancelled_at: datetime.datetime | None = None


@dataclasses.dataclass(frozen=True)
class EntitlementData:
    """How an entitlement stands at the platform."""

    status: str  # none, authorised or cancelled
    register_code: str = ""
    valid_from: datetime.date | None = None
    valid_to: datetime.date | None = None


@dataclasses.dataclass(frozen=True)
class RemainingData:
    """Entitlements of one service group."""

    service_group: str
    total: int
    used: int


@dataclasses.dataclass(frozen=True)
class SerialData:
    """One serial number of the customer."""

    serial: str
    service_group: str
    valid_from: datetime.date
    valid_to: datetime.date


@dataclasses.dataclass(frozen=True)
class CustomerData:
    """What the platform keeps for the whole customer."""

    remaining: tuple = ()
    serials: tuple = ()


def sign(secret, operation, timestamp, body):
    """The signature of a call: HMAC-SHA256, in hexadecimal."""
    text = f"{operation}\n{timestamp}\n{hashlib.sha256(body).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


class EntitlementClient:
    """One customer's line to the entitlement platform.

    :param Credentials credentials: address, customer number and secret
    :param callable exchange: see ``transport.Transport``
    """

    # The lane asks; nothing of the tax bureau is done over this channel.
    capabilities = Capabilities(idempotent=True, operations=())

    def __init__(self, credentials, *, exchange=None):
        self.credentials = credentials
        self.transport = Transport(
            CHANNEL, credentials, secrets=(credentials.secret,), exchange=exchange
        )

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def close(self):
        """Close the HTTP session."""
        self.transport.close()

    def submit(self, call):
        """Authorise or cancel.

        :rtype: EntitlementData
        :raise RefusedError: not done; code of :data:`REFUSALS`
        """
        payload = {
            "requestNo": call.request_number,
            "taxNo": call.tax_number,
            "serviceGroup": call.service_group,
        }
        if call.kind == "authorise":
            payload |= {
                "name": call.name,
                "serial": call.serial,
                "licenseKind": call.license_kind,
                "idc": call.is_idc,
            }
        else:
            payload["cancelledAt"] = _format_time(call.cancelled_at)
        return _read_entitlement(self._call(call.kind, payload))

    def find(self, call):
        """What was answered to a request.

        :rtype: EntitlementData
        :raise NotFoundError: the platform never did anything under that number
        """
        payload = {
            "requestNo": call.request_number,
            "taxNo": call.tax_number,
            "serviceGroup": call.service_group,
        }
        return _read_entitlement(self._call("query", payload, asks_back=True))

    def fetch_entitlement(self, call):
        """How an entitlement stands now; :rtype: EntitlementData"""
        payload = {"taxNo": call.tax_number, "serviceGroup": call.service_group}
        return _read_entitlement(self._call("query", payload))

    def fetch_customer(self, call):
        """Remaining entitlements and serial numbers; :rtype: CustomerData"""
        # On whose line it is asked, for the records of both sides.
        payload = {"taxNo": call.tax_number}
        remaining = self._call("remaining", payload).rows("rows")
        serials = self._call("serials", payload).rows("rows")
        return CustomerData(
            remaining=tuple(
                RemainingData(
                    service_group=row.text("serviceGroup"),
                    total=row.count("total"),
                    used=row.count("used"),
                )
                for row in remaining
            ),
            serials=tuple(
                SerialData(
                    serial=row.number("serial"),
                    service_group=row.text("serviceGroup"),
                    valid_from=row.date("validFrom"),
                    valid_to=row.date("validTo"),
                )
                for row in serials
            ),
        )

    def _call(self, operation, payload, *, asks_back=False):
        body = json.dumps(payload, ensure_ascii=False).encode()
        timestamp = str(int(time.time()))
        request = Request(
            operation=operation,
            path=f"{PATH}/{operation}",
            body=body,
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "X-Customer": self.credentials.customer,
                "X-Timestamp": timestamp,
                "X-Signature": sign(
                    self.credentials.secret, operation, timestamp, body
                ),
            },
            readable=payload,
        )
        with self.transport.masker.guard():
            answer = self.transport.post(
                request, lambda body: load_object(body, operation)
            )
            return _check_answer(Fields(answer, operation), asks_back)


def _check_answer(answer, asks_back):
    """``data`` of a good answer.

    :rtype: Fields
    """
    raw_code = answer.code("code")
    if raw_code == OK:
        return answer.fields("data")
    text = answer.message("message")
    details = answer.data.get("data")
    details = Fields(details if isinstance(details, dict) else {}, answer.where)
    if raw_code in CREDENTIALS:
        raise CredentialError(text, code=CREDENTIALS[raw_code], raw_code=raw_code)
    if raw_code in WAITS:
        wait = details.seconds("wait")
        raise WaitError(text, code=WAITS[raw_code], raw_code=raw_code, wait=wait)
    if raw_code == NOT_FOUND and asks_back:
        raise NotFoundError(text, raw_code=raw_code)
    if raw_code in REFUSALS and not asks_back:
        raise RefusedError(text, code=REFUSALS[raw_code], raw_code=raw_code)
    # A refused question says nothing about what was asked for.
    raise OutcomeUnknownError(
        f"{answer.where}: code {raw_code}: {text}", raw_code=raw_code
    )


def _read_entitlement(data):
    return EntitlementData(
        status=data.word("status", STATUSES),
        register_code=data.number("registerCode", optional=True),
        valid_from=data.date("validFrom", optional=True),
        valid_to=data.date("validTo", optional=True),
    )


def _format_time(moment):
    """Naive UTC here, China time on the wire."""
    aware = moment.replace(tzinfo=datetime.UTC)
    return aware.astimezone(CHINA_TIME).strftime("%Y-%m-%d %H:%M:%S")
