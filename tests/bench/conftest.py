import sys
from pathlib import Path

import pytest

SETUP = Path(__file__).parents[2] / "setup"
sys.path.insert(0, str(SETUP))


@pytest.fixture
def command():
    return str(SETUP / "bench")
