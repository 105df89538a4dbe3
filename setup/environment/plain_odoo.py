"""A second Odoo, as somebody else has it: our addons come into it by pip alone.

To be imported inside the virtual environment only: it needs psycopg2.
"""

import os
import re
import runpy
import shutil
import sys
from importlib.metadata import distribution
from pathlib import Path

from . import odoo_server, python_environment
from .commands import run
from .database import Databases
from .failure import SetupFailure
from .folders import CLONE, SETUP, Folders
from .ports import free_port
from .stack import Stack

# What stands for the product in an Odoo that is not ours: the month and issuing.
TOURS = (
    # The first use, and a month from the selection to the signature.
    "/invoice_tax_service:TestMonthTours.test_row_X2_first_use_in_the_browser",
    "/invoice_tax_service:TestMonthTours"
    ".test_row_O12_next_step_by_next_step_through_the_month",
    "/invoice_tax_leqi:TestIssueTours",
    "/invoice_tax_license:TestLicenseTours.test_row_P3_P4_authorise_and_cancel_in_chinese",
)
_LOG = "plain-odoo.log"
_ENDED = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")
_METADATA = "Metadata-Version: 2.1\nName: odoo\nVersion: {version}\n"
_WHERE = """
import odoo.modules
names = {names!r}
rows = env["ir.module.module"].search([("name", "in", names)])
for row in rows.filtered(lambda row: row.state == "installed"):
    print(row.name, odoo.modules.get_module_path(row.name))
"""


class PlainFolders(Folders):
    """The same data folder, with another Python environment."""

    def __init__(self, data):
        super().__init__(data)
        self.venv = self.data / "plain-venv"


class PlainOdoo:
    """An Odoo whose addons path and Python environment know nothing of this clone.

    Entry points: ``install_wheels``, ``walk_tours``; used as a context manager. What
    the addons need besides Odoo must come by the metadata of their wheels.
    """

    def __init__(self, options=None):
        self._stack = Stack(options, name=f"plain-{os.getpid()}")
        self._full = self._stack.folders
        self._folders = PlainFolders(self._full.data)

    def __enter__(self):
        _make_environment(self._full, self._folders, self._stack.source)
        return self

    def __exit__(self, *_error):
        self._stack.stop()
        shutil.rmtree(self._folders.venv, ignore_errors=True)

    def install_wheels(self, wheels):
        """Install the wheels and what they require, as a person does."""
        command = [sys.executable, "-m", "pip", "--python", self._folders.python]
        command += ["install", "--no-input", "--disable-pip-version-check"]
        # At the tested versions; which packages these are is said by the wheels.
        command += ["--constraint", SETUP / "requirements.txt", *wheels.values()]
        what = "Installing the wheels into a plain Odoo failed"
        run(command, what, self._folders, _LOG, env=_environment())

    def walk_tours(self, names, tours=TOURS):
        """Install the addons by name in a new database and walk the tours there.

        :return: how many tests passed
        """
        configuration = self._prepare_database()
        command = [*self._folders.odoo_command, "-c", configuration]
        command += ["-d", self._stack.database, "-i", ",".join(names)]
        command += ["--test-tags", ",".join(tours), "--without-demo"]
        command += ["--stop-after-init"]
        what = "The tours in a plain Odoo failed"
        # Elsewhere than in the clone, which a program could find from there.
        options = {"env": _environment(), "cwd": self._folders.venv}
        output = run(command, what, self._folders, _LOG, **options)
        ended = _ENDED.findall(output)
        count = int(ended[-1][2]) if ended else 0
        if count < len(tours):
            raise SetupFailure(
                f"{what}: {count} tests ran; the log is {self._folders.logs / _LOG}."
            )
        self._require_origin(names)
        return count

    def _prepare_database(self):
        """Make a database with accounting and without our addons."""
        stack = self._stack
        stack.logs.mkdir(parents=True, exist_ok=True)
        stack.postgres.start()
        odoo_server.write_configuration(
            stack.configuration,
            self._folders,
            stack.source,
            stack.postgres,
            stack.database,
            addons_path=",".join(map(str, stack.source.addons)),
            http_port=free_port(),
        )
        stack.databases.prepare_scratch(stack.database, with_addons=False)
        return stack.configuration

    def _require_origin(self, names):
        """Raise SetupFailure unless each addon runs from where pip has put it."""
        stack = self._stack
        databases = Databases(self._folders, stack.postgres, stack.configuration)
        script = _WHERE.format(names=names)
        lines = databases.shell(stack.database, script).splitlines()
        found = dict(line.split(" ", 1) for line in lines if line)
        for name in names:
            path = Path(found.get(name, CLONE))
            if not path.is_relative_to(self._folders.venv):
                raise SetupFailure(f"The addon {name} was not taken from its wheel.")


def _environment():
    """The variables of this process, without the way to the clone."""
    ours = ("PYTHONPATH", "VIRTUAL_ENV")
    return {key: value for key, value in os.environ.items() if key not in ours}


def _make_environment(full, plain, source):
    """Make a Python environment with Odoo and its packages, and none of ours.

    The packages are those of the full environment, by links: nothing is fetched
    twice.  Those that our addons name are left out.
    """
    shutil.rmtree(plain.venv, ignore_errors=True)
    command = [sys.executable, "-m", "venv", "--without-pip", plain.venv]
    run(command, "Creating a plain Python environment failed", plain, _LOG)
    [packages] = full.venv.glob("lib/python3*/site-packages")
    [target] = plain.venv.glob("lib/python3*/site-packages")
    left_out = {"odoo-source.pth", "__pycache__"}
    for line in (CLONE / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if name := re.match(r"[\w.-]+", line):
            left_out |= _top_level(name.group())
    for entry in packages.iterdir():
        if entry.name not in left_out:
            (target / entry.name).symlink_to(entry)
    _register_odoo(target, source.import_path)
    python_environment.show_odoo(plain, source.import_path)


def _top_level(name):
    """Return what a distribution has put into the folder of the packages."""
    return {file.parts[0] for file in distribution(name).files or ()}


def _register_odoo(packages, import_path):
    """Let pip know the Odoo, as ``pip install --no-deps`` of its source would.

    What that Odoo needs is there already, some of it under another name (such as
    psycopg2-binary), so the record requires nothing.
    """
    release = runpy.run_path(str(import_path / "odoo" / "release.py"))
    major, minor = release["version_info"][:2]
    record = packages / f"odoo-{major}.{minor}.dist-info"
    record.mkdir()
    content = _METADATA.format(version=f"{major}.{minor}")
    (record / "METADATA").write_text(content, encoding="utf-8")
    (record / "INSTALLER").write_text("setup\n", encoding="utf-8")
