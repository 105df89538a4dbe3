"""The processes, and how to break each of them."""

import contextlib
import os
import signal
import threading
import time
import zlib

import psutil
import psycopg2

from environment import bootstrap
from environment.failure import SetupFailure
from environment.processes import answers
from environment.stack import Stack

from .cluster import FragilePostgres, private_folders
from .queries import REQUESTS
from .storm import FaultControl

# As in ``models/lane.py``: first key of the advisory locks of lanes.
LOCK_SPACE = 0x7461785F
# Held by us, it keeps every commit of an answer waiting; see _COMMIT_GATE.
GATE_KEY = 0x6661756C
_COMMIT_GATE = f"""
CREATE FUNCTION faults_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared({GATE_KEY});
    RETURN NULL;
END $$;
"""
_GATED = """
CREATE CONSTRAINT TRIGGER faults_gate AFTER UPDATE ON {table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.step = 'sending' AND NEW.step <> 'sending')
    EXECUTE FUNCTION faults_gate();
"""
_HOLDERS = """
SELECT replace(activity.application_name, 'odoo-', '')::int, locks.objid::bigint
  FROM pg_locks locks JOIN pg_stat_activity activity USING (pid)
 WHERE locks.locktype = 'advisory' AND locks.classid = %s AND locks.granted
   AND activity.datname = current_database()
   AND activity.application_name ~ '^odoo-[0-9]+$'
"""
_LANES = """
SELECT lane.id, taxpayer.tax_number || ':' || connection.channel
  FROM invoice_tax_lane lane
  JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = lane.taxpayer_id
  JOIN invoice_tax_connection connection ON connection.id = lane.connection_id
"""


class System(Stack):
    """PostgreSQL, simulator and several Odoo servers that will be killed.

    Nobody wakes Odoo's cron workers after a start: how soon they are at work again
    by themselves is one of the things that are measured.
    """

    gate_key = GATE_KEY

    def __init__(self, options=None, servers=2):
        super().__init__(options, "faults")
        self._wanted, self._turn, self._lanes = servers, 0, {}
        self._locks, self._is_ours = contextlib.ExitStack(), False
        self._local, self._connections = threading.local(), []
        # Servers that stay down, and the thread that starts all others again.
        self._down, self._ended = [], threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)
        self._starting = threading.Lock()

    def start(self, url=None, simulator=True):
        """Start all but Odoo; SetupFailure while another run breaks things."""
        doing = "breaks things on purpose"
        self._locks.enter_context(bootstrap.lock(self.folders, "faults", doing))
        self._is_ours = True
        super().start(url, simulator)
        self.execute(_COMMIT_GATE)
        for table in REQUESTS:
            self.execute(_GATED.format(table=table))
        self.control = FaultControl(self.simulator_url)

    def stop(self):
        """End all; nothing of it has to be kept."""
        if not self._is_ours:
            # Refused at the start: what lies there belongs to the other run.
            return
        self._ended.set()
        if self._supervisor.ident:
            self._supervisor.join()
        with contextlib.suppress(OSError):
            self.kill_odoo()
        for connection in self._connections:
            connection.close()
        super().stop()
        self._locks.close()

    def start_servers(self):
        """Start the Odoo servers of the run, and what keeps them running."""
        self.start_odoo(self._wanted, workers=2, cron_threads=2)
        self._supervisor.start()

    def wake_cron_workers(self):
        """Leave them asleep; see above."""

    @property
    def url(self):
        """The address of a server, of each in turn."""
        self._turn += 1
        return self.servers[self._turn % len(self.servers)].url

    # === WHO DOES WHAT === #

    def holders(self):
        """Who talks to the platforms now: (main process of a server, lane)."""
        rows = self.execute(_HOLDERS, [LOCK_SPACE])
        # Lanes that came later; 0 is the dispatcher that keeps watch.
        if {key for _pid, key in rows} - self._lanes.keys() - {0}:
            # As ``_get_lock_key`` of the lane does; the signs are lost in pg_locks.
            self._lanes = {
                (zlib.crc32(text.encode()) - 2**31) % 2**32: lane
                for lane, text in self.execute(_LANES)
            }
        return [(pid, self._lanes[key]) for pid, key in rows if key in self._lanes]

    def server_of(self, pid):
        """The Odoo server that a process belongs to; the first one if to none."""
        with contextlib.suppress(ProcessLookupError):
            group = os.getpgid(pid)
            for server in self.servers:
                if server.child.pid == group:
                    return server
        return self.servers[0]

    def talking_workers(self, server=None):
        """Process ids of the cron workers that are connected to the simulator now."""
        workers = []
        for one in [server] if server else self.servers:
            with contextlib.suppress(psutil.Error, TypeError):
                for child in psutil.Process(one.child.pid).children():
                    peers = [one.raddr for one in child.net_connections("tcp")]
                    if any(peer and peer.port == self.simulator.port for peer in peers):
                        workers.append(child.pid)
        return workers

    def wait_until(self, condition, seconds, pause=0.02):
        """Look again and again; the first true answer, or the last one."""
        deadline = time.monotonic() + seconds
        while not (answer := condition()) and time.monotonic() < deadline:
            time.sleep(pause)
        return answer

    # === BREAKING === #

    def kill_server(self, server, comes_back=True):
        """kill -9 of a whole Odoo server; it is started again at once, or only by
        ``ensure_servers``."""
        with self._starting:
            server.child.kill(signal.SIGKILL)
            if comes_back:
                server.start(wait=False)
            else:
                self._down.append(server)

    def kill_process(self, pid):
        """kill -9 of one process of an Odoo server; whether it was still there."""
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def kill_postgres(self):
        """kill -9 of PostgreSQL with all its processes, and start it again."""
        self.postgres.kill()
        self.postgres.revive()

    def kill_simulator(self):
        """kill -9 of the simulator, and start it again on its data."""
        self.simulator.child.kill(signal.SIGKILL)
        self.simulator.start()

    def execute(self, statement, parameters=None):
        """As ever, on a connection of each thread's own, since much is looked at
        again and again; and patient while PostgreSQL comes up again."""
        deadline = time.monotonic() + 60
        while True:
            try:
                return self._execute_once(statement, parameters)
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                self._local.connection = None
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _execute_once(self, statement, parameters):
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = psycopg2.connect(
                dbname=self.database, **self.postgres.connection
            )
            connection.autocommit = True
            self._connections.append(connection)
            self._local.connection = connection
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    @contextlib.contextmanager
    def holding(self, statement, parameters=()):
        """Keep locks for a while: what the statement takes, until the end."""
        connection = psycopg2.connect(dbname=self.database, **self.postgres.connection)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, parameters)
                yield connection.info.backend_pid
        finally:
            with contextlib.suppress(psycopg2.Error):
                connection.rollback()
            connection.close()

    def blocked_by(self, backend):
        """Process ids of Odoo's processes that wait for a lock of that backend."""
        rows = self.execute(
            "SELECT replace(application_name, 'odoo-', '')::int FROM pg_stat_activity"
            " WHERE %s = ANY(pg_blocking_pids(pid))"
            " AND application_name ~ '^odoo-[0-9]+$'",
            [backend],
        )
        return [pid for (pid,) in rows]

    def release_servers(self):
        """Start what was to stay down."""
        with self._starting:
            self._down.clear()

    def ensure_servers(self):
        """Every server answers again, else SetupFailure."""
        self.release_servers()
        for server in self.servers:
            address = f"{server.url}/web/health?db_server_status=1"
            if not self.wait_until(lambda url=address: answers(url), 90, 0.2):
                raise SetupFailure(f"{server.url} does not come back: {server.log}")

    def _supervise(self):
        """Start servers again that have ended, as service managers do.

        Odoo's main process ends by itself when a worker has to be replaced while
        PostgreSQL is not ready yet.
        """
        while not self._ended.wait(0.3):
            with self._starting:
                for server in self.servers:
                    if server not in self._down and not server.child.alive():
                        server.start(wait=False)

    def _postgres(self):
        return FragilePostgres(private_folders(self.folders))
