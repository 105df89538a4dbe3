from . import test_engine
from . import test_selection
from . import test_taxpayer
