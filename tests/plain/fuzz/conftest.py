"""Packages without Odoo, and how many cases are made of what.

The cases are the same in every run. ``--hypothesis-seed=NUMBER`` makes others.
"""

import importlib.util
import sys
import types
from pathlib import Path

from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[3]
SHARED = (
    ROOT / "tests",
    ROOT / "tests" / "plain" / "leqi",
    ROOT / "tests" / "plain" / "spreadsheet",
)
ADDONS = ("invoice_tax_service", "invoice_tax_leqi", "invoice_tax_license")
#: Of each fuzzed part.
CASES = 10_000


def _stand_in(name, path):
    """An empty package at a folder: the addons around the gateways want Odoo."""
    module = sys.modules.setdefault(name, types.ModuleType(name))
    if not getattr(module, "__path__", None):
        module.__path__ = [str(path)]


def _prepare():
    _stand_in("odoo", ROOT)
    _stand_in("odoo.addons", ROOT)
    for addon in ADDONS:
        _stand_in(f"odoo.addons.{addon}", ROOT / addon)
    sys.path += [str(path) for path in SHARED if str(path) not in sys.path]
    _load("spreadsheet", ROOT / "invoice_tax_service" / "spreadsheet")


def _load(name, folder):
    """Import a package of plain Python from its folder alone."""
    if name in sys.modules:
        return
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


def pytest_configure(config):
    """Told apart here, since hypothesis lets the fixed cases win over a seed."""
    settings.register_profile(
        "fuzz",
        max_examples=CASES,
        deadline=None,
        database=None,
        derandomize=config.getoption("hypothesis_seed", None) is None,
        suppress_health_check=list(HealthCheck),
    )


_prepare()
