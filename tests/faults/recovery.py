"""How long after a kill the lane of the interrupted work talks again."""

import statistics
import time
from dataclasses import dataclass

PROMISE = 90.0  # seconds
# What is due later than this many seconds after a kill says nothing about it.
SOON = 5.0


@dataclass
class Recovery:
    """One kill and the taxpayer whose lane it interrupted."""

    kind: str
    tax_number: str
    seconds: float | None


class Stopwatch:
    """Measures recoveries; while one is measured, nobody gives new work."""

    def __init__(self, system, journal):
        self._system, self._journal = system, journal
        self.recoveries = []

    def measure(self, kind, lanes, killed_at):
        """Wait until each of these lanes talks again; lanes that have nothing to say
        soon are left out."""
        numbers = dict(
            self._system.execute(
                "SELECT lane.id, taxpayer.tax_number FROM invoice_tax_lane lane"
                " JOIN invoice_tax_taxpayer taxpayer"
                " ON taxpayer.id = lane.taxpayer_id WHERE lane.id = ANY(%s)",
                [list(lanes)],
            )
        )
        for lane, number in numbers.items():
            self._measure_one(kind, lane, number, killed_at)

    def _measure_one(self, kind, lane, number, killed_at):
        due_at = None
        while time.monotonic() < (due_at or killed_at.time) + PROMISE * 1.5:
            talk = self._first_talk(number, killed_at)
            if talk:
                seconds = max(0.0, talk["seen"] - (due_at or killed_at.time))
                self.recoveries.append(Recovery(kind, number, seconds))
                return
            wait = self._seconds_to_work(lane)
            if wait is None:
                # Answered by one that lived on, and nothing is left to say.
                return
            # Only at the first look: a lane that pauses later is late all the same.
            if due_at is None and wait > SOON:
                return
            # What is due later than the kill cannot be late before.
            due_at = due_at or max(killed_at.time, time.monotonic() + wait)
            time.sleep(0.1)
        self.recoveries.append(Recovery(kind, number, None))

    def _first_talk(self, number, killed_at):
        # A delayed call was sent before the kill and only arrives after it.
        for entry in self._journal.since(killed_at, number):
            if entry["fault"] != "delay":
                return entry
        return None

    def _seconds_to_work(self, lane):
        """Seconds until the lane has something to say; None: nothing at all."""
        [(seconds,)] = self._system.execute(
            "SELECT EXTRACT(EPOCH FROM MIN(GREATEST(due_at, paused_until))"
            " - NOW() AT TIME ZONE 'UTC')::float FROM ("
            " SELECT lane_id, next_attempt_at due_at FROM invoice_tax_request"
            " WHERE step <> 'done' UNION ALL"
            " SELECT lane_id, next_attempt_at FROM invoice_tax_fetch"
            " WHERE step <> 'done' UNION ALL"
            " SELECT lane_id, next_attempt_at FROM invoice_tax_license_request"
            " WHERE step <> 'done') work"
            " JOIN invoice_tax_lane lane ON lane.id = lane_id WHERE lane_id = %s",
            [lane],
        )
        return seconds

    def summary(self):
        """Median and largest of all, and how many never recovered."""
        known = [one.seconds for one in self.recoveries if one.seconds is not None]
        never = len(self.recoveries) - len(known)
        median = statistics.median(known) if known else 0.0
        return len(known), median, max(known, default=0.0), never
