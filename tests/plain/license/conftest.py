"""The gateway of the licences without Odoo, on top of that of the service."""

import importlib.util
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TESTS = ROOT / "tests"
ADDONS = "odoo.addons"


def _load(name, folder):
    """Import a package from its folder alone: the addon around it wants Odoo."""
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def _load_gateways():
    for name in (
        "odoo",
        ADDONS,
        f"{ADDONS}.invoice_tax_service",
        f"{ADDONS}.invoice_tax_license",
    ):
        module = types.ModuleType(name)
        module.__path__ = []
        sys.modules.setdefault(name, module)
    for addon in ("invoice_tax_service", "invoice_tax_license"):
        _load(f"{ADDONS}.{addon}.gateway", ROOT / addon / "gateway")


_load_gateways()
if str(TESTS) not in sys.path:
    sys.path.append(str(TESTS))  # processes.py, shared with other tests


@pytest.fixture(scope="session")
def platform_process(tmp_path_factory):
    """The simulated platforms, started once."""
    from processes import SimulatorProcess

    process = SimulatorProcess(tmp_path_factory.mktemp("simulator") / "state.db")
    yield process
    process.stop()
