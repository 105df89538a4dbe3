"""What a run is made of, without running it."""

import datetime

import pytest

from . import breaks, storm, wire
from .certification import WEIGHTS, CertificationDriver
from .certification_further import get_possible
from .certification_further_comparison import EFFECTS, get_effect
from .run import day_beyond

# Everything that changes something at the bureau (setup/simulator/CONTRACT.md).
LEQI_WRITES = {
    "PLFPDKGX",
    "SQCXDKTJ",
    "SQQRDKTJ",
    "PLFPTSGX",
    "PLFPTSGXQR",
    "PLSCDCLNCPFPQRQD",
    "FPRZBZSC",
    "SQSKSSQBG",
}
RPA_TASKS = {"GX", "TJ", "QXTJ", "QR", "QXQR", "TSQR", "NCP", "RZ", "HT"}


def at(text):
    return datetime.datetime.fromisoformat(f"{text}T09:00:00+08:00")


@pytest.mark.parametrize("kind", wire.KINDS)
def test_each_kind_of_operation_is_driven(kind):
    assert WEIGHTS[kind] > 0
    own = hasattr(CertificationDriver, f"_do_{kind}")
    assert own or wire.KINDS[kind].subject == "invoices"


def test_submitting_calls_are_those_of_the_contract():
    assert set(wire.LEQI_STARTS) == LEQI_WRITES
    assert set(wire.RPA_TASKS) == RPA_TASKS
    assert set(wire.SUBMITTING) == LEQI_WRITES | {"submit"}
    assert set(breaks.SUBMITS) == {("leqi", name) for name in LEQI_WRITES} | {
        ("leqi", "QDFPSC"),  # digital invoices go up
        ("rpa", "submit"),
        ("entitlement", "authorise"),
        ("entitlement", "cancel"),
    }


def test_faults_can_hit_each_call():
    assert set(storm.LEQI) >= LEQI_WRITES | set(wire.LEQI_POLLS)
    assert set(storm.RPA) >= RPA_TASKS | {"submit", "query"}


@pytest.mark.parametrize(
    "kind", [key for key in wire.KINDS if wire.is_on(key, "invoices")]
)
def test_effect_of_each_operation_is_counted_at_the_bureau(kind):
    assert get_effect(kind) in EFFECTS


@pytest.mark.parametrize(
    ("border", "now", "then"),
    [
        ("filing day", "2026-11-03", "2026-11-27"),
        ("filing day", "2026-12-29", "2027-01-27"),
        ("month end", "2026-11-27", "2026-12-02"),
        ("month end", "2026-01-31", "2026-02-02"),
        ("year end", "2026-12-02", "2027-01-02"),
        ("year end", "2027-01-02", "2028-01-02"),
    ],
)
def test_clock_goes_over_the_border(border, now, then):
    assert day_beyond(border, at(now)) == at(then)


def test_what_the_state_forbids_is_drawn_seldom():
    current = {"status": "05", "is_filing_known": True, "roll_back_to": None}
    seldom = get_possible(current)
    assert {"deduct", "certify", "statistics", "sign", "roll_back"} <= set(seldom)
    assert not {"sign_revoke", "booking", "refund", "file"} & set(seldom)
    assert "sign_revoke" in get_possible(current, {"sign_revoke"})
