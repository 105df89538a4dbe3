"""Programs that tests start for themselves, on ports of their own."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

SETUP = Path(__file__).resolve().parents[1] / "setup"


def free_port():
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class SimulatorProcess:
    """The simulated tax endpoints; may be killed and started again on one file.

    :param Path data: the file that keeps its state
    :param program: what Python is told to start it
    """

    def __init__(self, data, program=("-m", "simulator")):
        self.data, self.program = data, program
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.http = requests.Session()
        self.start()

    def start(self):
        """Start and wait until it answers."""
        self.process = subprocess.Popen(
            [sys.executable, *map(str, self.program)]
            + ["--port", str(self.port), "--data", str(self.data)],
            env={**os.environ, "PYTHONPATH": str(SETUP)},
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                self.get("health")
                return
            except requests.ConnectionError:
                time.sleep(0.05)
        raise AssertionError("the simulator does not start")

    def kill(self):
        """End it without any warning."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """End it."""
        self.http.close()
        self.process.terminate()
        self.process.wait(10)

    def get(self, path, **params):
        """Read something of the control API."""
        answer = self.http.get(f"{self.address}/_control/{path}", params=params)
        answer.raise_for_status()
        return answer.json()

    def post(self, path, **content):
        """Change something."""
        answer = self.http.post(f"{self.address}/_control/{path}", json=content)
        assert answer.ok, answer.text
        return answer.json()

    def fault(self, kind, **scope):
        """Add a fault that hits once, unless the scope says otherwise."""
        if not scope.keys() & {"every", "probability"}:
            scope.setdefault("count", 1)
        return self.post("faults", kind=kind, **scope)

    def clear_faults(self):
        self.http.delete(f"{self.address}/_control/faults").raise_for_status()

    def invoices(self, tax_number):
        """The bureau's invoices of a taxpayer by their numbers."""
        rows = self.get("state", tax_number=tax_number)["invoices"]
        return {row["number"]: row for row in rows}
