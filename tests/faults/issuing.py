"""Drives issuing: accounting programs on JSON-2, one company for each taxpayer."""

import collections
import itertools
import threading
import time

import requests
from stdnum.cn import uscc

from environment import issuing_job
from environment.clients import ExternalProgram, Refused

from . import queries

ISSUE = "invoice.tax.issue"
TAXPAYERS = 3
INVOICES = 400
LARGEST = 30
BITE = 10
READ_TIMEOUT = 3  # seconds; some faults answer later
TRIES = 60
# Codes with which Odoo may lawfully refuse what is drawn by chance.
LAWFUL = {"issue_state", "issuing_already", "nothing_to_issue"}
# Action → how often it is drawn, and the states it is for.
WEIGHTS = {"issue": 6, "ask": 2, "upload_again": 1, "discard": 1, "retry": 1}
STATES = {
    "ask": ("uploading", "unclear", "accepted", "failed"),
    "upload_again": ("failed", "numbered"),
    "discard": ("failed", "numbered"),
    "retry": ("held",),
}
# As many numbers as there are invoices to lose, and quota for all of them: the clock
# of the platform is moved to other months and years, that of Odoo is not.
_PREPARE = """
env["res.company"].search([]).write({"leqi_draw_count": 1000})
taxpayers = env["invoice.tax.taxpayer"].search([("is_issuing", "=", True)])
env["invoice.tax.quota"]._cron_daily()
for taxpayer in taxpayers:
    env["invoice.tax.draw"]._ask_automatic(taxpayer, 1000)
env.cr.commit()
env["invoice.tax.lane"]._cron_dispatch()
env.cr.commit()
user = env["res.users"].search([("login", "=", "issuer")])
from datetime import datetime, timedelta
keys = env["res.users.apikeys"].with_user(user).sudo()
key = keys._generate("rpc", "faults", datetime.now() + timedelta(days=1))
env.cr.commit()
print(key)
"""


def make_taxpayers(count):
    """Synthetic taxpayers that only issue."""
    taxpayers = []
    for index in range(count):
        body = f"91110105MAG{index:05d}X"
        number = body + uscc.calc_check_digit(body)
        taxpayers.append(
            {
                "tax_number": number,
                "name": f"开票示例 {index + 1}",
                "taxpayer_type": "general",
            }
        )
    return tuple(taxpayers)


class IssuingDriver:
    """One program that issues, asks, uploads again and discards by chance.

    It has to be prepared before the others: they turn the platform's clock.

    :ivar counts: how often each action was done
    :ivar unlawful: refusals and answers that nobody could have expected
    """

    def __init__(self, system, options):
        self.system, self.control = system, system.control
        self.job = issuing_job.IssuingJob(system, make_taxpayers(TAXPAYERS))
        self.counts, self.unlawful = collections.Counter(), []
        self._programs, self._left = {}, {}
        self._lock = threading.Lock()

    def prepare(self):
        """Companies, invoices, quota and numbers; no server has to run yet."""
        self.job.prepare(
            INVOICES, poll_interval=1, read_timeout=READ_TIMEOUT, bite_size=BITE
        )
        output = self.system.odoo_shell(_PREPARE)
        key = output.strip().splitlines()[-1]
        for number, company in self.job.companies.items():
            self._programs[number] = ExternalProgram(
                self.system, key, allowed_company_ids=[company]
            )
            self._left[number] = iter(self.job.invoices[number])

    def begin(self, number):
        """There are invoices enough for all rounds."""

    # === ACTIONS === #

    def act(self, random):
        """One action for one taxpayer."""
        number = random.choice(self.job.numbers)
        [action] = random.choices(list(WEIGHTS), list(WEIGHTS.values()))
        if action == "issue":
            done = self._issue(number, random)
        else:
            done = self._on_issues(action, number, random)
        if done:
            self._count(action)
        return action

    def _issue(self, number, random):
        size = random.choice((1, BITE, random.randint(1, LARGEST)))
        with self._lock:
            ids = list(itertools.islice(self._left[number], size))
        if not ids:
            return False
        # Whether it was done or not when the server died: the same once more.
        return (
            self._call(number, "account.move", "action_issue_digital_invoice", ids)
            is not False
        )

    def _on_issues(self, action, number, random):
        rows = self.system.execute(
            queries.ISSUES_IN_STATE, [number, list(STATES[action])]
        )
        if not rows:
            return False
        [issue] = random.choice(rows)
        return self._call(number, ISSUE, f"action_{action}", [issue]) is not False

    def give_up(self, _lane):
        """Nothing that was issued can be given up while it is being sent."""
        return False

    # === THE END === #

    def end(self, _entries):
        """A person uploads again what the platform refused by a forced code."""
        for number in self.job.numbers:
            rows = self.system.execute(queries.ISSUES_IN_STATE, [number, ["held"]])
            if rows:
                ids = [issue for (issue,) in rows]
                self._call(number, ISSUE, "action_retry", ids)
                self._count("retry of what was held")

    def fetch_all(self):
        """Nothing is read back: the uploads were answered one by one."""

    def describe_open(self):
        """Issue requests and tasks that are not over."""
        if not self.job.count_open():
            return []
        return [f"{self.job.count_open()} open: {self.job.describe_open()}"]

    # === ODOO === #

    def _call(self, number, model, method, ids):
        """Call until a server has answered; False when it refused lawfully."""
        for _try in range(TRIES):
            try:
                self._programs[number].call(model, method, ids)
                return True
            except Refused as refusal:
                if refusal.code:
                    self._note(method, refusal)
                    return False
                problem = refusal
            except requests.RequestException as error:
                problem = error
            time.sleep(0.5)
        self.unlawful.append(f"{method} got no answer in {TRIES} tries: {problem}")
        return False

    def _note(self, method, refusal):
        self._count(f"refused: {refusal.code}")
        if refusal.code not in LAWFUL:
            self.unlawful.append(f"{method}: {refusal}")

    def _count(self, name):
        with self._lock:
            self.counts[name] += 1
