"""Pages of the lists over 1,000,000 rows of the ledger, against bare SQL."""

from .bureau import bureau
from .frame import Row, share_of

NAME = "lists_1000000_rows"
TITLE = "pages of ledger, log and pool over 1,000,000 rows, against bare SQL"
ROWS = 1_000_000
ROUNDS = 3  # at least, whatever is asked for
MILLISECONDS = 1000


def measure(bench):
    """Let an ordinary accountant of two of twenty companies use the lists."""
    with bureau(bench) as place:
        count = place.inside("ledger", "prepare", rows=ROWS)
        if count < ROWS:
            raise RuntimeError(f"only {count} rows in the ledger")
        bench.note(f"  {count} rows in the ledger")
        place.tidy()
        answer = place.inside("lists", "measure", rounds=max(ROUNDS, bench.repeat))
    return [
        *(
            share_of(f"list_{name}", *map(_milliseconds, pair), "ms", "<= 3")
            for name, pair in answer["samples"].items()
        ),
        *(
            Row(f"list_{name}_queries", more, "more for 80 rows", goal="<= 0")
            for name, more in answer["queries"].items()
        ),
    ]


def _milliseconds(samples):
    return [seconds * MILLISECONDS for seconds in samples]
