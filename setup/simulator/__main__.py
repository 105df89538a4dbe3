"""Start the program: python -m simulator --port N --data FILE [--host H]."""

import argparse
import logging
import sys

import uvicorn

from .app import create_app
from .cut import CuttableProtocol


def main(arguments: list[str] | None = None) -> None:
    """Read the arguments and serve until stopped."""
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", required=True, help="file that keeps the state")
    parser.add_argument("--host", default="127.0.0.1")
    options = parser.parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    uvicorn.run(
        create_app(options.data),
        host=options.host,
        port=options.port,
        loop="uvloop",
        http=CuttableProtocol,
        ws="none",
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
