"""The simulated platforms without chance: their clock stands still unless it is set,
and what else they would draw is counted. Started as a program, like the simulator."""

import datetime
import itertools
import secrets
import sys
import uuid

from simulator import __main__ as program
from simulator.clock import RealClock

START = datetime.datetime(2026, 11, 10, 9)


def _fix():
    numbers = itertools.count(1)
    RealClock.now = lambda _clock: START
    uuid.uuid4 = lambda: uuid.UUID(int=next(numbers))
    secrets.token_hex = lambda size=32: f"{next(numbers):0{size * 2}x}"


if __name__ == "__main__":
    _fix()
    sys.exit(program.main())
