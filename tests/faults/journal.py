"""The platforms' journal, followed while it is written."""

import contextlib
import threading
import time
from dataclasses import dataclass

import requests

_PAUSE = 0.1


@dataclass(frozen=True)
class Moment:
    """A time of the monotonic clock, and the last entry of the journal then."""

    time: float
    entry: int


class JournalTail:
    """Reads on in a thread; knows when each entry was seen.

    :ivar entries: all of them, each with ``seen``, a time of the monotonic clock
    """

    def __init__(self, control):
        self._control, self.entries = control, []
        self._ended, self._reading = threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def start(self):
        """Begin to follow."""
        self._thread.start()

    def stop(self):
        """Read what is there, and end."""
        self._ended.set()
        self._thread.join()
        self.read_on()

    def read_on(self):
        """Read all that has been written until now."""
        while self._read():
            pass

    def now(self):
        """This moment: its time, and the last entry before it."""
        moment = time.monotonic()
        with contextlib.suppress(requests.RequestException):
            self.read_on()
        return Moment(moment, self.entries[-1]["id"] if self.entries else 0)

    def since(self, moment, tax_number):
        """Entries of a taxpayer after a moment, oldest first."""
        return [
            entry
            for entry in list(self.entries)
            if entry["id"] > moment.entry and entry["tax_number"] == tax_number
        ]

    def _follow(self):
        while not self._ended.is_set():
            try:
                if self._read():
                    continue
            except requests.RequestException:
                # The simulator is being killed and started again.
                pass
            self._ended.wait(_PAUSE)

    def _read(self):
        with self._reading:
            after = self.entries[-1]["id"] if self.entries else 0
            found = self._control.get("journal", after=after, limit=2000)
            now = time.monotonic()
            self.entries += [{**entry, "seen": now} for entry in found]
        return found
