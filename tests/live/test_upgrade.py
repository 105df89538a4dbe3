"""Upgrade of the databases that old releases left behind: nothing is lost, all works.

The databases are made by ``setup/release_database``, each with a month of work that was
done with the release itself.
"""

import lzma
from pathlib import Path

import pytest
from database_structure import MODELS, live_a_day, nothing_logged, read_structure

from environment.commands import run

RELEASES = Path(__file__).with_name("releases")
LOG = "database.log"
# What each release knew, and whose rows must have come from it.
KNOWN = {
    "service": ("taxpayer", "input_invoice", "operation", "operation_line",
                "confirmation", "confirmation_line", "statistics_line"),
    "all": (),
}
```
