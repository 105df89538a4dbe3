"""A copied database that ``odoo neutralize`` has gone over talks to nobody."""

import json
import subprocess
from pathlib import Path

import pytest

from environment import demo

# Busy by itself; nothing in it has to happen within a moment.
pytestmark = pytest.mark.beside

SCRIPT = Path(__file__).with_name("neutralized_odoo.py")


@pytest.fixture(scope="module")
def system(live):
    """Three connections with all their secrets, licences, quota and open work."""
    stack = live.stack
    control = demo.Control(stack.simulator_url)
    demo.seed(control, demo.TAXPAYERS, invoices=10)
    demo.run_in_odoo(
        stack,
        connections=demo.connections(stack),
        license_connection=demo.license_connection(stack),
        taxpayers=[demo.odoo_taxpayer(taxpayer) for taxpayer in demo.TAXPAYERS],
        fetch=True,
    )
    return stack


def look(stack, database):
    """What is done and found in a database by what could talk."""
    texts = [stack.simulator_url, demo.ENCRYPTION_KEY, demo.SECRET, demo.PASSWORD]
    parameters = json.dumps({"texts": texts})
    script = SCRIPT.read_text(encoding="utf-8")
    output = stack.databases.shell(database, f"PARAMETERS = {parameters!r}\n{script}")
    return json.loads(output.strip().splitlines()[-1])


def test_row_X5_copy_talks_to_nobody(system):
    copy = f"{system.database}_copy"
    system.databases.create(copy, system.database)
    try:
        before = look(system, copy)
        # Else a copy without anything to say would look safe.
        assert before["calls"] and before["active"]
        assert len({text.partition(": ")[2] for text in before["found"]}) == 4
        command = [*system.folders.odoo_command, "neutralize", "-d", copy]
        subprocess.run(
            [*map(str, command), "-c", str(system.configuration)], check=True
        )
        after = look(system, copy)
    finally:
        system.databases.drop(copy)
    assert after["tried"] == before["tried"] > 15
    assert after["calls"] == [], "the copy talks"
    assert after["found"] == [], "secrets and addresses are left"
    assert after["active"] == [], "scheduled actions are left on"
