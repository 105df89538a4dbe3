"""Drives licences: a manager's program that authorises and cancels by chance."""

import concurrent.futures
import itertools
import json

from stdnum.cn import uscc

from environment.clients import ExternalProgram

from .calling import Caller

LICENSE = "invoice.tax.license"
LANE = "invoice.tax.lane"
# Taxpayers of a round; once cancelled they are locked, so each round has new ones.
COUNT = 40
# So many of them are of a second company with the same customer number; so many more
# tax numbers of the first company are there, too.
SECOND, SHARED = 10, 4
LARGEST = 5
# Action → how often it is drawn.
WEIGHTS = {
    "authorise": 6,
    "cancel": 4,
    "authorise twice at once": 1,
    "authorise over a stopped line": 1,
    "cancel over a stopped line": 1,
    "action_sync_authorisation": 1,
    "action_sync_cancellation": 1,
    "action_read_back": 0.3,
}
_SCRIPT = """
import datetime
import json
taxpayers, second = json.loads({taxpayers!r})
connections = env["invoice.tax.connection"]
connection = connections.search([("channel", "=", "entitlement")], order="id", limit=1)
company = env["res.company"].search([("name", "=", "许可乙公司")])
if not company:
    company = company.create({{"name": "许可乙公司"}})
    shared = ("address", "environment", "customer_number", "entitlement_secret")
    connections.create({{
        "name": "权益平台 乙", "company_id": company.id, "channel": "entitlement",
        "read_timeout": connection.read_timeout,
        **{{name: connection[name] for name in shared}},
    }})
for owner, rows in ((connection.company_id, taxpayers), (company, second)):
    env["invoice.tax.taxpayer"].create(
        [{{**row, "company_id": owner.id}} for row in rows]
    )
user = env["res.users"].search([("login", "=", "license-manager")])
key = ""
if not user:
    groups = ("account.group_account_user", "invoice_tax_service.group_manager")
    user = env["res.users"].create({{
        "name": "许可管理员", "login": "license-manager", "tz": "Asia/Shanghai",
        "group_ids": [(6, 0, [env.ref(name).id for name in groups])],
        "company_id": connection.company_id.id,
        "company_ids": [(6, 0, (connection.company_id | company).ids)],
    }})
    keys = env["res.users.apikeys"].with_user(user).sudo()
    expires = datetime.datetime.now() + datetime.timedelta(days=1)
    key = keys._generate("rpc", "faults", expires)
env.cr.commit()
print(json.dumps(key))
"""
_ROWS = """
SELECT license.id, auth_state, cancelled_at IS NOT NULL
  FROM invoice_tax_license license WHERE tax_number = ANY(%s) ORDER BY id
"""
_OPEN = """
SELECT COALESCE(request.tax_number, 'customer'), request.kind, request.state,
       request.step, request.attempts, request.next_attempt_at, lane.is_stopped,
       lane.paused_until, lane.trouble_code
  FROM invoice_tax_license_request request
  JOIN invoice_tax_lane lane ON lane.id = request.lane_id
 WHERE request.step <> 'done'
"""
_FAILED = """
SELECT id, auth_state = 'authorised', failure_code,
       EXISTS (SELECT FROM invoice_tax_license_request request
                WHERE request.license_id = license.id AND request.step <> 'done')
  FROM invoice_tax_license license
 WHERE tax_number = ANY(%s) AND sync_state = 'failed'
"""
# Both licences of a tax number that two companies have, where none is authorised yet.
_PAIRS = """
SELECT array_agg(id ORDER BY id) FROM invoice_tax_license
 WHERE tax_number = ANY(%s) GROUP BY tax_number, group_id
HAVING COUNT(*) > 1 AND bool_and(auth_state <> 'authorised' AND cancelled_at IS NULL)
"""
# As a wrong signature leaves it.
_STOP = """
UPDATE invoice_tax_lane lane SET is_stopped = TRUE, trouble_code = 'signature_refused'
  FROM invoice_tax_license license, invoice_tax_connection connection
 WHERE license.id = ANY(%s) AND lane.taxpayer_id = license.taxpayer_id
   AND connection.id = lane.connection_id AND connection.channel = 'entitlement'
RETURNING lane.id
"""
_LAST = "SELECT COALESCE(MAX(id), 0) FROM invoice_tax_license_request"
# Nothing was asked for over these that would have resumed them.
_STILL_STOPPED = """
SELECT id FROM invoice_tax_lane lane
 WHERE id = ANY(%s) AND is_stopped
   AND NOT EXISTS (SELECT FROM invoice_tax_license_request request
                    WHERE request.lane_id = lane.id AND request.id > %s)
"""


class LicensingDriver(Caller):
    """One program that authorises, cancels, synchronises and reads by chance.

    :ivar unhealed: licences that nothing would have mended but a person
    """

    lawful = frozenset(("already_authorised", "not_authorised", "license_locked"))

    def __init__(self, system, options):
        super().__init__()
        self.system, self.control = system, system.control
        self.numbers, self.unhealed = [], {}
        self._serials = itertools.count(1)

    def prepare(self):
        """Nothing before the first round; the connection is there already."""

    def begin(self, number):
        """New taxpayers, of which nobody is authorised."""
        bodies = [f"91110105MAR{next(self._serials):05d}X" for _one in range(COUNT)]
        fresh = [body + uscc.calc_check_digit(body) for body in bodies]
        taxpayers = [{"name": f"许可 {one}", "tax_number": one} for one in fresh]
        of_companies = [taxpayers[SECOND:], taxpayers[: SECOND + SHARED]]
        script = _SCRIPT.format(taxpayers=json.dumps(of_companies))
        key = json.loads(self.system.odoo_shell(script).strip().splitlines()[-1])
        if key:
            self.program = ExternalProgram(self.system, key)
        self.numbers += fresh

    # === ACTIONS === #

    def act(self, random):
        """One action for some licences, mostly fitting ones."""
        [action] = random.choices(list(WEIGHTS), list(WEIGHTS.values()))
        if action == "authorise twice at once":
            return self._authorise_twice(action, random)
        method, _over, stopped = action.partition(" over ")
        rows = self.system.execute(_ROWS, [self.numbers])
        fitting = [row[0] for row in rows if _fits(method, *row[1:])]
        if random.random() < 0.05:
            fitting = [row[0] for row in rows]
        if not fitting:
            return action
        size = min(len(fitting), random.randint(1, LARGEST))
        chosen = random.sample(fitting, size)
        [(last,)] = self.system.execute(_LAST)
        lanes = self.system.execute(_STOP, [chosen]) if stopped else []
        if self._call(LICENSE, method, chosen) is not False:
            self._count(action)
        # Also of a call that was answered, some licences may have been refused.
        values = [[lane for (lane,) in lanes], last]
        lanes = lanes and self.system.execute(_STILL_STOPPED, values)
        if lanes:
            self._call(LANE, "action_resume", [lane for (lane,) in lanes])
        return action

    def _authorise_twice(self, action, random):
        """Two managers, each in a company that has the same tax number."""
        pairs = self.system.execute(_PAIRS, [self.numbers])
        if pairs:
            [pair] = random.choice(pairs)
            with concurrent.futures.ThreadPoolExecutor(len(pair)) as managers:
                calls = [
                    managers.submit(self._call, LICENSE, "authorise", [one])
                    for one in pair
                ]
            if any([call.result() is not False for call in calls]):
                self._count(action)
        return action

    # === THE END === #

    def give_up(self, lane):
        """A person cancels what is being authorised just now."""
        rows = self.system.execute(
            "SELECT license_id FROM invoice_tax_license_request"
            " WHERE step = 'sending' AND kind = 'authorise' AND lane_id = %s",
            [lane],
        )
        return any(
            [self._call(LICENSE, "cancel", [one]) is not False for (one,) in rows]
        )

    def end(self, entries):
        """A person presses the button that mends what is not synchronised; only what
        nothing is under way for, and that is told at the end: all should heal."""
        rows = self.system.execute(_FAILED, [self.numbers])
        for one, is_authorised, code, is_under_way in rows:
            if is_under_way:
                continue
            self.unhealed[one] = code
            method = "authorisation" if is_authorised else "cancellation"
            self._call(LICENSE, f"action_sync_{method}", [one])
            self._count(f"mended: {method}")

    def describe_open(self):
        """Requests that are not over, and licences that are not synchronised."""
        requests = self.system.execute(_OPEN)
        failed = self.system.execute(_FAILED, [self.numbers])
        return [
            *(f"licence request {' '.join(map(str, row))}" for row in requests),
            *(
                f"licence {one} is not synchronised: {code}"
                for one, _is_authorised, code, _is_under_way in failed
            ),
        ]

    def fetch_all(self):
        """Have validity and remaining entitlements read."""
        rows = self.system.execute(_ROWS, [self.numbers])
        self._call(LICENSE, "action_read_back", [row[0] for row in rows])
        if not self.system.wait_until(lambda: not self.describe_open(), 120, 0.3):
            raise AssertionError(f"the reading does not end: {self.describe_open()}")


def _fits(action, auth_state, is_cancelled):
    """Whether an action is for a licence that stands so."""
    is_authorised = auth_state == "authorised"
    if action == "authorise":
        return not is_authorised and not is_cancelled
    if action == "action_sync_cancellation":
        return is_cancelled and not is_authorised
    return action == "action_read_back" or is_authorised
