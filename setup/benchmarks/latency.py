"""How long users wait while the dispatchers are at full load, against idle."""

import statistics

from .bureau import bureau, make_taxpayers
from .frame import share_of
from .people import Person

NAME = "user_latency"
TITLE = "answers to two users while two dispatchers are at full load, against idle"
TAXPAYERS = 50
BATCHES = 4  # of each taxpayer
INVOICES = 100  # in each batch
LATENCY = 100
USERS = 2
DISPATCHERS = 2  # as many as the setting says at first
SECONDS = 20


def measure(bench):
    """Lists, a form, a view and a batch asked for by a program, without a pause.

    The bureau, PostgreSQL, Odoo and the users share the processors of this
    machine.
    """
    with bureau(bench) as place:
        invoices = (bench.repeat + 1) * BATCHES * INVOICES
        key = place.introduce(make_taxpayers(TAXPAYERS), invoices)
        place.fetch()
        place.control.post("settings", latency_ms=LATENCY)
        place.stack.start_odoo(n=1, workers=2, cron_threads=DISPATCHERS)
        # The first batches are what the users look at; the servers load meanwhile.
        _finish(place, _submit(place))
        _work(place, key, 5)

        idle, load = bench.alternate(
            lambda _number: _sample(place, key),
            lambda _number: _sample_under_load(place, key),
        )
    return [
        share_of(NAME, _each(load, "p95"), _each(idle, "p95"), "ms", "<= 2"),
        share_of(f"{NAME}_median", _each(load, "p50"), _each(idle, "p50"), "ms"),
    ]


def _sample(place, key):
    place.tidy()
    return _work(place, key, SECONDS)


def _sample_under_load(place, key):
    """The same, from the submission of more than can be done in that time."""
    place.tidy()
    batches = _submit(place)
    figures = _work(place, key, SECONDS)
    left = place.count_open(batches)
    _finish(place, batches)
    if not left:
        raise RuntimeError("the dispatchers had nothing to do any more")
    return {**figures, "left": left}


def _submit(place):
    parameters = {"count": INVOICES, "batches": BATCHES, "dispatchers": DISPATCHERS}
    return place.inside("engine", "submit_all", **parameters)["ids"]


def _finish(place, batches):
    place.wait_for(batches, INVOICES)


def _work(place, key, seconds):
    """Milliseconds that the users wait for an answer."""
    people = [Person(place, key, seconds) for _number in range(USERS)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    for person in people:
        if person.error:
            raise person.error
    waited = [1000 * second for person in people for second in person.waited]
    hundredths = statistics.quantiles(waited, n=100)
    return {
        "p50": round(hundredths[49], 1),
        "p95": round(hundredths[94], 1),
        "calls": len(waited),
    }


def _each(samples, key):
    return [sample[key] for sample in samples]
