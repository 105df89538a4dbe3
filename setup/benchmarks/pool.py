"""The page of selection and the statistics over 100,000 input invoices each."""

from .bureau import bureau
from .frame import Row, share_of

NAME = "pool_100000_invoices"
TITLE = "selection page and statistics of 100,000 input invoices, against bare SQL"
ROWS = 200_000  # of two taxpayers
ROUNDS = 3  # at least, whatever is asked for
MILLISECONDS = 1000


def measure(bench):
    """Search the pool as an ordinary accountant, and sum a whole period up."""
    with bureau(bench) as place:
        count = place.inside("pool", "prepare")
        if count < ROWS:
            raise RuntimeError(f"only {count} invoices in the pool")
        bench.note(f"  {count} invoices in the pool")
        place.tidy()
        answer = place.inside("pool", "measure", rounds=max(ROUNDS, bench.repeat))
    return [
        *(
            _share(f"pool_{name}", pair, "<= 3")
            for name, pair in answer["samples"].items()
        ),
        _share("pool_statistics", answer["statistics"], "<= 1.5"),
        Row("pool_queries", answer["queries"], "more for 80 rows", goal="<= 0"),
    ]


def _share(name, pair, goal):
    ours, bare = ([seconds * MILLISECONDS for seconds in taken] for taken in pair)
    return share_of(name, ours, bare, "ms", goal)
