"""The entitlement platform for one customer, as plain as can be."""

import hashlib
import hmac
import itertools
import json

import requests

CUSTOMER, SECRET = "CUST0001", "entitlement-secret-0001"
numbers = itertools.count(1)


class Entitlement:
    """Signs and sends; answers the JSON."""

    def __init__(self, url: str, customer: str = CUSTOMER, secret: str = SECRET):
        self.url, self.customer, self.secret = url, customer, secret

    def raw(self, operation: str, body: bytes, **headers):
        """Any body; headers replace the right ones."""
        timestamp = "1795190400"
        text = f"{operation}\n{timestamp}\n{hashlib.sha256(body).hexdigest()}"
        signature = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256)
        return requests.post(
            f"{self.url}/entitlement/v1/{operation}",
            data=body,
            headers={
                "X-Customer": self.customer,
                "X-Timestamp": timestamp,
                "X-Signature": signature.hexdigest(),
                **headers,
            },
            timeout=10,
        )

    def call(self, operation: str, **content) -> dict:
        """The answer of an operation."""
        return self.raw(operation, json.dumps(content).encode()).json()

    def authorise(self, tax_number: str, group: str = "receiving", **content) -> dict:
        """Authorise under a fresh number, unless one is given."""
        content = {"requestNo": f"A{next(numbers)}", "name": "甲公司", **content}
        return self.call("authorise", taxNo=tax_number, serviceGroup=group, **content)

    def cancel(self, tax_number: str, group: str = "receiving", **content) -> dict:
        """Cancel under a fresh number, unless one is given."""
        content = {
            "requestNo": f"C{next(numbers)}",
            "cancelledAt": "2026-11-10 09:00:00",
            **content,
        }
        return self.call("cancel", taxNo=tax_number, serviceGroup=group, **content)
