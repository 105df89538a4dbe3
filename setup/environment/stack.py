"""Everything that runs together: PostgreSQL, simulator, Odoo servers.

To be imported inside the virtual environment only: it needs psycopg2.
"""

import os
import signal
import time

from . import bootstrap, odoo_server, postgres
from .database import Databases
from .front import Front
from .options import default_options, postgres_address
from .ports import free_port
from .simulator_process import SimulatorProcess


class Stack:
    """One running system, started and stopped as a whole.

    Used as a context manager, or by ``start`` and ``stop``.  Without a database
    name it works on a scratch database and a scratch simulator on free ports,
    both of which are removed at the end; so tests and checks can run beside a
    system in use.  What it brings up itself it also ends.
    """

    def __init__(self, options=None, name=None, database=None, simulator_port=None):
        self._options = options or default_options()
        self.name = name or f"scratch-{os.getpid()}"
        self.scratch = database is None
        self.database = database or f"{self.name}_{os.getpid()}".replace("-", "_")
        self.folders, self.source = bootstrap.prepare(self._options)
        self.postgres = self._postgres()
        port = simulator_port or free_port()
        self.simulator = SimulatorProcess(self.folders, self.name, port)
        self.servers = []
        self.front = None
        self._databases = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_error):
        self.stop()

    @property
    def simulator_url(self):
        """The address of the simulated endpoints."""
        return self.simulator.url

    @property
    def url(self):
        """The address for browsers, or of the first Odoo server."""
        return self.front.url if self.front else self.servers[0].url

    @property
    def logs(self):
        """The folder with the logs of this stack."""
        return self.folders.logs / self.name

    @property
    def configuration(self):
        """An Odoo configuration file for commands on this stack's database."""
        return self.folders.configuration / f"{self.name}.conf"

    @property
    def databases(self):
        """The databases of this stack's PostgreSQL server."""
        if self._databases is None:
            self._databases = Databases(self.folders, self.postgres, self.configuration)
        return self._databases

    def start(self, url=None, simulator=True):
        """Start PostgreSQL and the simulator, and prepare the database.

        ``url`` is the address that a kept database shall know itself by.  Odoo is
        started by ``start_odoo``.  Raises SetupFailure.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        self.postgres.start()
        odoo_server.write_configuration(
            self.configuration, self.folders, self.source, self.postgres
        )
        if self.scratch:
            self.databases.prepare_scratch(self.database)
        else:
            self.databases.prepare_kept(self.database, url)
        if simulator:
            self.simulator.start()

    def start_odoo(self, n=1, workers=2, cron_threads=2, **settings):
        """Start n more Odoo servers on the database and return their list.

        ``settings`` are further lines of Odoo's configuration file.
        """
        servers = [
            self._server(workers, cron_threads, settings) for _number in range(n)
        ]
        for server in servers:
            server.start(wait=False)
        for server in servers:
            server.wait()
        if cron_threads:
            # Odoo's cron workers sleep for a minute before they first look for work;
            # one that does not listen yet hears the second or third call.
            for pause in (0.2, 0.4, 0):
                self.wake_cron_workers()
                time.sleep(pause)
        return servers

    def wake_cron_workers(self):
        """Have Odoo's cron workers look for due work now."""
        statement = "SELECT pg_notify('cron_trigger', %s)"
        self.databases.execute("postgres", statement, [self.database])

    def start_front(self, port):
        """Offer the first Odoo server, websockets included, on one port."""
        self.front = Front(self.folders, self.name, port)
        self.front.start(self.servers[0])

    def kill_odoo(self, number=signal.SIGKILL):
        """Send a signal to all Odoo servers; after SIGKILL they are forgotten."""
        for server in self.servers:
            server.child.kill(number)
        if number == signal.SIGKILL:
            for server in self.servers:
                server.stop()
            self.servers = []

    def stop_odoo(self):
        """End all Odoo servers."""
        while self.servers:
            self.servers.pop().stop()

    def stop(self):
        """End what was started and remove what was for this stack only."""
        if self.front:
            self.front.stop()
            self.front = None
        self.stop_odoo()
        self.simulator.stop()
        if self.scratch:
            self.simulator.forget()
            if self._databases is not None:
                self.databases.drop(self.database)
            for pattern in (f"{self.name}.conf", f"{self.name}-odoo-*.conf"):
                for path in self.folders.configuration.glob(pattern):
                    path.unlink()
        self.postgres.stop()

    def odoo_shell(self, script):
        """Run a Python script inside Odoo and return what it printed.

        The script has ``env`` and commits by itself; SetupFailure when it raises.
        """
        return self.databases.shell(self.database, script)

    def execute(self, statement, parameters=None):
        """Run one SQL statement, committed at once, and return its rows."""
        return self.databases.execute(self.database, statement, parameters)

    def failed(self):
        """Return the programs of this stack that ended by themselves."""
        children = [self.simulator.child, *(server.child for server in self.servers)]
        if self.front:
            children.append(self.front.child)
        return [child for child in children if not child.alive()]

    def _server(self, workers, cron_threads, settings):
        name = f"{self.name}/odoo-{len(self.servers) + 1}"
        port, gevent_port = free_port(), free_port()
        path = self.folders.configuration / f"{name.replace('/', '-')}.conf"
        odoo_server.write_configuration(
            path,
            self.folders,
            self.source,
            self.postgres,
            self.database,
            http_port=port,
            gevent_port=gevent_port,
            workers=workers,
            max_cron_threads=cron_threads,
            **settings,
        )
        server = odoo_server.OdooServer(self.folders, name, path, port, gevent_port)
        self.servers.append(server)
        return server

    def _postgres(self):
        if not self._options.postgres:
            return postgres.OwnPostgres(self.folders)
        host, port = postgres_address(self._options.postgres)
        user = os.environ.get("PGUSER") or postgres.ROLE
        password = os.environ.get("PGPASSWORD")
        return postgres.NamedPostgres(host, port, user, password)
