"""The gateway package without Odoo, and what the tests of both channels share."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TESTS = ROOT / "tests"
PACKAGE = ROOT / "invoice_tax_service" / "gateway"


def _load_gateway():
    """Import ``gateway`` from its folder alone: the addon around it wants Odoo."""
    spec = importlib.util.spec_from_file_location(
        "gateway", PACKAGE / "__init__.py", submodule_search_locations=[str(PACKAGE)]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["gateway"] = module
    spec.loader.exec_module(module)


_load_gateway()
if str(TESTS) not in sys.path:
    sys.path.append(str(TESTS))  # processes.py, shared with other tests


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
    """Empty but for one taxpayer with 30 sound invoices of 202610, jobs at once."""
    from gateway_samples import seed

    seed(endpoints_process)
    return endpoints_process
