"""One running system with two companies, a branch, and somebody of each role."""

import json
from pathlib import Path

import pytest
from doors import Person

from environment import demo
from environment.clients import Control
from environment.stack import Stack

SCRIPT = Path(__file__).with_name("world_odoo.py")
TABLES = """
SELECT table_name FROM information_schema.columns
 WHERE table_name LIKE 'invoice_tax_%' AND column_name = 'write_date'
"""


class System:
    """The running system, and what is in it.

    :ivar world: what ``world_odoo.py`` has made
    """

    def __init__(self, stack, world):
        self.stack, self.world = stack, world
        self._people = {}
        pages = {name.replace(".", "_") for name in world["pages"]}
        self._tables = sorted({table for (table,) in stack.execute(TABLES)} - pages)

    def person(self, name):
        """Somebody, logged in."""
        if name not in self._people:
            self._people[name] = Person(self.stack, self.world["users"][name])
        return self._people[name]

    def at_hand(self, *companies):
        """The context of who has switched on these companies."""
        return {
            "allowed_company_ids": [self.world["companies"][key] for key in companies]
        }

    def deny(self, name):
        """Take everything from somebody, as a manager does on the page of rights; all
        others keep what their roles give them."""
        manager, own = self.person("group_manager"), self.world["companies"]["own"]
        for item in self.world["items"]:
            answer = manager.web_call(
                "invoice.tax.right",
                "set_right",
                None,
                company_id=own,
                code=item,
                user_id=self.world["users"][name]["id"],
                is_allowed=False,
            )
            assert answer.error is None, answer

    def everything(self):
        """What would change with anything that is done: rows and dates by table."""
        union = " UNION ALL ".join(
            f"SELECT '{table}', COUNT(*), MAX(write_date) FROM {table}"
            for table in self._tables
        )
        return {table: found for table, *found in self.stack.execute(union)}


@pytest.fixture(scope="session")
def system():
    with Stack() as stack:
        connection = {"environment": "simulated", **demo.connections(stack)["leqi"]}
        demo.seed_entitlements(Control(stack.simulator_url))
        parameters = json.dumps(
            {
                "connection": connection,
                "license_connection": demo.license_connection(stack),
            }
        )
        script = SCRIPT.read_text(encoding="utf-8")
        output = stack.odoo_shell(f"PARAMETERS = {parameters!r}\n{script}")
        # Nothing is sent, whatever is asked for: there is no dispatcher.
        stack.start_odoo(workers=2, cron_threads=0)
        found = System(stack, json.loads(output.strip().splitlines()[-1]))
        found.deny("denied_manager")
        yield found
        stack.kill_odoo()


@pytest.fixture
def unchanged(system):
    """Nothing of what is tried does anything."""
    before = system.everything()
    yield
    assert system.everything() == before, "something was done"
