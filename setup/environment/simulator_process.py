"""The simulated tax endpoints, run as the separate program they are."""

from .failure import SetupFailure
from .folders import SETUP
from .ports import LOOPBACK
from .processes import Child


class SimulatorProcess:
    """One running simulator with its data file."""

    def __init__(self, folders, name, port):
        self.port = port
        self.url = f"http://{LOOPBACK}:{port}"
        self.data = folders.data / "simulator" / f"{name}.data"
        log = folders.logs / name / "simulator.log"
        self.child = Child(folders, f"{name}-simulator", log)
        self._python = folders.python

    def start(self):
        """Start it and wait until it answers; raises SetupFailure if it does not."""
        if not (SETUP / "simulator" / "__main__.py").exists():
            raise SetupFailure("The folder setup/simulator is missing in this clone.")
        self.data.parent.mkdir(parents=True, exist_ok=True)
        command = [self._python, "-m", "simulator", "--port", self.port]
        command += ["--data", self.data]
        self.child.start(
            command, cwd=SETUP, extra_environment={"PYTHONPATH": str(SETUP)}
        )
        self.child.wait_for(f"{self.url}/_control/health", 30)

    def stop(self):
        """End it."""
        self.child.stop(5)

    def forget(self):
        """Remove its data, for a scratch simulator."""
        for path in self.data.parent.glob(f"{self.data.name}*"):
            path.unlink()
