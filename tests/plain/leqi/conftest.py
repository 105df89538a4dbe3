"""The gateway of issuing without Odoo, and what its tests share."""

import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SHARED = (ROOT / "tests", ROOT / "tests" / "plain" / "gateway")
ADDONS = ("invoice_tax_service", "invoice_tax_leqi")


def _stand_in(name, path):
    """An empty package at a folder: the addons around the gateways want Odoo."""
    if name not in sys.modules:
        module = sys.modules[name] = types.ModuleType(name)
        module.__path__ = [str(path)]


def _load_gateways():
    _stand_in("odoo", ROOT)
    _stand_in("odoo.addons", ROOT)
    for addon in ADDONS:
        _stand_in(f"odoo.addons.{addon}", ROOT / addon)


_load_gateways()
# processes.py and canned_server.py, shared with other tests
sys.path += [str(path) for path in SHARED if str(path) not in sys.path]


@pytest.fixture
def canned():
    """A server that answers what the test says, byte by byte."""
    from canned_server import CannedServer

    with CannedServer() as server:
        yield server


@pytest.fixture(scope="session")
def endpoints_process(tmp_path_factory):
    """The simulated tax endpoints, started once."""
    from processes import SimulatorProcess

    process = SimulatorProcess(tmp_path_factory.mktemp("simulator") / "state.db")
    yield process
    process.stop()


@pytest.fixture
def endpoints(endpoints_process):
    """Empty but for one taxpayer with quota; jobs at once, no wait for the quota."""
    from leqi_samples import seed

    seed(endpoints_process)
    return endpoints_process


@pytest.fixture
def client(endpoints):
    """Its line to Leqi."""
    from leqi_samples import make_client

    with make_client(endpoints.address) as client:
        yield client
