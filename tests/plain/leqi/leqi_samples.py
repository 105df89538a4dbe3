"""Values and short words that the tests of issuing use."""

import datetime
import itertools
from decimal import Decimal

from odoo.addons.invoice_tax_leqi.gateway import messages
from odoo.addons.invoice_tax_leqi.gateway.client import LeqiIssuingClient
from odoo.addons.invoice_tax_service.gateway.messages import Credentials

TAX_NUMBER = "91110105MA0TE5T019"
KEY = "0123456789abcdeffedcba9876543210"
NUMBER = "26117000000000000001"
NOW = "2026-11-10T09:00:00"
ISSUED_AT = datetime.datetime(2026, 11, 10, 1, 0)  # 09:00 in China
MONTH = "202611"
SELLER = messages.Party(name="甲公司", tax_number=TAX_NUMBER, address="北京", phone="1")
BUYER = messages.Party(name="乙公司", tax_number="91310115MA1TE5T02F")
serials = itertools.count(1)


def make_request_number():
    return f"request-{next(serials)}"


def make_client(address, exchange=None, **values):
    credentials = Credentials(
        **{
            "address": address,
            "platform_number": "LEQI0001",
            "using_number": "ENTITY01",
            "encryption_key": KEY,
            "use_case": "01",
            "connect_timeout": 2.0,
            "read_timeout": 1.0,
            **values,
        }
    )
    return LeqiIssuingClient(credentials, TAX_NUMBER, exchange=exchange)


def make_line(net="100.00", rate="0.13", **values):
    net, rate = Decimal(net), Decimal(rate)
    return messages.InvoiceLine(
        **{
            "name": "*机床*数控车床",
            "tax_class_code": "1090511030000000000",
            "net_amount": net,
            "tax_rate": rate,
            "vat_amount": (net * rate).quantize(Decimal("0.01"), "ROUND_HALF_UP"),
            **values,
        }
    )


def make_invoice(number=NUMBER, *lines, **values):
    lines = lines or (make_line(),)
    net = sum(line.net_amount for line in lines)
    vat = sum(line.vat_amount for line in lines)
    return messages.DigitalInvoice(
        **{
            "number": number,
            "kind": messages.BLUE,
            "invoice_type": "special",
            "issued_at": ISSUED_AT,
            "seller": SELLER,
            "buyer": BUYER,
            "net_amount": net,
            "vat_amount": vat,
            "gross_amount": net + vat,
            "lines": lines,
            "issuer": "王会计",
            **values,
        }
    )


def make_red(number, form, **values):
    """The red invoice a form is for."""
    line = make_line(form.net_amount, vat_amount=form.vat_amount)
    return make_invoice(
        number,
        line,
        kind=messages.RED,
        blue_number=form.blue_number,
        red_form_number=form.number,
        red_form_uuid=form.uuid,
        red_reason=form.reason,
        **values,
    )


def seed(simulator, **values):
    """One taxpayer that filed: 1,000,000.00 may be downloaded."""
    simulator.post("reset")
    simulator.post("clock", now=NOW)
    simulator.post("settings", job_seconds=0, job_polls=0, quota_gate_seconds=0)
    taxpayer = {
        "tax_number": TAX_NUMBER,
        "name": "甲公司",
        "leqi_entity": "ENTITY01",
        "quota": "1000000.00",
    }
    simulator.post("seed", taxpayers=[{**taxpayer, **values}])
    simulator.post("file", tax_number=TAX_NUMBER)
