"""Where everything lives inside the data folder."""

import os
import shutil
from pathlib import Path

CLONE = Path(__file__).resolve().parents[2]
SETUP = CLONE / "setup"


class Folders:
    """The places below one data folder.

    Everything that is built goes to ``unfinished`` first and is renamed when it
    is whole, so an interrupted run never leaves a half-built part behind.
    """

    def __init__(self, data):
        self.data = Path(data).expanduser().resolve()
        self.odoo = self.data / "odoo"
        self.venv = self.data / "venv"
        self.postgres = self.data / "postgres"
        self.logs = self.data / "logs"
        self.run = self.data / "run"
        self.configuration = self.data / "configuration"
        self.odoo_data = self.data / "odoo-data"
        self.unfinished = self.data / "unfinished"

    @property
    def python(self):
        """The Python of the virtual environment."""
        return self.venv / "bin" / "python"

    @property
    def odoo_command(self):
        """How Odoo is started: a script, because prefork Odoo starts it again."""
        return [self.python, self.venv / "bin" / "odoo"]

    def create(self):
        """Make the folders that have to exist; raises OSError when it cannot."""
        for folder in (self.data, self.logs, self.run, self.configuration):
            folder.mkdir(parents=True, exist_ok=True)
        self.odoo_data.mkdir(exist_ok=True)

    def fresh_unfinished(self, name):
        """Return an empty folder ``unfinished/<name>``, without old remains."""
        folder = self.unfinished / name
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        return folder


def read_stamp(folder):
    """Return what ``write_stamp`` left in the folder, or an empty string."""
    try:
        return (Path(folder) / ".stamp").read_text(encoding="utf-8")
    except OSError:
        return ""


def write_stamp(folder, text):
    """Note in the folder what it was built from."""
    (Path(folder) / ".stamp").write_text(text, encoding="utf-8")


def move_into_place(finished, target):
    """Replace ``target`` by the finished folder in as few steps as there are."""
    old = None
    if target.exists():
        old = target.with_name(f"{target.name}.old-{os.getpid()}")
        target.rename(old)
    finished.rename(target)
    if old:
        shutil.rmtree(old, ignore_errors=True)
