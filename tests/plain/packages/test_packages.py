"""What ``setup/run`` installs is enough: the packages of the tests are not there."""

import ast
import subprocess

import pytest

from environment import addons, bootstrap, python_environment
from environment.folders import CLONE, Folders
from environment.options import default_options

# What a server imports, and what Odoo asks when an addon is installed.
SCRIPT = """
import sys
import odoo.cli.server
import odoo.service.server
from odoo.modules.module import check_python_external_dependency
for name in sys.argv[1:]:
    check_python_external_dependency(name)
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """The Python that ``setup/run`` makes on a machine without any."""
    _folders, source = bootstrap.prepare(default_options())
    folders = Folders(tmp_path_factory.mktemp("data"))
    folders.create()
    with pytest.MonkeyPatch.context() as patch:
        # Most of it is never imported here.
        patch.setenv("PIP_NO_COMPILE", "1")
        python_environment.prepare(folders)
    python_environment.show_odoo(folders, source.import_path)
    return folders.python


def get_dependencies():
    """Of all our manifests."""
    names = set()
    for addon in addons.names():
        text = (CLONE / addon / "__manifest__.py").read_text(encoding="utf-8")
        manifest = ast.literal_eval(text)
        names.update(manifest.get("external_dependencies", {}).get("python", ()))
    return sorted(names)


def test_odoo_starts_and_finds_what_the_addons_depend_on(python):
    names = get_dependencies()
    assert {"cryptography", "requests"} <= set(names)
    command = [python, "-I", "-c", SCRIPT, *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
