"""Programs side by side: a few at a time, the output of each in one piece."""

import contextlib
import signal
import subprocess
import time

from . import processes
from .commands import say

_AT_ONCE = 2
_SIGN_OF_LIFE = 120  # seconds after which it is said again what runs


class _Program:
    """One that runs, with its output in a file; ``close`` ends it."""

    def __init__(self, folders, name, command):
        self.name, self._started = name, time.monotonic()
        self._output = folders.logs / f"{name.replace(' ', '-')}.log"
        self._held = contextlib.ExitStack()
        with open(self._output, "wb") as stream:
            # Away from the terminal: that we are to stop it hears from us alone.
            running = processes.running(
                folders,
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
            self._process = self._held.enter_context(running)

    def has_ended(self):
        return self._process.poll() is not None

    def result(self):
        """Whether it ended well, and its seconds; what it said is printed."""
        seconds = time.monotonic() - self._started
        say(f"\n=== {self.name}")
        say(self._output.read_text(encoding="utf-8", errors="replace"))
        return self._process.returncode == 0, seconds

    def tell_to_stop(self):
        if not self.has_ended():
            self._process.send_signal(signal.SIGINT)

    def close(self):
        """Give it the time to tidy up; what is left then of all that it started is
        killed."""
        with self._held, contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(60)


def run_side_by_side(folders, commands):
    """Run all, begun in this order; return ``(name, passed, seconds)`` as they ended.

    :param commands: ``name → command``
    """
    waiting, running, done = list(commands.items()), [], []
    said = time.monotonic()
    try:
        while waiting or running:
            while waiting and len(running) < _AT_ONCE:
                name, command = waiting.pop(0)
                say(f"  {name}: begun")
                running.append(_Program(folders, name, command))
            time.sleep(0.2)
            if time.monotonic() - said > _SIGN_OF_LIFE:
                # Their words come at their end; who waits here sees that they live.
                said = time.monotonic()
                say(f"  running: {', '.join(one.name for one in running)}")
            for program in [one for one in running if one.has_ended()]:
                done.append((program.name, *program.result()))
                program.close()
                running.remove(program)
    finally:
        for program in running:
            program.tell_to_stop()
        for program in running:
            program.close()
    return done
