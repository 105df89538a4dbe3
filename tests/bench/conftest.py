from pathlib import Path

import pytest


@pytest.fixture
def command():
    return str(Path(__file__).parents[2] / "setup" / "bench")
