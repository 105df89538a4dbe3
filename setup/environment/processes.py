"""Programs that run beside us: started, waited for, and ended by process id."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from .failure import SetupFailure


class Child:
    """One program in a process group of its own, noted in a file.

    The note lets a later start end what a killed one left behind.
    """

    def __init__(self, folders, name, log):
        self.name, self.log = name, Path(log)
        self._note = folders.run / f"{name}.json"
        self._process = None

    @property
    def pid(self):
        """The process id, or None when the program does not run."""
        return self._process.pid if self.alive() else None

    def alive(self):
        """Return whether the program runs."""
        return self._process is not None and self._process.poll() is None

    def start(self, command, cwd=None, extra_environment=None):
        """Start the program with its output going to the log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "ab") as stream:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env={**os.environ, **(extra_environment or {})},
                # Ctrl-C in the terminal must reach us alone: we end the others.
                start_new_session=True,
            )
        _write_note(self._note, self._process.pid)

    def wait_for(self, url, seconds, check=None):
        """Wait until the address answers 200; raises SetupFailure if it never does."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.alive():
                raise SetupFailure(
                    f"{self.name} ended while starting; what it said is in {self.log}."
                )
            if answers(url):
                return
            time.sleep(0.1)
        raise SetupFailure(
            f"{self.name} does not answer within {seconds} s; its log is {self.log}."
        )

    def kill(self, number=signal.SIGKILL):
        """Send a signal; SIGKILL goes to the whole group, workers included."""
        if not self.alive():
            return
        if number == signal.SIGKILL:
            os.killpg(self._process.pid, number)
            self._process.wait()
        else:
            os.kill(self._process.pid, number)

    def stop(self, seconds=15):
        """End the program gently, then the hard way."""
        if self._process is None:
            return
        if self.alive():
            os.kill(self._process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        _kill_group(self._process.pid)
        self._process.wait()
        self._note.unlink(missing_ok=True)


def answers(url):
    """Return whether a GET of the address gives 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status == 200
    except (OSError, urllib.error.URLError, ValueError):
        return False


def end_leftovers(folders):
    """End programs whose starter was killed before it could end them."""
    for note in folders.run.glob("*.json"):
        try:
            (pid, started), owner = json.loads(note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if lives(*owner):
            continue
        if lives(pid, started):
            _kill_group(pid)
            while lives(pid, started):
                time.sleep(0.05)
        note.unlink(missing_ok=True)


def identity(pid=None):
    """Return process id (our own by default) and start, which name it for ever."""
    pid = pid or os.getpid()
    return [pid, _started(pid)]


def lives(pid, started):
    """Return whether that very process still runs."""
    return bool(started) and _started(pid) == started


# Process groups of the commands that run now.
_groups = set()


@contextlib.contextmanager
def running(folders, command, **options):
    """Start a command in a group of its own, which does not outlive the context.

    It is noted, so that a later start ends it when we are killed meanwhile.
    """
    process = subprocess.Popen(command, start_new_session=True, **options)
    note = folders.run / f"command-{process.pid}.json"
    _groups.add(process.pid)
    try:
        _write_note(note, process.pid)
        yield process
    finally:
        _kill_group(process.pid)
        process.wait()
        _groups.discard(process.pid)
        note.unlink(missing_ok=True)


def end_running():
    """End the commands that other threads of this program wait for."""
    for pid in tuple(_groups):
        _kill_group(pid)


def _write_note(path, pid):
    # Written aside and renamed: a note is whole or not there.
    unfinished = path.with_suffix(".new")
    note = json.dumps([identity(pid), identity()])
    unfinished.write_text(note, encoding="utf-8")
    unfinished.rename(path)


def run_gently(command, cwd):
    """Run a program, letting it tidy up when we are told to stop."""
    process = subprocess.Popen([str(part) for part in command], cwd=cwd)
    try:
        return process.wait()
    except KeyboardInterrupt as interrupt:
        # The terminal tells the whole group about Ctrl-C, kill tells only us.
        if interrupt.args != (signal.SIGINT,) or not sys.stdin.isatty():
            process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(60)
        process.kill()
        raise


def _kill_group(pid):
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _status(pid):
    """Return the fields of /proc/PID/stat after the name, or nothing."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _started(pid):
    """Return when the process started, which tells it from a later namesake."""
    fields = _status(pid)
    return fields[19] if fields and fields[0] != "Z" else None
