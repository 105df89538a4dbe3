"""All measurements, in the order in which they are made."""

from . import calls, certify, export, fetch, workbook

ALL = {module.NAME: module for module in (workbook, export, calls, certify, fetch)}
