"""``setup/run``: start everything, say where it is, stop on Ctrl-C."""

import errno
import importlib.util
import os
import shutil
import signal
import sys
import time

from . import bootstrap, processes
from .commands import say, step, warn
from .failure import SetupFailure
from .folders import CLONE
from .options import run_parser
from .ports import LOOPBACK, require_free

_LITTLE = 32 * 1024 * 1024
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main():
    """Run ``setup/run`` and return its exit code."""
    options = run_parser().parse_args()
    return guarded(lambda: _main(options), options.data)


def guarded(action, data=CLONE):
    """Run the action; turn what a person can act upon into one sentence.

    ``data`` is on the disk that is suspected when anything else goes wrong.
    """
    for number in _STOPPING:
        signal.signal(number, _interrupt)
    try:
        return action()
    except SetupFailure as failure:
        warn(str(failure))
        return 1
    except KeyboardInterrupt:
        warn("Stopped.")
        return 130
    except Exception as error:
        if not _disk_is_full(error, data):
            raise
        warn("The disk is full; make room and start again.")
        return 1


def _disk_is_full(error, data):
    """Return whether the error says so, or the disk shows it.

    A full disk ends PostgreSQL in the middle of a word, which its client cannot
    tell from any other lost connection.
    """
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return True
    try:
        return shutil.disk_usage(data).free < _LITTLE
    except OSError:
        return False


def _interrupt(number, _frame):
    # A second signal must not cut the stopping short.
    for other in _STOPPING:
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt(number)


def _main(options):
    started = float(os.environ.pop("SETUP_STARTED", time.monotonic()))
    if options.check:
        folders, _source = bootstrap.prepare(options)
        bootstrap.continue_inside(folders, "environment", started)
        return _check(options)
    folders = bootstrap.open_folders(options)
    with bootstrap.lock(folders, "run", "is running"):
        processes.end_leftovers(folders)
        require_free(options.port, "--port")
        require_free(options.simulator_port, "--simulator-port")
        bootstrap.prepare(options)
        bootstrap.continue_inside(folders, "environment", started)
        return _run(options, started)


def _check(options):
    if not _exists("check"):
        raise SetupFailure("This clone has no check yet (setup/environment/check.py).")
    from . import check

    return check.main(options)


def _run(options, started):
    from .stack import Stack

    stack = Stack(options, "run", options.database, options.simulator_port)
    url = f"http://{LOOPBACK}:{options.port}"
    try:
        stack.start(url)
        if _exists("demo"):
            from . import demo

            with step("Demo taxpayers ready"):
                demo.prepare(stack)
        stack.start_odoo(workers=2, cron_threads=2)
        stack.start_front(options.port)
        _announce(stack, time.monotonic() - started)
        return _watch(stack)
    except KeyboardInterrupt:
        say("Stopping …")
        return 0
    finally:
        stack.stop()


def _announce(stack, seconds):
    say(
        f"\nReady after {seconds:.1f} s.  Ctrl-C stops everything.\n\n"
        f"  Odoo             {stack.url}\n"
        f"  login            accountant / accountant, or admin / admin\n"
        f"  database         {stack.database}\n"
        f"  simulated tax    {stack.simulator_url}\n"
        f"  logs             {stack.logs}\n"
    )


def _watch(stack):
    while True:
        time.sleep(0.5)
        for child in stack.failed():
            raise SetupFailure(
                f"{child.name} ended by itself; what it said is in {child.log}."
            )


def _exists(module):
    return importlib.util.find_spec(f"{__package__}.{module}") is not None


if __name__ == "__main__":
    sys.exit(main())
