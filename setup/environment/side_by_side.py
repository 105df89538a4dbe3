"""Programs side by side: a few at a time, the output of each in one piece."""

import contextlib
import signal
import subprocess
import time

from . import processes
from .commands import say

_AT_ONCE = 2


class _Program:
    """One that runs, with its output in a file."""

    def __init__(self, folders, name, command, held):
        self.name, self._started = name, time.monotonic()
        self._output = folders.logs / f"{name.replace(' ', '-')}.log"
        with open(self._output, "wb") as stream:
            # Away from the terminal: that we are to stop it hears from us alone.
            running = processes.running(
                folders,
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
            self._process = held.enter_context(running)
        held.callback(self._stop)

    def has_ended(self):
        return self._process.poll() is not None

    def result(self):
        """Whether it ended well, and its seconds; what it said is printed."""
        seconds = time.monotonic() - self._started
        say(f"\n=== {self.name}")
        say(self._output.read_text(encoding="utf-8", errors="replace"))
        return self._process.returncode == 0, seconds

    def _stop(self):
        """Let it tidy up; what does not end is ended with all that it started."""
        if not self.has_ended():
            self._process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(60)


def run_side_by_side(folders, commands):
    """Run all, begun in this order; return ``(name, passed, seconds)`` as they ended.

    :param commands: ``name → command``
    """
    waiting, running, done = list(commands.items()), [], []
    with contextlib.ExitStack() as held:
        while waiting or running:
            while waiting and len(running) < _AT_ONCE:
                name, command = waiting.pop(0)
                say(f"  {name}: begun")
                running.append(_Program(folders, name, command, held))
            time.sleep(0.2)
            for program in [one for one in running if one.has_ended()]:
                running.remove(program)
                done.append((program.name, *program.result()))
    return done
