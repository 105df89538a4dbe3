"""One Odoo server: its configuration, its start and its end."""

import configparser
import secrets

from .folders import CLONE
from .ports import LOOPBACK
from .processes import Child


def write_configuration(path, folders, source, postgres, database=None, **settings):
    """Write an Odoo configuration file that only we may read, and return its path."""
    addons = [*source.addons, CLONE]
    values = {
        "addons_path": ",".join(str(folder) for folder in addons),
        "data_dir": folders.odoo_data,
        "http_interface": LOOPBACK,
        "list_db": False,
        "admin_passwd": secrets.token_hex(16),
        # A large workbook takes longer than the minute that Odoo allows at first.
        "limit_time_cpu": 600,
        "limit_time_real": 1200,
        **{f"db_{key}": value for key, value in postgres.connection.items()},
    }
    if database:
        values.update(db_name=database, dbfilter=f"^{database}$")
    values.update(settings)
    parser = configparser.RawConfigParser()
    parser["options"] = {key: str(value) for key, value in values.items()}
    path.touch(mode=0o600)
    with open(path, "w", encoding="utf-8") as stream:
        parser.write(stream)
    return path


class OdooServer:
    """One Odoo server on a database; several may share one database.

    With ``workers`` above 0 it runs prefork: HTTP workers, cron workers and the
    process for websockets on a port of its own.
    """

    def __init__(self, folders, name, configuration, port, gevent_port):
        self.port, self.gevent_port = port, gevent_port
        self.url = f"http://{LOOPBACK}:{port}"
        self.log = folders.logs / f"{name}.log"
        self.child = Child(folders, name.replace("/", "-"), self.log)
        self._command = [*folders.odoo_command, "-c", configuration]

    def start(self, wait=True):
        """Start it; with ``wait`` return when it answers, else SetupFailure."""
        self.child.start(self._command, cwd=CLONE)
        if wait:
            self.wait()

    def wait(self):
        """Wait until it serves its database."""
        self.child.wait_for(f"{self.url}/web/health?db_server_status=1", 60)

    def stop(self):
        """End it, letting running jobs finish for a while."""
        self.child.stop()
