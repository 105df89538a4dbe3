"""Passwords, check of the environment and the taxpayer's file: the whole way from the
models over HTTP to the simulated bureau and back."""

import json
import textwrap

import pytest

TAX_NUMBER = "91110105MA0TE5T019"
CERTIFICATE, PLATFORM, NEW = "cert-s3cret", "plat-s3cret", "neu-s3cret"
QUESTION, ANSWER = "宠物的名字", "花花花花"
BEFORE = """
import json
from odoo.addons.invoice_tax_service.exceptions import TaxServiceError
taxpayer = env["invoice.tax.taxpayer"].search([("tax_number", "=", "{number}")])
if not taxpayer:
    connection = env["invoice.tax.connection"].create(
        {{"name": "局端", "channel": "rpa", "address": "{address}",
          "poll_interval": 0}})
    taxpayer = env["invoice.tax.taxpayer"].create(
        {{"name": "示例", "tax_number": "{number}", "connection_id": connection.id}})
    env.cr.commit()
lane = taxpayer.lane_id
def press(button="action_apply", **values):
    wizards = env["invoice.tax.password.wizard"]
    wizard = wizards.create({{"lane_id": lane.id, **values}})
    env.cr.commit()
    try:
        getattr(wizard, button)()
    except TaxServiceError as error:
        env.cr.rollback()
        return error.code
    env.cr.commit()
    return "ok"
def kept():
    return [lane.certificate_password, lane.platform_password, lane.is_stopped]
"""


@pytest.fixture
def site(live):
    """Runs a script inside Odoo beside a bureau with one taxpayer."""
    simulator = live.stack.simulator
    control = simulator_control(live)
    control.post("reset")
    taxpayer = {
        "tax_number": TAX_NUMBER,
        "name": "甲公司",
        "cert_password": CERTIFICATE,
        "platform_password": PLATFORM,
        "credit_level": "A",
        "leqi_entity": "ENTITY01",
    }
    control.post(
        "seed", seed=7, invoices=3, months=["202610"], taxpayers=[taxpayer], abnormal=0
    )

    def run(script):
        before = BEFORE.format(number=TAX_NUMBER, address=simulator.url)
        lines = live.stack.odoo_shell(before + textwrap.dedent(script))
        return json.loads(lines.strip().splitlines()[-1])

    run.control = control
    return run
