"""All measurements, in the order in which they are made."""

from . import workbook

ALL = {module.NAME: module for module in (workbook,)}
