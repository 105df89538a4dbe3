"""Passwords, check of the environment and the taxpayer's file: the whole way from the
models over HTTP to the simulated bureau and back."""

import json
import textwrap

import pytest

from environment.clients import Control

# Busy by itself; nothing in it has to happen within a moment.
pytestmark = pytest.mark.beside

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
    control = Control(simulator.url)
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


def test_row_C1_passwords_over_http(site):
    found = site(
        f"""
        found = {{}}
        found["wrong"] = press(certificate_password="wrong-s3cret")
        found["nothing kept"] = kept()
        found["told"] = press(
            certificate_password="{CERTIFICATE}", platform_password="{PLATFORM}")
        found["kept"] = kept()
        change = {{"mode": "change", "old_password": "{CERTIFICATE}",
                  "kind": "certificate", "new_password": "{NEW}",
                  "new_password_again": "{NEW}"}}
        found["changed"] = press(**change)
        found["again"] = press(**change)
        found["new"] = kept()
        found["question"] = press(
            mode="change", kind="platform", old_password="{PLATFORM}",
            new_password="{PLATFORM}", new_password_again="{PLATFORM}",
            question="{QUESTION}", answer="{ANSWER}")
        found["wrong answer"] = press(mode="recover", answer="wrong-s3cret")
        found["recovered"] = press(mode="recover", answer="{ANSWER}")
        found["after"] = kept()
        exchanges = env["invoice.tax.exchange"].search([])
        found["exchanges"] = repr(exchanges.read())
        print(json.dumps(found))
        """
    )
    said = found.pop("exchanges")
    assert "recover" in said and "password" in said
    for secret in (CERTIFICATE, PLATFORM, NEW, ANSWER, "wrong-s3cret"):
        assert secret not in said
    assert found == {
        "wrong": "password_wrong",
        "nothing kept": [False, False, False],
        "told": "ok",
        "kept": [CERTIFICATE, PLATFORM, False],
        "changed": "ok",
        "again": "password_wrong",
        "new": [NEW, PLATFORM, False],
        "question": "ok",
        "wrong answer": "answer_wrong",
        "recovered": "ok",
        "after": [NEW, False, False],
    }
    state = site.control.get("state", tax_number=TAX_NUMBER)
    [taxpayer] = state["taxpayers"]
    assert taxpayer["platform_password_set"] is False


def test_row_C1_lost_answer_over_http(site):
    site.control.fault("act_drop", platform="rpa", operation="password", count=1)
    found = site(
        f"""
        found = [press(certificate_password="{CERTIFICATE}",
                       platform_password="{PLATFORM}")]
        found.append(press(mode="change", kind="platform", old_password="{PLATFORM}",
                           new_password="{NEW}", new_password_again="{NEW}"))
        print(json.dumps(found + kept() + [lane.pending_kind]))
        """
    )
    assert found == ["ok", "ok", CERTIFICATE, NEW, False, False]


def test_row_C1_ten_wrong_ones_over_http(site):
    found = site(
        f"""
        found = [press(certificate_password="wrong-s3cret") for _try in range(11)]
        lane.write({{"certificate_password": "{CERTIFICATE}"}})
        print(json.dumps([found[0], found[-1], bool(lane.paused_until)]))
        """
    )
    assert found == ["password_wrong", "ok", True]


def test_row_C2_and_C13_over_http(site):
    found = site(
        f"""
        press(certificate_password="{CERTIFICATE}", platform_password="{PLATFORM}")
        action = taxpayer.action_check_environment()
        check = env[action["res_model"]].browse(action["res_id"])
        found = {{"steps": check.line_ids.mapped("state")}}
        taxpayer.write({{"staff_name": "李四", "staff_phone": "15100000000"}})
        taxpayer.action_save_staff()
        env.cr.commit()
        fetch = env["invoice.tax.fetch"]._ask(taxpayer, "pool")
        env.cr.commit()
        env["invoice.tax.lane"]._work_lane(lane.id, 1e18)
        found["levels"] = taxpayer.credit_level_ids.mapped("level")
        found["active"] = taxpayer.credit_level_ids.filtered("is_active").level
        found["bureau"] = all(taxpayer.credit_level_ids.mapped("is_from_bureau"))
        print(json.dumps(found))
        """
    )
    [taxpayer] = site.control.get("state", tax_number=TAX_NUMBER)["taxpayers"]
    assert taxpayer["staff"]["name"] == "李四"
    told = [row["level"] for row in taxpayer["credit_history"]]
    assert found == {
        "steps": ["ok"] * 5,
        "levels": told,
        "active": "A",
        "bureau": True,
    }
