"""Drives licences: a manager's program that authorises and cancels by chance."""

import itertools
import json

from stdnum.cn import uscc

from environment.clients import ExternalProgram

from .calling import Caller

LICENSE = "invoice.tax.license"
# Taxpayers of a round; once cancelled they are locked, so each round has new ones.
COUNT = 40
LARGEST = 5
# Action → how often it is drawn.
WEIGHTS = {
    "authorise": 6,
    "cancel": 4,
    "action_sync_authorisation": 1,
    "action_sync_cancellation": 1,
    "action_read_back": 0.3,
}
_SCRIPT = """
import datetime
import json
taxpayers = json.loads({taxpayers!r})
env["invoice.tax.taxpayer"].create(taxpayers)
user = env["res.users"].search([("login", "=", "license-manager")])
key = ""
if not user:
    groups = ("account.group_account_user", "invoice_tax_service.group_manager")
    user = env["res.users"].create({{
        "name": "许可管理员", "login": "license-manager", "tz": "Asia/Shanghai",
        "group_ids": [(6, 0, [env.ref(name).id for name in groups])],
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
SELECT id, auth_state = 'authorised', failure_code FROM invoice_tax_license
 WHERE tax_number = ANY(%s) AND sync_state = 'failed'
"""


class LicensingDriver(Caller):
    """One program that authorises, cancels, synchronises and reads by chance."""

    lawful = frozenset(("already_authorised", "not_authorised", "license_locked"))

    def __init__(self, system, options):
        super().__init__()
        self.system, self.control = system, system.control
        self.numbers = []
        self._serials = itertools.count(1)

    def prepare(self):
        """Nothing before the first round; the connection is there already."""

    def begin(self, number):
        """New taxpayers, of which nobody is authorised."""
        bodies = [f"91110105MAR{next(self._serials):05d}X" for _one in range(COUNT)]
        fresh = [body + uscc.calc_check_digit(body) for body in bodies]
        taxpayers = [{"name": f"许可 {one}", "tax_number": one} for one in fresh]
        script = _SCRIPT.format(taxpayers=json.dumps(taxpayers))
        key = json.loads(self.system.odoo_shell(script).strip().splitlines()[-1])
        if key:
            self.program = ExternalProgram(self.system, key)
        self.numbers += fresh

    # === ACTIONS === #

    def act(self, random):
        """One action for some licences, mostly fitting ones."""
        [action] = random.choices(list(WEIGHTS), list(WEIGHTS.values()))
        rows = self.system.execute(_ROWS, [self.numbers])
        fitting = [row[0] for row in rows if _fits(action, *row[1:])]
        if random.random() < 0.05:
            fitting = [row[0] for row in rows]
        if not fitting:
            return action
        size = min(len(fitting), random.randint(1, LARGEST))
        if self._call(LICENSE, action, random.sample(fitting, size)) is not False:
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
        """A person presses the button that mends what is not synchronised."""
        for one, is_authorised, _code in self.system.execute(_FAILED, [self.numbers]):
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
                for one, _is, code in failed
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
