"""All measurements, in the order in which they are made."""

from . import (
    calls,
    certify,
    dispatchers,
    export,
    fetch,
    issuing,
    latency,
    lists,
    numbers,
    pool,
    workbook,
)

ALL = {
    module.NAME: module
    for module in (
        workbook,
        export,
        fetch,
        issuing,
        calls,
        certify,
        dispatchers,
        latency,
        lists,
        pool,
        numbers,
    )
}
