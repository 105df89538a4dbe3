"""Workbooks: layouts, reading and writing. Plain Python, no ORM."""

from .errors import CELL_CODES, WORKBOOK_CODES, CellError, WorkbookError
from .layouts import INVOICE_LIST, SELECTION, Column, Layout
from .limits import DEFAULT_LIMITS, Limits
from .output import OutputColumn, OutputSheet
from .reader import Table, read_table, stream_table
from .writer import write_error_workbook, write_workbook
from .xls_writer import write_xls, write_zip_of_workbooks

__all__ = [
    "CELL_CODES",
    "DEFAULT_LIMITS",
    "INVOICE_LIST",
    "SELECTION",
    "WORKBOOK_CODES",
    "CellError",
    "Column",
    "Layout",
    "Limits",
    "OutputColumn",
    "OutputSheet",
    "Table",
    "WorkbookError",
    "read_table",
    "stream_table",
    "write_error_workbook",
    "write_workbook",
    "write_xls",
    "write_zip_of_workbooks",
]
