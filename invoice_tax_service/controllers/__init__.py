from . import workbooks
