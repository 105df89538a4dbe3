"""Odoo's cron workers look for work as soon as they start, and more often."""

import functools
import logging
import os

from odoo.service import server
from odoo.tools import config

_logger = logging.getLogger(__name__)

# Of the configuration file; 0 leaves Odoo's cron workers as they are.
OPTION = "tax_service_cron_seconds"
# Between two looks that nobody asked for: when a whole host dies, the others only
# find its work by themselves.  Odoo's own minute would stop every lane so long.
LOOK_SECONDS = 20


def post_load():
    """Spare cron workers the minute for which they sleep before their first look,
    and most of it afterwards.

    Work that was interrupted is due at once and nobody is left to announce it:
    otherwise a killed server or worker, or a restart of PostgreSQL, stops every
    lane for 60 to 70 seconds. The first look holds for prefork servers that know
    their database at the start (``db_name``).

    It holds for the whole server process, and so for all databases that it serves;
    ``tax_service_cron_seconds`` in its configuration file says otherwise.
    """
    seconds = _get_look_seconds()
    if not seconds:
        return
    server.SLEEP_INTERVAL = min(server.SLEEP_INTERVAL, seconds)
    start = server.WorkerCron.start
    if hasattr(start, "__wrapped__"):
        return

    @functools.wraps(start)
    def start_awake(self):
        start(self)
        # The first sleep ends at once when something is in this pipe.
        os.write(self.wakeup_fd_w, b".")

    server.WorkerCron.start = start_awake


def _get_look_seconds():
    value = config.get(OPTION)
    if value is None:
        return LOOK_SECONDS
    try:
        return max(0, int(value))
    except ValueError:
        _logger.warning("%s is not a number of seconds: %s", OPTION, value)
        return LOOK_SECONDS
