"""An entitlement platform in memory, beside the client that reaches it.

It knows the rules of the contract as far as the models need them; the client itself
is tested against the simulated platform.
"""

import datetime

from odoo.addons.invoice_tax_license.gateway.entitlement import (
    CustomerData,
    EntitlementClient,
    EntitlementData,
    RemainingData,
    SerialData,
)
from odoo.addons.invoice_tax_service.gateway.errors import NotFoundError, RefusedError

FROM, TO = datetime.date(2026, 11, 20), datetime.date(2027, 11, 19)


class FakePlatform:
    """Books of the platform.

    :ivar calls: what was done, as ``(kind, tax number, group)``
    :ivar trouble: callables, each raises in place of, or after, the next call
    """

    def __init__(self):
        self.totals = {"issuing": 10, "receiving": 10}
        self.held, self.answers, self.sent = {}, {}, []
        self.calls, self.before, self.after = [], [], []
        self.validity = (FROM, TO)
        self.serials = [SerialData("SN-1", "receiving", FROM, TO)]
        self.last = None

    def submit(self, call):
        self.sent.append(call)
        self._fail(self.before)
        if call.request_number not in self.answers:
            self._act(call)
            self.answers[call.request_number] = self.fetch_entitlement(call)
        self._fail(self.after)
        return self.answers[call.request_number]

    def _act(self, call):
        key = (call.tax_number, call.service_group)
        if call.kind == "cancel":
            if key in self.held:
                self.calls.append(("cancel", *key))
                del self.held[key]
            return
        if key in self.held:
            return
        used = [group for _number, group in self.held]
        if used.count(call.service_group) >= self.totals[call.service_group]:
            raise RefusedError(
                "无剩余权益", code="no_entitlement_left", raw_code="3001"
            )
        self.calls.append(("authorise", *key))
        self.held[key] = self.validity

    def find(self, call):
        self._fail(self.before)
        if call.request_number not in self.answers:
            raise NotFoundError("请求号不存在", raw_code="4040")
        return self.answers[call.request_number]

    def fetch_entitlement(self, call):
        held = self.held.get((call.tax_number, call.service_group))
        if not held:
            return EntitlementData(status="none")
        return EntitlementData("authorised", "CODE", *held)

    def fetch_customer(self, call):
        self._fail(self.before)
        used = [group for _number, group in self.held]
        return CustomerData(
            remaining=tuple(
                RemainingData(group, total, used.count(group))
                for group, total in self.totals.items()
            ),
            serials=tuple(self.serials),
        )

    def _fail(self, errors):
        if errors:
            raise errors.pop(0)


class FakeEntitlementClient:
    """What the lane talks with in the tests of the models."""

    capabilities = EntitlementClient.capabilities
    platform = None

    def __init__(self, credentials, *, exchange=None):
        self.credentials = credentials

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        return None

    def submit(self, call):
        return self.platform.submit(call)

    def find(self, call):
        return self.platform.find(call)

    def fetch_entitlement(self, call):
        self.platform._fail(self.platform.before)
        return self.platform.fetch_entitlement(call)

    def fetch_customer(self, call):
        return self.platform.fetch_customer(call)
