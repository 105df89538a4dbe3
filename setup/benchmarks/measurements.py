"""All measurements, in the order in which they are made."""

from . import calls, certify, dispatchers, fetch, latency, workbook

ALL = {
    module.NAME: module
    for module in (workbook, calls, certify, fetch, dispatchers, latency)
}
