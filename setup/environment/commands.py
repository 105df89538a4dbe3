"""Run outside programs and turn their failures into sentences."""

import subprocess
import sys
import time
from contextlib import contextmanager

from . import processes
from .failure import SetupFailure

_DISK_WORDS = ("No space left on device", "Disk quota exceeded", "[Errno 28]")
_NETWORK_WORDS = (
    "Temporary failure in name resolution",
    "Temporary failure resolving",
    "Could not resolve",
    "Name or service not known",
    "Failed to establish a new connection",
    "NewConnectionError",
    "Network is unreachable",
    "Connection timed out",
    "Could not connect",
    "Connection refused",
    "Connection failed",
    "Read timed out",
    "ConnectTimeoutError",
)


def say(text):
    """Print one line at once, also when the output is a pipe."""
    print(text, flush=True)


@contextmanager
def step(title):
    """Print what is being done and, at its end, how long it took."""
    started = time.monotonic()
    yield
    say(f"  {title}: {time.monotonic() - started:.1f} s")


def explain(output, what, log):
    """Return the sentence for a command that failed with this output."""
    if any(word in output for word in _DISK_WORDS):
        return f"{what}: the disk is full; make room and start again."
    if any(word in output for word in _NETWORK_WORDS):
        return (
            f"{what}: the package registry cannot be reached; check the network "
            f"(details in {log}) and start again."
        )
    return f"{what}; what the program said is in {log}."


def run(command, what, folders, log_name, accepted=(0,), **options):
    """Run a command with its output in a log and return that output.

    ``what`` begins the sentence of the SetupFailure that is raised when the
    command cannot be started or ends with none of the accepted numbers.
    """
    log = folders.logs / log_name
    command = [str(part) for part in command]
    options = {"stdin": subprocess.DEVNULL, "stderr": subprocess.STDOUT, **options}
    with open(log, "a+", encoding="utf-8", errors="replace") as stream:
        stream.write("$ " + " ".join(command) + "\n")
        stream.flush()
        start = stream.tell()
        try:
            with processes.running(folders, command, stdout=stream, **options) as child:
                returncode = child.wait()
        except FileNotFoundError as error:
            raise SetupFailure(
                f"{what}: the program {error.filename} is missing; install it and "
                "start again."
            ) from error
        stream.seek(start)
        output = stream.read()
    if returncode not in accepted:
        raise SetupFailure(explain(output, what, log))
    return output


def warn(text):
    """Print one line to the error output."""
    print(text, file=sys.stderr, flush=True)
