"""Compares certification: Odoo, the simulator's state, and its journal."""

import collections
import json

from environment import comparison

from . import certification_further_comparison as further
from . import queries
from .report import Findings
from .wire import SUBMITTING

# Requests whose story is told when they differ.
STORIES = 3


class CertificationComparison:
    """Row by row, and act by act."""

    def __init__(self, system, driver):
        self._system, self._driver = system, driver
        self._found, self._wrong = Findings(), {}

    def compare(self, entries):
        """Return the differences as ``Findings``."""
        state = self._system.control.get("state")
        self._found.different += self._driver.unlawful
        for taxpayer in self._driver.taxpayers:
            self._compare_taxpayer(taxpayer)
        lines, requests = self._read_lines(), self._read_requests()
        acts = _acts(state["jobs"], entries)
        self._check_requests(state["jobs"])
        self._check_journal(entries, requests)
        self._check_lines(lines, acts)
        self._check_acts(lines, acts, state["invoices"])
        self._check_tables(state["jobs"])
        self._check_readings()
        self._check_counters()
        self._found.different += further.check_periods(state["jobs"], requests)
        self._found.stuck += further.find_left_behind(self._system)
        self._count(state, lines, requests)
        for number, result in list(self._wrong.items())[:STORIES]:
            self._found.stories += self._tell(number, result, entries)
        return self._found

    # === THE SAME ROWS === #

    def _compare_taxpayer(self, taxpayer):
        number, program = taxpayer["tax_number"], self._driver.program
        state = self._system.control.get("state", tax_number=number)
        # How often each was selected is compared with the ledger, below.
        once = {"effective_selections": 0, "effective_revocations": 0}
        state["invoices"] = [{**row, **once} for row in state["invoices"]]
        found = comparison.compare_invoices(program, state, taxpayer)
        current = [row["period"] for row in state["taxpayers"]]
        rows = self._system.execute(queries.PERIODS, [number])
        ours = [row for row in rows if row[1]]
        theirs = [(period, *_status(state, period)) for period in current]
        if [(row[0], row[2]) for row in ours] != theirs:
            found.append(f"{number}: period {ours} in Odoo, {theirs} at the bureau")
        found += self._compare_tables(number, state, current)
        found += self._compare_confirmations(number, state)
        found += further.compare_refunds(self._system, number, state)
        found += further.compare_treatments(self._system, number, state)
        self._found.different += found
        self._found.doubled += further.find_doubled_signatures(number, state)

    def _compare_tables(self, number, state, current):
        rows = self._system.execute(queries.TABLES, [number])
        ours = {row[:3]: (row[3], row[4], row[5]) for row in rows}
        # The bureau forgets unsigned tables of closed periods, Odoo keeps them.
        return comparison.compare_tables(number, ours, state, current)

    def _compare_confirmations(self, number, state):
        ours = [
            tuple(row) for row in self._system.execute(queries.CONFIRMATIONS, [number])
        ]
        theirs = sorted(
            (row["period"], row["ordinal"], bool(row["cancelled_at"]))
            for row in state["confirmations"]
        )
        # A signature that was voided is read back with the period, not as a row.
        operations = ["sign", "sign_revoke", "certify"]
        voided = further.read_voided(self._system, number, operations)
        ours = [row for row in ours if row[0] not in voided]
        theirs = [row for row in theirs if row[0] not in voided]
        if ours == theirs:
            return []
        story = [
            "  " + " ".join(map(str, row))
            for row in self._system.execute(queries.SIGNATURES, [number])
        ]
        found = f"{number}: confirmations {ours} in Odoo, {theirs} at the bureau"
        return ["\n".join([found, *story])]

    # === NEVER TWICE, NEVER LOST === #

    def _check_requests(self, jobs):
        """No request number made two jobs."""
        counts = collections.Counter(
            (job["platform"], job["request_number"])
            for job in jobs
            if job["kind"] != "download"
        )
        self._found.doubled += [
            f"request {number} over {platform} was acted on {count} times"
            for (platform, number), count in counts.items()
            if count > 1
        ]

    def _check_journal(self, entries, requests):
        """No invoice of a batch went out under two request numbers; and every
        number that went out is one of Odoo's: committed before it was sent."""
        sent = collections.defaultdict(set)
        for entry in entries:
            number = entry["request_number"]
            if entry["operation"] not in SUBMITTING or entry["answer_code"] == "4001":
                continue
            if number not in requests:
                self._found.lost.append(f"request {number} was sent, Odoo has no row")
                continue
            for key in _items(entry):
                sent[(requests[number][0], *key)].add(number)
        self._found.doubled += [
            f"invoice {key} went out under {len(numbers)} request numbers"
            for key, numbers in sent.items()
            if len(numbers) > 1
        ]

    def _check_lines(self, lines, acts):
        """What the ledger says of each invoice is what the bureau did with it."""
        for line in lines:
            act = acts.get((line["request"], line["number"], line["code"]))
            name = f"invoice {line['number']} of batch {line['batch']}"
            is_effective = act == "ok"
            texts = []
            if is_effective and line["state"] == "failed":
                texts.append(f"{name}: done at the bureau, failed in Odoo")
            if is_effective and line["state"] == "voided" and not line["late"]:
                texts.append(f"{name}: done after it was voided, not noted")
            if line["state"] == "success" and line["result"] == "ok" and act != "ok":
                texts.append(f"{name}: success in Odoo, {act} at the bureau")
            if line["state"] == "success" and act is None:
                texts.append(f"{name}: success in Odoo, never at the bureau")
            self._found.lost += texts
            if texts:
                self._wrong.setdefault(line["request"], line["result"])

    def _check_acts(self, lines, acts, invoices):
        """Each effect at the bureau is a line of Odoo, and no invoice more."""
        done = collections.Counter(
            (line["tax_number"], line["number"], line["code"], line["effect"])
            for line in lines
            if acts.get((line["request"], line["number"], line["code"])) == "ok"
        )
        for row in invoices:
            key = (row["tax_number"], row["number"], row["code"] or "")
            for name in further.EFFECTS:
                ledger, bureau = done[(*key, name)], row[f"effective_{name}"]
                if bureau > ledger:
                    text = f"invoice {key}: {bureau} {name}, {ledger} in the ledger"
                    self._found.doubled.append(text)
                elif bureau < ledger:
                    text = f"invoice {key}: {bureau} {name}, {ledger} in the ledger"
                    self._found.lost.append(text)

    def _check_tables(self, jobs):
        """A table operation is a success exactly when the bureau has done it."""
        done = {
            job["request_number"]: not job["refused"]
            and job["sign_code"] in (None, "", "200")
            for job in jobs
            if job["kind"] not in (*further.INVOICE_JOBS, "download")
            and job["state"] == "done"
        }
        for batch, state, number, late in self._system.execute(queries.TABLE_BATCHES):
            is_done = done.get(number, False)
            if state == "voided":
                if is_done and not late:
                    text = f"batch {batch}: done after it was voided, not noted"
                    self._found.lost.append(text)
            elif is_done != (state == "success"):
                text = f"batch {batch} is {state}, at the bureau done: {is_done}"
                self._found.lost.append(text)

    def _check_readings(self):
        """Whoever is answered late reads how it stands now, without being asked."""
        self._found.different += [
            f"batch {batch} was answered late, and nothing was read after that"
            for (batch,) in self._system.execute(queries.NOT_READ_AGAIN)
        ]

    def _check_counters(self):
        self._found.different += [
            f"batch {batch}: counters {counters}, ledger {ledger}"
            for batch, counters, ledger in self._system.execute(queries.COUNTERS)
        ]
        self._found.stuck += [
            f"a lane has stopped: {trouble}"
            for (trouble,) in self._system.execute(queries.STOPPED)
        ]

    def _tell(self, number, result, entries):
        """What the platform heard of a request, and what was said on the wire."""
        return [
            f"request {number}, a line of it: {result or 'no code'}",
            *(
                f"  heard {entry['time']} {entry['operation']} {entry['fault'] or ''}"
                f" {entry['answer_code']}"
                for entry in entries
                if entry["request_number"] == number
            ),
            *(
                "  Odoo " + " ".join(map(str, row))
                for row in self._system.execute(queries.STORY, [number])
            ),
        ]

    # === READING === #

    def _read_lines(self):
        names = "tax_number batch request number code state result type late".split()
        rows = self._system.execute(queries.LINES)
        lines = [dict(zip(names, row, strict=True)) for row in rows]
        return [{**line, "effect": further.get_effect(line["type"])} for line in lines]

    def _read_requests(self):
        rows = self._system.execute(
            "SELECT request.request_number, operation_id, request.state, period,"
            " batch_number"
            " FROM invoice_tax_request request"
            " JOIN invoice_tax_operation operation ON operation.id = operation_id"
        )
        return {row[0]: row[1:] for row in rows}

    def _count(self, state, lines, requests):
        states = collections.Counter(line["state"] for line in lines)
        late = self._system.execute(
            "SELECT COUNT(*) FROM invoice_tax_operation WHERE has_late_answer"
        )
        self._found.figures = {
            "invoices": len(state["invoices"]),
            "batches": len({line["batch"] for line in lines}),
            "requests": len(requests),
            "batches with a late answer": late[0][0],
            **{f"ledger lines, {name}": count for name, count in states.items()},
            **further.count(state),
        }


def _acts(jobs, entries):
    """What the bureau did: (request number, number, code) → result."""
    items = {}
    for entry in entries:
        if entry["operation"] in SUBMITTING and entry["request_number"] not in items:
            items[entry["request_number"]] = _items(entry)
    return {
        (job["request_number"], *key): result
        for job in jobs
        if job["kind"] in further.INVOICE_JOBS and job["results"]
        for key, result in zip(
            items[job["request_number"]], job["results"], strict=True
        )
    }


def _items(entry):
    request = json.loads(entry["request"])
    rows = request.get("fpmx") or request.get("items") or ()
    return [(row.get("fphm") or "", row.get("fpdm") or "") for row in rows]


def _status(state, period):
    """The statistics status of a period in Odoo's codes, as far as both know it."""
    for table in state["statistics"]:
        if table["period"] == period:
            return ("05" if table["state"] == "signed" else "stands",)
    return ("none",)
