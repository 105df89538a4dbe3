"""Compares issuing: numbers, invoices and quota, each once and to the cent."""

import collections

from environment import issuing_comparison

from . import queries
from .report import Findings


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
        return found

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
