"""Workbooks for the tests, well made and badly made."""

import io
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import xlsxwriter
import xlwt
from spreadsheet import SELECTION, WorkbookError, read_table
from xlwt.CompoundDoc import XlsDoc

HEADER = ("数电票号码", "发票代码", "发票号码", "金额", "税额", "是否勾选")
DIGITAL = "25442000000123456789"
ADDON = Path(__file__).resolve().parents[3] / "invoice_tax_service"

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def xlsx(*rows, header=HEADER, sheets=None, **options) -> bytes:
    """Return a workbook; a value ``=...`` is written as a formula."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, options) as book:
        for name, lines in (sheets or {"发票": [header, *rows]}).items():
            sheet = book.add_worksheet(name)
            for number, line in enumerate(lines):
                for index, value in enumerate(line or ()):
                    _write(sheet, number, index, value)
    return target.getvalue()


def _write(sheet, number, index, value):
    if value is None:
        return
    if isinstance(value, str) and not value.startswith("="):
        sheet.write_string(number, index, value)
    else:
        sheet.write(number, index, value)


def xls(*rows, header=HEADER, sheets=None) -> bytes:
    """Return an Excel 97-2003 workbook."""
    book = xlwt.Workbook()
    for name, lines in (sheets or {"发票": [header, *rows]}).items():
        sheet = book.add_sheet(name)
        for number, line in enumerate(lines):
            for index, value in enumerate(line or ()):
                if value is not None:
                    sheet.write(number, index, value)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def row_xml(number: int, *values: str) -> str:
    """Return one row of text cells from column A on."""
    cells = "".join(
        f'<c r="{chr(65 + i)}{number}" t="str"><v>{value}</v></c>'
        for i, value in enumerate(values)
        if value
    )
    return f'<row r="{number}">{cells}</row>'


GOOD_ROWS = (
    row_xml(1, *HEADER)
    + row_xml(2, DIGITAL, "", "", "100.00", "13.00", "是")
    + row_xml(3, "", "4403192130", "02630221", "1", "0.13", "否")
    + row_xml(4, "25442000000123456780", "", "", "5", "0.5", "是")
)


def worksheet_xml(rows: str, dimension="A1", before="") -> str:
    """Return the XML of a worksheet."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<worksheet xmlns="{MAIN}">'
        f'<dimension ref="{dimension}"/><sheetData>{rows}</sheetData></worksheet>'
    )


def package(sheet, extra=None, method=zipfile.ZIP_DEFLATED, texts=None) -> bytes:
    """Return a hand-made xlsx of one worksheet (str or bytes)."""
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
        f'<Relationship Id="r1" Type="{OFFICE}/worksheet" '
        f'Target="worksheets/sheet1.xml"/><Relationship Id="r2" '
        f'Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    if texts is not None:
        items = "".join(f"<si><t>{text}</t></si>" for text in texts)
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{items}</sst>'
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in (parts | (extra or {})).items():
            archive.writestr(name, content)
    return target.getvalue()


def with_declared_size(content: bytes, name: str, size: int) -> bytes:
    """Return the archive with another unpacked size written for one part."""
    data = bytearray(content)
    encoded = name.encode()
    position = data.find(b"PK\x01\x02")
    while position >= 0:
        length = struct.unpack_from("<H", data, position + 28)[0]
        if data[position + 46 : position + 46 + length] == encoded:
            struct.pack_into("<I", data, position + 24, size)
            offset = struct.unpack_from("<I", data, position + 42)[0]
            struct.pack_into("<I", data, offset + 22, size)
        position = data.find(b"PK\x01\x02", position + 4)
    return bytes(data)


def read(content: bytes, filename="勾选.xlsx", layout=SELECTION, **options):
    """Read with the selection layout."""
    return read_table(content, filename, layout, **options)


def refusal(content: bytes, filename="勾选.xlsx", **options) -> WorkbookError:
    """Return the error that reading raises."""
    try:
        table = read(content, filename, **options)
    except WorkbookError as error:
        return error
    raise AssertionError(f"was read: {table.row_count} rows")


def found(table) -> set[tuple[str, str]]:
    """Return {(address, code)} of the errors of a table."""
    return {(error.address, error.code) for error in table.errors}


# === EXCEL 97-2003, RECORD BY RECORD === #


def biff_record(kind: int, content: bytes) -> bytes:
    """Return one record."""
    return struct.pack("<HH", kind, len(content)) + content


def biff_label(row: int, column: int, text: str) -> bytes:
    """Return a text cell."""
    head = struct.pack("<HHHHB", row, column, 0, len(text), 1)
    return biff_record(0x0204, head + text.encode("utf-16-le"))


def _biff_begin(kind: int) -> bytes:
    head = struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6)
    return biff_record(0x0809, head)


def biff_sheet(body: bytes) -> bytes:
    """Return a sheet of these records."""
    return _biff_begin(0x10) + body + biff_record(0x0A, b"")


def biff(sheets: list[bytes], count: int = 1) -> bytes:
    """Return a workbook that names each of the sheets ``count`` times."""

    def named(position, number):
        name = f"s{number:07}".encode()
        head = struct.pack("<IBBBB", position, 0, 0, len(name), 0)
        return biff_record(0x85, head + name)

    head = _biff_begin(5) + biff_record(0x42, struct.pack("<H", 1200))
    end = biff_record(0x0A, b"")
    total = len(sheets) * count
    position = len(head) + total * len(named(0, 0)) + len(end)
    places = []
    for sheet in sheets:
        places.append(position)
        position += len(sheet)
    names = [named(places[n % len(places)], n) for n in range(total)]
    return b"".join((head, *names, end, *sheets))


def ole_of(stream: bytes) -> bytes:
    """Return the container that a workbook of records comes in."""
    target = io.BytesIO()
    XlsDoc().save(target, stream)
    return target.getvalue()


_MEASURE = """
import importlib.util, resource, sys, time
sys.path.insert(0, sys.argv[1])
import spreadsheet
content = open(sys.argv[2], "rb").read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.process_time()
try:
    table = spreadsheet.read_table(content, sys.argv[3], spreadsheet.SELECTION)
    said = str(table.row_count)
except spreadsheet.WorkbookError as error:
    said = error.code
took = time.process_time() - started
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(said, round((after - before) / 1024), round(took, 2))
"""


def measured(content: bytes, folder, filename="a.xlsx") -> tuple[str, int, float]:
    """Read in a process of its own.

    :return: (number of rows or error code, growth in MB, CPU seconds)
    """
    path = folder / filename
    path.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(ADDON), str(path), filename],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said, memory, seconds = done.stdout.split()
    return said, int(memory), float(seconds)
