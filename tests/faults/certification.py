"""Drives certification: an accounting program on JSON-2, several taxpayers."""

import datetime
import itertools

from stdnum.cn import uscc

from environment import demo
from environment.clients import ExternalProgram

from . import queries
from .calling import Caller
from .certification_further import (
    FURTHER_LAWFUL,
    FURTHER_WEIGHTS,
    OPERATION,
    FurtherActions,
    get_possible,
)
from .certification_invoices import BITE, LARGEST, draw
from .wire import BARRIERS, SUBMITTING

JOB_SECONDS = 0.3
READ_TIMEOUT = 3  # seconds; some faults answer later
# Longer than any call is delayed, so that the platform knows a late repetition.
GATE_SECONDS = 20
# Codes with which Odoo may lawfully refuse what is drawn by chance.
LAWFUL = {
    "period_not_open",
    "period_unknown",
    "period_filed",
    "statistics_exist",
    "statistics_missing",
    "already_confirmed",
    "not_signed",
    "same_open",
    "wrong_state",
    # The table stands, and the bureau has said that it cannot be signed.
    "sign_222",
    "sign_333",
    "cannot_sign",
    *FURTHER_LAWFUL,
}
# Action → how often it is drawn.
WEIGHTS = {
    "deduct": 6,
    "exclude": 2,
    "deduct_revoke": 2,
    "exclude_revoke": 1,
    "statistics": 1.5,
    "statistics_revoke": 1,
    "sign": 1,
    "sign_revoke": 1,
    "void": 1,
    "ask_again": 1,
    "fetch": 1,
    **FURTHER_WEIGHTS,
}
# A table stands behind all work before it, so for some taxpayers there is little of
# that, and much about tables.
QUICK_FACTOR = 5
# Batches of a taxpayer that are open at once, by whether it is a quick one: what waits
# long is only overtaken by the clock.
MOST_OPEN = {False: 8, True: 2}
QUICK_WEIGHTS = {
    key: weight * (QUICK_FACTOR if key in BARRIERS else 1)
    for key, weight in WEIGHTS.items()
}
# Share of the invoices that are farm products or tickets.
FURTHER_INVOICES = 0.2


def make_taxpayers(count):
    """Synthetic taxpayers, every other one over each channel; of every third the
    bureau cannot tell whether it has filed. Those and every other pair are quick: few
    invoices, many tables."""
    taxpayers = []
    for index in range(count):
        body = f"91110105MAF{index:05d}X"
        number = body + uscc.calc_check_digit(body)
        channel = ("leqi", "rpa")[index % 2]
        taxpayers.append(
            {
                "tax_number": number,
                "name": f"示例 {index + 1}",
                "channel": channel,
                "taxpayer_type": "general",
                "filing_known": index % 3 != 2,
                "is_quick": index % 3 == 2 or index // 2 % 2 == 1,
            }
        )
    return taxpayers


class CertificationDriver(FurtherActions, Caller):
    """One program that submits, repeats, retries, voids, asks and fetches
    by chance."""

    lawful = LAWFUL

    def __init__(self, system, options):
        super().__init__()
        self.system, self.control = system, system.control
        self.taxpayers = make_taxpayers(options.taxpayers)
        self._invoices = options.invoices
        self._names = itertools.count(1)
        self._past, self._held = [], set()

    def prepare(self):
        """Seed the bureau, make everything known to Odoo, read all once."""
        self._set_clock()
        self.control.post(
            "settings", job_seconds=JOB_SECONDS, repeat_gate_seconds=GATE_SECONDS
        )
        self._seed(1)
        demo.seed_entitlements(self.control)
        answer = demo.run_in_odoo(
            self.system,
            connections=demo.connections(
                self.system,
                poll_interval=1,
                read_timeout=READ_TIMEOUT,
                bite_size=BITE,
            ),
            license_connection=demo.license_connection(
                self.system, read_timeout=READ_TIMEOUT
            ),
            taxpayers=[demo.odoo_taxpayer(one) for one in self.taxpayers],
            accountant=demo.ACCOUNTANT,
            with_key=True,
        )
        self.program = ExternalProgram(self.system, answer["key"])
        self.system.execute(queries.ALL_DISPATCHERS)
        self.system.start_servers()
        self.fetch_all()

    def begin(self, number):
        """New invoices for each round, since signed ones cannot be used again."""
        if number > 1:
            self._seed(number)
            self.fetch_all()

    def _set_clock(self):
        """The filing days of the month that Odoo is in, too: an export refund is for
        the running month, and both have to mean the same one."""
        now = datetime.datetime.now(demo.BEIJING)
        wanted = now.replace(day=demo.FILING_DAY, hour=9, minute=0, second=0)
        self.control.post("clock", now=wanted.isoformat())

    def _seed(self, number):
        """Invoices of all kinds, and more of those that few operations are for."""
        now = datetime.datetime.fromisoformat(self.control.get("clock")["now"])
        names = ("tax_number", "name", "taxpayer_type", "filing_known")
        common = {
            "months": demo.months_before(now, demo.MONTHS),
            "taxpayers": [
                {name: one[name] for name in names} | {"cert_password": demo.PASSWORD}
                for one in self.taxpayers
            ],
        }
        self.control.post("seed", seed=number, invoices=self._invoices, **common)
        self.control.post(
            "seed",
            seed=-number,
            invoices=int(self._invoices * FURTHER_INVOICES),
            types=["01", "10", "51", "61", "81", "82"],
            elements=["12", "16", "20"],
            **common,
        )

    # === ACTIONS === #

    def act(self, random):
        """One action for one taxpayer, by the state its period is in."""
        taxpayer = random.choice(self.taxpayers)
        number = taxpayer["tax_number"]
        if self._count_open(number) >= MOST_OPEN[taxpayer["is_quick"]]:
            return ""
        weights = QUICK_WEIGHTS if taxpayer["is_quick"] else WEIGHTS
        opened = {row for (row,) in self.system.execute(queries.OPEN_TABLES, [number])}
        weights = {**weights, **get_possible(self._get_current(number), opened)}
        [action] = random.choices(list(weights), list(weights.values()))
        done = getattr(self, f"_do_{action}", self._do_selection)
        if done(action, number, random):
            self._count(action)
        return action

    def _count_open(self, number):
        [(count,)] = self.system.execute(queries.COUNT_OPEN, [number])
        return count

    def _do_selection(self, action, number, random):
        quick = {one["tax_number"] for one in self.taxpayers if one["is_quick"]}
        largest = BITE if number in quick else LARGEST
        invoices, period = draw(self.system, number, action, random, largest)
        if not invoices:
            return False
        return self._submit(action, number, invoices, random, period)

    def _do_table(self, action, number, random):
        return self._submit(action, number, [], random)

    _do_statistics = _do_statistics_revoke = _do_sign_revoke = _do_table
    _do_refund_sign = _do_table

    def _submit(self, action, number, invoices, random, period=""):
        period = period or self._get_period_for(action, number, random)
        return bool(period) and self._send(
            "submit_batch",
            random,
            tax_number=number,
            operation_type=action,
            period=period,
            invoices=invoices,
        )

    def _send(self, method, random, **arguments):
        """Call under a number of our own, and seldom the like once more."""
        arguments["request_number"] = f"faults-{next(self._names)}"
        self._past.append((method, arguments))
        answer = self._call(OPERATION, method, **arguments)
        if answer and random.random() < 0.15:
            self._repeat(*random.choice(self._past[-20:]))
        return bool(answer)

    def _repeat(self, method, arguments):
        """The very same once more: the same batch, whatever has become of it."""
        first = self._call(OPERATION, method, **arguments)
        again = self._call(OPERATION, method, **arguments)
        self._count("repeated")
        if first and again and first["batch_number"] != again["batch_number"]:
            name = arguments["request_number"]
            self.unlawful.append(f"request {name} made two batches")

    def _do_void(self, _action, number, random):
        return self._on_batch("action_void", number, ["processing"], random)

    def _do_ask_again(self, _action, number, random):
        states = ["processing", "failed"]
        return self._on_batch("action_fetch_result", number, states, random)

    def _on_batch(self, method, number, states, random):
        rows = self.system.execute(
            "SELECT operation.id FROM invoice_tax_operation operation"
            " JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = taxpayer_id"
            " WHERE tax_number = %s AND state = ANY(%s) ORDER BY operation.id DESC"
            " LIMIT 10",
            [number, states],
        )
        if not rows:
            return False
        [batch] = random.choice(rows)
        return self._call(OPERATION, method, ids=[batch]) is not False

    def _do_fetch(self, _action, number, _random):
        ids = self._get_taxpayer_ids([number])
        return self._call("invoice.tax.taxpayer", "action_fetch", ids=ids) is not False

    # === THE END === #

    def fetch_all(self):
        """One fetch for each taxpayer, and wait until it is over."""
        numbers = [one["tax_number"] for one in self.taxpayers]
        ids = self._get_taxpayer_ids(numbers)
        self._call("invoice.tax.taxpayer", "action_fetch", ids=ids)
        is_idle = self.system.wait_until(lambda: not self.describe_open(), 120, 0.3)
        if not is_idle:
            raise AssertionError(f"the fetch does not end: {self.describe_open()}")

    def give_up(self, lane):
        """A person voids the batch of which a request is under way; see ``Driver``."""
        rows = self.system.execute(
            "SELECT DISTINCT operation_id FROM invoice_tax_request"
            " WHERE step = 'sending' AND state = 'processing' AND lane_id = %s",
            [lane],
        )
        return any(
            [
                self._call(OPERATION, "action_void", ids=[batch]) is not False
                for (batch,) in rows
            ]
        )

    def end(self, entries):
        """A person voids the batches for which the bureau never answers."""
        self._held |= {
            entry["request_number"]
            for entry in entries
            if entry["fault"] == "never_ready" and entry["operation"] in SUBMITTING
        }
        rows = self.system.execute(
            "SELECT DISTINCT operation_id FROM invoice_tax_request"
            " WHERE step = 'accepted' AND state = 'processing'"
            " AND request_number = ANY(%s)",
            [list(self._held)],
        )
        for (batch,) in rows:
            self._call(OPERATION, "action_void", ids=[batch])
            self._count("void, the bureau never answers")

    def describe_open(self):
        """Operations, requests and readings that are not over, with their lanes."""
        return [
            f"{kind} {name}: {state}, {step}, {attempts} attempts, next {due} (now"
            f" {now}), {text or 'no trouble'}; lane stopped: {stopped}, paused until"
            f" {paused}, trouble: {trouble}"
            for (
                kind,
                name,
                state,
                step,
                attempts,
                due,
                now,
                text,
                stopped,
                paused,
                trouble,
            ) in self.system.execute(queries.OPEN)
            # Given up by a person, asked for once a minute as long as it is held.
            if not (state == "voided" and name in self._held)
        ]

    # === ODOO === #

    def _get_taxpayer_ids(self, numbers):
        rows = self.system.execute(
            "SELECT id FROM invoice_tax_taxpayer WHERE tax_number = ANY(%s)", [numbers]
        )
        return [row for (row,) in rows]
