"""What can be named on the command line or in the environment."""

import argparse
import os
from pathlib import Path

from .failure import SetupFailure
from .folders import CLONE

DEFAULT_PORT = 8069
DEFAULT_SIMULATOR_PORT = 8090
DEFAULT_DATABASE = "invoice_tax"


def add_common(parser):
    """Add the options that every command of the set-up understands."""
    parser.add_argument(
        "--data",
        metavar="DIR",
        default=os.environ.get("SETUP_DATA") or str(CLONE / ".local"),
        help="folder for everything that is built and stored (default: .local)",
    )
    parser.add_argument(
        "--odoo-source",
        metavar="PATH",
        default=os.environ.get("ODOO_SOURCE") or None,
        help="use this Odoo 19 instead of fetching one (or: ODOO_SOURCE)",
    )
    parser.add_argument(
        "--postgres",
        metavar="HOST[:PORT]",
        default=os.environ.get("PGHOST") or None,
        help="use this PostgreSQL instead of an own one (or: PGHOST, PGPORT); "
        "PGUSER and PGPASSWORD name the role, which may create databases",
    )


def run_parser():
    """Return the parser of ``setup/run``."""
    parser = argparse.ArgumentParser(
        prog="setup/run",
        description="Start Odoo with the tax addons and the simulated tax endpoints.",
    )
    add_common(parser)
    parser.add_argument(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        help="of Odoo (default: %(default)s)",
    )
    parser.add_argument(
        "--simulator-port",
        type=_port,
        default=DEFAULT_SIMULATOR_PORT,
        help="of the simulated endpoints (default: %(default)s)",
    )
    parser.add_argument(
        "--database", default=DEFAULT_DATABASE, help="(default: %(default)s)"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="do the main job on free ports and a scratch database, compare Odoo "
        "with the simulator, and end",
    )
    _add_check_options(parser)
    return parser


def _add_check_options(parser):
    parser.add_argument(
        "--invoices",
        type=int,
        default=500,
        metavar="N",
        help="of the check, over both channels (default: %(default)s)",
    )
    parser.add_argument(
        "--faults",
        metavar="KIND:N",
        help="check that every n-th call that changes something may fail; drop:3 acts "
        "and drops the reply, other kinds are those of the simulator",
    )
    parser.add_argument(
        "--kill",
        action="store_true",
        help="check that Odoo may be killed between a call and its commit",
    )


def default_options():
    """Return the options of a start without arguments, as tests want them."""
    return run_parser().parse_args([])


def as_arguments(options):
    """Return the environment variables that hand the options to another program."""
    values = {"SETUP_DATA": str(Path(options.data).expanduser().resolve())}
    if options.odoo_source:
        values["ODOO_SOURCE"] = options.odoo_source
    if options.postgres:
        host, port = postgres_address(options.postgres)
        values.update(PGHOST=host, PGPORT=str(port))
    return values


def postgres_address(text):
    """Split HOST[:PORT]; raises SetupFailure when the port is not a number."""
    host, separator, port = text.rpartition(":")
    if not separator or text.startswith("/"):
        host, port = text, os.environ.get("PGPORT") or "5432"
    if not port.isdigit():
        raise SetupFailure(
            f"'{text}' is no PostgreSQL address; write --postgres HOST or HOST:PORT."
        )
    return host, int(port)


def _port(text):
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"'{text}' is no port number")
    return int(text)
