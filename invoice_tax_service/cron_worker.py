"""Odoo's cron workers look for work as soon as they start."""

import functools
import os

from odoo.service.server import WorkerCron


def post_load():
    """Spare cron workers the minute for which they sleep before their first look.

    Work that was interrupted is due at once and nobody is left to announce it:
    otherwise a killed server or worker, or a restart of PostgreSQL, stops every
    lane for 60 to 70 seconds. Holds for prefork servers that know their database
    at the start (``db_name``); others wait that minute as ever.
    """
    start = WorkerCron.start
    if hasattr(start, "__wrapped__"):
        return

    @functools.wraps(start)
    def start_awake(self):
        start(self)
        # The first sleep ends at once when something is in this pipe.
        os.write(self.wakeup_fd_w, b".")

    WorkerCron.start = start_awake
