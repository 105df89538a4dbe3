"""One short plan that touches every kind of break; ``setup/faults`` runs long ones."""

import pytest

from . import breaks, storm
from .run import JUMPS, Options, Run
from .system import System

OPTIONS = Options(seed=20261, minutes=0, taxpayers=8, invoices=250)

# At the platforms; what follows a statistics table takes a longer run.
DONE = (
    "effective selections",
    "effective treatments",
    "effective bookings",
    "jobs, refund_select",
    "jobs, statistics",
    "issue requests: success",
)


@pytest.fixture(scope="module")
def result():
    """The plan, carried out."""
    with System(servers=OPTIONS.servers) as system:
        return Run(system, OPTIONS).run()


def test_nothing_is_lost_doubled_or_stuck(result):
    assert result.findings.all() == []


@pytest.mark.parametrize("kind", breaks.KINDS)
def test_each_kind_of_break_was_done(result, kind):
    assert result.kills.get(kind, 0) > 0


@pytest.mark.parametrize("kind", storm.KINDS)
def test_each_kind_of_fault_has_hit(result, kind):
    hits = result.codes if kind == "invoice_code" else result.faults.get(kind, 0)
    assert hits > 0


@pytest.mark.parametrize("figure", DONE)
def test_each_sort_of_work_was_done(result, figure):
    assert result.findings.figures[figure] > 0


@pytest.mark.parametrize("jump", JUMPS)
def test_the_clock_went_over_each_border(result, jump):
    assert result.clock.get(jump, 0) > 0


def test_lanes_talk_again_in_time(result):
    assert result.is_good
