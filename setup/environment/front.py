"""One address for both ports of a prefork Odoo.

In prefork mode websockets are served on a second port; browsers know only one
address, so each new connection is passed on by the path of its first request.
"""

import argparse
import asyncio
import contextlib
import signal

from .ports import LOOPBACK
from .processes import Child

_PIECE = 65536


class Front:
    """The passing-on program of one Odoo server."""

    def __init__(self, folders, name, port):
        self.url = f"http://{LOOPBACK}:{port}"
        self.child = Child(folders, f"{name}-front", folders.logs / name / "front.log")
        self._command = [folders.python, "-m", "environment.front", str(port)]

    def start(self, server):
        """Start passing on to the server; raises SetupFailure if it cannot."""
        ports = [str(server.port), str(server.gevent_port)]
        self.child.start(self._command + ports)
        self.child.wait_for(f"{self.url}/web/health", 30)

    def stop(self):
        """End it."""
        self.child.stop(5)


async def _pump(reader, writer):
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
    with contextlib.suppress(OSError, RuntimeError):
        writer.write_eof()


def _passer(http_port, gevent_port):
    async def pass_on(reader, writer):
        with contextlib.suppress(OSError, ValueError, asyncio.IncompleteReadError):
            first_line = await reader.readline()
            websocket = b" /websocket" in first_line[:20]
            port = gevent_port if websocket else http_port
            back_reader, back_writer = await asyncio.open_connection(LOOPBACK, port)
            back_writer.write(first_line)
            await asyncio.gather(_pump(reader, back_writer), _pump(back_reader, writer))
            back_writer.close()
        writer.close()

    return pass_on


async def _serve(port, http_port, gevent_port):
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    passer = _passer(http_port, gevent_port)
    # The default backlog of 100 is small for a benchmark's burst.
    await asyncio.start_server(passer, LOOPBACK, port, backlog=512)
    await stopped.wait()


def main():
    """Pass connections on until SIGTERM."""
    parser = argparse.ArgumentParser(prog="environment.front")
    for name in ("port", "http_port", "gevent_port"):
        parser.add_argument(name, type=int)
    asyncio.run(_serve(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
