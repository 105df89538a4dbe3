"""The virtual environment with every Python package, at tested versions."""

import hashlib
import shutil
import subprocess
import sys

from .commands import run, step
from .failure import SetupFailure
from .folders import SETUP, move_into_place, read_stamp, write_stamp

_LISTS = {"run": "requirements.txt", "test": "requirements-test.txt"}

_LOG = "python-packages.log"
_ODOO_PROGRAM = """import odoo.cli

if __name__ == "__main__":
    odoo.cli.main()
"""


def prepare(folders, with_tests=False):
    """Make ``folders.venv`` hold the pinned packages.

    Nothing is called when the stamp says that it already does.  Raises
    SetupFailure when the packages cannot be fetched.
    """
    wanted = ["run", "test"] if with_tests else ["run"]
    stamp = read_stamp(folders.venv)
    if not stamp.startswith(_stamp(["run"])):
        with step("Python packages installed"):
            _create(folders, wanted)
    elif with_tests and stamp != _stamp(wanted):
        with step("Python packages for the tests installed"):
            _install(folders, folders.venv, "test")
            write_stamp(folders.venv, _stamp(wanted))


def _stamp(names):
    parts = [f"python {sys.version_info[0]}.{sys.version_info[1]}"]
    for name in names:
        content = (SETUP / _LISTS[name]).read_bytes()
        parts.append(f"{name} {hashlib.sha256(content).hexdigest()}")
    return "\n".join(parts)


def _create(folders, names):
    """Build the environment in its final place, its stamp being written last.

    Scripts of an environment name its absolute path, so it cannot be moved; what
    an interrupted run left is thrown away instead.
    """
    if folders.venv.exists():
        move_into_place(folders.venv, folders.fresh_unfinished("venv") / "old")
        shutil.rmtree(folders.unfinished / "venv")
    what = "Creating the Python environment failed"
    try:
        run([sys.executable, "-m", "venv", folders.venv], what, folders, _LOG)
    except SetupFailure:
        if shutil.disk_usage(folders.data).free < 10_000_000:
            raise
        shutil.rmtree(folders.venv, ignore_errors=True)
        command = [sys.executable, "-m", "venv", "--without-pip", folders.venv]
        run(command, what, folders, _LOG)
    for name in names:
        _install(folders, folders.venv, name)
    write_stamp(folders.venv, _stamp(names))


def _install(folders, venv, name):
    python = venv / "bin" / "python"
    if _has_pip([python]):
        command = [python, "-m", "pip"]
    elif _has_pip([sys.executable]):
        command = [sys.executable, "-m", "pip", "--python", python]
    else:
        raise SetupFailure(
            "This Python has neither venv nor pip; install the package python3-venv "
            "and start again."
        )
    command += ["install", "--no-input", "--disable-pip-version-check"]
    # Everything is named in the list, so nothing may be resolved beyond it.
    command += ["--no-deps", "-r", SETUP / _LISTS[name]]
    run(command, "Installing the Python packages failed", folders, _LOG)


def _has_pip(python):
    command = [*(str(part) for part in python), "-m", "pip", "--version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def show_odoo(folders, import_path):
    """Let ``import odoo`` find the Odoo tree, and make the program ``odoo``."""
    site_packages = next(folders.venv.glob("lib/python3*/site-packages"))
    _write_if_new(site_packages / "odoo-source.pth", f"{import_path}\n")
    _write_if_new(folders.venv / "bin" / "odoo", _ODOO_PROGRAM)


def _write_if_new(path, content):
    if not path.exists() or path.read_text(encoding="utf-8") != content:
        path.write_text(content, encoding="utf-8")
