"""Drives certification: an accounting program on JSON-2, several taxpayers."""

import datetime
import itertools

from stdnum.cn import uscc

from environment import demo
from environment.clients import ExternalProgram

from . import queries
from .calling import Caller
from .journal import SUBMITTING

OPERATION = "invoice.tax.operation"
JOB_SECONDS = 0.3
READ_TIMEOUT = 3  # seconds; some faults answer later
# Longer than any call is delayed, so that the platform knows a late repetition.
GATE_SECONDS = 20
LARGEST = 200
# Small bites make many calls.
BITE = 20
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
}


def make_taxpayers(count):
    """Synthetic taxpayers, every other one over each channel."""
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
            }
        )
    return taxpayers


class CertificationDriver(Caller):
    """One program that submits, repeats, voids, asks and fetches by chance."""

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
        demo.set_clock(self.control)
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

    def _seed(self, number):
        now = datetime.datetime.fromisoformat(self.control.get("clock")["now"])
        self.control.post(
            "seed",
            seed=number,
            months=demo.months_before(now, demo.MONTHS),
            invoices=self._invoices,
            taxpayers=[
                {
                    "tax_number": one["tax_number"],
                    "name": one["name"],
                    "taxpayer_type": one["taxpayer_type"],
                    "cert_password": demo.PASSWORD,
                }
                for one in self.taxpayers
            ],
        )

    # === ACTIONS === #

    def act(self, random):
        """One action for one taxpayer, by the state its period is in."""
        number = random.choice(self.taxpayers)["tax_number"]
        weights = {**WEIGHTS, **self._get_possible(number)}
        [action] = random.choices(list(weights), list(weights.values()))
        done = getattr(self, f"_do_{action}", self._do_selection)
        if done(action, number, random):
            self._count(action)
        return action

    def _get_possible(self, number):
        """Weights of what the state forbids: seldom, but asked for all the same."""
        rows = self.system.execute(
            "SELECT period.statistics_status FROM invoice_tax_period period"
            " JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = taxpayer_id"
            " WHERE is_current AND tax_number = %s",
            [number],
        )
        status = rows[0][0] if rows else "01"
        if status == "05":
            wrong = set(WEIGHTS) - {"sign_revoke", "fetch", "void", "ask_again"}
        elif status in ("02", "03", "04", "25"):
            wrong = {"deduct", "exclude", "deduct_revoke", "exclude_revoke"}
            wrong |= {"statistics", "sign_revoke"}
        else:
            wrong = {"statistics_revoke", "sign", "sign_revoke"}
        return dict.fromkeys(wrong, 0.05)

    def _do_selection(self, action, number, random):
        invoices = self._draw_invoices(action, number, random)
        if not invoices:
            return False
        if action == "exclude":
            for row in invoices:
                row["reason"] = str(random.randint(1, 5))
                row["reason_text"] = "样品赠送" if row["reason"] == "5" else ""
        return self._submit(action, number, invoices, random)

    def _do_statistics(self, action, number, random):
        return self._submit(action, number, [], random)

    _do_statistics_revoke = _do_sign = _do_sign_revoke = _do_statistics

    def _submit(self, action, number, invoices, random):
        period = self._get_period(number)
        if not period:
            return False
        arguments = {
            "tax_number": number,
            "operation_type": action,
            "period": period,
            "request_number": f"faults-{next(self._names)}",
            "invoices": invoices,
        }
        self._past.append(arguments)
        answer = self._call(OPERATION, "submit_batch", **arguments)
        if answer and random.random() < 0.15:
            self._repeat(random.choice(self._past[-20:]))
        return bool(answer)

    def _repeat(self, arguments):
        """The very same once more: the same batch, whatever has become of it."""
        first = self._call(OPERATION, "submit_batch", **arguments)
        again = self._call(OPERATION, "submit_batch", **arguments)
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

    def _get_period(self, number):
        rows = self.system.execute(
            "SELECT period.name FROM invoice_tax_period period"
            " JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = taxpayer_id"
            " WHERE is_current AND tax_number = %s",
            [number],
        )
        return rows[0][0] if rows else ""

    def _draw_invoices(self, action, number, random):
        """Some invoices that fit the action, and seldom a few that do not."""
        purpose = "deduct" if action.startswith("deduct") else "exclude"
        rows = self.system.execute(
            queries.INVOICES,
            [purpose, number],
        )
        column = 4 if action.endswith("_revoke") else 3
        fitting = [row for row in rows if row[column]]
        others = random.sample(rows, min(len(rows), random.choice((0, 0, 0, 3))))
        size = random.choice((1, BITE, 100, LARGEST, random.randint(1, LARGEST)))
        size = min(len(fitting), size)
        chosen = {row[:2]: row for row in (*random.sample(fitting, size), *others)}
        invoices = [{"number": key[0], "code": key[1] or ""} for key in chosen]
        if action == "deduct":
            for invoice, row in zip(invoices, chosen.values(), strict=True):
                if random.random() < 0.2:
                    invoice["creditable_vat"] = _get_half(row[2])
        return invoices[:LARGEST]


def _get_half(amount):
    cents = round(float(amount) * 100) // 2
    return f"{max(cents, 0) / 100:.2f}"
