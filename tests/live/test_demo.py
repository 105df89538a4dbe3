"""The demo, as a newcomer finds it: the first digital invoice at once."""

import time

import pytest

from environment import demo
from environment.clients import Browser, Control

# Busy by itself; nothing in it has to happen within a moment.
pytestmark = pytest.mark.beside

NUMBER = demo.TAXPAYERS[0]["tax_number"]
PATIENCE = 60  # seconds
FIELDS = ["tax_issue_state", "digital_invoice_number", "tax_issue_reason"]


@pytest.fixture(scope="module")
def person(live):
    """The accountant of the demo, at the web client; the demo was started twice."""
    demo.prepare(live.stack)
    demo.prepare(live.stack)
    live.stack.start_odoo(workers=1, cron_threads=1)
    login, password = demo.ACCOUNTANT["login"], demo.ACCOUNTANT["password"]
    return Browser(live.stack, login, password)


def test_issuing_taxpayer_is_licensed_and_has_quota(person):
    [taxpayer] = person.call(
        "invoice.tax.taxpayer",
        "search_read",
        [("tax_number", "=", NUMBER)],
        ["is_issuing", "license_ids", "quota_ids"],
    )
    assert taxpayer["is_issuing"]
    licenses = person.call(
        "invoice.tax.license",
        "read",
        taxpayer["license_ids"],
        ["group_id", "auth_state", "sync_state"],
    )
    assert len(licenses) == 2
    for one in licenses:
        assert (one["auth_state"], one["sync_state"]) == ("authorised", "success")
    quotas = person.call(
        "invoice.tax.quota",
        "read",
        taxpayer["quota_ids"],
        ["is_current", "free", "available"],
    )
    # There is enough, and there is more to be downloaded by hand.
    assert [one["is_current"] for one in quotas] == [True]
    assert quotas[0]["free"] > 0 and quotas[0]["available"] > 0


def test_first_invoice_is_issued_at_once(live, person):
    moves = person.call(
        "account.move",
        "search",
        [("move_type", "=", "out_invoice"), ("state", "=", "posted")],
    )
    assert len(moves) == demo.SALES
    action = person.press("account.move", "action_issue_digital_invoice", moves[0])
    assert action.get("tag") == "display_notification", action
    deadline = time.monotonic() + PATIENCE
    while True:
        [move] = person.call("account.move", "read", moves[:1], FIELDS)
        if move["tax_issue_state"] == "success":
            break
        assert time.monotonic() < deadline, move
        time.sleep(0.3)
    state = Control(live.stack.simulator_url).get("state", tax_number=NUMBER)
    assert [row["number"] for row in state["issued"]] == [
        move["digital_invoice_number"]
    ]
