"""Workbooks that are written, and read again."""

import datetime
import io
import re
import zipfile
from decimal import Decimal

import openpyxl
import pytest
import xlrd
import xlsxwriter
from spreadsheet import (
    SELECTION,
    OutputColumn,
    OutputSheet,
    WorkbookError,
    write_error_workbook,
    write_workbook,
    write_xls,
    write_zip_of_workbooks,
    writer,
)
from spreadsheet.output import SheetNames, clean_text
from spreadsheet_samples import DIGITAL, HEADER, read, xls, xlsx

COLUMNS = (
    OutputColumn("数电票号码", "number"),
    OutputColumn("金额", "amount"),
    OutputColumn("开票日期", "date"),
    OutputColumn("是否勾选"),
    OutputColumn("备注", width=40),
    OutputColumn("份数", "integer"),
    OutputColumn("时间", "datetime"),
)
WRITERS = pytest.mark.parametrize(
    ("write", "filename"), [(write_workbook, "a.xlsx"), (write_xls, "a.xls")]
)


def written(write, *sheets):
    target = io.BytesIO()
    write(sheets, target)
    return target.getvalue()


def line(number, **values):
    row = {
        "amount": Decimal("13.10"),
        "date": datetime.date(2026, 10, 5),
        "mark": "是",
        "remark": None,
        "count": 1,
        "moment": datetime.datetime(2026, 10, 5, 1, 2, 3),
    }
    return (number, *(row | values).values())


def cells(content):
    """Return the first sheet as openpyxl reads it."""
    return openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]


@WRITERS
def test_s9_20_digit_numbers_come_back_identical(write, filename):
    numbers = [f"{254420000001234567 + n * 7919:018}{n % 100:02}" for n in range(500)]
    sheet = OutputSheet("发票", COLUMNS, (line(number) for number in numbers))
    table = read(written(write, sheet), filename)
    assert [row[3] for row in table.rows] == numbers
    assert {str(row[7]) for row in table.rows} == {"13.10"}
    assert {row[4] for row in table.rows} == {datetime.date(2026, 10, 5)}
    assert table.errors == []


def test_kinds_of_cells():
    sheet = OutputSheet("发票", COLUMNS, [line(DIGITAL)], totals_label="合计")
    page = cells(written(write_workbook, sheet))
    row = page[2]
    assert (row[0].value, row[0].data_type, row[0].number_format) == (DIGITAL, "s", "@")
    assert (row[1].value, row[1].number_format) == (13.1, "#,##0.00")
    assert row[2].value == datetime.datetime(2026, 10, 5)
    assert row[6].value == datetime.datetime(2026, 10, 5, 1, 2, 3)
    assert [cell.value for cell in page[3]][:2] == ["合计", 13.1]
    assert page[3][5].value == 1
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref == "A1:G2"
    assert page.column_dimensions["E"].width > 39


def test_xls_kinds_of_cells():
    sheet = OutputSheet("发票", COLUMNS, [line(DIGITAL)], totals_label="合计")
    book = xlrd.open_workbook(file_contents=written(write_xls, sheet))
    page = book.sheet_by_index(0)
    assert page.row_values(1)[:2] == [DIGITAL, 13.1]
    assert page.row_types(1)[0] == xlrd.XL_CELL_TEXT
    assert page.row_values(2)[:2] == ["合计", 13.1]


RISKY = ["=cmd|' /C calc'!A0", "+1+1", "-1", "@SUM(A1)", "\t=1", "http://x.example/"]


@WRITERS
def test_text_never_becomes_a_formula(write, filename):
    rows = [line(DIGITAL, remark=text) for text in RISKY]
    content = written(write, OutputSheet("a", COLUMNS, rows))
    if filename.endswith("xls"):
        page = xlrd.open_workbook(file_contents=content).sheet_by_index(0)
        assert [page.cell_value(n, 4) for n in range(1, 7)] == RISKY
        return
    page = cells(content)
    read_again = [page.cell(n, 5) for n in range(2, 8)]
    assert [cell.value for cell in read_again] == RISKY
    assert {cell.data_type for cell in read_again} == {"s"}
    assert [cell.quotePrefix for cell in read_again] == [True] * 5 + [False]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


@WRITERS
def test_characters_that_xml_cannot_hold(write, filename):
    remark = "a\x00\x01\x0b\ud800\ufffeb\tc\nd😀"
    content = written(write, OutputSheet("a", COLUMNS, [line(DIGITAL, remark=remark)]))
    if filename == "a.xlsx":
        assert cells(content)["E2"].value == "ab\tc\nd😀"
    assert read(content, filename).row_count == 1


def test_text_is_cut_at_what_excel_holds():
    assert len(clean_text("好" * 40_000)) == 32_767
    assert len(clean_text("😀" * 40_000)) == 16_383
    assert clean_text("x" * 32_767) == "x" * 32_767


def test_values_that_do_not_suit_their_column():
    row = line(DIGITAL, amount="待定", date="不详", count=Decimal(10) ** 18)
    big = line(DIGITAL, amount=Decimal("12345678901234567.89"), count=None)
    page = cells(written(write_workbook, OutputSheet("a", COLUMNS, [row, big])))
    assert [page["B2"].value, page["C2"].value] == ["待定", "不详"]
    assert page["F2"].value == "1" + "0" * 18
    assert page["B3"].value == "12345678901234567.89"
    assert page["F3"].value is None


def test_sheet_names():
    names = SheetNames()
    assert names.clean("发票/2026:10[a]*?") == "发票 2026 10 a"
    assert names.clean("发票 2026 10 a") == "发票 2026 10 a (2)"
    assert len(names.clean("x" * 50)) == 31
    assert names.clean("X" * 50) == "X" * 27 + " (2)"
    assert names.clean("'a'") == "a"
    assert names.clean("") == "Sheet"
    assert names.clean("History") == "History_"


def test_two_sheets_and_no_rows():
    sheets = [OutputSheet("日志", COLUMNS, []), OutputSheet("日志", COLUMNS[:1], [])]
    book = openpyxl.load_workbook(io.BytesIO(written(write_workbook, *sheets)))
    assert book.sheetnames == ["日志", "日志 (2)"]
    assert book.worksheets[0]["A1"].value == "数电票号码"


def sheet_xml(content, number=1):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(f"xl/worksheets/sheet{number}.xml").decode()


def test_rows_are_written_as_the_library_writes_cells():
    texts = [
        "深圳市示例有限公司",
        DIGITAL,
        "a & b < c > \"d\" 'e'",
        "  both ends ",
        "two\nlines\tand\rmore",
        "_x0041_ is no A",
        "<r>no rich text",
        "😀",
        "0",
    ]
    amounts = [0.1 + 0.2, -13.1, 0, 9_999_999_999.99, Decimal("13.10"), 1e-7, 5, 1, 2]
    dates = [datetime.date(2026, 10, day) for day in range(1, 8)]
    dates += [datetime.date(1900, 2, 28), datetime.datetime(2026, 1, 2, 3, 4, 5)]
    columns = [OutputColumn(name, name) for name in ("text", "amount", "date")]
    rows = list(zip(texts, amounts, dates, strict=True))
    ours = written(write_workbook, OutputSheet("a", columns, rows, autofilter=False))
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("a")
        # In the order of ours, for styles are numbered when they are first used.
        header = book.add_format({"bold": True})
        styles = [
            book.add_format({"num_format": text}) for text in ("@", "#,##0.00", "0")
        ]
        sheet.write_row(0, 0, [column.header for column in columns], header)
        for style in styles:
            style._get_xf_index()
        for number, (text, amount, date) in enumerate(rows, 1):
            sheet.write_string(number, 0, text, styles[0])
            sheet.write_number(number, 1, amount, styles[1])
            sheet.write_datetime(number, 2, date, styles[2])
    theirs = sheet_xml(target.getvalue())
    expected = re.findall(r"<c .*?</c>", theirs, re.DOTALL)
    found = re.findall(r"<c .*?</c>", sheet_xml(ours), re.DOTALL)
    without_style = [
        [re.sub(r' s="\d+"', "", cell) for cell in cells] for cells in (found, expected)
    ]
    assert without_style[0] == without_style[1]
    assert 'ref="A1:C10"' in sheet_xml(ours)


def test_remembered_texts_are_not_mixed_up():
    rows = [(value,) for value in (1, True, "1", 1.0, "True", Decimal(1))]
    page = cells(written(write_workbook, OutputSheet("a", COLUMNS[4:5], rows)))
    values = [row[0].value for row in page.iter_rows(min_row=2)]
    assert values == ["1", "True", "1", "1.0", "True", "1"]


@pytest.mark.parametrize(
    ("count", "label", "sizes"),
    [
        (0, "", [0]),
        (9, "", [9]),
        (10, "", [9, 1]),
        (18, "", [9, 9]),
        (19, "", [9, 9, 1]),
        (8, "合计", [9]),
        (9, "合计", [8, 2]),
    ],
)
def test_a_full_sheet_goes_on_in_another(monkeypatch, count, label, sizes):
    monkeypatch.setattr(writer, "LAST_ROW", 10)
    columns = [OutputColumn("号", "number"), OutputColumn("份数", "integer")]
    rows = ((str(number), 1) for number in range(count))
    sheet = OutputSheet("台账", columns, rows, totals_label=label)
    target = io.BytesIO()
    assert write_workbook([sheet, OutputSheet("后", columns, [])], target) == count
    pages = openpyxl.load_workbook(target).worksheets
    names = ["台账", "台账 (2)", "台账 (3)"][: len(sizes)]
    assert [page.title for page in pages] == [*names, "后"]
    assert [page.max_row - 1 for page in pages[:-1]] == sizes
    assert {page["A1"].value for page in pages} == {"号"}
    assert {page.freeze_panes for page in pages} == {"A2"}
    numbers = [
        row[0] for page in pages for row in page.iter_rows(min_row=2, values_only=True)
    ]
    assert numbers == [*map(str, range(count)), *([label] if label else [])]
    if label:
        assert pages[len(sizes) - 1].cell(sizes[-1] + 1, 2).value == count


def test_a_row_of_the_wrong_length_is_not_written_silently():
    with pytest.raises(ValueError, match="zip"):
        written(write_workbook, OutputSheet("a", COLUMNS, [("x",)]))


def test_more_rows_than_a_sheet_holds():
    rows = (("x",) for _ in range(70_000))
    with pytest.raises(WorkbookError) as caught:
        written(write_xls, OutputSheet("a", COLUMNS[:1], rows))
    assert caught.value.code == "sheet_full"


@pytest.mark.parametrize(("make", "filename"), [(xlsx, "a.xlsx"), (xls, "a.xls")])
def test_error_workbook(make, filename):
    content = make(
        (DIGITAL, None, None, 13.001, 1, "是", "自己的列"),
        (None, None, 2630221, None, 1, "maybe", "=1" if make is xls else "-1"),
        ("25442000000123456780", None, None, 1, 1, "是"),
        (DIGITAL, None, None, 1, 1, None),
        header=(*HEADER, "我的"),
    )
    table = read(content, filename)

    def describe(error):
        return f"{error.address}: {error.code}"

    target = io.BytesIO()
    count = write_error_workbook(
        content, filename, SELECTION, table.errors, describe, target
    )
    page = cells(target.getvalue())
    assert count == 4
    assert [c.value for c in page[1]] == [*HEADER, "我的", "错误说明"]
    assert [c.value for c in page[2]] == [
        DIGITAL,
        None,
        None,
        "13.001",
        "1",
        "是",
        "自己的列",
        "D2: amount_decimals",
    ]
    assert page["H3"].value.splitlines() == ["C3: lost_zeros", "F3: not_yes_no"]
    assert page["G3"].data_type == "s"
    red = {
        cell.coordinate
        for row in page.iter_rows()
        for cell in row
        if cell.fill.fgColor.rgb == "FFFFC7CE"
    }
    assert red == {"D2", "C3", "F3"}
    target = io.BytesIO()
    assert 2 == write_error_workbook(
        content, filename, SELECTION, table.errors, describe, target, only_bad=True
    )
    again = read(target.getvalue())
    assert again.ignored == ["我的", "错误说明"]


def test_zip_of_workbooks():
    target = io.BytesIO()
    rows = (line(f"{25442000000000000000 + n}") for n in range(4500))
    count = write_zip_of_workbooks(COLUMNS, rows, target, name="91440300_12")
    assert count == 4500
    with zipfile.ZipFile(target) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert sorted(files) == [
        f"91440300_12_00{n}.{extension}"
        for n in (1, 2, 3)
        for extension in ("xls", "xlsx")
    ]
    for extension in ("xls", "xlsx"):
        parts = [
            read(files[f"91440300_12_00{n}.{extension}"], f"a.{extension}").row_count
            for n in (1, 2, 3)
        ]
        assert parts == [2000, 2000, 500]


@pytest.mark.parametrize("count", [0, 1, 2000, 2001])
def test_zip_of_workbooks_at_the_edges(count):
    target = io.BytesIO()
    rows = [line(DIGITAL)] * count
    written_rows = write_zip_of_workbooks(
        COLUMNS, rows, target, name="a", extensions=("xlsx",)
    )
    assert written_rows == count
    with zipfile.ZipFile(target) as archive:
        assert len(archive.namelist()) == (2 if count == 2001 else 1)
