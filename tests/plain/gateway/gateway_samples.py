"""Values that the tests of both channels use."""

import datetime
from decimal import Decimal

from gateway import messages
from gateway.operation_kinds import INVOICE_OPERATIONS

TAX_NUMBER = "91110105MA0TE5T019"
KEY = "0123456789abcdeffedcba9876543210"
NUMBER = "26317000000000000001"
CERT_PASSWORD = "certificate-s3cret"
PLATFORM_PASSWORD = "platform-s3cret"
NOW = "2026-11-10T09:00:00"
PERIOD = "202610"
LATER = datetime.datetime(2099, 1, 1)


def make_credentials(address, **values):
    return messages.Credentials(
        **{
            "address": address,
            "platform_number": "LEQI0001",
            "using_number": "ENTITY01",
            "use_case": "01",
            "encryption_key": KEY,
            "certificate_password": CERT_PASSWORD,
            "platform_password": PLATFORM_PASSWORD,
            "connect_timeout": 2.0,
            "read_timeout": 1.0,
            **values,
        }
    )


def make_item(number=NUMBER, code="", vat="130.00", **values):
    return messages.SelectionItem(
        number=number,
        code=code,
        issue_date=datetime.date(2026, 10, 5),
        type_code="81",
        creditable_vat=Decimal(vat),
        **values,
    )


def make_submission(operation="deduct", items=None, number="request-1", **values):
    if items is None and operation in INVOICE_OPERATIONS:
        items = (make_item(),)
    return messages.Submission(
        **{
            "request_number": number,
            "operation_type": operation,
            "tax_number": TAX_NUMBER,
            "period": "202610",
            "items": tuple(items or ()),
            **values,
        }
    )


def seed(simulator, **values):
    """One taxpayer; :data:`PERIOD` is its current period."""
    simulator.post("reset")
    simulator.post("clock", now=NOW)
    simulator.post("settings", job_seconds=0, job_polls=0)
    taxpayer = {
        "tax_number": TAX_NUMBER,
        "name": "甲公司",
        "cert_password": CERT_PASSWORD,
        "platform_password": PLATFORM_PASSWORD,
        "leqi_entity": "ENTITY01",
    }
    options = {
        "seed": 7,
        "invoices": 30,
        "months": ["202609", PERIOD],
        "abnormal": 0,
        "types": ["81"],
        "taxpayers": [taxpayer],
    }
    simulator.post("seed", **{**options, **values})
