from . import quota_wizard
from . import draw_wizard
from . import bind_wizard
from . import issue_wizard
from . import summary_wizard
