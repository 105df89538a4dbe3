"""Two hundred licences at once while replies are lost; cancelled; locked."""

import collections
import json
import time

import pytest
from stdnum.cn import uscc

from environment import demo
from environment.clients import Control, ExternalProgram, Refused

COUNT = 200
PATIENCE = 240  # seconds
LICENSE = "invoice.tax.license"
PREPARE = """
import datetime
import json
parameters = json.loads({parameters!r})
connection = env["invoice.tax.connection"].create(parameters["connection"])
taxpayers = env["invoice.tax.taxpayer"].create(parameters["taxpayers"])
user = env["res.users"].create({{
    "name": "许可管理员", "login": "license-manager", "tz": "Asia/Shanghai",
    "group_ids": [(6, 0, [env.ref("account.group_account_user").id,
                          env.ref("invoice_tax_service.group_manager").id])],
}})
expires = datetime.datetime.now() + datetime.timedelta(days=1)
key = env["res.users.apikeys"].with_user(user).sudo()._generate("rpc", "x", expires)
env.cr.commit()
licenses = taxpayers.license_ids.filtered(lambda one: one.group_id.code == "receiving")
print(json.dumps({{"key": key, "ids": licenses.ids}}))
"""
STANDS = """
SELECT auth_state, COALESCE(sync_state, ''), COUNT(*), COUNT(valid_to)
  FROM invoice_tax_license WHERE id = ANY(%s) GROUP BY 1, 2
"""
OPEN = "SELECT COUNT(*) FROM invoice_tax_license_request WHERE step <> 'done'"
AGE = """
UPDATE invoice_tax_license_event SET happened_at = happened_at - %s * INTERVAL '1 day'
 WHERE license_id = %s AND kind = 'cancelled'
"""


def make_taxpayers():
    """Companies with tax numbers that nobody else has."""
    bodies = [f"91110105MAL{index:05d}X" for index in range(COUNT)]
    return [
        {"name": f"许可 {index}", "tax_number": body + uscc.calc_check_digit(body)}
        for index, body in enumerate(bodies)
    ]


class Licensing:
    """A system in which a manager's program works with licences."""

    def __init__(self, stack):
        self.stack, self.control = stack, Control(stack.simulator_url)
        demo.seed_entitlements(self.control, COUNT + 50)
        parameters = {
            "connection": {
                "channel": "entitlement",
                **demo.license_connection(stack, read_timeout=5),
            },
            "taxpayers": make_taxpayers(),
        }
        script = PREPARE.format(parameters=json.dumps(parameters))
        answer = json.loads(stack.odoo_shell(script).strip().splitlines()[-1])
        self.ids = answer["ids"]
        stack.start_odoo(workers=2, cron_threads=2)
        self.program = ExternalProgram(stack, answer["key"])

    def call(self, method, ids=None):
        """Call a method of the licences as a program does."""
        return self.program.call(LICENSE, method, ids or self.ids)

    def wait(self):
        """Until nothing is open any more."""
        deadline = time.monotonic() + PATIENCE
        while self.stack.execute(OPEN) != [(0,)]:
            assert time.monotonic() < deadline, "requests stay open"
            time.sleep(0.3)

    def stands(self):
        """(authorisation, synchronisation, licences, those with a validity)"""
        return [tuple(row) for row in self.stack.execute(STANDS, [self.ids])]

    def used(self):
        """Entitlements used at the platform."""
        rows = self.control.get("state")["entitlement_serials"]
        return sum(row["used"] for row in rows)

    def acts(self):
        """How often each number was authorised and cancelled at the platform."""
        return collections.Counter(
            (row["effective_authorisations"], row["effective_cancellations"])
            for row in self.control.get("state")["entitlements"]
        )

    def dropped(self):
        """Replies that were lost, by operation."""
        entries = self.control.get("journal", limit=100_000)
        return collections.Counter(
            entry["operation"] for entry in entries if entry["fault"] == "act_drop"
        )


@pytest.fixture(scope="module")
def licensing(live):
    """Two hundred licences that nobody has authorised yet."""
    return Licensing(live.stack)


def test_row_P3_two_hundred_at_once_while_replies_are_lost(licensing):
    licensing.control.fault("act_drop", platform="entitlement", probability=0.3, seed=7)
    assert licensing.call("authorise") == []
    licensing.wait()
    assert licensing.stands() == [("authorised", "success", COUNT, COUNT)]
    assert licensing.used() == COUNT
    assert licensing.acts() == {(1, 0): COUNT}
    assert licensing.dropped()["authorise"] > COUNT / 10


def test_row_P4_cancelled_each_once(licensing):
    assert licensing.call("cancel") == []
    licensing.wait()
    assert licensing.stands() == [("unauthorised", "success", COUNT, 0)]
    assert licensing.used() == 0
    assert licensing.acts() == {(1, 1): COUNT}
    assert licensing.dropped()["cancel"] > COUNT / 10
    licensing.control.clear_faults()


def test_row_P4_locked_here_and_at_the_platform(licensing):
    with pytest.raises(Refused) as refusal:
        licensing.call("authorise")
    assert refusal.value.code == "license_locked"
    one = licensing.ids[:1]
    licensing.stack.execute(AGE, [60, one[0]])
    assert licensing.call("authorise", one) == []
    licensing.wait()
    # The platform counts by its own clock.
    [row] = licensing.program.read(
        LICENSE, [("id", "=", one[0])], ["auth_state", "sync_state", "failure_code"]
    )
    assert (row["auth_state"], row["sync_state"]) == ("authorised", "failed")
    assert row["failure_code"] == "license_locked"
    licensing.control.post("clock", advance_days=60)
    licensing.call("action_sync_authorisation", one)
    licensing.wait()
    [row] = licensing.program.read(LICENSE, [("id", "=", one[0])], ["sync_state"])
    assert row["sync_state"] == "success"
    assert licensing.acts() == {(1, 1): COUNT - 1, (2, 1): 1}
