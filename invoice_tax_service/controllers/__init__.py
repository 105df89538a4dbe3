from . import help_pages
from . import list_exports
from . import workbooks
