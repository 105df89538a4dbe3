"""What the product says to the platforms, from the product's own tables.

A kind of operation that is new there is driven, disturbed and killed here as well.
"""

import importlib
import importlib.util
import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[2] / "invoice_tax_service" / "gateway"


def _load(name):
    """A module of the gateway, without the addon around it, which wants Odoo."""
    if "gateway" not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            "gateway",
            _PACKAGE / "__init__.py",
            submodule_search_locations=[str(_PACKAGE)],
        )
        sys.modules["gateway"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["gateway"])
    return importlib.import_module(f"gateway.{name}")


KINDS = _load("operation_kinds").KINDS
# What builds or changes a table, and stands behind all open work.
BARRIERS = _load("operation_kinds").BARRIER_OPERATIONS
_LEQI = _load("leqi_codes").SERVICES
_RPA = _load("rpa_codes").TASKS
RPA_SUBMIT = "submit"


def _find(subject):
    """``(platform, operation)`` of what starts work on invoices, or on tables."""
    leqi = [("leqi", one.start) for key, one in _LEQI.items() if is_on(key, subject)]
    rpa = [("rpa", task) for key, task in _RPA.items() if is_on(key, subject)]
    return tuple(dict.fromkeys(leqi + rpa))


def is_on(key, subject):
    """Whether an operation works on ``invoices``, or on a ``table``."""
    return KINDS[key].subject == subject


# Work on invoices and on tables, as the faults of the platforms name it.
ON_INVOICES, ON_TABLES = _find("invoices"), _find("table")
LEQI_STARTS = tuple(dict.fromkeys(service.start for service in _LEQI.values()))
LEQI_POLLS = tuple(dict.fromkeys(service.poll for service in _LEQI.values()))
# Those of them that answer invoice by invoice.
LEQI_LISTS = tuple(
    dict.fromkeys(one.poll for key, one in _LEQI.items() if is_on(key, "invoices"))
)
RPA_TASKS = tuple(dict.fromkeys(_RPA.values()))
# Calls that change something, as the journal names them.
SUBMITTING = (*LEQI_STARTS, RPA_SUBMIT)
SUBMITS = (
    *(("leqi", name) for name in LEQI_STARTS),
    ("leqi", "QDFPSC"),
    ("rpa", RPA_SUBMIT),
    ("entitlement", "authorise"),
    ("entitlement", "cancel"),
)
