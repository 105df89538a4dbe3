"""Free and taken ports; everything listens on the loopback address only."""

import socket

from .failure import SetupFailure

LOOPBACK = "127.0.0.1"


def is_free(port):
    """Return whether nobody listens on this port of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port():
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


def require_free(port, option):
    """Raise SetupFailure naming the port and the option when it is taken."""
    if not is_free(port):
        raise SetupFailure(
            f"Port {port} is taken by another program; end that program or name "
            f"another port with {option}."
        )
