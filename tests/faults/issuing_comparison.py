"""Compares issuing: numbers, invoices and quota, each once and to the cent."""

import collections

from environment import issuing_comparison

from . import queries
from .report import Findings

# The share of the invoices that is issued in the end, whatever is discarded by chance
# or failed for a forced code.
LEAST_ISSUED = 0.5


class IssuingComparison:
    """Number by number, and movement by movement."""

    def __init__(self, system, driver):
        self._system, self._driver = system, driver

    def compare(self, entries):
        """Return the differences as ``Findings``."""
        found = Findings()
        found.different += self._driver.unlawful
        for number in self._driver.job.numbers:
            state = self._system.control.get("state", tax_number=number)
            self._compare_taxpayer(found, state, number)
            found.doubled += self._find_doubled(state, number)
        counts = collections.Counter(dict(self._system.execute(queries.ISSUE_COUNTS)))
        found.figures = {f"issue requests: {state}": counts[state] for state in counts}
        for code, count in self._system.execute(queries.ISSUES_FAILED):
            found.figures[f"issue requests: failed, {code}"] = count
        self._compare_wishes(found, counts["success"])
        return found

    def _compare_wishes(self, found, issued):
        """Each invoice that was to be issued has a request; most of them are issued,
        for a run in which nothing is would compare nothing."""
        wanted = set(self._driver.asked)
        requested = {move for (move,) in self._system.execute(queries.ISSUED_MOVES)}
        found.figures["invoices that were to be issued"] = len(wanted)
        for move in sorted(wanted - requested):
            found.lost.append(f"invoice {move} was to be issued, Odoo has no request")
        if issued < len(wanted) * LEAST_ISSUED or not issued:
            found.different.append(f"{issued} of {len(wanted)} invoices were issued")

    def _compare_taxpayer(self, found, state, number):
        job = self._driver.job
        for text in issuing_comparison.compare_invoices(job.stack, state, number):
            lost = "does not hold" in text or "is not issued here" in text
            (found.lost if lost else found.different).append(text)
        found.different += issuing_comparison.compare_numbers(job.stack, state, number)
        found.different += issuing_comparison.compare_used(job.stack, state, number)

    def _find_doubled(self, state, number):
        """An invoice that was issued under two numbers, or moved quota twice."""
        uploads = collections.Counter(
            move["number"] for move in state["quota_moves"] if move["kind"] == "upload"
        )
        for name, count in uploads.items():
            if count > 1:
                yield f"{name} used quota {count} times at the platform"
        for name, count in self._system.execute(queries.ISSUED_TWICE, [number]):
            yield f"{name} was issued {count} times"
