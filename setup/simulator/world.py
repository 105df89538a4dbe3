"""Everything a request needs, in one place."""

from dataclasses import dataclass, field

from .clock import Clock, RealClock
from .faults import Faults
from .journal import Journal
from .settings import Settings
from .store import Store


@dataclass
class World:
    """The store and what is built upon it."""

    store: Store
    clock: Clock
    settings: Settings
    faults: Faults
    journal: Journal
    # Lists of invoices being read page by page; only to be quick, never needed.
    reads: dict = field(default_factory=dict)

    @classmethod
    def open(cls, path: str) -> "World":
        """Open (or create) the state kept in a file."""
        store = Store(path)
        return cls(store, Clock(store), Settings(store), Faults(store), Journal(store))

    @property
    def issuing_clock(self) -> RealClock:
        """The clock of quota, numbers and issued invoices."""
        in_real_time = self.settings.values.issuing_in_real_time
        return RealClock() if in_real_time else self.clock

    def reset(self) -> None:
        """Empty everything; the clock runs at real time again."""
        self.store.empty()
        self.reads.clear()
        self.clock.reload()
        self.settings.reload()
        self.faults.reload()
