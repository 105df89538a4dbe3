from . import test_license
from . import test_vectors
from . import test_sync
from . import test_gate
from . import test_gate_running
from . import test_serial
from . import test_rights
from . import test_tours
