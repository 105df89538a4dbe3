"""A PostgreSQL cluster of our own, since it is going to be killed."""

import contextlib
import copy
import os
import signal
import time
from pathlib import Path

from environment.postgres import OwnPostgres


def private_folders(folders):
    """The same folders, but for the cluster and the notes about its users."""
    private = copy.copy(folders)
    base = folders.data / "faults"
    private.postgres = base / "postgres"
    private.run = base / "run"
    private.logs = base / "logs"
    private.unfinished = base / "unfinished"
    for folder in (private.run, private.logs, private.unfinished):
        folder.mkdir(parents=True, exist_ok=True)
    return private


class FragilePostgres(OwnPostgres):
    """Nobody else's databases are in it, so kill -9 does no harm to others."""

    def kill(self):
        """Kill the server and every process of it; nothing is tidied up."""
        pid = self.pid()
        # Stopped first: a child that it makes meanwhile would live on, and write.
        os.kill(pid, signal.SIGSTOP)
        family = [*_children(pid), pid]
        for member in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while any(map(_is_alive, family)) and time.monotonic() < deadline:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            time.sleep(0.01)

    def revive(self):
        """Start it again; it recovers what was committed."""
        with self._starting():
            # What a killed server left there says that it is ready; nobody of it
            # is alive any more.
            (self._cluster / "postmaster.pid").unlink(missing_ok=True)
            # Nor would it start beside a dead one that its parent has not buried yet.
            lock = self._socket_folder() / f".s.PGSQL.{self.port}.lock"
            lock.unlink(missing_ok=True)
            self._launch()


def _children(pid):
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in path.read_text(encoding="utf-8").split()]


def _is_alive(pid):
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"
