"""Whatever is asked for in whatever order: the books of the bureau balance."""

from decimal import Decimal

import pytest
from conftest import GENERAL
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from issuing_client import Issuer, invoice, line, quota_of, red
from reference_client import Control

AMOUNTS = st.decimals("0.01", "3000", places=2).map(str)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("download"), AMOUNTS),
        st.tuples(st.just("give_back"), AMOUNTS),
        st.tuples(st.just("blue"), AMOUNTS),
        st.tuples(st.just("red"), AMOUNTS),
        st.tuples(st.just("discard"), st.just("")),
        st.tuples(st.just("again"), st.just("")),
    ),
    max_size=25,
)


class Books:
    """Does the steps, whether they succeed or not."""

    def __init__(self, issuer):
        self.issuer = issuer
        self.numbers = iter(issuer.numbers(30))
        self.sent = []

    def step(self, kind, amount):
        getattr(self, kind)(amount)

    def download(self, amount):
        self.issuer.download(amount)

    def give_back(self, amount):
        self.issuer.give_back(amount)

    def blue(self, amount):
        self._send(invoice(next(self.numbers), line(amount)))

    def red(self, amount):
        if self.sent:
            blue = self.sent[0]["fphm"]
            self._send(red(next(self.numbers), blue, f"-{amount}"))

    def discard(self, _amount):
        self.issuer.ask("FQQDFPHM", fphm=next(self.numbers))

    def again(self, _amount):
        if self.sent:
            self.issuer.upload(*self.sent)

    def _send(self, content):
        self.sent.append(content)
        self.issuer.upload(content)


def total(rows, name) -> Decimal:
    return sum((Decimal(row[name]) for row in rows), Decimal("0.00"))


@pytest.fixture
def address(simulator, control):
    return simulator.url


@given(steps=STEPS)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_books_balance(address, steps):
    control = Control(address)
    control.post("reset")
    control.post("clock", now="2026-11-10T09:00:00")
    control.post("settings", job_seconds=0, red_needs_form=False)
    control.post("seed", taxpayers=[{"tax_number": GENERAL, "quota": "5000.00"}])
    books = Books(Issuer(address, GENERAL))
    for step in steps:
        books.step(*step)
    known, quota = control.get("state", tax_number=GENERAL), quota_of(control)
    moves = {
        kind: total([m for m in known["quota_moves"] if m["kind"] == kind], "amount")
        for kind in ("download", "return", "upload", "red")
    }
    assert Decimal(quota["downloaded"]) == moves["download"] - moves["return"]
    assert Decimal(quota["used"]) == moves["upload"] + moves["red"]
    assert Decimal(quota["used"]) == total(known["issued"], "charged")
    assert Decimal(quota["unused"]) >= 0 and Decimal(quota["available"]) >= 0
    assert Decimal(quota["available"]) + Decimal(quota["downloaded"]) == 5000
    (segment,) = known["segments"]
    assert segment["spent"] == len(known["issued"]) + len(known["discarded"])
    held = {row["number"] for row in known["issued"]}
    assert held.isdisjoint(row["number"] for row in known["discarded"])
    for row in known["issued"]:
        reds = [one for one in known["issued"] if one["blue_number"] == row["number"]]
        assert Decimal(row["net"]) + total(reds, "net") >= 0 or row["kind"] == "red"
