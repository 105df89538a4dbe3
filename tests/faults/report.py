"""What came of a run: findings, figures, a table."""

import statistics
from dataclasses import dataclass, field

from environment.commands import say

from .recovery import PROMISE

SHOWN = 20
IN_PASSING = "one cron worker, in passing"
# Faults after which the answer may still have come in time.
DELAYED = ("delay", "act_delay")


@dataclass
class Findings:
    """Differences by what they mean; all empty is what was promised.

    :ivar lost: wanted or done, and not there
    :ivar doubled: done more than once
    :ivar stuck: still open after all was quiet
    :ivar different: any other difference between Odoo and the simulator
    :ivar figures: what was counted on the way
    :ivar stories: what happened to some of what differs, for whoever looks into it
    """

    lost: list = field(default_factory=list)
    doubled: list = field(default_factory=list)
    stuck: list = field(default_factory=list)
    different: list = field(default_factory=list)
    figures: dict = field(default_factory=dict)
    stories: list = field(default_factory=list)

    NAMES = ("lost", "doubled", "stuck", "different")

    def add(self, other):
        """Take over what another comparison found."""
        for name in self.NAMES:
            getattr(self, name).extend(getattr(other, name))
        self.figures.update(other.figures)
        self.stories += other.stories

    def all(self):
        """Every difference as a sentence."""
        return [
            f"{name}: {text}" for name in self.NAMES for text in getattr(self, name)
        ]


def show(result):
    """Print the tables and the verdict of a ``run.Result``."""
    minutes = result.seconds / 60
    say(f"\n=== seed {result.seed}, {minutes:.1f} minutes")
    _table("kills, by the moment", result.kills, minutes)
    aimed = sum(result.kills.values()) - result.kills.get(IN_PASSING, 0)
    say(f"  {'of these, at a chosen moment':<48}{aimed:>10}")
    _table("processes that were killed", result.victims)
    _table("faulty calls, by the simulator's journal", result.faults, minutes)
    hard = sum(n for kind, n in result.faults.items() if kind not in DELAYED)
    say(f"  {'of these, more than an answer that came late':<48}{hard:>10}")
    say(f"  {'of all calls':<48}{result.calls:>10}")
    say(f"  {'result codes forced upon invoices, beside':<48}{result.codes:>10}")
    _table("actions of the drivers", result.actions)
    _table("clock", result.clock)
    _show_recovery(result)
    _table("found", result.findings.figures)
    counts = {name: len(getattr(result.findings, name)) for name in Findings.NAMES}
    _table("must be 0", counts)
    for name in Findings.NAMES:
        texts = getattr(result.findings, name)
        for text in texts[:SHOWN]:
            say(f"  {name}: {text}")
        if len(texts) > SHOWN:
            say(f"  … and {len(texts) - SHOWN} more {name}")
    for story in result.findings.stories:
        say(story)
    say(f"\n{'All is well' if result.is_good else 'NOT well'}: seed {result.seed}.")


def _table(title, counts, minutes=None):
    say(f"\n{title}")
    for name, count in sorted(counts.items()):
        say(f"  {name:<48}{count:>10}")
    if minutes:
        total = sum(counts.values())
        say(f"  {'together':<48}{total:>10}  ({total / minutes:.1f} a minute)")


def _show_recovery(result):
    count, median, largest, never = result.recovery
    say(f"\nrecovery after a kill, in seconds (promise: {PROMISE:.0f})")
    for kind, seconds in sorted(result.recoveries.items()):
        known = sorted(second for second in seconds if second is not None)
        if known:
            middle, last = statistics.median(known), known[-1]
            say(f"  {kind:<36}{len(known):>4} ×{middle:>8.1f} median{last:>8.1f} most")
    say(f"  {'all':<36}{count:>4} ×{median:>8.1f} median{largest:>8.1f} most")
    if never:
        say(f"  {never} lanes never talked again")
