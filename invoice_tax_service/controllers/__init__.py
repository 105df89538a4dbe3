from . import help_pages
from . import workbooks
