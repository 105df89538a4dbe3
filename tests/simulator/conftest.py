"""A real simulator process on a free port, and clients for it."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from reference_client import Control, Leqi, Rpa

SETUP = Path(__file__).parents[2] / "setup"
NOW = "2026-11-10T09:00:00"
PERIOD = "202610"
GENERAL = "91110105MA0TE5T019"
OTHER = "91310115MA1TE5T02F"
SMALL = "91440300MA5TE5T031"
QUARTER = "91330108MA2TE5T040"


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A simulator that can be killed and started again on the same file."""

    def __init__(self, data: Path):
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Start and wait until it answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "simulator"]
            + ["--port", str(self.port), "--data", str(self.data)],
            env={**os.environ, "PYTHONPATH": str(SETUP)},
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                requests.get(f"{self.url}/_control/health", timeout=1)
                return
            except requests.ConnectionError:
                time.sleep(0.05)
        raise AssertionError("the simulator does not start")

    def kill(self) -> None:
        """End it without any warning."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture(scope="session")
def simulator(tmp_path_factory):
    """The process, started once."""
    process = Process(tmp_path_factory.mktemp("simulator") / "state.db")
    yield process
    process.stop()


@pytest.fixture
def control(simulator) -> Control:
    """An empty simulator at 2026-11-10 (period 202610) whose jobs take no time."""
    control = Control(simulator.url)
    control.post("reset")
    control.post("clock", now=NOW)
    control.post("settings", job_seconds=0, job_polls=0)
    return control


def taxpayers() -> list[dict]:
    """A general, another general, a small-scale and a quarterly taxpayer."""
    return [
        {"tax_number": GENERAL, "name": "甲公司"},
        {"tax_number": OTHER, "name": "乙公司", "platform_password": "platform-1"},
        {"tax_number": SMALL, "name": "丙公司", "taxpayer_type": "small"},
        {"tax_number": QUARTER, "name": "丁公司", "filing": "quarter"},
    ]


@pytest.fixture
def seeded(control) -> Control:
    """Four taxpayers with 40 sound digital special invoices of two months each."""
    control.post(
        "seed",
        seed=7,
        taxpayers=taxpayers(),
        invoices=40,
        months=["202609", "202610"],
        abnormal=0,
        types=["81"],
    )
    return control


@pytest.fixture
def leqi(simulator, seeded) -> Leqi:
    """The general taxpayer through Leqi."""
    return Leqi(simulator.url, GENERAL)


@pytest.fixture
def rpa(simulator, seeded) -> Rpa:
    """The general taxpayer through RPA, logged in."""
    return Rpa(simulator.url, GENERAL).login()


@pytest.fixture
def numbers(seeded) -> list[str]:
    """The numbers of the general taxpayer's invoices."""
    return list(seeded.invoices(GENERAL))


@pytest.fixture
def issuer(simulator, seeded):
    """The general taxpayer as one that issues; the quota may be asked for always."""
    from issuing_client import Issuer

    seeded.post("settings", quota_gate_seconds=0)
    return Issuer(simulator.url, GENERAL)
