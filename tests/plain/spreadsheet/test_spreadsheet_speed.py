"""Figures that must not be lost by accident; wide enough for a busy machine."""

import io
import time

from spreadsheet import (
    SELECTION,
    OutputColumn,
    OutputSheet,
    read_table,
    write_workbook,
    write_xls,
)
from spreadsheet_samples import measured

COLUMNS = [
    OutputColumn("数电票号码", "number"),
    OutputColumn("发票代码", "number"),
    OutputColumn("发票号码", "number"),
    OutputColumn("开票日期", "date"),
    OutputColumn("销方税号", "number"),
    OutputColumn("销方名称"),
    OutputColumn("金额", "amount"),
    OutputColumn("税额", "amount"),
    OutputColumn("有效税额", "amount"),
    OutputColumn("是否勾选"),
    OutputColumn("发票类型"),
    OutputColumn("发票状态"),
]


def rows(count):
    for n in range(count):
        yield (
            str(25442000000000000000 + n),
            None,
            None,
            f"2026-{n % 12 + 1:02}-{n % 28 + 1:02}",
            f"91440300MA5F{n % 3000:06}",
            f"深圳市第{n % 3000}有限公司",
            n + 0.01,
            n / 10,
            n / 100,
            "是",
            "数电发票（增值税专用发票）",
            "正常",
        )


def workbook(write, count):
    target = io.BytesIO()
    write([OutputSheet("发票", COLUMNS, rows(count))], target)
    return target.getvalue()


def test_20_000_rows_are_read_well_below_a_second():
    for write, filename in ((write_workbook, "a.xlsx"), (write_xls, "a.xls")):
        content = workbook(write, 20_000)
        started = time.process_time()
        table = read_table(content, filename, SELECTION)
        assert time.process_time() - started < 1.5
        assert (len(table.rows), table.errors) == (20_000, [])


def test_memory_of_20_000_rows(tmp_path):
    content = workbook(write_workbook, 20_000)
    said, memory, _seconds = measured(content, tmp_path)
    assert said == "20000"
    assert memory < 80


def test_writing_keeps_memory_small(tmp_path):
    import tracemalloc

    tracemalloc.start()
    with (tmp_path / "a.xlsx").open("wb") as target:
        write_workbook([OutputSheet("发票", COLUMNS, rows(5_000))], target)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000
