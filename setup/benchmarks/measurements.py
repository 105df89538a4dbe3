"""All measurements, in the order in which they are made."""

from . import calls, certify, export, fetch, lists, workbook

ALL = {
    module.NAME: module for module in (workbook, export, fetch, calls, certify, lists)
}
