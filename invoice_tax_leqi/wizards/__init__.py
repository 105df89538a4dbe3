from . import quota_wizard
from . import draw_wizard
from . import bind_wizard
