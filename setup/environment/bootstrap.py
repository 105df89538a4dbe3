"""From a bare machine to a Python that has Odoo and all packages."""

import fcntl
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from . import odoo_source, processes, python_environment
from .failure import SetupFailure
from .folders import SETUP, Folders


def open_folders(options):
    """Return the data folders, made where missing; raises SetupFailure."""
    folders = Folders(options.data)
    try:
        folders.create()
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        raise SetupFailure(
            f"The data folder {folders.data} cannot be written; name another one with "
            "--data."
        ) from error
    return folders


def prepare(options, with_tests=False):
    """Bring up what is missing and return the data folders and the Odoo source.

    Raises SetupFailure when another start is doing so in the same data folder.
    """
    folders = open_folders(options)
    with lock(folders, "prepare", "is still preparing", patience=10):
        processes.end_leftovers(folders)
        # Odoo and the packages come from different places: fetch them at once.
        with ThreadPoolExecutor() as executor:
            odoo = executor.submit(odoo_source.prepare, folders, options.odoo_source)
            packages = executor.submit(python_environment.prepare, folders, with_tests)
            try:
                source = odoo.result()
                packages.result()
            except BaseException:
                # Do not wait for the other download once we know that we end.
                processes.end_running()
                raise
        python_environment.show_odoo(folders, source.import_path)
    return folders, source


@contextmanager
def lock(folders, name, doing, patience=0):
    """A context that only one process at a time can enter.

    Raises SetupFailure when another one is in it for longer than ``patience``
    seconds.
    """
    with open(folders.run / f"{name}.lock", "a") as stream:
        deadline = time.monotonic() + patience
        while not _locked(stream):
            if time.monotonic() >= deadline:
                raise SetupFailure(
                    f"Another start {doing} in the data folder {folders.data}; wait "
                    "for it, end it, or name another folder with --data."
                )
            time.sleep(0.2)
        yield


def _locked(stream):
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def continue_inside(folders, module, started=0.0):
    """Go on in the Python of the virtual environment, as the same process."""
    if os.path.realpath(sys.prefix) == os.path.realpath(folders.venv):
        return
    path = os.pathsep.join(filter(None, [str(SETUP), os.environ.get("PYTHONPATH")]))
    os.environ["PYTHONPATH"] = path
    sys.stdout.flush()
    os.environ["SETUP_STARTED"] = str(started)
    command = [str(folders.python), "-m", module, *sys.argv[1:]]
    os.execv(command[0], command)
