"""Drives issuing: accounting programs on JSON-2, one company for each taxpayer."""

import itertools
import json
import threading

from stdnum.cn import uscc

from environment import issuing_job
from environment.clients import ExternalProgram
from environment.failure import SetupFailure

from . import queries
from .calling import Caller

ISSUE = "invoice.tax.issue"
PROBLEM = "invoice.tax.issue.wizard.line"
TAXPAYERS = 3
INVOICES = 200
BITE = 10
READ_TIMEOUT = 3  # seconds; some faults answer later
# Action → how often it is drawn, and the states it is for.
WEIGHTS = {"issue": 6, "ask": 2, "upload_again": 1, "discard": 1, "retry": 1}
STATES = {
    "ask": ("uploading", "unclear", "accepted", "failed"),
    "upload_again": ("failed", "numbered"),
    "discard": ("failed", "numbered"),
    "retry": ("held",),
}
# As many numbers as there are invoices to lose, and quota for all of them.
_PREPARE = """
import json
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
env.invalidate_all()
numbers = env["invoice.tax.number"]
stock = {
    taxpayer.tax_number: [
        sum(taxpayer.quota_ids.mapped("free")),
        numbers.search_count([("taxpayer_id", "=", taxpayer.id)]),
    ]
    for taxpayer in taxpayers
}
print(json.dumps({"key": key, "stock": stock}))
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


class IssuingDriver(Caller):
    """One program that issues, asks, uploads again and discards by chance.

    Others turn the platform's clock to other months and years; issuing keeps to real
    time, as Odoo does. What is issued before a border and uploaded after it has a test
    of its own (``tests/live/test_issuing_year_end.py``).

    :ivar asked: ids of the invoices that were to be issued
    """

    # What is drawn by chance may have gone on since it was read.
    lawful = frozenset(("issue_state",))

    def __init__(self, system, options):
        super().__init__()
        self.system, self.control = system, system.control
        self.job = issuing_job.IssuingJob(system, make_taxpayers(TAXPAYERS))
        self.asked = []
        self._programs, self._left = {}, {}
        self._lock = threading.Lock()

    def prepare(self):
        """Companies, invoices, quota and numbers; no server has to run yet."""
        self.control.post("settings", issuing_in_real_time=True)
        self.job.prepare(
            INVOICES, poll_interval=1, read_timeout=READ_TIMEOUT, bite_size=BITE
        )
        output = self.system.odoo_shell(_PREPARE)
        answer = json.loads(output.strip().splitlines()[-1])
        for number, company in self.job.companies.items():
            if not all(answer["stock"][number]):
                raise SetupFailure(
                    f"Nothing can be issued for {number}: it has quota and numbers "
                    f"{answer['stock'][number]}."
                )
            self._programs[number] = ExternalProgram(
                self.system, answer["key"], allowed_company_ids=[company]
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
        # Small clicks, so that they last until the end; what waits while something is
        # broken fills many a bite.
        size = random.choice((1, random.randint(1, BITE)))
        with self._lock:
            ids = list(itertools.islice(self._left[number], size))
            self.asked += ids
        if not ids:
            return False
        method = "action_issue_digital_invoice"
        answer = self._call_for(number, "account.move", method, ids)
        if not answer or answer.get("tag") == "display_notification":
            return bool(answer)
        return self._is_issuing_already(number, answer)

    def _is_issuing_already(self, number, page):
        """Whether the page of problems says that only: the server died after it had
        done the same call. Whatever else it says, nobody could have expected."""
        domain = [("wizard_id", "=", page.get("res_id"))]
        problems = self._call_for(
            number, PROBLEM, "search_read", domain=domain, fields=["code"]
        )
        codes = {problem["code"] for problem in problems or ()}
        if codes != {"issuing_already"}:
            self.unlawful.append(f"issuing was answered by {page}: {codes}")
            return False
        return True

    def _on_issues(self, action, number, random):
        rows = self.system.execute(
            queries.ISSUES_IN_STATE, [number, list(STATES[action])]
        )
        if not rows:
            return False
        [issue] = random.choice(rows)
        return self._call_for(number, ISSUE, f"action_{action}", [issue]) is not False

    def give_up(self, _lane):
        """Nothing that was issued can be given up while it is being sent."""
        return False

    # === THE END === #

    def end(self, _entries):
        """A person has what is held tried again at once."""
        for number in self.job.numbers:
            rows = self.system.execute(queries.ISSUES_IN_STATE, [number, ["held"]])
            if rows:
                ids = [issue for (issue,) in rows]
                self._call_for(number, ISSUE, "action_retry", ids)
                self._count("retry of what was held")

    def fetch_all(self):
        """Nothing is read back: the uploads were answered one by one."""

    def describe_open(self):
        """Issue requests and tasks that are not over."""
        if not self.job.count_open():
            return []
        return [f"{self.job.count_open()} open: {self.job.describe_open()}"]

    # === ODOO === #

    def _call_for(self, number, model, method, ids=(), **arguments):
        """Call as the program of one company; see ``Caller``."""
        return self._call_as(self._programs[number], model, method, ids, **arguments)
