"""Tables that are read: headers, sheets, identity of an invoice."""

import datetime
from decimal import Decimal

import pytest
from spreadsheet import (
    DEFAULT_LIMITS,
    INVOICE_LIST,
    SELECTION,
    Column,
    Layout,
    WorkbookError,
    stream_table,
)
from spreadsheet.layouts import normalise_header
from spreadsheet.xlsx_sheet import Survey
from spreadsheet_samples import (
    DIGITAL,
    GOOD_ROWS,
    HEADER,
    found,
    package,
    read,
    worksheet_xml,
    xls,
    xlsx,
)

MAKERS = pytest.mark.parametrize("make", [xlsx, xls])
SELECTION_HEADER = (
    "序号",
    " 是否 勾选* ",
    "数电发票号码",
    "发票代码",
    "发票号码",
    "开票日期",
    "销售方纳税人识别号",
    "销售方纳税人名称",
    "金额（元）",
    "票面税额",
    "有效抵扣税额",
    "发票票种",
    "不抵扣原因",
    "不抵扣说明",
)
GOOD = (DIGITAL, None, None, 100, 13, "是")


@MAKERS
def test_a_selection_workbook(make):
    table = read(
        make(
            (
                1,
                "是",
                DIGITAL,
                "",
                "",
                "2026-10-05 10:20:30",
                "91440300MA5FAKE001",
                "深圳市某某有限公司",
                13.1,
                "1,300.50",
                "１３.00",
                "数电专票",
                "5",
                "其他说明",
            ),
            (2, "否", None, "4403192130", "02630221", "20261005", *[None] * 8),
            header=SELECTION_HEADER,
        )
    )
    assert table.errors == []
    first, second = table.dicts()
    assert first == {
        "row": 2,
        "digital_number": DIGITAL,
        "code": None,
        "number": DIGITAL,
        "issue_date": datetime.date(2026, 10, 5),
        "seller_tax_number": "91440300MA5FAKE001",
        "seller_name": "深圳市某某有限公司",
        "amount": Decimal("13.10"),
        "vat": Decimal("1300.50"),
        "creditable_vat": Decimal("13.00"),
        "selected": True,
        "invoice_type": "数电专票",
        "status": None,
        "usage": None,
        "reason": "5",
        "reason_text": "其他说明",
    }
    assert str(first["amount"]) == "13.10"
    assert (second["code"], second["number"]) == ("4403192130", "02630221")
    assert second["selected"] is False
    assert table.ignored == ["序号"]
    assert table.columns["selected"] == "是否 勾选*"
    assert (table.sheet_name, table.header_row) == ("发票", 1)


@pytest.mark.parametrize(
    ("written", "kept", "cut"),
    [
        ("* 发票 号码 ", "发票号码", "发票号码"),
        ("金额（元）", "金额元", "金额"),
        ("金额\n(不含税)", "金额不含税", "金额"),
        ("ＶＡＴ", "vat", "vat"),
        ("Invoice_Number:", "invoicenumber", "invoicenumber"),
    ],
)
def test_headers_are_normalised(written, kept, cut):
    assert normalise_header(written) == kept
    assert normalise_header(written, keep_brackets=False) == cut


@MAKERS
def test_title_lines_above_and_empty_rows_between(make):
    lines = [("2026年10月 发票清单",), (), HEADER, GOOD, (), (), (*GOOD[:4], 5, "否")]
    lines[6] = ("25442000000123456780", *lines[6][1:])
    table = read(make(sheets={"a": lines}))
    assert table.header_row == 3
    assert [row[0] for row in table.rows] == [4, 7]


@MAKERS
def test_first_sheet_that_has_the_header(make):
    sheets = {
        "封面": [("说明", "金额", "税额"), ("a", 1, 2)],
        "空": [],
        "清单": [(None, None, *HEADER), (None, None, *GOOD)],
        "旧": [HEADER, GOOD, GOOD],
    }
    table = read(make(sheets=sheets))
    assert (table.sheet_name, table.row_count) == ("清单", 1)


def test_hidden_sheet_is_left_alone():
    import io

    import xlsxwriter

    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        for name in ("旧", "新"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEADER)
            sheet.write_row(1, 0, [DIGITAL, "", "", 1, 1, "是"])
        book.get_worksheet_by_name("新").activate()
        book.get_worksheet_by_name("旧").hide()
    assert read(target.getvalue()).sheet_name == "新"


@MAKERS
def test_rows_without_a_mark_are_not_concerned(make):
    table = read(
        make(GOOD, ("no number", None, None, "x", "y", None), ("1", *[None] * 4, " "))
    )
    assert (len(table.rows), table.errors, table.skipped) == (1, [], 2)


def test_without_the_mark_column_every_row_is_meant():
    table = read(xlsx((DIGITAL,), header=("发票号码",)), layout=INVOICE_LIST)
    assert next(table.dicts())["number"] == DIGITAL
    assert next(table.dicts())["selected"] is None


@MAKERS
def test_identity_of_an_invoice(make):
    other, third = "25442000000123456780", "25442000000123456781"
    table = read(
        make(
            (DIGITAL, None, None, 1, 1, "是"),
            (None, None, other, 1, 1, "是"),
            (third, "144031921301", "02630221", 1, 1, "是"),
            (None, "4403192130", "02630222", 1, 1, "是"),
            (None, "4403192131", "02630222", 1, 1, "是"),
            (None, None, "02630223", 1, 1, "是"),
            (None, None, None, 1, 1, "是"),
            (other, None, third, 1, 1, "是"),
            (DIGITAL, None, None, 1, 1, "否"),
            (None, "4403192130", "02630222", 1, 1, "是"),
        )
    )
    assert [row[3] for row in table.rows] == [
        DIGITAL,
        other,
        third,
        "02630222",
        "02630222",
    ]
    assert found(table) == {
        ("B7", "missing_code"),
        ("C8", "missing_number"),
        ("C9", "two_numbers"),
        ("A10", "duplicate_row"),
        ("C11", "duplicate_row"),
    }
    assert [e.value for e in table.errors if e.code == "duplicate_row"] == ["2", "5"]


def test_prefixed_xml_without_addresses():
    rows = (
        GOOD_ROWS.replace("<c ", "<x:c ")
        .replace("</c>", "</x:c>")
        .replace("<row", "<x:row")
        .replace("</row>", "</x:row>")
        .replace("<v>", "<x:v>")
        .replace("</v>", "</x:v>")
    )
    xml = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/'
        f'main"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    )
    plain = read(package(worksheet_xml(GOOD_ROWS)))
    assert read(package(xml)).rows == plain.rows
    assert read(package(xml.encode("utf-16"))).rows == plain.rows
    bare = "".join(
        "<row>" + "".join(f"<c t='str'><v>{v}</v></c>" for v in line) + "</row>"
        for line in (HEADER, (DIGITAL, "", "", "1", "1", "是"))
    )
    assert [row[3] for row in read(package(worksheet_xml(bare))).rows] == [DIGITAL]


def test_rich_and_inline_texts():
    xml = worksheet_xml(
        GOOD_ROWS.replace(
            '<c r="F2" t="str"><v>是</v></c>',
            '<c r="F2" t="inlineStr"><is><r><t>是</t></r><rPh sb="0" eb="1"><t>shi</t>'
            "</rPh></is></c>",
        ).replace("4403192130", "4403&#49;92130")
    )
    expected = read(package(worksheet_xml(GOOD_ROWS))).rows
    assert read(package(xml)).rows == expected
    assert read(package(xml.replace("<c ", "<c\n"))).rows == expected


def test_date_cells_of_both_calendars():
    import io

    import xlsxwriter

    for options in ({}, {"date_1904": True}):
        target = io.BytesIO()
        with xlsxwriter.Workbook(target, options) as book:
            sheet = book.add_worksheet()
            style = book.add_format({"num_format": "yyyy/m/d"})
            sheet.write_row(0, 0, ("发票号码", "开票日期", "是否勾选"))
            sheet.write_row(1, 0, (DIGITAL, "", "是"))
            sheet.write_datetime(1, 1, datetime.datetime(2026, 2, 28, 23, 59), style)
        assert read(target.getvalue()).rows[0][4] == datetime.date(2026, 2, 28)


def test_a_layout_of_your_own():
    layout = Layout(
        (
            Column("a", ("甲",), required=True, filled=True),
            Column("b", ("乙",), kind="amount"),
        )
    )
    table = read(xlsx(("x", 1), (None, 2), header=("乙", "甲")[::-1]), layout=layout)
    assert table.keys == ("row", "a", "b")
    assert table.rows == [(2, "x", Decimal("1.00"))]
    assert found(table) == {("A3", "required")}


@MAKERS
def test_rows_that_go_by_are_those_of_the_table(make):
    other = (None, "4403192130", "02630221", 1, 0.13, "否")
    skipped, bad = (*other[:5], None), ("x", *other[1:])
    content = make(GOOD, skipped, bad, other, GOOD)
    whole = read(content)
    table, streamed = stream_table(content, "勾选.xlsx", SELECTION)
    assert list(streamed) == whole.rows
    assert (table.rows, table.good_rows) == ([], 2)
    for attribute in ("good_rows", "bad_rows", "errors", "skipped", "row_count"):
        assert getattr(table, attribute) == getattr(whole, attribute)


def test_nothing_marked_shows_behind_the_last_row():
    content = xlsx((DIGITAL, None, None, 100, 13, None))
    _table, rows = stream_table(content, "a.xlsx", SELECTION)
    with pytest.raises(WorkbookError, match="nothing_marked"):
        list(rows)


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A2" t="str" s="1"><v>1</v></c>',
        '<c r="A2" s="1" t="str" cm="1"><v>1</v></c>',
        '<c r="A2" t="str" ><v>1</v></c>',
    ],
)
def test_cells_written_in_another_way_are_surveyed_all_the_same(cell):
    block = f'<row r="1"><c r="AB1" s="3"/></row><row r="2">{cell}</row>'.encode()
    survey = Survey().scan([block], DEFAULT_LIMITS)
    assert survey.usual
    assert (survey.cells, survey.rows, survey.last_row) == (2, 2, 2)
    assert survey.columns == {b"A", b"AB"}
