"""Small workbooks for the tests, well made and badly made."""

import io
import zipfile

import xlsxwriter

HEADER = ("数电票号码", "发票代码", "发票号码", "有效税额", "是否勾选")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def xlsx(*rows, header=HEADER):
    """A workbook; a value ``=…`` is a formula, None an empty cell."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("发票")
        for number, line in enumerate([header, *rows]):
            for index, value in enumerate(line):
                if isinstance(value, str) and value.startswith("="):
                    sheet.write_formula(number, index, value)
                elif isinstance(value, str):
                    sheet.write_string(number, index, value)
                elif value is not None:
                    sheet.write(number, index, value)
    return target.getvalue()


def hand_made(*rows, header=HEADER, dimension="A1", ending=""):
    """A workbook whose sheet claims what it likes."""
    lines = "".join(
        f'<row r="{number}">'
        + "".join(
            f'<c r="{chr(65 + index)}{number}" t="str"><v>{value}</v></c>'
            for index, value in enumerate(line)
            if value
        )
        + "</row>"
        for number, line in enumerate([header, *rows], start=1)
    )
    sheet = (
        f'<worksheet xmlns="{_MAIN}"><dimension ref="{dimension}"/>'
        f"<sheetData>{lines}</sheetData></worksheet>{ending}"
    )
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">'
        f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()
