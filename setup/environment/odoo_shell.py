"""Run Python inside Odoo, as its shell does."""

import subprocess
import tempfile

from . import processes
from .failure import SetupFailure


def run_script(folders, configuration, database, script, log):
    """Run the script with ``env`` on the database and return what it printed.

    The script commits by itself.  Raises SetupFailure when it raises; the
    traceback is then in the log.
    """
    command = [*folders.odoo_command, "shell", "-c", configuration]
    command += ["-d", database, "--no-http", "--log-level", "warn"]
    with open(log, "ab") as errors, tempfile.TemporaryFile() as source:
        source.write(script.encode())
        source.seek(0)
        with processes.running(
            folders,
            [str(part) for part in command],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as child:
            output, _errors = child.communicate()
    if child.returncode:
        raise SetupFailure(f"A script inside Odoo failed; its traceback is in {log}.")
    return output.decode()
