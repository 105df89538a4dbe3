from . import controllers
from . import models
from . import report
from . import wizards
from .cron_worker import post_load
from .hooks import uninstall_hook
