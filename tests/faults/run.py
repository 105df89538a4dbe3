"""The order of a run: work and breaks in rounds, then quiet, then comparison."""

import collections
import datetime
import itertools
import random
import threading
import time
import traceback
from dataclasses import dataclass

from environment.commands import say

from . import breaks, quiet, storm
from .journal import JournalTail
from .parts import all_parts
from .recovery import PROMISE, Stopwatch
from .report import IN_PASSING, Findings

# Over what the bureau's clock is moved on, one after the other.
JUMPS = ("filing day", "month end", "year end")
# Every deadline of a tax period has passed on this day of its month.
AFTER_DEADLINE = 27


@dataclass(frozen=True)
class Options:
    """What a run is made of; the seed draws the rest."""

    seed: int
    minutes: float = 2.0
    taxpayers: int = 4
    invoices: int = 400
    servers: int = 2
    # Roughly the share of the calls that meet a fault.
    strength: float = 0.6
    # Seconds of work between two breaks, at most.
    pause: float = 1.0
    # The kinds of breaks, and how often each comes in a round.
    kinds: tuple = tuple(breaks.KINDS)
    repeat: int = 1
    clock: bool = True
    # How many work with each driver at the same time.
    people: int = 3
    # Seconds between two cron workers that are killed in passing, at most.
    passing: float = 4.0


@dataclass
class Result:
    """Everything that is told of a run."""

    seed: int
    seconds: float
    kills: dict
    victims: dict
    calls: int
    faults: dict
    codes: int
    actions: dict
    clock: dict
    recoveries: dict
    recovery: tuple
    findings: Findings

    @property
    def is_good(self):
        """Nothing lost, doubled, stuck, different, and every lane in time."""
        _count, _median, largest, never = self.recovery
        return not self.findings.all() and not never and largest <= PROMISE


def day_beyond(border, now):
    """The same time on the first day for which a border lies behind."""
    next_month = now.replace(day=28) + datetime.timedelta(days=7)
    if border == "filing day":
        month = now if now.day < AFTER_DEADLINE else next_month
        return month.replace(day=AFTER_DEADLINE)
    if border == "month end":
        # What was issued on the last day is in the pool then.
        return next_month.replace(day=2)
    return now.replace(year=now.year + 1, month=1, day=2)


class Run:
    """One run on a started system."""

    def __init__(self, system, options):
        self._system, self._options = system, options
        self._random = random.Random(f"{options.seed} breaks")
        self._journal = JournalTail(system.control)
        self._stopwatch = Stopwatch(system, self._journal)
        self._parts = all_parts()
        self._drivers = [part.driver(system, options) for part in self._parts]
        self._breaker = breaks.Breaker(
            system, self._journal, self._drivers, self._random
        )
        self._storm = storm.Storm(system.control, self._random, options.strength)
        self._kills, self._clock = collections.Counter(), collections.Counter()
        self._findings = Findings()
        self._may_work, self._over = threading.Event(), threading.Event()
        self._failures = []

    def run(self):
        """Do it and return the ``Result``."""
        started = time.monotonic()
        say(f"seed {self._options.seed}")
        for driver in self._drivers:
            driver.prepare()
        self._journal.start()
        say(f"prepared in {time.monotonic() - started:.0f} s")
        rounds = 0
        until = started + self._options.minutes * 60
        while not rounds or time.monotonic() < until:
            rounds += 1
            self._round(rounds, until)
            if self._findings.all() or self._failures:
                break
        self._journal.stop()
        return self._result(time.monotonic() - started)

    # === ONE ROUND === #

    def _round(self, number, until):
        started = time.monotonic()
        for driver in self._drivers:
            driver.begin(number)
        begun = time.monotonic()
        self._storm.begin()
        workers = self._start_drivers(number)
        try:
            kinds = list(self._options.kinds) * self._options.repeat
            self._random.shuffle(kinds)
            again = []
            for kind in itertools.chain(kinds, again):
                if self._failures or (number > 1 and time.monotonic() > until):
                    break
                time.sleep(self._random.uniform(0, self._options.pause))
                self._storm.change()
                # A moment that did not come gets more chances.
                if not self._break(kind) and len(again) < len(kinds):
                    again.append(kind)
            if self._options.clock:
                self._move_clock()
        finally:
            self._end_drivers(workers)
        broken = time.monotonic()
        self._settle()
        ended = time.monotonic()
        say(
            f"  round {number}: {sum(self._kills.values())} kills, "
            f"{len(self._findings.all())} differences; {begun - started:.0f} s to "
            f"begin, {broken - begun:.0f} s of breaks, {ended - broken:.0f} s to settle"
        )

    def _break(self, kind):
        done = self._breaker.do(kind)
        if not done:
            say(f"  {kind}: the moment did not come")
            return False
        self._kills[kind] += 1
        _kind, lanes, moment = done
        # Whoever gives new work also wakes the cron workers: not now.
        self._may_work.clear()
        count = len(self._stopwatch.recoveries)
        self._stopwatch.measure(kind, lanes, moment)
        self._system.release_servers()
        self._may_work.set()
        took = [one.seconds for one in self._stopwatch.recoveries[count:]]
        text = ", ".join("never" if one is None else f"{one:.1f} s" for one in took)
        say(f"  {kind}, lanes {lanes}: {text or 'nothing was left to say'}")
        return True

    def _move_clock(self):
        for name in JUMPS:
            time.sleep(self._random.uniform(0, self._options.pause))
            now = datetime.datetime.fromisoformat(
                self._system.control.get("clock")["now"]
            )
            self._system.control.post("clock", now=day_beyond(name, now).isoformat())
            self._clock[name] += 1

    # === WORK === #

    def _start_drivers(self, number):
        self._over.clear()
        self._may_work.set()
        workers = []
        people = range(self._options.people)
        for index, (driver, one) in enumerate(itertools.product(self._drivers, people)):
            draw = random.Random(f"{self._options.seed} {number} driver {index} {one}")
            worker = threading.Thread(target=self._work, args=(driver, draw))
            worker.start()
            workers.append(worker)
        draw = random.Random(f"{self._options.seed} {number} passing")
        workers.append(threading.Thread(target=self._kill_in_passing, args=(draw,)))
        workers[-1].start()
        return workers

    def _work(self, driver, draw):
        try:
            while not self._over.is_set():
                if self._may_work.wait(0.5):
                    driver.act(draw)
                    time.sleep(draw.uniform(0, 0.1))
        except Exception as error:  # noqa: BLE001 - told at the end of the run
            say(traceback.format_exc())
            self._failures.append(f"a driver failed: {error!r}")

    def _kill_in_passing(self, draw):
        """Kill cron workers that talk, between the breaks that are measured."""
        while not self._over.wait(draw.uniform(0, self._options.passing)):
            if self._may_work.is_set() and self._breaker.one_worker_in_passing(draw):
                self._kills[IN_PASSING] += 1

    def _end_drivers(self, workers):
        self._over.set()
        self._may_work.set()
        for worker in workers:
            worker.join()

    # === QUIET === #

    def _settle(self):
        self._storm.end()
        self._system.ensure_servers()
        self._findings.stuck += quiet.wait_until_quiet(self._drivers, self._journal)
        if not self._findings.stuck:
            for driver in self._drivers:
                driver.fetch_all()
        self._journal.read_on()
        for part, driver in zip(self._parts, self._drivers, strict=True):
            comparison = part.comparison(self._system, driver)
            self._findings.add(comparison.compare(self._journal.entries))
        self._findings.different += self._failures

    def _count_faults(self):
        kinds = (entry["fault"] for entry in self._journal.entries)
        return dict(collections.Counter(kind for kind in kinds if kind))

    def _result(self, seconds):
        recoveries = collections.defaultdict(list)
        for one in self._stopwatch.recoveries:
            recoveries[one.kind].append(one.seconds)
        actions = collections.Counter()
        for driver in self._drivers:
            actions.update(driver.counts)
        return Result(
            seed=self._options.seed,
            seconds=seconds,
            kills=dict(self._kills),
            victims=dict(self._breaker.victims),
            calls=len(self._journal.entries),
            faults=self._count_faults(),
            codes=self._storm.codes,
            actions=dict(actions),
            clock=dict(self._clock),
            recoveries=dict(recoveries),
            recovery=self._stopwatch.summary(),
            findings=self._findings,
        )
