"""Wall time, processor time and peak memory of a piece of work."""

import contextlib
import ctypes
import gc
import os
import resource
import time
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_MEGABYTE = 1024  # of kilobytes, in which Linux counts


@contextlib.contextmanager
def metered(env):
    """Measure the block; yields the dictionary that is filled at its end.

    ``seconds``; ``cpu``: of this process and of its PostgreSQL connection;
    ``memory``: peak megabytes above what the process held when it began.
    """
    env.cr.execute("SELECT pg_backend_pid()")
    backend = env.cr.fetchone()[0]
    figures = {}
    before = _begin_memory()
    cpu, started = _cpu(backend), time.monotonic()
    yield figures
    figures["seconds"] = round(time.monotonic() - started, 4)
    figures["cpu"] = round(_cpu(backend) - cpu, 4)
    figures["memory"] = round((_peak() - before) / _MEGABYTE, 2)


def _begin_memory():
    """Forget the peak of the start, give back what is free; return what is held."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    try:
        # 5: set VmHWM to the present size (man 5 proc).
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return _peak()
    return _status("VmRSS")


def _peak():
    peak = _status("VmHWM")
    return peak or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _status(name):
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
    return 0


def _cpu(backend):
    return time.process_time() + _cpu_of(backend)


def _cpu_of(pid):
    """Processor seconds of another process; 0 when it is not on this machine."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0.0
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
