"""The spreadsheet package without Odoo: the addon around it wants Odoo."""

import importlib.util
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[3] / "invoice_tax_service" / "spreadsheet"


def _load():
    """Import ``spreadsheet`` from its folder alone."""
    spec = importlib.util.spec_from_file_location(
        "spreadsheet",
        PACKAGE / "__init__.py",
        submodule_search_locations=[str(PACKAGE)],
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["spreadsheet"] = module
    spec.loader.exec_module(module)


if "spreadsheet" not in sys.modules:
    _load()
