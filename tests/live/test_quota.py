"""Quota and numbers over a bad line: what Odoo has is what the bureau has.

The dispatcher runs inside Odoo's shell; the bureau is the simulated one, a process of
its own. Every other answer of what changes something is lost.
"""

import datetime
import json

import pytest

from environment import demo
from environment.clients import Control

TAXPAYER = demo.TAXPAYERS[0]
NUMBER = TAXPAYER["tax_number"]
# Kind, operation, and how often.
FAULTS = (
    ("act_drop", "XZTHSXED", {"every": 2}),
    ("half_json", "XZTHSXED", {"every": 3}),
    ("http_502", "CXXZTHSXED", {"count": 1}),
    ("act_drop", "QDFPPLFM", {"every": 2}),
    ("html", "CXQDFPPLFM", {"count": 1}),
    ("act_drop", "CXSXED", {"count": 1}),
)
TRANSFERS = (
    ("download", "300000.01"),
    ("return", "100000.02"),
    ("download", "12345.67"),
    ("return", "0.03"),
    ("download", "99.99"),
)
DRAWS = (7, 1000, 1)
SCRIPT = """
import json, time
given = json.loads(GIVEN)
taxpayer = env["invoice.tax.taxpayer"].search([("tax_number", "=", given["number"])])
taxpayer = taxpayer.with_company(taxpayer.company_id)

def work():
    env.cr.commit()
    until = time.monotonic() + 120
    while time.monotonic() < until:
        env["invoice.tax.lane"]._cron_dispatch()
        env.cr.commit()
        if not any(
            env[name].search_count([("step", "!=", "done")])
            for name in ("invoice.tax.quota.task", "invoice.tax.draw")
        ):
            return
        time.sleep(0.2)
    raise RuntimeError("not over after two minutes")

tasks = env["invoice.tax.quota.task"].with_env(taxpayer.env)
tasks._ask_read(taxpayer, "manual")
work()
quota = taxpayer.quota_ids
for kind, amount in given["transfers"]:
    quota._submit_transfer(kind, amount)
    work()
draws = env["invoice.tax.draw"].with_env(taxpayer.env)
for count in given["draws"]:
    draws._ask_manual(taxpayer, count)
draws._ask_refresh(taxpayer)
work()
quota.next_read_at = False
tasks._ask_read(taxpayer, "manual")
work()
numbers = env["invoice.tax.number"].search([("taxpayer_id", "=", taxpayer.id)])
print(json.dumps({
    "figures": [
        f"{quota[name]:.2f}" for name in ("available", "downloaded", "unused")
    ],
    "valid_to": str(quota.valid_to),
    "moves": quota.move_ids.sorted("id").mapped("kind"),
    "failed": tasks.search([("state", "!=", "success")]).mapped("raw_text"),
    "numbers": numbers.mapped("name"),
    "draws": draws.search([("kind", "=", "draw")]).mapped("state"),
}))
"""


@pytest.fixture(scope="module")
def done(live):
    """What Odoo and the bureau have in the end, and how often each fault hit."""
    control = Control(live.stack.simulator_url)
    demo.set_clock(control)
    demo.seed(control, [TAXPAYER], 0)
    control.post("settings", quota_gate_seconds=0)
    demo.run_in_odoo(
        live.stack,
        connections=demo.connections(live.stack, read_timeout=3),
        license_connection=demo.license_connection(live.stack),
        taxpayers=[demo.odoo_taxpayer(TAXPAYER)],
        accountant=dict(demo.ACCOUNTANT),
    )
    # Odoo's months are those of its own clock, and so must be the bureau's.
    control.post("clock", now=datetime.datetime.now(demo.BEIJING).isoformat())
    faults = [
        control.fault(kind, platform="leqi", operation=operation, **scope)
        for kind, operation, scope in FAULTS
    ]
    given = json.dumps({"number": NUMBER, "transfers": TRANSFERS, "draws": DRAWS})
    output = live.stack.odoo_shell(f"GIVEN = {given!r}\n{SCRIPT}")
    fired = [control.fired(number) for number in faults]
    control.clear_faults()
    state = control.get("state", tax_number=NUMBER)
    return json.loads(output.strip().splitlines()[-1]), state, fired


def test_everything_went_wrong_that_should(done):
    _odoo, _state, fired = done
    assert all(fired), list(zip(FAULTS, fired, strict=True))


def test_quota_is_the_bureaus_to_the_cent(done):
    odoo, state, _fired = done
    [month] = [one for one in state["quotas"] if one["running"]]
    assert not odoo["failed"]
    assert odoo["figures"] == [
        month[name] for name in ("available", "downloaded", "unused")
    ]
    assert odoo["valid_to"] == month["valid_to"]
    # Each wish once, and nothing that a reading had to put right.
    assert odoo["moves"] == ["opening", *(kind for kind, _amount in TRANSFERS)]


def test_no_number_is_lost(done):
    odoo, state, _fired = done
    assert odoo["draws"] == ["success"] * len(DRAWS)
    drawn = []
    for segment in state["segments"]:
        first, last = int(segment["first"]), int(segment["last"])
        drawn += [str(number) for number in range(first, last + 1)]
    assert sorted(odoo["numbers"]) == sorted(drawn)
    assert len(drawn) == sum(DRAWS)
