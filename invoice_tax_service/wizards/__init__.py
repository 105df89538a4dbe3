from . import selection_wizard
from . import selection_wizard_line
from . import import_wizard
from . import import_wizard_line
from . import table_wizard
from . import roll_back
from . import export
from . import invoice_query
