"""Files that are no workbook, or one that must not be read."""

import dataclasses
import struct
import zipfile

import pytest
from spreadsheet import DEFAULT_LIMITS, INVOICE_LIST
from spreadsheet_samples import (
    DIGITAL,
    GOOD_ROWS,
    HEADER,
    found,
    measured,
    package,
    read,
    refusal,
    row_xml,
    with_declared_size,
    worksheet_xml,
    xls,
    xlsx,
)

GOOD = (DIGITAL, None, None, 100, 13, "是")


@pytest.mark.parametrize("extension", ["xlsx", "xls"])
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "pdf"),
        (b"<html><table><tr><td>1</td></tr></table>", "html"),
        (b"\xef\xbb\xbf<!DOCTYPE html><html>", "html"),
        (b"<?xml version='1.0'?><Workbook/>", "xml"),
        ("发票号码,金额\n1,2\n".encode(), "csv"),
        ("发票号码\t金额\n".encode("gbk"), "csv"),
        (b"hello", "text"),
        (b"\x89PNG\r\n\x1a\n\x00", "image"),
        (b"\x00\x01\x02\x03", "unknown"),
    ],
)
def test_renamed_pdf_and_other_files(content, kind, extension):
    error = refusal(content, f"a.{extension}")
    assert (error.code, error.values["found"]) == ("not_a_workbook", kind)


@pytest.mark.parametrize("filename", ["a.pdf", "a.csv", "a", "", "a.xlsx.exe", None])
def test_wrong_extension(filename):
    error = refusal(xlsx(GOOD), filename)
    assert error.code == "wrong_extension"
    assert error.values["allowed"] == ["xlsx", "xls"]


def test_xlsx_named_xls_and_the_other_way_round():
    assert read(xlsx(GOOD), "a.XLS").row_count == 1
    assert read(xls(GOOD), "a.xlsx").row_count == 1


def test_empty_file():
    assert refusal(b"").code == "empty_file"


def test_too_large():
    limits = dataclasses.replace(DEFAULT_LIMITS, max_bytes=1000)
    error = refusal(xlsx(GOOD), limits=limits)
    assert error.code == "too_large"
    assert error.values["limit"] == 1000 < error.values["found"]


@pytest.mark.parametrize("make", [xlsx, xls])
def test_zero_rows(make):
    assert refusal(make()).code == "no_rows"
    assert refusal(make(("", " ", None, None, None, ""))).code == "no_rows"
    assert refusal(make(header=())).code == "no_rows"


@pytest.mark.parametrize("make", [xlsx, xls])
def test_nothing_marked(make):
    error = refusal(make((DIGITAL, None, None, 1, 1, None), GOOD[:5]))
    assert error.code == "nothing_marked"
    assert error.values["skipped"] == 2
    assert error.values["column"] == "是否勾选"


@pytest.mark.parametrize("make", [xlsx, xls])
def test_headers_missing(make):
    error = refusal(make((1, 2), header=("金额", "税额", "发票代码")))
    assert error.code == "missing_columns"
    assert error.values["columns"] == ["是否勾选", "数电票号码/发票号码"]
    assert (error.values["sheet"], error.values["row"]) == ("发票", 1)
    error = refusal(make((1, 2), header=("甲", "乙")))
    assert error.code == "no_header"
    assert error.values["expected"] == ["是否勾选", "数电票号码"]


def test_headers_twice():
    header = ("发票号码", "金额", "*金额（元）", "是否勾选")
    error = refusal(xlsx(("02630221", 1, 2, "是"), header=header))
    assert error.code == "duplicate_columns"
    assert error.values["columns"] == ["金额: B1, C1"]


@pytest.mark.parametrize("make", [xlsx, xls])
def test_header_below_row_20_is_not_searched(make):
    title = ("说明文字",)
    lines = [title] * 19 + [HEADER, GOOD]
    assert read(make(sheets={"a": lines})).header_row == 20
    lines = [title] * 20 + [HEADER, GOOD]
    assert refusal(make(sheets={"a": lines})).code == "no_header"


@pytest.mark.parametrize(
    "dimension", ["A1:XFD1048576", "A1:F1048576", "A1:A1", "nonsense"]
)
def test_sheet_claiming_1048576_rows_that_holds_four(dimension, tmp_path):
    content = package(worksheet_xml(GOOD_ROWS, dimension))
    said, memory, seconds = measured(content, tmp_path)
    assert said == "3"
    assert memory < 30
    assert seconds < 1


def test_sheet_with_its_fourth_row_at_the_very_bottom(tmp_path):
    rows = GOOD_ROWS.replace('"4"', '"1048576"').replace('4" t=', '1048576" t=')
    content = package(worksheet_xml(rows))
    table = read(content)
    assert [row[0] for row in table.rows] == [2, 3, 1048576]
    said, memory, seconds = measured(content, tmp_path)
    assert (said, memory < 30, seconds < 1) == ("3", True, True)


def test_sheet_with_a_million_empty_rows(tmp_path):
    empty = "".join(f'<row r="{n}"/>' for n in range(5, 1_048_577))
    said, memory, seconds = measured(
        package(worksheet_xml(GOOD_ROWS + empty)), tmp_path
    )
    assert (said, memory < 60, seconds < 3) == ("3", True, True)


def test_sheet_formatted_down_to_the_last_row(tmp_path):
    empty = "".join(
        f'<row r="{n}"><c r="A{n}" s="1"/><c r="F{n}" s="1"/></row>'
        for n in range(5, 1_048_577)
    )
    said, memory, seconds = measured(
        package(worksheet_xml(GOOD_ROWS + empty)), tmp_path
    )
    assert (said, memory < 120, seconds < 8) == ("3", True, True)


def test_sheet_of_16384_columns(tmp_path):
    corner = '<row r="9"><c r="XFD9" t="str"><v>x</v></c></row>'
    content = package(worksheet_xml(GOOD_ROWS + corner))
    said, memory, seconds = measured(content, tmp_path)
    assert (said, memory < 30, seconds < 1) == ("3", True, True)


def test_xls_claiming_more_than_it_holds(tmp_path):
    content = bytearray(xls(GOOD))
    claim = content.find(struct.pack("<HH", 0x0200, 14))
    struct.pack_into("<IIHH", content, claim + 4, 0, 0x7FFFFFFF, 0, 0xFFFF)
    said, memory, _seconds = measured(bytes(content), tmp_path, "a.xls")
    assert (said, memory < 30) == ("1", True)


def test_xls_claiming_two_billion_texts(tmp_path):
    content = bytearray(xls(GOOD))
    claim = content.find(struct.pack("<H", 0x00FC))
    while struct.unpack_from("<II", content, claim + 4) != (8, 8):
        claim = content.find(struct.pack("<H", 0x00FC), claim + 1)
    struct.pack_into("<II", content, claim + 4, 0x7FFFFFFF, 0x7FFFFFFF)
    said, memory, _seconds = measured(bytes(content), tmp_path, "a.xls")
    assert (said, memory < 30) == ("broken", True)


def test_too_many_rows():
    limits = dataclasses.replace(DEFAULT_LIMITS, max_rows=100)
    rows = [(f"{25442000000000000000 + n}", None, None, 1, 1, "是") for n in range(200)]
    assert len(read(xlsx(*rows[:100]), limits=limits).rows) == 100
    for content in (xlsx(*rows[:101]), xlsx(*rows), xls(*rows)):
        error = refusal(content, limits=limits)
        assert (error.code, error.values["limit"]) == ("too_many_rows", 100)
        assert error.values["found"] > 100


def test_zip_bomb_by_size(tmp_path):
    bomb = b"<worksheet>" + b" " * (500 * 1024 * 1024)
    content = package(bomb)
    assert len(content) < 600_000
    said, memory, seconds = measured(content, tmp_path)
    assert (said, memory < 30, seconds < 3) == ("zip_bomb", True, True)


def test_zip_bomb_by_ratio(tmp_path):
    content = package(worksheet_xml(GOOD_ROWS + " " * 60_000_000))
    said, memory, seconds = measured(content, tmp_path)
    assert (said, memory < 30, seconds < 3) == ("zip_bomb", True, True)


def test_zip_bomb_that_declares_little(tmp_path):
    content = package(b"<worksheet>" + b" " * (300 * 1024 * 1024))
    content = with_declared_size(content, "xl/worksheets/sheet1.xml", 1000)
    said, memory, seconds = measured(content, tmp_path)
    assert (said, memory < 30, seconds < 3) == ("zip_bomb", True, True)


def test_zip_bomb_by_number_of_parts():
    parts = {f"xl/media/{n}": b"" for n in range(3000)}
    error = refusal(package(worksheet_xml(GOOD_ROWS), parts))
    assert (error.code, error.values["reason"]) == ("zip_bomb", "parts")


def test_one_long_text_in_many_cells(tmp_path):
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(5, 30_000)
    )
    content = package(worksheet_xml(GOOD_ROWS + rows), texts=["好" * 30_000])
    said, memory, seconds = measured(content, tmp_path)
    assert (said, memory < 30, seconds < 3) == ("too_much_text", True, True)
    # Written in a way that needs the careful reading.
    content = package(
        worksheet_xml(GOOD_ROWS + rows.replace("<c ", "<c  ")), texts=["好" * 30_000]
    )
    said, memory, seconds = measured(content, tmp_path)
    assert (said, memory < 60, seconds < 3) == ("too_much_text", True, True)


def test_same_cell_many_times(tmp_path):
    cell = '<c r="A5" t="str"><v>1</v></c>'
    rows = f'<row r="5">{cell * 8_100_000}</row>'
    content = package(worksheet_xml(GOOD_ROWS + rows))
    limits = DEFAULT_LIMITS
    assert len(content) < limits.max_bytes
    said, memory, seconds = measured(content, tmp_path)
    assert said in ("zip_bomb", "too_many_cells", "broken")
    assert (memory < 200, seconds < 20) == (True, True)


@pytest.mark.parametrize(
    "before", ["<!DOCTYPE x [<!ENTITY a 'aaaa'>]>", "<!DOCTYPE x>"]
)
def test_document_type_in_xml(before):
    content = package(worksheet_xml(GOOD_ROWS, before=before))
    assert refusal(content).code == "broken"


def ole(*names: str) -> bytes:
    """Return a container of Microsoft with empty streams of these names."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIII", header, 44, 1, 1, 0, 4096)
    struct.pack_into("<IIII", header, 60, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header[76:] = b"\xff" * 436
    struct.pack_into("<I", header, 76, 0)
    fat = struct.pack("<II", 0xFFFFFFFD, 0xFFFFFFFE) + b"\xff" * 504
    directory = bytearray(512)
    for number, name in enumerate(("Root Entry", *names)):
        text = name.encode("utf-16-le") + b"\0\0"
        start = number * 128
        directory[start : start + len(text)] = text
        kind = 5 if number == 0 else 2
        struct.pack_into("<HBB", directory, start + 64, len(text), kind, 1)
        struct.pack_into("<III", directory, start + 68, *[0xFFFFFFFF] * 3)
    return bytes(header + fat + directory)


def test_encrypted_workbooks():
    locked = ole("EncryptionInfo", "EncryptedPackage")
    assert refusal(locked, "a.xlsx").code == "encrypted"
    assert refusal(locked, "a.xls").code == "encrypted"
    content = bytearray(xls(GOOD))
    # The record after the first BOF becomes FILEPASS (encrypted since then).
    start = content.find(struct.pack("<HH", 0x0809, 16)) + 20
    struct.pack_into("<H", content, start, 0x002F)
    assert refusal(bytes(content), "a.xls").code in ("encrypted", "broken")


def test_another_document_of_office():
    error = refusal(ole("WordDocument"), "a.xls")
    assert (error.code, error.values["found"]) == ("not_a_workbook", "ole")
    error = refusal(package("", {"word/document.xml": ""}), "a.xlsx")
    assert error.code in ("broken", "no_header", "no_rows")


def test_another_zip():
    import io

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    error = refusal(target.getvalue())
    assert (error.code, error.values["found"]) == ("not_a_workbook", "docx")


def test_cut_short():
    for make, name in ((xlsx, "a.xlsx"), (xls, "a.xls")):
        content = make(GOOD)
        for size in range(8, len(content) - 1, len(content) // 37):
            error = refusal(content[:size], name)
            assert error.code in ("broken", "not_a_workbook", "no_rows"), size


def test_formulas_in_cells():
    content = xlsx(
        (DIGITAL, None, None, "=100+0", 13, "是"),
        ("=A2", None, None, 100, 13, "是"),
        ("25442000000123456780", None, None, 100, 13, '=IF(1,"是","否")'),
        ("25442000000123456781", None, None, 100, 13, "是"),
        ("=A1", "=A1", None, 100, 13, None),
    )
    table = read(content)
    assert found(table) == {("D2", "formula"), ("A3", "formula"), ("F4", "formula")}
    assert [row[0] for row in table.rows] == [5]
    assert (table.bad_rows, table.skipped) == (3, 1)


def test_formulas_in_cells_of_an_xls():
    import xlwt

    content = xls(
        (DIGITAL, None, None, xlwt.Formula("100+0"), 13, "是"),
        ("25442000000123456780", None, None, 100, 13, "是"),
    )
    table = read(content, "a.xls")
    assert found(table) == {("D2", "formula")}
    assert [row[0] for row in table.rows] == [3]


def test_formula_in_a_column_that_decides_nothing():
    header = (*HEADER, "销方名称", "发票状态")
    rows = row_xml(1, *header) + row_xml(2, DIGITAL, "", "", "1", "1", "是")
    formulas = (
        '<c r="G2" t="str"><f>A1</f><v>某公司</v></c><c r="H2"><f>A1</f></c></row>'
    )
    content = package(worksheet_xml(rows.removesuffix("</row>") + formulas))
    assert found(read(content)) == {("H2", "formula")}


def test_error_values():
    rows = GOOD_ROWS.replace(
        '<c r="D2" t="str"><v>100.00</v></c>', '<c r="D2" t="e"><v>#N/A</v></c>'
    )
    assert found(read(package(worksheet_xml(rows)))) == {("D2", "cell_error")}
    careful = rows.replace('<c r="D2" t="e">', '<c t="e"  r="D2">')
    assert found(read(package(worksheet_xml(careful)))) == {("D2", "cell_error")}


def test_all_errors_at_once_and_a_cap():
    rows = [(f"1{n}", None, None, "x", 1, "是") for n in range(1500)]
    table = read(xlsx(*rows), layout=INVOICE_LIST)
    assert (len(table.errors), table.error_count) == (1000, 3000)
    assert (table.bad_rows, table.row_count, table.rows) == (1500, 1500, [])


def test_shared_texts_without_end(tmp_path):
    content = package(worksheet_xml(GOOD_ROWS), texts=["x" * 30_000_000])
    said, memory, seconds = measured(content, tmp_path)
    assert (said, memory < 60, seconds < 3) == ("too_much_text", True, True)


def test_header_cells_made_to_take_long():
    header = ["【" * 32_000] * 300
    content = xlsx(GOOD, header=(*HEADER, *header))
    assert read(content).row_count == 1
